//! What was asked and on what ground, whom it is about, what the referrer said, and what was done.

mod said;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_model::id::CaseId;
use stile_model::subject::{NameKind, Subject};

use super::case::{Head, Opened, Place, title};
use super::contact::{Unread, unread};
use super::history;
use super::part::{paragraphs, with_small};
use super::shown::{Shown, whole_name};
use crate::component::{Content, SummaryList, SummaryRow};
use crate::trouble::Paged;
use crate::visit::Signed;

#[derive(Template)]
#[template(path = "hub/request.html")]
struct Asked {
    head: Head,
    ground: (String, SummaryList),
    people: Vec<(String, SummaryList)>,
    people_words: String,
    referrals: Vec<Taken>,
    none: Option<String>,
    history: Option<(String, Content)>,
}

/// A referral of the case.
struct Taken {
    /// Where a link leads to it: `contact-1`.
    place: String,
    heading: String,
    unread: Option<Unread>,
    said: SummaryList,
}

/// The page of what was asked.
pub(crate) async fn page(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let opened = Opened::of(&hub, &visit, &case).await?;
    let shown = Shown::new(&visit, &hub);
    let subjects = &opened.page.case.matter.subjects;
    let mut referrals = Vec::new();
    for kept in &opened.page.referrals {
        referrals.push(Taken {
            place: format!("contact-{}", kept.number),
            heading: said::heading(&shown, kept),
            unread: unread(&shown, &visit, &opened, kept.number)?,
            said: said::referral(&shown, kept),
        });
    }
    let history = history::table(&shown, &opened.page.work);
    let body = Asked {
        head: Head::new(&shown, &visit, &opened, Place::Request)?,
        ground: (shown.say("case-tab-request"), summary(&shown, &opened)),
        people: subjects
            .iter()
            .map(|one| (shown.name(one), person(&shown, one)))
            .collect(),
        people_words: shown.say("case-people"),
        none: referrals.is_empty().then(|| shown.say("case-no-referral")),
        referrals,
        history: history.map(|table| (shown.say("case-history"), table)),
    };
    visit.page(&title(&shown, &opened, Place::Request), &body)
}

/// Purpose, legal power, consent and what was decided.
pub(super) fn summary(shown: &Shown<'_>, opened: &Opened) -> SummaryList {
    let matter = &opened.page.case.matter;
    let row = |key: &str, value: Content| SummaryRow::new(shown.say(key), value);
    let purpose = shown.vocabulary().purpose(&matter.purpose);
    let power = purpose.map(|one| one.legal_gateway.join("; "));
    let basis = purpose.and_then(|one| one.general.as_ref().or(one.law_enforcement.as_ref()));
    let mut rows = vec![
        row("case-purpose", shown.purpose(&matter.purpose).into()),
        row("case-legal-power", power.unwrap_or_default().into()),
    ];
    if let Some(basis) = basis {
        rows.push(row("case-lawful-basis", Content::from(&basis.lawful_basis)));
    }
    let more = [
        matter
            .consent
            .override_reason
            .as_ref()
            .map(|code| shown.without_consent(code)),
        matter
            .consent
            .parents_informed
            .as_ref()
            .map(|code| shown.parents(code)),
    ];
    let more = more.into_iter().flatten().map(Content::from);
    let consent = with_small(
        shown.consent(matter.consent.state),
        more.collect::<Vec<_>>(),
    );
    rows.push(row("case-consent", consent));
    let worker = opened.page.work.allocated();
    let worker = worker.map_or_else(
        || shown.say("hub-queue-nobody"),
        |(user, _)| shown.user(user),
    );
    rows.push(row("case-worker", worker.into()));
    if let Some((decision, by, at)) = opened.page.work.decision() {
        let signed = shown.words().with(
            "case-decided-by",
            [
                ("who", shown.user(by).into()),
                ("when", shown.words().moment(at).into()),
            ],
        );
        let mut more = vec![
            Content::from(signed),
            paragraphs(decision.reasoning.reveal()),
        ];
        more.extend(
            decision
                .actions
                .iter()
                .map(|one| Content::from(one.reveal())),
        );
        rows.push(row(
            "case-decision",
            with_small(shown.outcome(&decision.outcome), more),
        ));
    }
    SummaryList::new(rows)
}

/// Everybody of the case in a line each.
pub(super) fn people(shown: &Shown<'_>, opened: &Opened) -> SummaryList {
    let rows = opened.page.case.matter.subjects.iter().map(|one| {
        let what = format!("{}, {}", shown.role(&one.role), shown.born(one.born));
        SummaryRow::new(shown.name(one), what)
    });
    SummaryList::new(rows.collect())
}

/// Everything the hub knows of one person.
fn person(shown: &Shown<'_>, one: &Subject) -> SummaryList {
    let row = |key: &str, value: Content| SummaryRow::new(shown.say(key), value);
    let mut rows = vec![
        row("case-role", shown.role(&one.role).into()),
        row("case-born", shown.born(one.born).into()),
    ];
    let mut list = |key: &str, values: Vec<String>| {
        if !values.is_empty() {
            rows.push(row(key, paragraphs(&values.join("\n"))));
        }
    };
    let others = one
        .names
        .iter()
        .filter(|name| name.kind != NameKind::Current);
    list("case-other-names", others.map(whole_name).collect());
    let addresses = one.addresses.iter().map(|address| {
        let parts = [address.line.reveal(), address.postcode.reveal()];
        parts.map(|part| part.trim()).join(", ")
    });
    list("case-addresses", addresses.collect());
    let phones = one.phones.iter().map(|phone| phone.reveal().clone());
    list("case-phones", phones.collect());
    let numbers = one.identifiers.iter().map(|id| {
        let scheme = shown.coded("case-scheme", id.scheme.as_str());
        format!("{scheme}: {}", id.value.reveal())
    });
    list("case-numbers", numbers.collect());
    SummaryList::new(rows)
}
