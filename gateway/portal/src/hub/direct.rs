//! Forms that direct a case: who works on it, how urgent it is, whom to ask for help.

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_exchange::hub::desk::{ChangePriority, ESCALATION_REASONS, Escalate, PRIORITY_REASONS};
use stile_model::code::Priority;
use stile_model::id::{CaseId, UserId};

use super::case_form::{CaseForm, Questions, account, choose, seen};
use super::check::{Check, none};
use super::part::paragraph;
use super::shown::Shown;
use crate::component::Choice;
use crate::component::{Content, Faults, Field, Group, Input, Item, Radios};
use crate::form::{Asked, Fields};
use crate::trouble::Paged;
use crate::visit::Signed;

/// Who may work on it.
pub(crate) async fn allocate_form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "allocate");
    allocate_page(form, &Fields::default(), &none(&form.shown())).await
}

async fn allocate_page(form: CaseForm<'_>, typed: &Fields, faults: &Faults) -> Paged {
    let colleagues = form.hub.colleagues(&form.visit.person)?;
    form.show(typed, faults, |shown, opened| {
        let worker = opened.page.work.allocated().map(|(user, _)| user);
        let others = colleagues.iter().filter(|one| worker != Some(&one.user));
        let items = others.map(|one| {
            let arguments = [("open", one.open.into()), ("risk", one.at_risk.into())];
            let load = shown.words().with("case-allocate-load", arguments);
            let choice = Choice::new(one.user.as_str(), shown.user(&one.user));
            Item::from(choice.hint(load))
        });
        let group = Group::new("to", shown.say("case-allocate-to")).error(faults.of("to"));
        let now = match worker {
            Some(user) => shown
                .words()
                .about("case-allocate-now", "who", &shown.user(user)),
            None => shown.say("case-allocate-nobody"),
        };
        Questions {
            intro: paragraph(&now),
            fields: vec![
                Radios::new(group, items.collect())
                    .value(typed.text("to"))
                    .into(),
            ],
            button: Some(shown.say("case-form-allocate")),
        }
    })
    .await
}

/// Gives it to somebody.
pub(crate) async fn allocate(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "allocate");
    let mut check = Check::new(form.shown(), &fields);
    let to = UserId::new(fields.text("to")).ok();
    if to.is_none() {
        check.fault("to", "hub-fault-choose");
    }
    if let Some(to) = to {
        let doing = hub.allocate(&visit.person, &case, &to, seen(&fields)?);
        if let Some(done) = form.send(&mut check, doing, "").await? {
            return Ok(done);
        }
    }
    allocate_page(form, &fields, &check.faults).await
}

/// The form of another rating.
pub(crate) async fn priority_form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "priority");
    priority_page(form, &Fields::default(), &none(&form.shown())).await
}

async fn priority_page(form: CaseForm<'_>, typed: &Fields, faults: &Faults) -> Paged {
    form.show(typed, faults, |shown, opened| {
        let now = opened.page.case.matter.priority;
        let others = Priority::ALL.iter().rev().filter(|one| **one != now);
        let items = others.map(|one| {
            let choice = Choice::new(one.as_str(), shown.priority(*one));
            match shown.vocabulary().clock(*one) {
                Some(clock) => {
                    let key = if clock.working_hours {
                        "case-within-working"
                    } else {
                        "case-within"
                    };
                    let hint = shown.words().with(key, [("hours", clock.hours.into())]);
                    Item::from(choice.hint(hint))
                }
                None => Item::from(choice.hint(shown.say("hub-timing-none"))),
            }
        });
        let group = Group::new("to", shown.say("case-priority-to")).error(faults.of("to"));
        let reasons = coded(shown, "case-priority-reason", &PRIORITY_REASONS);
        Questions {
            intro: paragraph(&shown.say("case-priority-what")),
            fields: vec![
                Radios::new(group, items.collect())
                    .value(typed.text("to"))
                    .into(),
                choose(shown, typed, faults, "reason", "case-reason-label", reasons),
                account(shown, typed, faults, "why", "case-why"),
            ],
            button: Some(shown.say("case-form-priority")),
        }
    })
    .await
}

/// Codes with their words.
fn coded(shown: &Shown<'_>, prefix: &str, codes: &[&str]) -> Vec<(String, String)> {
    codes
        .iter()
        .map(|code| ((*code).to_owned(), shown.coded(prefix, code)))
        .collect()
}

/// Changes the rating.
pub(crate) async fn priority(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "priority");
    let mut check = Check::new(form.shown(), &fields);
    let to = fields.text("to").parse::<Priority>().ok();
    if to.is_none() {
        check.fault("to", "hub-fault-choose");
    }
    let reason = check.code("reason");
    let why = check.text("why", 10..=2_000);
    if let (Some(to), Some(reason), true) = (to, reason, check.faults.is_empty()) {
        let change = ChangePriority { to, reason, why };
        let doing = hub.change_priority(&visit.person, &case, &change, seen(&fields)?);
        if let Some(done) = form.send(&mut check, doing, "").await? {
            return Ok(done);
        }
    }
    priority_page(form, &fields, &check.faults).await
}

/// The form that asks for help; the agency and the reason may stand in its address.
pub(crate) async fn escalate_form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    Asked(asked): Asked,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "escalate");
    escalate_page(form, &asked, &none(&form.shown())).await
}

async fn escalate_page(form: CaseForm<'_>, typed: &Fields, faults: &Faults) -> Paged {
    form.show(typed, faults, |shown, opened| {
        let agencies = opened.answers.agencies.iter();
        let agencies = agencies.map(|one| {
            let words = if one.contact.is_empty() {
                one.name.clone()
            } else {
                format!("{} ({})", one.name, one.contact)
            };
            (one.agency.to_string(), words)
        });
        let reasons = coded(shown, "case-escalate-reason", &ESCALATION_REASONS);
        let to = Field::new("to", shown.say("case-escalate-to"))
            .hint(shown.say("case-escalate-to-hint"))
            .error(faults.of("to"));
        Questions {
            intro: paragraph(&shown.say("case-escalate-what")),
            fields: vec![
                choose(
                    shown,
                    typed,
                    faults,
                    "agency",
                    "case-escalate-agency",
                    agencies,
                ),
                Content::from(Input::new(to).value(typed.text("to"))),
                choose(shown, typed, faults, "reason", "case-reason-label", reasons),
                account(shown, typed, faults, "note", "case-escalate-note"),
            ],
            button: Some(shown.say("case-form-escalate")),
        }
    })
    .await
}

/// Records that help was asked for.
pub(crate) async fn escalate(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "escalate");
    let mut check = Check::new(form.shown(), &fields);
    let agency = check.member("agency");
    let to = check.text("to", 1..=200);
    let reason = check.code("reason");
    let note = check.text("note", 10..=2_000);
    if let (Some(reason), true) = (reason, check.faults.is_empty()) {
        let escalate = Escalate {
            agency,
            to,
            reason,
            note,
        };
        let doing = hub.escalate(&visit.person, &case, &escalate);
        if let Some(done) = form.send(&mut check, doing, "/log").await? {
            return Ok(done);
        }
    }
    escalate_page(form, &fields, &check.faults).await
}
