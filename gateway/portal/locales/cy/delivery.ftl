# Drafft gan beiriant: rhaid i gyfieithydd cymwys ei wirio.
delivery-failing = Heb ei gymryd eto
delivery-failing-why = { $why }. Rhoddwyd cynnig arni { $tries ->
    [zero] { $tries } gwaith
    [one] unwaith
    [two] ddwywaith
    [few] { $tries } gwaith
    [many] { $tries } gwaith
   *[other] { $tries } gwaith
}; y nesaf ar { $when }.
delivery-fault-audience-not-delivered = Ni chaiff y system gopïau ar gyfer y gynulleidfa hon mwyach
delivery-fault-broken-off = Torrodd y system y cysylltiad
delivery-fault-copy-differs = Ni ellir gwneud y copi â'r un beitiau mwyach
delivery-fault-deadline = Nid atebodd y system mewn pryd
delivery-fault-document-not-typeset = Ni ellid gwneud y PDF
delivery-fault-failed-at-receiver = Dywedodd y system ei bod wedi methu
delivery-fault-folder-failed = Ni ellid ysgrifennu'r ffolder
delivery-fault-folder-full = Mae'r ffolder yn llawn
delivery-fault-folder-missing = Nid yw'r ffolder yno
delivery-fault-folder-name-taken = Mae ffeil o'r enw hwn â chynnwys arall yno eisoes
delivery-fault-folder-not-writable = Ni chaiff y porth ysgrifennu yn y ffolder
delivery-fault-not-trusted = Nid oes gan y system dystysgrif yr ymddiriedir ynddi
delivery-fault-redirected = Cyfeiriodd y system i rywle arall, ac ni ddilynir hynny
delivery-fault-refused-by-receiver = Gwrthododd y system ef
delivery-fault-unknown-delivery = Nid yw'r system wedi'i ffurfweddu mwyach
delivery-fault-unknown-person = Nid yw pwy bynnag a benderfynodd yn gweithio yma mwyach
delivery-fault-unreachable = Ni ellir cyrraedd y system
delivery-given-up = Rhoddwyd y gorau iddi
delivery-given-up-why = { $why }. Rhoddwyd cynnig arni { $tries ->
    [zero] { $tries } gwaith
    [one] unwaith
    [two] ddwywaith
    [few] { $tries } gwaith
    [many] { $tries } gwaith
   *[other] { $tries } gwaith
}, yr olaf ar { $when }. Anfonwch ef eto wedi i hynny gael ei drwsio.
delivery-head-audience = Ar gyfer
delivery-head-copy = Copi
delivery-head-ordered = Anfonwyd
delivery-head-state = Cyflwr
delivery-head-system = System
delivery-no-system = Nid oes system wedi'i chysylltu i gael copïau.
delivery-none = Nid anfonwyd dim eto.
delivery-send = Anfon
delivery-send-to = Anfon i { $system }
delivery-taken = Wedi'i gymryd
delivery-title = Beth anfonwyd
delivery-to = I ble?
delivery-waiting = Ar ei ffordd
delivery-what = Mae'r system yn cael copi wedi'i rifo o'i heiddo ei hun. Fe'i cofnodir cyn ei anfon, a rhoddir cynnig arni nes ei gymryd.
