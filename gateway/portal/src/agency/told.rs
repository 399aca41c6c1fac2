//! What was told by word of mouth: the same record as if it had gone through the gateway.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::State;
use jiff::civil::Time;
use stile_exchange::agency::Agency;
use stile_exchange::evidence::VERBAL_GROUNDS;
use stile_exchange::hub::{uk_civil, uk_instant};
use stile_exchange::verbal::Telling;
use stile_model::id::{CaseId, CategoryId, Code, EnquiryId, MemberId};
use stile_model::redact::Redacted;

use crate::both::fields::{day, line, read_day};
use crate::both::part::{Form, Sheet, choose, coded, no_faults};
use crate::component::{Checkboxes, Choice, Faults, Field, Group, Item, Select, Textarea};
use crate::doors::{Doors, Part, Who};
use crate::form::Fields;
use crate::site::AgencySite;
use crate::trouble::{Paged, Refusal};
use crate::visit::Signed;
use crate::words::Words;

/// Those who decide what is told: approvers and match reviewers.
pub(crate) const WHO: Who = Who::OneOf(&[Part::Approver, Part::MatchReviewer]);

/// The doors of what is told by word of mouth.
pub(crate) fn doors() -> Doors<AgencySite> {
    Doors::default()
        .get("/told", WHO, page)
        .post("/told", WHO, record)
}

/// The form, with the moment of now.
async fn page(visit: Signed, State(agency): State<Arc<Agency>>) -> Paged {
    let now = uk_civil(visit.now());
    let mut typed = Fields::default();
    for (name, value) in [
        ("said-day", now.day().to_string()),
        ("said-month", now.month().to_string()),
        ("said-year", now.year().to_string()),
        ("time", format!("{:02}:{:02}", now.hour(), now.minute())),
    ] {
        typed.set(name, value);
    }
    shown(&visit, &agency, &typed, &no_faults(&visit.words))
}

fn shown(visit: &Signed, agency: &Agency, typed: &Fields, faults: &Faults) -> Paged {
    let words = &visit.words;
    let mut sheet = Sheet::new(words.say("told-title")).faults(faults);
    sheet.say(words.say("told-what"));
    let one = |name: &str, key: &str| line(name, key, typed, words, faults);
    let categories = agency.vocabulary.categories.iter();
    let categories = categories
        .filter(|category| category.id.agency_kind() == agency.kind.as_str())
        .map(|category| Item::from(Choice::new(category.id.as_str(), category.title.as_str())));
    let boxes = Group::new("category", words.say("told-categories")).error(faults.of("category"));
    let account = Field::new("account", words.say("told-account"))
        .hint(words.say("told-account-hint"))
        .error(faults.of("account"));
    let form = Form::post(visit, "/told")?
        .with(one("case", "log-case"))
        .with(one("enquiry", "told-enquiry"))
        .with(purposes(agency, typed, words, faults))
        .with(one("teller", "told-teller"))
        .with(one("told", "told-told"))
        .with(members(agency, typed, words, faults))
        .with(day("said", "told-when", typed, words, faults))
        .with(one("time", "told-time"))
        .with(grounds(typed, words, faults))
        .with(
            Checkboxes::new(boxes, categories.collect())
                .values(typed.list("category"))
                .small(),
        )
        .with(Textarea::new(account).value(typed.text("account")))
        .button(words, "told-send");
    sheet.add(form);
    sheet.page(visit, Some(faults))
}

fn purposes(agency: &Agency, typed: &Fields, words: &Words, faults: &Faults) -> Select {
    let field = Field::new("purpose", words.say("told-purpose")).error(faults.of("purpose"));
    let all = agency.vocabulary.purposes.iter();
    let all = all.map(|one| (one.code.as_str(), Cow::Borrowed(one.name.as_str())));
    choose(words, field, all, typed.text("purpose"))
}

fn grounds(typed: &Fields, words: &Words, faults: &Faults) -> Select {
    let field = Field::new("ground", words.say("told-ground")).error(faults.of("ground"));
    let all = VERBAL_GROUNDS.iter();
    let all = all.map(|code| (*code, Cow::Owned(coded(words, "case-ground", code))));
    choose(words, field, all, typed.text("ground"))
}

fn members(agency: &Agency, typed: &Fields, words: &Words, faults: &Faults) -> Select {
    let field = Field::new("recipient", words.say("told-recipient")).error(faults.of("recipient"));
    let directory = agency.directory.load();
    let others = directory.members.iter().filter(|one| one.id != agency.me);
    let others: Vec<_> = others
        .map(|one| (one.id.to_string(), one.name.clone()))
        .collect();
    let others = others
        .iter()
        .map(|(id, name)| (id.as_str(), Cow::Borrowed(name.as_str())));
    choose(words, field, others, typed.text("recipient"))
}

/// Records it, once the person has shown again who they are.
async fn record(visit: Signed, State(agency): State<Arc<Agency>>, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let words = &visit.words;
    let mut faults = no_faults(words);
    let Some(telling) = read(&typed, words, &mut faults) else {
        return shown(&visit, &agency, &typed, &faults);
    };
    visit.spend(typed.nonce())?;
    match agency.record_telling(&visit.person, &telling).await {
        Ok(noted) => {
            let mut sheet = Sheet::new(words.say("told-done"));
            let number = noted.index.to_string();
            sheet.say(words.about("told-done-what", "number", &number));
            sheet.page(&visit, None)
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            faults.add_to_form(refusal.said());
            Ok(refusal.on(shown(&visit, &agency, &typed, &faults)?))
        }
    }
}

fn read(typed: &Fields, words: &Words, faults: &mut Faults) -> Option<Telling> {
    let mut must = |name: &str, holds: bool, key: &str| {
        if !holds {
            faults.add(name, words.say(key));
        }
    };
    let case = CaseId::new(typed.text("case"));
    must("case", case.is_ok(), "log-no-case");
    let enquiry: Option<Result<EnquiryId, _>> = typed.given("enquiry").map(str::parse);
    must(
        "enquiry",
        !matches!(enquiry, Some(Err(_))),
        "told-no-enquiry",
    );
    let purpose = typed.given("purpose").and_then(|code| Code::new(code).ok());
    must("purpose", purpose.is_some(), "told-choose");
    let ground = typed.given("ground").and_then(|code| Code::new(code).ok());
    must("ground", ground.is_some(), "told-choose");
    let recipient = typed.given("recipient").map(MemberId::new);
    must(
        "recipient",
        !matches!(recipient, Some(Err(_))),
        "told-choose",
    );
    let who = |name: &str| (1..=200).contains(&typed.text(name).chars().count());
    must("teller", who("teller"), "told-who-length");
    must("told", who("told"), "told-who-length");
    let time: Option<Time> = typed.text("time").parse().ok();
    must("time", time.is_some(), "told-no-time");
    let categories: Result<Vec<_>, _> = typed.all("category").map(CategoryId::new).collect();
    let some = |all: &Vec<CategoryId>| (1..=40).contains(&all.len());
    must(
        "category",
        categories.as_ref().is_ok_and(some),
        "told-choose-categories",
    );
    let account = (10..=2_000).contains(&typed.text("account").chars().count());
    must("account", account, "told-account-hint");
    let date = read_day("said", typed, words, faults);
    if date.is_none() {
        faults.add("said", words.say("log-no-day"));
    }
    if !faults.is_empty() {
        return None;
    }
    let text = |name: &str| Redacted::new(typed.text(name).to_owned());
    Some(Telling {
        case: case.ok()?,
        enquiry: enquiry.and_then(Result::ok),
        purpose: purpose?,
        ground: ground?,
        said: uk_instant(date?.to_datetime(time?)),
        teller: text("teller"),
        told: text("told"),
        recipient: recipient.and_then(Result::ok),
        categories: categories.ok()?,
        account: text("account"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Catalogue, Language};

    const RIGHT: [(&str, &str); 11] = [
        ("case", "MASH-2026-00417"),
        ("purpose", "s47_enquiry"),
        ("ground", "strategy_meeting"),
        ("teller", "PS Ash, safeguarding"),
        ("told", "N. Bell, social worker"),
        ("said-day", "3"),
        ("said-month", "2"),
        ("said-year", "2026"),
        ("time", "14:05"),
        ("category", "police.domestic_incident"),
        ("account", "What happened on Sunday, and that he has left."),
    ];

    fn read_with(name: &str, value: &str) -> (Option<Telling>, Faults) {
        let words = Catalogue::built_in().unwrap().words(Language::English);
        let mut typed = Fields::default();
        for (key, right) in RIGHT {
            typed.set(key, if key == name { value } else { right });
        }
        if RIGHT.iter().all(|(key, _)| *key != name) {
            typed.set(name, value);
        }
        let mut faults = no_faults(&words);
        let telling = read(&typed, &words, &mut faults);
        (telling, faults)
    }

    #[test]
    fn what_was_told_is_read_as_it_was_typed_by_uk_clocks() {
        let (telling, faults) = read_with("recipient", "");

        assert!(faults.is_empty());
        let telling = telling.unwrap();
        assert_eq!(telling.said.to_string(), "2026-02-03T14:05:00.000Z");
        assert_eq!((telling.enquiry, telling.recipient), (None, None));
        assert_eq!(telling.categories.len(), 1);
    }

    #[test]
    fn rejects_each_part_that_is_missing_at_its_field() {
        for (name, value) in [
            ("case", ""),
            ("enquiry", "x"),
            ("purpose", ""),
            ("ground", ""),
            ("recipient", "<b>"),
            ("teller", ""),
            ("told", ""),
            ("time", "noon"),
            ("category", "x"),
            ("account", "short"),
        ] {
            let (telling, faults) = read_with(name, value);
            assert!(telling.is_none() && faults.of(name).is_some(), "{name}");
        }
        let (telling, faults) = read_with("said-day", "31");
        assert!(telling.is_none() && faults.of("said").is_some());
    }
}
