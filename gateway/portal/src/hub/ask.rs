//! The enquiry: which agencies, which categories, why each is needed, and what each would answer.
//!
//! ```text
//! build ─► (see what would come) ─► confirm ─► send ─► the case
//!   ▲                                  │
//!   └──────────── back ────────────────┘
//! ```
//!
//! Everything travels with the form until it is sent: nothing is kept here, nothing is lost.

mod read;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_exchange::hub::desk::{AgencyPreview, Heard, WouldAnswer};
use stile_model::code::Rung;
use stile_model::id::CaseId;

use self::read::{Ticked, ask_name, proposed, read, ticked, why_name};
use super::case::{Head, Opened, Place, title};
use super::check::{Check, none};
use super::part::{Hidden, paragraph};
use super::request;
use super::shown::Shown;
use crate::component::{
    Button, Cell, Checkboxes, Choice, Content, ErrorSummary, Faults, Field, Group, Input, Item,
    SummaryList, Table,
};
use crate::form::{Asked, Fields};
use crate::trouble::Paged;
use crate::visit::Signed;

/// Months that are asked about unless somebody says otherwise.
const LOOK_BACK: &str = "24";
/// Hours for which a question stands unless somebody says otherwise.
const EXPIRES: &str = "72";

#[derive(Template)]
#[template(path = "hub/ask.html")]
struct Builder {
    head: Head,
    summary: Option<ErrorSummary>,
    heading: String,
    intro: String,
    ground: (String, SummaryList),
    to: String,
    preview: Option<(String, Content)>,
    agencies: Vec<AgencyPart>,
    none: Option<String>,
    numbers: Vec<Content>,
    more: Option<(String, String)>,
    see: Button,
    go: Button,
}

/// One agency of the builder.
struct AgencyPart {
    id: String,
    name: String,
    note: Option<String>,
    fields: Vec<Content>,
}

#[derive(Template)]
#[template(path = "hub/ask-confirm.html")]
struct Confirm {
    head: Head,
    heading: String,
    intro: String,
    ground: (String, SummaryList),
    asks: Vec<(String, Content)>,
    numbers: SummaryList,
    to: String,
    hidden: Hidden,
    send: Button,
    back: Button,
}

/// The builder with what the kind of case proposes.
pub(crate) async fn form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    Asked(asked): Asked,
) -> Paged {
    let opened = Opened::of(&hub, &visit, &case).await?;
    let previews = hub.preview(&visit.person, &opened.page.case.matter.purpose)?;
    let shown = Shown::new(&visit, &hub);
    let typed = proposed(&shown, &opened, &previews, &asked);
    let seen = Seen {
        visit: &visit,
        shown,
        opened: &opened,
        previews: &previews,
    };
    builder(&seen, &typed, &none(&shown), false)
}

/// What both pages need.
struct Seen<'a> {
    visit: &'a Signed,
    shown: Shown<'a>,
    opened: &'a Opened,
    previews: &'a [AgencyPreview],
}

/// See, confirm, go back or send.
pub(crate) async fn ask(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    let purpose = hub.case(&case)?.matter.purpose;
    let previews = hub.preview(&visit.person, &purpose)?;
    let shown = Shown::new(&visit, &hub);
    let mut check = Check::new(shown, &fields);
    let step = fields.text("do");
    if step == "send" || step == "confirm" {
        let (ticked, raise) = read(&mut check, &previews);
        if check.faults.is_empty() && step == "send" {
            visit.spend(fields.nonce())?;
            match hub.raise(&visit.person, &case, &raise).await {
                Ok(_) => return Ok(visit.go(&format!("/cases/{case}"))),
                Err(error) => check.refused(error)?,
            }
        } else if check.faults.is_empty() {
            let opened = Opened::of(&hub, &visit, &case).await?;
            let seen = Seen {
                visit: &visit,
                shown,
                opened: &opened,
                previews: &previews,
            };
            return confirm(&seen, &fields, &ticked);
        }
    }
    let faults = check.faults;
    let opened = Opened::of(&hub, &visit, &case).await?;
    let seen = Seen {
        visit: &visit,
        shown,
        opened: &opened,
        previews: &previews,
    };
    builder(&seen, &fields, &faults, step == "see")
}

fn builder(seen: &Seen<'_>, typed: &Fields, faults: &Faults, is_preview: bool) -> Paged {
    let Seen {
        visit,
        shown,
        opened,
        previews,
    } = *seen;
    let id = opened.id();
    let all = typed.given("all").is_some();
    let heading = shown.say("case-ask");
    let numbers = [
        ("look-back", "enquiry-look-back", "enquiry-months"),
        ("expires", "enquiry-expires", "enquiry-hours"),
    ];
    let numbers = numbers.map(|(name, key, unit)| {
        let field = Field::new(name, shown.say(key))
            .hint(shown.say(&format!("{key}-hint")))
            .error(faults.of(name));
        let input = Input::new(field).numeric().width(4).suffix(shown.say(unit));
        Content::from(input.value(typed.text(name)))
    });
    let agencies: Vec<_> = previews
        .iter()
        .filter_map(|agency| agency_part(seen, typed, faults, agency, all))
        .collect();
    let body = Builder {
        head: Head::new(&shown, visit, opened, Place::Form)?,
        summary: faults.summary(),
        intro: shown.say("enquiry-what"),
        ground: (
            shown.say("enquiry-ground"),
            request::summary(&shown, opened),
        ),
        to: visit.to(&format!("/cases/{id}/ask")),
        preview: is_preview.then(|| would_come(&shown, &ticked(typed, previews))),
        none: agencies.is_empty().then(|| shown.say("enquiry-no-agency")),
        agencies,
        numbers: numbers.into(),
        more: (!all).then(|| {
            let to = visit.to(&format!("/cases/{id}/ask?all=1"));
            (to, shown.say("enquiry-all-categories"))
        }),
        see: Button::new(shown.say("enquiry-see"))
            .secondary()
            .sends("do", "see"),
        go: Button::new(shown.say("enquiry-go")).sends("do", "confirm"),
        heading: heading.clone(),
    };
    let whole = format!("{heading}, {}", title(&shown, opened, Place::Form));
    visit.page(&faults.mark(&whole), &body)
}

/// One agency's categories: those that the kind of case proposes or that are ticked, or all.
fn agency_part(
    seen: &Seen<'_>,
    typed: &Fields,
    faults: &Faults,
    agency: &AgencyPreview,
    all: bool,
) -> Option<AgencyPart> {
    let shown = &seen.shown;
    let name = ask_name(agency);
    let kind = shown
        .vocabulary()
        .case_kind(&seen.opened.page.case.matter.kind);
    let proposed = kind.map_or(&[][..], |kind| &kind.categories);
    let items: Vec<_> = agency
        .categories
        .iter()
        .filter(|one| {
            all || proposed.contains(&one.category) || typed.has(&name, one.category.as_str())
        })
        .map(|one| {
            let why = why_name(agency, Some(&one.category));
            let field = Field::new(&*why, shown.say("enquiry-why")).error(faults.of(&why));
            let field = Input::new(field).value(typed.text(&why));
            let choice = Choice::new(one.category.as_str(), shown.category(&one.category));
            Item::from(choice.hint(answer(shown, one.answer)).reveals(field))
        })
        .collect();
    if items.is_empty() {
        return None;
    }
    let why = why_name(agency, None);
    let field =
        Field::new(&*why, shown.say("enquiry-why-all")).hint(shown.say("enquiry-why-all-hint"));
    let group = Group::new(
        &*name,
        shown
            .words()
            .about("enquiry-categories", "who", &agency.name),
    )
    .error(faults.of(&name));
    Some(AgencyPart {
        id: format!("agency-{}", agency.agency),
        name: agency.name.clone(),
        note: heard(shown, agency),
        fields: vec![
            Input::new(field).value(typed.text(&why)).into(),
            Checkboxes::new(group, items)
                .values(typed.list(&name))
                .into(),
        ],
    })
}

/// What is to be said of an agency whose offer is not simply known.
fn heard(shown: &Shown<'_>, agency: &AgencyPreview) -> Option<String> {
    match &agency.heard {
        Heard::At(_) => None,
        Heard::NoAgreement => Some(shown.say("enquiry-no-agreement")),
        Heard::Unknown { code } => Some(shown.words().about("enquiry-offer-unknown", "code", code)),
    }
}

/// What one category would bring, in words.
fn answer(shown: &Shown<'_>, answer: WouldAnswer) -> String {
    let up_to = |rung: Option<Rung>| match rung {
        Some(rung) => shown.coded("enquiry-rung", rung.as_str()),
        None => shown.say("enquiry-rung-unsaid"),
    };
    let words = shown.words();
    match answer {
        WouldAnswer::AtOnce { rung } => words.about("enquiry-at-once", "rung", &up_to(rung)),
        WouldAnswer::Asked { rung, hours } => words.with(
            "enquiry-asked",
            [("rung", up_to(rung).into()), ("hours", hours.into())],
        ),
        WouldAnswer::AtOnceThenAsked { rung, asked, hours } => words.with(
            "enquiry-at-once-then-asked",
            [
                ("rung", up_to(rung).into()),
                ("more", up_to(asked).into()),
                ("hours", hours.into()),
            ],
        ),
        WouldAnswer::NotOffered => shown.say("enquiry-not-offered"),
        WouldAnswer::Unknown => shown.say("enquiry-unknown"),
    }
}

/// How many of the ticked categories would come how, for each agency.
fn would_come(shown: &Shown<'_>, ticked: &[Ticked<'_>]) -> (String, Content) {
    let mut rows: Vec<(String, [usize; 4])> = Vec::new();
    for one in ticked {
        let name = &one.agency.name;
        if rows.last().is_none_or(|(last, _)| last != name) {
            rows.push((name.clone(), [0; 4]));
        }
        if let Some((_, [at_once, asked, not, unknown])) = rows.last_mut() {
            match one.answer {
                WouldAnswer::AtOnce { .. } => *at_once += 1,
                WouldAnswer::Asked { .. } => *asked += 1,
                WouldAnswer::AtOnceThenAsked { .. } => {
                    *at_once += 1;
                    *asked += 1;
                }
                WouldAnswer::NotOffered => *not += 1,
                WouldAnswer::Unknown => *unknown += 1,
            }
        }
    }
    let heading = shown.say("enquiry-preview");
    if rows.is_empty() {
        return (heading, paragraph(&shown.say("enquiry-fault-nothing")));
    }
    let head = ["agency", "at-once", "asked", "not-offered", "unknown"];
    let head = head.map(|part| Cell::new(shown.say(&format!("enquiry-head-{part}"))));
    let rows = rows.into_iter().map(|(name, numbers)| {
        let numbers = numbers.map(|number| Cell::new(number.to_string()).numeric());
        [Cell::new(name)].into_iter().chain(numbers).collect()
    });
    let table = Table::new(heading.as_str(), head.into(), rows.collect());
    (heading.clone(), table.hidden_caption().scrolling())
}

fn confirm(seen: &Seen<'_>, fields: &Fields, ticked: &[Ticked<'_>]) -> Paged {
    let Seen {
        visit,
        shown,
        opened,
        previews,
    } = *seen;
    let id = opened.id();
    let asks = previews.iter().filter_map(|agency| {
        let own = ticked
            .iter()
            .filter(|one| one.agency.agency == agency.agency);
        let rows: Vec<_> = own
            .map(|one| {
                vec![
                    Cell::new(shown.category(&one.category)),
                    Cell::new(answer(&shown, one.answer)),
                    Cell::new(&one.why),
                ]
            })
            .collect();
        let head = ["category", "would-come", "why"];
        let head = head.map(|part| Cell::new(shown.say(&format!("enquiry-head-{part}"))));
        (!rows.is_empty()).then(|| {
            let table = Table::new(agency.name.as_str(), head.into(), rows);
            (agency.name.clone(), table.hidden_caption().scrolling())
        })
    });
    let asks: Vec<_> = asks.collect();
    let row = |key: &str, unit: &str, name: &str| {
        let value = format!("{} {}", fields.text(name), shown.say(unit));
        crate::component::SummaryRow::new(shown.say(key), value)
    };
    let heading = shown.say("enquiry-confirm");
    let arguments = [
        ("agencies", asks.len().into()),
        ("asks", ticked.len().into()),
    ];
    let body = Confirm {
        head: Head::new(&shown, visit, opened, Place::Form)?,
        intro: shown.words().with("enquiry-confirm-what", arguments),
        ground: (
            shown.say("enquiry-ground"),
            request::summary(&shown, opened),
        ),
        numbers: SummaryList::new(vec![
            row("enquiry-look-back", "enquiry-months", "look-back"),
            row("enquiry-expires", "enquiry-hours", "expires"),
        ]),
        asks,
        to: visit.to(&format!("/cases/{id}/ask")),
        hidden: Hidden::nonce(visit)?.carrying(fields),
        send: Button::new(shown.say("enquiry-send")).sends("do", "send"),
        back: Button::new(shown.say("enquiry-back"))
            .secondary()
            .sends("do", "back"),
        heading: heading.clone(),
    };
    let whole = format!("{heading}, {}", title(&shown, opened, Place::Form));
    visit.page(&whole, &body)
}
