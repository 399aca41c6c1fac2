# Matches to resolve, and alerts on sealed records. Machine draft.
matches-alert = Gofynnwyd am gofnod dan sêl
matches-alert-about = Ynghylch
matches-alert-presence = Gofynnwyd cyn unrhyw ymholiad a yw rhywun yn hysbys yma. Dywedwyd wrth yr hyb yr hyn a ddywedir am unrhyw un.
matches-alert-what = Dywedwyd wrth yr hyb yr hyn a ddywedir pan na chedwir dim. Dywedir wrthych chi am fod rhaid i rywun wybod.
matches-alert-whole-person = Person cyfan na ddylid dangos ei fod yn bodoli
matches-asked = Mae'r hyb yn gofyn am
matches-asked-at = Gofynnwyd
matches-bits-bits = Pwysau
matches-bits-level = Sut mae'n cytuno
matches-bits-part = Beth a gymherir
matches-bits-sum = Cyfanswm
matches-candidate = Cofnod { $number }
matches-cannot-tell = Ni allaf ddweud
matches-cannot-tell-hint = Mae'r hyb yn clywed yr hyn y byddai'n ei glywed pe na bai neb wedi ateb mewn pryd.
matches-choose-verdict = Dewiswch yr hyn a ganfuoch
matches-coincidence = Dieithriaid sy'n cytuno cystal
matches-count = { $number ->
    [zero] Dim yn aros
    [one] { $number } yn aros
    [two] { $number } yn aros
    [few] { $number } yn aros
    [many] { $number } yn aros
   *[other] { $number } yn aros
}
matches-decide = Yr hyn a ganfuoch
matches-different = Nid yr un o'r rhain yw'r person
matches-differs = Lle mae'n cytuno'n wahanol i'w gystadleuydd agosaf:
matches-differs-line = { $part }: yma { $here }, yno { $there }
matches-female = Benyw
matches-guard = Pam y gofynnir i berson
matches-head-case = Achos
matches-head-due = Angen erbyn
matches-head-what = Beth
matches-in-100 = { $number } mewn 100
matches-male = Gwryw
matches-none = Nid oes dim yn aros amdanoch.
matches-not-held = Heb ei gadw
matches-not-shown = Wedi'i amddiffyn: ni ddangosir. Mae'r dystiolaeth isod yn dweud a yw'n cytuno.
matches-one-in = 1 mewn { $number } ar y mwyaf
matches-over-999 = Mwy na 99.9 mewn 100
matches-part = Rhan
matches-part-address = Cyfeiriad
matches-part-born = Dyddiad geni
matches-part-identifiers = Dynodwyr
matches-part-name = Enw
matches-part-other-names = Enwau eraill
matches-part-phone = Ffôn
matches-part-postcode = Cod post
matches-part-protected = Amddiffyniad
matches-part-school = Ysgol
matches-part-sex = Rhyw
matches-part-source = System
matches-probability = Tebygolrwydd mai dyma'r person
matches-protected = Wedi'i amddiffyn: ni anfonir cyfeiriad, ffôn nac ysgol byth
matches-question = Ai dyma'r person?
matches-question-what = Mae popeth yma yn aros yn yr asiantaeth hon. Dim ond yr hyn a ganfyddwch y mae'r hyb yn ei glywed.
matches-same = Cofnod { $number } yw'r person
matches-seen = Rydych wedi'i weld
matches-seen-send = Cofnodi fy mod wedi'i weld
matches-send = Cofnodi'r hyn a ganfyddais
matches-settled-by = Beth fyddai'n ei setlo:
matches-side-by-side = Ochr yn ochr
matches-title = Paru a rhybuddion
matches-under-1 = Llai na 0.1 mewn 100
matches-verdict = Pa un o'r cofnodion hyn sydd am y person y mae'r hyb yn gofyn amdano?
matches-waterfall = Beth sydd o blaid ac yn erbyn cofnod { $number }
matches-waterfall-what = Mae bar llawn i'r dde o'i blaid, bar gwag i'r chwith yn ei erbyn. Mae'r tabl isod yn dweud yr un peth.
matches-what = Rhaid i rywun yma ddweud pwy a olygir, neu wybod y gofynnwyd am gofnod dan sêl. Cofnodir agor un.
