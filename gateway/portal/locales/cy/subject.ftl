# Subject access. Machine draft.
subject-choose-ground = Dewiswch y ddarpariaeth yr ydych yn dibynnu arni
subject-choose-until = Rhowch y diwrnod olaf y'i gadewir allan
subject-choose-what = Dewiswch a ddylid ei adael allan neu ei roi'n ôl
subject-defer-legend = Beth i'w wneud
subject-defer-send = Cofnodi hyn
subject-defer-title = Gadael cofnod { $number } allan o lythyr ei wrthrych
subject-defer-what = Gellir gadael datgeliad allan o'r hyn a ddywedir wrth ei wrthrych am gyfnod, lle mae'r gyfraith yn caniatáu hynny. Ar y diwrnod olaf fe'i dywedir eto heb i neb wneud dim.
subject-deferred = Gadewir allan tan { $day }
subject-found = { $number ->
    [zero] Ni ddatgelwyd dim am y person hwn
    [one] { $number } datgeliad, yr hynaf yn gyntaf
    [two] { $number } ddatgeliad, yr hynaf yn gyntaf
    [few] { $number } datgeliad, yr hynaf yn gyntaf
    [many] { $number } datgeliad, yr hynaf yn gyntaf
   *[other] { $number } datgeliad, yr hynaf yn gyntaf
}
subject-ground = Darpariaeth y dibynnir arni
subject-head-entry = Cofnod
subject-head-letter = Llythyr
subject-head-purpose = Diben
subject-head-to = I bwy
subject-head-what = Beth
subject-head-when = Pryd
subject-in-letter = Yn y llythyr
subject-kept-decide = Gallai ddweud am yr hyn a warchodir, neu fod rhywun o'r tu allan yn ei ddal: swyddog sy'n penderfynu yn gyntaf
subject-kept-own-use = Arhosodd o fewn y sefydliad hwn
subject-kept-referrer = Byddai'n dweud bod rhywun wedi atgyfeirio
subject-leave-out = Ei adael allan am gyfnod
subject-letter = Y llythyr
subject-letter-what = Yr hyn y gellir ei anfon at y person. Nid yw'n enwi neb arall, ac mae'n darllen yr un fath p'un a adewir unrhyw beth allan ai peidio.
subject-lifted = Heb ei adael allan mwyach
subject-not-a-disclosure = Ni ddywedir wrth neb am y cofnod hwn, felly nid oes dim i'w adael allan. Dewiswch ganiatâd, ymholiad a anfonwyd, copi a roddwyd, neu'r hyn a ddywedwyd ar lafar.
subject-not-in-letter = Ddim yn y llythyr
subject-put-back = Ei roi'n ôl nawr
subject-search = Llunio'r cyfrif
subject-title = Mynediad gwrthrych
subject-until = Diwrnod olaf
subject-until-bounds = Mae'r diwrnod olaf heddiw neu'n hwyrach, 366 diwrnod ymlaen ar y mwyaf
subject-what = Pob datgeliad am un person, a'r llythyr sy'n dweud wrthynt. Cofnodir y darllen yn gyntaf; nid yw am bwy y mae byth mewn cyfeiriad.
