//! The last page of a referral: what is missing, which cases are about the same people, and the ways on.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_exchange::hub::desk::{Alike, AlikeIn, Draft, Likeness, Prompt};
use stile_model::id::CaseId;

use super::super::case_form::choose;
use super::super::check::{Check, none};
use super::super::part::{Hidden, lines, link};
use super::super::shown::Shown;
use super::{Step, draft_id, explained, steps};
use crate::component::{Button, Cell, Content, ErrorSummary, Faults, SubNavigation, Table};
use crate::form::Fields;
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;

#[derive(Template)]
#[template(path = "hub/referral-check.html")]
struct CheckPage {
    back: (String, String),
    summary: Option<ErrorSummary>,
    heading: String,
    steps: SubNavigation,
    missing: (String, Content),
    alike: (String, String, Option<Content>),
    hidden: Hidden,
    submit: (String, String, String, Button),
    advice: (String, String, String, Content, Button),
}

/// What is missing, who may be in other cases, and what to do.
pub(crate) async fn check_page(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
) -> Paged {
    let faults = none(&Shown::new(&visit, &hub));
    page(&visit, &hub, &id, &Fields::default(), &faults).await
}

async fn page(visit: &Signed, hub: &Hub, id: &str, typed: &Fields, faults: &Faults) -> Paged {
    let draft = hub.draft(&visit.person, draft_id(id)?)?;
    let alike = hub.alike(&visit.person, draft.id).await?;
    let shown = Shown::new(visit, hub);
    let heading = shown.say("referral-step-check");
    let outcomes = shown.vocabulary().outcomes.iter();
    let outcomes = outcomes.map(|term| (term.code.to_string(), shown.outcome(&term.code)));
    let to = |page: &str| visit.to(&format!("/referrals/{id}/{page}"));
    let body = CheckPage {
        back: (visit.to("/referrals"), shown.say("referral-title")),
        summary: faults.summary(),
        steps: steps(&shown, id, None),
        missing: (shown.say("referral-missing"), missing(&shown, id, &draft)),
        alike: (
            shown.say("referral-alike"),
            shown.say(if alike.is_empty() {
                "referral-alike-none"
            } else {
                "referral-alike-what"
            }),
            table(&shown, id, &draft, &alike),
        ),
        hidden: Hidden::nonce(visit)?,
        submit: (
            shown.say("referral-submit"),
            shown.say("referral-submit-what"),
            to("submit"),
            Button::new(shown.say("referral-submit")),
        ),
        advice: (
            shown.say("referral-advice"),
            shown.say("referral-advice-what"),
            to("advice"),
            choose(&shown, typed, faults, "outcome", "case-outcome", outcomes),
            Button::new(shown.say("referral-advice")).secondary(),
        ),
        heading: heading.clone(),
    };
    let title = format!("{heading}, {}", shown.say("referral-new"));
    visit.page(&faults.mark(&title), &body)
}

/// Each thing that is missing or thin, why it matters, and a link to where it is asked.
fn missing(shown: &Shown<'_>, id: &str, draft: &Draft) -> Content {
    if draft.prompts.is_empty() {
        return super::super::part::paragraph(&shown.say("referral-missing-nothing"));
    }
    let head = ["what", "where"];
    let head = head.map(|part| Cell::new(shown.say(&format!("referral-head-{part}"))));
    let rows = draft.prompts.iter().map(|prompt| {
        let step = step_of(*prompt).word();
        let to = shown.visit.to(&format!("/referrals/{id}/{step}"));
        let words = shown.coded("referral-prompt", prompt.word());
        let name = Content::from(shown.say(&format!("referral-step-{step}")));
        vec![
            Cell::new(words.as_str()),
            Cell::new(link(to, name.hidden(&words))),
        ]
    });
    Table::new(shown.say("referral-missing"), head.into(), rows.collect())
        .hidden_caption()
        .scrolling()
}

/// The step where a prompt is answered.
fn step_of(prompt: Prompt) -> Step {
    let field = prompt.field();
    let first = field.split('.').next().unwrap_or(field);
    match first {
        "channel" | "referrer" => Step::Referrer,
        "concern" | "immediate_danger" | "observations" => Step::Concern,
        "subjects" => Step::People,
        "household" | "parental_responsibility" | "needs" => Step::Home,
        _ => Step::Consent,
    }
}

/// Other cases and drafts about the same people; an open case can be added to.
fn table(shown: &Shown<'_>, id: &str, draft: &Draft, alike: &[Alike]) -> Option<Content> {
    let head = ["where", "worker", "alike", "action"];
    let head = head.map(|part| Cell::new(shown.say(&format!("referral-head-{part}"))));
    let rows = alike.iter().map(|one| {
        let why = one.people.iter().map(|person| why(shown, draft, person));
        let why = lines(why.collect::<Vec<_>>());
        match &one.found {
            AlikeIn::Case(case) => {
                let number = case.case.as_str();
                let link = link(shown.visit.to(&format!("/cases/{number}")), number);
                let state = match &case.outcome {
                    Some(outcome) => shown.words().about(
                        "referral-alike-closed",
                        "outcome",
                        &shown.outcome(&outcome.outcome),
                    ),
                    None => shown.say("referral-alike-open"),
                };
                let worker = match &case.allocated {
                    Some(user) => shown.user(user),
                    None => shown.say("hub-queue-nobody"),
                };
                let add = case.outcome.is_none().then(|| {
                    Button::new(Content::from(shown.say("referral-add")).hidden(number))
                        .secondary()
                        .classes("govuk-!-margin-bottom-0")
                        .sends("case", number)
                        .attribute(
                            "formaction",
                            &shown.visit.to(&format!("/referrals/{id}/add")),
                        )
                });
                vec![
                    Cell::new(lines([Content::from(link), Content::from(state)])),
                    Cell::new(worker),
                    Cell::new(why),
                    Cell::new(add.map_or_else(Content::default, Content::from)),
                ]
            }
            AlikeIn::Draft { owner, saved } => {
                let when = shown.words().moment(*saved);
                let words = shown.words().about("referral-alike-draft", "when", &when);
                vec![
                    Cell::new(words),
                    Cell::new(shown.user(owner)),
                    Cell::new(why),
                    Cell::new(""),
                ]
            }
        }
    });
    let rows: Vec<_> = rows.collect();
    (!rows.is_empty()).then(|| {
        Table::new(shown.say("referral-alike"), head.into(), rows)
            .hidden_caption()
            .scrolling()
    })
}

/// Who of the draft may be in it, how sure that is, and in which parts they agree.
fn why(
    shown: &Shown<'_>,
    draft: &Draft,
    person: &stile_exchange::hub::desk::AlikePerson,
) -> Content {
    let ours = draft
        .referral
        .subjects
        .iter()
        .find(|one| one.id == person.ours);
    let name = ours.map_or_else(|| shown.say("hub-name-unknown"), |one| shown.name(one));
    let sure = match person.likeness {
        Likeness::Likely => "referral-likely",
        Likeness::Possible => "referral-possible",
    };
    let parts = person
        .parts
        .iter()
        .filter(|part| part.speaks_for)
        .map(|part| {
            let level = shown.coded("referral-level", &part.level);
            format!("{}: {level}", shown.coded("referral-part", &part.part))
        });
    let parts: Vec<_> = parts.collect();
    explained(shown.words().about(sure, "name", &name), parts.join("; "))
}

/// Opens a case from the draft.
pub(crate) async fn submit(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    fields: Fields,
) -> Paged {
    let draft = draft_id(&id)?;
    visit.spend(fields.nonce())?;
    let mut check = Check::new(Shown::new(&visit, &hub), &fields);
    match hub.submit_draft(&visit.person, draft, None).await {
        Ok(case) => return Ok(visit.go(&format!("/cases/{}", case.matter.id))),
        Err(error) => check.refused(error)?,
    }
    let faults = check.faults;
    page(&visit, &hub, &id, &fields, &faults).await
}

/// Adds the draft to a case that is open.
pub(crate) async fn add(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    fields: Fields,
) -> Paged {
    let draft = draft_id(&id)?;
    let case = CaseId::new(fields.text("case")).map_err(|_| Trouble::NotTheForm)?;
    visit.spend(fields.nonce())?;
    let mut check = Check::new(Shown::new(&visit, &hub), &fields);
    match hub.add_to_case(&visit.person, draft, &case).await {
        Ok(_) => return Ok(visit.go(&format!("/cases/{case}"))),
        Err(error) => check.refused(error)?,
    }
    let faults = check.faults;
    page(&visit, &hub, &id, &fields, &faults).await
}

/// Keeps a contact on which advice was given.
pub(crate) async fn advice(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    fields: Fields,
) -> Paged {
    let draft = draft_id(&id)?;
    let mut check = Check::new(Shown::new(&visit, &hub), &fields);
    if let Some(outcome) = check.code("outcome") {
        visit.spend(fields.nonce())?;
        match hub.record_contact(&visit.person, draft, &outcome).await {
            Ok(case) => return Ok(visit.go(&format!("/cases/{}", case.matter.id))),
            Err(error) => check.refused(error)?,
        }
    }
    let faults = check.faults;
    page(&visit, &hub, &id, &fields, &faults).await
}
