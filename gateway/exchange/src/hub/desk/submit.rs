//! From a draft to a case, to a further contact on an open case, or to advice without a case.

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::enquiry::Consent;
use stile_model::id::{CaseId, Code, UserId};
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_store::{Batch, Put, Tree};

use super::draft::{DraftId, Gone, KeptDraft};
use super::referral::{Referral, Said};
use super::work::{Came, Done, FeedbackWanted, Next, Step, Work};
use crate::error::{ExchangeError, refuse};
use crate::evidence::{counts, reason};
use crate::hub::{Case, Hub, OpenCase};
use crate::people::{Duty, Person};
use crate::stored::every;
use crate::subjects;

/// How far back a referral may have been received, in seconds: two weeks.
const RECEIVED_MAX_S: i64 = 14 * 86_400;
/// How many numbers are tried before giving up: as many people may submit at once.
const TRIES: u32 = 64;

/// A referral as kept with its case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptReferral {
    /// Its number among the referrals of the case, from 0.
    pub number: u32,
    /// Who took it down.
    pub taken_by: UserId,
    /// When it was submitted.
    pub taken: Timestamp,
    /// What was said.
    pub referral: Referral,
}

/// A draft on its way to a case.
struct Taken<'a> {
    person: &'a Person,
    kept: &'a KeptDraft,
    /// The outcome with which the case is closed as it is opened, if it is.
    closed_with: Option<&'a Code>,
    now: Timestamp,
}

impl Hub {
    /// Opens a case from a draft, under this number or the hub's next one. The draft is gone: a draft
    /// that is submitted again, also at the same moment, gives the case that it became.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_draft`, `referral_incomplete` naming what a case cannot do without,
    /// `case_exists`, `unknown_word`, `out_of_bounds`: nothing is kept, and the draft stays.
    pub async fn submit_draft(
        &self,
        person: &Person,
        id: DraftId,
        number: Option<CaseId>,
    ) -> Result<Case, ExchangeError> {
        person.must(&Duty::Researcher)?;
        if let Some(case) = self.became(person, id)? {
            return Ok(case);
        }
        let kept = self.kept_draft(person, id)?;
        let taken = Taken {
            person,
            kept: &kept,
            closed_with: None,
            now: self.clock.now(),
        };
        let opened = match number {
            Some(number) => self.open_from(&taken, number).await,
            None => self.open_numbered(&taken).await,
        };
        self.or_became(person, id, opened)
    }

    /// The case that a draft became while it was submitted twice; otherwise what came of it.
    fn or_became(
        &self,
        person: &Person,
        id: DraftId,
        opened: Result<Case, ExchangeError>,
    ) -> Result<Case, ExchangeError> {
        let Err(ExchangeError::Refused(problem)) = &opened else {
            return opened;
        };
        match problem.code() {
            "case_exists" | "unknown_draft" => self.became(person, id)?.map_or(opened, Ok),
            _ => opened,
        }
    }

    /// Adds a draft as a further contact to a case that is open. The draft is gone; the people of the
    /// case stay who they are.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_draft`, `unknown_case`, `case_closed`, `case_changed`.
    pub async fn add_to_case(
        &self,
        person: &Person,
        id: DraftId,
        case: &CaseId,
    ) -> Result<u32, ExchangeError> {
        person.must(&Duty::Researcher)?;
        let kept = self.kept_draft(person, id)?;
        let case = self.case(case)?;
        self.must_be_open(&case.matter.id)?;
        let now = self.clock.now();
        received(&kept.referral, now)?;
        let work = self.work(&case.matter.id)?;
        let number = work.referrals();
        let mut puts = vec![referral_put(person, &case.matter.id, &kept, number, now)?];
        let gone = self.draft_gone(&kept, &Gone::Added)?;
        puts.extend(gone.puts);
        let entry = Entry {
            reason: reason("added_to_case"),
            counts: counts(&[("subjects", kept.referral.subjects.len())]),
            ..self.case_entry(EntryKind::ContactTaken, &case, now)
        };
        let next = Next {
            case: &case,
            work: &work,
            step: contact_step(person, &kept, number, Came::Later, now),
            entry,
            puts,
        };
        let mut batch = self.step_batch(next)?;
        batch.require_absent.push(gone.once);
        // Whoever the caller spoke of finds it too, not only the people of the case.
        for pending in &mut batch.entries {
            pending
                .subjects
                .extend(subjects::keys_of_all(&kept.referral.subjects));
            pending.subjects.sort_unstable();
            pending.subjects.dedup();
        }
        self.commit_step(&case.matter.id, batch).await?;
        Ok(number)
    }

    /// Keeps a contact on which advice was given and nothing is asked of anybody: a case that is
    /// closed as it is opened. The draft is gone.
    ///
    /// # Errors
    ///
    /// As [`Hub::submit_draft`], and `unknown_word` for an outcome that the vocabulary lacks.
    pub async fn record_contact(
        &self,
        person: &Person,
        id: DraftId,
        outcome: &Code,
    ) -> Result<Case, ExchangeError> {
        person.must(&Duty::Researcher)?;
        if !Vocabulary::has(&self.vocabulary.outcomes, outcome) {
            return Err(refuse(
                "unknown_word",
                422,
                "`outcome` is not in the partnership's vocabulary",
            ));
        }
        if let Some(case) = self.became(person, id)? {
            return Ok(case);
        }
        let kept = self.kept_draft(person, id)?;
        let taken = Taken {
            person,
            kept: &kept,
            closed_with: Some(outcome),
            now: self.clock.now(),
        };
        let opened = self.open_numbered(&taken).await;
        self.or_became(person, id, opened)
    }

    /// The referrals of a case, first to last.
    pub(super) fn referrals_of(&self, case: &CaseId) -> Result<Vec<KeptReferral>, ExchangeError> {
        let rows = every(&self.store, Tree::Desk, &referrals_of(case))?;
        let all = rows.iter().map(|(_, bytes)| {
            serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("referral"))
        });
        all.collect()
    }

    /// The referral itself, the first step of the work, and the end of the draft.
    fn add_first(
        &self,
        batch: &mut Batch,
        person: &Person,
        case: &Case,
        kept: &KeptDraft,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let id = &case.matter.id;
        batch.puts.push(referral_put(person, id, kept, 0, now)?);
        let gone = self.draft_gone(kept, &Gone::Became(id.clone()))?;
        batch.puts.extend(gone.puts);
        batch.require_absent.push(gone.once);
        let next = Next {
            case,
            work: &Work::default(),
            step: contact_step(person, kept, 0, Came::WithCase, now),
            entry: Entry {
                reason: reason("with_case"),
                ..self.case_entry(EntryKind::ContactTaken, case, now)
            },
            puts: Vec::new(),
        };
        let step = self.step_batch(next)?;
        batch.puts.extend(step.puts);
        batch.entries.extend(step.entries);
        batch.require_absent.extend(step.require_absent);
        Ok(())
    }

    /// Opens a case from what was taken down, in one batch with everything that belongs to it.
    async fn open_from(&self, taken: &Taken<'_>, number: CaseId) -> Result<Case, ExchangeError> {
        let Taken {
            person,
            kept,
            closed_with,
            now,
        } = taken;
        let opened = received(&kept.referral, *now)?;
        let case = self.new_case(person, matter(&kept.referral, number)?, opened)?;
        let mut batch = self.opening(person, &case, *now)?;
        self.add_first(&mut batch, person, &case, kept, *now)?;
        if let Some(outcome) = closed_with {
            self.close_at_once(&mut batch, person, &case.matter.id, outcome, *now)?;
        }
        self.commit_opening(batch, &case).await
    }

    /// Opens under the next free number of the year.
    async fn open_numbered(&self, taken: &Taken<'_>) -> Result<Case, ExchangeError> {
        let year = taken.now.date().year();
        let key = format!("number/{year}").into_bytes();
        let last = self.store.get(Tree::Desk, &key)?;
        let last = last.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
        let mut next: u32 = last.unwrap_or(0);
        for _ in 0..TRIES {
            next = next.saturating_add(1);
            let number = format!("{}-{year}-{next:05}", self.settings.desk.number_prefix);
            let number = CaseId::new(number).map_err(|_| ExchangeError::Stored("case number"))?;
            match self.open_from(taken, number).await {
                Err(ExchangeError::Refused(problem))
                    if problem.code() == "case_exists" && !self.is_gone(taken.kept.id)? => {}
                Err(error) => return Err(error),
                Ok(case) => {
                    // Only where to look first: a number that is taken is passed over.
                    let last = next.to_string().into_bytes();
                    self.store
                        .commit(Batch::put(Tree::Desk, key, Some(last)))
                        .await?;
                    return Ok(case);
                }
            }
        }
        Err(refuse(
            "case_exists",
            409,
            "no free case number was found; give one, or try again",
        ))
    }
}

fn contact_step(
    person: &Person,
    kept: &KeptDraft,
    number: u32,
    came: Came,
    now: Timestamp,
) -> Step {
    let feedback = match kept.referral.referrer.may_be_told {
        Some(Said::Yes) => FeedbackWanted::Yes,
        Some(Said::No | Said::Unknown) | None => FeedbackWanted::No,
    };
    Step {
        at: now,
        by: person.user.clone(),
        done: Done::ContactAdded {
            referral: number,
            feedback,
            danger: kept.referral.immediate_danger,
            came,
        },
    }
}

fn referral_put(
    person: &Person,
    case: &CaseId,
    kept: &KeptDraft,
    number: u32,
    now: Timestamp,
) -> Result<Put, ExchangeError> {
    let referral = KeptReferral {
        number,
        taken_by: person.user.clone(),
        taken: now,
        referral: kept.referral.clone(),
    };
    Ok(Put {
        tree: Tree::Desk,
        key: [referrals_of(case), number.to_be_bytes().to_vec()].concat(),
        value: Some(serde_json::to_vec(&referral).map_err(|_| ExchangeError::Stored("referral"))?),
        case: Some(case.clone()),
    })
}

fn referrals_of(case: &CaseId) -> Vec<u8> {
    [b"referral/", case.as_str().as_bytes(), &[0]].concat()
}

/// When the clock starts: at receipt, which lies in the last two weeks.
fn received(referral: &Referral, now: Timestamp) -> Result<Timestamp, ExchangeError> {
    let Some(received) = referral.received else {
        return Ok(now);
    };
    if (0..=RECEIVED_MAX_S * 1_000).contains(&now.since_millis(received)) {
        Ok(received)
    } else {
        Err(refuse(
            "out_of_bounds",
            422,
            "`received` must lie in the last 14 days, and not ahead of the clock",
        ))
    }
}

/// What a case needs of a referral.
fn matter(referral: &Referral, id: CaseId) -> Result<OpenCase, ExchangeError> {
    let Referral {
        kind: Some(kind),
        priority: Some(priority),
        purpose: Some(purpose),
        consent: Some(state),
        ..
    } = referral
    else {
        return Err(incomplete(referral));
    };
    if referral.subjects.is_empty() {
        return Err(incomplete(referral));
    }
    Ok(OpenCase {
        id,
        kind: kind.clone(),
        priority: *priority,
        purpose: purpose.clone(),
        consent: Consent {
            state: *state,
            override_reason: referral.override_reason.clone(),
            parents_informed: referral.parents_informed.clone(),
        },
        subjects: referral.subjects.clone(),
    })
}

fn incomplete(referral: &Referral) -> ExchangeError {
    let parts = [
        ("kind", referral.kind.is_none()),
        ("priority", referral.priority.is_none()),
        ("purpose", referral.purpose.is_none()),
        ("consent", referral.consent.is_none()),
        ("subjects", referral.subjects.is_empty()),
    ];
    let lacking: Vec<_> = parts
        .iter()
        .filter(|(_, lacks)| *lacks)
        .map(|(part, _)| format!("`{part}`"))
        .collect();
    refuse(
        "referral_incomplete",
        422,
        format!("a case cannot be opened without {}", lacking.join(", ")),
    )
}
