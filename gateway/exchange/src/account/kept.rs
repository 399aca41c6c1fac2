//! How an account is kept: sealed, and changed together with the entry that says who changed it.

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::id::{Code, UserId};
use stile_model::time::Timestamp;
use stile_store::{Batch, Put, Tree};

use super::code::Kept;
use super::password::Hashed;
use super::totp::Seed;
use super::{AccountLine, AccountList, Accounts};
use crate::error::ExchangeError;
use crate::people::{Duty, Person};

/// One person's account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub(super) user: UserId,
    /// Grows with every change after which whoever is signed in must sign in again.
    pub(super) footing: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) invitation: Option<Invited>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) secrets: Option<Secrets>,
}

/// An invitation that was not used yet.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invited {
    pub(super) code: Kept,
    pub(super) expires: Timestamp,
}

/// What somebody signs in with.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secrets {
    pub(super) password: Hashed,
    pub(super) seed: Seed,
    /// The newest step of [`Seed`] that was used; it and all before are used up.
    pub(super) last_step: i64,
    pub(super) recovery: Vec<Kept>,
    pub(super) since: Timestamp,
}

/// What became of an account, as the ledger says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Closed,
    Enrolled,
    Invited,
    PasswordChanged,
    RecoveryRenewed,
    RecoveryUsed,
}

impl Change {
    const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Enrolled => "enrolled",
            Self::Invited => "invited",
            Self::PasswordChanged => "password_changed",
            Self::RecoveryRenewed => "recovery_renewed",
            Self::RecoveryUsed => "recovery_used",
        }
    }
}

impl Account {
    pub(super) const fn new(user: UserId) -> Self {
        Self {
            user,
            footing: 0,
            invitation: None,
            secrets: None,
        }
    }
}

impl Accounts<'_> {
    /// Every account, for those who look after them.
    ///
    /// # Errors
    ///
    /// `role_missing` unless the person is `it_admin` or `auditor`.
    pub fn list(&self, person: &Person) -> Result<AccountList, ExchangeError> {
        person.must_be_one_of(&[Duty::ItAdmin, Duty::Auditor])?;
        let now = self.now();
        let rows = crate::stored::every(self.store, Tree::Accounts, ACCOUNT)?;
        let line = |(_, bytes): (_, Vec<u8>)| {
            let account = parse(&bytes)?;
            let invitation = account.invitation.as_ref();
            let invitation = invitation.filter(|invited| invited.expires > now);
            let secrets = account.secrets.as_ref();
            let left = secrets.map_or(0, |secrets| secrets.recovery.len());
            Ok(AccountLine {
                since: secrets.map(|secrets| secrets.since),
                invited_until: invitation.map(|invited| invited.expires),
                recovery_codes: u32::try_from(left).unwrap_or(u32::MAX),
                listed: self.people.listed(&account.user).is_ok(),
                user: account.user,
            })
        };
        let accounts: Result<_, ExchangeError> = rows.into_iter().map(line).collect();
        Ok(AccountList {
            accounts: accounts?,
        })
    }

    /// The footing on which the user of an account may be signed in now; none when there is no account
    /// to sign in with. A session that began on another footing is over.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn footing(&self, user: &UserId) -> Result<Option<u64>, ExchangeError> {
        let account = self.read(user)?;
        let able = account.filter(|account| account.secrets.is_some());
        Ok(able.map(|account| account.footing))
    }

    /// Recovery codes that a user has left.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn recovery_codes(&self, user: &UserId) -> Result<usize, ExchangeError> {
        let secrets = self.read(user)?.and_then(|account| account.secrets);
        Ok(secrets.map_or(0, |secrets| secrets.recovery.len()))
    }

    pub(super) fn read(&self, user: &UserId) -> Result<Option<Account>, ExchangeError> {
        let bytes = self.store.get(Tree::Accounts, &key(user))?;
        bytes.map(|bytes| parse(&bytes)).transpose()
    }

    /// The batch that keeps the account and says in the ledger what `by` did to it.
    pub(super) fn changed(
        &self,
        account: &Account,
        change: Change,
        by: &UserId,
    ) -> Result<Batch, ExchangeError> {
        #[derive(Serialize)]
        struct Body<'a> {
            user: &'a UserId,
            account: &'a UserId,
        }
        let entry = Entry {
            actor: Some(self.scribe.pseudonym(by)),
            reason: Code::new(change.word()).ok(),
            ..Entry::new(EntryKind::AccountChange, self.now())
        };
        let body = serde_json::to_vec(&Body {
            user: by,
            account: &account.user,
        });
        let body = body.map_err(|_| ExchangeError::Stored("account change"))?;
        Ok(Batch {
            puts: vec![put(account)?],
            ..Batch::entry(entry, body, None)
        })
    }
}

/// The account's own row.
pub(super) fn put(account: &Account) -> Result<Put, ExchangeError> {
    let value = serde_json::to_vec(account).map_err(|_| ExchangeError::Stored("account"))?;
    Ok(Put {
        tree: Tree::Accounts,
        key: key(&account.user),
        value: Some(value),
        case: None,
    })
}

/// The key that is there once a code of this step was used: two gateways that share a store cannot both
/// take it.
pub(super) fn used_step(user: &UserId, step: i64) -> Vec<u8> {
    format!("step/{user}/{step}").into_bytes()
}

const ACCOUNT: &[u8] = b"account/";

fn key(user: &UserId) -> Vec<u8> {
    [ACCOUNT, user.as_str().as_bytes()].concat()
}

fn parse(bytes: &[u8]) -> Result<Account, ExchangeError> {
    serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("account"))
}
