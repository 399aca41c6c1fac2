//! The product's parts as pages of the case: chronology, findings, withheld, matches, gaps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_model::id::{CaseId, CategoryId};
use stile_product::{Audience, Comparison, Product, Word};

use super::case::{Head, Opened, Place, title};
use super::events::{is_current, picture, timeline};
use super::lists;
use super::part::joined;
use super::shown::Shown;
use crate::component::{Cell, Content, Table, Tag, Tint};
use crate::trouble::Paged;
use crate::visit::Signed;

/// A part of a page under its heading.
pub(super) struct Section {
    pub(super) id: String,
    pub(super) heading: String,
    pub(super) note: Option<String>,
    pub(super) body: Content,
}

#[derive(Template)]
#[template(path = "hub/sections.html")]
struct Sections {
    head: Head,
    sections: Vec<Section>,
}

/// Opens a case and its product, and puts some of it on a page.
async fn show(
    visit: Signed,
    hub: Arc<Hub>,
    case: CaseId,
    place: Place,
    parts: fn(&Shown<'_>, &CaseId, &Product) -> Vec<Section>,
) -> Paged {
    let opened = Opened::of(&hub, &visit, &case).await?;
    let product = hub
        .read_product(&visit.person, &case, Audience::DecisionMaker)
        .await?;
    let shown = Shown::new(&visit, &hub);
    let body = Sections {
        head: Head::new(&shown, &visit, &opened, place)?,
        sections: parts(&shown, &case, &product),
    };
    visit.page(&title(&shown, &opened, place), &body)
}

pub(crate) async fn chronology(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    show(visit, hub, case, Place::Chronology, |shown, _, product| {
        chronology_parts(shown, product)
    })
    .await
}

pub(crate) async fn findings(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let (place, audience) = (Place::Findings, Audience::DecisionMaker);
    let opened = Opened::of(&hub, &visit, &case).await?;
    let product = hub.read_product(&visit.person, &case, audience).await?;
    let shown = Shown::new(&visit, &hub);
    let mut sections = findings_parts(&shown, &product);
    sections.extend(not_asked(&shown, &opened));
    let body = Sections {
        head: Head::new(&shown, &visit, &opened, place)?,
        sections,
    };
    visit.page(&title(&shown, &opened, place), &body)
}

/// What agencies that were asked could have been asked for, and were not: silence about it says nothing.
fn not_asked(shown: &Shown<'_>, opened: &Opened) -> Option<Section> {
    let directory = shown.hub.directory.load();
    let mut rows = Vec::new();
    let mut agencies: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for one in &opened.answers.agencies {
        let asked = agencies.entry(&one.agency).or_default();
        asked.extend(&one.asked);
    }
    for (agency, asked) in agencies {
        let kind = directory.member(agency).and_then(|one| one.kind.as_ref());
        let of_kind = |id: &CategoryId| {
            let family = id.as_str().split_once('.').map(|(kind, _)| kind);
            kind.is_some_and(|kind| family == Some(kind.as_str()))
        };
        let all = shown.vocabulary().categories.iter();
        let left = all.filter(|one| of_kind(&one.id) && !asked.contains(&one.id));
        rows.extend(left.map(|category| {
            vec![
                Cell::new(shown.member(agency)),
                Cell::new(&category.title),
                Cell::new(Tag::new(shown.say("case-not-asked"), Tint::Grey)),
            ]
        }));
    }
    let head = ["agency", "what", "status"];
    let head = head.map(|part| Cell::new(shown.say(&format!("case-head-{part}"))));
    (!rows.is_empty()).then(|| Section {
        id: "not-asked".to_owned(),
        heading: shown.say("case-not-asked"),
        note: Some(shown.say("case-not-asked-what")),
        body: Table::new(shown.say("case-not-asked"), head.into(), rows)
            .hidden_caption()
            .scrolling(),
    })
}

pub(crate) async fn withheld(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    show(visit, hub, case, Place::Withheld, withheld_parts).await
}

pub(crate) async fn matches(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    show(visit, hub, case, Place::Matches, |shown, _, product| {
        let all = lists::all_matches(shown, product);
        vec![section(
            shown,
            "case-tab-matches",
            Some("case-matches-what"),
            all,
            "case-matches-none",
        )]
    })
    .await
}

pub(crate) async fn gaps(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    show(visit, hub, case, Place::Gaps, |shown, case, product| {
        let held = lists::nothing_held(shown, product);
        vec![
            section(
                shown,
                "case-gaps",
                Some("case-gaps-what"),
                lists::gaps(shown, case, product),
                "case-gaps-none",
            ),
            section(
                shown,
                "case-nothing-held",
                None,
                held,
                "case-nothing-held-none",
            ),
        ]
    })
    .await
}

/// A heading with its content, or with the words that there is none.
pub(super) fn section(
    shown: &Shown<'_>,
    key: &str,
    note: Option<&str>,
    body: Option<Content>,
    otherwise: &str,
) -> Section {
    Section {
        id: key.to_owned(),
        heading: shown.say(key),
        note: note.map(|note| shown.say(note)),
        body: body.unwrap_or_else(|| super::part::paragraph(&shown.say(otherwise))),
    }
}

pub(super) fn chronology_parts(shown: &Shown<'_>, product: &Product) -> Vec<Section> {
    let events = |current: bool| {
        let events = product.chronology.iter();
        let events = events.filter(|event| is_current(shown, event) == current);
        timeline(shown, product, events).map(Content::from)
    };
    let mut parts = Vec::new();
    if let Some(now) = events(true) {
        parts.push(section(
            shown,
            "case-current",
            None,
            Some(now),
            "case-chronology-none",
        ));
    }
    let picture = picture(shown, product);
    let past = events(false).map(|events| joined(picture.into_iter().chain([events])));
    parts.push(section(
        shown,
        "case-tab-chronology",
        None,
        past,
        "case-chronology-none",
    ));
    parts
}

/// How an agency stands, in the words of its line at a glance.
fn standing(shown: &Shown<'_>, status: &Word) -> String {
    let state = match status.code.as_str() {
        "pending" => "asked",
        "unreachable" => "system-offline",
        other => other,
    };
    let known = shown.words().of_code("common-state", state);
    known.unwrap_or_else(|| status.words.clone())
}

/// Agency by agency: whether it knows each person, and what became of each category.
pub(super) fn findings_parts(shown: &Shown<'_>, product: &Product) -> Vec<Section> {
    let mut parts: Vec<_> = product
        .agencies
        .iter()
        .map(|agency| {
            let head = ["person", "what", "status", "items"];
            let head = head.map(|part| Cell::new(shown.say(&format!("case-head-{part}"))));
            let rows = agency.findings.iter().map(|line| {
                let mut words = shown.coded("case-finding", line.status.as_str());
                if line.capped {
                    words = format!("{words}; {}", shown.say("case-capped"));
                }
                vec![
                    Cell::new(line.subject_name.reveal()),
                    Cell::new(&line.title),
                    Cell::new(words),
                    Cell::new(line.items.to_string()).numeric(),
                ]
            });
            let rows: Vec<_> = rows.collect();
            let table = Table::new(agency.name.as_str(), head.into(), rows);
            Section {
                id: agency.agency.to_string(),
                heading: agency.name.clone(),
                note: Some(standing(shown, &agency.status)),
                body: table.hidden_caption().scrolling(),
            }
        })
        .collect();
    if parts.is_empty() {
        parts.push(section(
            shown,
            "case-tab-findings",
            None,
            None,
            "case-agencies-none",
        ));
    }
    for (key, all) in [
        ("case-agreements", &product.agreements),
        ("case-contradictions", &product.contradictions),
    ] {
        if !all.is_empty() {
            parts.push(section(
                shown,
                key,
                None,
                Some(comparisons(shown, key, all)),
                key,
            ));
        }
    }
    parts
}

/// Where agencies say the same, or not the same: for a person to judge.
fn comparisons(shown: &Shown<'_>, key: &str, all: &[Comparison]) -> Content {
    let head = ["what", "person", "said"];
    let head = head.map(|part| Cell::new(shown.say(&format!("case-head-{part}"))));
    let rows = all.iter().map(|one| {
        let says = one.says.iter();
        let says = says.map(|(who, what)| Content::from(format!("{who}: {}", what.reveal())));
        vec![
            Cell::new(one.point.reveal()),
            Cell::new(one.subject_name.reveal()),
            Cell::new(super::part::lines(says)),
        ]
    });
    Table::new(shown.say(key), head.into(), rows.collect())
        .hidden_caption()
        .scrolling()
}

pub(super) fn withheld_parts(shown: &Shown<'_>, case: &CaseId, product: &Product) -> Vec<Section> {
    vec![
        section(
            shown,
            "case-withheld",
            Some("case-may-hold-more"),
            lists::withheld(shown, case, product),
            "case-withheld-none",
        ),
        section(
            shown,
            "case-referred",
            None,
            lists::referred(shown, product),
            "case-referred-none",
        ),
    ]
}
