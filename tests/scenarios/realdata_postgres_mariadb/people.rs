//! A public person set: whom the hub asks about, whom an agency holds, and who is the same person.

use std::collections::HashMap;
use std::path::Path;

use stile_cli::demo::world::Kind;
use stile_model::id::{Code, SubjectId};
use stile_model::subject::{Address, Born, Identifier, Name, NameKind, Sex, Shown, Subject};
use stile_model::time::{Date, Timestamp};

/// One line of a set: column to value.
pub type Line = HashMap<String, String>;

/// Events of one person lie this many days apart, so that a date says whose it is.
const CYCLE: usize = 350;

/// Codes of the vocabulary by which, with its date, a record tells whose it is.
pub const OUTCOMES: [&str; 5] = [
    "arrest",
    "charge",
    "protection_notice",
    "advice",
    "no_further_action",
];
pub const RISKS: [&str; 3] = ["standard", "medium", "high"];
pub const PRESENTATIONS: [&str; 8] = [
    "fracture",
    "burn",
    "head_injury",
    "bruising",
    "laceration",
    "ingestion",
    "self_harm",
    "illness",
];
const CONCERNS: [&str; 2] = ["no", "yes"];

/// The people an agency holds, each with one or two records made for the test.
pub struct People {
    pub lines: Vec<Line>,
    /// Yesterday first, then ever earlier.
    days: Vec<Date>,
    places: HashMap<String, Vec<usize>>,
}

/// One record of the person at `place`.
pub struct Record {
    pub key: usize,
    pub person: String,
    pub date: Date,
    /// The two codes' places in their lists.
    pub codes: (usize, usize),
}

impl People {
    pub fn new(name: &str, now: Timestamp) -> Self {
        let lines = load(name);
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, line) in lines.iter().enumerate() {
            places
                .entry(line["ent_id"].clone())
                .or_default()
                .push(place);
        }
        let days = (1..=2 * CYCLE).map(|ago| {
            let seconds = i64::try_from(ago).unwrap() * 86_400;
            now.plus_s(-seconds).date()
        });
        Self {
            lines,
            days: days.collect(),
            places,
        }
    }

    pub fn holds(&self, truth: &str) -> bool {
        self.places.contains_key(truth)
    }

    /// Is the row with this key the person `truth`?
    pub fn is(&self, key: &str, truth: &str) -> bool {
        let places = self.places.get(truth).into_iter().flatten();
        places
            .copied()
            .any(|place| self.lines[place]["rec_id"] == key)
    }

    /// Everybody's records; `first` is how many values the first code has.
    pub fn records(&self, first: usize) -> Vec<Record> {
        let mut records = Vec::new();
        for (place, line) in self.lines.iter().enumerate() {
            let code = place / CYCLE;
            for turn in 0..=place % 2 {
                records.push(Record {
                    key: records.len() + 1,
                    person: line["rec_id"].clone(),
                    date: self.days[place % CYCLE + turn * CYCLE],
                    codes: (code % first, code / first),
                });
            }
        }
        records
    }

    /// Who a released record is about, told by its exact date and two codes.
    pub fn owner(&self, kind: Kind, fields: &[Shown]) -> &str {
        let value = |name: &str| {
            let shown = fields.iter().find(|shown| shown.field == name);
            shown
                .unwrap_or_else(|| panic!("{name} is shared"))
                .value
                .reveal()
                .as_str()
        };
        let at =
            |list: &[&str], name: &str| list.iter().position(|code| *code == value(name)).unwrap();
        let (first, second, many) = match kind {
            Kind::Police => (at(&OUTCOMES, "outcome"), at(&RISKS, "risk"), OUTCOMES.len()),
            _ => (
                at(&PRESENTATIONS, "presentation"),
                at(&CONCERNS, "concern"),
                PRESENTATIONS.len(),
            ),
        };
        let date: Date = value("date").parse().unwrap();
        let ago = self.days.iter().position(|day| *day == date).unwrap();
        &self.lines[(first + second * many) * CYCLE + ago % CYCLE]["ent_id"]
    }
}

/// Reads a set of `tests/fixtures/people`.
pub fn load(name: &str) -> Vec<Line> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/people");
    let text = std::fs::read_to_string(folder.join(format!("{name}.csv"))).unwrap();
    let mut lines = text.lines().map(values);
    let heading = lines.next().unwrap();
    lines
        .map(|line| heading.iter().cloned().zip(line).collect())
        .collect()
}

/// Comma-separated values, quoted or not.
fn values(line: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => values.push(String::new()),
            _ => values.last_mut().unwrap().push(letter),
        }
    }
    values
}

/// A query person as a hub's researcher would type them in.
pub fn subject(line: &Line) -> Subject {
    let address = format!("{} {}, {}", line["num"], line["street"], line["locality"]);
    let identifiers = Some(&line["ident"]).filter(|value| !value.is_empty());
    Subject {
        id: SubjectId::new("s1").unwrap(),
        role: Code::new("child").unwrap(),
        names: vec![Name {
            forenames: format!("{} {}", line["given"], line["middle"])
                .trim()
                .to_owned()
                .into(),
            surname: line["surname"].clone().into(),
            kind: NameKind::Current,
        }],
        // What is no date in the calendar is not known.
        born: line["dob"].parse().ok().map(Born::Exact),
        sex: match line["sex"].as_str() {
            "F" => Some(Sex::Female),
            "M" => Some(Sex::Male),
            _ => None,
        },
        addresses: vec![Address {
            line: address.trim().to_owned().into(),
            postcode: line["postcode"].clone().into(),
        }],
        phones: Vec::new(),
        identifiers: identifiers
            .map(|value| Identifier {
                scheme: Code::new("social_security").unwrap(),
                value: value.clone().into(),
            })
            .into_iter()
            .collect(),
    }
}
