//! What was seen or heard: one after the other, and always room for one more.

use stile_exchange::hub::desk::{Knowledge, OBSERVATIONS_MAX, Observation, Referral};

use super::super::check::Check;
use super::super::told::{date, typed_date};
use super::parts::{ACCOUNT, Form, LINE};
use crate::component::{Content, Fieldset, Legend, Size};
use crate::form::Fields;

const KNOWLEDGE: [(Knowledge, &str); 2] = [
    (Knowledge::FirstHand, "first_hand"),
    (Knowledge::Reported, "reported"),
];

pub(super) fn write(referral: &Referral, typed: &mut Fields) {
    for (number, seen) in (1..).zip(&referral.observations) {
        typed.set(format!("o{number}-what"), seen.what.reveal().as_str());
        typed.set(format!("o{number}-when"), seen.when.reveal().as_str());
        typed.set(format!("o{number}-by"), seen.reported_by.reveal().as_str());
        if let Some(on) = seen.on {
            typed.set(format!("o{number}-on-day"), on.day().to_string());
            typed.set(format!("o{number}-on-month"), on.month().to_string());
            typed.set(format!("o{number}-on-year"), on.year().to_string());
        }
        typed.set(
            format!("o{number}-knowledge"),
            seen.knowledge.map_or("", knowledge_word),
        );
    }
}

/// The word of how somebody knows.
pub(in crate::hub) fn knowledge_word(knowledge: Knowledge) -> &'static str {
    let found = KNOWLEDGE.iter().find(|(one, _)| *one == knowledge);
    found.map_or("", |(_, word)| word)
}

pub(super) fn read(check: &mut Check<'_>) -> Vec<Observation> {
    let all = (1..=OBSERVATIONS_MAX).map(|number| {
        let name = |part: &str| format!("o{number}-{part}");
        let on = match typed_date(check.fields, &name("on")) {
            Some(Err(())) => {
                check.fault(&name("on-day"), "hub-fault-date");
                None
            }
            Some(Ok(date)) => Some(date),
            None => None,
        };
        let word = check.fields.text(&name("knowledge")).to_owned();
        let knowledge = KNOWLEDGE.iter().find(|(_, one)| *one == word);
        Observation {
            what: check.text(&name("what"), 0..=ACCOUNT),
            on,
            when: check.text(&name("when"), 0..=LINE),
            knowledge: knowledge.map(|(one, _)| *one),
            reported_by: check.text(&name("by"), 0..=LINE),
        }
    });
    let all: Vec<_> = all.collect();
    all.into_iter()
        .filter(|seen| *seen != Observation::default())
        .collect()
}

/// Those written, and an empty one.
pub(super) fn show(form: &Form<'_>) -> Vec<Content> {
    let is_written = |number: &usize| {
        ["what", "when", "by", "knowledge", "on-day"]
            .iter()
            .any(|part| form.typed.given(&format!("o{number}-{part}")).is_some())
    };
    let written = (1..=OBSERVATIONS_MAX).rev().find(is_written).unwrap_or(0);
    let shown = (written + 1).min(OBSERVATIONS_MAX);
    (1..=shown).map(|number| one(form, number)).collect()
}

fn one(form: &Form<'_>, number: usize) -> Content {
    let name = |part: &str| format!("o{number}-{part}");
    let words = KNOWLEDGE.map(|(_, word)| word);
    let fields = super::super::part::joined([
        form.account_as(&name("what"), "referral-seen-what"),
        date(
            &form.shown,
            form.typed,
            form.faults,
            &name("on"),
            "referral-seen-on",
        ),
        form.line_as(&name("when"), "referral-seen-when"),
        form.radios_as(
            &name("knowledge"),
            "referral-seen-knowledge",
            &words,
            "referral-knowledge",
        ),
        form.line_as(&name("by"), "referral-seen-by"),
    ]);
    let legend = form.shown.words().count("referral-seen", "number", number);
    Fieldset::new(Legend::new(legend).size(Size::M), fields).into()
}
