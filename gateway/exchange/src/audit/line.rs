//! One entry as a reader sees it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stile_ledger::{Leaf, Pseudonym};
use stile_model::id::{CaseId, Code, MemberId, RuleId, UserId};
use stile_model::time::Timestamp;
use utoipa::ToSchema;

use super::ask::check_limit;
use super::find::Found;
use super::{Filter, Gateway, Reading, Search};
use crate::error::ExchangeError;
use crate::people::{Duty, Person};

/// What the ledger says openly of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryLine {
    /// Its place in the ledger, from zero.
    pub index: u64,
    /// When, by the gateway's clock.
    pub time: Timestamp,
    /// What happened: `permit`.
    pub kind: Code,
    /// The operation of DPA 2018 s.62(1) it evidences, if it is one.
    pub operation: Option<Code>,
    /// Purpose of the enquiry.
    pub purpose: Option<Code>,
    /// Legal gateway relied on.
    pub gateway: Option<Code>,
    /// The counterpart: who asked, or who was asked.
    pub member: Option<MemberId>,
    /// Who got, or is to get, what was disclosed.
    pub recipients: Vec<MemberId>,
    /// The officer, where they still work here.
    pub officer: Option<UserId>,
    /// The officer's keyed hash, lower-case hexadecimal.
    pub actor: Option<String>,
    /// The case's number, where the question named it.
    pub case: Option<CaseId>,
    /// The case's keyed hash, lower-case hexadecimal.
    pub case_hash: Option<String>,
    /// The rules that decided.
    pub rules: Vec<RuleId>,
    /// How many, by code.
    pub counts: BTreeMap<Code, u32>,
    /// Why, as a code.
    pub reason: Option<Code>,
    /// Index of the earlier entry this one is about.
    pub concerns: Option<u64>,
}

/// Entries that fit, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page {
    /// The entries.
    pub entries: Vec<EntryLine>,
    /// Give this as `before` for the next page; none when there is none.
    pub next: Option<u64>,
    /// Older entries lie in an archive, which was not searched; only ever on the last page.
    pub archived: bool,
    /// Number of entries in the whole ledger when it was asked.
    pub size: u64,
}

/// Turns leaves into lines; knows the officers of this member by their keyed hashes.
pub(super) struct Lines {
    officers: BTreeMap<Pseudonym, UserId>,
    case: Option<(Pseudonym, CaseId)>,
}

impl Lines {
    pub(super) fn of(books: &Gateway, case: Option<&CaseId>) -> Self {
        let users = books.people().users();
        Self {
            officers: users
                .map(|user| (Pseudonym::of(books.pseudonym_key(), user), user.clone()))
                .collect(),
            case: case.map(|case| (books.case_pseudonym(case), case.clone())),
        }
    }

    pub(super) fn line(&self, index: u64, leaf: &Leaf) -> EntryLine {
        let entry = leaf.entry.clone();
        let named = self.case.as_ref();
        let case = named.filter(|(hash, _)| entry.case == Some(*hash));
        EntryLine {
            index,
            time: entry.time,
            kind: word(entry.kind.word()),
            operation: entry.kind.operation().map(|one| word(one.word())),
            purpose: entry.purpose,
            gateway: entry.gateway,
            member: entry.member,
            recipients: entry.recipients.into_iter().collect(),
            officer: entry
                .actor
                .and_then(|actor| self.officers.get(&actor).cloned()),
            actor: entry.actor.map(|actor| actor.to_string()),
            case: case.map(|(_, number)| number.clone()),
            case_hash: entry.case.map(|case| case.to_string()),
            rules: entry.rules,
            counts: entry.counts,
            reason: entry.reason,
            concerns: entry.concerns,
        }
    }
}

/// A word of the ledger as a code; all of them are.
fn word(word: &str) -> Code {
    #[expect(clippy::unwrap_used, reason = "a test holds that every word is a code")]
    Code::new(word).unwrap()
}

impl Gateway {
    /// Entries that fit, after the search itself is on record.
    ///
    /// # Errors
    ///
    /// What does not fit in the question, or that it could not be recorded.
    pub async fn search(&self, person: &Person, ask: &Search) -> Result<Page, ExchangeError> {
        person.must(&Duty::Auditor)?;
        let limit = check_limit(ask.limit)?;
        let (size, found) = self.looked_up(&ask.filter, ask.before, limit)?;
        self.record_search(
            person,
            "searched",
            &ask.reason,
            &ask.filter,
            found.entries.len(),
        )
        .await?;
        let lines = Lines::of(self, ask.filter.case.as_ref());
        Ok(Page {
            entries: found
                .entries
                .iter()
                .map(|(index, leaf)| lines.line(*index, leaf))
                .collect(),
            next: found.next,
            archived: found.archived,
            size,
        })
    }

    pub(super) fn looked_up(
        &self,
        filter: &Filter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<(u64, Found), ExchangeError> {
        let size = self.store().head().size;
        let found = self.find(&self.wanted(filter)?, before.unwrap_or(size), limit)?;
        Ok((size, found))
    }

    pub(super) async fn record_search(
        &self,
        person: &Person,
        what: &'static str,
        reason: &super::Reason,
        filter: &Filter,
        entries: usize,
    ) -> Result<(), ExchangeError> {
        let subjects = match &filter.person {
            Some(person) => person.keys()?,
            None => Vec::new(),
        };
        let reading = Reading {
            case: filter.case.as_ref(),
            subjects,
            ..Reading::of(what, reason.check()?, entries)
        };
        // The person is kept as keys only: sealed, and erased with nothing readable left.
        let asked = Filter {
            person: None,
            ..filter.clone()
        };
        self.record(person, reading, asked).await
    }
}

#[cfg(test)]
mod tests {
    use stile_ledger::EntryKind;

    use super::*;

    #[test]
    fn every_word_of_the_ledger_is_a_code() {
        for kind in EntryKind::ALL {
            assert_eq!(word(kind.word()).as_str(), kind.word());
            if let Some(operation) = kind.operation() {
                assert_eq!(word(operation.word()).as_str(), operation.word());
            }
        }
    }
}
