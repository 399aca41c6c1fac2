//! SQL made from the checked mapping; values are always parameters.
//!
//! ```text
//! candidates: (indexed equality arms, each capped) UNION ALL
//!             -> best rank per key, capped -> the mapped columns of those people
//! records:    the wanted columns of one person in one window, newest first, capped
//! ```

mod candidates;
pub(crate) mod catalog;
mod kin;
pub(crate) mod pages;
mod writer;

use stile_model::subject::CandidateQuery;
use stile_model::time::Date;

use crate::mapping::{AliasMapping, CategoryMapping, ColumnName, Dated, PersonMapping, TableName};
use crate::name::Dialect;
use crate::value::DateFormat;

pub(crate) use self::candidates::{can_find, candidates, found};
pub(crate) use self::kin::{Shared, kin};

use self::writer::Writer;

/// A parameter of a statement.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Param {
    List(Vec<String>),
    Text(String),
}

/// A statement ready for a driver.
#[derive(Clone)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) params: Vec<Param>,
    pub(crate) about: About,
}

impl Statement {
    fn about(mut self, about: About) -> Self {
        self.about = about;
        self
    }
}

/// What a statement asks about, for systems from which that must be fetched before it can be asked.
#[derive(Clone)]
pub(crate) enum About {
    /// Any one person.
    Anybody,
    /// No row at all.
    Columns,
    /// A whole table, or what is left of it.
    Everybody,
    /// The other names of the people of these keys.
    Names(Vec<String>),
    /// How many there are of something.
    Number,
    /// The people of these keys.
    People(Vec<String>),
    /// One person's records in this table.
    Records { table: String, person: String },
    /// People who may be somebody.
    Search(Box<CandidateQuery>),
}

/// What one selected column of the person table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Address,
    Dob,
    Forename,
    Household,
    /// By place in the mapping.
    Identifier(usize),
    Key,
    Phone,
    Postcode,
    Protected,
    School,
    Sealed,
    Sex,
    Surname,
}

/// The mapped columns of the person table, in the order in which they are selected.
pub(crate) fn person_slots(person: &PersonMapping) -> Vec<(Slot, &ColumnName)> {
    let mut slots = vec![(Slot::Key, &person.key), (Slot::Surname, &person.surname)];
    let optional = [
        (Slot::Forename, &person.forename),
        (Slot::Dob, &person.dob),
        (Slot::Sex, &person.sex),
        (Slot::Postcode, &person.postcode),
        (Slot::Phone, &person.phone),
        (Slot::School, &person.school),
        (Slot::Household, &person.household),
        (Slot::Protected, &person.protected),
        (Slot::Sealed, &person.sealed),
    ];
    slots.extend(
        optional
            .into_iter()
            .filter_map(|(slot, column)| Some((slot, column.as_ref()?))),
    );
    slots.extend(person.address.iter().map(|column| (Slot::Address, column)));
    slots.extend(
        person
            .identifiers
            .iter()
            .enumerate()
            .map(|(place, (_, column))| (Slot::Identifier(place), column)),
    );
    slots
}

fn person_columns(person: &PersonMapping, alias: &str, dialect: Dialect) -> String {
    let columns: Vec<_> = person_slots(person)
        .iter()
        .map(|(_, column)| format!("{alias}.{}", column.quoted(dialect)))
        .collect();
    columns.join(", ")
}

/// One person by key, for a check.
pub(crate) fn person(person: &PersonMapping, key: &str, dialect: Dialect) -> Statement {
    let mut writer = Writer::new(dialect);
    let condition = writer.is_key("p", &person.key, key);
    let sql = format!(
        "SELECT {} FROM {} p WHERE {condition} {}",
        person_columns(person, "p", dialect),
        person.table.quoted(dialect),
        dialect.first(1, false)
    );
    writer
        .finish(sql)
        .about(About::People(vec![key.to_owned()]))
}

/// The people of one household; `None` when households are not mapped.
pub(crate) fn household(
    person: &PersonMapping,
    household: &str,
    dialect: Dialect,
    limit: u32,
) -> Option<Statement> {
    let column = person.household.as_ref()?;
    let mut writer = Writer::new(dialect);
    let condition = writer.is_key("p", column, household);
    let sql = format!(
        "SELECT {} FROM {} p WHERE {condition} ORDER BY p.{} {}",
        person_columns(person, "p", dialect),
        person.table.quoted(dialect),
        person.key.quoted(dialect),
        dialect.first(limit, true)
    );
    Some(writer.finish(sql))
}

/// The other names of these people: key, surname, forename if mapped.
pub(crate) fn aliases(
    aliases: &AliasMapping,
    keys: &[String],
    dialect: Dialect,
    limit: u32,
) -> Statement {
    let mut writer = Writer::new(dialect);
    let condition = writer.any("n", &aliases.subject, keys);
    let columns: Vec<_> = alias_columns(aliases)
        .iter()
        .map(|column| writer.column("n", column))
        .collect();
    let sql = format!(
        "SELECT {} FROM {} n WHERE {condition} {}",
        columns.join(", "),
        aliases.table.quoted(dialect),
        dialect.first(limit, false)
    );
    writer.finish(sql).about(About::Names(keys.to_vec()))
}

/// The mapped columns of the table of other names, in the order in which they are selected.
pub(crate) fn alias_columns(aliases: &AliasMapping) -> Vec<&ColumnName> {
    [
        Some(&aliases.subject),
        Some(&aliases.surname),
        aliases.forename.as_ref(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How many rows a table has.
pub(crate) fn count(table: &TableName, dialect: Dialect) -> Statement {
    let sql = format!("SELECT COUNT(*) FROM {}", table.quoted(dialect));
    Writer::new(dialect).finish(sql).about(About::Number)
}

/// Distinct values of a column with their counts, commonest first.
pub(crate) fn distinct(
    table: &TableName,
    column: &ColumnName,
    dialect: Dialect,
    limit: u32,
) -> Statement {
    let column = column.quoted(dialect);
    let table = table.quoted(dialect);
    // MySQL and SQL Server group names that differ only in case or accents, which the source holds
    // apart.
    let (group, shown) = match dialect {
        Dialect::Mysql => (format!("BINARY {column}"), format!("MIN({column})")),
        Dialect::Oracle | Dialect::Postgres | Dialect::PostgresOdbc | Dialect::Sqlite => {
            (column.clone(), column.clone())
        }
        Dialect::SqlServer => (
            format!("CONVERT(VARBINARY(8000), CONVERT(NVARCHAR(4000), {column}))"),
            format!("MIN({column})"),
        ),
    };
    Writer::new(dialect)
        .finish(format!(
            "SELECT {shown}, COUNT(*) AS n FROM {table} WHERE {column} IS NOT NULL \
         GROUP BY {group} ORDER BY n DESC {}",
            dialect.first(limit, true)
        ))
        .about(About::Number)
}

/// Any one value of a column, for a check.
pub(crate) fn sample(table: &TableName, column: &ColumnName, dialect: Dialect) -> Statement {
    let column = column.quoted(dialect);
    Writer::new(dialect)
        .finish(format!(
            "SELECT {column} FROM {} WHERE {column} IS NOT NULL {}",
            table.quoted(dialect),
            dialect.first(1, false)
        ))
        .about(About::Anybody)
}

/// The columns named, of some rows, for a sample.
pub(crate) fn some(
    table: &TableName,
    columns: &[&ColumnName],
    dialect: Dialect,
    limit: u32,
) -> Statement {
    let columns: Vec<_> = columns
        .iter()
        .map(|column| column.quoted(dialect))
        .collect();
    Writer::new(dialect)
        .finish(format!(
            "SELECT {} FROM {} {}",
            columns.join(", "),
            table.quoted(dialect),
            dialect.first(limit, false)
        ))
        .about(About::Anybody)
}

/// The columns named, of no row: proves that they can be read and tells their types.
pub(crate) fn shape(table: &TableName, columns: &[&ColumnName], dialect: Dialect) -> Statement {
    let columns: Vec<_> = columns
        .iter()
        .map(|column| column.quoted(dialect))
        .collect();
    Writer::new(dialect)
        .finish(format!(
            "SELECT {} FROM {} WHERE 1 = 0",
            columns.join(", "),
            table.quoted(dialect)
        ))
        .about(About::Columns)
}

/// Rows equal in one column: the plan of a candidate arm, for a check.
pub(crate) fn equal(
    table: &TableName,
    column: &ColumnName,
    value: &str,
    dialect: Dialect,
) -> Statement {
    let mut writer = Writer::new(dialect);
    let condition = writer.any("p", column, &[value.to_owned()]);
    let sql = format!(
        "SELECT p.{} FROM {} p WHERE {condition}",
        column.quoted(dialect),
        table.quoted(dialect)
    );
    writer.finish(sql)
}

/// One person's records of one category: `columns` of the rows whose day is not before `not_before`
/// (or cannot be told here), newest first; of what is true now, what stands before what ended.
pub(crate) fn records(
    category: &CategoryMapping,
    columns: &[&ColumnName],
    person_key: &str,
    not_before: Option<Date>,
    dialect: Dialect,
    limit: u32,
) -> Statement {
    let mut writer = Writer::new(dialect);
    let columns: Vec<_> = columns
        .iter()
        .map(|column| writer.column("t", column))
        .collect();
    let mut condition = writer.is_key("t", &category.subject, person_key);
    for only in category.only.iter().flatten() {
        let counts = writer.any("t", &only.column, &only.values);
        condition = format!("{condition} AND {counts}");
    }
    if let Some(window) = window(&mut writer, category, not_before) {
        condition = format!("{condition} AND {window}");
    }
    let sql = format!(
        "SELECT {} FROM {} t WHERE {condition} ORDER BY {} {}",
        columns.join(", "),
        category.table.quoted(dialect),
        newest_first(&writer, category),
        dialect.first(limit, true)
    );
    writer.finish(sql).about(About::Records {
        table: category.table.to_string(),
        person: person_key.to_owned(),
    })
}

/// A window the database can apply: only over its own date type. Dates written as text are
/// filtered by the reader of the rows, which knows their format; and so are ends, since one that is
/// written as an empty text, a day of zeros or a word compares with dates in any way, and what it
/// belongs to may stand still.
fn window(
    writer: &mut Writer,
    category: &CategoryMapping,
    not_before: Option<Date>,
) -> Option<String> {
    let (column, from) = (category.date.as_ref()?, not_before?);
    if category.date_format.is_some() || category.dated == Dated::AtEnd {
        return None;
    }
    let column = writer.column("t", column);
    let param = writer.param(&from.to_string());
    Some(match writer.dialect {
        // Text that is not ISO 8601 does not compare as a date, so it is left to the reader.
        Dialect::Sqlite => {
            format!("({column} >= {param} OR {column} IS NULL OR {column} NOT LIKE '____-__-__%')")
        }
        Dialect::Mysql
        | Dialect::Oracle
        | Dialect::Postgres
        | Dialect::PostgresOdbc
        | Dialect::SqlServer => {
            format!("({column} >= {param} OR {column} IS NULL)")
        }
    })
}

/// Can the database put one person's records in the order of their days? Not by days that are texts in
/// another order than theirs, nor by ends that are texts: what stands may have an empty one, or a word.
pub(crate) fn is_ordered(category: &CategoryMapping, dialect: Dialect) -> bool {
    let is_text = category.date_format.is_some() || dialect == Dialect::Sqlite;
    let is_sortable = match category.date_format {
        None | Some(DateFormat::Iso | DateFormat::YearMonthDay) => true,
        Some(DateFormat::DayMonthYearDashes | DateFormat::DayMonthYearSlashes) => false,
    };
    let stands = category.dated == Dated::AtEnd && is_text;
    category.date.is_none() || (is_sortable && !stands)
}

fn newest_first(writer: &Writer, category: &CategoryMapping) -> String {
    let key = writer.column("t", &category.key);
    let sortable = matches!(
        category.date_format,
        None | Some(DateFormat::Iso | DateFormat::YearMonthDay)
    );
    match category.date.as_ref().filter(|_| sortable) {
        Some(date) => {
            let date = writer.column("t", date);
            // Rows of which this is true go last.
            let last = match category.dated {
                Dated::AtEnd => format!("{date} IS NOT NULL"),
                Dated::AtEvent => format!("{date} IS NULL"),
            };
            match writer.dialect {
                Dialect::Oracle | Dialect::SqlServer => {
                    format!("CASE WHEN {last} THEN 1 ELSE 0 END, {date} DESC, {key} DESC")
                }
                Dialect::Mysql | Dialect::Postgres | Dialect::PostgresOdbc | Dialect::Sqlite => {
                    format!("({last}), {date} DESC, {key} DESC")
                }
            }
        }
        None => format!("{key} DESC"),
    }
}
