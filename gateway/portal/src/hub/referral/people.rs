//! Whom it is about: one after the other, and always room for one more.

use jiff::Span;
use jiff::civil::Date;
use stile_exchange::hub::desk::Referral;
use stile_exchange::hub::uk_civil;
use stile_model::enquiry::SUBJECTS_MAX;
use stile_model::id::{Code, SubjectId};
use stile_model::subject::{Address, Born, Identifier, Name, NameKind, Sex, Subject};

use super::super::case_form::choose;
use super::super::check::Check;
use super::super::told::date;
use super::parts::{Form, LINE, code, kept};
use crate::component::{Content, Fieldset, Legend, Size};
use crate::form::Fields;

/// Years either way of an age that somebody guesses.
const GUESS_YEARS: u8 = 2;
const TEXTS: [&str; 8] = [
    "forenames",
    "surname",
    "other-forenames",
    "other-surname",
    "address",
    "postcode",
    "phone",
    "nhs-number",
];

pub(super) fn write(referral: &Referral, typed: &mut Fields) {
    for (number, subject) in (1..).zip(&referral.subjects) {
        let mut set = |part: &str, value: &str| typed.set(format!("p{number}-{part}"), value);
        set("role", subject.role.as_str());
        let of = |kind: NameKind| subject.names.iter().find(move |name| name.kind == kind);
        for (prefix, kind) in [("", NameKind::Current), ("other-", NameKind::Alias)] {
            if let Some(name) = of(kind) {
                set(&format!("{prefix}forenames"), name.forenames.reveal());
                set(&format!("{prefix}surname"), name.surname.reveal());
            }
        }
        if let Some(address) = subject.addresses.first() {
            set("address", address.line.reveal());
            set("postcode", address.postcode.reveal());
        }
        if let Some(phone) = subject.phones.first() {
            set("phone", phone.reveal());
        }
        let nhs = subject
            .identifiers
            .iter()
            .find(|id| id.scheme.as_str() == "nhs_number");
        set("nhs-number", nhs.map_or("", |id| id.value.reveal()));
        set(
            "sex",
            match subject.sex {
                Some(Sex::Female) => "female",
                Some(Sex::Male) => "male",
                None => "",
            },
        );
        for (part, value) in born_fields(subject.born) {
            set(part, &value);
        }
    }
}

fn born_fields(born: Option<Born>) -> Vec<(&'static str, String)> {
    let day = |date: Date| {
        vec![
            ("born-day", date.day().to_string()),
            ("born-month", date.month().to_string()),
            ("born-year", date.year().to_string()),
        ]
    };
    match born {
        Some(Born::Exact(date) | Born::Expected(date)) => day(date),
        Some(Born::Month { year, month }) => vec![
            ("born-month", month.to_string()),
            ("born-year", year.to_string()),
        ],
        Some(Born::Year(year)) => vec![("born-year", year.to_string())],
        Some(Born::Approximate { date, .. }) => vec![("about", date.year().to_string())],
        None => Vec::new(),
    }
}

pub(super) fn read(check: &mut Check<'_>) -> Vec<Subject> {
    let mut all = Vec::new();
    for number in 1..=SUBJECTS_MAX {
        if is_written(check.fields, number)
            && let Some(subject) = one(check, number, all.len() + 1)
        {
            all.push(subject);
        }
    }
    all
}

fn is_written(fields: &Fields, number: usize) -> bool {
    let others = [
        "role",
        "born-day",
        "born-month",
        "born-year",
        "about",
        "sex",
    ];
    let mut parts = TEXTS.iter().chain(&others);
    parts.any(|part| fields.given(&format!("p{number}-{part}")).is_some())
}

fn one(check: &mut Check<'_>, number: usize, place: usize) -> Option<Subject> {
    let name = |part: &str| format!("p{number}-{part}");
    for part in TEXTS {
        check.text(&name(part), 0..=LINE);
    }
    let role = code(check.fields, &name("role"));
    if role.is_none() {
        check.fault(&name("role"), "hub-fault-choose");
    }
    let is_unborn = role.as_ref().is_some_and(|role| role.as_str() == "unborn");
    let born = born(check, number, is_unborn);
    let fields = check.fields;
    let text = |part: &str| fields.text(&name(part)).to_owned();
    let name_of = |prefix: &str, kind: NameKind| {
        let (forenames, surname) = (
            text(&format!("{prefix}forenames")),
            text(&format!("{prefix}surname")),
        );
        (!forenames.is_empty() || !surname.is_empty()).then(|| Name {
            forenames: kept(&forenames),
            surname: kept(&surname),
            kind,
        })
    };
    let names = [
        name_of("", NameKind::Current),
        name_of("other-", NameKind::Alias),
    ];
    let (line, postcode) = (text("address"), text("postcode"));
    let address = (!line.is_empty() || !postcode.is_empty()).then(|| Address {
        line: kept(&line),
        postcode: kept(&postcode),
    });
    let phone = Some(text("phone")).filter(|phone| !phone.is_empty());
    let nhs = Some(text("nhs-number")).filter(|number| !number.is_empty());
    let nhs = nhs.and_then(|number| {
        Some(Identifier {
            scheme: Code::new("nhs_number").ok()?,
            value: kept(&number),
        })
    });
    Some(Subject {
        id: SubjectId::new(format!("s{place}")).ok()?,
        role: role?,
        names: names.into_iter().flatten().collect(),
        born,
        sex: match text("sex").as_str() {
            "female" => Some(Sex::Female),
            "male" => Some(Sex::Male),
            _ => None,
        },
        addresses: address.into_iter().collect(),
        phones: phone.iter().map(|phone| kept(phone)).collect(),
        identifiers: nhs.into_iter().collect(),
    })
}

/// A date as well as it is known: a day, a month, a year, or a year that somebody guesses.
fn born(check: &mut Check<'_>, number: usize, is_unborn: bool) -> Option<Born> {
    let name = |part: &str| format!("p{number}-{part}");
    let fields = check.fields;
    let now = uk_civil(check.shown.visit.now()).date();
    let latest = now.saturating_add(Span::new().months(10));
    let given = |part: &str| fields.given(&name(part));
    let year = |part: &str| {
        let year = given(part)?.parse::<i16>().ok();
        Some(year.filter(|year| (1_900..=latest.year()).contains(year)))
    };
    let month = given("born-month").map(|text| text.parse::<i8>().ok());
    let month = month.map(|month| month.filter(|month| (1..=12).contains(month)));
    let day = given("born-day").map(|text| text.parse::<i8>().ok());
    let found = match (day, month, year("born-year"), year("about")) {
        (None, None, None, None) => return None,
        (Some(Some(day)), Some(Some(month)), Some(Some(year)), _) => {
            let date = Date::new(year, month, day)
                .ok()
                .filter(|date| *date <= latest);
            match date {
                Some(date) if is_unborn => Some(Born::Expected(date)),
                Some(date) if date <= now => Some(Born::Exact(date)),
                _ => None,
            }
        }
        (None, Some(Some(month)), Some(Some(year)), _) if !is_unborn => {
            Some(Born::Month { year, month })
        }
        (None, None, Some(Some(year)), _) if !is_unborn => Some(Born::Year(year)),
        (None, None, None, Some(Some(year))) if !is_unborn => {
            Date::new(year, 7, 1).ok().map(|date| Born::Approximate {
                date,
                years: GUESS_YEARS,
            })
        }
        _ => None,
    };
    if found.is_none() {
        check.fault(&name("born-day"), "referral-fault-born");
    }
    found
}

/// Those written, and an empty one.
pub(super) fn show(form: &Form<'_>) -> Vec<Content> {
    let written = (1..=SUBJECTS_MAX)
        .rev()
        .find(|number| is_written(form.typed, *number));
    let shown = (written.unwrap_or(0) + 1).min(SUBJECTS_MAX);
    (1..=shown).map(|number| show_one(form, number)).collect()
}

fn show_one(form: &Form<'_>, number: usize) -> Content {
    let Form {
        shown,
        typed,
        faults,
    } = *form;
    let name = |part: &str| format!("p{number}-{part}");
    let line = |part: &str| form.line_as(&name(part), &format!("referral-person-{part}"));
    let roles = shown.vocabulary().subject_roles.iter();
    let roles = roles.map(|term| (term.code.to_string(), shown.role(&term.code)));
    let fields = super::super::part::joined([
        choose(
            &shown,
            typed,
            faults,
            &name("role"),
            "referral-person-role",
            roles,
        ),
        line("forenames"),
        line("surname"),
        line("other-forenames"),
        line("other-surname"),
        date(&shown, typed, faults, &name("born"), "referral-person-born"),
        line("about"),
        form.radios_as(
            &name("sex"),
            "referral-person-sex",
            &["female", "male"],
            "referral-sex",
        ),
        line("address"),
        line("postcode"),
        line("phone"),
        line("nhs-number"),
    ]);
    let legend = shown.words().count("referral-person", "number", number);
    Fieldset::new(Legend::new(legend).size(Size::M), fields).into()
}
