# Drafft gan beiriant: rhaid i gyfieithydd cymwys ei wirio.
product-audience-decision-maker = Penderfynwr
product-audience-family-safe = Diogel i'r teulu
product-audience-receiving-team = Tîm derbyn
product-audience-referrer-feedback = Adborth i'r atgyfeiriwr
product-audiences = Cynulleidfaoedd
product-contacts = Cysylltiadau
product-contacts-what = Pwy i'w ffonio am yr hyn sydd yma.
product-copies = Copïau o'r cynnyrch
product-copies-none = Ni wnaed copi eto.
product-copies-what = Mae pob copi yn dwyn enw ei dderbynnydd a rhif. Mae ei grynodeb yn y cofnod cyn i neb ei gael.
product-copy-audience = Beth gaiff ei ddweud?
product-copy-form = Fel beth?
product-copy-issue = Gwneud copi wedi'i rifo
product-copy-language = Iaith
product-copy-name = Enw'r derbynnydd
product-copy-number = Copi { $number } ({ $form })
product-copy-role = Rôl y derbynnydd
product-counts = Atebodd { $answered } o { $agencies } asiantaeth; { $items } eitem, { $withheld } wedi'u dal yn ôl, { $referred } gyda pherson, { $gaps } heb eu gwirio
product-digest = SHA-256 y cynnyrch hwn: { $digest }
product-due = Penderfyniad erbyn
product-for = Cynnyrch gwybodaeth: { $who }
product-form-json = JSON
product-form-pdf = PDF
product-head-audience = Ar gyfer
product-head-copy = Copi
product-head-digest = SHA-256
product-head-made = Gwnaed
product-head-recipient = Derbynnydd
product-in-all = I gyd
product-language-cy = Cymraeg
product-language-en = Saesneg
product-made = Gwnaed
product-months = { $number ->
    [zero] Y { $number } mis diwethaf
    [one] Y { $number } mis diwethaf
    [two] Y { $number } fis diwethaf
    [few] Y { $number } mis diwethaf
    [many] Y { $number } mis diwethaf
   *[other] Y { $number } mis diwethaf
}
product-outcome = Canlyniad
product-period = Cyfnod
product-print = Argraffu'r dudalen hon
product-received = Derbyniwyd
product-recorded = Cofnodir eich bod wedi darllen y dudalen hon. Gwneir copi i rywun arall fel dogfen wedi'i rhifo.
