//! The disclosure log: searched by what is typed into a form, never by an address that names anybody;
//! every search and every entry that is read is on record before it is shown.

mod correction;
mod deferral;
mod entry;
mod pack;

use std::sync::Arc;

use axum::extract::FromRef;
use stile_exchange::audit::{self, EntryLine, Filter, Page, Search};
use stile_exchange::error::ExchangeError;
use stile_model::id::{CaseId, Code, MemberId, UserId};

use super::fields;
use super::part::{Form, Link, Sheet, choose, coded, lines, no_faults};
use crate::component::{Button, ButtonLink, Cell, Faults, Field, Table};
use crate::doors::{Doors, Part, Who};
use crate::form::Fields;
use crate::site::Site;
use crate::trouble::{Paged, Trouble};
use crate::visit::{Signed, Visit};
use crate::words::Words;

/// Who reads the ledger.
pub(crate) const WHO: Who = Who::OneOf(&[Part::Auditor]);

/// Who may say that an entry is wrong: who reads the ledger, and who decides on disclosures.
const CORRECTS: Who = Who::OneOf(&[
    Part::Approver,
    Part::Auditor,
    Part::DecisionMaker,
    Part::HubManager,
    Part::IgLead,
    Part::InformationGovernance,
]);

/// Entries on one page.
const PER_PAGE: u16 = 50;

/// What the form asks, in order; carried on to older entries.
const ASKED: [&str; 14] = [
    "reason",
    "case",
    "member",
    "kind",
    "officer",
    "from-day",
    "from-month",
    "from-year",
    "nhs_number",
    "forenames",
    "surname",
    "born-day",
    "born-month",
    "born-year",
];

/// The doors of the log.
pub(crate) fn doors<S>() -> Doors<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Site>: FromRef<S>,
{
    const OFFICERS: Who = Who::OneOf(&[Part::InformationGovernance]);
    Doors::default()
        .get("/log", WHO, page)
        .post("/log", WHO, search)
        .get("/log/pack", WHO, pack::page)
        .post("/log/pack", WHO, pack::make)
        .get("/log/{index}", WHO, entry::page)
        .post("/log/{index}/body", WHO, entry::open)
        .get("/log/{index}/correction", CORRECTS, correction::page)
        .post("/log/{index}/correction", CORRECTS, correction::mark)
        .get("/log/{index}/deferral", OFFICERS, deferral::page)
        .post("/log/{index}/deferral", OFFICERS, deferral::defer)
}

async fn page(visit: Signed) -> Paged {
    let faults = no_faults(&visit.words);
    shown(&visit, &Fields::default(), &faults, None)
}

/// Searches, once the search itself is on record.
async fn search(visit: Signed, typed: Fields) -> Paged {
    let words = &visit.words;
    let mut faults = no_faults(words);
    let Some(search) = read(&typed, words, &mut faults) else {
        return shown(&visit, &typed, &faults, None);
    };
    visit.spend(typed.nonce())?;
    match visit.site.gateway.search(&visit.person, &search).await {
        Ok(found) => shown(&visit, &typed, &faults, Some(&found)),
        Err(error) => match person_fault(&error) {
            Some((field, key)) => {
                faults.add(field, words.say(key));
                shown(&visit, &typed, &faults, None)
            }
            None => Err(error.into()),
        },
    }
}

/// The field by which a person was not named as they must be, and what is said of it.
pub(crate) fn person_fault(error: &ExchangeError) -> Option<(&'static str, &'static str)> {
    match error.problem().code() {
        "nhs_number_invalid" => Some(("nhs_number", "log-nhs-number-invalid")),
        "name_unusable" => Some(("forenames", "log-name-unusable")),
        "person_missing" => Some(("nhs_number", "log-person-missing")),
        _ => None,
    }
}

fn read(typed: &Fields, words: &Words, faults: &mut Faults) -> Option<Search> {
    let reason = fields::reason(typed, words, faults);
    let mut check = |name: &str, fits: bool| {
        if !fits {
            faults.add(name, words.say(&format!("log-no-{name}")));
        }
    };
    let case = typed.given("case").map(CaseId::new);
    check("case", !matches!(case, Some(Err(_))));
    let member = typed.given("member").map(MemberId::new);
    check("member", !matches!(member, Some(Err(_))));
    let officer = typed.given("officer").map(UserId::new);
    check("officer", !matches!(officer, Some(Err(_))));
    let kind = typed
        .given("kind")
        .filter(|kind| audit::kinds().any(|known| known == *kind));
    let from = fields::read_day("from", typed, words, faults);
    let person = fields::person(typed, words, faults);
    let before = typed.given("before").and_then(|text| text.parse().ok());
    if !faults.is_empty() {
        return None;
    }
    Some(Search {
        reason: reason?,
        filter: Filter {
            case: case.and_then(Result::ok),
            person,
            officer: officer.and_then(Result::ok),
            kinds: kind
                .and_then(|kind| Code::new(kind).ok())
                .into_iter()
                .collect(),
            member: member.and_then(Result::ok),
            from: from.map(|day| {
                stile_exchange::hub::uk_instant(day.to_datetime(jiff::civil::Time::midnight()))
            }),
            ..Filter::default()
        },
        before,
        limit: PER_PAGE,
    })
}

fn shown(visit: &Signed, typed: &Fields, faults: &Faults, found: Option<&Page>) -> Paged {
    let words = &visit.words;
    let mut sheet = Sheet::new(words.say("log-title")).faults(faults);
    if let Some(found) = found {
        add_found(&mut sheet, visit, typed, found)?;
        sheet.heading(words.say("log-search-again"));
    } else {
        sheet.say(words.say("log-what"));
    }
    sheet.add(form(visit, typed, faults)?);
    sheet.heading(words.say("log-pack-title"));
    sheet.say(words.say("log-pack-what"));
    let to = visit.to("/log/pack");
    sheet.add(ButtonLink::new(words.say("log-pack-open"), to).secondary());
    sheet.page(visit, Some(faults))
}

fn form(visit: &Visit, typed: &Fields, faults: &Faults) -> Result<Form, Trouble> {
    let words = &visit.words;
    let kinds = audit::kinds().map(|kind| (kind, coded(words, "log-kind", kind).into()));
    let kind = Field::new("kind", words.say("log-kind"));
    let line = |name: &str| fields::line(name, &format!("log-{name}"), typed, words, faults);
    Ok(Form::post(visit, "/log")?
        .with(fields::reason_field(typed.text("reason"), words, faults))
        .with(line("case"))
        .with(line("member"))
        .with(choose(words, kind, kinds, typed.text("kind")))
        .with(line("officer"))
        .with(fields::day("from", "log-from", typed, words, faults))
        .with(fields::person_fields(typed, words, faults))
        .button(words, "log-search"))
}

fn add_found(
    sheet: &mut Sheet,
    visit: &Signed,
    typed: &Fields,
    found: &Page,
) -> Result<(), Trouble> {
    let words = &visit.words;
    let count = found.entries.len();
    sheet.say(words.count("log-found", "number", count));
    if found.archived {
        sheet.say(words.say("log-archived"));
    }
    if count > 0 {
        let head = ["entry", "when", "kind", "with", "officer", "reason"];
        let head = head.map(|key| Cell::new(words.say(&format!("log-head-{key}"))));
        let rows = found.entries.iter();
        let rows = rows.map(|line| row(visit, line, typed.text("reason")));
        let caption = words.count("log-found", "number", count);
        sheet.add(
            Table::new(caption, head.into(), rows.collect())
                .hidden_caption()
                .scrolling(),
        );
    }
    if let Some(before) = found.next {
        let mut older = Form::post(visit, "/log")?.carrying("before", before.to_string());
        for name in ASKED {
            older = older.carrying(name, typed.text(name));
        }
        sheet.add(older.with(Button::new(words.say("log-older")).secondary()));
    }
    Ok(())
}

fn row(visit: &Visit, line: &EntryLine, reason: &str) -> Vec<Cell> {
    let words = &visit.words;
    // The reason is one of a closed list: it says nothing of anybody.
    let to = visit.to(&format!("/log/{}?reason={reason}", line.index));
    let mut with: Vec<_> = line.member.iter().chain(&line.recipients).collect();
    with.dedup();
    let with = with
        .into_iter()
        .map(|id| visit.site.gateway.member_name(id));
    vec![
        Cell::new(Link::new(to, line.index.to_string())),
        Cell::new(words.moment(line.time)),
        Cell::new(coded(words, "log-kind", line.kind.as_str())),
        Cell::new(lines(with)),
        Cell::new(match (&line.officer, &line.actor) {
            (Some(user), _) => visit.site.shown(user),
            (None, Some(_)) => words.say("log-left"),
            (None, None) => String::new(),
        }),
        Cell::new(
            line.reason
                .as_ref()
                .map_or_else(String::new, |code| code.as_str().replace('_', " ")),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Catalogue, Language};

    #[test]
    fn every_kind_of_entry_has_words_of_its_own_in_both_languages() {
        let catalogue = Catalogue::built_in().unwrap();

        for language in [Language::English, Language::Cymraeg] {
            let words = catalogue.words(language);
            let mut said = std::collections::BTreeSet::new();
            for kind in audit::kinds() {
                let own = words.of_code("log-kind", kind);
                let own = own.unwrap_or_else(|| panic!("no words for `{kind}` in {language:?}"));
                assert!(said.insert(own), "`{kind}` is said like another kind");
            }
        }
    }

    #[test]
    fn rejects_words_for_a_kind_that_the_ledger_has_not() {
        let words = Catalogue::built_in().unwrap().words(Language::English);

        assert_eq!(words.of_code("log-kind", "gossip"), None);
        assert_eq!(coded(&words, "log-kind", "gossip_heard"), "gossip heard");
    }
}
