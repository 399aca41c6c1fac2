//! The table of agencies: who has answered what, and what can be done about the rest.

use stile_exchange::hub::{AgencyAnswer, Answers, State};
use stile_model::id::{CaseId, Code};

use super::part::link;
use super::shown::Shown;
use crate::component::{AgencyState, Cell, Content, Table};

/// Where an agency stands, as its line says it.
pub(super) fn state(one: &AgencyAnswer) -> AgencyState {
    match &one.state {
        _ if one.to_confirm > 0 => AgencyState::MatchToConfirm,
        State::InPart if one.referred > 0 && one.items == 0 => AgencyState::WithDecisionMaker,
        State::InPart => AgencyState::AnsweredInPart,
        State::Answered if one.items == 0 && one.withheld == 0 && one.gaps > 0 => {
            AgencyState::NotChecked
        }
        State::Answered if one.withheld > 0 || one.gaps > 0 => AgencyState::AnsweredInPart,
        State::Answered if one.items == 0 => AgencyState::NothingHeld,
        State::Answered => AgencyState::Answered,
        State::Refused { .. } => AgencyState::Refused,
        State::Unreachable { .. } => AgencyState::SystemOffline,
        State::Busy { .. } | State::Superseded | State::Waiting => AgencyState::Asked,
    }
}

/// The table.
pub(super) fn table(shown: &Shown<'_>, case: &CaseId, answers: &Answers) -> Content {
    let head = ["agency", "status", "came", "time", "action"];
    let head = head.map(|part| Cell::new(shown.say(&format!("case-head-{part}"))));
    let rows = answers.agencies.iter().map(|one| {
        vec![
            Cell::new(&one.name),
            Cell::new(state(one).tag(shown.words())),
            Cell::new(came(shown, one)),
            Cell::new(time(shown, answers, one)),
            Cell::new(action(shown, case, one)),
        ]
    });
    Table::new(
        shown.say("case-agencies-table"),
        head.into(),
        rows.collect(),
    )
    .hidden_caption()
    .scrolling()
}

/// What came back, in numbers.
fn came(shown: &Shown<'_>, one: &AgencyAnswer) -> String {
    let words = shown.words();
    match &one.state {
        State::Waiting | State::Superseded => return shown.say("case-came-nothing-yet"),
        State::Busy { next_try } => {
            return words.about("case-came-busy", "when", &words.moment(*next_try));
        }
        State::Unreachable { last_tried, .. } => {
            return words.about("case-came-retrying", "when", &words.moment(*last_tried));
        }
        State::Refused { code, title } => {
            let known = words.of_code("case-refusal", code);
            return known.unwrap_or_else(|| title.clone());
        }
        State::Answered | State::InPart => {}
    }
    let numbers = [
        ("case-came-items", one.items),
        ("case-came-withheld", one.withheld),
        ("case-came-referred", one.referred),
        ("case-came-to-confirm", one.to_confirm),
        ("case-came-gaps", one.gaps),
    ];
    let mut said: Vec<_> = numbers
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .map(|(key, number)| words.count(key, "number", number))
        .collect();
    if !one.deciders.is_empty() {
        said.push(words.about("case-came-with", "who", &deciders(shown, &one.deciders)));
    }
    if said.is_empty() {
        shown.say("case-came-none")
    } else {
        said.join(", ")
    }
}

fn deciders(shown: &Shown<'_>, codes: &[Code]) -> String {
    let approvers = &shown.vocabulary().approvers;
    let names = codes.iter().map(|code| {
        let term = approvers.iter().find(|term| term.code == *code);
        term.map_or_else(|| code.to_string(), |term| term.name.clone())
    });
    names.collect::<Vec<_>>().join(", ")
}

fn time(shown: &Shown<'_>, answers: &Answers, one: &AgencyAnswer) -> String {
    match (&one.state, one.decision_due) {
        (State::InPart, Some(due)) => {
            let when = shown.words().near(due, answers.at);
            shown.words().about("hub-due", "when", &when)
        }
        (State::Busy { .. } | State::Waiting | State::Unreachable { .. }, _) => "—".to_owned(),
        _ => shown.words().near(one.since, answers.at),
    }
}

/// The one thing that can be done next.
fn action(shown: &Shown<'_>, case: &CaseId, one: &AgencyAnswer) -> Content {
    let (key, page) = match &one.state {
        _ if one.to_confirm > 0 => ("case-do-matches", format!("matches#{}", one.agency)),
        State::Answered if one.items == 0 && one.withheld == 0 => return Content::default(),
        State::Answered => ("case-do-view", format!("findings#{}", one.agency)),
        State::InPart if one.items > 0 => ("case-do-view", format!("findings#{}", one.agency)),
        State::Busy { .. } | State::InPart | State::Waiting => {
            ("case-do-chase", format!("escalate?agency={}", one.agency))
        }
        State::Unreachable { .. } | State::Refused { .. } => {
            ("case-do-telephone", format!("told?agency={}", one.agency))
        }
        State::Superseded => return Content::default(),
    };
    let to = shown.visit.to(&format!("/cases/{case}/{page}"));
    link(to, Content::from(shown.say(key)).hidden(&one.name)).into()
}
