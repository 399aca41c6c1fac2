# Mewngofnodi ac allgofnodi. Drafft peiriant: i'w wirio gan gyfieithydd cymwys.
sign-in-again-title = Cadarnhewch mai chi sydd yno
sign-in-again-why = Cyn mynd ymlaen, mewngofnodwch eto. Ni chollir dim a deipiwyd gennych.
sign-in-button = Mewngofnodi
sign-in-code = Cod
sign-in-code-help = Os na allwch ddefnyddio'r naill na'r llall, gofynnwch i'ch cymorth TG am wahoddiad newydd.
sign-in-code-hint = Y 6 rhif y mae eich ap yn eu dangos nawr
sign-in-code-lost = Ni allaf ddefnyddio fy ap
sign-in-code-missing = Rhowch y 6 rhif y mae eich ap yn eu dangos
sign-in-code-title = Rhowch y cod o'ch ap
sign-in-code-wrong = Nid yw'r cod yn gywir, neu fe'i defnyddiwyd o'r blaen. Rhowch yr un diweddaraf
sign-in-codes-on = Rwyf wedi eu cadw: ymlaen
sign-in-codes-once = Dim ond nawr y cânt eu dangos. Gellir defnyddio pob un unwaith.
sign-in-codes-title = Cadwch eich codau adfer
sign-in-codes-why = Gydag un o'r codau hyn gallwch fewngofnodi pan nad yw eich ap gennych. Ysgrifennwch neu argraffwch nhw, a'u cadw lle na all neb arall eu cael.
sign-in-continue = Parhau
sign-in-forgotten = Os ydych wedi colli eich cyfrinair, gofynnwch i'ch cymorth TG am wahoddiad newydd.
sign-in-form-kept = Cedwir yr hyn a deipiwyd gennych am 12 awr, i chi yn unig, yn y porwr hwn. Mewngofnodwch i'w anfon. Ni wnaed dim eto.
sign-in-form-lost = Ni ellid cadw'r hyn a deipiwyd gennych, ac ni wnaed dim. I'w gael yn ôl, ewch yn ôl gyda botwm Yn ôl eich porwr a'i gopïo cyn mewngofnodi.
sign-in-form-passwords = Roedd eich sesiwn wedi dod i ben, ac ni wnaed dim. Ni chedwir cyfrineiriau byth: mewngofnodwch a theipiwch nhw eto.
sign-in-invitation = Cod gwahoddiad
sign-in-invitation-hint = 26 o lythrennau a rhifau. Nid yw bylchau na phriflythrennau o bwys.
sign-in-invitation-missing = Rhowch god eich gwahoddiad
sign-in-invitation-title = Sefydlu eich cyfrif
sign-in-invitation-why = Rhoddodd eich cymorth TG god i chi. Gellir ei ddefnyddio unwaith, am dri diwrnod.
sign-in-invitation-wrong = Nid yw'r enw defnyddiwr neu'r cod gwahoddiad yn gywir, neu mae'r gwahoddiad wedi dod i ben
sign-in-invited = Mae gennyf wahoddiad
sign-in-kept-discard = Taflu'r ffurflen
sign-in-kept-send = Anfon y ffurflen nawr
sign-in-kept-title = { $number ->
    [zero] Nid oes ffurflen yma
    [one] Mae eich ffurflen yma o hyd
    [two] Mae eich { $number } ffurflen yma o hyd
    [few] Mae eich { $number } ffurflen yma o hyd
    [many] Mae eich { $number } ffurflen yma o hyd
   *[other] Mae eich { $number } ffurflen yma o hyd
}
sign-in-kept-typed = Yr hyn a deipiwyd gennych
sign-in-kept-when = Anfonwyd { $when }
sign-in-kept-why = Anfonwyd pob un pan na ellid ei derbyn. Ni chollwyd dim a deipiwyd gennych. Edrychwch a yw'n dal yn gywir, a'i hanfon, neu ei thaflu. Mae ffurflenni'n aros yma am 12 awr.
sign-in-leave-button = Allgofnodi
sign-in-leave-title = Ydych chi am allgofnodi?
sign-in-leave-why = Daeth dolen o le arall â chi yma.
sign-in-left-again = Mewngofnodi
sign-in-left-certificate = Mae'r porwr hwn yn dangos eich tystysgrif, felly byddwch wedi mewngofnodi eto cyn gynted ag y byddwch yn agor tudalen. Clowch eich cyfrifiadur, neu ewch â'ch cerdyn gyda chi.
sign-in-left-title = Rydych wedi allgofnodi
sign-in-left-what = Nid oes dim o'r hyn a welsoch yn cael ei gadw yn y porwr hwn.
sign-in-new = Cyfrinair newydd
sign-in-new-again = Y cyfrinair newydd eto
sign-in-new-common = Dewiswch gyfrinair sy'n anoddach ei ddyfalu, er enghraifft tri gair ar hap
sign-in-new-differs = Mae'r ddau gyfrinair yn wahanol
sign-in-new-hint = { $least } nod neu fwy. Mae tri gair ar hap yn dda. Nid oes angen rhifau na symbolau.
sign-in-new-holds-user = Dewiswch gyfrinair heb eich enw defnyddiwr ynddo
sign-in-new-long = Dewiswch gyfrinair o { $most } nod neu lai
sign-in-new-short = Dewiswch gyfrinair o { $least } nod neu fwy
sign-in-password = Cyfrinair
sign-in-password-missing = Rhowch eich cyfrinair
sign-in-provider = Mewngofnodi gyda chyfrif eich sefydliad
sign-in-provider-failed = Ni wnaeth gwasanaeth mewngofnodi eich sefydliad eich mewngofnodi. Rhowch gynnig arall arni
sign-in-provider-or = Neu gyda chyfrif y porth hwn
sign-in-provider-stale = Ni ddywedodd gwasanaeth mewngofnodi eich sefydliad eich bod wedi mewngofnodi yno yn ddigon diweddar. Rhowch gynnig arall arni; os bydd yn digwydd eto, dywedwch wrth eich cymorth TG
sign-in-provider-unknown = Mae eich sefydliad yn eich adnabod, ond nid yw'r porth hwn. Gofynnwch i'ch cymorth TG
sign-in-provider-weak = Mewngofnodwch gydag ail brawf, megis eich ffôn. Rhowch gynnig arall arni
sign-in-recovery = Cod adfer
sign-in-recovery-hint = 16 o lythrennau a rhifau. Gellir defnyddio pob cod unwaith.
sign-in-recovery-not = Defnyddio fy ap yn lle hynny
sign-in-recovery-title = Rhowch god adfer
sign-in-set-up-app = Agorwch yr ap sy'n dangos codau ar eich ffôn neu gyfrifiadur, a gadewch iddo ddarllen y llun hwn.
sign-in-set-up-button = Sefydlu fy nghyfrif
sign-in-set-up-code = Y 6 rhif y mae'r ap yn eu dangos nawr
sign-in-set-up-first = 1. Dewiswch gyfrinair
sign-in-set-up-picture = Llun ar gyfer camera eich ap; yr un peth â'r testun oddi tano
sign-in-set-up-second = 2. Sefydlwch eich ap
sign-in-set-up-text = Neu teipiwch y testun hwn i'r ap:
sign-in-set-up-title = Dewiswch sut rydych yn mewngofnodi
sign-in-title = Mewngofnodi
sign-in-user = Enw defnyddiwr
sign-in-user-missing = Rhowch eich enw defnyddiwr
sign-in-wait = { $minutes ->
    [zero] Gormod o ymgeisiau. Rhowch gynnig arall arni
    [one] Gormod o ymgeisiau. Rhowch gynnig arall arni ymhen munud
    [two] Gormod o ymgeisiau. Rhowch gynnig arall arni ymhen { $minutes } funud
    [few] Gormod o ymgeisiau. Rhowch gynnig arall arni ymhen { $minutes } munud
    [many] Gormod o ymgeisiau. Rhowch gynnig arall arni ymhen { $minutes } munud
   *[other] Gormod o ymgeisiau. Rhowch gynnig arall arni ymhen { $minutes } munud
}
sign-in-wrong = Nid yw'r enw defnyddiwr neu'r cyfrinair yn gywir
