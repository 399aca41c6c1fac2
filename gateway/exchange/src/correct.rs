//! Put right: an earlier entry, or what it disclosed, is marked as wrong. Nothing is ever changed; a
//! new entry says what is wrong with the old one, and why.

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind, Leaf, Pseudonym};
use stile_model::id::{CaseId, Code, UserId};
use stile_model::redact::Redacted;
use stile_store::{PendingEntry, Store, StoreError};
use utoipa::ToSchema;

use crate::error::{ExchangeError, refuse};
use crate::evidence::CORRECTIONS;
use crate::gateway::Gateway;
use crate::people::{Duty, Person};
use crate::verbal::{Noted, noted};

/// What is wrong with an earlier entry.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mistake {
    /// Why: a code of `docs/reference/ledger.md`.
    pub reason: Code,
    /// What is right, 10 to 2,000 characters; kept sealed.
    pub note: Redacted<String>,
    /// The case of the entry; must be given when the entry is of one, and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
}

/// What the sealed body keeps.
#[derive(Serialize)]
struct Body<'a> {
    concerns: u64,
    mistake: &'a Mistake,
    user: &'a UserId,
}

impl Gateway {
    /// Marks entry `index` as wrong.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_entry`, `unknown_word`, `out_of_bounds`, `case_differs`, or that it
    /// could not be recorded.
    pub async fn correct(
        &self,
        person: &Person,
        index: u64,
        mistake: &Mistake,
    ) -> Result<Noted, ExchangeError> {
        correct(self, person, index, mistake).await
    }
}

/// Marks entry `index` as wrong.
///
/// # Errors
///
/// `role_missing`, `unknown_entry`, `unknown_word`, `out_of_bounds`, `case_differs`, or that it could
/// not be recorded.
async fn correct(
    gateway: &Gateway,
    person: &Person,
    index: u64,
    mistake: &Mistake,
) -> Result<Noted, ExchangeError> {
    may_correct(person)?;
    let (scribe, store, now) = (gateway.scribe(), gateway.store(), gateway.now());
    if !CORRECTIONS.contains(&mistake.reason.as_str()) {
        return Err(refuse(
            "unknown_word",
            422,
            "`reason` is not one of the documented codes",
        ));
    }
    if !(10..=2_000).contains(&mistake.note.reveal().trim().chars().count()) {
        return Err(refuse(
            "out_of_bounds",
            422,
            "`note` must be 10 to 2000 characters",
        ));
    }
    let wrong = entry_at(store, index)?;
    let case = mistake.case.as_ref();
    let case = case.map(|case| Pseudonym::of_case(scribe.pseudonym_key, case));
    if case != wrong.case {
        return Err(refuse(
            "case_differs",
            422,
            "`case` must be the case of the entry, and be left out when it has none",
        ));
    }
    let entry = Entry {
        purpose: wrong.purpose,
        gateway: wrong.gateway,
        member: wrong.member,
        recipients: wrong.recipients,
        actor: Some(scribe.pseudonym(&person.user)),
        case,
        reason: Some(mistake.reason.clone()),
        concerns: Some(index),
        ..Entry::new(EntryKind::Correction, now)
    };
    let body = serde_json::to_vec(&Body {
        concerns: index,
        mistake,
        user: &person.user,
    });
    let pending = PendingEntry {
        entry,
        body: body.map_err(|_| ExchangeError::Stored("correction"))?,
        case: mistake.case.clone(),
        subjects: store.subjects(index)?,
    };
    noted(store, pending, now).await
}

/// Auditors, and those who decide on disclosures on either side.
fn may_correct(person: &Person) -> Result<(), ExchangeError> {
    let may = person.duties.iter().any(|duty| match duty {
        Duty::Approver(_)
        | Duty::Auditor
        | Duty::DecisionMaker
        | Duty::HubManager
        | Duty::IgLead
        | Duty::InformationGovernance => true,
        Duty::ItAdmin | Duty::MatchReviewer | Duty::Researcher => false,
    });
    if may {
        Ok(())
    } else {
        Err(refuse(
            "role_missing",
            403,
            "this needs the role `auditor`, `decision_maker`, `hub_manager`, `information_governance` or `approver:<role>`",
        ))
    }
}

fn entry_at(store: &Store, index: u64) -> Result<Entry, ExchangeError> {
    match store.entry(index) {
        Ok(leaf) => {
            let leaf = Leaf::parse(&leaf).map_err(|_| ExchangeError::Stored("entry"))?;
            Ok(leaf.entry)
        }
        Err(StoreError::NoEntry(_)) => Err(refuse(
            "unknown_entry",
            404,
            "the ledger has no entry of this index",
        )),
        Err(error) => Err(error.into()),
    }
}
