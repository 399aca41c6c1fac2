//! Numbered copies of the product: each for one recipient, its digest in the ledger before anybody has
//! its bytes.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use stile_exchange::hub::{CopyLine, Form, Hub, IssueCopy};
use stile_model::id::CaseId;
use stile_product::Audience;
use stile_product::{Language as Tongue, Recipient};

use super::case_form::{CaseForm, Questions, choose};
use super::check::{Check, none};
use super::part::{joined, link, paragraph, with_small};
use super::sheet::{audience_word, of};
use super::shown::Shown;
use crate::component::{Cell, Choice, Content, Faults, Field, Group, Input, Item, Radios, Table};
use crate::form::Fields;
use crate::trouble::Paged;
use crate::visit::Signed;

pub(super) const FORMS: [(Form, &str); 2] = [(Form::Pdf, "pdf"), (Form::Json, "json")];
pub(super) const TONGUES: [(Tongue, &str); 2] = [(Tongue::English, "en"), (Tongue::Cymraeg, "cy")];

/// The copies there are, and the form for another.
pub(crate) async fn form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let faults = none(&Shown::new(&visit, &hub));
    page(&visit, &hub, &case, &Fields::default(), &faults).await
}

async fn page(visit: &Signed, hub: &Hub, case: &CaseId, typed: &Fields, faults: &Faults) -> Paged {
    let copies = hub.copies(&visit.person, case).await?;
    CaseForm::new(hub, visit, case, "copies")
        .show(typed, faults, |shown, _| {
            let audiences = Audience::ALL
                .into_iter()
                .map(|one| (audience_word(one).to_owned(), of(shown, one)));
            let line = |name: &str| {
                let key = format!("product-copy-{name}");
                let field = Field::new(name, shown.say(&key)).error(faults.of(name));
                Content::from(Input::new(field).value(typed.text(name)))
            };
            let radios = |name: &str, words: [&str; 2]| {
                let items = words.map(|word| {
                    Item::from(Choice::new(
                        word,
                        shown.say(&format!("product-{name}-{word}")),
                    ))
                });
                let key = format!("product-copy-{name}");
                let group = Group::new(name, shown.say(&key)).error(faults.of(name));
                let [first, _] = words;
                let chosen = typed.given(name).unwrap_or(first);
                Content::from(Radios::new(group, items.into()).inline().value(chosen))
            };
            Questions {
                intro: joined([
                    paragraph(&shown.say("product-copies-what")),
                    table(shown, case, &copies),
                ]),
                fields: vec![
                    choose(
                        shown,
                        typed,
                        faults,
                        "audience",
                        "product-copy-audience",
                        audiences,
                    ),
                    line("role"),
                    line("name"),
                    radios("language", TONGUES.map(|(_, word)| word)),
                    radios("form", FORMS.map(|(_, word)| word)),
                ],
                button: Some(shown.say("product-copy-issue")),
            }
        })
        .await
}

fn table(shown: &Shown<'_>, case: &CaseId, copies: &[CopyLine]) -> Content {
    if copies.is_empty() {
        return paragraph(&shown.say("product-copies-none"));
    }
    let head = ["copy", "audience", "recipient", "made", "digest"];
    let head = head.map(|part| Cell::new(shown.say(&format!("product-head-{part}"))));
    let rows = copies.iter().map(|copy| {
        let form = FORMS.iter().find(|(form, _)| *form == copy.form);
        let form = form.map_or("", |(_, word)| word);
        let words = shown.words().with(
            "product-copy-number",
            [
                ("number", copy.number.into()),
                ("form", form.to_uppercase().into()),
            ],
        );
        let to = shown
            .visit
            .to(&format!("/cases/{case}/copies/{}", copy.number));
        let by = shown.user(&copy.by);
        vec![
            Cell::new(link(to, words)),
            Cell::new(of(shown, copy.audience)),
            Cell::new(with_small(
                copy.recipient.name.reveal().as_str(),
                [Content::from(&copy.recipient.role)],
            )),
            Cell::new(with_small(
                shown.words().moment(copy.made),
                [Content::from(by)],
            )),
            Cell::new(copy.digest.to_string()).classes("gw-text"),
        ]
    });
    Table::new(shown.say("product-copies"), head.into(), rows.collect()).scrolling()
}

/// Makes a copy, or finds the one that says the same.
pub(crate) async fn issue(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    visit.must_be_fresh()?;
    let mut check = Check::new(Shown::new(&visit, &hub), &fields);
    let audience = Audience::ALL
        .into_iter()
        .find(|one| audience_word(*one) == fields.text("audience"));
    if audience.is_none() {
        check.fault("audience", "hub-fault-choose");
    }
    let role = check.text("role", 1..=Recipient::MOST);
    let name = check.text("name", 1..=Recipient::MOST);
    let language = TONGUES
        .iter()
        .find(|(_, word)| *word == fields.text("language"));
    let form = FORMS.iter().find(|(_, word)| *word == fields.text("form"));
    if let (Some(audience), true) = (audience, check.faults.is_empty()) {
        visit.spend(fields.nonce())?;
        let wanted = IssueCopy {
            audience,
            recipient: Recipient {
                role: role.into_inner(),
                name,
                member: None,
            },
            language: language.map_or(Tongue::English, |(one, _)| *one),
            form: form.map_or(Form::Pdf, |(one, _)| *one),
        };
        match hub.issue_copy(&visit.person, &case, &wanted).await {
            Ok(_) => return Ok(visit.go(&format!("/cases/{case}/copies"))),
            Err(error) => check.refused(error)?,
        }
    }
    let faults = check.faults;
    page(&visit, &hub, &case, &fields, &faults).await
}

/// The bytes of a copy: always the same.
pub(crate) async fn download(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path((case, number)): Path<(CaseId, u32)>,
) -> Paged {
    visit.must_be_fresh()?;
    let copy = hub.copy(&visit.person, &case, number).await?;
    let name = format!("{case}-{number}.{}", copy.line.form.extension());
    let headers = [
        (header::CONTENT_TYPE, copy.line.form.media_type().to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, copy.bytes).into_response())
}
