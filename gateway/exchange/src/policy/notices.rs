//! What an officer should know about the policy before somebody is left without an answer.

use serde::{Deserialize, Serialize};
use stile_model::id::{Code, MemberId, RuleId};
use stile_model::time::Date;
use stile_store::Tree;
use stile_trust::directory::Agreement;
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
        let ending = ending(&directory.agreements, &self.me, today, soon);
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

/// The agreements of `agency` that have ended or end by `soon` and leave the hub without an answer: a
/// renewal under another identifier that lasts longer and opens the same purposes, without a day
/// between, needs no notice.
fn ending<'a>(
    agreements: &'a [Agreement],
    agency: &MemberId,
    today: Date,
    soon: Date,
) -> Vec<&'a Agreement> {
    let own = || agreements.iter().filter(|one| one.agency == *agency);
    let renewed = |one: &Agreement, purpose: &Code| {
        // The last day on which the renewal may begin: there is no day without one from today on.
        let begins = one.until.tomorrow().unwrap_or(one.until).max(today);
        own().any(|other| {
            other.hub == one.hub
                && other.from <= begins
                && other.until > soon
                && other.purposes.contains(purpose)
        })
    };
    own()
        .filter(|one| one.until <= soon)
        .filter(|one| !one.purposes.iter().all(|purpose| renewed(one, purpose)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: &str = "2026-03-11";
    const SOON: &str = "2026-04-10";

    fn agreement(id: &str, hub: &str, purposes: &[&str], (from, until): (&str, &str)) -> Agreement {
        Agreement {
            id: id.parse().unwrap(),
            hub: hub.parse().unwrap(),
            agency: "north-police".parse().unwrap(),
            purposes: purposes.iter().map(|one| one.parse().unwrap()).collect(),
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
            reference: "ISA 1".to_owned(),
        }
    }

    fn told(agreements: &[Agreement]) -> Vec<&str> {
        let day = |text: &str| text.parse().unwrap();
        let me = "north-police".parse().unwrap();
        let ending = ending(agreements, &me, day(TODAY), day(SOON));
        ending.into_iter().map(|one| one.id.as_str()).collect()
    }

    const BOTH: &[&str] = &["s47_enquiry", "threshold_enquiry"];

    #[test]
    fn an_agreement_that_ended_or_ends_soon_is_told() {
        let ended = agreement("one", "north-mash", BOTH, ("2025-01-01", "2026-03-01"));
        let ends = agreement("two", "south-mash", BOTH, ("2025-01-01", SOON));
        let lasts = agreement("three", "west-mash", BOTH, ("2025-01-01", "2026-04-11"));

        assert_eq!(told(&[ended, ends, lasts]), ["one", "two"]);
    }

    #[test]
    fn one_that_was_renewed_under_another_identifier_is_not_told_for_ever() {
        let ended = agreement("one", "north-mash", BOTH, ("2025-01-01", "2026-03-01"));
        let renewed = agreement("two", "north-mash", BOTH, ("2026-03-05", "2027-03-01"));
        let ends = agreement("three", "south-mash", BOTH, ("2025-01-01", "2026-03-31"));
        let follows = agreement("four", "south-mash", BOTH, ("2026-04-01", "2027-03-01"));

        assert!(told(&[ended, renewed, ends, follows]).is_empty());
    }

    #[test]
    fn purposes_may_be_opened_by_several_that_last() {
        let ended = agreement("one", "north-mash", BOTH, ("2025-01-01", "2026-03-01"));
        let lasting = ["2025-01-01", "2027-03-01"].into();
        let first = agreement("two", "north-mash", &BOTH[..1], lasting);
        let second = agreement("three", "north-mash", &BOTH[1..], lasting);

        assert!(told(&[ended.clone(), first.clone(), second]).is_empty());
        assert_eq!(told(&[ended, first]), ["one"]);
    }

    #[test]
    fn tells_what_is_renewed_too_late_too_shortly_or_for_another_hub() {
        let ended = agreement("one", "north-mash", BOTH, ("2025-01-01", "2026-03-20"));
        let late = agreement("two", "north-mash", BOTH, ("2026-03-22", "2027-03-01"));
        let short = agreement("three", "north-mash", BOTH, ("2025-01-01", "2026-03-21"));
        let other = agreement("four", "south-mash", BOTH, ("2025-01-01", "2027-03-01"));

        assert_eq!(told(&[ended.clone(), late]), ["one"]);
        assert_eq!(told(&[ended.clone(), short]), ["one", "three"]);
        assert_eq!(told(&[ended, other]), ["one"]);
    }
}
