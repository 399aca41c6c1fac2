# Subject access.
subject-choose-ground = Choose the provision you rely on
subject-choose-until = Enter the last day it is left out
subject-choose-what = Choose whether to leave it out or put it back
subject-defer-legend = What to do
subject-defer-send = Record this
subject-defer-title = Leave entry { $number } out of its subject's letter
subject-defer-what = A disclosure may be left out of what its subject is told for a time, where the law allows it. On the last day it is told again without anybody doing anything.
subject-deferred = Left out until { $day }
subject-found = { $number ->
    [0] Nothing was disclosed about this person
    [one] { $number } disclosure, oldest first
   *[other] { $number } disclosures, oldest first
}
subject-ground = Provision relied on
subject-head-entry = Entry
subject-head-letter = Letter
subject-head-purpose = Purpose
subject-head-to = To whom
subject-head-what = What
subject-head-when = When
subject-in-letter = In the letter
subject-kept-decide = It could tell of what is protected, or that somebody outside has it: an officer decides first
subject-kept-own-use = It stayed within this organisation
subject-kept-referrer = It would tell that somebody referred
subject-leave-out = Leave it out for a time
subject-letter = The letter
subject-letter-what = What the person may be sent. It names nobody else, and reads the same whether or not anything is left out.
subject-lifted = No longer left out
subject-not-a-disclosure = This entry is not told to anybody, so there is nothing to leave out. Choose a permit, an enquiry that was sent, a copy that was given, or what was told by word of mouth.
subject-not-in-letter = Not in the letter
subject-put-back = Put it back now
subject-search = Draw up the account
subject-title = Subject access
subject-until = Last day
subject-until-bounds = The last day is today or later, at most 366 days ahead
subject-what = Every disclosure about one person, and the letter that tells them. The reading is recorded first; who it is about never stands in an address.
