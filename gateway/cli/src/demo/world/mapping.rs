//! Writes the declared mapping by which an agency gateway reads one of these databases.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::kind::Kind;
use super::layout::{AliasPart, CategoryLayout, Fill, Layout, PersonPart, column_of};

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// `MySQL` or `MariaDB`.
    Mysql {
        /// File that holds the URL.
        url_file: PathBuf,
    },
    /// `PostgreSQL`.
    Postgres {
        /// File that holds the URL.
        url_file: PathBuf,
    },
    /// `SQLite`.
    Sqlite {
        /// The database file.
        path: PathBuf,
    },
}

/// The mapping of everything that `kind` holds.
pub fn mapping_toml(kind: Kind, backend: &Backend) -> String {
    let layout = Layout::of(kind);
    let (word, key, path) = match backend {
        Backend::Mysql { url_file } => ("mysql", "url_file", url_file),
        Backend::Postgres { url_file } => ("postgres", "url_file", url_file),
        Backend::Sqlite { path } => ("sqlite", "path", path),
    };
    let mut text = format!(
        "# {} of the synthetic world: nothing in it is about anybody.\n\
         [source.{}]\nkind = \"{word}\"\n{key} = {}\nsystem = {}\nperson = {{ {} }}\n",
        layout.system,
        layout.source,
        quoted(&path.to_string_lossy()),
        quoted(layout.system),
        person(layout),
    );
    for category in layout.categories {
        text.push_str(&section(layout, category));
    }
    text
}

fn person(layout: &Layout) -> String {
    let words = [
        ("key", PersonPart::Key),
        ("forename", PersonPart::Forename),
        ("surname", PersonPart::Surname),
        ("dob", PersonPart::Born),
        ("sex", PersonPart::Sex),
        ("address", PersonPart::Address),
        ("postcode", PersonPart::Postcode),
        ("phone", PersonPart::Phone),
        ("school", PersonPart::School),
        ("household", PersonPart::Household),
        ("protected", PersonPart::Protected),
        ("sealed", PersonPart::Sealed),
    ];
    let mut parts = vec![format!("table = \"{}\"", layout.person.name)];
    parts.extend(
        words
            .iter()
            .filter_map(|(word, part)| pair(word, layout.person_column(*part))),
    );
    let schemes = [
        ("nhs_number", PersonPart::Nhs),
        ("pnc_id", PersonPart::Pnc),
        ("upn", PersonPart::Upn),
    ];
    let held: Vec<String> = schemes
        .iter()
        .filter_map(|(word, part)| pair(word, layout.person_column(*part)))
        .collect();
    if !held.is_empty() {
        parts.push(format!("identifiers = {{ {} }}", held.join(", ")));
    }
    parts.extend(aliases(layout));
    if layout.text_dates {
        parts.push("date_format = \"dd/mm/yyyy\"".to_owned());
    }
    parts.join(", ")
}

fn aliases(layout: &Layout) -> Option<String> {
    let table = layout.aliases.as_ref()?;
    let parts: Vec<String> = [
        ("subject", AliasPart::Subject),
        ("forename", AliasPart::Forename),
        ("surname", AliasPart::Surname),
    ]
    .iter()
    .filter_map(|(word, part)| pair(word, column_of(table, *part)))
    .collect();
    Some(format!(
        "aliases = {{ table = \"{}\", {} }}",
        table.name,
        parts.join(", ")
    ))
}

fn section(layout: &Layout, category: &CategoryLayout) -> String {
    let mut text = format!(
        "\n[source.{}.category.\"{}\"]\ntable = \"{}\"\n",
        layout.source, category.category, category.table
    );
    let words = [
        ("key", category.column_with(|fill| fill == Fill::Key)),
        (
            "subject",
            category.column_with(|fill| fill == Fill::Subject),
        ),
        day(category),
        (
            "recorded",
            category.column_with(|fill| fill == Fill::Recorded),
        ),
        ("sealed", category.column_with(|fill| fill == Fill::Sealed)),
        ("grading", category.column_with(|fill| fill == Fill::Grade)),
    ];
    for line in words
        .iter()
        .filter_map(|(word, column)| pair(word, *column))
    {
        text.push_str(&line);
        text.push('\n');
    }
    if layout.text_dates {
        text.push_str("date_format = \"dd/mm/yyyy\"\n");
    }
    let fields: Vec<String> = category
        .columns
        .iter()
        .filter(|column| !column.field.is_empty())
        .filter_map(|column| pair(column.field, Some(column.name)))
        .collect();
    let (author, nature, verification) = category.provenance;
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "fields = {{ {} }}\nprovenance = {{ author = \"{author}\", nature = \"{nature}\", \
         verification = \"{verification}\" }}",
        fields.join(", ")
    );
    text
}

/// Categories of what is true now, each with the field of the date on which it stopped being so;
/// empty where the system does not hold it.
pub(super) const STANDING: &[(&str, &str)] = &[
    ("education.roll", "left"),
    ("health.registration", ""),
    ("health.service_involvement", "ended"),
    ("housing.tenancy", ""),
    ("police.protective_order", "ends"),
    ("probation.order", "ends"),
    ("social_care.legal_status", "ends"),
    ("social_care.plan", "ended"),
    ("youth_justice.order", "ends"),
];

/// The column that the look-back counts from: the end of what stands, else the day of the event.
fn day(category: &CategoryLayout) -> (&'static str, Option<&'static str>) {
    let standing = STANDING.iter().find(|(name, _)| *name == category.category);
    let Some((_, end)) = standing else {
        let day = category.column_with(|fill| matches!(fill, Fill::Event(_)));
        return ("date", day);
    };
    let mut columns = category.columns.iter().filter(|_| !end.is_empty());
    let found = columns.find(|column| column.field == *end);
    ("ended", found.map(|column| column.name))
}

fn pair(word: &str, column: Option<&str>) -> Option<String> {
    column.map(|column| format!("{word} = \"{column}\""))
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
