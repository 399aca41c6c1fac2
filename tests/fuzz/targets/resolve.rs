//! Finding a person: any subject among any rows is answered, with probabilities between 0 and 1,
//! and the lists for the source stay short.
//!
//! A line is a person, its fields stand between tabs: forenames, surname, date, sex, address,
//! postcode, telephone, identifier, another name. The first line is the subject.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_linkage::{Frequencies, Match, Resolution, Thresholds, expand, resolve};
use stile_model::id::{Code, SubjectId};
use stile_model::redact::Redacted;
use stile_model::subject::{
    Address, Born, Identifier, Name, NameKind, PersonCounts, PersonRow, Sex, Subject,
};
use stile_model::time::Date;

/// Most rows of one input, so that each run stays short.
const ROWS: usize = 24;

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let Some(subject) = lines.next().map(|line| subject(&fields(line))) else {
        return;
    };
    let rows: Vec<PersonRow> = lines.take(ROWS).map(|line| row(&fields(line))).collect();
    let f = Frequencies::new(&[counts(&rows)]);
    let lists = expand(&subject, &f);
    for list in [&lists.surnames, &lists.forenames, &lists.postcodes] {
        assert!(
            list.len() <= 400,
            "a list is longer than an index is asked for"
        );
    }
    match resolve(&subject, &rows, &f, &Thresholds::default()) {
        Resolution::Confident(found) => {
            assert!(found.probability >= 0.995 && found.guard.is_none());
            sound(&found, rows.len());
        }
        Resolution::Possible(found) => {
            assert!(!found.is_empty() && found.len() <= 10);
            let total: f64 = found.iter().map(|each| each.probability).sum();
            assert!(total <= 1.000_001, "at most one of them is the subject");
            found.iter().for_each(|each| sound(each, rows.len()));
        }
        Resolution::None { .. } => {}
    }
});

fn sound(found: &Match, rows: usize) {
    assert!((0.0..=1.0).contains(&found.probability));
    assert!(found.bits.is_finite());
    assert!(found.waterfall.iter().all(|weight| weight.bits.is_finite()));
    assert!(!found.rows.is_empty() && found.rows.iter().all(|at| *at < rows));
}

fn fields(line: &str) -> Vec<&str> {
    line.split('\t').collect()
}

fn at<'a>(fields: &[&'a str], place: usize) -> &'a str {
    fields.get(place).copied().unwrap_or("")
}

fn date(fields: &[&str]) -> Option<Date> {
    at(fields, 2).parse().ok()
}

fn subject(fields: &[&str]) -> Subject {
    let name = |forenames: &str, surname: &str, kind| Name {
        forenames: forenames.into(),
        surname: surname.into(),
        kind,
    };
    let year = at(fields, 2).get(..4).and_then(|year| year.parse().ok());
    Subject {
        id: SubjectId::new("s1").expect("an id"),
        role: Code::new("child").expect("a code"),
        names: vec![
            name(at(fields, 0), at(fields, 1), NameKind::Current),
            name(at(fields, 8), at(fields, 1), NameKind::Alias),
        ],
        born: date(fields).map(Born::Exact).or(year.map(Born::Year)),
        sex: match at(fields, 3) {
            "f" => Some(Sex::Female),
            "m" => Some(Sex::Male),
            _ => None,
        },
        addresses: vec![Address {
            line: at(fields, 4).into(),
            postcode: at(fields, 5).into(),
        }],
        phones: vec![at(fields, 6).into()],
        identifiers: ["nhs_number", "upn", "local"]
            .map(|scheme| Identifier {
                scheme: Code::new(scheme).expect("a code"),
                value: at(fields, 7).into(),
            })
            .into(),
    }
}

fn row(fields: &[&str]) -> PersonRow {
    PersonRow {
        forenames: at(fields, 0).into(),
        surname: at(fields, 1).into(),
        aliases: vec![at(fields, 8).into()],
        born: date(fields),
        sex: Some(at(fields, 3).into()),
        address: at(fields, 4).into(),
        postcode: at(fields, 5).into(),
        phone: at(fields, 6).into(),
        identifiers: ["nhs_number", "upn", "local"]
            .map(|scheme| (Code::new(scheme).expect("a code"), at(fields, 7).into()))
            .into(),
        protected: at(fields, 3) == "p",
        sealed: at(fields, 3) == "s",
        ..PersonRow::default()
    }
}

fn counts(rows: &[PersonRow]) -> PersonCounts {
    let each = |of: fn(&PersonRow) -> &Redacted<String>| {
        rows.iter().map(|row| (of(row).clone(), 1)).collect()
    };
    PersonCounts {
        people: rows.len().try_into().unwrap_or(u64::MAX),
        surnames: each(|row| &row.surname),
        forenames: each(|row| &row.forenames),
        born: rows
            .iter()
            .filter_map(|row| row.born)
            .map(|born| (born, 1))
            .collect(),
        postcodes: each(|row| &row.postcode),
        ..PersonCounts::default()
    }
}
