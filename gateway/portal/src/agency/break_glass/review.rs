//! The compulsory review of a use, by another person, who sees why it was made and exactly what was
//! released by it; that they look is on record first.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::agency::{
    Agency, GLASS_FINDINGS, GLASS_GROUNDS, GlassFinding, GlassReleased, GlassUse, OpenedUse,
};
use stile_model::id::Code;

use super::super::approvals::decision::{reason, reason_field};
use super::super::approvals::item;
use super::super::approvals::leaving::Leaving;
use super::super::asked::Told;
use super::REVIEWS;
use crate::both::part::{Form, Link, Sheet, choose, facts, kept_words, no_faults};
use crate::component::{Content, Faults, Field};
use crate::form::Fields;
use crate::trouble::{Paged, Refusal};
use crate::visit::Signed;
use crate::words::Words;

pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(id): Path<String>,
) -> Paged {
    let faults = no_faults(&visit.words);
    let opened = agency.open_use(&visit.person, item::read(&id)?).await?;
    shown(&visit, &agency, &opened, &Fields::default(), &faults)
}

/// A finding in words.
pub(super) fn said(words: &Words, finding: &Code) -> String {
    worded(words, "glass-finding", finding.as_str(), &GLASS_FINDINGS)
}

fn worded(words: &Words, prefix: &str, code: &str, all: &[(&str, &str)]) -> String {
    let meaning = all.iter().find(|(one, _)| *one == code);
    let meaning = meaning.map_or(code, |(_, meaning)| *meaning);
    words
        .of_code(prefix, code)
        .unwrap_or_else(|| meaning.to_owned())
}

fn shown(
    visit: &Signed,
    agency: &Agency,
    opened: &OpenedUse,
    typed: &Fields,
    faults: &Faults,
) -> Paged {
    let of = &opened.of;
    let words = &visit.words;
    let caption = words.about("approvals-caption", "case", of.case.as_str());
    let mut sheet = Sheet::new(words.say("glass-review-title"))
        .caption(caption)
        .faults(faults);
    sheet.add(facts(lines_of(visit, of)));
    sheet.heading(words.say("glass-released"));
    match &opened.released {
        Some(released) => add_released(&mut sheet, visit, agency, released),
        None => sheet.say(words.say("glass-nothing-released")),
    }
    let mine = of.by == visit.person.user;
    if of.review.is_none() && mine {
        sheet.say(words.say("glass-review-own"));
    } else if of.review.is_none() && REVIEWS.admits(Some(&visit.person)) {
        sheet.heading(words.say("glass-review"));
        let finding = Field::new("finding", words.say("glass-finding")).error(faults.of("finding"));
        let all = GLASS_FINDINGS.iter().map(|(code, _)| {
            let said = worded(words, "glass-finding", code, &GLASS_FINDINGS);
            (*code, Cow::Owned(said))
        });
        let form = Form::post(visit, &format!("/break-glass/{}/review", of.task))?
            .with(choose(words, finding, all, typed.text("finding")))
            .with(reason_field(typed.text("reason"), words, faults))
            .button(words, "glass-review-send");
        sheet.add(form);
    } else {
        kept_words(&mut sheet, words, typed.text("reason"));
    }
    sheet.page(visit, Some(faults))
}

/// Exactly what left, as the ledger has it, and why.
fn add_released(sheet: &mut Sheet, visit: &Signed, agency: &Agency, released: &GlassReleased) {
    let words = &visit.words;
    let told = Told {
        visit: &visit.visit,
        agency,
    };
    let entry = words.about("approvals-entry", "number", &released.permit.to_string());
    let to = visit.to(&format!("/log/{}", released.permit));
    let why = released.why.as_ref();
    sheet.add(facts(vec![
        (
            words.say("glass-head-when"),
            Some(words.moment(released.at).into()),
        ),
        (
            words.say("glass-why"),
            why.map(|why| why.reveal().as_str().into()),
        ),
        (
            words.say("approvals-recorded"),
            Some(Link::new(to, entry).into()),
        ),
    ]));
    for finding in &released.findings {
        let leaving = Leaving {
            told,
            finding,
            has_left: true,
        };
        sheet.say(leaving.title());
        leaving.add_to(sheet);
        sheet.add(leaving.held_back());
    }
}

fn lines_of(visit: &Signed, of: &GlassUse) -> Vec<(String, Option<Content>)> {
    let words = &visit.words;
    let ground = worded(words, "glass-ground", of.ground.as_str(), &GLASS_GROUNDS);
    let review = of.review.as_ref();
    vec![
        (
            words.say("glass-head-by"),
            Some(visit.site.shown(&of.by).into()),
        ),
        (
            words.say("glass-own-role"),
            Some(of.role.as_str().replace('_', " ").into()),
        ),
        (
            words.say("glass-head-when"),
            Some(words.moment(of.opened).into()),
        ),
        (words.say("glass-ground"), Some(ground.into())),
        (
            words.say("glass-why"),
            Some(of.reason.reveal().as_str().into()),
        ),
        (
            words.say("glass-review-by"),
            Some(words.moment(of.review_by).into()),
        ),
        (
            words.say("glass-reviewed-by"),
            review.map(|one| visit.site.shown(&one.by).into()),
        ),
        (
            words.say("glass-finding"),
            review.map(|one| said(words, &one.finding).into()),
        ),
        (
            words.say("glass-finding-why"),
            review.map(|one| one.reason.reveal().as_str().into()),
        ),
    ]
}

/// Takes the review, once the person has shown again who they are.
pub(super) async fn decide(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(id): Path<String>,
    typed: Fields,
) -> Paged {
    visit.must_be_fresh()?;
    let task = item::read(&id)?;
    let words = &visit.words;
    let mut faults = no_faults(words);
    let finding = typed.given("finding").and_then(|code| Code::new(code).ok());
    if finding.is_none() {
        faults.add("finding", words.say("glass-choose-finding"));
    }
    let why = reason(&typed, words, &mut faults);
    let (Some(finding), Some(why)) = (finding, why) else {
        let opened = agency.open_use(&visit.person, task).await?;
        return shown(&visit, &agency, &opened, &typed, &faults);
    };
    visit.spend(typed.nonce())?;
    let order = GlassFinding {
        finding,
        reason: why.into(),
    };
    let Err(error) = agency.review_glass(&visit.person, task, &order).await else {
        return Ok(visit.go(&format!("/break-glass/{id}/review")));
    };
    let refusal = Refusal::of(error)?;
    faults.add_to_form(refusal.said());
    let opened = agency.open_use(&visit.person, task).await?;
    let page = shown(&visit, &agency, &opened, &typed, &faults)?;
    Ok(refusal.on(page))
}
