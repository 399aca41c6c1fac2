# One's own account.
account-by-certificate = With your certificate
account-by-password = With password and code
account-by-provider = With your organisation's account
account-means = How you signed in
account-name = Name
account-password-button = Change password
account-password-missing = Enter your present password
account-password-present = Present password
account-password-title = Change your password
account-password-why = Wherever else you are signed in, you will be signed out.
account-password-wrong = The present password is not right
account-recovery-button = Make new codes
account-recovery-codes = Recovery codes
account-recovery-left = { $count ->
    [one] One left
   *[other] { $count } left
}
account-recovery-title = Make new recovery codes
account-recovery-why = The codes you have now can no longer be used afterwards.
account-sessions-began = Signed in
account-sessions-end = Sign out
account-sessions-end-others = Sign out everywhere else
account-sessions-own = This one
account-sessions-seen = Last used
account-sessions-title = Where you are signed in
account-sessions-what = Session
account-sessions-why = If you do not know one of these, sign it out and change your password.
account-title = Your account
account-user = User name
