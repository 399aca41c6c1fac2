//! Questions to the ledger, the same at a hub and at an agency: search, show, prove, export, what was
//! disclosed about one person, and everything about one case as a pack that proves itself.
//!
//! Only a person with the role `auditor` may ask; only one of information governance may leave a
//! disclosure out of a letter. Every answer is preceded by a durable entry of its
//! own: who read, why (a coded reason), how much. A reading that cannot be recorded is not answered.

mod ask;
mod checked;
mod copied;
mod defer;
mod export;
mod find;
mod letter;
mod line;
mod pack;
pub mod routes;
mod show;
pub(crate) mod subject;
mod summary;

use std::collections::BTreeMap;

use serde::Serialize;
use stile_ledger::{Checkpoint, Entry, EntryKind, Pseudonym, SubjectKey};
use stile_model::enquiry::Enquiry;
use stile_model::id::{CaseId, Code, EnquiryId, MemberId, UserId};
use stile_store::{Batch, PendingEntry};
use stile_trust::peer::Peer;

pub use ask::{Filter, PersonAsked, REASONS, Reason, Search, kinds};
pub use checked::Checked;
pub use copied::KeptBack;
pub use defer::{Defer, Deferral, GROUNDS, Ground};
pub use export::{Export, ExportPage, Format};
pub use line::{EntryLine, Page};
pub use pack::{MadePack, PackAsked};
pub use show::{Proof, Prove, Show, Shown};
pub use subject::{Account, AccountAsked, Disclosed, WhatCategory};

use crate::error::{ExchangeError, refuse};
use crate::gateway::Gateway;
use crate::people::{Duty, Person};

/// A reading of the ledger, as it is recorded.
pub(crate) struct Reading<'a> {
    /// What was done: `searched`, `shown`.
    pub(crate) what: &'static str,
    pub(crate) reason: &'a Reason,
    /// Entries read.
    pub(crate) entries: usize,
    /// Bodies opened.
    pub(crate) bodies: usize,
    pub(crate) case: Option<&'a CaseId>,
    pub(crate) subjects: Vec<SubjectKey>,
    pub(crate) concerns: Option<u64>,
}

impl<'a> Reading<'a> {
    pub(crate) fn of(what: &'static str, reason: &'a Reason, entries: usize) -> Self {
        Self {
            what,
            reason,
            entries,
            bodies: 0,
            case: None,
            subjects: Vec::new(),
            concerns: None,
        }
    }
}

/// What the sealed body of an access entry keeps: who, by name, and what was done.
#[derive(Serialize)]
struct AccessBody<'a, T> {
    user: &'a UserId,
    what: &'static str,
    asked: T,
}

impl Gateway {
    /// The organisation's name in the directory; its id when it is not listed (any more).
    pub(crate) fn name_of(&self, member: &MemberId) -> String {
        self.directory()
            .member(member)
            .map_or_else(|| member.to_string(), |member| member.name.clone())
    }

    /// The verifier keys of members who witness this ledger.
    fn witness_keys(&self) -> Vec<String> {
        let directory = self.directory();
        let others = directory.members.iter().filter(|one| one.id != *self.me());
        others.filter_map(|one| one.witness_key.clone()).collect()
    }

    /// A head of at least `least` entries, if there is one, and its signed note: the newest that
    /// reached the quorum of witnesses, or else the newest with what cosignatures it has.
    fn covering(&self, least: u64) -> (Checkpoint, String) {
        let witnessing = self.witnessing();
        let vkey = self.store().vkey();
        let notes = witnessing
            .witnessed()
            .into_iter()
            .chain([witnessing.newest()]);
        let mut heads = notes.filter_map(|note| Some((Checkpoint::open(&note, vkey).ok()?, note)));
        heads
            .find(|(head, _)| head.size >= least)
            .unwrap_or_else(|| self.store().head_and_note())
    }

    /// An enquiry that was admitted or sent here, if it is still kept.
    ///
    /// # Errors
    ///
    /// When it is kept and cannot be read: what an answer depends on is never taken for absent.
    fn enquiry(&self, id: EnquiryId) -> Result<Option<Enquiry>, ExchangeError> {
        let found = match self {
            Self::Agency(agency) => agency.enquiry(id),
            Self::Hub(hub) => hub.enquiry(id),
        };
        match found {
            Err(ExchangeError::Refused(_)) => Ok(None),
            other => other.map(Some),
        }
    }

    /// The person who asks, if they may read the ledger.
    fn auditor(&self, peer: &Peer) -> Result<Person, ExchangeError> {
        let person = self.people().person(peer)?;
        person.must(&Duty::Auditor)?;
        Ok(person)
    }

    fn case_pseudonym(&self, case: &CaseId) -> Pseudonym {
        Pseudonym::of_case(self.pseudonym_key(), case)
    }

    /// Records a reading durably; only then may it be answered.
    pub(crate) async fn record(
        &self,
        person: &Person,
        reading: Reading<'_>,
        asked: impl Serialize,
    ) -> Result<(), ExchangeError> {
        let entry = Entry {
            actor: Some(Pseudonym::of(self.pseudonym_key(), &person.user)),
            reason: Some(reading.reason.code().clone()),
            case: reading.case.map(|case| self.case_pseudonym(case)),
            concerns: reading.concerns,
            counts: counts(&[
                (reading.what, 1),
                ("entries", reading.entries),
                ("bodies", reading.bodies),
            ]),
            ..Entry::new(EntryKind::AccessToLog, self.now())
        };
        let body = AccessBody {
            user: &person.user,
            what: reading.what,
            asked,
        };
        let body = serde_json::to_vec(&body).map_err(|_| ExchangeError::Stored("access"))?;
        let batch = Batch {
            entries: vec![PendingEntry {
                entry,
                body,
                case: reading.case.cloned(),
                subjects: reading.subjects,
            }],
            ..Batch::default()
        };
        self.store().commit(batch).await?;
        Ok(())
    }

    /// The entry of this index, or that there is none.
    fn leaf(&self, index: u64) -> Result<stile_ledger::Leaf, ExchangeError> {
        let bytes = self.leaf_bytes(index)?;
        stile_ledger::Leaf::parse(&bytes).map_err(|_| ExchangeError::Stored("entry"))
    }

    fn leaf_bytes(&self, index: u64) -> Result<Vec<u8>, ExchangeError> {
        match self.store().entry(index) {
            Err(stile_store::StoreError::NoEntry(_)) => Err(refuse(
                "unknown_entry",
                404,
                "the ledger holds no entry of this index",
            )),
            other => Ok(other?),
        }
    }
}

/// Counts that are not zero, by their code.
fn counts(all: &[(&str, usize)]) -> BTreeMap<Code, u32> {
    all.iter()
        .filter(|(_, count)| *count > 0)
        .filter_map(|(word, count)| Some((Code::new(*word).ok()?, u32::try_from(*count).ok()?)))
        .collect()
}
