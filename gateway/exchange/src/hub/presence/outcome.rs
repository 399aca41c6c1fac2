//! What a check of presence came to, for the people of the case.

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, Code, EnquiryId, MemberId, SubjectId};
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry, Put, Tree};
use utoipa::ToSchema;

use super::super::{Case, Hub};
use super::prepare::Question;
use crate::error::ExchangeError;
use crate::evidence::{counts, reason};
use crate::people::Person;
use crate::stored::every;

/// Before a case's number and a subject's place: what the newest check of them came to.
const OUTCOME: &[u8] = b"presence/outcome/";

/// What was found out at one agency. None of them says that a person is not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresenceStatus {
    /// A strong token is in the agency's set.
    Known,
    /// The agency was told who is meant and says that it knows them, or somebody who may be them.
    MayKnow,
    /// Only a weak token is in the agency's set.
    Possibly,
    /// It was not found out; the code says why.
    NotChecked,
    /// No token match, or no match. This is not absence.
    NoMatch,
    /// The agency offers no presence for this purpose.
    NotOffered,
}

impl PresenceStatus {
    /// Is the agency worth asking before others?
    pub const fn is_hit(self) -> bool {
        matches!(self, Self::Known | Self::MayKnow | Self::Possibly)
    }
}

/// One agency's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgencyPresence {
    /// The agency.
    pub agency: MemberId,
    /// Its name.
    pub name: String,
    /// The desk to speak to: role and telephone.
    pub contact: String,
    /// What was found out.
    pub status: PresenceStatus,
    /// The request named the person, whether or not an answer came.
    #[serde(default)]
    pub by_name: bool,
    /// Why it was not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The request that was sent, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<EnquiryId>,
}

/// What one check came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CasePresence {
    /// The case.
    pub case: CaseId,
    /// The person, by place.
    pub subject: SubjectId,
    /// For which enquiry.
    pub purpose: Code,
    /// When it was checked.
    pub checked: Timestamp,
    /// One line for each agency whose agreement opens the purpose, by id.
    pub agencies: Vec<AgencyPresence>,
    /// Whom to ask first, best first. Others may know the person, too.
    pub ask_first: Vec<MemberId>,
}

impl CasePresence {
    pub(super) fn new(question: &Question, agencies: Vec<AgencyPresence>) -> Self {
        let mut first: Vec<_> = agencies.iter().filter(|one| one.status.is_hit()).collect();
        first.sort_by(|one, other| (one.status, &one.agency).cmp(&(other.status, &other.agency)));
        let ask_first = first.into_iter().map(|one| one.agency.clone()).collect();
        Self {
            case: question.case.clone(),
            subject: question.subject.id.clone(),
            purpose: question.purpose.clone(),
            checked: question.now,
            agencies,
            ask_first,
        }
    }
}

impl Hub {
    /// Records and keeps what a check came to; only then is it shown.
    pub(super) async fn keep_presence(
        &self,
        person: &Person,
        question: &Question,
        outcome: &CasePresence,
    ) -> Result<(), ExchangeError> {
        let body = serde_json::to_vec(outcome).map_err(|_| ExchangeError::Stored("presence"))?;
        let sent = outcome
            .agencies
            .iter()
            .filter(|one| one.request.is_some())
            .count();
        let entry = Entry {
            actor: Some(self.pseudonym(&person.user)),
            reason: reason("checked"),
            counts: counts(&[("agencies", outcome.agencies.len()), ("requests", sent)]),
            digest: Some(Digest::of(&body)),
            ..self.scribe().of_case(
                EntryKind::Presence,
                &question.case,
                &question.purpose,
                self.clock.now(),
            )
        };
        let case = Some(question.case.clone());
        let batch = Batch {
            entries: vec![PendingEntry {
                entry,
                body: body.clone(),
                case: case.clone(),
                subjects: crate::subjects::keys(&question.subject),
            }],
            puts: vec![Put {
                tree: Tree::Meta,
                key: [
                    &of_case(&question.case),
                    question.subject.id.as_str().as_bytes(),
                ]
                .concat(),
                value: Some(body),
                case,
            }],
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(())
    }

    /// The newest check of each person of a case, for somebody who reads it: the reading is
    /// recorded before it is shown.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, or that the reading could not be recorded.
    pub async fn read_presence(
        &self,
        person: &Person,
        id: &CaseId,
    ) -> Result<Vec<CasePresence>, ExchangeError> {
        person.must_work_on_cases()?;
        let case = self.case(id)?;
        let kept = self.kept_presence(id)?;
        let batch = self.presence_read(person, &case, kept.len())?;
        self.store.commit(batch).await?;
        Ok(kept)
    }

    /// The newest check of each person of a case, for whoever records the reading.
    pub(in crate::hub) fn kept_presence(
        &self,
        id: &CaseId,
    ) -> Result<Vec<CasePresence>, ExchangeError> {
        every(&self.store, Tree::Meta, &of_case(id))?
            .iter()
            .map(|(_, bytes)| {
                serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("presence"))
            })
            .collect()
    }

    fn presence_read(
        &self,
        person: &Person,
        case: &Case,
        read: usize,
    ) -> Result<Batch, ExchangeError> {
        let matter = &case.matter;
        let now = self.clock.now();
        let entry = Entry {
            actor: Some(self.pseudonym(&person.user)),
            reason: reason("presence"),
            counts: counts(&[("checks", read)]),
            ..self
                .scribe()
                .of_case(EntryKind::Consultation, &matter.id, &matter.purpose, now)
        };
        let body = serde_json::to_vec(&(&matter.id, &person.user));
        Ok(Batch {
            entries: vec![PendingEntry {
                entry,
                body: body.map_err(|_| ExchangeError::Stored("presence"))?,
                case: Some(matter.id.clone()),
                subjects: crate::subjects::keys_of_all(&matter.subjects),
            }],
            ..Batch::default()
        })
    }
}

/// Keys of the checks of a case; the zero byte keeps one number from beginning another.
fn of_case(case: &CaseId) -> Vec<u8> {
    [OUTCOME, case.as_str().as_bytes(), b"\0"].concat()
}
