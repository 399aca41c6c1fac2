//! How long cases are kept, what keeps them longer, and how they are erased: the same at a hub and at
//! an agency.
//!
//! Nothing is erased by itself. A list says which cases are due; one officer of information governance
//! proposes, another approves, both are recorded, and only then is the case's key destroyed
//! (`stile_store::Store::erase`). A case on hold is not erased.
//!
//! **Source:** UK GDPR Art. 5(1)(e) and 17, DPA 2018 s.39 and s.47 (storage limitation, erasure);
//! Inquiries Act 2005 s.35 (why a hold must stop everybody).

mod due;
mod erasure;
mod hold;
mod outcome;
mod proposal;
pub mod routes;
mod schedule;

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind, Pseudonym};
use stile_model::id::{CaseId, Code, UserId};
use stile_model::time::Timestamp;
use stile_store::{PendingEntry, Put, Store, Tree};
use tokio::sync::Mutex;

pub use due::{DueCase, DueList};
pub use hold::{Hold, HoldReason, PlaceHold, ReleaseHold, ReleaseReason};
pub use outcome::{Close, Outcome, OutcomeWord};
pub use proposal::{ErasureReason, Proposal, ProposalList, ProposalState, Propose};
pub use schedule::{Schedule, ScheduleError};

use crate::error::ExchangeError;
use crate::gateway::Gateway;

/// What is kept about how long one case is kept, sealed under the case's own key.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Marks {
    /// What became of it, as the hub last said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    /// Why it may not be erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold: Option<Hold>,
}

/// A case a gateway keeps.
pub(crate) struct KeptCase {
    pub(crate) id: CaseId,
    /// When it was opened here, or last asked about.
    pub(crate) since: Timestamp,
    /// Several hubs gave a case of theirs this number. It has one key, so one hub's word that its case is
    /// closed says nothing of the others.
    pub(crate) of_several: bool,
}

impl Gateway {
    fn schedule(&self) -> &Schedule {
        match self {
            Self::Agency(agency) => &agency.settings.retention,
            Self::Hub(hub) => &hub.settings.retention,
        }
    }

    /// Held while a hold is placed or an erasure is decided, so that neither overtakes the other.
    fn turn(&self) -> &Mutex<()> {
        match self {
            Self::Agency(agency) => agency.live.keeping(),
            Self::Hub(hub) => hub.live.keeping(),
        }
    }

    /// Every case with something kept.
    fn cases(&self) -> Result<Vec<KeptCase>, ExchangeError> {
        let own = |(id, since)| KeptCase {
            id,
            since,
            of_several: false,
        };
        match self {
            Self::Agency(agency) => agency.kept_cases(),
            Self::Hub(hub) => Ok(hub.kept_cases()?.into_iter().map(own).collect()),
        }
    }

    /// Is somebody still to answer or to decide something in this case?
    fn is_active(&self, case: &CaseId) -> Result<bool, ExchangeError> {
        match self {
            Self::Agency(agency) => agency.is_deciding(case),
            Self::Hub(hub) => hub.is_asking(case),
        }
    }

    fn marks(&self, case: &CaseId) -> Result<Marks, ExchangeError> {
        marks_in(self.store(), case)
    }

    /// An entry about a case, whose body says by name who acted and never which case.
    fn entry(
        &self,
        kind: EntryKind,
        user: &UserId,
        case: &CaseId,
        reason: Code,
        concerns: Option<u64>,
    ) -> Result<PendingEntry, ExchangeError> {
        let key = self.pseudonym_key();
        Ok(PendingEntry {
            entry: Entry {
                actor: Some(Pseudonym::of(key, user)),
                case: Some(Pseudonym::of_case(key, case)),
                reason: Some(reason),
                concerns,
                ..Entry::new(kind, self.now())
            },
            body: acted(user)?,
            case: None,
            subjects: Vec::new(),
        })
    }
}

/// What became of a case, once it is closed.
pub(crate) fn outcome_of(store: &Store, case: &CaseId) -> Result<Option<Outcome>, ExchangeError> {
    Ok(marks_in(store, case)?.outcome)
}

/// The marks of a case that is closed as it is opened.
pub(crate) fn outcome_put(case: &CaseId, outcome: &Outcome) -> Result<Put, ExchangeError> {
    let marks = Marks {
        outcome: Some(outcome.clone()),
        hold: None,
    };
    marks_put(case, &marks)
}

fn marks_in(store: &Store, case: &CaseId) -> Result<Marks, ExchangeError> {
    let bytes = store.get(Tree::Erasures, &marks_key(case))?;
    bytes.map_or_else(
        || Ok(Marks::default()),
        |bytes| serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("case's marks")),
    )
}

fn marks_put(case: &CaseId, marks: &Marks) -> Result<Put, ExchangeError> {
    let value = serde_json::to_vec(marks).map_err(|_| ExchangeError::Stored("case's marks"))?;
    Ok(Put {
        tree: Tree::Erasures,
        key: marks_key(case),
        value: Some(value),
        case: Some(case.clone()),
    })
}

fn marks_key(case: &CaseId) -> Vec<u8> {
    format!("case/{case}").into_bytes()
}

/// The sealed body of an entry: who acted, by name.
pub(crate) fn acted(user: &UserId) -> Result<Vec<u8>, ExchangeError> {
    #[derive(Serialize)]
    struct Acted<'a> {
        user: &'a UserId,
    }
    serde_json::to_vec(&Acted { user }).map_err(|_| ExchangeError::Stored("entry body"))
}

/// A coded word as a leaf carries it.
fn code(word: &str) -> Result<Code, ExchangeError> {
    Code::new(word).map_err(|_| ExchangeError::Stored("code"))
}
