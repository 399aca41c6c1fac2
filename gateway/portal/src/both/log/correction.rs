//! An earlier entry is marked as wrong. Nothing is ever changed: a new entry says what is wrong with the
//! old one, and why.

use std::borrow::Cow;

use axum::extract::Path;
use stile_exchange::correct::Mistake;
use stile_exchange::evidence::CORRECTIONS;
use stile_model::id::{CaseId, Code};

use super::entry;
use crate::both::fields;
use crate::both::part::{Form, Sheet, choose, coded, no_faults};
use crate::component::{Faults, Field, Textarea};
use crate::form::Fields;
use crate::trouble::{Paged, Refusal};
use crate::visit::Signed;

/// How long the note may be, in characters; the gateway checks the same.
const NOTE: std::ops::RangeInclusive<usize> = 10..=2_000;

pub(super) async fn page(visit: Signed, Path(index): Path<String>) -> Paged {
    let faults = no_faults(&visit.words);
    shown(&visit, entry::read(&index)?, &Fields::default(), &faults)
}

fn shown(visit: &Signed, index: u64, typed: &Fields, faults: &Faults) -> Paged {
    let words = &visit.words;
    let title = words.about("log-correct-title", "number", &index.to_string());
    let mut sheet = Sheet::new(title).faults(faults);
    sheet.say(words.say("log-correct-what"));
    let why = Field::new("why", words.say("log-correct-why")).error(faults.of("why"));
    let codes = CORRECTIONS
        .iter()
        .map(|code| (*code, Cow::Owned(coded(words, "log-correct", code))));
    let note = Field::new("note", words.say("log-correct-note"))
        .hint(words.say("log-correct-note-hint"))
        .error(faults.of("note"));
    let form = Form::post(visit, &format!("/log/{index}/correction"))?
        .with(choose(words, why, codes, typed.text("why")))
        .with(Textarea::new(note).value(typed.text("note")))
        .with(fields::line(
            "case",
            "log-correct-case",
            typed,
            words,
            faults,
        ))
        .button(words, "log-correct-send");
    sheet.add(form);
    sheet.page(visit, Some(faults))
}

/// Marks it, once the person has shown again who they are.
pub(super) async fn mark(visit: Signed, Path(index): Path<String>, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let index = entry::read(&index)?;
    let words = &visit.words;
    let mut faults = no_faults(words);
    let reason = typed.given("why").and_then(|code| Code::new(code).ok());
    if reason.is_none() {
        faults.add("why", words.say("log-correct-choose"));
    }
    let note = typed.text("note");
    if !NOTE.contains(&note.chars().count()) {
        faults.add("note", words.say("log-correct-note-length"));
    }
    let case = typed.given("case").map(CaseId::new).transpose();
    if case.is_err() {
        faults.add("case", words.say("log-no-case"));
    }
    let (Some(reason), Ok(case), true) = (reason, case, faults.is_empty()) else {
        return shown(&visit, index, &typed, &faults);
    };
    visit.spend(typed.nonce())?;
    let mistake = Mistake {
        reason,
        note: note.to_owned().into(),
        case,
    };
    let marked = visit.site.gateway.correct(&visit.person, index, &mistake);
    match marked.await {
        Ok(noted) => {
            let mut sheet = Sheet::new(words.say("log-corrected"));
            let number = noted.index.to_string();
            sheet.say(words.about("log-corrected-what", "number", &number));
            sheet.page(&visit, None)
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            faults.add_to_form(refusal.said());
            Ok(refusal.on(shown(&visit, index, &typed, &faults)?))
        }
    }
}
