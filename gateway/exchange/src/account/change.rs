//! Changes that the user of an account, or IT, makes to it.

use stile_model::id::UserId;
use zeroize::Zeroizing;

use super::code::draw_recovery;
use super::enrol::{kept_recovery, must_be_strong, unknown_user};
use super::kept::{Account, Change};
use super::password::{Hashed, Password};
use super::{Accounts, Origin, Secret, Verdict};
use crate::error::{ExchangeError, refuse};
use crate::people::{Duty, Person};

impl Accounts<'_> {
    /// Changes one's own password. Everybody else who is signed in with the account must sign in
    /// again; the new footing is for whoever changed it.
    ///
    /// `Wrong` means that the present password is wrong.
    ///
    /// # Errors
    ///
    /// `no_account`, `password_weak`.
    pub async fn change_password<'a>(
        &self,
        person: &Person,
        present: &Password,
        new: &Password,
        origin: impl Into<Origin<'a>>,
    ) -> Result<Verdict<u64>, ExchangeError> {
        must_be_strong(new, &person.user)?;
        let account = match self.proved(person, present, origin.into()).await? {
            Verdict::Right(account) => account,
            Verdict::Wait(seconds) => return Ok(Verdict::Wait(seconds)),
            Verdict::Wrong => return Ok(Verdict::Wrong),
        };
        let Some(hashed) = self.hash(new).await? else {
            return Ok(Verdict::Wait(super::sign_in::BUSY_S));
        };
        let change = Change::PasswordChanged;
        let set = |account: &mut Account| {
            account.footing += 1;
            if let Some(secrets) = &mut account.secrets {
                secrets.password = hashed;
            }
        };
        Ok(
            match self
                .on_footing(person, account.footing, change, set)
                .await?
            {
                Some(account) => Verdict::Right(account.footing),
                None => Verdict::Wrong,
            },
        )
    }

    /// Makes new recovery codes; those before are void.
    ///
    /// `Wrong` means that the password is wrong.
    ///
    /// # Errors
    ///
    /// `no_account`.
    pub async fn renew_recovery<'a>(
        &self,
        person: &Person,
        password: &Password,
        origin: impl Into<Origin<'a>>,
    ) -> Result<Verdict<Zeroizing<Vec<String>>>, ExchangeError> {
        let account = match self.proved(person, password, origin.into()).await? {
            Verdict::Right(account) => account,
            Verdict::Wait(seconds) => return Ok(Verdict::Wait(seconds)),
            Verdict::Wrong => return Ok(Verdict::Wrong),
        };
        let codes = Zeroizing::new(draw_recovery()?);
        let kept = kept_recovery(&codes, &person.user);
        let set = |account: &mut Account| {
            if let Some(secrets) = &mut account.secrets {
                secrets.recovery = kept;
            }
        };
        let change = Change::RecoveryRenewed;
        let done = self
            .on_footing(person, account.footing, change, set)
            .await?;
        Ok(done.map_or(Verdict::Wrong, |_| Verdict::Right(codes)))
    }

    /// Closes a user's account: nobody can sign in with it, and whoever is signed in is not any more.
    ///
    /// # Errors
    ///
    /// `role_missing` unless the person is `it_admin`; `unknown_user` when there is no such account.
    pub async fn close(&self, person: &Person, user: &UserId) -> Result<(), ExchangeError> {
        person.must(&Duty::ItAdmin)?;
        let _turn = self.gate.turn.lock().await;
        let account = self.read(user)?.ok_or_else(unknown_user)?;
        let closed = Account {
            footing: account.footing + 1,
            ..Account::new(account.user)
        };
        let batch = self.changed(&closed, Change::Closed, &person.user)?;
        self.store.commit(batch).await?;
        Ok(())
    }

    /// The person's own account, once they have given its password.
    async fn proved(
        &self,
        person: &Person,
        password: &Password,
        origin: Origin<'_>,
    ) -> Result<Verdict<Account>, ExchangeError> {
        let account = self.read(&person.user)?;
        let hashed = |account: &Account| -> Option<Hashed> {
            Some(account.secrets.as_ref()?.password.clone())
        };
        let Some((account, hashed)) = account.and_then(|own| hashed(&own).map(|hash| (own, hash)))
        else {
            return Err(refuse(
                "no_account",
                409,
                "this user has no account here, and signs in otherwise",
            ));
        };
        let attempt = self.of(person.user.as_str(), origin, Secret::Password);
        if let Err(seconds) = self.attempt(attempt) {
            return Ok(Verdict::Wait(seconds));
        }
        Ok(match self.is_password(hashed, password).await? {
            Some(true) => {
                self.take_back(attempt);
                self.forgive(attempt);
                Verdict::Right(account)
            }
            Some(false) => Verdict::Wrong,
            None => Verdict::Wait(super::sign_in::BUSY_S),
        })
    }

    /// Changes the person's account if it is still on this footing.
    async fn on_footing(
        &self,
        person: &Person,
        footing: u64,
        change: Change,
        set: impl FnOnce(&mut Account),
    ) -> Result<Option<Account>, ExchangeError> {
        let _turn = self.gate.turn.lock().await;
        let account = self.read(&person.user)?;
        let Some(mut account) = account.filter(|account| account.footing == footing) else {
            return Ok(None);
        };
        set(&mut account);
        let batch = self.changed(&account, change, &person.user)?;
        self.store.commit(batch).await?;
        Ok(Some(account))
    }
}
