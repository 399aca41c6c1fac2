# What an enquiry asked. Machine draft.
asked-agreement = Cytundeb
asked-alias = a elwir hefyd
asked-authoriser = Awdurdodwyd gan
asked-born = Dyddiad geni
asked-born-about = tua { $date }
asked-born-expected = disgwylir ar { $date }
asked-born-years = { $number ->
    [zero] o fewn { $number } o flynyddoedd
    [one] o fewn { $number } flwyddyn
    [two] o fewn { $number } flynedd
    [few] o fewn { $number } blynedd
    [many] o fewn { $number } blynedd
   *[other] o fewn { $number } mlynedd
}
asked-case = Achos
asked-competent = Awdurdod cymwys
asked-condition = Amod ar gyfer data sensitif
asked-consent = Cydsyniad
asked-consent-given = Wedi'i roi
asked-consent-not-sought = Heb ei geisio
asked-consent-refused = Wedi'i wrthod
asked-consent-unable = Methu cydsynio
asked-consent-withdrawn = Wedi'i dynnu'n ôl
asked-expires = Mae'r cwestiwn yn sefyll tan
asked-former = enw blaenorol
asked-held-by = Yn cael ei gadw gan
asked-hub = Gofynnwyd gan
asked-lawful-basis = Sail gyfreithlon
asked-legal-power = Pŵer cyfreithiol i rannu
asked-look-back = Pa mor bell yn ôl
asked-months = { $number ->
    [zero] { $number } mis
    [one] { $number } mis
    [two] { $number } fis
    [few] { $number } mis
    [many] { $number } mis
   *[other] { $number } mis
}
asked-name = Enw
asked-no-authoriser = Neb: nid oes ei angen ar gyfer y diben
asked-parents = Dywedwyd wrth y rhieni
asked-part-3 = Prosesu gorfodi'r gyfraith (DPA 2018 Rhan 3)
asked-priority = Gradd
asked-priority-amber = Ambr
asked-priority-blue = Glas
asked-priority-green = Gwyrdd
asked-priority-red = Coch
asked-purpose = Diben
asked-requester = Cais gan
asked-retention = Cedwir am
asked-role = Rôl yn yr achos
asked-to-confirm = I'w gadarnhau o hyd gan gwnsler
asked-when = Llofnodwyd
