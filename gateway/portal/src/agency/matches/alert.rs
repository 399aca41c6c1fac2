//! An alert: something sealed was asked about. The hub heard what it hears of anybody; the named person
//! hears of it here.

use stile_exchange::agency::{Agency, Alert, OpenedTask};

use super::super::asked::Told;
use super::decision;
use crate::both::part::{Sheet, coded, facts, kept_words};
use crate::component::{Content, Faults};
use crate::form::Fields;
use crate::trouble::Paged;
use crate::visit::Signed;

pub(super) fn page(
    visit: &Signed,
    agency: &Agency,
    (opened, alert): (&OpenedTask, &Alert),
    (typed, faults): (&Fields, &Faults),
) -> Paged {
    let words = &visit.words;
    let told = Told {
        visit: &visit.visit,
        agency,
    };
    let mut sheet = Sheet::new(words.say("matches-alert")).faults(faults);
    sheet.say(words.say("matches-alert-what"));
    let category = alert.category.as_ref();
    let category = category.map(|id| {
        let known = agency.vocabulary.category(id);
        Content::from(known.map_or_else(|| id.to_string(), |known| known.title.clone()))
    });
    let whole = words.say("matches-alert-whole-person");
    let task = &opened.task;
    sheet.add(facts(vec![
        (
            words.say("matches-alert-about"),
            Some(category.unwrap_or_else(|| whole.into())),
        ),
        (
            words.say("approvals-state"),
            Some(
                coded(
                    words,
                    "approvals-state",
                    super::super::approvals::item::state(task.state),
                )
                .into(),
            ),
        ),
        (
            words.say("matches-asked-at"),
            Some(words.moment(task.made).into()),
        ),
        (
            words.say("approvals-due"),
            Some(words.moment(task.due).into()),
        ),
    ]));
    match &opened.asking {
        Some(asking) => {
            sheet.heading(words.say("approvals-about-whom"));
            sheet.add(told.person(asking));
            sheet.heading(words.say("approvals-who-asks"));
            sheet.add(told.request(asking));
        }
        None => sheet.say(words.say("matches-alert-presence")),
    }
    if task.ended.is_none() {
        sheet.heading(words.say("matches-seen"));
        sheet.add(decision::seen(visit, opened, (typed, faults))?);
    } else {
        kept_words(&mut sheet, words, typed.text("reason"));
    }
    sheet.page(visit, Some(faults))
}
