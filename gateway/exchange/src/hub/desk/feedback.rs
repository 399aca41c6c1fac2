//! What the person who referred is told: made of codes and dates, never of what an agency said.
//!
//! A practitioner hears what was decided, in the vocabulary's words. A member of the family or of the
//! public hears that their worry was looked into and no more, since an outcome can tell somebody that
//! the police are asking. Who must not be told, or did not want to be, is not told.
//!
//! **Source:** Working Together to Safeguard Children (feedback to referrers); design §5.

use jiff::civil::Date;
use stile_ledger::{Entry, EntryKind};
use stile_model::id::{CaseId, Code};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;

use super::direct::step;
use super::referral::{Channel, Referral, Referrer, Said};
use super::submit::KeptReferral;
use super::work::{Done, Next, Seen};
use crate::error::{ExchangeError, refuse};
use crate::evidence::reason;
use crate::hub::Hub;
use crate::hub::calendar::uk_date;
use crate::people::Person;

/// Kinds of referrers who hear only that it was looked into.
const PRIVATE: [&str; 4] = ["family", "other", "public", "self"];

/// What a referrer is told, in parts and as a text.
#[derive(Debug, Clone)]
pub struct Feedback {
    /// The referral that is answered.
    pub referral: u32,
    /// Who is told.
    pub referrer: Referrer,
    /// The channel by which they came, if that was kept.
    pub channel: Option<Channel>,
    /// The day on which it reached the hub.
    pub received: Date,
    /// The outcome, where they may hear it.
    pub outcome: Option<Code>,
    /// The text, in English.
    pub text: Redacted<String>,
}

impl Hub {
    /// What the referrer would be told now; nothing is sent or recorded but the reading.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `unknown_referral`, `not_decided`, `referrer_not_to_be_told`.
    pub async fn feedback(
        &self,
        person: &Person,
        case: &CaseId,
        referral: u32,
    ) -> Result<Feedback, ExchangeError> {
        person.must_work_on_cases()?;
        let feedback = self.composed(case, referral)?;
        let read = self.case_read(person, &self.case(case)?, "feedback", self.clock.now())?;
        let batch = stile_store::Batch {
            entries: vec![read],
            ..stile_store::Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(feedback)
    }

    /// Records that the referrer was told exactly this text; how it reached them is the sender's.
    ///
    /// # Errors
    ///
    /// As [`Hub::feedback`]; `feedback_sent` when it was, `case_changed`.
    pub async fn feedback_sent(
        &self,
        person: &Person,
        case: &CaseId,
        referral: u32,
        seen: Seen,
    ) -> Result<Feedback, ExchangeError> {
        person.must_work_on_cases()?;
        let feedback = self.composed(case, referral)?;
        let case = self.case(case)?;
        let work = self.work(&case.matter.id)?;
        if !work.feedback_due().contains(&referral) {
            return Err(refuse(
                "feedback_sent",
                409,
                "this referrer was told already",
            ));
        }
        work.must_be_as(seen)?;
        let now = self.clock.now();
        let done = Done::FeedbackSent {
            referral,
            text: feedback.text.clone(),
        };
        let told = feedback.outcome.as_ref();
        self.take_step(Next {
            case: &case,
            work: &work,
            step: step(person, done, now),
            entry: Entry {
                reason: told.cloned().or_else(|| reason("looked_into")),
                ..self.case_entry(EntryKind::Feedback, &case, now)
            },
            puts: Vec::new(),
        })
        .await?;
        Ok(feedback)
    }

    fn composed(&self, case: &CaseId, number: u32) -> Result<Feedback, ExchangeError> {
        let case = self.case(case)?;
        let kept = self
            .referrals_of(&case.matter.id)?
            .into_iter()
            .find(|kept| kept.number == number)
            .ok_or_else(|| {
                refuse(
                    "unknown_referral",
                    404,
                    "this case has no referral of this number",
                )
            })?;
        let work = self.work(&case.matter.id)?;
        let decided = work.decision().map(|(decision, ..)| &decision.outcome);
        let outcome = decided.ok_or_else(|| {
            refuse(
                "not_decided",
                409,
                "nobody has decided on this case; a decision maker decides first",
            )
        })?;
        if kept.referral.referrer.may_be_told != Some(Said::Yes) {
            return Err(refuse(
                "referrer_not_to_be_told",
                409,
                "the referral does not say that this person may be told",
            ));
        }
        Ok(compose(&kept, outcome, &self.vocabulary))
    }
}

impl Hub {
    /// May what goes to a referrer of this case name its outcome? Only where every referrer may be told
    /// and is of a kind that hears it: an outcome can tell somebody that the police are asking.
    pub(in crate::hub) fn referrers_may_hear(&self, case: &CaseId) -> Result<bool, ExchangeError> {
        let kept = self.referrals_of(case)?;
        let may = |kept: &KeptReferral| {
            let referral = &kept.referral;
            referral.referrer.may_be_told == Some(Said::Yes) && !is_private(referral)
        };
        Ok(!kept.is_empty() && kept.iter().all(may))
    }
}

fn is_private(referral: &Referral) -> bool {
    let kind = referral.referrer.kind.as_ref();
    kind.is_none_or(|kind| PRIVATE.contains(&kind.as_str()))
}

/// What the referrer is told, from the referral's dates and the outcome's word only.
pub fn compose(kept: &KeptReferral, outcome: &Code, vocabulary: &Vocabulary) -> Feedback {
    let referral = &kept.referral;
    let received = referral.received.unwrap_or(kept.taken);
    let shown = (!is_private(referral)).then(|| outcome.clone());
    let words = shown.as_ref().and_then(|code| {
        let mut terms = vocabulary.outcomes.iter();
        terms.find(|term| term.code == *code)
    });
    let thanks = format!("Thank you for contacting us on {}.", day(received));
    let said = match words {
        Some(term) => format!("What was decided: {}.", term.name),
        None => {
            "We have looked into what you told us and decided what to do. We cannot tell you more, \
             to protect the people concerned."
                .to_owned()
        }
    };
    let last = "If you are worried again, or something changes, please contact us. If somebody is \
                in danger now, call 999.";
    Feedback {
        referral: kept.number,
        referrer: referral.referrer.clone(),
        channel: referral.channel,
        received: uk_date(received),
        outcome: shown,
        text: Redacted::new(format!("{thanks}\n\n{said}\n\n{last}\n")),
    }
}

/// `24 February 2026`.
fn day(at: Timestamp) -> String {
    let date = uk_date(at);
    date.strftime("%-d %B %Y").to_string()
}
