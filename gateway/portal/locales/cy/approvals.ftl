# Approvals: what policy lets out only when named people agree. Machine draft.
approvals-about-whom = Am bwy y gofynnir
approvals-agree = Ei ryddhau
approvals-agree-hint = Mae'n union yr hyn y mae'r dudalen hon yn ei ddangos yn mynd i'r hyb, ar ôl ei gofnodi.
approvals-agreed-by = { $role }: cytunwyd gan { $user }
approvals-all-of = Rhaid i bawb a enwir yma gytuno. Mae pob person yn cyfrif am un rôl yn unig.
approvals-any-of = Mae un o'r rhai a enwir yma yn ddigon.
approvals-author = Ysgrifennwyd gan
approvals-capped = Mae mwy o gofnodion nag y gall un ateb eu dal; dangosir y rhai diweddaraf.
approvals-caption = Achos { $case }
approvals-choose-ground = Dewiswch sail eich penderfyniad
approvals-choose-verdict = Dewiswch a ddylid ei ryddhau ai peidio
approvals-count = { $number ->
    [zero] Dim cymeradwyaeth yn aros
    [one] { $number } gymeradwyaeth yn aros
    [two] { $number } gymeradwyaeth yn aros
    [few] { $number } cymeradwyaeth yn aros
    [many] { $number } chymeradwyaeth yn aros
   *[other] { $number } cymeradwyaeth yn aros
}
approvals-decide = Eich penderfyniad
approvals-decided-by = Penderfynwyd ddiwethaf gan
approvals-due = Angen erbyn
approvals-ended = Daeth i ben
approvals-entry = Cofnod { $number } y cyfriflyfr
approvals-exactly = { $number ->
    [zero] Ni fyddai unrhyw gofnod yn cael ei anfon.
    [one] Byddai'r un cofnod hwn, yn union fel y mae yma, yn cael ei anfon.
    [two] Byddai'r { $number } gofnod hyn, yn union fel y maent yma, yn cael eu hanfon.
    [few] Byddai'r { $number } chofnod hyn, yn union fel y maent yma, yn cael eu hanfon.
    [many] Byddai'r { $number } chofnod hyn, yn union fel y maent yma, yn cael eu hanfon.
   *[other] Byddai'r { $number } cofnod hyn, yn union fel y maent yma, yn cael eu hanfon.
}
approvals-exactly-left = { $number ->
    [zero] Ni anfonwyd unrhyw gofnod.
    [one] Anfonwyd yr un cofnod hwn, yn union fel y mae yma.
    [two] Anfonwyd y { $number } gofnod hyn, yn union fel y maent yma.
    [few] Anfonwyd y { $number } chofnod hyn, yn union fel y maent yma.
    [many] Anfonwyd y { $number } chofnod hyn, yn union fel y maent yma.
   *[other] Anfonwyd y { $number } cofnod hyn, yn union fel y maent yma.
}
approvals-field-field = Maes
approvals-field-rule = Rheol
approvals-field-rung = Faint a ddywedir
approvals-field-value = Fel y byddai'n cael ei anfon
approvals-grading = Graddio
approvals-ground = Ar ba sail
approvals-ground-consent-held = Cytunodd y person, ac mae'n gwybod beth a rennir a gyda phwy
approvals-ground-danger-to-somebody = Byddai ei rannu yn peryglu rhywun
approvals-ground-disproportionate = Mwy nag sydd ei angen ar y diben, neu'n rhy hen neu'n rhy fach i fod o bwys
approvals-ground-immediate-danger = Gall rhywun ddioddef niwed difrifol cyn y gellir darganfod mwy
approvals-ground-legal-bar = Mae gorchymyn llys, braint neu statud yn ei wahardd
approvals-ground-legal-duty = Mae statud neu lys yn ei gwneud yn ofynnol
approvals-ground-necessary-proportionate = Ei angen at y diben a ofynnwyd, a dim mwy nag sydd ei angen
approvals-ground-not-relevant = Nid yw'n berthnasol i'r diben a ofynnwyd
approvals-ground-outweighs-confidence = Mae amddiffyn y plentyn neu'r oedolyn yn drech na'r ddyletswydd cyfrinachedd
approvals-ground-prejudice-investigation = Byddai'n niweidio ymchwiliad neu achos
approvals-ground-wrong-or-unsafe-record = Mae'r cofnod am rywun arall, neu ni ellir dibynnu arno
approvals-grounds = Y rheolau a fyddai'n ei ryddhau, a pham:
approvals-handling = Trin
approvals-head-case = Achos
approvals-head-due = Angen erbyn
approvals-head-records = Byddai'n gadael
approvals-head-waits-for = Yn aros am
approvals-head-what = Beth
approvals-held-back = Beth a gedwir yn ôl
approvals-held-bare = Dim ond bod y cofnod hwn yn cael ei ddal: nid oes dim wedi'i gofnodi yn y meysydd y gellir eu dangos.
approvals-if-lapsed = Os na fydd neb yn penderfynu mewn pryd, dywedir wrth yr hyb “{ $status }”; cofnodion a anfonir: { $number }.
approvals-if-refused = Os gwrthodir, dywedir wrth yr hyb “{ $status }”; cofnodion a anfonir: { $number }.
approvals-item = Cofnod { $number }
approvals-leaves = Beth fyddai'n gadael
approvals-may = Gellir ei ateb gan { $users }
approvals-nature = Ffaith, barn neu honiad
approvals-nature-allegation = Honiad
approvals-nature-fact = Ffaith
approvals-nature-opinion = Barn
approvals-nobody = Neb: daeth yr amser i ben
approvals-nobody-holds = Nid oes neb yma yn dal y rôl hon. Dywedwch wrth eich arweinydd llywodraethu gwybodaeth.
approvals-none = Nid oes dim yn aros amdanoch.
approvals-nothing = Ni fyddai unrhyw gofnod yn cael ei anfon. Dywedid wrth yr hyb “{ $status }”.
approvals-nothing-held-back = Ni chedwir dim o'r cofnodion hyn yn ôl.
approvals-nothing-left = Ni anfonwyd unrhyw gofnod. Dywedwyd wrth yr hyb “{ $status }”.
approvals-otherwise = Beth a ddywedir wrth yr hyb fel arall
approvals-reason = Pam, yn eich geiriau eich hun
approvals-reason-hint = 10 i 500 nod. Fe'i cedwir dan sêl gyda'r penderfyniad, a gall gwrthrych y cofnod ofyn am ei weld ryw ddydd.
approvals-reason-length = Dywedwch pam mewn 10 i 500 nod
approvals-record = Cofnod y cais
approvals-record-what = Fel y mae cod rhannu data'r Comisiynydd Gwybodaeth ei eisiau (atodiad B).
approvals-recorded = Cofnodwyd cyn iddo adael
approvals-records = { $number ->
    [zero] Dim cofnod
    [one] { $number } cofnod
    [two] { $number } gofnod
    [few] { $number } chofnod
    [many] { $number } chofnod
   *[other] { $number } cofnod
}
approvals-reference = Cyfeirnod yr asiantaeth
approvals-refuse = Ei ddal yn ôl
approvals-refuse-hint = Dywedir wrth yr hyb iddo gael ei ddal yn ôl, a dim o'r hyn y mae'n ei ddweud.
approvals-rung-detail = Yn fanwl
approvals-rung-headline = Pennawd
approvals-rung-known = Dim ond ei fod yn hysbys
approvals-rung-none = Dim
approvals-rung-summary = Crynodeb
approvals-send = Cofnodi'r penderfyniad hwn
approvals-source = O
approvals-state = Cyflwr
approvals-state-closed = Penderfynwyd
approvals-state-lapsed = Wedi darfod
approvals-state-open = Yn aros
approvals-status-no-record = Dim cofnod
approvals-status-not-checked = Heb ei wirio
approvals-status-partly-shared = Rhannwyd yn rhannol
approvals-status-shared = Rhannwyd
approvals-status-withheld = Daliwyd yn ôl
approvals-still-asked = { $role }: gofynnir o hyd
approvals-title = Cymeradwyaethau
approvals-told = Dywedwyd wrth yr hyb
approvals-told-return = Yn ateb { $number }, a wnaed { $moment }
approvals-verdict = A ddylai adael?
approvals-verification = Gwiriwyd
approvals-what = Dim ond os ydych yn cytuno y mae'r rheolau'n rhyddhau'r rhain. Cofnodir agor un.
approvals-who-agrees = Pwy sydd raid cytuno
approvals-who-asks = Pwy sy'n gofyn
approvals-whole-category = Y categori cyfan
approvals-why = Pam mae ei angen
approvals-written = Cofnodwyd ar
