//! A disclosure that is left out, for a time, of what its subject is told.

use std::borrow::Cow;

use axum::extract::Path;
use stile_exchange::audit::{Defer, GROUNDS, Ground};
use stile_model::id::Code;

use super::entry;
use crate::both::fields;
use crate::both::part::{Form, Sheet, choose, no_faults};
use crate::component::{Choice, Faults, Field, Group, Radios};
use crate::form::Fields;
use crate::trouble::{Paged, Refusal};
use crate::visit::Signed;

pub(super) async fn page(visit: Signed, Path(index): Path<String>) -> Paged {
    let faults = no_faults(&visit.words);
    shown(
        &visit,
        entry::read(&index)?,
        &Fields::default(),
        &faults,
        None,
    )
}

fn shown(
    visit: &Signed,
    index: u64,
    typed: &Fields,
    faults: &Faults,
    done: Option<String>,
) -> Paged {
    let words = &visit.words;
    let number = index.to_string();
    let title = words.about("subject-defer-title", "number", &number);
    let mut sheet = Sheet::new(title).faults(faults);
    if let Some(done) = done {
        sheet.say(done);
    }
    sheet.say(words.say("subject-defer-what"));
    let grounds = GROUNDS.iter().map(|(code, source)| {
        let said = words.of_code("subject-ground", code);
        (*code, said.map_or(Cow::Borrowed(*source), Cow::Owned))
    });
    let ground = Field::new("ground", words.say("subject-ground")).error(faults.of("ground"));
    let what = vec![
        Choice::new("defer", words.say("subject-leave-out"))
            .reveals(fields::day("until", "subject-until", typed, words, faults))
            .into(),
        Choice::new("lift", words.say("subject-put-back")).into(),
    ];
    let group = Group::new("what", words.say("subject-defer-legend")).error(faults.of("what"));
    let form = Form::post(visit, &format!("/log/{index}/deferral"))?
        .with(choose(words, ground, grounds, typed.text("ground")))
        .with(Radios::new(group, what).value(typed.text("what")))
        .button(words, "subject-defer-send");
    sheet.add(form);
    sheet.page(visit, Some(faults))
}

/// Marks it, or lifts the mark, once the person has shown again who they are.
pub(super) async fn defer(visit: Signed, Path(index): Path<String>, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let index = entry::read(&index)?;
    let words = &visit.words;
    let mut faults = no_faults(words);
    let ground = typed.given("ground").and_then(|code| Code::new(code).ok());
    if ground.is_none() {
        faults.add("ground", words.say("subject-choose-ground"));
    }
    let until = match typed.text("what") {
        "defer" => {
            let until = fields::read_day("until", &typed, words, &mut faults);
            if until.is_none() {
                faults.add("until", words.say("subject-choose-until"));
            }
            until
        }
        "lift" => None,
        _ => {
            faults.add("what", words.say("subject-choose-what"));
            None
        }
    };
    let Some(ground) = ground.filter(|_| faults.is_empty()) else {
        return shown(&visit, index, &typed, &faults, None);
    };
    visit.spend(typed.nonce())?;
    let ask = Defer {
        ground: Ground::from(ground),
        until,
    };
    let gateway = &visit.site.gateway;
    let deferral = match gateway.defer(&visit.person, index, &ask).await {
        Ok(deferral) => deferral,
        Err(error) => {
            let refusal = Refusal::of(error)?;
            match refusal.code() {
                "out_of_bounds" => faults.add("until", words.say("subject-until-bounds")),
                "unknown_ground" => faults.add("ground", words.say("subject-choose-ground")),
                "not_a_disclosure" => faults.add_to_form(words.say("subject-not-a-disclosure")),
                _ => faults.add_to_form(refusal.said()),
            }
            return Ok(refusal.on(shown(&visit, index, &typed, &faults, None)?));
        }
    };
    let done = match deferral.until {
        Some(until) => words.about("subject-deferred", "day", &words.day(until)),
        None => words.say("subject-lifted"),
    };
    shown(
        &visit,
        index,
        &Fields::default(),
        &no_faults(words),
        Some(done),
    )
}
