# Drafft gan beiriant: rhaid i gyfieithydd cymwys ei wirio.
case-actions = Camau gweithredu
case-actions-fault = Rhowch 20 cam ar y mwyaf, pob un yn 3 i 500 o nodau
case-actions-hint = Un ar bob llinell, pob un gyda phwy sy'n ei wneud; 20 ar y mwyaf
case-addresses = Cyfeiriadau
case-agencies = Atebion asiantaethau
case-agencies-none = Ni ofynnwyd i unrhyw asiantaeth eto.
case-agencies-table = Statws pob asiantaeth y gofynnwyd iddi am yr achos hwn
case-agreements = Asiantaethau'n cytuno
case-all-events = { $number ->
    [zero] Dangos pob { $number } digwyddiad
    [one] Dangos pob { $number } digwyddiad
    [two] Dangos y { $number } ddigwyddiad
    [few] Dangos pob { $number } digwyddiad
    [many] Dangos pob { $number } digwyddiad
   *[other] Dangos pob { $number } digwyddiad
}
case-allocate-load = { $open } yn agored, { $risk } ohonynt mewn perygl
case-allocate-nobody = Nid oes neb yn gweithio arno eto.
case-allocate-now = Mae wedi'i ddyrannu i { $who }.
case-allocate-to = Pwy sydd i weithio ar yr achos hwn?
case-ask = Gofyn i asiantaethau
case-ask-another = Gofyn i asiantaeth arall
case-back-to-case = Yn ôl i'r achos
case-born = Dyddiad geni
case-came-busy = Prysur. Gofynnir eto am { $when }
case-came-gaps = { $number } heb eu gwirio
case-came-items = { $number ->
    [zero] { $number } cofnod
    [one] { $number } cofnod
    [two] { $number } gofnod
    [few] { $number } cofnod
    [many] { $number } cofnod
   *[other] { $number } cofnod
}
case-came-none = Dim i'w ddangos
case-came-nothing-yet = Dim ateb eto
case-came-referred = { $number ->
    [zero] { $number } cwestiwn gyda pherson
    [one] { $number } cwestiwn gyda pherson
    [two] { $number } gwestiwn gyda pherson
    [few] { $number } cwestiwn gyda pherson
    [many] { $number } cwestiwn gyda pherson
   *[other] { $number } cwestiwn gyda pherson
}
case-came-retrying = Yn rhoi cynnig arall arni. Y tro diwethaf { $when }
case-came-to-confirm = { $number ->
    [zero] { $number } cyfatebiaeth i'w chadarnhau
    [one] { $number } cyfatebiaeth i'w chadarnhau
    [two] { $number } gyfatebiaeth i'w cadarnhau
    [few] { $number } cyfatebiaeth i'w chadarnhau
    [many] { $number } cyfatebiaeth i'w chadarnhau
   *[other] { $number } cyfatebiaeth i'w chadarnhau
}
case-came-with = gofynnwyd i: { $who }
case-came-withheld = { $number } wedi'u dal yn ôl
case-capped = mae mwy nag y caiff yr asiantaeth eu hanfon ar unwaith
case-changed = Newidiodd yr achos hwn
case-changed-since = Ers i chi agor y ffurflen hon gwnaeth rhywun arall hyn. Edrychwch arno, yna anfonwch y ffurflen eto os yw'n dal yn gywir. Mae'r hyn a deipioch isod.
case-chronology-none = Nid oes asiantaeth wedi anfon dim sydd wedi digwydd.
case-chronology-picture = Digwyddiadau yn ôl asiantaeth
case-chronology-picture-what = { $number ->
    [zero] Dim digwyddiadau.
    [one] Un digwyddiad ar linell amser.
    [two] { $number } ddigwyddiad ar linellau amser, un i bob asiantaeth.
    [few] { $number } digwyddiad ar linellau amser, un i bob asiantaeth.
    [many] { $number } digwyddiad ar linellau amser, un i bob asiantaeth.
   *[other] { $number } digwyddiad ar linellau amser, un i bob asiantaeth.
} Mae'r un digwyddiadau yn y tabl isod.
case-close-not-decided = Nid oes neb wedi penderfynu ar yr achos hwn eto; penderfynwr sy'n penderfynu gyntaf.
case-close-what = Caeir yr achos gyda'r canlyniad a benderfynwyd: { $outcome }. Dywedir y canlyniad wrth bob asiantaeth a atebodd.
case-closed = Caewyd { $when }: { $outcome }.
case-code = Cod: { $code }
case-concern = Am beth maent yn poeni
case-consent = Cydsyniad
case-consent-now = Mae'r achos yn dweud nawr: { $what }.
case-consent-what = Anfonir y cwestiwn nesaf at asiantaethau gyda'r hyn a gofnodwch yma. Mae cwestiynau a anfonwyd yn cadw'r hyn yr anfonwyd nhw gydag ef.
case-contact-read = Rwyf wedi darllen y cyswllt hwn
case-contact-unread = Cyswllt newydd, heb ei ddarllen
case-contradictions = Asiantaethau'n anghytuno
case-count-actions = camau
case-count-agencies = asiantaethau
case-count-asks = categorïau
case-count-categories = categorïau
case-count-findings = canfyddiadau
case-count-items = eitemau
case-count-requests = ceisiadau
case-count-returns = atebion
case-count-subjects = pobl
case-current = Y sefyllfa bresennol
case-danger = Perygl uniongyrchol: dywedodd y sawl a gyfeiriodd fod rhywun mewn perygl ar hyn o bryd (cofnodwyd { $when }). Ffoniwch 999 os nad oes neb wedi gwneud.
case-danger-word = Perygl uniongyrchol
case-decide-send = Cofnodi'r penderfyniad
case-decide-waits = { $number ->
    [zero] Mae pob asiantaeth wedi ateb.
    [one] Nid yw un asiantaeth wedi ateb eto.
    [two] Nid yw { $number } asiantaeth wedi ateb eto.
    [few] Nid yw { $number } asiantaeth wedi ateb eto.
    [many] Nid yw { $number } asiantaeth wedi ateb eto.
   *[other] Nid yw { $number } asiantaeth wedi ateb eto.
}
case-decide-what = Mae eich penderfyniad yn stopio'r cloc. Mae'r achos yn aros ar agor nes ei gau, felly gall atebion hwyr ddod o hyd.
case-decided-by = { $who }, { $when }
case-decision = Penderfyniad
case-do-chase = Holi
case-do-matches = Gweld y gyfatebiaeth
case-do-review = Gofyn am adolygiad
case-do-telephone = Cofnodi'r hyn a ddywedwyd dros y ffôn
case-do-view = Gweld
case-email = E-bost
case-entry-access-to-log = Darllenwyd y cofnod
case-entry-case-changed = Newidiwyd yr achos
case-entry-case-opened = Agorwyd yr achos
case-entry-combination = Rhoddwyd atebion ynghyd
case-entry-consultation = Agorwyd i'w ddarllen
case-entry-contact-taken = Cofnodwyd atgyfeiriad
case-entry-correction = Cywirwyd
case-entry-decision = Penderfynwyd
case-entry-delivered = Danfonwyd
case-entry-enquiry-sent = Anfonwyd cwestiwn
case-entry-erasure = Dilëwyd
case-entry-escalation = Uwchgyfeiriwyd
case-entry-failed = Heb ei ddanfon
case-entry-feedback = Dywedwyd wrth yr atgyfeiriwr
case-entry-hold = Daliwyd
case-entry-hold-released = Rhyddhawyd y daliad
case-entry-outcome = Caewyd
case-entry-permit = Datgelwyd
case-entry-presence = Pwy sy'n adnabod person
case-entry-reconciliation = Cymharwyd â'r asiantaeth
case-entry-refusal = Gwrthodwyd
case-entry-return-received = Derbyniwyd ateb
case-entry-verbal-disclosure = Dywedwyd ar lafar
case-escalate-agency = Asiantaeth, os yw'n ymwneud ag un
case-escalate-note = Am beth y gofynnoch?
case-escalate-note-hint = 10 i 2,000 o nodau
case-escalate-reason-agency-offline = Mae'r asiantaeth all-lein
case-escalate-reason-agency-refused = Gwrthododd yr asiantaeth
case-escalate-reason-deadline-missed = Collwyd y terfyn amser
case-escalate-reason-deadline-near = Mae'r terfyn amser yn agos
case-escalate-reason-disagreement = Rydym yn anghytuno â'r hyn a ddaliwyd yn ôl neu a benderfynwyd
case-escalate-reason-no-answer = Ni ddaeth ateb
case-escalate-to = I bwy y gofynnoch?
case-escalate-to-hint = Enw neu swydd
case-escalate-what = Cofnodwch pwy y gofynnoch iddo am help. Dangosir desg yr asiantaeth wrth ei henw.
case-feedback-none = Nid oes atgyfeiriwr yn aros i glywed: nid oes penderfyniad eto, dywedwyd wrth bawb, neu nid yw'r atgyfeiriad yn dweud y caniateir hynny.
case-feedback-send = Cofnodi y dywedwyd hyn wrthynt
case-feedback-text = Beth i'w ddweud wrthynt
case-feedback-what = O'r canlyniad a'r dyddiadau yn unig y gwnaed y testun hwn; nid oes dim a ddywedodd asiantaeth ynddo. Dywedwch hyn yn union wrth yr atgyfeiriwr, yna cofnodwch eich bod wedi gwneud.
case-finding-no-record = Dim cofnod
case-finding-not-checked = Heb ei wirio
case-finding-partly-shared = Rhannwyd yn rhannol
case-finding-referred = Gyda phenderfynwr
case-finding-shared = Rhannwyd
case-finding-withheld = Daliwyd yn ôl
case-form-allocate = Dyrannu
case-form-close = Cau'r achos
case-form-consent = Newid caniatâd
case-form-copies = Copïau o'r cynnyrch
case-form-decide = Penderfynu
case-form-deliver = Anfon i system arall
case-form-escalate = Uwchgyfeirio
case-form-feedback = Adborth i'r atgyfeiriwr
case-form-presence = Canfod pwy sy'n adnabod person
case-form-priority = Newid y flaenoriaeth
case-form-told = Cofnodi'r hyn a ddywedwyd ar lafar
case-gaps = Heb ei wirio
case-gaps-none = Gwiriwyd popeth y gofynnwyd amdano.
case-gaps-what = Nid yw heb ei wirio yn ie nac yn na. Fe'i hargreffir yn y cynnyrch fel heb ei wirio.
case-graded = gradd { $what }
case-ground-gateway-unavailable = Nid oedd y porth ar gael
case-ground-immediate-danger = Perygl uniongyrchol
case-ground-professional-discussion = Trafodaeth broffesiynol
case-ground-strategy-meeting = Cyfarfod strategaeth
case-ground-urgent-enquiry = Ymholiad brys
case-head-action = Gweithred
case-head-agency = Asiantaeth
case-head-came = Beth ddaeth yn ôl
case-head-decider = Pwy sy'n penderfynu
case-head-did = Beth
case-head-due = Erbyn
case-head-entry = Cofnod
case-head-items = Eitemau
case-head-person = Person
case-head-said = Beth ddywedwyd
case-head-status = Statws
case-head-time = Amser
case-head-what = Beth
case-head-when = Pryd
case-head-who = Pwy
case-head-why = Pam
case-held-bare = Mae cofnod; nid oes dim wedi'i gofnodi yn y meysydd y gellir eu dangos.
case-held-waiting = Mae cofnod; ni ellir dangos dim mwy eto.
case-history = Yr hyn a wnaed
case-household = Pwy sy'n byw yn y cartref
case-language = Iaith y cartref
case-lawful-basis = Sail gyfreithlon
case-legal-power = Pŵer cyfreithiol
case-live-changed = Newid diwethaf { $when }.
case-live-say = { $agency }: { $status }.
case-live-whole = Dangos yr achos cyfan fel y mae nawr
case-log-archived = Mae cofnodion cynharach fyth mewn archif; gofynnwch i'ch archwilydd.
case-log-earlier = Cofnodion cynharach
case-log-gateway = Y porth
case-log-left = { $who } (ddim yma mwyach)
case-log-left-unnamed = Rhywun nad yw yma mwyach
case-log-what = Popeth a agorwyd, a newidiwyd, a anfonwyd neu a dderbyniwyd ar gyfer yr achos hwn, y diweddaraf yn gyntaf, fel y mae yn y cofnod. Mae edrych ar y dudalen hon ynddo hefyd.
case-matches-all = A yw pob asiantaeth yn adnabod pob person
case-matches-none = Nid oes asiantaeth wedi ateb eto.
case-matches-what = Pobl yr asiantaeth ei hun sy'n penderfynu ai'r un person ydynt. Ni ryddheir dim cyn hynny, ac ni ddangosir eu cofnodion yma.
case-may-hold-more = Gall asiantaeth ddal mwy na all ei gadarnhau na'i wadu. Ni restrir hynny yma byth.
case-nature-allegation = honiad
case-nature-fact = ffaith
case-nature-opinion = barn
case-needs = { $number ->
    [zero] { $number } cam gweithredu
    [one] { $number } cam gweithredu
    [two] { $number } gam gweithredu
    [few] { $number } cam gweithredu
    [many] { $number } cam gweithredu
   *[other] { $number } cam gweithredu
}
case-needs-account = Anghenion ychwanegol
case-next = Cynnig arall { $when }
case-no-referral = Agorwyd yr achos hwn heb ffurflen atgyfeirio.
case-not-answered = Heb ei ateb
case-not-asked = Ni ofynnwyd amdano
case-not-asked-what = Gellid bod wedi gofyn i'r asiantaethau hyn am hyn yn yr achos hwn, ac ni wnaed. Nid yw'r ffaith na ddangosir dim ohono yn dweud dim.
case-nothing-held = Gwiriwyd, dim i'w ddangos
case-nothing-held-none = Ni ddaeth unrhyw gategori yn ôl yn wag.
case-numbers = Rhifau
case-other-names = Enwau eraill
case-outcome = Canlyniad
case-overdue-since = Yn hwyr ers { $when }
case-people = Pobl yn yr achos hwn
case-phones = Ffôn
case-preview-product = Rhagolwg o'r cynnyrch
case-priority-reason-entered-in-error = Cofnodwyd mewn camgymeriad
case-priority-reason-manager-review = Adolygiad rheolwr
case-priority-reason-new-information = Gwybodaeth newydd
case-priority-reason-risk-higher = Mae'r risg yn uwch
case-priority-reason-risk-lower = Mae'r risg yn is
case-priority-to = Blaenoriaeth newydd
case-priority-what = Cyfrifir y terfyn amser o'r newydd o'r adeg y derbyniwyd y mater. Mae cwestiynau a anfonwyd eisoes yn cadw'r flaenoriaeth oedd ganddynt.
case-product = Cynnyrch
case-product-covers = Yn cynnwys { $answered } o { $asked } asiantaeth. { $open ->
    [0] Nid oes dim yn agored.
    [zero] Nid oes dim yn agored.
    [one] Argreffir un cwestiwn agored fel un heb ei ddatrys.
    [two] Argreffir { $open } gwestiwn agored fel rhai heb eu datrys.
    [few] Argreffir { $open } chwestiwn agored fel rhai heb eu datrys.
    [many] Argreffir { $open } chwestiwn agored fel rhai heb eu datrys.
   *[other] Argreffir { $open } cwestiwn agored fel rhai heb eu datrys.
}
case-purpose = Diben
case-reason-added-to-case = ychwanegwyd at yr achos
case-reason-allocated = dyrannwyd
case-reason-answers = pa mor bell yw'r asiantaethau
case-reason-case = yr achos
case-reason-consent-changed = newidiwyd caniatâd
case-reason-contact-read = darllenwyd cyswllt pellach
case-reason-decision-maker = y cynnyrch
case-reason-label = Rheswm
case-reason-live = pa mor bell yw'r asiantaethau, wrth iddo newid
case-reason-presence = pwy sy'n adnabod person
case-reason-queue = y ciw gwaith
case-reason-reallocated = dyrannwyd i rywun arall
case-reason-timeline = y cofnod hwn
case-reason-with-case = gyda'r achos
case-reasoning = Pa drothwy a gyrhaeddir, neu beidio, a pham?
case-reasoning-hint = 20 i 8,000 o nodau
case-received = Derbyniwyd { $when }.
case-recorded-on = cofnodwyd { $what }
case-reference = cyfeirnod { $what }
case-referred = Gyda pherson yn yr asiantaeth
case-referred-by = Atgyfeiriwyd gan { $who } ar { $when }.
case-referred-none = Nid oes gan neb mewn asiantaeth ddim ar ôl i'w benderfynu.
case-referrer = Pwy atgyfeiriodd
case-referrer-organisation = Sefydliad
case-referrer-role = Rôl neu berthynas
case-refusal-budget-exhausted = Cyrhaeddwyd terfyn ymholiadau'r asiantaeth; rhoddir cynnig arall arni
case-refusal-expired = Daeth y cwestiwn i ben cyn i ateb ddod
case-refusal-purpose-not-open = Nid oes cytundeb yn agor y diben hwn
case-responsibility = Cyfrifoldeb rhiant
case-role = Rôl yn yr achos
case-rung-detail = yn llawn
case-rung-headline = pennawd
case-rung-known = dim ond ei fod yn cael ei ddal
case-rung-none = dim
case-rung-summary = crynodeb
case-scheme-nhs-number = Rhif GIG
case-scheme-upn = Rhif disgybl unigryw
case-sections = Adrannau'r achos
case-seen = Beth welwyd neu a glywyd
case-seen-by = dywedwyd gan { $who }
case-seen-not-said = ni ddywedwyd a welsant ef eu hunain
case-shared-under = ({ $rung }, rheol { $rule })
case-step = { $who }, { $when }: { $what }
case-step-allocated = dyrannwyd i { $to }
case-step-closed = caewyd: { $outcome }
case-step-consent = newidiwyd caniatâd o “{ $from }” i “{ $to }”
case-step-contact = cofnodwyd atgyfeiriad neu gyswllt
case-step-contact-read = darllenwyd cyswllt pellach
case-step-decided = penderfynwyd: { $outcome }
case-step-escalated = gofynnwyd i { $to } am help
case-step-feedback = dywedwyd wrth yr atgyfeiriwr
case-step-priority = newidiwyd y flaenoriaeth o { $from } i { $to }
case-strip-agencies = Asiantaethau wedi ateb
case-strip-needs = Eich angen chi
case-strip-priority = Blaenoriaeth
case-strip-time = Amser ar ôl
case-tab-chronology = Cronoleg
case-tab-findings = Canfyddiadau
case-tab-gaps = Bylchau
case-tab-log = Cofnod mynediad
case-tab-matches = Cyfatebiaethau gyda'r asiantaeth
case-tab-overview = Trosolwg
case-tab-request = Cais
case-tab-withheld = Daliwyd yn ôl
case-taken-by = Cofnodwyd gan { $who }, { $when }
case-told-account = Beth ddywedwyd, a pham?
case-told-account-hint = 10 i 2,000 o nodau. Fe'i cedwir dan sêl.
case-told-categories = Am beth yr oedd?
case-told-categories-fault = Dewiswch 1 i 40 categori
case-told-ground = Pam ar lafar?
case-told-recipient = Asiantaeth y sawl y dywedwyd wrtho, os oes un
case-told-send = Ei gofnodi
case-told-teller = Pwy ddywedodd? Enw a swydd
case-told-time = Faint o'r gloch? Er enghraifft 14:05
case-told-told = Wrth bwy y dywedwyd? Enw a swydd
case-told-what = Mae'r hyn a ddywedir dros y ffôn neu mewn cyfarfod yn cael ei gofnodi yn yr un cofnod â'r hyn sy'n mynd drwy'r porth.
case-told-when = Pryd y dywedwyd hynny?
case-undated = Heb ddyddiad
case-unread = { $number ->
    [zero] Nid oes cyswllt newydd heb ei ddarllen.
    [one] Ychwanegwyd cyswllt newydd at yr achos hwn ac nid oes neb wedi'i ddarllen.
    [two] Ychwanegwyd dau gyswllt newydd at yr achos hwn ac nid oes neb wedi'u darllen.
    [few] Ychwanegwyd tri chyswllt newydd at yr achos hwn ac nid oes neb wedi'u darllen.
    [many] Ychwanegwyd chwe chyswllt newydd at yr achos hwn ac nid oes neb wedi'u darllen.
   *[other] Ychwanegwyd { $number } cyswllt newydd at yr achos hwn ac nid oes neb wedi'u darllen.
}
case-unread-see = Gweld yr hyn a ddywedwyd
case-warn-parents = Peidiwch â chymryd bod y rhieni'n gwybod. { $why }.
case-warn-unnamed = Ni chaiff y teulu wybod pwy a gyfeiriodd.
case-warning = Rhybudd
case-why = Pam, yn eich geiriau chi
case-why-hint = 10 i 2,000 o nodau. Fe'i cedwir gyda'r achos.
case-withheld = Daliwyd yn ôl, a pham
case-withheld-all = Dangos popeth a ddaliwyd yn ôl, a pham ({ $number })
case-withheld-by = { $agency }: { $number }
case-withheld-none = Dim y mae asiantaethau'n ei restru fel wedi'i ddal yn ôl.
case-withhold-no-usable-date = Nid oes dyddiad iddo, nid oes un y gellir ei ddarllen, neu mae eto i ddod
case-within = Angen ateb o fewn { $hours } awr
case-within-working = Angen ateb o fewn { $hours } awr waith
case-work = Gwaith ar yr achos hwn
case-worker = Dyrannwyd i
case-would-change = Yr hyn a fyddai'n newid hyn: { $what }.
