//! From a filter to the entries that fit, newest first.

use std::collections::BTreeMap;

use stile_ledger::{EntryKind, Leaf, Pseudonym, SubjectKey};
use stile_model::id::Code;
use stile_store::Query;

use super::{Filter, Gateway};
use crate::error::{ExchangeError, refuse};

/// A filter in the ledger's own terms.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) query: Query,
    /// Entries with any of these; all entries when empty.
    pub(super) subjects: Vec<SubjectKey>,
}

/// Entries that fit, newest first.
pub(super) struct Found {
    pub(super) entries: Vec<(u64, Leaf)>,
    /// Where the next page goes on; none when this was the last.
    pub(super) next: Option<u64>,
    /// The search ended where entries lie in an archive, which were not searched.
    pub(super) archived: bool,
}

/// Entries asked for at a time.
const PAGE: usize = 1_000;

impl Gateway {
    pub(super) fn wanted(&self, filter: &Filter) -> Result<Wanted, ExchangeError> {
        if let (Some(from), Some(until)) = (filter.from, filter.until)
            && until <= from
        {
            let why = "`until` must be after `from`; correct one of them, or leave it out";
            return Err(refuse("out_of_bounds", 422, why));
        }
        let subjects = match &filter.person {
            Some(person) => person.keys()?,
            None => Vec::new(),
        };
        let query = Query {
            case: filter.case.as_ref().map(|case| self.case_pseudonym(case)),
            actor: filter
                .officer
                .as_ref()
                .map(|user| Pseudonym::of(self.pseudonym_key(), user)),
            rule: filter.rule.clone(),
            kinds: filter.kinds.iter().map(kind).collect::<Result<_, _>>()?,
            member: filter.member.clone(),
            reason: filter.entry_reason.clone(),
            from: filter.from,
            until: filter.until,
            ..Query::default()
        };
        Ok(Wanted { query, subjects })
    }

    /// Up to `limit` entries below `before` that fit.
    pub(super) fn find(
        &self,
        wanted: &Wanted,
        before: u64,
        limit: usize,
    ) -> Result<Found, ExchangeError> {
        let query = Query {
            before: Some(before),
            limit,
            ..wanted.query.clone()
        };
        if wanted.subjects.is_empty() {
            let page = self.store().find(&query)?;
            return Ok(Found {
                entries: page.entries,
                next: page.next,
                archived: page.archived,
            });
        }
        let mut all = BTreeMap::new();
        // Below this, some key's page has more to say.
        let mut floor = None;
        let mut archived = false;
        for subject in &wanted.subjects {
            let page = self.store().find(&Query {
                subject: Some(*subject),
                ..query.clone()
            })?;
            all.extend(page.entries);
            floor = floor.max(page.next);
            archived |= page.archived;
        }
        let mut found = merged(all, floor, limit);
        // While there is a next page, the archive is not reached for every key.
        found.archived = archived && found.next.is_none();
        Ok(found)
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
    ) -> Result<Found, ExchangeError> {
        let mut all = Vec::new();
        let mut archived = false;
        let mut next = Some(before);
        while let Some(before) = next {
            let found = self.find(wanted, before, PAGE)?;
            all.extend(found.entries);
            next = found.next;
            archived = found.archived;
            if all.len() > most {
                return Err(refuse(
                    "out_of_bounds",
                    422,
                    format!("more than {most} entries fit; narrow the question"),
                ));
            }
        }
        all.reverse();
        Ok(Found {
            entries: all,
            next: None,
            archived,
        })
    }
}

/// One page of several: what all of them have said everything about.
fn merged(all: BTreeMap<u64, Leaf>, floor: Option<u64>, limit: usize) -> Found {
    let mut entries: Vec<_> = all
        .into_iter()
        .rev()
        .filter(|(index, _)| floor.is_none_or(|floor| *index >= floor))
        .collect();
    let next = if entries.len() > limit {
        entries.truncate(limit);
        entries.last().map(|(index, _)| *index)
    } else {
        floor
    };
    Found {
        entries,
        next,
        archived: false,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stile_ledger::Entry;
    use stile_model::digest::Digest;

    use super::*;

    fn leaf() -> Leaf {
        let time = "2026-03-11T10:14:00Z".parse().unwrap();
        Leaf {
            entry: Entry::new(EntryKind::Permit, time),
            nonce: [0; 32],
            body: Digest::of(b""),
        }
    }

    /// A page of `all` as the store would give it.
    fn page(all: &[u64], before: u64, limit: usize) -> (Vec<u64>, Option<u64>) {
        let mut fit: Vec<_> = all
            .iter()
            .copied()
            .filter(|index| *index < before)
            .collect();
        fit.sort_unstable_by(|a, b| b.cmp(a));
        let more = fit.len() > limit;
        fit.truncate(limit);
        let next = fit.last().copied().filter(|_| more);
        (fit, next)
    }

    proptest! {
        /// Following `next` to the end gives every entry of either list once, newest first.
        #[test]
        fn merged_pages_lose_and_repeat_nothing(
            one in prop::collection::btree_set(0_u64..60, 0..30),
            two in prop::collection::btree_set(0_u64..60, 0..30),
            limit in 1_usize..8,
        ) {
            let lists = [Vec::from_iter(one.clone()), Vec::from_iter(two.clone())];
            let (mut seen, mut next) = (Vec::new(), Some(u64::MAX));
            while let Some(before) = next {
                let (mut all, mut floor) = (BTreeMap::new(), None);
                for list in &lists {
                    let (entries, more) = page(list, before, limit);
                    all.extend(entries.into_iter().map(|index| (index, leaf())));
                    floor = floor.max(more);
                }
                let found = merged(all, floor, limit);
                prop_assert!(found.entries.len() <= limit);
                seen.extend(found.entries.iter().map(|(index, _)| *index));
                next = found.next;
            }
            let mut every: Vec<_> = one.union(&two).copied().collect();
            every.reverse();
            prop_assert_eq!(seen, every);
        }
    }
}
