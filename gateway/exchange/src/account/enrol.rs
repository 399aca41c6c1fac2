//! From an invitation to an account.

use stile_model::id::UserId;
use zeroize::Zeroizing;

use super::code::{InvitationCode, Kept, Use, draw_recovery};
use super::kept::{Account, Change, Invited, Secrets};
use super::password::{Hashed, Password};
use super::sign_in::SignedIn;
use super::totp::{Digits, Seed};
use super::{Accounts, INVITATION_S, Invitation, Origin, Secret, Verdict};
use crate::error::{ExchangeError, refuse};
use crate::people::{Duty, Person};

/// Somebody who showed the code of an invitation, and the seed their app is to learn. Nothing is kept
/// of it until they finish.
#[derive(Debug, Clone)]
pub struct Enrolling {
    /// Who.
    pub user: UserId,
    /// What their app learns.
    pub seed: Seed,
    footing: u64,
}

/// What somebody has who finished setting up their account.
#[derive(Debug)]
pub struct Enrolled {
    /// They are signed in with it.
    pub signed_in: SignedIn,
    /// Their recovery codes, shown this once.
    pub recovery: Zeroizing<Vec<String>>,
}

impl Accounts<'_> {
    /// Invites a user to set up an account. What the user had before is void from now on, and whoever
    /// is signed in with it is not any more.
    ///
    /// # Errors
    ///
    /// `role_missing` unless the person is `it_admin`; `unknown_user` when the configuration does not
    /// list the user.
    pub async fn invite(
        &self,
        person: &Person,
        user: &UserId,
    ) -> Result<Invitation, ExchangeError> {
        person.must(&Duty::ItAdmin)?;
        if self.people.listed(user).is_err() {
            return Err(unknown_user());
        }
        let _turn = self.gate.turn.lock().await;
        let (code, expires) = (InvitationCode::draw()?, self.now().plus_s(INVITATION_S));
        let before = self.read(user)?;
        let account = Account {
            footing: before.map_or(0, |account| account.footing) + 1,
            invitation: Some(Invited {
                code: Kept::of(code.as_str(), user, Use::Invitation),
                expires,
            }),
            ..Account::new(user.clone())
        };
        let batch = self.changed(&account, Change::Invited, &person.user)?;
        self.store.commit(batch).await?;
        Ok(Invitation {
            user: user.clone(),
            code,
            expires,
        })
    }

    /// Begins to set up an account with the code of an invitation.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn begin<'a>(
        &self,
        user: &str,
        code: &str,
        origin: impl Into<Origin<'a>>,
    ) -> Result<Verdict<Enrolling>, ExchangeError> {
        let typed = super::sign_in::user_typed(user);
        let attempt = self.of(&typed, origin.into(), Secret::Password);
        if let Err(seconds) = self.attempt(attempt) {
            return Ok(Verdict::Wait(seconds));
        }
        let Ok(user) = UserId::new(&typed) else {
            return Ok(Verdict::Wrong);
        };
        let given = Kept::of(code, &user, Use::Invitation);
        let account = self.read(&user)?;
        let listed = self.people.listed(&user).is_ok();
        match account.filter(|account| listed && account.is_invited(&given, self)) {
            Some(account) => {
                self.take_back(attempt);
                Ok(Verdict::Right(Enrolling {
                    user,
                    seed: Seed::draw()?,
                    footing: account.footing,
                }))
            }
            None => Ok(Verdict::Wrong),
        }
    }

    /// Finishes: keeps the password and the seed once the app has shown that it knows it.
    ///
    /// `Wrong` means that the digits are wrong.
    ///
    /// # Errors
    ///
    /// `password_weak`; `invitation_gone` when the invitation was used or taken back meanwhile.
    pub async fn enrol<'a>(
        &self,
        enrolling: &Enrolling,
        password: &Password,
        digits: &Digits,
        origin: impl Into<Origin<'a>>,
    ) -> Result<Verdict<Enrolled>, ExchangeError> {
        must_be_strong(password, &enrolling.user)?;
        let attempt = self.of(enrolling.user.as_str(), origin.into(), Secret::Code);
        if let Err(seconds) = self.attempt(attempt) {
            return Ok(Verdict::Wait(seconds));
        }
        let Some(step) = enrolling.seed.accepts(digits, i64::MIN, self.now()) else {
            return Ok(Verdict::Wrong);
        };
        let Some(hashed) = self.hash(password).await? else {
            return Ok(Verdict::Wait(super::sign_in::BUSY_S));
        };
        let recovery = Zeroizing::new(draw_recovery()?);
        let footing = self
            .keep_enrolled(enrolling, hashed, step, &recovery)
            .await?;
        self.take_back(attempt);
        self.forgive(attempt);
        let signed_in = SignedIn {
            user: enrolling.user.clone(),
            footing,
            recovery_left: None,
        };
        Ok(Verdict::Right(Enrolled {
            signed_in,
            recovery,
        }))
    }

    async fn keep_enrolled(
        &self,
        enrolling: &Enrolling,
        password: Hashed,
        step: i64,
        recovery: &[String],
    ) -> Result<u64, ExchangeError> {
        let user = &enrolling.user;
        let _turn = self.gate.turn.lock().await;
        let account = self.read(user)?;
        let invited = |account: &Account| {
            let unused = account.invitation.as_ref();
            let in_time = unused.is_some_and(|invited| invited.expires > self.now());
            in_time && account.footing == enrolling.footing && self.people.listed(user).is_ok()
        };
        let Some(mut account) = account.filter(invited) else {
            return Err(refuse(
                "invitation_gone",
                409,
                "the invitation was used, taken back or has expired; ask for another",
            ));
        };
        account.invitation = None;
        account.footing += 1;
        account.secrets = Some(Secrets {
            password,
            seed: enrolling.seed.clone(),
            last_step: step,
            recovery: kept_recovery(recovery, user),
            since: self.now(),
        });
        let batch = self.changed(&account, Change::Enrolled, user)?;
        self.store.commit(batch).await?;
        Ok(account.footing)
    }
}

impl Account {
    fn is_invited(&self, given: &Kept, accounts: &Accounts<'_>) -> bool {
        let invitation = self.invitation.as_ref();
        invitation.is_some_and(|invited| invited.code.is(given) && invited.expires > accounts.now())
    }
}

pub(super) fn kept_recovery(codes: &[String], user: &UserId) -> Vec<Kept> {
    let kept = |code: &String| Kept::of(code, user, Use::Recovery);
    codes.iter().map(kept).collect()
}

pub(super) fn unknown_user() -> ExchangeError {
    refuse(
        "unknown_user",
        404,
        "no such user is here; list the user under `[[person]]` in the configuration first",
    )
}

pub(super) fn must_be_strong(password: &Password, user: &UserId) -> Result<(), ExchangeError> {
    password.check(user).map_err(|_| {
        refuse(
            "password_weak",
            422,
            "the password is too short, too long, easily guessed, or holds the user's name",
        )
    })
}
