# The product of a case, for one audience.
product-audience-decision-maker = Decision maker
product-audience-family-safe = Safe for the family
product-audience-receiving-team = Receiving team
product-audience-referrer-feedback = Feedback to the referrer
product-audiences = Audiences
product-contacts = Contacts
product-contacts-what = Whom to ring about what stands here.
product-copies = Copies of the product
product-copies-none = No copy has been made yet.
product-copies-what = Each copy carries the name of its recipient and a number. Its digest is in the ledger before anybody has it.
product-copy-audience = What may it say?
product-copy-form = As what?
product-copy-issue = Make a numbered copy
product-copy-language = Language
product-copy-name = Name of the recipient
product-copy-number = Copy { $number } ({ $form })
product-copy-role = Role of the recipient
product-counts = { $answered } of { $agencies } agencies answered; { $items } items, { $withheld } withheld, { $referred } with a person, { $gaps } not checked
product-digest = SHA-256 of this product: { $digest }
product-due = Decision due
product-for = Information product: { $who }
product-form-json = JSON
product-form-pdf = PDF
product-head-audience = For
product-head-copy = Copy
product-head-digest = SHA-256
product-head-made = Made
product-head-recipient = Recipient
product-in-all = In all
product-language-cy = Welsh
product-language-en = English
product-made = Made
product-months = { $number ->
    [one] The last month
   *[other] The last { $number } months
}
product-outcome = Outcome
product-period = Period
product-print = Print this page
product-received = Received
product-recorded = That you read this page is recorded. A copy for somebody else is made as a numbered document.
