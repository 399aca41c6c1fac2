//! An officer proposes what they wrote: what it changes once more, why, and from when.

use std::sync::Arc;

use axum::extract::State;
use jiff::civil::{Date, Time};
use stile_exchange::agency::Agency;
use stile_exchange::error::ExchangeError;
use stile_exchange::hub::uk_instant;
use stile_exchange::policy::{Sketch, SketchChecked};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;

use super::edit::{made_from, outcome, over, way};
use super::remarks::mistakes;
use super::sheet::{Form, Sheet, is_first, no_faults};
use crate::both::part::verbatim;
use crate::component::{
    Button, Content, DateInput, DatePart, Faults, Field, Group, Input, Paragraph, Textarea,
};
use crate::form::Fields;
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;
use crate::words::Words;

/// What would be proposed, and the form.
pub(super) async fn page(visit: Signed, State(agency): State<Arc<Agency>>) -> Paged {
    let faults = no_faults(&visit.words);
    again(&visit, &agency, &Fields::default(), &faults).await
}

/// Proposes it. Who proposes has shown a moment ago who they are.
pub(super) async fn propose(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    fields: Fields,
) -> Paged {
    visit.must_be_fresh()?;
    let mut faults = no_faults(&visit.words);
    reason(&visit.words, &fields, &mut faults);
    let from = moment(&visit.words, &fields, visit.now(), &mut faults);
    if faults.is_empty() && !is_first(&visit, fields.nonce())? {
        faults.add_to_form(visit.words.say("policy-sent-again"));
    }
    if faults.is_empty() {
        let why = Redacted::new(fields.text("why").to_owned());
        // Only what this page showed is proposed, and it is forgotten in the same step.
        let proposed = agency.propose_policy_sketch(&visit.person, over(&fields), why, from);
        match proposed.await {
            Ok(proposed) => {
                if let Some(proposal) = proposed.proposal {
                    return Ok(visit.go(&format!("/policy/changes/{}", proposal.version)));
                }
                faults.add_to_form(visit.words.say("policy-propose-stopped"));
            }
            Err(ExchangeError::Refused(problem)) if problem.code() == "sketch_overtaken" => {
                faults.add_to_form(visit.words.say("policy-edit-saved-elsewhere"));
            }
            Err(ExchangeError::Refused(problem)) if problem.code() == "sketch_outdated" => {
                faults.add_to_form(visit.words.say("policy-propose-outdated"));
            }
            Err(error) => refused(error, &mut faults)?,
        }
    }
    again(&visit, &agency, &fields, &faults).await
}

/// The page with what was typed, over the texts as they are saved now.
async fn again(visit: &Signed, agency: &Arc<Agency>, fields: &Fields, faults: &Faults) -> Paged {
    let sketch = agency.policy_sketch(&visit.person)?;
    let checked = agency.check_policy_sketch(&visit.person).await?;
    show(visit, (&sketch, &checked), fields, faults)
}

/// What a use case refused, at the top of the form it came from.
///
/// # Errors
///
/// What is no matter of the form.
pub(super) fn refused(error: ExchangeError, faults: &mut Faults) -> Result<(), Trouble> {
    match error {
        ExchangeError::Refused(problem) if matches!(problem.status, 403 | 409 | 422) => {
            faults.add_to_form(problem.title.clone());
            Ok(())
        }
        error => Err(error.into()),
    }
}

/// Marks a reason that says too little or too much.
pub(super) fn reason(words: &Words, fields: &Fields, faults: &mut Faults) {
    if !(10..=500).contains(&fields.text("why").chars().count()) {
        faults.add("why", words.say("policy-why-wrong"));
    }
}

/// The field of a reason, with what was typed.
pub(super) fn why(words: &Words, label: &str, fields: &Fields, faults: &Faults) -> Textarea {
    let field = Field::new("why", words.say(label))
        .hint(words.say("policy-why-hint"))
        .error(faults.of("why"));
    Textarea::new(field).rows(3).value(fields.text("why"))
}

/// The moment asked for, by UK clocks; none where no date was typed.
fn moment(
    words: &Words,
    fields: &Fields,
    now: Timestamp,
    faults: &mut Faults,
) -> Option<Timestamp> {
    let parts = ["from-day", "from-month", "from-year"].map(|name| fields.text(name));
    let time = fields.text("from-time");
    if parts.iter().all(|part| part.is_empty()) && time.is_empty() {
        return None;
    }
    let [day, month, year] = parts;
    let date = day
        .parse()
        .ok()
        .zip(month.parse().ok())
        .zip(year.parse().ok());
    let date = date.and_then(|((day, month), year)| Date::new(year, month, day).ok());
    let clock = clock(time);
    if date.is_none() {
        faults.add("from", words.say("policy-from-wrong"));
    }
    if clock.is_none() {
        faults.add("from-time", words.say("policy-from-time-wrong"));
    }
    let at = uk_instant(date?.to_datetime(clock?));
    if at < now {
        faults.add("from", words.say("policy-from-past"));
        return None;
    }
    Some(at)
}

/// `14:30`; midnight where nothing was typed.
fn clock(text: &str) -> Option<Time> {
    if text.is_empty() {
        return Some(Time::midnight());
    }
    let (hour, minute) = text.split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn show(
    visit: &Signed,
    (sketch, checked): (&Sketch, &SketchChecked),
    fields: &Fields,
    faults: &Faults,
) -> Paged {
    let words = &visit.words;
    let sheet = Sheet::new(visit, words.say("policy-propose-title"))
        .back(words.say("policy-propose-back"), visit.to("/policy/edit"))
        .faults(faults)
        .mistakes(words, mistakes(&checked.remarks))
        .parts(outcome(words, checked, false));
    let sheet = if checked.tried.is_some() {
        sheet.part(form(visit, sketch, fields, faults)?)
    } else {
        let sheet = sheet
            .part(Paragraph::new(words.say("policy-propose-stopped")))
            .part(way(visit));
        match fields.given("why") {
            Some(why) => sheet.part(verbatim(words.say("parts-kept-words"), why)),
            None => sheet,
        }
    };
    if faults.is_empty() {
        sheet.shown(visit)
    } else {
        sheet.shown_again(visit)
    }
}

fn form(
    visit: &Signed,
    sketch: &Sketch,
    fields: &Fields,
    faults: &Faults,
) -> Result<Content, Trouble> {
    let words = &visit.words;
    let part = |name: &str| {
        let typed = fields.text(&format!("from-{name}"));
        DatePart::new(name, words.say(&format!("policy-from-{name}")), typed)
    };
    let group = Group::new("from", words.say("policy-from"))
        .hint(words.say("policy-from-hint"))
        .error(faults.of("from"));
    let time = Field::new("from-time", words.say("policy-from-time"))
        .hint(words.say("policy-from-time-hint"))
        .error(faults.of("from-time"));
    let form = Form::post(visit, "/policy/propose")?
        .carrying("over", made_from(sketch))
        .field(why(words, "policy-propose-why", fields, faults))
        .field(DateInput::new(
            group,
            [part("day"), part("month"), part("year")],
        ))
        .field(Input::new(time).width(5).value(fields.text("from-time")))
        .button(Button::new(words.say("policy-propose-button")));
    Ok(form.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_write_it() {
        assert_eq!(clock("14:30"), Time::new(14, 30, 0, 0).ok());
        assert_eq!(clock(""), Some(Time::midnight()));
    }

    #[test]
    fn rejects_what_no_clock_shows() {
        for text in ["25:00", "14", "14:60", "noon", "-1:00"] {
            assert_eq!(clock(text), None, "{text}");
        }
    }
}
