# Eich cyfrif eich hun. Drafft peiriant: i'w wirio gan gyfieithydd cymwys.
account-by-certificate = Gyda'ch tystysgrif
account-by-password = Gyda chyfrinair a chod
account-by-provider = Gyda chyfrif eich sefydliad
account-means = Sut y gwnaethoch fewngofnodi
account-name = Enw
account-password-button = Newid cyfrinair
account-password-missing = Rhowch eich cyfrinair presennol
account-password-present = Cyfrinair presennol
account-password-title = Newid eich cyfrinair
account-password-why = Ble bynnag arall yr ydych wedi mewngofnodi, cewch eich allgofnodi.
account-password-wrong = Nid yw'r cyfrinair presennol yn gywir
account-recovery-button = Creu codau newydd
account-recovery-codes = Codau adfer
account-recovery-left = { $count ->
    [zero] Dim un ar ôl
    [one] Un ar ôl
    [two] { $count } ar ôl
    [few] { $count } ar ôl
    [many] { $count } ar ôl
   *[other] { $count } ar ôl
}
account-recovery-title = Creu codau adfer newydd
account-recovery-why = Ni ellir defnyddio'r codau sydd gennych nawr wedi hynny.
account-sessions-began = Mewngofnodwyd
account-sessions-end = Allgofnodi
account-sessions-end-others = Allgofnodi ym mhobman arall
account-sessions-own = Yr un hon
account-sessions-seen = Defnyddiwyd ddiwethaf
account-sessions-title = Ble rydych wedi mewngofnodi
account-sessions-what = Sesiwn
account-sessions-why = Os nad ydych yn adnabod un o'r rhain, allgofnodwch hi a newidiwch eich cyfrinair.
account-title = Eich cyfrif
account-user = Enw defnyddiwr
