//! What decided pairs teach: how the parts of records known to be one person agree, counted from
//! this gateway's own ledger. Nothing changes by counting; an officer puts rates in force.
//!
//! ```text
//! match decision, "same person"   levels of the chosen candidate     known by a person
//! permit, confident match         levels of the one match            known only if an identifier
//!                                                                    with check digits agrees
//! ```
//!
//! What was later marked as about the wrong person is not counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use stile_ledger::EntryKind;
use stile_linkage::{Match, Observed, Pair};
use stile_model::digest::Digest;
use stile_model::id::{Code, SubjectId};
use stile_store::{Query, StoreError};
use utoipa::ToSchema;

use super::Agency;
use super::side::MatchQuestion;
use crate::audit::{Reading, Reason};
use crate::error::ExchangeError;
use crate::gateway::Gateway;
use crate::people::Person;
use crate::policy::in_turn;

/// How a subject and the record taken to be theirs agree; words only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Weighed {
    /// The subject, by place in the enquiry.
    pub(super) subject: SubjectId,
    /// Part and level.
    pub(super) levels: Vec<(String, String)>,
    /// Why a person was asked.
    pub(super) guard: Option<String>,
}

impl Weighed {
    /// Of a confident match.
    pub(super) fn of(subject: &SubjectId, found: &Match) -> Self {
        let lines = found.waterfall.iter();
        Self {
            subject: subject.clone(),
            levels: lines
                .map(|line| (line.part.to_owned(), line.level.to_owned()))
                .collect(),
            guard: found.guard.map(ToOwned::to_owned),
        }
    }

    /// Of the candidate that a reviewer chose.
    pub(super) fn chosen(question: &MatchQuestion, place: usize) -> Option<Self> {
        let candidate = question.candidates.get(place)?;
        Some(Self {
            subject: question.subject.clone(),
            levels: candidate.levels(),
            guard: candidate.guard.clone(),
        })
    }
}

/// A request for what decided pairs teach.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LearnAsked {
    /// Why the log is read.
    pub reason: Reason,
}

/// What decided pairs teach: counts alone, of nobody in particular.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Learned {
    /// Pairs that an identifier with check digits shows to be one person.
    pub by_identifier: u64,
    /// Pairs that a person decided to be one person.
    pub by_person: u64,
    /// Pairs seen at each level of each part.
    pub seen: BTreeMap<String, BTreeMap<String, u64>>,
    /// Entries whose details were erased, so that they teach nothing.
    pub erased: u64,
    /// Entries marked as about the wrong person, and left out.
    pub wrong: u64,
    /// Older entries lie in an archive and were not read.
    pub archived: bool,
    /// Digest of the rates with which this gateway matches.
    pub in_force: Option<Digest>,
}

/// Of a permit's body, what is needed here.
#[derive(Deserialize)]
struct Permitted {
    known: Vec<Weighed>,
}

/// Of a decision's body, what is needed here.
type Decided = (IgnoredAny, IgnoredAny, IgnoredAny, Option<Weighed>);

/// Entries asked for at a time.
const PAGE: usize = 1_000;

impl Agency {
    /// What decided pairs teach, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `unknown_reason`, or that the ledger could not be read or the reading recorded.
    pub async fn learned(
        self: &Arc<Self>,
        person: &Person,
        ask: &LearnAsked,
    ) -> Result<Learned, ExchangeError> {
        ask.reason.check()?;
        let agency = Arc::clone(self);
        let (learned, bodies) = in_turn(move || agency.count_pairs()).await??;
        let reading = Reading {
            bodies,
            ..Reading::of("counted", &ask.reason, bodies)
        };
        Gateway::Agency(Arc::clone(self))
            .record(person, reading, "matching")
            .await?;
        Ok(learned)
    }

    /// Counts from the newest entry to the oldest, and says how many bodies were opened.
    fn count_pairs(&self) -> Result<(Learned, usize), ExchangeError> {
        let wrong = self.marked_wrong()?;
        let mut observed = Observed::default();
        let mut learned = Learned {
            in_force: Some(self.weights.digest()),
            ..Learned::default()
        };
        let mut bodies = 0_usize;
        let kinds: BTreeSet<_> = [EntryKind::MatchDecision, EntryKind::Permit].into();
        self.each_of(&kinds, |index, kind, concerns, archived| {
            learned.archived |= archived;
            if is_about(index, kind, concerns).any(|one| wrong.contains(&one)) {
                learned.wrong = learned.wrong.saturating_add(1);
                return Ok(());
            }
            match self.store.opened(index) {
                Ok((_, body)) => {
                    bodies = bodies.saturating_add(1);
                    add(&mut observed, kind, &body)
                }
                Err(StoreError::Erased) => {
                    learned.erased = learned.erased.saturating_add(1);
                    Ok(())
                }
                Err(error) => Err(error.into()),
            }
        })?;
        learned.by_identifier = observed.by_identifier;
        learned.by_person = observed.by_person;
        learned.seen = observed.seen;
        Ok((learned, bodies))
    }

    /// Entries corrected for being about the wrong person.
    fn marked_wrong(&self) -> Result<BTreeSet<u64>, ExchangeError> {
        let mut wrong = BTreeSet::new();
        let mut before = None;
        loop {
            let page = self.store.find(&Query {
                kinds: [EntryKind::Correction].into(),
                reason: Code::new("wrong_person").ok(),
                before,
                limit: PAGE,
                ..Query::default()
            })?;
            wrong.extend(
                page.entries
                    .iter()
                    .filter_map(|(_, leaf)| leaf.entry.concerns),
            );
            before = page.next;
            if before.is_none() {
                return Ok(wrong);
            }
        }
    }

    /// Calls `with` for each entry of these kinds: its index, its kind, the entry it concerns, and
    /// whether older ones are archived.
    fn each_of(
        &self,
        kinds: &BTreeSet<EntryKind>,
        mut with: impl FnMut(u64, EntryKind, Option<u64>, bool) -> Result<(), ExchangeError>,
    ) -> Result<(), ExchangeError> {
        let mut before = None;
        loop {
            let page = self.store.find(&Query {
                kinds: kinds.clone(),
                before,
                limit: PAGE,
                ..Query::default()
            })?;
            for (index, leaf) in &page.entries {
                with(*index, leaf.entry.kind, leaf.entry.concerns, page.archived)?;
            }
            before = page.next;
            if before.is_none() {
                return Ok(());
            }
        }
    }
}

/// The entries that say whom this one is about, itself among them.
fn is_about(index: u64, kind: EntryKind, concerns: Option<u64>) -> impl Iterator<Item = u64> {
    // A decision stands right before the permit that it led to; after a permit comes anything.
    let permit = index
        .checked_add(1)
        .filter(|_| kind == EntryKind::MatchDecision);
    [Some(index), permit, concerns].into_iter().flatten()
}

/// Counts what one entry's body says.
fn add(observed: &mut Observed, kind: EntryKind, body: &[u8]) -> Result<(), ExchangeError> {
    let unreadable = |_| ExchangeError::Stored("entry body");
    let (pairs, decided) = if kind == EntryKind::MatchDecision {
        let (.., chosen): Decided = serde_json::from_slice(body).map_err(unreadable)?;
        (chosen.into_iter().collect(), true)
    } else {
        let permitted: Permitted = serde_json::from_slice(body).map_err(unreadable)?;
        (permitted.known, false)
    };
    for pair in &pairs {
        observed.add(Pair {
            levels: &pair.levels,
            guard: pair.guard.as_deref(),
            decided,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighed(levels: &[(&str, &str)]) -> serde_json::Value {
        serde_json::json!({ "subject": "s1", "levels": levels, "guard": null })
    }

    fn counted(kind: EntryKind, body: &serde_json::Value) -> Result<Observed, ExchangeError> {
        let mut observed = Observed::default();
        add(&mut observed, kind, body.to_string().as_bytes())?;
        Ok(observed)
    }

    #[test]
    fn counts_a_chosen_candidate_and_a_confident_match_with_an_identifier() {
        let body = serde_json::json!([{}, "u", "e", weighed(&[("sex", "same")])]);
        let chosen = counted(EntryKind::MatchDecision, &body).unwrap();
        let body =
            serde_json::json!({ "known": [weighed(&[("NHS number", "same"), ("sex", "same")])] });
        let known = counted(EntryKind::Permit, &body).unwrap();

        assert_eq!((chosen.by_person, chosen.by_identifier), (1, 0));
        assert_eq!((known.by_person, known.by_identifier), (0, 1));
    }

    #[test]
    fn ignores_who_was_rejected_and_who_was_found_without_an_identifier() {
        let body = serde_json::json!([{}, "u", "e", null]);
        assert_eq!(
            counted(EntryKind::MatchDecision, &body).unwrap(),
            Observed::default()
        );
        let body = serde_json::json!({ "known": [weighed(&[("sex", "same")])] });
        assert_eq!(
            counted(EntryKind::Permit, &body).unwrap(),
            Observed::default()
        );
    }

    #[test]
    fn a_wrong_person_of_the_next_permit_says_nothing_of_this_one() {
        let of = |kind| is_about(7, kind, Some(3)).collect::<Vec<_>>();

        assert_eq!(of(EntryKind::Permit), [7, 3]);
        assert_eq!(of(EntryKind::MatchDecision), [7, 8, 3]);
    }

    #[test]
    fn rejects_a_body_that_cannot_be_read() {
        assert!(counted(EntryKind::Permit, &serde_json::json!({})).is_err());
        assert!(counted(EntryKind::MatchDecision, &serde_json::json!({})).is_err());
    }
}
