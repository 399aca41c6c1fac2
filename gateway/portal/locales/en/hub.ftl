# The work queue, and words that all pages of the hub share.
hub-age-months = { $number ->
    [one] { $number } month
   *[other] { $number } months
}
hub-age-unborn = expected { $day }
hub-age-years = { $number }
hub-age-years-about = about { $number }
hub-answered-of = { $answered } of { $asked }
hub-born-about = born about { $year }, give or take { $years }
hub-born-exact = born { $date }
hub-born-expected = expected { $date }
hub-born-month = born in { $month }
hub-born-unknown = date of birth not known
hub-born-year = born in { $year }
hub-choose = Choose
hub-consent-given = Given
hub-consent-not-sought = Not sought
hub-consent-refused = Refused
hub-consent-unable = Could not be asked
hub-consent-withdrawn = Withdrawn
hub-date-day = Day
hub-date-month = Month
hub-date-year = Year
hub-deciding = { $number } with a decision maker
hub-due = Due { $when }
hub-fault-choose = Choose one
hub-fault-date = Enter a real date, such as 24 2 2026
hub-fault-empty = Enter something here
hub-fault-length = Enter { $least } to { $most } characters
hub-fault-time = Enter a time such as 14:05
hub-kind = Kind of case
hub-match-confident = Known
hub-match-none = Not found
hub-match-not-looked-for = Not looked for
hub-match-possible = May be known: a person there must say
hub-name-unknown = Name not known
hub-need-allocate = allocate it
hub-need-close = close it
hub-need-decide = decide
hub-need-escalate = ask for help
hub-need-give-feedback = tell the referrer
hub-need-raise-enquiry = ask agencies
hub-need-read-contact = read a new contact
hub-need-take = take it
hub-offline = { $number } offline
hub-override-cannot-be-given = Consent cannot be given
hub-override-cannot-reasonably-be-obtained = Consent cannot reasonably be expected to be obtained
hub-override-would-prejudice-protection = Obtaining consent would prejudice the protection of the person
hub-page = Page { $number }
hub-page-after = Next
hub-page-before = Previous
hub-pages = Pages of the list
hub-parents-could-not-be-reached = Not told: could not be reached
hub-parents-informed = Parents have been told
hub-parents-would-delay = Not told yet: would cause harmful delay
hub-parents-would-obstruct-police = Not told: would obstruct a police enquiry
hub-parents-would-raise-risk = Not told: would raise the risk to someone
hub-parents-young-person-asked-not = Not told: a competent young person asked us not to
hub-priority = Priority
hub-priority-amber = Amber
hub-priority-blue = Blue
hub-priority-green = Green
hub-priority-red = Red
hub-problem-already-allocated = Somebody works on this case already. A manager can give it to somebody else.
hub-problem-audience-not-delivered = This system gets no copies for this audience. Choose another audience.
hub-problem-case-active = An agency is still to answer. Wait for it, or let the question lapse.
hub-problem-case-changed = Somebody else changed this case meanwhile. Look at it again.
hub-problem-case-closed = This case is closed.
hub-problem-document-not-typeset = The PDF could not be made, and no copy was given or recorded. Choose JSON, or tell your IT support.
hub-problem-feedback-sent = This referrer was told already.
hub-problem-not-decided = Nobody has decided on this case yet. A decision maker decides first.
hub-queue = Work queue
hub-queue-all = All ({ $number })
hub-queue-any = Any
hub-queue-at-risk = At risk ({ $number })
hub-queue-clear = Clear filters
hub-queue-danger = Immediate danger
hub-queue-filter = Filter
hub-queue-head-agencies = Agencies answered
hub-queue-head-case = Case
hub-queue-head-needs-you = Needs you
hub-queue-head-priority = Priority
hub-queue-head-time-left = Time left
hub-queue-head-worker = Allocated to
hub-queue-mine = Mine ({ $number })
hub-queue-nobody = Nobody yet
hub-queue-none = No open case fits. Choose another list or clear the filters.
hub-queue-not-asked = None asked yet
hub-queue-number = Part of the case number
hub-queue-others = { $number ->
    [one] and { $number } other
   *[other] and { $number } others
}
hub-queue-sorts = Lists of cases
hub-queue-total = { $number ->
    [one] { $number } case
   *[other] { $number } cases
}
hub-queue-unallocated = Not allocated ({ $number })
hub-queue-unread = { $number ->
    [one] New contact, not read
   *[other] { $number } new contacts, not read
}
hub-refused = { $number } refused
hub-role-adult-at-risk = Adult at risk
hub-role-child = Child
hub-role-household-member = Other member of the household
hub-role-parent-carer = Parent or carer
hub-role-person-posing-risk = Person posing risk
hub-role-sibling = Sibling
hub-role-unborn = Unborn child
hub-role-victim = Victim
hub-take = Take this case
hub-timing-in-time = Decided in time
hub-timing-late = Decided late
hub-timing-none = No deadline
hub-timing-overdue = Overdue by { $span }
hub-to-confirm = { $number } to confirm
hub-waiting = { $number } waiting
