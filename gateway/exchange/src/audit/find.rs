//! From a filter to the entries that fit, newest first.

use stile_ledger::{EntryKind, Leaf, Pseudonym, SubjectKey};
use stile_model::id::{Code, MemberId, RuleId};
use stile_model::time::Timestamp;

use super::{Books, Filter};
use crate::error::{ExchangeError, refuse};

/// A filter in the ledger's own terms.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) case: Option<Pseudonym>,
    pub(super) actor: Option<Pseudonym>,
    /// Entries with any of these; all entries when empty.
    pub(super) subjects: Vec<SubjectKey>,
    pub(super) rule: Option<RuleId>,
    pub(super) kinds: Vec<EntryKind>,
    pub(super) member: Option<MemberId>,
    pub(super) reason: Option<Code>,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

/// Entries that fit, newest first.
pub(super) struct Found {
    pub(super) entries: Vec<(u64, Leaf)>,
    /// Where the next page goes on; none when this was the last.
    pub(super) next: Option<u64>,
}

/// Entries read at a time.
const CHUNK: u64 = 1_000;

impl Books {
    pub(super) fn wanted(&self, filter: &Filter) -> Result<Wanted, ExchangeError> {
        let subjects = match &filter.person {
            Some(person) => person.keys()?,
            None => Vec::new(),
        };
        Ok(Wanted {
            case: filter.case.as_ref().map(|case| self.case_pseudonym(case)),
            actor: filter
                .officer
                .as_ref()
                .map(|user| Pseudonym::of(self.pseudonym_key(), user)),
            subjects,
            rule: filter.rule.clone(),
            kinds: filter.kinds.iter().map(kind).collect::<Result<_, _>>()?,
            member: filter.member.clone(),
            reason: filter.entry_reason.clone(),
            from: filter.from,
            until: filter.until,
        })
    }

    /// Up to `limit` entries below `before` that fit.
    pub(super) fn find(
        &self,
        wanted: &Wanted,
        before: u64,
        limit: usize,
    ) -> Result<Found, ExchangeError> {
        let mut end = before.min(self.store().head().size);
        let mut entries = Vec::new();
        while end > 0 {
            let start = end.saturating_sub(CHUNK);
            let leaves = self.store().entries(start..end)?;
            for (index, bytes) in (start..end).rev().zip(leaves.into_iter().rev()) {
                let leaf = Leaf::parse(&bytes).map_err(|_| ExchangeError::Stored("entry"))?;
                if !wanted.fits(&leaf) || !self.about(wanted, index)? {
                    continue;
                }
                entries.push((index, leaf));
                if entries.len() == limit {
                    let next = (index > 0).then_some(index);
                    return Ok(Found { entries, next });
                }
            }
            end = start;
        }
        Ok(Found {
            entries,
            next: None,
        })
    }

    /// Every entry below `before` that fits, oldest first, at most `most`.
    ///
    /// # Errors
    ///
    /// `out_of_bounds` when there are more.
    pub(super) fn find_all(
        &self,
        wanted: &Wanted,
        before: u64,
        most: usize,
    ) -> Result<Vec<(u64, Leaf)>, ExchangeError> {
        let mut found = self.find(wanted, before, most.saturating_add(1))?.entries;
        if found.len() > most {
            return Err(refuse(
                "out_of_bounds",
                422,
                format!("more than {most} entries fit; narrow the question"),
            ));
        }
        found.reverse();
        Ok(found)
    }

    fn about(&self, wanted: &Wanted, index: u64) -> Result<bool, ExchangeError> {
        if wanted.subjects.is_empty() {
            return Ok(true);
        }
        let keys = match self.store().subjects(index) {
            // Whose key is destroyed, nobody can be found by any more.
            Err(stile_store::StoreError::Erased) => return Ok(false),
            other => other?,
        };
        Ok(keys.iter().any(|key| wanted.subjects.contains(key)))
    }
}

impl Wanted {
    fn fits(&self, leaf: &Leaf) -> bool {
        let entry = &leaf.entry;
        let member = |member: &MemberId| {
            entry.member.as_ref() == Some(member) || entry.recipients.contains(member)
        };
        self.case.is_none_or(|case| entry.case == Some(case))
            && self.actor.is_none_or(|actor| entry.actor == Some(actor))
            && self
                .rule
                .as_ref()
                .is_none_or(|rule| entry.rules.contains(rule))
            && (self.kinds.is_empty() || self.kinds.contains(&entry.kind))
            && self.member.as_ref().is_none_or(member)
            && (self.reason.is_none() || entry.reason == self.reason)
            && self.from.is_none_or(|from| from <= entry.time)
            && self.until.is_none_or(|until| entry.time < until)
    }
}

fn kind(word: &Code) -> Result<EntryKind, ExchangeError> {
    EntryKind::ALL
        .into_iter()
        .find(|kind| kind.word() == word.as_str())
        .ok_or_else(|| {
            let known: Vec<_> = EntryKind::ALL
                .iter()
                .map(|kind| format!("`{kind}`"))
                .collect();
            refuse(
                "unknown_kind",
                422,
                format!("a kind of entry is one of {}", known.join(", ")),
            )
        })
}
