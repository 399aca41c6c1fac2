//! The product of a case as one page for one audience: to read and to print.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_model::id::CaseId;
use stile_product::{Audience, Product};

use super::lists;
use super::part::{Tab, joined, paragraph, tabs};
use super::product::{Section, chronology_parts, findings_parts, section};
use super::shown::Shown;
use crate::component::{Cell, Content, SubNavigation, SummaryList, SummaryRow, Table};
use crate::form::Asked;
use crate::trouble::Paged;
use crate::visit::Signed;

#[derive(Template)]
#[template(path = "hub/sheet.html")]
struct Sheet {
    back: (String, String),
    marking: String,
    heading: String,
    number: String,
    audiences: SubNavigation,
    recorded: String,
    print: String,
    facts: SummaryList,
    notices: Vec<String>,
    sections: Vec<Section>,
    digest: String,
}

/// The page; reading it is recorded before it is shown.
pub(crate) async fn page(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    Asked(asked): Asked,
) -> Paged {
    let audience = audience(asked.text("audience"));
    let product = hub.read_product(&visit.person, &case, audience).await?;
    let shown = Shown::new(&visit, &hub);
    let heading = shown
        .words()
        .about("product-for", "who", &of(&shown, audience));
    let body = Sheet {
        back: (
            visit.to(&format!("/cases/{case}")),
            shown.say("case-back-to-case"),
        ),
        marking: product.marking.clone(),
        number: case.to_string(),
        audiences: audiences(&shown, &case, audience),
        recorded: shown.say("product-recorded"),
        print: shown.say("product-print"),
        facts: facts(&shown, &product),
        notices: product.notices.clone(),
        sections: sections(&shown, &case, &product),
        digest: shown
            .words()
            .about("product-digest", "digest", &product.digest().to_string()),
        heading: heading.clone(),
    };
    visit.page(&format!("{heading}, {case}"), &body)
}

/// The audience of a word; a decision maker for any other word.
pub(super) fn audience(word: &str) -> Audience {
    Audience::ALL
        .into_iter()
        .find(|one| audience_word(*one) == word)
        .unwrap_or(Audience::DecisionMaker)
}

pub(super) const fn audience_word(audience: Audience) -> &'static str {
    match audience {
        Audience::DecisionMaker => "decision_maker",
        Audience::FamilySafe => "family_safe",
        Audience::ReceivingTeam => "receiving_team",
        Audience::ReferrerFeedback => "referrer_feedback",
    }
}

pub(super) fn of(shown: &Shown<'_>, audience: Audience) -> String {
    shown.coded("product-audience", audience_word(audience))
}

fn audiences(shown: &Shown<'_>, case: &CaseId, chosen: Audience) -> SubNavigation {
    let all = Audience::ALL.into_iter().map(|one| Tab {
        words: of(shown, one),
        to: shown.visit.to(&format!(
            "/cases/{case}/product?audience={}",
            audience_word(one)
        )),
        here: one == chosen,
    });
    tabs(shown.say("product-audiences"), all)
}

/// The head of the product: what it is about and on what ground.
fn facts(shown: &Shown<'_>, product: &Product) -> SummaryList {
    let words = shown.words();
    let mut rows = Vec::new();
    let mut row = |key: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            rows.push(SummaryRow::new(shown.say(key), value));
        }
    };
    row(
        "hub-priority",
        product.priority.map(|one| shown.priority(one)),
    );
    row("product-received", Some(words.moment(product.opened)));
    row("product-made", Some(words.moment(product.made)));
    row("product-due", product.due.map(|due| words.moment(due)));
    row(
        "hub-kind",
        product.kind.as_ref().map(|word| word.words.clone()),
    );
    row(
        "case-purpose",
        product.purpose.as_ref().map(|word| word.words.clone()),
    );
    row("case-legal-power", Some(product.legal_gateway.join("; ")));
    row(
        "product-outcome",
        product.outcome.as_ref().map(|word| word.words.clone()),
    );
    row(
        "product-period",
        product
            .look_back_months
            .map(|months| words.count("product-months", "number", usize::from(months))),
    );
    if let Some(consent) = &product.consent {
        let mut said = vec![shown.consent(consent.state)];
        let more = consent
            .override_reason
            .iter()
            .chain(&consent.parents_informed);
        said.extend(more.map(|word| word.words.clone()));
        row("case-consent", Some(said.join("; ")));
    }
    if let Some(counts) = product.counts {
        let said = words.with(
            "product-counts",
            [
                ("answered", counts.answered.into()),
                ("agencies", counts.agencies.into()),
                ("items", counts.items.into()),
                ("withheld", counts.withheld.into()),
                ("referred", counts.referred.into()),
                ("gaps", counts.gaps.into()),
            ],
        );
        row("product-in-all", Some(said));
    }
    SummaryList::new(rows)
}

/// Everything that this audience may have; what it may not have is absent, heading and all.
fn sections(shown: &Shown<'_>, case: &CaseId, product: &Product) -> Vec<Section> {
    let mut all = Vec::new();
    let mut part = |key: &str, note: Option<&str>, body: Option<Content>| {
        if body.is_some() {
            all.push(section(shown, key, note, body, key));
        }
    };
    part("case-people", None, people(product));
    if product.audience == Audience::ReferrerFeedback {
        return all;
    }
    all.extend(chronology_parts(shown, product));
    if !product.agencies.is_empty() {
        all.extend(findings_parts(shown, product));
    }
    let mut part = |key: &str, note: Option<&str>, body: Option<Content>| {
        if body.is_some() {
            all.push(section(shown, key, note, body, key));
        }
    };
    part(
        "case-withheld",
        Some("case-may-hold-more"),
        lists::withheld(shown, case, product),
    );
    part("case-referred", None, lists::referred(shown, product));
    part(
        "case-gaps",
        Some("case-gaps-what"),
        lists::gaps(shown, case, product),
    );
    part(
        "case-nothing-held",
        None,
        lists::nothing_held(shown, product),
    );
    part("product-contacts", None, contacts(shown, product));
    all
}

fn people(product: &Product) -> Option<Content> {
    let rows: Vec<_> = product
        .subjects
        .iter()
        .map(|one| {
            let role = one.role.as_ref().map(|role| role.words.clone());
            let born = one.born.as_ref().map(|born| born.reveal().clone());
            let said: Vec<_> = role.into_iter().chain(born).collect();
            SummaryRow::new(one.name.reveal(), said.join(", "))
        })
        .collect();
    (!rows.is_empty()).then(|| SummaryList::new(rows).into())
}

fn contacts(shown: &Shown<'_>, product: &Product) -> Option<Content> {
    let rows: Vec<_> = product
        .contacts
        .iter()
        .map(|one| vec![Cell::new(&one.agency_name), Cell::new(&one.contact)])
        .collect();
    let head = ["agency", "contact"];
    let head = head.map(|part| Cell::new(shown.say(&format!("enquiry-head-{part}"))));
    (!rows.is_empty()).then(|| {
        let table = Table::new(shown.say("product-contacts"), head.into(), rows);
        joined([
            paragraph(&shown.say("product-contacts-what")),
            table.hidden_caption().scrolling(),
        ])
    })
}
