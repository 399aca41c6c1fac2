# Drafft gan beiriant: rhaid i gyfieithydd cymwys ei wirio.
enquiry-all-categories = Dangos pob categori, hefyd y rhai nad yw'r math hwn o achos yn eu cynnig
enquiry-asked = Gofynnir i berson yno yn gyntaf, o fewn { $hours } awr: hyd at { $rung }
enquiry-at-once = Ar unwaith: hyd at { $rung }
enquiry-at-once-then-asked = Ar unwaith: hyd at { $rung }. Gofynnir i berson, o fewn { $hours } awr, am fwy: hyd at { $more }
enquiry-back = Newid rhywbeth
enquiry-categories = Beth i'w ofyn i { $who }
enquiry-confirm = Gwiriwch cyn anfon
enquiry-confirm-what = Rydych yn gofyn i { $agencies ->
    [zero] ddim asiantaeth
    [one] un asiantaeth
    [two] { $agencies } asiantaeth
    [few] { $agencies } asiantaeth
    [many] { $agencies } asiantaeth
   *[other] { $agencies } asiantaeth
} am { $asks ->
    [zero] ddim categori
    [one] un categori
    [two] { $asks } gategori
    [few] { $asks } chategori
    [many] { $asks } chategori
   *[other] { $asks } categori
}. Mae pob cwestiwn yn cael ei lofnodi a'i gofnodi cyn ei anfon.
enquiry-expires = Am ba hyd y gall ateb ddod o hyd?
enquiry-expires-hint = 1 i 2,160 awr
enquiry-fault-expires = Rhowch nifer cyfan o oriau, 1 i 2,160
enquiry-fault-look-back = Rhowch nifer cyfan o fisoedd, 1 i 240
enquiry-fault-nothing = Dewiswch o leiaf un categori o un asiantaeth
enquiry-fault-why = Dywedwch mewn 10 i 500 o nodau pam mae angen hyn: { $what }
enquiry-go = Parhau
enquiry-ground = Ar ba sail
enquiry-head-agency = Asiantaeth
enquiry-head-asked = Gofynnir i berson
enquiry-head-at-once = Ar unwaith
enquiry-head-category = Beth
enquiry-head-contact = Cyswllt
enquiry-head-not-offered = Heb ei gynnig
enquiry-head-status = Beth a ganfuwyd
enquiry-head-unknown = Anhysbys
enquiry-head-why = Pam mae ei angen
enquiry-head-would-come = Ar y gorau
enquiry-hours = awr
enquiry-look-back = Pa mor bell yn ôl?
enquiry-look-back-hint = 1 i 240 mis. Peidiwch â gofyn am fwy nag sydd ei angen.
enquiry-months = mis
enquiry-no-agency = Nid oes asiantaeth yn cynnig dim y mae'r math hwn o achos yn ei awgrymu.
enquiry-no-agreement = Nid oes cytundeb yn agor y diben hwn i'r hyb hwn.
enquiry-not-offered = Heb ei gynnig at y diben hwn
enquiry-offer-unknown = Nid yw'r hyn y mae'r asiantaeth hon yn ei gynnig yn hysbys nawr ({ $code }). Gallwch ofyn serch hynny.
enquiry-presence-ask-first = Gofynnwch i'r rhain yn gyntaf: { $who }
enquiry-presence-by-name = Dywedwyd yr enw wrth yr asiantaeth.
enquiry-presence-check = Canfod
enquiry-presence-code-offer-missing = nid yw ei gynnig wedi dod eto
enquiry-presence-code-set-missing = nid yw ei set wedi dod eto
enquiry-presence-known = Hysbys
enquiry-presence-may-know = Yn dweud ei fod yn eu hadnabod, neu rywun a allai fod yn nhw
enquiry-presence-no-match = Dim cyfatebiaeth tocyn (nid absenoldeb)
enquiry-presence-nobody-first = Nid oes asiantaeth yn sefyll allan. Gofynnwch i'r rhai y mae'r math hwn o achos yn eu cynnig.
enquiry-presence-not-absence = Nid yw “dim cyfatebiaeth tocyn” yn absenoldeb: nid yw rhai pobl y mae asiantaeth yn eu hadnabod yn cael eu cyfateb.
enquiry-presence-not-checked = Heb ei wirio
enquiry-presence-not-offered = Heb ei gynnig
enquiry-presence-of = Pwy sy'n adnabod { $name }, canfuwyd { $when }
enquiry-presence-possibly = O bosibl yn hysbys
enquiry-presence-what = Gofynnir ar unwaith i bob asiantaeth sy'n ei gynnig a yw'n adnabod y person hwn, a chofnodir y gofyn ar y ddwy ochr.
enquiry-presence-whom = Am bwy rydych am chwilio?
enquiry-preview = Beth fyddai'n dod ar y gorau
enquiry-rung-detail = y manylion
enquiry-rung-headline = pennawd
enquiry-rung-known = ei fod yn cael ei ddal
enquiry-rung-none = dim
enquiry-rung-summary = crynodeb
enquiry-rung-unsaid = yr hyn y mae polisi yn ei ganiatáu
enquiry-see = Gweld beth fyddai'n dod
enquiry-send = Anfon y cwestiynau
enquiry-unknown = Nid yw'n hysbys nawr
enquiry-what = Dewiswch beth i'w ofyn i bob asiantaeth a dywedwch pam mae angen pob categori. O dan bob categori mae'r hyn y byddai cynnig yr asiantaeth ei hun yn ei ateb ar y gorau; nid yw'n dweud dim am unrhyw berson.
enquiry-why = Pam mae ei angen?
enquiry-why-all = Pam y gofynnir i'r asiantaeth hon?
enquiry-why-all-hint = 10 i 500 o nodau. Fe'i defnyddir ar gyfer pob categori isod heb ei reswm ei hun.
