//! Sending a copy to a system of the partnership, and how far what was sent has come.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::hub::{Deliver, DeliveryLine, DeliverySettings, DeliveryState, Form, Hub};
use stile_model::id::{CaseId, Code};
use stile_product::{Audience, Language as Tongue};

use super::case_form::{CaseForm, Questions, choose};
use super::check::{Check, none};
use super::copies::{FORMS, TONGUES};
use super::part::{Hidden, joined, lines, paragraph, with_small};
use super::sheet::{audience_word, of};
use super::shown::Shown;
use crate::component::{
    Cell, Choice, Content, Faults, Group, Item, Paragraph, Radios, Table, Tag, Tint,
};
use crate::form::Fields;
use crate::trouble::Paged;
use crate::visit::Signed;

/// What was sent, and the form to send another copy.
pub(crate) async fn form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let faults = none(&Shown::new(&visit, &hub));
    page(&visit, &hub, &case, &Fields::default(), &faults).await
}

async fn page(visit: &Signed, hub: &Hub, case: &CaseId, typed: &Fields, faults: &Faults) -> Paged {
    CaseForm::new(hub, visit, case, "deliver")
        .show(typed, faults, |shown, opened| {
            let systems = &hub.settings.deliveries;
            let intro = joined([
                paragraph(&shown.say("delivery-what")),
                table(shown, &opened.page.deliveries),
            ]);
            if systems.is_empty() {
                return Questions {
                    intro: joined([intro, paragraph(&shown.say("delivery-no-system"))]),
                    fields: Vec::new(),
                    button: None,
                };
            }
            Questions {
                intro,
                fields: fields(shown, systems, typed, faults),
                button: Some(match systems.as_slice() {
                    [one] => shown
                        .words()
                        .about("delivery-send-to", "system", &one.title),
                    _ => shown.say("delivery-send"),
                }),
            }
        })
        .await
}

fn fields(
    shown: &Shown<'_>,
    systems: &[DeliverySettings],
    typed: &Fields,
    faults: &Faults,
) -> Vec<Content> {
    let to = if let [one] = systems {
        Hidden::of("to", one.name.as_str()).into()
    } else {
        let systems = systems
            .iter()
            .map(|one| (one.name.to_string(), one.title.clone()));
        choose(shown, typed, faults, "to", "delivery-to", systems)
    };
    let open: BTreeSet<Audience> = systems
        .iter()
        .flat_map(|one| one.audiences.iter().copied())
        .collect();
    let audiences = open
        .into_iter()
        .map(|one| (audience_word(one).to_owned(), of(shown, one)));
    let radios = |name: &str, words: [&str; 2]| {
        let items = words.map(|word| {
            let key = format!("product-{name}-{word}");
            Item::from(Choice::new(word, shown.say(&key)))
        });
        let key = format!("product-copy-{name}");
        let group = Group::new(name, shown.say(&key)).error(faults.of(name));
        let [first, _] = words;
        let chosen = typed.given(name).unwrap_or(first);
        Content::from(Radios::new(group, items.into()).inline().value(chosen))
    };
    vec![
        to,
        choose(
            shown,
            typed,
            faults,
            "audience",
            "product-copy-audience",
            audiences,
        ),
        radios("language", TONGUES.map(|(_, word)| word)),
        radios("form", FORMS.map(|(_, word)| word)),
    ]
}

/// Makes the copy and keeps it to be sent.
pub(crate) async fn send(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    visit.must_be_fresh()?;
    let mut check = Check::new(Shown::new(&visit, &hub), &fields);
    let to = check.code("to");
    let audience = Audience::ALL
        .into_iter()
        .find(|one| audience_word(*one) == fields.text("audience"));
    if audience.is_none() {
        check.fault("audience", "hub-fault-choose");
    }
    let language = TONGUES
        .iter()
        .find(|(_, word)| *word == fields.text("language"));
    let form = FORMS.iter().find(|(_, word)| *word == fields.text("form"));
    if let (Some(to), Some(audience), true) = (to, audience, check.faults.is_empty()) {
        visit.spend(fields.nonce())?;
        let order = Deliver {
            to,
            audience,
            language: language.map_or(Tongue::English, |(one, _)| *one),
            form: form.map_or(Form::Pdf, |(one, _)| *one),
        };
        match hub.deliver(&visit.person, &case, &order).await {
            Ok(_) => return Ok(visit.go(&format!("/cases/{case}/deliver"))),
            Err(error) => check.refused(error)?,
        }
    }
    let faults = check.faults;
    page(&visit, &hub, &case, &fields, &faults).await
}

fn table(shown: &Shown<'_>, deliveries: &[DeliveryLine]) -> Content {
    if deliveries.is_empty() {
        return paragraph(&shown.say("delivery-none"));
    }
    let head = ["system", "copy", "audience", "ordered", "state"];
    let head = head.map(|part| Cell::new(shown.say(&format!("delivery-head-{part}"))));
    let rows = deliveries.iter().map(|line| {
        let by = shown.user(&line.by);
        let ordered = shown.words().moment(line.since);
        let (tag, more) = state(shown, line);
        vec![
            Cell::new(title(shown, &line.order.to)),
            Cell::new(
                line.number
                    .map_or_else(String::new, |number| number.to_string()),
            ),
            Cell::new(of(shown, line.order.audience)),
            Cell::new(with_small(ordered, [Content::from(by)])),
            Cell::new(with_small(tag, more.map(Content::from))),
        ]
    });
    Table::new(shown.say("delivery-title"), head.into(), rows.collect()).scrolling()
}

/// How it stands, in a word and in a sentence.
fn state(shown: &Shown<'_>, line: &DeliveryLine) -> (Tag, Option<String>) {
    let words = shown.words();
    let say = |key: &str| shown.say(key);
    let said = |key: &'static str, fault: &str, at| {
        words.with(
            key,
            [
                ("why", shown.coded("delivery-fault", fault).into()),
                ("tries", line.tries.into()),
                ("when", words.moment(at).into()),
            ],
        )
    };
    match &line.state {
        DeliveryState::Delivered { at } => (
            Tag::new(say("delivery-taken"), Tint::Green),
            Some(words.moment(*at)),
        ),
        DeliveryState::GivenUp { at, fault } => (
            Tag::new(say("delivery-given-up"), Tint::Red),
            Some(said("delivery-given-up-why", fault, *at)),
        ),
        DeliveryState::Waiting { next, fault } => match fault {
            Some(fault) => (
                Tag::new(say("delivery-failing"), Tint::Orange),
                Some(said("delivery-failing-why", fault, *next)),
            ),
            None => (Tag::new(say("delivery-waiting"), Tint::Blue), None),
        },
    }
}

/// What people call a system; its name where it is no longer configured.
fn title(shown: &Shown<'_>, name: &Code) -> String {
    let mut systems = shown.hub.settings.deliveries.iter();
    let system = systems.find(|one| one.name == *name);
    system.map_or_else(|| name.to_string(), |one| one.title.clone())
}

/// What was sent of a case, a line each, for the case's own page; nothing where nothing was.
pub(super) fn glance(shown: &Shown<'_>, deliveries: &[DeliveryLine]) -> Option<Content> {
    let all = deliveries.iter().map(|line| {
        let (tag, more) = state(shown, line);
        let head = joined([
            Content::from(format!("{} ", title(shown, &line.order.to))),
            tag.into(),
        ]);
        with_small(head, more.map(Content::from))
    });
    (!deliveries.is_empty()).then(|| Paragraph::new(lines(all)).into())
}
