//! Every change that was ever proposed, and every version that was ever in force.

use std::sync::Arc;

use axum::extract::State;
use jiff::civil::Date;
use stile_exchange::agency::Agency;
use stile_exchange::hub::uk_instant;
use stile_exchange::policy::{Act, Approved, Past, Proposal, ProposalState};

use super::CHANGES;
use super::edit::effect;
use super::sheet::{Form, Sheet, no_faults};
use crate::component::{
    Block, Button, Cell, Content, Field, Input, Link, Paragraph, Table, Tag, Tint,
};
use crate::form::Asked;
use crate::trouble::Paged;
use crate::visit::Signed;

/// Proposals and history; with `on`, only the version that was in force at that midnight.
pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Asked(asked): Asked,
) -> Paged {
    let words = &visit.words;
    let mut faults = no_faults(words);
    let on = asked.given("on").map(str::parse::<Date>);
    if matches!(on, Some(Err(_))) {
        faults.add("on", words.say("policy-on-wrong"));
    }
    let on = on.and_then(Result::ok);
    // What was in force during a day is what was in force when it ended.
    let at = on.and_then(|day| day.tomorrow().ok());
    let at = at.map(|next| uk_instant(next.to_datetime(jiff::civil::Time::midnight())).plus_s(-1));
    let history = agency.policy_history(&visit.person, at)?.versions;
    let proposals = agency.policy_proposals(&visit.person)?.proposals;
    let ask = Form::ask(&visit, "/policy/changes")
        .field(
            Input::new(
                Field::new("on", words.say("policy-on"))
                    .hint(words.say("policy-on-hint"))
                    .error(faults.of("on")),
            )
            .width(10)
            .value(asked.text("on")),
        )
        .button(Button::new(words.say("policy-on-show")).secondary());
    let past = Content::from(ask).then(versions(&visit, &history, on));
    let sheet = Sheet::new(&visit, words.say("policy-changes-title")).faults(&faults);
    let sheet = sheet
        .part(Block::new(
            "proposals",
            words.say("policy-proposals"),
            waiting(&visit, &proposals),
        ))
        .part(Block::new("history", words.say("policy-history"), past));
    if faults.is_empty() {
        sheet.shown(&visit)
    } else {
        sheet.shown_again(&visit)
    }
}

fn waiting(visit: &Signed, proposals: &[Proposal]) -> Content {
    let words = &visit.words;
    if proposals.is_empty() {
        return Paragraph::new(words.say("policy-proposals-none")).into();
    }
    let head = ["version", "effect", "proposed", "state"]
        .map(|key| Cell::new(words.say(&format!("policy-head-{key}"))));
    let rows = proposals.iter().map(|one| {
        let to = visit.to(&format!("/policy/changes/{}", one.version));
        let name = words.about("policy-version-short", "version", &one.version.to_string());
        vec![
            Cell::new(Link::new(name, to)),
            Cell::new(effect(words, one.effect.as_str())),
            Cell::new(did(visit, &one.proposed)),
            Cell::new(state(visit, &one.state)),
        ]
    });
    Table::new(words.say("policy-proposals"), head.into(), rows.collect())
        .hidden_caption()
        .scrolling()
}

/// `Sunita Patel, 9 March 2026, 16:20`.
pub(super) fn did(visit: &Signed, act: &Act) -> String {
    let who = visit.site.shown(&act.by);
    format!("{who}, {}", visit.words.moment(act.at))
}

/// Where a proposal stands, as a tag.
pub(super) fn state(visit: &Signed, state: &ProposalState) -> Tag {
    let (key, tint) = match state {
        ProposalState::Approved { .. } => ("approved", Tint::Teal),
        ProposalState::Failed { .. } => ("failed", Tint::Red),
        ProposalState::InForce { .. } => ("in-force", Tint::Green),
        ProposalState::Rejected { .. } => ("rejected", Tint::Red),
        ProposalState::Stale => ("stale", Tint::Orange),
        ProposalState::Superseded { .. } => ("superseded", Tint::Grey),
        ProposalState::Waiting { .. } => ("waiting", Tint::Blue),
    };
    Tag::new(visit.words.say(&format!("policy-state-{key}")), tint)
}

fn versions(visit: &Signed, history: &[Past], on: Option<Date>) -> Content {
    let words = &visit.words;
    let caption = match on {
        Some(day) => words.about("policy-history-on", "day", &words.day(day)),
        None => words.say("policy-history"),
    };
    if history.is_empty() {
        return Paragraph::new(words.say("policy-history-none")).into();
    }
    let head = ["version", "since", "until", "effect", "by", "read"]
        .map(|key| Cell::new(words.say(&format!("policy-head-{key}"))));
    let rows = history.iter().map(|one| version(visit, one));
    Table::new(caption, head.into(), rows.collect()).scrolling()
}

fn version(visit: &Signed, past: &Past) -> Vec<Cell> {
    let words = &visit.words;
    let number = past.version.to_string();
    let until = match past.until {
        Some(until) => words.moment(until),
        None => words.say("policy-still"),
    };
    let read = |key: &str, path: String| {
        let link = Link::new(words.say(key), visit.to(&path));
        Content::from(link).then(" ")
    };
    let mut ways = read(
        "policy-read-rules",
        format!("/policy/rules?version={number}"),
    )
    .then(read(
        "policy-read-matrix",
        format!("/policy?version={number}"),
    ));
    if past.until.is_some() && CHANGES.admits(Some(&visit.person)) {
        let path = format!("/policy/history/{number}/rollback");
        ways = ways.then(read("policy-read-rollback", path));
    }
    vec![
        Cell::new(words.about("policy-version-short", "version", &number)),
        Cell::new(words.moment(past.since)),
        Cell::new(until),
        Cell::new(effect(words, past.effect.as_str())),
        Cell::new(people(visit, past.proposed.as_ref(), &past.approvals)),
        Cell::new(ways),
    ]
}

/// Who proposed and who approved.
fn people(visit: &Signed, proposed: Option<&Act>, approvals: &[Approved]) -> String {
    let words = &visit.words;
    let Some(proposed) = proposed else {
        return words.say("policy-by-founding");
    };
    let who = visit.site.shown(&proposed.by);
    let mut said = words.about("policy-by-proposed", "who", &who);
    let approved: Vec<_> = approvals
        .iter()
        .map(|one| visit.site.shown(&one.act.by))
        .collect();
    if !approved.is_empty() {
        let all = words.about("policy-by-approved", "who", &approved.join(", "));
        said = format!("{said}; {all}");
    }
    said
}
