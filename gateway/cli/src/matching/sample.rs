//! A labelled sample: people, and which record is theirs.

use std::fs;
use std::path::Path;

use stile_model::id::{Code, SubjectId};
use stile_model::redact::Redacted;
use stile_model::subject::{Address, Born, Identifier, Name, NameKind, Sex, Subject};
use stile_policy::read_table;

use crate::keys::named;
use crate::run::Failure;

/// Columns a sample may have.
const COLUMNS: [&str; 12] = [
    "forenames",
    "surname",
    "former_surname",
    "born",
    "sex",
    "address",
    "postcode",
    "phone",
    "nhs_number",
    "upn",
    "source",
    "record",
];

/// One person of the sample.
pub(super) struct Labelled {
    pub(super) subject: Subject,
    /// The source's own key of the right record; none when the person is not held.
    pub(super) record: Option<Redacted<String>>,
    /// Whose key that is, where the sample says so.
    pub(super) source: Option<String>,
}

/// Reads a sample.
///
/// # Errors
///
/// Names the file and the row; never what stands there.
pub(super) fn read(file: &Path) -> Result<Vec<Labelled>, Failure> {
    let bytes = fs::read(file).map_err(|error| named(file, &error))?;
    parse(&bytes).map_err(|problem| format!("{}: {problem}", file.display()).into())
}

fn parse(bytes: &[u8]) -> Result<Vec<Labelled>, String> {
    let mut rows = read_table(bytes)?.into_iter();
    let heading = rows.next().unwrap_or_default();
    let heading: Vec<String> = heading
        .iter()
        .map(|cell| cell.trim().to_lowercase())
        .collect();
    let unknown = heading
        .iter()
        .find(|name| !COLUMNS.contains(&name.as_str()));
    if unknown.is_some() || !heading.iter().any(|name| name == "record") {
        return Err(format!(
            "row 1: the columns are {}, and `record` must be one of them",
            COLUMNS.map(|name| format!("`{name}`")).join(", ")
        ));
    }
    if let Some(twice) = heading.iter().enumerate().find_map(|(place, name)| {
        let before = heading.get(..place).unwrap_or_default();
        before.contains(name).then_some(name)
    }) {
        return Err(format!("row 1: the column `{twice}` stands there twice"));
    }
    let labelled = rows.enumerate().map(|(place, cells)| {
        let row = place + 2;
        if cells.len() != heading.len() {
            return Err(format!(
                "row {row}: {} cells, but {} columns",
                cells.len(),
                heading.len()
            ));
        }
        let line = Line {
            heading: &heading,
            cells: &cells,
        };
        line.labelled()
            .map_err(|column| format!("row {row}: `{column}` cannot be read"))
    });
    let labelled: Vec<_> = labelled.collect::<Result<_, _>>()?;
    if labelled.is_empty() {
        return Err("there is nobody in it".to_owned());
    }
    Ok(labelled)
}

/// Refuses a sample that does not tell whose keys its records are: two systems may give two people
/// one key.
///
/// # Errors
///
/// Names the systems.
pub(super) fn check(sample: &[Labelled], connected: &[&str]) -> Result<(), String> {
    let held = sample.iter().filter(|one| one.record.is_some());
    for labelled in held {
        let known = match &labelled.source {
            Some(source) => connected.contains(&source.as_str()),
            None => connected.len() < 2,
        };
        if !known {
            let names: Vec<_> = connected.iter().map(|name| format!("`{name}`")).collect();
            return Err(format!(
                "the column `source` must say whose key each `record` is: {}",
                names.join(" or ")
            ));
        }
    }
    Ok(())
}

/// One line of the file.
struct Line<'a> {
    heading: &'a [String],
    cells: &'a [String],
}

impl Line<'_> {
    /// The cell of a column, nothing when it is empty.
    fn cell(&self, column: &str) -> Option<&str> {
        let place = self.heading.iter().position(|name| name == column)?;
        let cell = self.cells.get(place)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    fn text(&self, column: &str) -> Redacted<String> {
        self.cell(column).unwrap_or_default().to_owned().into()
    }

    /// The person, or the column that cannot be read.
    fn labelled(&self) -> Result<Labelled, &'static str> {
        let name = |column, kind| Name {
            forenames: self.text("forenames"),
            surname: self.text(column),
            kind,
        };
        let mut names = vec![name("surname", NameKind::Current)];
        if self.cell("former_surname").is_some() {
            names.push(name("former_surname", NameKind::Former));
        }
        let sex = match self.cell("sex").map(str::to_lowercase).as_deref() {
            None => None,
            Some("female" | "f") => Some(Sex::Female),
            Some("male" | "m") => Some(Sex::Male),
            Some(_) => return Err("sex"),
        };
        let placed = self.cell("address").or(self.cell("postcode")).is_some();
        let address = Address {
            line: self.text("address"),
            postcode: self.text("postcode"),
        };
        let numbers = ["nhs_number", "upn"].into_iter().filter_map(|scheme| {
            let value = self.cell(scheme)?.to_owned().into();
            let scheme = Code::new(scheme).ok()?;
            Some(Identifier { scheme, value })
        });
        let subject = Subject {
            id: SubjectId::new("s1").map_err(|_| "record")?,
            role: Code::new("subject").map_err(|_| "record")?,
            names,
            born: self
                .cell("born")
                .map(|text| born(text).ok_or("born"))
                .transpose()?,
            sex,
            addresses: placed.then_some(address).into_iter().collect(),
            phones: self
                .cell("phone")
                .map(|phone| phone.to_owned().into())
                .into_iter()
                .collect(),
            identifiers: numbers.collect(),
        };
        Ok(Labelled {
            subject,
            record: self.cell("record").map(|key| key.to_owned().into()),
            source: self.cell("source").map(ToOwned::to_owned),
        })
    }
}

/// A day, a month or a year.
fn born(text: &str) -> Option<Born> {
    if let Ok(date) = text.parse() {
        return Some(Born::Exact(date));
    }
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year] if year.len() == 4 => Some(Born::Year(year.parse().ok()?)),
        [year, month] if year.len() == 4 && month.len() == 2 => {
            let month: i8 = month.parse().ok()?;
            let year = year.parse().ok()?;
            (1..=12)
                .contains(&month)
                .then_some(Born::Month { year, month })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_people_with_and_without_a_record() {
        let text = "forenames,surname,born,record\n\"Mali, Ann\",Testwood,2018-05,17\nOwen,Sampleford,1990,\n\n";

        let sample = parse(text.as_bytes()).unwrap();

        assert_eq!(sample.len(), 2);
        assert_eq!(sample[0].subject.names[0].forenames.reveal(), "Mali, Ann");
        assert_eq!(
            sample[0].subject.born,
            Some(Born::Month {
                year: 2018,
                month: 5
            })
        );
        assert_eq!(
            sample[0].record.as_ref().map(|key| key.reveal().as_str()),
            Some("17")
        );
        assert_eq!(sample[1].subject.born, Some(Born::Year(1990)));
        assert!(sample[1].record.is_none() && sample[1].subject.addresses.is_empty());
    }

    #[test]
    fn rejects_records_of_which_nobody_knows_in_which_system_they_are() {
        let problem = |text: &str, connected: &[&str]| {
            check(&parse(text.as_bytes()).unwrap(), connected).err()
        };
        let (bare, named) = (
            "surname,record\nQ,1\n",
            "surname,source,record\nQ,niche,1\n",
        );

        assert_eq!(problem(bare, &["niche"]), None);
        assert_eq!(problem(named, &["niche", "sims"]), None);
        assert_eq!(problem("surname,record\nQ,\n", &["niche", "sims"]), None);
        let unknown = problem(bare, &["niche", "sims"]).unwrap();
        assert!(unknown.contains("`niche` or `sims`"), "{unknown}");
        assert!(problem(named, &["sims"]).is_some());
    }

    #[test]
    fn rejects_a_sample_that_could_be_misread_naming_the_row_and_no_person() {
        for (text, word) in [
            ("forenames,surname\nZephyrine,Q\n", "`record`"),
            ("forenames,eyes,record\nZephyrine,blue,1\n", "columns"),
            ("surname,surname,record\nA,B,1\n", "twice"),
            ("surname,record\nZephyrine\n", "row 2"),
            (
                "surname,born,record\nZephyrine,1990,1\nZephyrine,9 May,1\n",
                "row 3: `born`",
            ),
            ("surname,born,record\nZephyrine,1990-13,1\n", "`born`"),
            ("surname,sex,record\nZephyrine,x,1\n", "`sex`"),
            ("surname,record\n\"Zephyrine,1\n", "never closed"),
            ("surname,record\n", "nobody"),
        ] {
            let problem = parse(text.as_bytes()).err().unwrap_or_default();
            assert!(problem.contains(word), "{text:?}: {problem:?}");
            assert!(!problem.contains("Zephyrine"), "{problem}");
        }
    }
}
