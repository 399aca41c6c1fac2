//! SQL made from the checked mapping; values are always parameters.
//!
//! ```text
//! candidates: (indexed equality arms, each capped) UNION ALL
//!             -> best rank per key, capped -> the mapped columns of those people
//! records:    the wanted columns of one person in one window, newest first, capped
//! ```

use stile_model::redact::Redacted;
use stile_model::subject::CandidateQuery;
use stile_model::time::Date;

use crate::limits::{SPELLING_MAX_BYTES, SPELLINGS_MAX};
use crate::mapping::{AliasMapping, CategoryMapping, ColumnName, PersonMapping, TableName};
use crate::name::Dialect;
use crate::value::DateFormat;

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
}

/// Writes one statement; parameters are numbered in the order in which conditions are asked for, so
/// conditions must be asked for in the order in which they appear.
struct Writer {
    dialect: Dialect,
    params: Vec<Param>,
}

impl Writer {
    const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            params: Vec::new(),
        }
    }

    fn finish(self, sql: String) -> Statement {
        Statement {
            sql,
            params: self.params,
        }
    }

    fn column(&self, alias: &str, column: &ColumnName) -> String {
        format!("{alias}.{}", column.quoted(self.dialect))
    }

    fn param(&mut self, value: &str) -> String {
        self.params.push(Param::Text(value.to_owned()));
        match self.dialect {
            Dialect::Postgres => format!("${}", self.params.len()),
            Dialect::Mysql | Dialect::Sqlite => "?".to_owned(),
        }
    }

    /// Exactly this key. `MySQL` compares numbers with text as floating point and text without
    /// regard to case, so there a second, exact comparison follows the indexed one.
    fn is_key(&mut self, alias: &str, column: &ColumnName, key: &str) -> String {
        let column = self.column(alias, column);
        let param = self.param(key);
        if self.dialect == Dialect::Mysql {
            let exact = self.param(key);
            return format!(
                "{column} = {param} AND CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin = {exact}"
            );
        }
        format!("{column} = {param}")
    }

    fn any(&mut self, alias: &str, column: &ColumnName, values: &[String]) -> String {
        let column = self.column(alias, column);
        if self.dialect == Dialect::Postgres {
            self.params.push(Param::List(values.to_vec()));
            return format!("{column} = ANY(${})", self.params.len());
        }
        let marks: Vec<_> = values.iter().map(|value| self.param(value)).collect();
        format!("{column} IN ({})", marks.join(", "))
    }
}

fn revealed(values: &[Redacted<String>]) -> Vec<String> {
    values
        .iter()
        .filter(|value| value.reveal().len() <= SPELLING_MAX_BYTES)
        .take(SPELLINGS_MAX)
        .map(|value| value.reveal().clone())
        .collect()
}

/// The spellings of `dates` in a column; without a declared format the database's own date type is
/// meant, which `SQLite` does not have and writes as text.
fn dates(dates: &[Date], format: Option<DateFormat>, dialect: Dialect) -> Vec<String> {
    dates
        .iter()
        .take(SPELLINGS_MAX)
        .flat_map(|date| match format {
            Some(format) => format.spellings(*date),
            None if dialect == Dialect::Sqlite => DateFormat::Iso.spellings(*date),
            None => vec![date.to_string()],
        })
        .collect()
}

/// One column of a candidate pair: its values and where they are looked for.
struct Part<'a> {
    column: Option<&'a ColumnName>,
    values: Vec<String>,
}

impl Part<'_> {
    fn mapped(&self) -> Option<(&ColumnName, &[String])> {
        let column = self.column.filter(|_| !self.values.is_empty())?;
        Some((column, &self.values))
    }
}

/// Finds candidates; `None` when nothing asked for is mapped.
pub(crate) fn candidates(
    person: &PersonMapping,
    query: &CandidateQuery,
    dialect: Dialect,
    limit: u32,
) -> Option<Statement> {
    let mut arms = Arms {
        writer: Writer::new(dialect),
        person,
        limit,
        sql: Vec::new(),
    };
    arms.identities(query);
    arms.pairs(query);
    if arms.sql.is_empty() {
        return None;
    }
    let union = arms.sql.join(" UNION ALL ");
    let columns = person_columns(person, "p", dialect);
    let key = person.key.quoted(dialect);
    let table = person.table.quoted(dialect);
    let sql = format!(
        "SELECT {columns} FROM (SELECT u.k, MIN(u.r) AS r FROM ({union}) u \
         GROUP BY u.k ORDER BY MIN(u.r), u.k LIMIT {limit}) c \
         JOIN {table} p ON p.{key} = c.k ORDER BY c.r, c.k LIMIT {limit}"
    );
    Some(arms.writer.finish(sql))
}

struct Arms<'a> {
    writer: Writer,
    person: &'a PersonMapping,
    limit: u32,
    sql: Vec<String>,
}

impl Arms<'_> {
    fn push(&mut self, rank: u8, from: &str, condition: &str) {
        let key = self.person.key.quoted(self.writer.dialect);
        self.sql.push(format!(
            "SELECT * FROM (SELECT p.{key} AS k, {rank} AS r FROM {from} WHERE {condition} \
             LIMIT {}) a{}",
            self.limit,
            self.sql.len()
        ));
    }

    fn from(&self) -> String {
        format!("{} p", self.person.table.quoted(self.writer.dialect))
    }

    /// An equal identifier or telephone number is enough.
    fn identities(&mut self, query: &CandidateQuery) {
        let from = self.from();
        let person = self.person;
        for (scheme, values) in &query.identifiers {
            let mapped = person.identifiers.iter().find(|(known, _)| known == scheme);
            let values = revealed(values);
            if let Some((_, column)) = mapped.filter(|_| !values.is_empty()) {
                let condition = self.writer.any("p", column, &values);
                self.push(1, &from, &condition);
            }
        }
        let phones = revealed(&query.phones);
        if let Some(column) = person.phone.as_ref().filter(|_| !phones.is_empty()) {
            let condition = self.writer.any("p", column, &phones);
            self.push(2, &from, &condition);
        }
    }

    /// Two of surname, forename, date of birth and postcode; rarer pairs rank higher.
    fn pairs(&mut self, query: &CandidateQuery) {
        let person = self.person;
        let dialect = self.writer.dialect;
        let surname = Part {
            column: Some(&person.surname),
            values: revealed(&query.surnames),
        };
        let forename = Part {
            column: person.forename.as_ref(),
            values: revealed(&query.forenames),
        };
        let born = Part {
            column: person.dob.as_ref(),
            values: dates(&query.born, person.date_format, dialect),
        };
        let postcode = Part {
            column: person.postcode.as_ref(),
            values: revealed(&query.postcodes),
        };
        let from = self.from();
        for (rank, first, second) in [
            (3, &born, &surname),
            (3, &born, &forename),
            (4, &born, &postcode),
            (4, &postcode, &surname),
            (5, &postcode, &forename),
            (6, &surname, &forename),
        ] {
            self.pair(rank, &from, ("p", first), ("p", second));
        }
        if let Some(aliases) = &person.aliases {
            self.alias_pairs(aliases, &surname, &forename, &born, &postcode);
        }
    }

    /// The same pairs with a surname or forename from the table of other names.
    fn alias_pairs(
        &mut self,
        aliases: &AliasMapping,
        surname: &Part<'_>,
        forename: &Part<'_>,
        born: &Part<'_>,
        postcode: &Part<'_>,
    ) {
        let dialect = self.writer.dialect;
        let from = format!(
            "{} n JOIN {} p ON p.{} = n.{}",
            aliases.table.quoted(dialect),
            self.person.table.quoted(dialect),
            self.person.key.quoted(dialect),
            aliases.subject.quoted(dialect)
        );
        let other_surname = Part {
            column: Some(&aliases.surname),
            values: surname.values.clone(),
        };
        let other_forename = Part {
            column: aliases.forename.as_ref(),
            values: forename.values.clone(),
        };
        self.pair(3, &from, ("p", born), ("n", &other_surname));
        self.pair(3, &from, ("p", born), ("n", &other_forename));
        self.pair(4, &from, ("p", postcode), ("n", &other_surname));
        self.pair(5, &from, ("p", postcode), ("n", &other_forename));
        self.pair(6, &from, ("n", &other_surname), ("n", &other_forename));
        self.pair(6, &from, ("n", &other_surname), ("p", forename));
    }

    fn pair(&mut self, rank: u8, from: &str, first: (&str, &Part<'_>), second: (&str, &Part<'_>)) {
        let (Some((a, firsts)), Some((b, seconds))) = (first.1.mapped(), second.1.mapped()) else {
            return;
        };
        let left = self.writer.any(first.0, a, firsts);
        let right = self.writer.any(second.0, b, seconds);
        self.push(rank, from, &format!("{left} AND {right}"));
    }
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
        "SELECT {} FROM {} p WHERE {condition} LIMIT 1",
        person_columns(person, "p", dialect),
        person.table.quoted(dialect)
    );
    writer.finish(sql)
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
        "SELECT {} FROM {} p WHERE {condition} ORDER BY p.{} LIMIT {limit}",
        person_columns(person, "p", dialect),
        person.table.quoted(dialect),
        person.key.quoted(dialect)
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
        "SELECT {} FROM {} n WHERE {condition} LIMIT {limit}",
        columns.join(", "),
        aliases.table.quoted(dialect)
    );
    writer.finish(sql)
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
    Writer::new(dialect).finish(format!("SELECT COUNT(*) FROM {}", table.quoted(dialect)))
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
    // MySQL groups names that differ only in case or accents, which the source holds apart.
    let group = match dialect {
        Dialect::Mysql => format!("BINARY {column}"),
        Dialect::Postgres | Dialect::Sqlite => column.clone(),
    };
    let shown = match dialect {
        Dialect::Mysql => format!("MIN({column})"),
        Dialect::Postgres | Dialect::Sqlite => column.clone(),
    };
    Writer::new(dialect).finish(format!(
        "SELECT {shown}, COUNT(*) AS n FROM {table} WHERE {column} IS NOT NULL \
         GROUP BY {group} ORDER BY n DESC LIMIT {limit}"
    ))
}

/// Any one value of a column, for a check.
pub(crate) fn sample(table: &TableName, column: &ColumnName, dialect: Dialect) -> Statement {
    let column = column.quoted(dialect);
    Writer::new(dialect).finish(format!(
        "SELECT {column} FROM {} WHERE {column} IS NOT NULL LIMIT 1",
        table.quoted(dialect)
    ))
}

/// The columns named, of no row: proves that they can be read and tells their types.
pub(crate) fn shape(table: &TableName, columns: &[&ColumnName], dialect: Dialect) -> Statement {
    let columns: Vec<_> = columns
        .iter()
        .map(|column| column.quoted(dialect))
        .collect();
    Writer::new(dialect).finish(format!(
        "SELECT {} FROM {} LIMIT 0",
        columns.join(", "),
        table.quoted(dialect)
    ))
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

/// One person's records of one category: `columns` of the rows whose event is not before
/// `not_before` (or has no readable date), newest first.
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
    if let Some(window) = window(&mut writer, category, not_before) {
        condition = format!("{condition} AND {window}");
    }
    let sql = format!(
        "SELECT {} FROM {} t WHERE {condition} ORDER BY {} LIMIT {limit}",
        columns.join(", "),
        category.table.quoted(dialect),
        newest_first(&writer, category)
    );
    writer.finish(sql)
}

/// A window the database can apply: only over its own date type. Dates written as text are
/// filtered by the reader of the rows, which knows their format.
fn window(
    writer: &mut Writer,
    category: &CategoryMapping,
    not_before: Option<Date>,
) -> Option<String> {
    let (column, from) = (category.date.as_ref()?, not_before?);
    if category.date_format.is_some() {
        return None;
    }
    let column = writer.column("t", column);
    let param = writer.param(&from.to_string());
    Some(match writer.dialect {
        // Text that is not ISO 8601 does not compare as a date, so it is left to the reader.
        Dialect::Sqlite => {
            format!("({column} >= {param} OR {column} IS NULL OR {column} NOT LIKE '____-__-__%')")
        }
        Dialect::Mysql | Dialect::Postgres => format!("({column} >= {param} OR {column} IS NULL)"),
    })
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
            format!("({date} IS NULL), {date} DESC, {key} DESC")
        }
        None => format!("{key} DESC"),
    }
}
