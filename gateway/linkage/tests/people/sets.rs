//! Loads the person sets, stands in for a source's indexes, and scores outcomes against the truth.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a broken fixture must stop the measurement"
)]

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use stile_linkage::{Frequencies, Homes, Thresholds, expand, resolve};
use stile_model::id::{Code, SubjectId};
use stile_model::redact::Redacted;
use stile_model::subject::{
    Address, Born, CandidateQuery, Identifier, Name, NameKind, PersonCounts, PersonRow, Sex,
    Subject,
};
use stile_model::time::Date;

pub mod outcome;

use self::outcome::{Answer, Outcome};

/// One line of a file: column name to value.
type Line = HashMap<String, String>;

/// One query person.
pub struct Query {
    rec_id: String,
    pub truth: String,
    pub subject: Subject,
}

/// A set: queries, and the people an agency holds, behind equality indexes.
pub struct Set {
    pub queries: Vec<Query>,
    pub people: Vec<(String, PersonRow)>,
    frequencies: Frequencies,
    index: HashMap<(&'static str, String), Vec<usize>>,
}

impl Set {
    /// Loads `NAME_q.csv` and the base that belongs to it.
    pub fn load(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/people");
        let read = |part: &str| {
            lines(&fs::read_to_string(folder.join(format!("{name}_{part}.csv"))).expect("fixture"))
        };
        let people: Vec<(String, PersonRow)> = read("b")
            .iter()
            .map(|line| (line["ent_id"].clone(), row(line)))
            .collect();
        let queries = read("q")
            .iter()
            .map(|line| Query {
                rec_id: line["rec_id"].clone(),
                truth: line["ent_id"].clone(),
                subject: subject(line),
            })
            .collect();
        let frequencies = Frequencies::new(&[counts(&people)]);
        let mut index: HashMap<(&'static str, String), Vec<usize>> = HashMap::new();
        for (i, (_, row)) in people.iter().enumerate() {
            for (column, value) in columns(row) {
                index.entry((column, value)).or_default().push(i);
            }
        }
        Self {
            queries,
            people,
            frequencies,
            index,
        }
    }

    /// Resolves every `step`-th query.
    pub fn run(&self, step: usize, thresholds: &Thresholds) -> Outcome {
        let held: HashSet<&str> = self
            .people
            .iter()
            .map(|(truth, _)| truth.as_str())
            .collect();
        let mut answers = Vec::new();
        for query in self.queries.iter().step_by(step) {
            let found = self.fetch(&expand(&query.subject, &self.frequencies));
            let right: Vec<bool> = found
                .iter()
                .map(|i| self.people[*i].0 == query.truth)
                .collect();
            let rows: Vec<PersonRow> = found.iter().map(|i| self.people[*i].1.clone()).collect();
            let resolution = resolve(&query.subject, &rows, &self.frequencies, thresholds);
            answers.push(Answer::new(
                &query.rec_id,
                held.contains(query.truth.as_str()),
                &right,
                &resolution,
            ));
        }
        Outcome { answers }
    }

    /// What a source does with the lists: an identifier equal, or two of the four others.
    fn fetch(&self, query: &CandidateQuery) -> Vec<usize> {
        let mut hits: HashMap<usize, u8> = HashMap::new();
        let mut hit = |column: &'static str, value: &str, weight: u8| {
            for i in self
                .index
                .get(&(column, value.to_owned()))
                .into_iter()
                .flatten()
            {
                *hits.entry(*i).or_default() += weight;
            }
        };
        let lists = [
            ("surname", &query.surnames),
            ("forenames", &query.forenames),
            ("postcode", &query.postcodes),
        ];
        for (column, values) in lists {
            for value in values {
                hit(column, value.reveal(), 1);
            }
        }
        for date in &query.born {
            hit("born", &date.to_string(), 1);
        }
        for value in query.identifiers.iter().flat_map(|(_, values)| values) {
            hit("ident", value.reveal(), 2);
        }
        let mut found: Vec<usize> = hits
            .into_iter()
            .filter(|(_, hits)| *hits >= 2)
            .map(|(i, _)| i)
            .collect();
        found.sort_unstable();
        found
    }
}

fn lines(text: &str) -> Vec<Line> {
    let mut all = text.lines();
    let heading: Vec<&str> = all.next().unwrap_or_default().split(',').collect();
    all.map(|line| {
        heading
            .iter()
            .map(|name| (*name).to_owned())
            .zip(fields(line))
            .collect()
    })
    .collect()
}

/// Splits a line of comma-separated values, quoted or not.
fn fields(line: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(String::new()),
            _ => all.last_mut().expect("never empty").push(c),
        }
    }
    all
}

fn forenames(line: &Line) -> Redacted<String> {
    format!("{} {}", line["given"], line["middle"])
        .trim()
        .to_owned()
        .into()
}

fn address(line: &Line) -> Redacted<String> {
    format!("{} {}, {}", line["num"], line["street"], line["locality"])
        .trim()
        .to_owned()
        .into()
}

/// A date as an adapter reads it: a month past twelve with a day that could be one is read as the
/// American order; anything else unreadable is not known.
fn date(line: &Line) -> Option<Date> {
    let parts: Vec<i16> = line["dob"]
        .split('-')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else {
        return None;
    };
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let of = |month, day| Date::new(year, month, day).ok();
    of(month, day).or_else(|| of(day, month))
}

/// Year and month where the day is unreadable, as somebody filling in a form would give them.
fn month(line: &Line) -> Option<Born> {
    let mut parts = line["dob"].split('-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    Date::new(year, month, 1)
        .ok()
        .map(|_| Born::Month { year, month })
}

fn subject(line: &Line) -> Subject {
    let name = Name {
        forenames: forenames(line),
        surname: line["surname"].clone().into(),
        kind: NameKind::Current,
    };
    let place = Address {
        line: address(line),
        postcode: line["postcode"].clone().into(),
    };
    let ident = Identifier {
        scheme: scheme(),
        value: line["ident"].clone().into(),
    };
    Subject {
        id: SubjectId::new("s1").expect("id"),
        role: Code::new("child").expect("code"),
        names: vec![name],
        born: date(line).map(Born::Exact).or_else(|| month(line)),
        sex: match line["sex"].as_str() {
            "F" => Some(Sex::Female),
            "M" => Some(Sex::Male),
            _ => None,
        },
        addresses: vec![place],
        phones: Vec::new(),
        identifiers: if line["ident"].is_empty() {
            Vec::new()
        } else {
            vec![ident]
        },
    }
}

fn row(line: &Line) -> PersonRow {
    PersonRow {
        source: "base".to_owned(),
        key: line["rec_id"].clone().into(),
        forenames: forenames(line),
        surname: line["surname"].clone().into(),
        born: date(line),
        sex: Some(line["sex"].clone().into()),
        address: address(line),
        postcode: line["postcode"].clone().into(),
        identifiers: if line["ident"].is_empty() {
            Vec::new()
        } else {
            vec![(scheme(), line["ident"].clone().into())]
        },
        ..PersonRow::default()
    }
}

fn scheme() -> Code {
    Code::new("social_security").expect("code")
}

fn columns(row: &PersonRow) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("surname", row.surname.reveal().clone()),
        ("forenames", row.forenames.reveal().clone()),
        ("postcode", row.postcode.reveal().clone()),
    ];
    all.extend(row.born.map(|date| ("born", date.to_string())));
    all.extend(
        row.identifiers
            .iter()
            .map(|(_, value)| ("ident", value.reveal().clone())),
    );
    all.retain(|(_, value)| !value.is_empty());
    all
}

fn counts(people: &[(String, PersonRow)]) -> PersonCounts {
    let mut counts: HashMap<(&'static str, String), u64> = HashMap::new();
    for (_, row) in people {
        for column in columns(row) {
            *counts.entry(column).or_default() += 1;
        }
    }
    let of = |wanted: &str| {
        let column = counts
            .iter()
            .filter(move |((column, _), _)| *column == wanted);
        column
            .map(|((_, value), people)| (Redacted::new(value.clone()), *people))
            .collect::<Vec<_>>()
    };
    let mut homes = Homes::default();
    for (_, row) in people {
        homes.add(row);
    }
    PersonCounts {
        kin: homes.counts(),
        people: u64::try_from(people.len()).expect("fits"),
        surnames: of("surname"),
        forenames: of("forenames"),
        postcodes: of("postcode"),
        born: of("born")
            .into_iter()
            .map(|(date, people)| (date.reveal().parse().expect("date"), people))
            .collect(),
    }
}
