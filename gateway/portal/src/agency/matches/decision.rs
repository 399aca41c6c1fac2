//! The reviewer's word: the same person, none of them, or that what is held does not tell; and that an
//! alert was seen.

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::agency::{Agency, Decision, MatchQuestion, OpenedTask, TaskSubject, Verdict};

use super::super::approvals::decision::{reason, reason_field};
use super::super::approvals::item::read;
use crate::both::part::{Form, no_faults};
use crate::component::{Choice, Faults, Group, Item, Radios};
use crate::form::Fields;
use crate::trouble::{Paged, Refusal, Trouble};
use crate::visit::{Signed, Visit};

/// Takes a decision, once the person has shown again who they are.
pub(super) async fn decide(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(id): Path<String>,
    fields: Fields,
) -> Paged {
    visit.must_be_fresh()?;
    let id = read(&id)?;
    let mut faults = no_faults(&visit.words);
    let verdict = verdict(fields.text("verdict"));
    if verdict.is_none() {
        faults.add("verdict", visit.words.say("matches-choose-verdict"));
    }
    let reason = reason(&fields, &visit.words, &mut faults);
    let (Some(verdict), Some(reason)) = (verdict, reason) else {
        let opened = agency.open_task(&visit.person, id).await?;
        return super::shown(&visit, &agency, &opened, (&fields, &faults));
    };
    visit.spend(fields.nonce())?;
    let decision = Decision {
        verdict,
        ground: None,
        reason: reason.into(),
    };
    let task = match agency.decide(&visit.person, id, &decision).await {
        Ok(task) => task,
        Err(error) => {
            let refusal = Refusal::of(error)?;
            faults.add_to_form(refusal.said());
            let opened = agency.open_task(&visit.person, id).await?;
            let page = super::shown(&visit, &agency, &opened, (&fields, &faults))?;
            return Ok(refusal.on(page));
        }
    };
    // An alert that was seen is done; a question shows what was said of it.
    Ok(match task.subject {
        TaskSubject::Alert(_) => visit.go("/matches"),
        TaskSubject::Approval(_) | TaskSubject::Match(_) => visit.go(&format!("/matches/{id}")),
    })
}

/// `same-0`, `different`, `cannot-tell` or `seen`.
fn verdict(word: &str) -> Option<Verdict> {
    match word {
        "cannot-tell" => Some(Verdict::CannotTell),
        "different" => Some(Verdict::NoMatch),
        "seen" => Some(Verdict::Acknowledge),
        other => {
            let place = other.strip_prefix("same-")?;
            place.parse().ok().map(Verdict::SamePerson)
        }
    }
}

/// The form of a question of identity.
///
/// # Errors
///
/// When there is no session or no randomness.
pub(super) fn choose(
    visit: &Visit,
    opened: &OpenedTask,
    question: &MatchQuestion,
    (typed, faults): (&Fields, &Faults),
) -> Result<Form, Trouble> {
    let words = &visit.words;
    let same = |place: usize| {
        let said = words.count("matches-same", "number", place + 1);
        Item::from(Choice::new(format!("same-{place}"), said))
    };
    let mut choices: Vec<_> = (0..question.candidates.len()).map(same).collect();
    choices.push(Choice::new("different", words.say("matches-different")).into());
    choices.push(
        Choice::new("cannot-tell", words.say("matches-cannot-tell"))
            .hint(words.say("matches-cannot-tell-hint"))
            .into(),
    );
    let group = Group::new("verdict", words.say("matches-verdict")).error(faults.of("verdict"));
    Ok(Form::post(visit, &format!("/matches/{}", opened.task.id))?
        .with(Radios::new(group, choices).value(typed.text("verdict")))
        .with(reason_field(typed.text("reason"), words, faults))
        .button(words, "matches-send"))
}

/// The form that says that an alert was seen.
///
/// # Errors
///
/// When there is no session or no randomness.
pub(super) fn seen(
    visit: &Visit,
    opened: &OpenedTask,
    (typed, faults): (&Fields, &Faults),
) -> Result<Form, Trouble> {
    let words = &visit.words;
    Ok(Form::post(visit, &format!("/matches/{}", opened.task.id))?
        .carrying("verdict", "seen")
        .with(reason_field(typed.text("reason"), words, faults))
        .button(words, "matches-seen-send"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_one_of_the_four_words() {
        assert_eq!(verdict("same-3"), Some(Verdict::SamePerson(3)));
        assert_eq!(verdict("different"), Some(Verdict::NoMatch));
        assert_eq!(verdict("cannot-tell"), Some(Verdict::CannotTell));
        assert_eq!(verdict("seen"), Some(Verdict::Acknowledge));
    }

    #[test]
    fn rejects_any_other_word() {
        for word in ["", "same", "same-", "same--1", "same-x", "agree"] {
            assert_eq!(verdict(word), None, "{word}");
        }
    }
}
