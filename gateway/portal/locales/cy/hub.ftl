# Drafft gan beiriant: rhaid i gyfieithydd cymwys ei wirio.
hub-age-months = { $number ->
    [zero] { $number } mis
    [one] { $number } mis
    [two] { $number } fis
    [few] { $number } mis
    [many] { $number } mis
   *[other] { $number } mis
}
hub-age-unborn = disgwylir { $day }
hub-age-years = { $number }
hub-age-years-about = tua { $number }
hub-answered-of = { $answered } o { $asked }
hub-born-about = ganwyd tua { $year }, { $years } y naill ffordd
hub-born-exact = ganwyd { $date }
hub-born-expected = disgwylir { $date }
hub-born-month = ganwyd ym mis { $month }
hub-born-unknown = dyddiad geni heb fod yn hysbys
hub-born-year = ganwyd yn { $year }
hub-choose = Dewiswch
hub-consent-given = Rhoddwyd
hub-consent-not-sought = Ni ofynnwyd amdano
hub-consent-refused = Gwrthodwyd
hub-consent-unable = Ni ellid gofyn
hub-consent-withdrawn = Tynnwyd yn ôl
hub-date-day = Diwrnod
hub-date-month = Mis
hub-date-year = Blwyddyn
hub-deciding = { $number } gyda phenderfynwr
hub-due = Erbyn { $when }
hub-fault-choose = Dewiswch un
hub-fault-date = Rhowch ddyddiad go iawn, fel 24 2 2026
hub-fault-empty = Rhowch rywbeth yma
hub-fault-length = Rhowch { $least } i { $most } o nodau
hub-fault-time = Rhowch amser fel 14:05
hub-kind = Math o achos
hub-match-confident = Hysbys
hub-match-none = Heb ei ganfod
hub-match-not-looked-for = Heb chwilio amdano
hub-match-possible = Gall fod yn hysbys: rhaid i berson yno ddweud
hub-name-unknown = Enw heb fod yn hysbys
hub-need-allocate = ei ddyrannu
hub-need-close = ei gau
hub-need-decide = penderfynu
hub-need-escalate = gofyn am help
hub-need-give-feedback = dweud wrth yr atgyfeiriwr
hub-need-raise-enquiry = gofyn i asiantaethau
hub-need-read-contact = darllen cyswllt newydd
hub-need-take = ei gymryd
hub-offline = { $number } all-lein
hub-override-cannot-be-given = Ni ellir rhoi cydsyniad
hub-override-cannot-reasonably-be-obtained = Ni ellir disgwyl yn rhesymol i gael cydsyniad
hub-override-would-prejudice-protection = Byddai cael cydsyniad yn niweidio amddiffyn y person
hub-page = Tudalen { $number }
hub-page-after = Nesaf
hub-page-before = Blaenorol
hub-pages = Tudalennau'r rhestr
hub-parents-could-not-be-reached = Ni ddywedwyd: ni ellid cael gafael arnynt
hub-parents-informed = Dywedwyd wrth y rhieni
hub-parents-would-delay = Ni ddywedwyd eto: byddai'n achosi oedi niweidiol
hub-parents-would-obstruct-police = Ni ddywedwyd: byddai'n rhwystro ymchwiliad heddlu
hub-parents-would-raise-risk = Ni ddywedwyd: byddai'n codi'r risg i rywun
hub-parents-young-person-asked-not = Ni ddywedwyd: gofynnodd person ifanc cymwys inni beidio
hub-priority = Blaenoriaeth
hub-priority-amber = Ambr
hub-priority-blue = Glas
hub-priority-green = Gwyrdd
hub-priority-red = Coch
hub-problem-already-allocated = Mae rhywun yn gweithio ar yr achos hwn eisoes. Gall rheolwr ei roi i rywun arall.
hub-problem-audience-not-delivered = Nid yw'r system hon yn cael copïau ar gyfer y gynulleidfa hon. Dewiswch gynulleidfa arall.
hub-problem-case-active = Mae asiantaeth eto i ateb. Arhoswch amdani, neu gadewch i'r cwestiwn ddod i ben.
hub-problem-case-changed = Newidiodd rhywun arall yr achos hwn yn y cyfamser. Edrychwch arno eto.
hub-problem-case-closed = Mae'r achos hwn wedi cau.
hub-problem-document-not-typeset = Ni ellid gwneud y PDF, ac ni roddwyd na chofnodwyd unrhyw gopi. Dewiswch JSON, neu dywedwch wrth eich cymorth TG.
hub-problem-feedback-sent = Dywedwyd wrth yr atgyfeiriwr hwn eisoes.
hub-problem-not-decided = Nid oes neb wedi penderfynu ar yr achos hwn eto. Penderfynwr sy'n penderfynu gyntaf.
hub-queue = Ciw gwaith
hub-queue-all = Pob un ({ $number })
hub-queue-any = Unrhyw un
hub-queue-at-risk = Mewn perygl ({ $number })
hub-queue-clear = Clirio'r hidlwyr
hub-queue-danger = Perygl uniongyrchol
hub-queue-filter = Hidlo
hub-queue-head-agencies = Asiantaethau wedi ateb
hub-queue-head-case = Achos
hub-queue-head-needs-you = Eich angen chi
hub-queue-head-priority = Blaenoriaeth
hub-queue-head-time-left = Amser ar ôl
hub-queue-head-worker = Dyrannwyd i
hub-queue-mine = Fy rhai i ({ $number })
hub-queue-nobody = Neb eto
hub-queue-none = Nid oes achos agored yn cyfateb. Dewiswch restr arall neu cliriwch yr hidlwyr.
hub-queue-not-asked = Ni ofynnwyd i neb eto
hub-queue-number = Rhan o rif yr achos
hub-queue-others = { $number ->
    [zero] a { $number } arall
    [one] a { $number } arall
    [two] a { $number } arall
    [few] a { $number } arall
    [many] a { $number } arall
   *[other] a { $number } arall
}
hub-queue-sorts = Rhestrau achosion
hub-queue-total = { $number ->
    [zero] { $number } achos
    [one] { $number } achos
    [two] { $number } achos
    [few] { $number } achos
    [many] { $number } achos
   *[other] { $number } achos
}
hub-queue-unallocated = Heb eu dyrannu ({ $number })
hub-queue-unread = { $number ->
    [zero] Dim cyswllt newydd
    [one] Cyswllt newydd, heb ei ddarllen
    [two] Dau gyswllt newydd, heb eu darllen
    [few] Tri chyswllt newydd, heb eu darllen
    [many] Chwe chyswllt newydd, heb eu darllen
   *[other] { $number } cyswllt newydd, heb eu darllen
}
hub-refused = { $number } wedi gwrthod
hub-role-adult-at-risk = Oedolyn mewn perygl
hub-role-child = Plentyn
hub-role-household-member = Aelod arall o'r aelwyd
hub-role-parent-carer = Rhiant neu ofalwr
hub-role-person-posing-risk = Person sy'n peri risg
hub-role-sibling = Brawd neu chwaer
hub-role-unborn = Plentyn heb ei eni
hub-role-victim = Dioddefwr
hub-take = Cymryd yr achos hwn
hub-timing-in-time = Penderfynwyd mewn pryd
hub-timing-late = Penderfynwyd yn hwyr
hub-timing-none = Dim terfyn amser
hub-timing-overdue = Yn hwyr o { $span }
hub-to-confirm = { $number } i'w cadarnhau
hub-waiting = { $number } yn aros
