//! What was told by word of mouth: the same record as if it had gone through the gateway.

use std::sync::Arc;

use axum::extract::{Path, State};
use jiff::civil::{Date, Time};
use stile_exchange::evidence::VERBAL_GROUNDS;
use stile_exchange::hub::{Hub, uk_civil, uk_instant};
use stile_exchange::verbal::Telling;
use stile_model::id::{CaseId, CategoryId};
use stile_model::time::Timestamp;

use super::case_form::{CaseForm, Questions, account, choose};
use super::check::{Check, none};
use super::part::paragraph;
use super::shown::Shown;
use crate::component::{
    Checkboxes, Choice, Content, DateInput, DatePart, Faults, Field, Group, Input, Item,
};
use crate::form::{Asked, Fields};
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;

/// The form; the agency may stand in its address.
pub(crate) async fn form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    Asked(mut asked): Asked,
) -> Paged {
    let shown = Shown::new(&visit, &hub);
    let now = uk_civil(visit.now());
    for (name, value) in [
        ("said-day", now.day().to_string()),
        ("said-month", now.month().to_string()),
        ("said-year", now.year().to_string()),
        ("time", format!("{:02}:{:02}", now.hour(), now.minute())),
    ] {
        asked.set(name, value);
    }
    page(&visit, &hub, &case, &asked, &none(&shown)).await
}

async fn page(visit: &Signed, hub: &Hub, case: &CaseId, typed: &Fields, faults: &Faults) -> Paged {
    CaseForm::new(hub, visit, case, "told")
        .show(typed, faults, |shown, _| Questions {
            intro: paragraph(&shown.say("case-told-what")),
            fields: questions(shown, typed, faults),
            button: Some(shown.say("case-told-send")),
        })
        .await
}

fn questions(shown: &Shown<'_>, typed: &Fields, faults: &Faults) -> Vec<Content> {
    let line = |name: &str, key: &str| {
        let field = Field::new(name, shown.say(key)).error(faults.of(name));
        Content::from(Input::new(field).value(typed.text(name)))
    };
    let grounds = VERBAL_GROUNDS
        .iter()
        .map(|code| ((*code).to_owned(), shown.coded("case-ground", code)));
    let directory = shown.hub.directory.load();
    let members = directory
        .members
        .iter()
        .filter(|member| member.kind.is_some());
    let members: Vec<_> = members
        .map(|member| (member.id.to_string(), member.name.clone()))
        .collect();
    let categories = shown
        .vocabulary()
        .categories
        .iter()
        .map(|category| Item::from(Choice::new(category.id.as_str(), category.title.as_str())));
    let boxes =
        Group::new("category", shown.say("case-told-categories")).error(faults.of("category"));
    vec![
        line("teller", "case-told-teller"),
        line("told", "case-told-told"),
        choose(
            shown,
            typed,
            faults,
            "agency",
            "case-told-recipient",
            members,
        ),
        date(shown, typed, faults, "said", "case-told-when"),
        line("time", "case-told-time"),
        choose(shown, typed, faults, "ground", "case-told-ground", grounds),
        Checkboxes::new(boxes, categories.collect())
            .values(typed.list("category"))
            .small()
            .into(),
        account(shown, typed, faults, "account", "case-told-account"),
    ]
}

/// A date in three parts, as it was typed.
pub(super) fn date(
    shown: &Shown<'_>,
    typed: &Fields,
    faults: &Faults,
    name: &str,
    key: &str,
) -> Content {
    let part = |part: &str| {
        let words = shown.say(&format!("hub-date-{part}"));
        DatePart::new(part, words, typed.text(&format!("{name}-{part}")))
    };
    let group = Group::new(name, shown.say(key)).error(faults.of(&format!("{name}-day")));
    DateInput::new(group, [part("day"), part("month"), part("year")]).into()
}

/// The date that was typed; none, where nothing was.
pub(super) fn typed_date(fields: &Fields, name: &str) -> Option<Result<Date, ()>> {
    let part = |part: &str| fields.text(&format!("{name}-{part}")).to_owned();
    let (day, month, year) = (part("day"), part("month"), part("year"));
    if [&day, &month, &year].iter().all(|part| part.is_empty()) {
        return None;
    }
    let date = || {
        let year = year.parse().ok().filter(|year| *year >= 1_900)?;
        Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
    };
    Some(date().ok_or(()))
}

fn said(check: &mut Check<'_>) -> Option<Timestamp> {
    let date = typed_date(check.fields, "said").and_then(Result::ok);
    if date.is_none() {
        check.fault("said-day", "hub-fault-date");
    }
    let time: Option<Time> = check.fields.text("time").parse().ok();
    if time.is_none() {
        check.fault("time", "hub-fault-time");
    }
    Some(uk_instant(date?.to_datetime(time?)))
}

/// Records it.
pub(crate) async fn record(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    let mut check = Check::new(Shown::new(&visit, &hub), &fields);
    let teller = check.text("teller", 1..=200);
    let told = check.text("told", 1..=200);
    let recipient = check.member("agency");
    let said = said(&mut check);
    let ground = check.code("ground");
    let categories: Result<Vec<_>, _> = fields.all("category").map(CategoryId::new).collect();
    let categories = categories.map_err(|_| Trouble::NotTheForm)?;
    if categories.is_empty() || categories.len() > 40 {
        check.fault("category", "case-told-categories-fault");
    }
    let account = check.text("account", 10..=2_000);
    if let (Some(said), Some(ground), true) = (said, ground, check.faults.is_empty()) {
        visit.spend(fields.nonce())?;
        let telling = Telling {
            purpose: hub.case(&case)?.matter.purpose,
            case: case.clone(),
            enquiry: None,
            ground,
            said,
            teller,
            told,
            recipient,
            categories,
            account,
        };
        match hub.record_telling(&visit.person, &telling).await {
            Ok(_) => return Ok(visit.go(&format!("/cases/{case}/log"))),
            Err(error) => check.refused(error)?,
        }
    }
    let faults = check.faults;
    page(&visit, &hub, &case, &fields, &faults).await
}
