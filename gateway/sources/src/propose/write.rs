//! The text of a proposed mapping, with a reason for each line.
//!
//! ```text
//! surname = "sname"      # by its name
//! table = "person"       # CONFIRM: …       in force, and may be wrong
//! #? school = "college"  # likely            left out, until a person takes the `#? ` away
//! ```

use std::fmt::Write as _;

use stile_model::id::Code;

use super::guess::{Guess, Person, Sure, Taken};
use super::records::{Day, Records};
use super::{ColumnFacts, Kind};
use crate::mapping::SourceMapping;
use crate::mapping::place::{OdbcDialect, Place};
use crate::value::DateFormat;

/// Lines before the mapping itself, which explain the marks.
pub(super) const HEAD_LINES: usize = 4;

/// The whole file.
pub(super) fn text(mapping: &SourceMapping, guess: &Guess, agency_kind: &Code) -> String {
    let mut page = Page::default();
    page.plain("# Proposed from the names and types of tables and columns. Read every line:");
    page.plain("#   `# CONFIRM` is in force as it stands, and may be wrong;");
    page.plain(
        "#   `#? ` is left out because it is only likely: take the mark away where it is right.",
    );
    page.plain("# Then run `stile source check` and `stile source sample`.");
    page.plain(&format!("[source.{}]", mapping.name));
    for (key, value) in place(&mapping.place) {
        page.plain(&format!("{key} = {}", quoted(&value)));
    }
    page.plain(&format!("system = {}", quoted(&mapping.system)));
    people(&mut page, &mapping.name, &guess.person);
    for category in &guess.categories {
        records(&mut page, &mapping.name, category, agency_kind);
    }
    unrecognised(&mut page, guess);
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn plain(&mut self, line: &str) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.0, "{line}");
    }

    /// A line in force with why it is so.
    fn sure(&mut self, line: &str, why: &str) {
        self.plain(&format!("{line:<48} # {why}"));
    }

    fn confirm(&mut self, line: &str, why: &str) {
        self.plain(&format!("{line:<48} # CONFIRM: {why}"));
    }

    fn left_out(&mut self, line: &str, why: &str) {
        self.plain(&format!("#? {line:<45} # {why}"));
    }

    /// A column that may be left out.
    fn column(&mut self, taken: &Taken) {
        let line = format!("{} = {}", taken.key, quoted(taken.column.as_str()));
        match taken.sure {
            Sure::Likely => self.left_out(&line, "likely, by a word of its name"),
            Sure::Sure => self.sure(&line, "by its name"),
        }
    }

    /// A column that must be there.
    fn needed(&mut self, taken: &Taken, why: &str) {
        let line = format!("{} = {}", taken.key, quoted(taken.column.as_str()));
        match taken.sure {
            Sure::Likely => self.confirm(&line, "likely, by its name"),
            Sure::Sure => self.sure(&line, why),
        }
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The keys that say where the source is.
fn place(place: &Place) -> Vec<(&'static str, String)> {
    let path = |path: &std::path::Path| path.display().to_string();
    match place {
        Place::Csv(place) => vec![("kind", "csv".into()), ("folder", path(&place.folder))],
        Place::Fhir(place) => vec![("kind", "fhir".into()), ("base", place.base.clone())],
        Place::Http(place) => vec![("kind", "http_json".into()), ("base", place.base.clone())],
        Place::Mysql { url_file } => vec![("kind", "mysql".into()), ("url_file", path(url_file))],
        Place::Odbc(place) => vec![
            ("kind", "odbc".into()),
            ("connection_file", path(&place.connection_file)),
            ("dialect", dialect(place.dialect).into()),
        ],
        Place::Postgres { url_file } => {
            vec![("kind", "postgres".into()), ("url_file", path(url_file))]
        }
        Place::Sqlite { path: file } => vec![("kind", "sqlite".into()), ("path", path(file))],
    }
}

const fn dialect(dialect: OdbcDialect) -> &'static str {
    match dialect {
        OdbcDialect::Mysql => "mysql",
        OdbcDialect::Oracle => "oracle",
        OdbcDialect::Postgres => "postgres",
        OdbcDialect::Sqlite => "sqlite",
        OdbcDialect::SqlServer => "sql_server",
    }
}

fn people(page: &mut Page, source: &str, person: &Person) {
    page.plain(&format!("\n[source.{source}.person]"));
    let table = format!("table = {}", quoted(&person.table.to_string()));
    match &person.rival {
        Some(rival) => page.confirm(&table, &format!("`{rival}` looks like people, too")),
        None => page.sure(&table, "names, dates of birth and a key"),
    }
    page.needed(&person.key, "the primary key");
    page.needed(&person.surname, "by its name");
    if let Some(forename) = &person.forename {
        page.column(forename);
    }
    if let Some(dob) = &person.dob {
        let line = format!("dob = {}", quoted(dob.name.as_str()));
        dated(page, &line, dob.kind, person.date_format);
    }
    for part in &person.parts {
        page.column(part);
    }
    if !person.address.is_empty() {
        let lines = person.address.iter().map(|column| quoted(column.as_str()));
        let lines = lines.collect::<Vec<_>>().join(", ");
        page.sure(
            &format!("address = [{lines}]"),
            "by their names, in this order",
        );
    }
    flags(page, person);
    identifiers(page, person);
    if let Some(aliases) = &person.aliases {
        let forename = aliases
            .forename
            .as_ref()
            .map_or_else(String::new, |column| {
                format!(", forename = {}", quoted(column.as_str()))
            });
        let line = format!(
            "aliases = {{ table = {}, subject = {}, surname = {}{forename} }}",
            quoted(&aliases.table.to_string()),
            quoted(aliases.subject.as_str()),
            quoted(aliases.surname.as_str()),
        );
        page.confirm(&line, "other names of the same people");
    }
}

/// A line about a date, with how dates are written where the database does not know.
fn dated(page: &mut Page, line: &str, kind: Kind, format: Option<DateFormat>) {
    match (kind, format) {
        (Kind::Date, _) => page.sure(line, "a date by its name and type"),
        (_, Some(format)) => {
            page.sure(line, "a date by its name");
            written(page, format);
        }
        (_, None) => unwritten(page, line),
    }
}

fn written(page: &mut Page, format: DateFormat) {
    let line = format!("date_format = {}", quoted(format.as_str()));
    page.confirm(&line, "how most of some values are written");
}

fn unwritten(page: &mut Page, line: &str) {
    page.plain(&format!(
        "# Not mapped, for its dates are written in no way that is known: {line}"
    ));
}

/// The line of an end, or why there is none. Of what is true now only its end is counted from, since
/// what began long ago may stand still.
fn ended(page: &mut Page, records: &Records, end: Option<&(ColumnFacts, Sure)>) {
    if let Some((column, sure)) = end {
        let line = format!("ended = {}", quoted(column.name.as_str()));
        let readable = column.kind == Kind::Date || records.date_format.is_some();
        match sure {
            _ if !readable => unwritten(page, &line),
            Sure::Likely => page.left_out(&line, "likely, though only expected ends end nothing"),
            Sure::Sure => page.confirm(&line, "the day on which it ended, empty while it stands"),
        }
    } else {
        page.plain(
            "# Of what is true now there is no `date`, and no column looks like `ended`: all of it \
             is told, however old.",
        );
    }
    if let Some(format) = records.date_format {
        written(page, format);
    }
}

/// What keeps something back is in force even where it is only likely.
fn flags(page: &mut Page, person: &Person) {
    for flag in &person.flags {
        let line = format!("{} = {}", flag.key, quoted(flag.column.as_str()));
        page.confirm(
            &line,
            "yes, or anything but no, must mean that it is kept back",
        );
    }
    for key in ["protected", "sealed"] {
        if !person.flags.iter().any(|flag| flag.key == key) {
            page.plain(&format!(
                "# No column looks like `{key}`: ask how this system marks such people."
            ));
        }
    }
}

fn identifiers(page: &mut Page, person: &Person) {
    let sure: Vec<_> = person
        .identifiers
        .iter()
        .filter(|one| one.sure == Sure::Sure)
        .collect();
    if !sure.is_empty() {
        let pairs = sure
            .iter()
            .map(|one| format!("{} = {}", one.key, quoted(one.column.as_str())));
        let pairs = pairs.collect::<Vec<_>>().join(", ");
        page.sure(&format!("identifiers = {{ {pairs} }}"), "by their names");
    }
}

fn records(page: &mut Page, source: &str, records: &Records, agency_kind: &Code) {
    // Only likely: all of it is left out.
    let mut own = Page::default();
    own.plain(&format!("[source.{source}.category.\"{}\"]", records.id));
    own.confirm(
        &format!("table = {}", quoted(&records.table.to_string())),
        "by the words of its name",
    );
    own.needed(&records.key, "the primary key");
    own.sure(
        &format!("subject = {}", quoted(records.subject.as_str())),
        "leads to people",
    );
    let undated = |kind: Kind| kind != Kind::Date && records.date_format.is_none();
    match (&records.day, &records.date) {
        (Day::End(end), _) => ended(&mut own, records, end.as_ref()),
        (Day::Event, Some(date)) => {
            let line = format!("date = {}", quoted(date.name.as_str()));
            dated(&mut own, &line, date.kind, records.date_format);
        }
        (Day::Event, None) => {}
    }
    if let Some(recorded) = &records.recorded {
        own.sure(
            &format!("recorded = {}", quoted(recorded.as_str())),
            "a date by its name and type",
        );
    }
    if let Some(sealed) = &records.sealed {
        let line = format!("sealed = {}", quoted(sealed.column.as_str()));
        own.confirm(
            &line,
            "yes, or anything but no, must mean that it is kept back",
        );
    }
    // A date that cannot be read is no field either.
    let unreadable = |taken: &&Taken| {
        let mut dates = records.dates();
        !dates.any(|date| undated(date.kind) && taken.column == date.name)
    };
    let fields = records.fields.iter().filter(unreadable);
    let pairs = fields.map(|one| format!("{} = {}", one.key, quoted(one.column.as_str())));
    let pairs = pairs.collect::<Vec<_>>();
    if pairs.is_empty() {
        page.plain(&format!(
            "\n# `{}` looks like `{}`, but none of its columns can be mapped as it stands: map it by hand.",
            records.table, records.id
        ));
        return;
    }
    own.confirm(
        &format!("fields = {{ {} }}", pairs.join(", ")),
        &doubtful(records),
    );
    let author = author(agency_kind.as_str());
    let line = format!(
        "provenance = {{ author = {}, nature = \"fact\", verification = \"unverified\" }}",
        quoted(&author)
    );
    own.confirm(
        &line,
        "who writes these records, and how far they are checked",
    );
    page.plain("");
    for line in own.0.lines() {
        match records.sure {
            Sure::Likely if line.starts_with("#? ") => page.plain(line),
            Sure::Likely => page.plain(&format!("#? {line}")),
            Sure::Sure => page.plain(line),
        }
    }
}

/// Records that nobody would miss in a file that does not name them: a safeguarding log, it may be.
fn unrecognised(page: &mut Page, guess: &Guess) {
    if guess.unrecognised.is_empty() {
        return;
    }
    page.plain("\n# These tables lead to people too, and look like no category. Nothing in them is ever shared");
    page.plain("# until they are mapped by hand; ask what each of them holds:");
    for (table, column) in &guess.unrecognised {
        page.plain(&format!("#   {table}, by {column}"));
    }
}

/// Which fields were taken by a word of their names alone.
fn doubtful(records: &Records) -> String {
    let likely = records.fields.iter().filter(|one| one.sure == Sure::Likely);
    let likely: Vec<_> = likely.map(|one| one.key.as_str()).collect();
    if likely.is_empty() {
        "that each column means what the field means".to_owned()
    } else {
        format!("only likely: {}", likely.join(", "))
    }
}

fn author(agency_kind: &str) -> String {
    match agency_kind {
        "education" => "teacher".to_owned(),
        "health" => "clinician".to_owned(),
        "police" => "police_officer".to_owned(),
        other => Code::new(format!("{other}_staff"))
            .map_or_else(|_| "staff".to_owned(), |code| code.as_str().to_owned()),
    }
}
