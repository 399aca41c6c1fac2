//! What an officer should know about the policy before somebody is left without an answer.

use serde::{Deserialize, Serialize};
use stile_model::id::RuleId;
use stile_model::time::Date;
use stile_store::Tree;
use utoipa::ToSchema;

use super::bundle::Origin;
use super::kept::{FAILED, Failed};
use crate::agency::Agency;
use crate::error::ExchangeError;
use crate::stored::every;

/// Every code of a notice, in the order of the alphabet.
pub const NOTICES: [&str; 8] = [
    "activation_failed",
    "agreement_expires",
    "expired",
    "expires_soon",
    "file_differs",
    "new_vocabulary",
    "rules_expire",
    "suspended",
];

/// How long before a last day officers are told, in days.
const AHEAD_DAYS: i64 = 30;

/// What an officer should know or do about the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// `activation_failed`, `agreement_expires`, `expired`, `expires_soon`, `file_differs`,
    /// `new_vocabulary`, `rules_expire` or `suspended`.
    pub code: String,
    /// In words.
    pub message: String,
}

impl Notice {
    fn new(code: &str, message: String) -> Self {
        Self {
            code: code.to_owned(),
            message,
        }
    }
}

impl Agency {
    /// What an officer should know now, the most urgent first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(crate) fn policy_notices(&self) -> Result<Vec<Notice>, ExchangeError> {
        let mut notices = self.failures()?;
        if self.shadow.is_suspended(&self.policy.load()) {
            let message = "casbin does not confirm a ruling of this policy, so nothing leaves \
                           without a person: report it; it ends when rules that say something else \
                           are approved";
            notices.push(Notice::new("suspended", message.to_owned()));
        }
        let standing = self.governing.standing();
        if standing.bundle.origin == Origin::NewVocabulary {
            let before = standing.bundle.previous.as_ref();
            let before = before.map_or(0, |previous| previous.version);
            let message = format!(
                "the vocabulary is a new one, so nothing leaves: propose rules for it \
                 (`stile policy history --version {before}` gives those before)"
            );
            notices.push(Notice::new("new_vocabulary", message));
        }
        let now = self.clock.now();
        let (today, soon) = (now.date(), now.plus_s(AHEAD_DAYS * 86_400).date());
        notices.extend(self.last_days(today, soon));
        notices.extend(self.agreements_ending(today, soon));
        if self.governing.file_differs {
            let message = "the files named by `rules` and `cases` in the configuration hold another \
                           text than the one in force; they are not used: propose them, or put back \
                           the texts in force";
            notices.push(Notice::new("file_differs", message.to_owned()));
        }
        Ok(notices)
    }

    /// Approved versions that did not come into force and might still be wanted.
    fn failures(&self) -> Result<Vec<Notice>, ExchangeError> {
        let current = self.governing.standing().bundle.version;
        let mut notices = Vec::new();
        for (key, value) in every(&self.store, Tree::Policies, FAILED.as_bytes())? {
            let version = super::kept::version(FAILED, &key);
            let failed: Failed = serde_json::from_slice(&value)
                .map_err(|_| ExchangeError::Stored("policy record"))?;
            let version = version.ok_or(ExchangeError::Stored("policy record"))?;
            if version > current {
                let message = format!(
                    "version {version} was approved and did not come into force on {}: {}",
                    failed.at, failed.why
                );
                notices.push(Notice::new("activation_failed", message));
            }
        }
        Ok(notices)
    }

    fn last_days(&self, today: Date, soon: Date) -> Vec<Notice> {
        let policy = self.policy.load();
        let mut notices = Vec::new();
        match policy.until() {
            Some(last) if last < today => {
                let message = format!("the policy ran out on {last}: everything is withheld");
                notices.push(Notice::new("expired", message));
            }
            Some(last) if last <= soon => {
                let message =
                    format!("the policy runs out on {last}; past it everything is withheld");
                notices.push(Notice::new("expires_soon", message));
            }
            Some(_) | None => {}
        }
        let grants = policy
            .rules()
            .rules
            .iter()
            .filter(|rule| rule.verb.grants());
        let ending = grants.filter(|rule| rule.until.is_some_and(|last| last <= soon));
        let ids: Vec<_> = ending.map(|rule| RuleId::as_str(&rule.id)).collect();
        if !ids.is_empty() {
            let message = format!(
                "these rules end within {AHEAD_DAYS} days, or have ended: {}",
                ids.join(", ")
            );
            notices.push(Notice::new("rules_expire", message));
        }
        notices
    }

    fn agreements_ending(&self, today: Date, soon: Date) -> Vec<Notice> {
        let directory = self.directory.load();
        let ending = directory.ending(&self.me, today, soon);
        let said = ending.into_iter().map(|one| {
            let tense = if one.until < today { "ended" } else { "ends" };
            let message = format!(
                "the agreement `{}` with `{}` {tense} on {}; without one its enquiries are refused",
                one.id, one.hub, one.until
            );
            Notice::new("agreement_expires", message)
        });
        said.collect()
    }
}
