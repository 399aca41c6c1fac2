//! What is known of consent changes while a case is open: it is given, refused or withdrawn, or there is
//! another reason to go ahead without.
//!
//! The next enquiry is signed with what is known then. One that was sent keeps what it was signed with:
//! what an agency was told is not told otherwise afterwards.

use stile_ledger::{Entry, EntryKind};
use stile_model::enquiry::Consent;
use stile_model::id::CaseId;
use stile_model::redact::Redacted;
use stile_model::vocabulary::Vocabulary;

use super::direct::{step, within};
use super::open::case_put;
use super::work::{Done, Next, Seen};
use crate::error::{ExchangeError, refuse};
use crate::evidence::reason;
use crate::hub::{Case, Hub};
use crate::people::Person;

/// Fewest and most characters of a reason in words.
const WHY: std::ops::RangeInclusive<usize> = 10..=2_000;

/// What is known of consent now.
#[derive(Debug, Clone)]
pub struct ChangeConsent {
    /// Consent, the coded reason for going ahead without, and whether parents were told.
    pub to: Consent,
    /// Why it changes, 10 to 2,000 characters.
    pub why: Redacted<String>,
}

impl Hub {
    /// Changes what is known of consent, with who, when and why in the case's history.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `case_closed`, `case_changed`, `unknown_word`, `out_of_bounds`
    /// for a reason that is too short or long, or where nothing would change.
    pub async fn change_consent(
        &self,
        person: &Person,
        case: &CaseId,
        change: &ChangeConsent,
        seen: Seen,
    ) -> Result<Case, ExchangeError> {
        person.must_work_on_cases()?;
        self.known_consent(&change.to)?;
        within("why", &change.why, WHY)?;
        let mut case = self.open(case)?;
        let work = self.work(&case.matter.id)?;
        work.must_be_as(seen)?;
        if case.matter.consent == change.to {
            return Err(refuse(
                "out_of_bounds",
                422,
                "this is what the case says of consent already",
            ));
        }
        let now = self.clock.now();
        let from = std::mem::replace(&mut case.matter.consent, change.to.clone());
        let done = Done::ConsentChanged {
            from,
            to: change.to.clone(),
            why: change.why.clone(),
        };
        self.take_step(Next {
            case: &case,
            work: &work,
            step: step(person, done, now),
            entry: Entry {
                reason: reason("consent_changed"),
                ..self.case_entry(EntryKind::CaseChanged, &case, now)
            },
            puts: vec![case_put(&case)?],
        })
        .await?;
        Ok(case)
    }

    /// Are these the partnership's words?
    fn known_consent(&self, consent: &Consent) -> Result<(), ExchangeError> {
        let words = [
            (
                "override_reason",
                &consent.override_reason,
                &self.vocabulary.overrides,
            ),
            (
                "parents_informed",
                &consent.parents_informed,
                &self.vocabulary.parents_informed,
            ),
        ];
        for (key, code, terms) in words {
            if code
                .as_ref()
                .is_some_and(|code| !Vocabulary::has(terms, code))
            {
                return Err(refuse(
                    "unknown_word",
                    422,
                    format!("`{key}` is not in the partnership's vocabulary"),
                ));
            }
        }
        Ok(())
    }
}
