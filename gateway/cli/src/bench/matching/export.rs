//! Writes the made-up people and queries as tables, so that other programs are asked the same.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use stile_model::subject::{Born, PersonRow, Sex};

use super::asked::Asked;
use super::town::person_of;
use crate::run::Failure;

const HEADING: &str =
    "rec_id,ent_id,given,middle,surname,sex,dob,num,street,locality,postcode,region,ident";

/// `people.csv`, and `queries.csv` at the end.
pub(super) struct Export {
    people: BufWriter<File>,
    queries: BufWriter<File>,
}

impl Export {
    /// Makes the files in `folder`, which may not exist yet.
    pub(super) fn to(folder: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder)?;
        let open = |name: &str| -> Result<BufWriter<File>, Failure> {
            let mut file = BufWriter::new(File::create(folder.join(name))?);
            writeln!(file, "{HEADING}")?;
            Ok(file)
        };
        Ok(Self {
            people: open("people.csv")?,
            queries: open("queries.csv")?,
        })
    }

    /// Adds rows that the agency holds.
    pub(super) fn add(&mut self, rows: &[PersonRow]) -> Result<(), Failure> {
        for row in rows {
            let key = row.key.reveal();
            let person = person_of(key).ok_or("a row without a person")?;
            let born = row.born.map(|date| date.to_string()).unwrap_or_default();
            let sex = row.sex.as_ref().map_or("", |sex| sex.reveal());
            writeln!(
                self.people,
                "{key},{person},{},{},{sex},{born},{},{},,",
                given(row.forenames.reveal()),
                row.surname.reveal(),
                place(row.address.reveal()),
                row.postcode.reveal(),
            )?;
        }
        Ok(())
    }

    /// Writes whom is asked about.
    pub(super) fn finish(mut self, asked: &[Asked]) -> Result<(), Failure> {
        for one in asked {
            let subject = &one.subject;
            let name = subject.names.first().ok_or("a subject without a name")?;
            let home = subject.addresses.first();
            let born = match subject.born {
                Some(Born::Exact(date)) => date.to_string(),
                Some(Born::Month { year, month }) => format!("{year:04}-{month:02}-"),
                Some(Born::Year(year)) => format!("{year:04}--"),
                Some(Born::Approximate { .. } | Born::Expected(_)) | None => String::new(),
            };
            let sex = match subject.sex {
                Some(Sex::Female) => "F",
                Some(Sex::Male) => "M",
                None => "",
            };
            writeln!(
                self.queries,
                "q{},{},{},{},{sex},{born},{},{},,",
                one.person,
                one.person,
                given(name.forenames.reveal()),
                name.surname.reveal(),
                place(home.map_or("", |home| home.line.reveal())),
                home.map_or("", |home| home.postcode.reveal()),
            )?;
        }
        self.queries.flush()?;
        self.people.flush()?;
        Ok(())
    }
}

/// First forename and the rest, as two columns.
fn given(forenames: &str) -> String {
    let (first, rest) = forenames.split_once(' ').unwrap_or((forenames, ""));
    format!("{first},{rest}")
}

/// House, street and town, as three columns.
fn place(line: &str) -> String {
    let (street, town) = line.split_once(", ").unwrap_or((line, ""));
    let (number, street) = street.split_once(' ').unwrap_or(("", street));
    format!("{number},{street},{town}")
}
