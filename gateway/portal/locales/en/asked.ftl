# What an enquiry asked.
asked-agreement = Agreement
asked-alias = also known as
asked-authoriser = Authorised by
asked-born = Date of birth
asked-born-about = about { $date }
asked-born-expected = expected on { $date }
asked-born-years = { $number ->
    [one] give or take { $number } year
   *[other] give or take { $number } years
}
asked-case = Case
asked-competent = Competent authority
asked-condition = Condition for sensitive data
asked-consent = Consent
asked-consent-given = Given
asked-consent-not-sought = Not sought
asked-consent-refused = Refused
asked-consent-unable = Not able to consent
asked-consent-withdrawn = Withdrawn
asked-expires = The question stands until
asked-former = former name
asked-held-by = Held by
asked-hub = Asked by
asked-lawful-basis = Lawful basis
asked-legal-power = Legal power to share
asked-look-back = How far back
asked-months = { $number ->
    [one] { $number } month
   *[other] { $number } months
}
asked-name = Name
asked-no-authoriser = Nobody: the purpose does not need it
asked-parents = Parents told
asked-part-3 = Law-enforcement processing (DPA 2018 Part 3)
asked-priority = Rating
asked-priority-amber = Amber
asked-priority-blue = Blue
asked-priority-green = Green
asked-priority-red = Red
asked-purpose = Purpose
asked-requester = Requested by
asked-retention = Kept for
asked-role = Role in the case
asked-to-confirm = Still to be confirmed by counsel
asked-when = Signed
