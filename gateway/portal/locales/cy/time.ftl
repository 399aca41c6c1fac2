# Drafft gan beiriant: rhaid i gyfieithydd cymwys ei wirio.
time-day = { $day } { $month } { $year }
time-days = { $number ->
    [zero] { $number } diwrnod
    [one] { $number } diwrnod
    [two] { $number } ddiwrnod
    [few] { $number } diwrnod
    [many] { $number } diwrnod
   *[other] { $number } diwrnod
}
time-hours = { $number } awr
time-minutes = { $number } mun
time-moment = { $day }, { $time }
time-month-1 = Ionawr
time-month-2 = Chwefror
time-month-3 = Mawrth
time-month-4 = Ebrill
time-month-5 = Mai
time-month-6 = Mehefin
time-month-7 = Gorffennaf
time-month-8 = Awst
time-month-9 = Medi
time-month-10 = Hydref
time-month-11 = Tachwedd
time-month-12 = Rhagfyr
time-under-a-minute = llai na munud
