# Copies on their way to systems of the partnership.
delivery-failing = Not taken yet
delivery-failing-why = { $why }. Tried { $tries ->
    [one] once
   *[other] { $tries } times
}; next on { $when }.
delivery-fault-audience-not-delivered = The system may no longer get copies for this audience
delivery-fault-broken-off = The system broke the connection off
delivery-fault-copy-differs = The copy can no longer be made with the same bytes
delivery-fault-deadline = The system did not answer in time
delivery-fault-document-not-typeset = The PDF could not be made
delivery-fault-failed-at-receiver = The system said that it failed
delivery-fault-folder-failed = The folder could not be written
delivery-fault-folder-full = The folder is full
delivery-fault-folder-missing = The folder is not there
delivery-fault-folder-name-taken = A file of this name with other content is there already
delivery-fault-folder-not-writable = The gateway may not write in the folder
delivery-fault-not-trusted = The system has no certificate that is trusted
delivery-fault-redirected = The system pointed elsewhere, which is not followed
delivery-fault-refused-by-receiver = The system refused it
delivery-fault-unknown-delivery = The system is no longer configured
delivery-fault-unknown-person = Whoever decided no longer works here
delivery-fault-unreachable = The system cannot be reached
delivery-given-up = Given up
delivery-given-up-why = { $why }. Tried { $tries ->
    [one] once
   *[other] { $tries } times
}, last on { $when }. Send it again once that is mended.
delivery-head-audience = For
delivery-head-copy = Copy
delivery-head-ordered = Sent
delivery-head-state = State
delivery-head-system = System
delivery-no-system = No system is connected to get copies.
delivery-none = Nothing has been sent yet.
delivery-send = Send
delivery-send-to = Send to { $system }
delivery-taken = Taken
delivery-title = What was sent
delivery-to = Where to?
delivery-waiting = On its way
delivery-what = The system gets a numbered copy of its own. It is recorded before it is sent, and tried until it is taken.
