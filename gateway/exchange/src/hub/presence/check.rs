//! A check: everybody is asked at once, recorded before anything is sent, the same for any subject.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::id::{CaseId, Code, EnquiryId, MemberId, SubjectId};
use stile_store::{Batch, PendingEntry, Put, Tree};
use stile_trust::identity::Role;
use tokio::task::JoinSet;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::super::Hub;
use super::ahead::Standing;
use super::answer::Heard;
use super::opening::request_key;
use super::outcome::{AgencyPresence, CasePresence, PresenceStatus};
use super::prepare::{Prepared, Question};
use crate::agency;
use crate::error::{ExchangeError, refuse};
use crate::evidence::reason;
use crate::people::{Duty, Person};
use crate::trace::Step;

/// Requests leave on multiples of this after the person asked, so that how long the subject's keys
/// took to make does not show.
const GRID: Duration = Duration::from_millis(25);

/// Whom to look for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckPresence {
    /// The person, by place; the first of the case when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
    /// Purpose of the intended enquiry, which is the case's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Code>,
}

/// One agency before it is asked.
struct Asked {
    agency: MemberId,
    name: String,
    contact: String,
    standing: Standing,
}

impl Hub {
    /// Finds out which agencies know a person of a case.
    ///
    /// Goes on to the end even when the person no longer waits: an agency must not learn from a
    /// check that broke off.
    ///
    /// # Errors
    ///
    /// A coded refusal, and nothing was sent; or that something could not be recorded.
    pub async fn check_presence(
        self: &Arc<Self>,
        person: &Person,
        id: &CaseId,
        ask: &CheckPresence,
    ) -> Result<CasePresence, ExchangeError> {
        // Who may not send an enquiry may not name a person to agencies either.
        person.must(&Duty::Researcher)?;
        self.witnessing.may_release()?;
        let question = Arc::new(self.question(id, ask)?);
        let (hub, person) = (Arc::clone(self), person.clone());
        let span = self.traces.begin(Step::CheckPresence);
        let check = span.around(async move { hub.check(&person, &question).await });
        let checked = tokio::spawn(check).await;
        let checked = checked.unwrap_or(Err(ExchangeError::Stored("presence")));
        span.ended(&checked);
        checked
    }

    fn question(&self, id: &CaseId, ask: &CheckPresence) -> Result<Question, ExchangeError> {
        let matter = self.case(id)?.matter;
        if ask
            .purpose
            .as_ref()
            .is_some_and(|one| *one != matter.purpose)
        {
            return Err(refuse(
                "purpose_differs",
                422,
                "a check of presence is for the enquiry that the case intends; leave `purpose` out, \
                 or open a case of that purpose",
            ));
        }
        let subject = matter
            .subjects
            .iter()
            .find(|one| ask.subject.as_ref().is_none_or(|wanted| one.id == *wanted))
            .ok_or_else(|| refuse("unknown_subject", 404, "the case has nobody of this place"))?;
        // Every agency would check the same, after it was told who is meant.
        agency::check_presence(
            &matter.purpose,
            &matter.consent,
            Some(subject),
            &self.vocabulary,
        )?;
        Ok(Question {
            case: matter.id,
            purpose: matter.purpose,
            basis: matter.consent,
            subject: subject.clone(),
            now: self.clock.now(),
        })
    }

    async fn check(
        self: &Arc<Self>,
        person: &Person,
        question: &Arc<Question>,
    ) -> Result<CasePresence, ExchangeError> {
        let begun = Instant::now();
        let asked = self.whom_to_ask(question);
        let standings: Vec<_> = asked
            .iter()
            .map(|one| (one.agency.clone(), one.standing.clone()))
            .collect();
        let prepared = self.prepare(question, &standings).await?;
        let recorded = self.record_requests(person, question, &prepared);
        self.traces.step(Step::Record, recorded).await?;
        on_the_grid(begun).await;
        let heard = self.send_all(question, prepared).await?;
        let lines = asked.into_iter().map(|one| line(one, &heard)).collect();
        let outcome = CasePresence::new(question, lines);
        self.keep_presence(person, question, &outcome).await?;
        Ok(outcome)
    }

    /// The agencies whose agreement opens the purpose today, by id.
    fn whom_to_ask(&self, question: &Question) -> Vec<Asked> {
        let directory = self.directory.load();
        let today = question.now.date();
        let opens = |agency: &MemberId| {
            let agreement = directory.agreement(&self.me, agency, &question.purpose, today);
            agreement.is_ok()
        };
        let mut asked: Vec<_> = directory
            .members
            .iter()
            .filter(|member| member.role == Role::Agency && opens(&member.id))
            .map(|member| {
                let (standing, desk) =
                    self.live
                        .presence
                        .standing(&member.id, &question.purpose, question.now);
                Asked {
                    agency: member.id.clone(),
                    name: member.name.clone(),
                    contact: desk
                        .filter(|desk| !desk.trim().is_empty())
                        .unwrap_or_else(|| member.contact.clone()),
                    standing,
                }
            })
            .collect();
        asked.sort_by(|one, other| one.agency.cmp(&other.agency));
        asked
    }

    /// Every request is in the ledger, and what opens it to an auditor is kept, before any leaves.
    async fn record_requests(
        &self,
        person: &Person,
        question: &Question,
        prepared: &[Prepared],
    ) -> Result<(), ExchangeError> {
        if prepared.is_empty() {
            return Ok(());
        }
        let case = Some(question.case.clone());
        let mut batch = Batch::default();
        for one in prepared {
            let entry = Entry {
                actor: Some(self.pseudonym(&person.user)),
                member: Some(one.agency.clone()),
                recipients: [one.agency.clone()].into(),
                reason: reason("asked"),
                digest: Some(one.digest()),
                ..self.scribe().of_case(
                    EntryKind::Presence,
                    &question.case,
                    &question.purpose,
                    question.now,
                )
            };
            batch.entries.push(PendingEntry {
                entry,
                body: one.jws.clone().into_bytes(),
                case: case.clone(),
                subjects: crate::subjects::keys(&question.subject),
            });
            let kept = serde_json::to_vec(&one.kept(question));
            batch.puts.push(Put {
                tree: Tree::Meta,
                key: request_key(one.id),
                value: Some(kept.map_err(|_| ExchangeError::Stored("presence request"))?),
                case: case.clone(),
            });
        }
        self.store.commit(batch).await?;
        Ok(())
    }

    /// All at once: no agency is asked because of what another said.
    async fn send_all(
        self: &Arc<Self>,
        question: &Arc<Question>,
        prepared: Vec<Prepared>,
    ) -> Result<Vec<(MemberId, EnquiryId, Heard)>, ExchangeError> {
        let mut under_way = JoinSet::new();
        for one in prepared {
            let (hub, question) = (Arc::clone(self), Arc::clone(question));
            under_way.spawn(self.traces.carry(async move {
                let (agency, id) = (one.agency.clone(), one.id);
                let heard = hub.hear(&question, one).await?;
                Ok::<_, ExchangeError>((agency, id, heard))
            }));
        }
        all_of(under_way).await
    }
}

/// What every task came to, or why one failed; none is broken off because another failed.
async fn all_of<T: 'static>(
    mut under_way: JoinSet<Result<T, ExchangeError>>,
) -> Result<Vec<T>, ExchangeError> {
    let mut all = Vec::new();
    while let Some(done) = under_way.join_next().await {
        all.push(done.unwrap_or(Err(ExchangeError::Stored("presence"))));
    }
    all.into_iter().collect()
}

fn line(asked: Asked, heard: &[(MemberId, EnquiryId, Heard)]) -> AgencyPresence {
    let heard = heard.iter().find(|(agency, _, _)| *agency == asked.agency);
    let by_name = heard.is_some() && matches!(asked.standing, Standing::Asked);
    let (status, code) = match (heard, asked.standing) {
        (Some((_, _, Heard::Found(status))), _) => (*status, None),
        (Some((_, _, Heard::Nothing(code))), _) => (PresenceStatus::NotChecked, Some(code.clone())),
        (None, Standing::Unknown(code)) => (PresenceStatus::NotChecked, Some(code)),
        (None, _) => (PresenceStatus::NotOffered, None),
    };
    AgencyPresence {
        agency: asked.agency,
        name: asked.name,
        contact: asked.contact,
        status,
        by_name,
        code,
        request: heard.map(|(_, id, _)| *id),
    }
}

/// Waits for the next step of the grid that began when the person asked.
async fn on_the_grid(begun: Instant) {
    let grid = GRID.as_nanos();
    let steps = begun.elapsed().as_nanos().div_ceil(grid);
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    tokio::time::sleep_until(begun + GRID.saturating_mul(steps)).await;
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn hears_every_agency_out_though_one_answer_could_not_be_recorded() {
        let heard = Arc::new(AtomicBool::new(false));
        let mut under_way = JoinSet::new();
        under_way.spawn(async { Err(ExchangeError::Stored("presence")) });
        let slow = Arc::clone(&heard);
        under_way.spawn(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            slow.store(true, Ordering::SeqCst);
            Ok(())
        });

        assert!(all_of(under_way).await.is_err());
        assert!(heard.load(Ordering::SeqCst));
    }
}
