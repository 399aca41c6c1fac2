//! Why a past enquiry was answered as it was: each ruling in words, and the record of every decision. It
//! reads what was asked, so it asks why, and the reading is on record before it is shown.

use std::sync::Arc;

use axum::extract::State;
use stile_exchange::agency::Agency;
use stile_exchange::policy::looking_back::{LookAsked, PastExplained};
use stile_model::id::EnquiryId;
use stile_policy::{Decider, DecisionRecord, PastRuling};

use super::propose::refused;
use super::sheet::{Form, Sheet, english, is_first, no_faults};
use crate::both::fields;
use crate::both::part::{coded, facts, lines};
use crate::component::{Block, Button, Cell, Content, Details, Faults, Paragraph, Table};
use crate::form::Fields;
use crate::trouble::Paged;
use crate::visit::Signed;
use crate::words::Words;

/// Asks which enquiry, and why.
pub(super) async fn page(visit: Signed) -> Paged {
    let faults = no_faults(&visit.words);
    ask(&visit, &Fields::default(), &faults)
}

/// Explains it, once the reading is on record.
pub(super) async fn show(visit: Signed, State(agency): State<Arc<Agency>>, typed: Fields) -> Paged {
    let words = &visit.words;
    let mut faults = no_faults(words);
    let reason = fields::reason(&typed, words, &mut faults);
    let id: Option<EnquiryId> = typed.text("enquiry").parse().ok();
    if id.is_none() {
        faults.add("enquiry", words.say("policy-enquiry-wrong"));
    }
    let (Some(reason), Some(id)) = (reason, id) else {
        return ask(&visit, &typed, &faults);
    };
    if !is_first(&visit, typed.nonce())? {
        faults.add_to_form(words.say("policy-sent-again"));
        return ask(&visit, &typed, &faults);
    }
    let look = LookAsked { reason };
    match agency.explained_past(&visit.person, id, &look).await {
        Ok(explained) => explain(&visit, &agency, &explained),
        Err(error) if error.problem().code() == "unknown_enquiry" => {
            faults.add("enquiry", words.say("policy-enquiry-unknown"));
            ask(&visit, &typed, &faults)
        }
        Err(error) => {
            refused(error, &mut faults)?;
            ask(&visit, &typed, &faults)
        }
    }
}

fn ask(visit: &Signed, typed: &Fields, faults: &Faults) -> Paged {
    let words = &visit.words;
    let form = Form::post(visit, "/policy/enquiry")?
        .field(fields::line(
            "enquiry",
            "policy-enquiry-id",
            typed,
            words,
            faults,
        ))
        .field(fields::reason_field(typed.text("reason"), words, faults))
        .button(Button::new(words.say("policy-enquiry-show")));
    let sheet = Sheet::new(visit, words.say("policy-enquiry-title"))
        .under(words.say("policy-enquiry-what"))
        .faults(faults)
        .part(form);
    if faults.is_empty() {
        sheet.shown(visit)
    } else {
        sheet.shown_again(visit)
    }
}

fn explain(visit: &Signed, agency: &Agency, past: &PastExplained) -> Paged {
    let words = &visit.words;
    let version = match past.version {
        Some(version) => words.about("policy-version-short", "version", &version.to_string()),
        None => words.say("policy-enquiry-no-rules"),
    };
    let head = facts(vec![
        (
            words.say("policy-enquiry-id"),
            Some(past.enquiry.to_string().into()),
        ),
        (
            words.say("policy-enquiry-ruled"),
            Some(words.moment(past.ruled).into()),
        ),
        (words.say("policy-enquiry-version"), Some(version.into())),
    ]);
    let mut sheet = Sheet::new(visit, words.say("policy-enquiry-title")).part(head);
    if !past.rulings.is_empty() {
        let rulings = past.rulings.iter();
        let rulings = rulings.fold(Content::default(), |all, one| {
            all.then(ruling(words, agency, one))
        });
        sheet = sheet.part(Block::new(
            "rulings",
            words.say("policy-enquiry-rulings"),
            rulings,
        ));
    }
    let decisions = if past.decisions.is_empty() {
        Paragraph::new(words.say("policy-enquiry-no-decisions")).into()
    } else {
        let decisions = past.decisions.iter();
        decisions.fold(Content::default(), |all, one| {
            all.then(decision(visit, agency, one))
        })
    };
    sheet
        .part(Block::new(
            "decisions",
            words.say("policy-enquiry-decisions"),
            decisions,
        ))
        .shown(visit)
}

/// `s1: Police: incident, outcome`, and behind it what was said and why.
fn ruling(words: &Words, agency: &Agency, one: &PastRuling) -> Details {
    let category = agency.vocabulary.category(&one.field.category());
    let field = category.and_then(|category| category.field(one.field.name()));
    let title = match (category, field) {
        (Some(category), Some(field)) => format!("{}: {}", category.title, field.title),
        _ => one.field.to_string(),
    };
    let lines = one.explanation.lines().filter(|line| !line.is_empty());
    let said = lines.fold(Content::default(), |all, line| {
        all.then(Paragraph::new(english(words, line)))
    });
    Details::new(format!("{}, {title}", one.subject), said)
}

/// One decision: when, by whom, and what became of each category.
fn decision(visit: &Signed, agency: &Agency, one: &DecisionRecord) -> Content {
    let words = &visit.words;
    let (by, why) = match &one.by {
        Decider::Person { by, why } => {
            let by = by.iter();
            let by = by.map(|who| format!("{}, {}", visit.site.shown(&who.user), who.position));
            (lines(by), Some(why.reveal().as_str()))
        }
        Decider::Policy(_) => (words.say("policy-enquiry-by-rules").into(), None),
        Decider::Time => (words.say("policy-enquiry-by-time").into(), None),
    };
    let head = facts(vec![
        (
            words.say("policy-enquiry-return"),
            Some(one.n.to_string().into()),
        ),
        (
            words.say("policy-enquiry-at"),
            Some(words.moment(one.at).into()),
        ),
        (words.say("policy-enquiry-by"), Some(by)),
        (words.say("policy-enquiry-why"), why.map(Content::from)),
    ]);
    let rows = one.decided.iter().map(|decided| {
        let category = agency.vocabulary.category(&decided.category);
        let title = category.map_or(decided.category.as_str(), |known| known.title.as_str());
        let rules: Vec<_> = decided.rules.iter().map(ToString::to_string).collect();
        vec![
            Cell::new(decided.subject.to_string()),
            Cell::new(title),
            Cell::new(coded(words, "approvals-status", decided.status.as_str())),
            Cell::new(decided.records.to_string()).numeric(),
            Cell::new(rules.join(", ")),
        ]
    });
    let columns = ["person", "category", "status", "records", "rules"];
    let columns = columns.map(|key| Cell::new(words.say(&format!("policy-enquiry-{key}"))));
    let caption = words.about("policy-enquiry-decided", "number", &one.n.to_string());
    let table = Table::new(caption, columns.into(), rows.collect()).scrolling();
    Content::from(head).then(table)
}
