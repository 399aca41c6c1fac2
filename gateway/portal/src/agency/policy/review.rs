//! What each rule was needed for. It reads what was asked in the past, so it asks why, and the reading is
//! on record before it is shown.

use std::sync::Arc;

use axum::extract::State;
use stile_exchange::agency::Agency;
use stile_exchange::audit::{REASONS, Reason};
use stile_exchange::policy::looking_back::{ReviewAsked, Reviewed, Span};
use stile_model::id::Code;
use stile_policy::RuleUse;

use super::edit::counted;
use super::sheet::{Bullets, Form, Sheet, english, is_first, no_faults};
use crate::component::{
    Block, Button, Cell, Choosable, Content, Faults, Field, Paragraph, Select, Table,
};
use crate::form::Fields;
use crate::trouble::Paged;
use crate::visit::Signed;
use crate::words::Words;

/// The form that asks why.
pub(super) async fn page(visit: Signed) -> Paged {
    let faults = no_faults(&visit.words);
    ask(&visit, &Fields::default(), &faults)
}

/// The review.
pub(super) async fn show(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    fields: Fields,
) -> Paged {
    let words = &visit.words;
    let mut faults = no_faults(words);
    let known = REASONS
        .iter()
        .any(|(code, _)| *code == fields.text("reason"));
    let reason = Code::new(fields.text("reason")).ok().filter(|_| known);
    if reason.is_none() {
        faults.add("reason", words.say("policy-review-reason-missing"));
    }
    let Some(reason) = reason else {
        return ask(&visit, &fields, &faults);
    };
    if !is_first(&visit, fields.nonce())? {
        faults.add_to_form(words.say("policy-sent-again"));
        return ask(&visit, &fields, &faults);
    }
    let asked = ReviewAsked {
        reason: Reason::from(reason),
        span: Span::default(),
    };
    let reviewed = agency.reviewed(&visit.person, asked).await?;
    Sheet::new(&visit, words.say("policy-review-title"))
        .under(counted(
            words,
            "policy-review-of",
            reviewed.review.enquiries,
        ))
        .parts(parts(words, &reviewed))
        .shown(&visit)
}

fn ask(visit: &Signed, fields: &Fields, faults: &Faults) -> Paged {
    let words = &visit.words;
    let none = Choosable::new("", words.say("policy-review-choose"));
    let reasons = REASONS.iter().map(|(code, _)| {
        let said = words.of_code("policy-reason", code);
        Choosable::new(*code, said.unwrap_or_else(|| (*code).to_owned()))
    });
    let field = Field::new("reason", words.say("policy-review-reason")).error(faults.of("reason"));
    let items = std::iter::once(none).chain(reasons).collect();
    let form = Form::post(visit, "/policy/review")?
        .field(Select::new(field, items).value(fields.text("reason")))
        .button(Button::new(words.say("policy-review-button")));
    let sheet = Sheet::new(visit, words.say("policy-review-title"))
        .under(words.say("policy-review-what"))
        .faults(faults)
        .part(form);
    if faults.is_empty() {
        sheet.shown(visit)
    } else {
        sheet.shown_again(visit)
    }
}

fn parts(words: &Words, reviewed: &Reviewed) -> Vec<Content> {
    let review = &reviewed.review;
    let mut parts: Vec<Content> = Vec::new();
    if review.few {
        parts.push(Paragraph::new(words.say("policy-review-few")).into());
    }
    let head = [
        "rule",
        "decided",
        "released",
        "asked-people",
        "agreed",
        "refused",
        "lapsed",
    ]
    .map(|key| Cell::new(words.say(&format!("policy-head-{key}"))));
    let rows = review.rules.iter().map(row).collect();
    let table = Table::new(words.say("policy-review-table"), head.into(), rows).scrolling();
    parts.push(Block::new("rules", words.say("policy-review-table"), table).into());
    if !review.suggestions.is_empty() {
        let items = review
            .suggestions
            .iter()
            .map(|one| english(words, &one.text));
        let list = Bullets::new(items);
        parts.push(Block::new("narrower", words.say("policy-review-narrower"), list).into());
    }
    let covered = &reviewed.covered;
    for (key, count) in [
        ("policy-past-left-out", covered.left_out),
        ("policy-past-erased", covered.erased),
    ] {
        if count > 0 {
            parts.push(Paragraph::new(counted(words, key, count)).into());
        }
    }
    parts
}

fn row(one: &RuleUse) -> Vec<Cell> {
    let number = |count: u64| Cell::new(count.to_string()).numeric();
    vec![
        Cell::new(one.rule.to_string()),
        number(one.decided),
        number(one.released),
        number(one.asked),
        number(one.agreed),
        number(one.refused),
        number(one.lapsed),
    ]
}
