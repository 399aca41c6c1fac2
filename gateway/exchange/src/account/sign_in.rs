//! Signing in: first the password, then a code of the app or one for recovery.

use stile_model::id::UserId;
use stile_store::{Put, StoreError, Tree};

use super::code::{Kept, Use};
use super::kept::{Account, Change, Secrets, put, used_step};
use super::password::{Hashed, Password};
use super::totp::Digits;
use super::{Accounts, Origin, Secret, Verdict};
use crate::error::ExchangeError;
use crate::security::Happened;

/// Seconds to wait when too many passwords are being computed.
pub(super) const BUSY_S: u32 = 3;

/// Somebody who gave the right password, and no code yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordRight {
    user: UserId,
    footing: u64,
}

impl PasswordRight {
    /// Who.
    pub const fn user(&self) -> &UserId {
        &self.user
    }
}

/// Somebody who gave everything that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// The footing of their account; see [`Accounts::footing`].
    pub footing: u64,
    /// When a recovery code was used: how many are left.
    pub recovery_left: Option<usize>,
}

impl Accounts<'_> {
    /// Checks a user's password.
    ///
    /// A user that does not exist, has no account or is not among the people any more costs the same
    /// work and gets the same answer as a wrong password.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn check_password<'a>(
        &self,
        user: &str,
        password: &Password,
        origin: impl Into<Origin<'a>>,
    ) -> Result<Verdict<PasswordRight>, ExchangeError> {
        let origin = origin.into();
        let verdict = self.password_of(user, password, origin).await?;
        tell_failure(&verdict, "wrong_password", origin);
        Ok(verdict)
    }

    async fn password_of(
        &self,
        user: &str,
        password: &Password,
        origin: Origin<'_>,
    ) -> Result<Verdict<PasswordRight>, ExchangeError> {
        let typed = user_typed(user);
        let attempt = self.of(&typed, origin, Secret::Password);
        if let Err(seconds) = self.attempt(attempt) {
            return Ok(Verdict::Wait(seconds));
        }
        let known = self.known(&typed)?;
        let hashed = known
            .as_ref()
            .and_then(|account| account.secrets.as_ref())
            .map_or_else(Hashed::nobody, |secrets| secrets.password.clone());
        let Some(right) = self.is_password(hashed, password).await? else {
            return Ok(Verdict::Wait(BUSY_S));
        };
        Ok(match known.filter(|_| right) {
            Some(account) => {
                self.take_back(attempt);
                Verdict::Right(PasswordRight {
                    user: account.user,
                    footing: account.footing,
                })
            }
            None => Verdict::Wrong,
        })
    }

    /// Checks the second thing that is asked for: six digits of the app, or a recovery code. Either is
    /// right once.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub async fn check_code<'a>(
        &self,
        right: &PasswordRight,
        typed: &str,
        origin: impl Into<Origin<'a>>,
    ) -> Result<Verdict<SignedIn>, ExchangeError> {
        let origin = origin.into();
        let verdict = self.code_of(right, typed, origin).await?;
        tell_failure(&verdict, "wrong_code", origin);
        Ok(verdict)
    }

    async fn code_of(
        &self,
        right: &PasswordRight,
        typed: &str,
        origin: Origin<'_>,
    ) -> Result<Verdict<SignedIn>, ExchangeError> {
        let attempt = self.of(right.user.as_str(), origin, Secret::Code);
        if let Err(seconds) = self.attempt(attempt) {
            return Ok(Verdict::Wait(seconds));
        }
        let _turn = self.gate.turn.lock().await;
        let account = self.known(right.user.as_str())?;
        // Changed since the password was given: another password, perhaps.
        let account = account.filter(|account| account.footing == right.footing);
        let Some(account) = account else {
            return Ok(Verdict::Wrong);
        };
        let signed_in = match Digits::read(typed) {
            Some(digits) => self.take_digits(account, &digits).await?,
            None => self.take_recovery(account, typed).await?,
        };
        if let Verdict::Right(_) = signed_in {
            self.take_back(attempt);
            self.forgive(attempt);
        }
        Ok(signed_in)
    }

    async fn take_digits(
        &self,
        mut account: Account,
        digits: &Digits,
    ) -> Result<Verdict<SignedIn>, ExchangeError> {
        let now = self.now();
        let accepted = account
            .secrets
            .as_mut()
            .and_then(|secrets| secrets.take(digits, now));
        let Some((before, step)) = accepted else {
            return Ok(Verdict::Wrong);
        };
        let mark = |step, value| Put {
            tree: Tree::Accounts,
            key: used_step(&account.user, step),
            value,
            case: None,
        };
        let batch = stile_store::Batch {
            puts: vec![
                put(&account)?,
                mark(before, None),
                mark(step, Some(vec![1])),
            ],
            require_absent: vec![(Tree::Accounts, used_step(&account.user, step))],
            ..stile_store::Batch::default()
        };
        match self.store.commit(batch).await {
            Ok(_) => Ok(Verdict::Right(account.signed_in(None))),
            // A gateway that shares the store took the same code first.
            Err(StoreError::AlreadyThere(_)) => Ok(Verdict::Wrong),
            Err(error) => Err(error.into()),
        }
    }

    async fn take_recovery(
        &self,
        mut account: Account,
        typed: &str,
    ) -> Result<Verdict<SignedIn>, ExchangeError> {
        let given = Kept::of(typed, &account.user, Use::Recovery);
        let Some(secrets) = &mut account.secrets else {
            return Ok(Verdict::Wrong);
        };
        let before = secrets.recovery.len();
        secrets.recovery.retain(|code| !code.is(&given));
        let left = secrets.recovery.len();
        if left == before {
            return Ok(Verdict::Wrong);
        }
        let batch = self.changed(&account, Change::RecoveryUsed, &account.user)?;
        self.store.commit(batch).await?;
        Ok(Verdict::Right(account.signed_in(Some(left))))
    }

    /// The account of a user who may sign in.
    fn known(&self, user: &str) -> Result<Option<Account>, ExchangeError> {
        let Ok(user) = UserId::new(user) else {
            return Ok(None);
        };
        // Read whether or not they are listed: the same work.
        let account = self.read(&user)?;
        let listed = self.people.listed(&user).is_ok();
        Ok(account.filter(|account| listed && account.secrets.is_some()))
    }

    /// Is it this password? None when too many are being computed.
    pub(super) async fn is_password(
        &self,
        hashed: Hashed,
        password: &Password,
    ) -> Result<Option<bool>, ExchangeError> {
        let password = password.clone();
        self.computing(move || hashed.is(&password)).await
    }

    /// What is kept of a new password; none when too many are being computed.
    pub(super) async fn hash(&self, password: &Password) -> Result<Option<Hashed>, ExchangeError> {
        let (password, salt) = (password.clone(), crate::random::bytes()?);
        self.computing(move || Hashed::of(&password, salt)).await
    }

    /// Computes away from the threads that answer, a few at a time.
    async fn computing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ExchangeError> + Send + 'static,
    ) -> Result<Option<T>, ExchangeError> {
        let Ok(_waiting) = self.gate.waiting.try_acquire() else {
            return Ok(None);
        };
        let Ok(_place) = self.gate.hashing.acquire().await else {
            return Ok(None);
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|_| ExchangeError::Stored("password"))?
            .map(Some)
    }
}

impl Account {
    fn signed_in(self, recovery_left: Option<usize>) -> SignedIn {
        SignedIn {
            user: self.user,
            footing: self.footing,
            recovery_left,
        }
    }
}

impl Secrets {
    /// Uses up the step of these digits; gives the one used before and this one.
    fn take(&mut self, digits: &Digits, now: stile_model::time::Timestamp) -> Option<(i64, i64)> {
        let step = self.seed.accepts(digits, self.last_step, now)?;
        Some((std::mem::replace(&mut self.last_step, step), step))
    }
}

/// Tells that a sign-in failed, and where it came from; never what was typed.
fn tell_failure<T>(verdict: &Verdict<T>, wrong: &'static str, origin: Origin<'_>) {
    let code = match verdict {
        Verdict::Right(_) => return,
        Verdict::Wait(_) => "held_up",
        Verdict::Wrong => wrong,
    };
    Happened::SignInFailed.tell(code, None, Some(origin.source.address()));
}

/// A user's name as typed: case and spaces around it do not matter.
pub(super) fn user_typed(user: &str) -> String {
    user.trim().to_lowercase()
}
