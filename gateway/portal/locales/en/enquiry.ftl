# The enquiry: what is asked of whom and why, and who knows a person.
enquiry-all-categories = Show every category, also those that this kind of case does not propose
enquiry-asked = A person there is asked first, within { $hours } hours: up to { $rung }
enquiry-at-once = At once: up to { $rung }
enquiry-at-once-then-asked = At once: up to { $rung }. A person is asked, within { $hours } hours, for more: up to { $more }
enquiry-back = Change something
enquiry-categories = What to ask of { $who }
enquiry-confirm = Check before you send
enquiry-confirm-what = You ask { $agencies ->
    [one] one agency
   *[other] { $agencies } agencies
} for { $asks ->
    [one] one category
   *[other] { $asks } categories
}. Each question is signed and recorded before it is sent.
enquiry-expires = For how long may an answer still come?
enquiry-expires-hint = 1 to 2,160 hours
enquiry-fault-expires = Enter a whole number of hours, 1 to 2,160
enquiry-fault-look-back = Enter a whole number of months, 1 to 240
enquiry-fault-nothing = Choose at least one category of one agency
enquiry-fault-why = Say in 10 to 500 characters why this is needed: { $what }
enquiry-go = Continue
enquiry-ground = On what ground
enquiry-head-agency = Agency
enquiry-head-asked = A person is asked
enquiry-head-at-once = At once
enquiry-head-category = What
enquiry-head-contact = Contact
enquiry-head-not-offered = Not offered
enquiry-head-status = What was found out
enquiry-head-unknown = Not known
enquiry-head-why = Why it is needed
enquiry-head-would-come = At best
enquiry-hours = hours
enquiry-look-back = How far back?
enquiry-look-back-hint = 1 to 240 months. Ask for no more than you need.
enquiry-months = months
enquiry-no-agency = No agency offers anything that this kind of case proposes.
enquiry-no-agreement = No agreement opens this purpose to this hub.
enquiry-not-offered = Not offered for this purpose
enquiry-offer-unknown = What this agency offers is not known now ({ $code }). You can ask all the same.
enquiry-presence-ask-first = Ask these first: { $who }
enquiry-presence-by-name = The agency was told the name.
enquiry-presence-check = Find out
enquiry-presence-code-offer-missing = its offer has not come yet
enquiry-presence-code-set-missing = its set has not come yet
enquiry-presence-known = Known
enquiry-presence-may-know = Says that it knows them, or somebody who may be them
enquiry-presence-no-match = No token match (not absence)
enquiry-presence-nobody-first = No agency stands out. Ask those that this kind of case proposes.
enquiry-presence-not-absence = “No token match” is not absence: some people whom an agency knows are not matched.
enquiry-presence-not-checked = Not checked
enquiry-presence-not-offered = Not offered
enquiry-presence-of = Who knows { $name }, found out { $when }
enquiry-presence-possibly = Possibly known
enquiry-presence-what = Every agency that offers it is asked at once whether it knows this person, and the asking is recorded on both sides.
enquiry-presence-whom = Whom do you want to look for?
enquiry-preview = What would come at best
enquiry-rung-detail = the detail
enquiry-rung-headline = a headline
enquiry-rung-known = that it is held
enquiry-rung-none = nothing
enquiry-rung-summary = a summary
enquiry-rung-unsaid = what policy allows
enquiry-see = See what would come
enquiry-send = Send the questions
enquiry-unknown = Not known now
enquiry-what = Choose what to ask of each agency and say why each category is needed. Under each category stands what the agency's own offer says it would answer at best; it says nothing about any person.
enquiry-why = Why is it needed?
enquiry-why-all = Why is this agency asked?
enquiry-why-all-hint = 10 to 500 characters. Used for each category below that has no reason of its own.
