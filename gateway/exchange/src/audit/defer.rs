//! Lawful deferral: a disclosure that, for a time, is left out of what its subject is told.
//!
//! One officer of information governance marks it, with the provision relied on and a last day; all is
//! on record. After that day it is told again without anybody doing anything. One is enough: it delays
//! and destroys nothing, and the gateway's own account shows it to every auditor.

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind, Pseudonym};
use stile_model::id::{Code, UserId};
use stile_model::time::Date;
use stile_store::{Batch, PendingEntry, Put, Tree};
use utoipa::ToSchema;

use super::{Gateway, counts};
use crate::error::{ExchangeError, refuse};
use crate::people::{Duty, Person};

/// Provisions a deferral may rest on: code and source.
pub const GROUNDS: [(&str, &str); 12] = [
    (
        "child_abuse_data",
        "not in the child's best interests, DPA 2018 Sch.3 para 21",
    ),
    (
        "crime",
        "prejudice to preventing or detecting crime, DPA 2018 Sch.2 para 2",
    ),
    (
        "education_harm",
        "serious harm, education data, DPA 2018 Sch.3 para 19",
    ),
    (
        "health_harm",
        "serious harm, health data, DPA 2018 Sch.3 para 5",
    ),
    (
        "legal_privilege",
        "legal professional privilege, DPA 2018 Sch.2 para 19",
    ),
    (
        "others_rights",
        "the rights of somebody else, DPA 2018 Sch.2 para 16",
    ),
    ("s45_inquiry", "obstructing an inquiry, DPA 2018 s.45(4)(a)"),
    (
        "s45_national_security",
        "national security, DPA 2018 s.45(4)(d)",
    ),
    (
        "s45_offences",
        "prejudice to offences and penalties, DPA 2018 s.45(4)(b)",
    ),
    (
        "s45_others_rights",
        "the rights and freedoms of others, DPA 2018 s.45(4)(e)",
    ),
    (
        "s45_public_security",
        "public security, DPA 2018 s.45(4)(c)",
    ),
    (
        "social_work_harm",
        "serious harm, social work data, DPA 2018 Sch.3 para 11",
    ),
];
/// Longest a deferral may stand before somebody looks at it again, in days.
const LONGEST_DAYS: i64 = 366;

/// The provision a deferral rests on, as a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Ground(Code);

impl Ground {
    fn check(&self) -> Result<(), ExchangeError> {
        if GROUNDS.iter().any(|(code, _)| *code == self.0.as_str()) {
            return Ok(());
        }
        let known: Vec<_> = GROUNDS
            .iter()
            .map(|(code, _)| format!("`{code}`"))
            .collect();
        Err(refuse(
            "unknown_ground",
            422,
            format!("`ground` must be one of {}", known.join(", ")),
        ))
    }

    /// The code.
    pub const fn code(&self) -> &Code {
        &self.0
    }
}

impl From<Code> for Ground {
    fn from(code: Code) -> Self {
        Self(code)
    }
}

/// A request to leave a disclosure out of its subject's letter, or to put it back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Defer {
    /// The provision relied on, or no longer relied on.
    pub ground: Ground,
    /// The last day it is left out, at most 366 days ahead; none puts it back now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// A deferral as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deferral {
    /// The entry that is left out.
    pub index: u64,
    /// The provision relied on.
    pub ground: Ground,
    /// The last day it is left out; none when it was put back.
    pub until: Option<Date>,
    /// Who marked it.
    pub by: UserId,
}

impl Deferral {
    /// Is the entry left out on this day?
    pub fn is_in_force(&self, today: Date) -> bool {
        self.until.is_some_and(|until| today <= until)
    }
}

impl Gateway {
    /// Marks a disclosure as deferred, or lifts it, durably.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_entry`, `not_a_disclosure`, `unknown_ground`, `out_of_bounds`; nothing
    /// has changed.
    pub async fn defer(
        &self,
        person: &Person,
        index: u64,
        ask: &Defer,
    ) -> Result<Deferral, ExchangeError> {
        person.must(&Duty::InformationGovernance)?;
        ask.ground.check()?;
        let leaf = self.leaf(index)?;
        if !super::subject::is_told(leaf.entry.kind) {
            return Err(refuse(
                "not_a_disclosure",
                422,
                "only an entry that is told to the person it is about can be left out: a permit, an \
                 enquiry sent, a copy given, or a disclosure by word of mouth",
            ));
        }
        let now = self.now();
        let last = now.plus_s(LONGEST_DAYS * 86_400).date();
        if ask
            .until
            .is_some_and(|until| until < now.date() || until > last)
        {
            return Err(refuse(
                "out_of_bounds",
                422,
                "`until` is today or later, at most 366 days ahead; look again then",
            ));
        }
        let deferral = Deferral {
            index,
            ground: ask.ground.clone(),
            until: ask.until,
            by: person.user.clone(),
        };
        let entry = Entry {
            actor: Some(Pseudonym::of(self.pseudonym_key(), &person.user)),
            case: leaf.entry.case,
            reason: Some(ask.ground.0.clone()),
            concerns: Some(index),
            counts: counts(&[(
                if ask.until.is_some() {
                    "deferred"
                } else {
                    "lifted"
                },
                1,
            )]),
            ..Entry::new(EntryKind::Deferral, now)
        };
        let value = serde_json::to_vec(&deferral).map_err(|_| ExchangeError::Stored("deferral"))?;
        let batch = Batch {
            entries: vec![PendingEntry {
                entry,
                body: value.clone(),
                case: None,
                subjects: Vec::new(),
            }],
            puts: vec![Put {
                tree: Tree::Meta,
                key: key(index),
                value: Some(value),
                case: None,
            }],
            ..Batch::default()
        };
        self.store().commit(batch).await?;
        Ok(deferral)
    }

    /// The deferral of an entry, if one was ever marked.
    pub(super) fn deferral(&self, index: u64) -> Result<Option<Deferral>, ExchangeError> {
        let bytes = self.store().get(Tree::Meta, &key(index))?;
        bytes
            .map(|bytes| {
                serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("deferral"))
            })
            .transpose()
    }
}

fn key(index: u64) -> Vec<u8> {
    [b"deferral/".as_slice(), &index.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ground_and_every_reason_is_a_code() {
        for (code, source) in GROUNDS.iter().chain(&super::super::REASONS) {
            assert!(Code::new(*code).is_ok(), "{code}");
            assert!(!source.is_empty());
        }
    }

    #[test]
    fn is_in_force_to_its_last_day_and_not_after() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let deferral = Deferral {
            index: 1,
            ground: Code::new("crime").unwrap().into(),
            until: Some(day("2026-05-01")),
            by: UserId::new("a.reid").unwrap(),
        };
        let lifted = Deferral {
            until: None,
            ..deferral.clone()
        };

        assert!(deferral.is_in_force(day("2026-05-01")));
        assert!(!deferral.is_in_force(day("2026-05-02")));
        assert!(!lifted.is_in_force(day("2026-04-01")));
    }
}
