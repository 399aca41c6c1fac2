# Times and how long something takes.
time-day = { $day } { $month } { $year }
time-days = { $number ->
    [one] { $number } day
   *[other] { $number } days
}
time-hours = { $number } hr
time-minutes = { $number } min
time-moment = { $day }, { $time }
time-month-1 = January
time-month-2 = February
time-month-3 = March
time-month-4 = April
time-month-5 = May
time-month-6 = June
time-month-7 = July
time-month-8 = August
time-month-9 = September
time-month-10 = October
time-month-11 = November
time-month-12 = December
time-under-a-minute = less than a minute
