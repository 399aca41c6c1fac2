//! A sealed person who is named by a presence request: the hub hears "no", and the named person hears
//! of it.
//!
//! The alert is the same task as that of an enquiry. It is written with the answer, and as much is
//! written where there is none, so that the time taken does not tell.

use serde::Deserialize;
use stile_ledger::{Entry, EntryKind, SubjectKey};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, Code, MemberId};
use stile_model::presence::{PresenceForm, PresenceRequest};
use stile_model::subject::Subject;
use stile_model::time::Timestamp;
use stile_store::{PendingEntry, Put, Tree};

use super::super::Agency;
use super::super::act::closed;
use super::super::decide::{Decision, Verdict, does_not_fit};
use super::super::footing::Footing;
use super::super::learned::Weighed;
use super::super::stored::{closing, task_puts};
use super::super::task::{Alert, Ended, Occasion, Task};
use super::admit::Admitted;
use super::stored::{StoredPresence, answer_key};
use crate::audit::subject::own_payload;
use crate::error::ExchangeError;
use crate::evidence::reason;
use crate::people::Person;
use crate::subjects;

/// What is read back of the sealed body of an answer's entry.
#[derive(Deserialize)]
struct Body {
    /// Compact JWS of the request.
    request: String,
}

impl Agency {
    /// What is put with an answer for the named person: the alert where a sealed person fits, and
    /// otherwise as many writes that change nothing.
    ///
    /// # Errors
    ///
    /// Only when no random identifier can be had; nothing has left.
    pub(super) fn alert_puts(
        &self,
        admitted: &Admitted,
        (subject, case): (&Subject, &CaseId),
        sealed_hit: bool,
        footing: &Footing,
    ) -> Result<[Put; 2], ExchangeError> {
        let Admitted { request, now, .. } = admitted;
        let alert = Alert {
            subject: subject.id.clone(),
            category: None,
            contact: self.settings.sealed_contact.clone(),
            occasion: Occasion::Presence {
                hub: request.hub.clone(),
                purpose: request.purpose.clone(),
            },
        };
        let task = alert.task((request.id, case), (&footing.policy, *now))?;
        let puts = task_puts(&task)?;
        Ok(puts.map(|put| Put {
            value: put.value.filter(|_| sealed_hit),
            ..put
        }))
    }

    /// Records that the named person has seen an alert of presence; the caller holds its turn.
    ///
    /// # Errors
    ///
    /// `verdict_does_not_fit`, or that it could not be recorded; then the alert stays open.
    pub(in super::super) async fn acknowledge_presence(
        &self,
        (person, decision): (&Person, &Decision),
        task: &Task,
        (hub, purpose): (&MemberId, &Code),
        now: Timestamp,
    ) -> Result<Task, ExchangeError> {
        if decision.verdict != Verdict::Acknowledge {
            return Err(does_not_fit());
        }
        let answered = self.entry_of_answer(task)?;
        let entry = Entry {
            member: Some(hub.clone()),
            reason: reason(decision.verdict.word()),
            actor: Some(self.pseudonym(&person.user)),
            concerns: answered,
            ..self
                .scribe()
                .of_case(EntryKind::SealedAlert, &task.case, purpose, now)
        };
        let body = (decision, &person.user, task.enquiry, None::<Weighed>);
        let entry = PendingEntry {
            entry,
            body: serde_json::to_vec(&body).map_err(|_| ExchangeError::Stored("decision"))?,
            case: Some(task.case.clone()),
            subjects: answered.map_or_else(Vec::new, |index| self.named_in(index)),
        };
        let ended = Some(Ended {
            at: now,
            by: Some(person.user.clone()),
            told: None,
        });
        let task = closed(Task {
            ended,
            ..task.clone()
        });
        self.store.commit(closing(entry, &task, &[])?).await?;
        Ok(task)
    }

    /// Index of the entry of the answer that an alert came with.
    fn entry_of_answer(&self, task: &Task) -> Result<Option<u64>, ExchangeError> {
        let bytes = self.store.get(Tree::Replay, &answer_key(task.enquiry))?;
        let bytes = bytes.ok_or(ExchangeError::Stored("presence answer"))?;
        let payload = StoredPresence::read(&bytes)?.payload;
        Ok(self.store.permit_index(&Digest::of(payload.as_bytes()))?)
    }

    /// By what entries about the person whom a request names are found again; by nothing where the
    /// request cannot be read any more.
    fn named_in(&self, entry: u64) -> Vec<SubjectKey> {
        let body = self.store.body(entry).ok();
        let body = body.and_then(|bytes| serde_json::from_slice::<Body>(&bytes).ok());
        let request = body.and_then(|body| own_payload::<PresenceRequest>(&body.request));
        match request.map(|request| request.form) {
            Some(PresenceForm::Asked { subject }) => subjects::keys(&subject),
            Some(PresenceForm::Blind { .. }) | None => Vec::new(),
        }
    }
}
