//! Loads the person sets, stands in for a source's indexes, and scores outcomes against the truth.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a broken fixture must stop the measurement"
)]

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use stile_linkage::{Frequencies, Match, Resolution, Thresholds, expand, resolve};
use stile_model::id::{Code, SubjectId};
use stile_model::redact::Redacted;
use stile_model::subject::{
    Address, Born, CandidateQuery, Identifier, Name, NameKind, PersonCounts, PersonRow, Sex,
    Subject,
};
use stile_model::time::Date;

/// One line of a file: column name to value.
type Line = HashMap<String, String>;

/// A set: queries, and the people an agency holds, behind equality indexes.
pub struct Set {
    queries: Vec<(String, Subject)>,
    people: Vec<(String, PersonRow)>,
    frequencies: Frequencies,
    index: HashMap<(&'static str, String), Vec<usize>>,
}

/// What came out over a number of queries.
#[derive(Default, Debug)]
pub struct Outcome {
    pub queries: usize,
    pub present: usize,
    /// Confident and right.
    pub confident: usize,
    /// Confident and wrong: a stranger's record would have been disclosed.
    pub false_confident: usize,
    /// Possible, the right person among those shown.
    pub possible: usize,
    /// Possible although nobody held is the subject, or the right one is not shown.
    pub idle_reviews: usize,
    /// The right person was among the rows fetched.
    pub fetched: usize,
    pub rows: Vec<usize>,
    /// Record ids of queries with a false match or a miss.
    pub wrong: Vec<String>,
}

impl Outcome {
    pub fn confident_recall(&self) -> f64 {
        share(self.confident, self.present)
    }

    pub fn recall(&self) -> f64 {
        share(self.confident + self.possible, self.present)
    }

    pub fn candidate_recall(&self) -> f64 {
        share(self.fetched, self.present)
    }

    /// Counts one resolution; `right` says of each row whether it is the subject.
    fn count(&mut self, resolution: &Resolution, truth: &str, present: bool, right: &[bool]) {
        let is = |one: &Match| one.rows.iter().any(|row| right[*row]);
        match resolution {
            Resolution::Confident(one) if one.rows.iter().all(|row| right[*row]) => {
                self.confident += 1;
            }
            Resolution::Confident(one) => {
                self.false_confident += 1;
                self.wrong.push(format!(
                    "false {truth} {:.4} {:?}",
                    one.probability, one.waterfall
                ));
            }
            Resolution::Possible(some) if some.iter().any(is) => {
                self.possible += 1;
                let best = some.first().map(|one| (one.probability, one.guard));
                self.wrong.push(format!("possible {truth} {best:?}"));
            }
            Resolution::Possible(_) => {
                self.idle_reviews += 1;
                if present {
                    self.wrong.push(format!("not shown {truth}"));
                }
            }
            Resolution::None { .. } => {
                if present {
                    self.wrong
                        .push(format!("missed {truth} fetched {}", right.contains(&true)));
                }
            }
        }
    }

    /// One line of the table under [`HEADING`].
    pub fn row(&mut self, name: &str) -> String {
        self.rows.sort_unstable();
        let at = |part: usize| {
            self.rows
                .get(self.rows.len().saturating_sub(1) * part / 100)
                .copied()
                .unwrap_or(0)
        };
        format!(
            "| {name} | {} / {} | {} | {:.4} | {:.4} | {:.4} | {} | {} / {} |",
            self.queries,
            self.present,
            self.false_confident,
            self.confident_recall(),
            self.recall(),
            self.candidate_recall(),
            self.idle_reviews,
            at(50),
            at(99),
        )
    }
}

pub const HEADING: &str = "| set | queries / present | false confident | confident recall | recall with possible | candidate recall | idle reviews | rows p50 / p99 |\n|---|---|---|---|---|---|---|---|";

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
            .map(|line| (line["ent_id"].clone(), subject(line)))
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
        let mut outcome = Outcome::default();
        for (truth, subject) in self.queries.iter().step_by(step) {
            let found = self.fetch(&expand(subject, &self.frequencies));
            let right: Vec<bool> = found.iter().map(|i| self.people[*i].0 == *truth).collect();
            let rows: Vec<PersonRow> = found.iter().map(|i| self.people[*i].1.clone()).collect();
            let present = held.contains(truth.as_str());
            outcome.queries += 1;
            outcome.present += usize::from(present);
            outcome.rows.push(found.len());
            outcome.fetched += usize::from(right.contains(&true));
            let resolution = resolve(subject, &rows, &self.frequencies, thresholds);
            outcome.count(&resolution, truth, present, &right);
        }
        outcome
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

fn share(part: usize, of: usize) -> f64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "counts of test lines"
    )]
    let share = part as f64 / of.max(1) as f64;
    share
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
    PersonCounts {
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
