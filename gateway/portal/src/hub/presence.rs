//! Who knows a person of the case: asked only when a researcher asks, shown with what it does not say.

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::hub::{CasePresence, CheckPresence, Hub, PresenceStatus};
use stile_model::id::{CaseId, SubjectId};

use super::case_form::{CaseForm, Questions};
use super::check::{Check, none};
use super::part::{joined, link, paragraph, with_small};
use super::shown::Shown;
use crate::component::{Cell, Choice, Content, Faults, Group, Item, Radios, Table, Tag, Tint};
use crate::form::Fields;
use crate::trouble::Paged;
use crate::visit::Signed;

/// What was found out, and the form that finds out.
pub(crate) async fn form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let faults = none(&Shown::new(&visit, &hub));
    page(&visit, &hub, &case, &Fields::default(), &faults).await
}

async fn page(visit: &Signed, hub: &Hub, case: &CaseId, typed: &Fields, faults: &Faults) -> Paged {
    let kept = hub.read_presence(&visit.person, case).await?;
    CaseForm::new(hub, visit, case, "presence")
        .show(typed, faults, |shown, opened| {
            let subjects = &opened.page.case.matter.subjects;
            let items = subjects.iter().map(|one| {
                let choice = Choice::new(one.id.as_str(), shown.name(one));
                Item::from(choice.hint(shown.role(&one.role)))
            });
            let group = Group::new("subject", shown.say("enquiry-presence-whom"))
                .error(faults.of("subject"));
            let mut intro = vec![
                paragraph(&shown.say("enquiry-presence-what")),
                paragraph(&shown.say("enquiry-presence-not-absence")),
            ];
            for one in &kept {
                let name = subjects.iter().find(|subject| subject.id == one.subject);
                let name = name.map_or_else(|| one.subject.to_string(), |one| shown.name(one));
                intro.push(found(shown, case, &name, one));
            }
            Questions {
                intro: joined(intro),
                fields: vec![
                    Radios::new(group, items.collect())
                        .value(typed.text("subject"))
                        .into(),
                ],
                button: Some(shown.say("enquiry-presence-check")),
            }
        })
        .await
}

/// What one check came to: the agencies, and whom to ask first.
fn found(shown: &Shown<'_>, case: &CaseId, name: &str, one: &CasePresence) -> Content {
    let head = ["agency", "status", "contact"];
    let head = head.map(|part| Cell::new(shown.say(&format!("enquiry-head-{part}"))));
    let rows = one.agencies.iter().map(|line| {
        let (word, tint) = status(line.status);
        let word = shown.say(&format!("enquiry-presence-{word}"));
        let mut more: Vec<Content> = Vec::new();
        if line.by_name {
            more.push(shown.say("enquiry-presence-by-name").into());
        }
        more.extend(line.code.as_ref().map(|code| {
            let code = shown.coded("enquiry-presence-code", code);
            Content::from(code)
        }));
        vec![
            Cell::new(&line.name),
            Cell::new(with_small(Tag::new(word, tint), more)),
            Cell::new(&line.contact),
        ]
    });
    let arguments = [
        ("name", name.to_owned().into()),
        ("when", shown.words().moment(one.checked).into()),
    ];
    let caption = shown.words().with("enquiry-presence-of", arguments);
    let table = Table::new(caption, head.into(), rows.collect()).scrolling();
    let first: Vec<_> = one.ask_first.iter().map(|id| shown.member(id)).collect();
    if first.is_empty() {
        return joined([
            table,
            paragraph(&shown.say("enquiry-presence-nobody-first")),
        ]);
    }
    let who = one.ask_first.iter().map(ToString::to_string);
    let query = who.collect::<Vec<_>>().join("&agency=");
    let to = shown.visit.to(&format!("/cases/{case}/ask?agency={query}"));
    let words = shown
        .words()
        .about("enquiry-presence-ask-first", "who", &first.join(", "));
    joined([table, link(to, words).into()])
}

const fn status(status: PresenceStatus) -> (&'static str, Tint) {
    match status {
        PresenceStatus::Known => ("known", Tint::Green),
        PresenceStatus::MayKnow => ("may-know", Tint::Green),
        PresenceStatus::Possibly => ("possibly", Tint::Yellow),
        PresenceStatus::NotChecked => ("not-checked", Tint::Red),
        PresenceStatus::NoMatch => ("no-match", Tint::Grey),
        PresenceStatus::NotOffered => ("not-offered", Tint::Grey),
    }
}

/// Finds out.
pub(crate) async fn check(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    let mut check = Check::new(Shown::new(&visit, &hub), &fields);
    let subject = SubjectId::new(fields.text("subject")).ok();
    if subject.is_none() {
        check.fault("subject", "hub-fault-choose");
    } else {
        visit.spend(fields.nonce())?;
        let ask = CheckPresence {
            subject,
            purpose: None,
        };
        match hub.check_presence(&visit.person, &case, &ask).await {
            Ok(_) => return Ok(visit.go(&format!("/cases/{case}/presence"))),
            Err(error) => check.refused(error)?,
        }
    }
    let faults = check.faults;
    page(&visit, &hub, &case, &fields, &faults).await
}
