# Approvals: what policy lets out only when named people agree.
approvals-about-whom = Who is asked about
approvals-agree = Release it
approvals-agree-hint = Exactly what this page shows goes to the hub, once it is recorded.
approvals-agreed-by = { $role }: agreed by { $user }
approvals-all-of = Everybody named here must agree. Each person counts for one role only.
approvals-any-of = One of those named here is enough.
approvals-author = Written by
approvals-capped = There are more records than one answer may hold; the newest are shown.
approvals-caption = Case { $case }
approvals-choose-ground = Choose the ground of your decision
approvals-choose-verdict = Choose whether to release it or not
approvals-count = { $number ->
    [one] { $number } approval waits
   *[other] { $number } approvals wait
}
approvals-decide = Your decision
approvals-decided-by = Decided last by
approvals-due = Due
approvals-ended = Ended
approvals-entry = Entry { $number } of the ledger
approvals-exactly = { $number ->
    [one] This one record, exactly as it stands here, would be sent.
   *[other] These { $number } records, exactly as they stand here, would be sent.
}
approvals-exactly-left = { $number ->
    [one] This one record, exactly as it stands here, was sent.
   *[other] These { $number } records, exactly as they stand here, were sent.
}
approvals-field-field = Field
approvals-field-rule = Rule
approvals-field-rung = How much is said
approvals-field-value = As it would be sent
approvals-grading = Grading
approvals-ground = On what ground
approvals-ground-consent-held = The person agreed, and knows what is shared with whom
approvals-ground-danger-to-somebody = Sharing it would put somebody in danger
approvals-ground-disproportionate = More than the purpose needs, or too old or too slight to matter
approvals-ground-immediate-danger = Somebody may come to serious harm before more can be found out
approvals-ground-legal-bar = A court order, a privilege or a statute forbids it
approvals-ground-legal-duty = A statute or a court requires it
approvals-ground-necessary-proportionate = Needed for the purpose asked, and no more than is needed
approvals-ground-not-relevant = It does not bear on the purpose asked
approvals-ground-outweighs-confidence = Protecting the child or adult outweighs the duty of confidence
approvals-ground-prejudice-investigation = It would harm an investigation or proceedings
approvals-ground-wrong-or-unsafe-record = The record is of somebody else, or cannot be relied on
approvals-grounds = The rules that would let it out, and why:
approvals-handling = Handling
approvals-head-case = Case
approvals-head-due = Due
approvals-head-records = Would leave
approvals-head-waits-for = Waits for
approvals-head-what = What
approvals-held-back = What is held back
approvals-held-bare = Only that this record is held: nothing is recorded in the fields that may be shown.
approvals-if-lapsed = If nobody decides in time, the hub is told “{ $status }”; records sent: { $number }.
approvals-if-refused = If it is refused, the hub is told “{ $status }”; records sent: { $number }.
approvals-item = Record { $number }
approvals-leaves = What would leave
approvals-may = May be answered by { $users }
approvals-nature = Fact, opinion or allegation
approvals-nature-allegation = Allegation
approvals-nature-fact = Fact
approvals-nature-opinion = Opinion
approvals-nobody = Nobody: the time ran out
approvals-nobody-holds = Nobody here holds this role. Tell your information governance lead.
approvals-none = Nothing waits for you.
approvals-nothing = No record would be sent. The hub would be told “{ $status }”.
approvals-nothing-held-back = Nothing of these records is held back.
approvals-nothing-left = No record was sent. The hub was told “{ $status }”.
approvals-otherwise = What the hub is told otherwise
approvals-reason = Why, in your own words
approvals-reason-hint = 10 to 500 characters. It is kept sealed with the decision, and the subject of the record may one day ask to see it.
approvals-reason-length = Say why in 10 to 500 characters
approvals-record = The record of the request
approvals-record-what = As the data sharing code of the Information Commissioner wants it (annex B).
approvals-recorded = Recorded before it left
approvals-records = { $number ->
    [0] No record
    [one] { $number } record
   *[other] { $number } records
}
approvals-reference = The agency's reference
approvals-refuse = Withhold it
approvals-refuse-hint = The hub is told that it was withheld, and nothing of what it says.
approvals-rung-detail = In detail
approvals-rung-headline = A headline
approvals-rung-known = Only that it is known
approvals-rung-none = Nothing
approvals-rung-summary = A summary
approvals-send = Record this decision
approvals-source = From
approvals-state = State
approvals-state-closed = Decided
approvals-state-lapsed = Lapsed
approvals-state-open = Waiting
approvals-status-no-record = No record
approvals-status-not-checked = Not checked
approvals-status-partly-shared = Shared in part
approvals-status-shared = Shared
approvals-status-withheld = Withheld
approvals-still-asked = { $role }: still asked
approvals-title = Approvals
approvals-told = The hub was told
approvals-told-return = In return { $number }, made { $moment }
approvals-verdict = Should it leave?
approvals-verification = Checked
approvals-what = The rules let these out only if you agree. Opening one is recorded.
approvals-who-agrees = Who must agree
approvals-who-asks = Who asks
approvals-whole-category = The whole category
approvals-why = Why it is needed
approvals-written = Recorded on
