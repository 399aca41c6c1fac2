//! How people of one surname and one home agree, counted without joining the table to itself.
//!
//! ```text
//! values = home, value  -> people, is it known        (GROUP BY home, value)
//! homes  = home         -> people, known, equal pairs (GROUP BY home)
//! result = all people, pairs of known, equal pairs of the homes that are no crowds
//! ```
//!
//! A crowd is one by all its people, known or not, as where people are held in memory.

use stile_model::subject::KinCounts;

use super::writer::Writer;
use super::{About, Statement};
use crate::mapping::{ColumnName, PersonMapping};
use crate::name::Dialect;

/// What is compared between the people of one home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shared {
    /// Nothing: every pair is counted.
    Nothing,
    Forename,
    Born,
    Sex,
    /// Forename and date of birth: one person twice.
    Both,
}

/// People, ordered pairs, and ordered pairs equal in what is compared; people of whom it is not
/// known are in no pair. `None` when homes or what is compared are not mapped.
pub(crate) fn kin(person: &PersonMapping, shared: Shared, dialect: Dialect) -> Option<Statement> {
    let Home { columns, condition } = home(person, dialect)?;
    let values = values(person, shared, dialect)?;
    let named = || columns.iter().enumerate();
    let named: Vec<String> = named()
        .map(|(i, column)| format!("{column} AS h{i}"))
        .collect();
    let keys: Vec<String> = (0..columns.len()).map(|i| format!("h{i}")).collect();
    let known: Vec<&str> = values.iter().map(|(_, known)| known.as_str()).collect();
    let known = match known.as_slice() {
        [] => "1 = 1".to_owned(),
        some => some.join(" AND "),
    };
    let mut grouped = columns;
    grouped.extend(values.into_iter().map(|(value, _)| value));
    let sql = format!(
        "SELECT COALESCE(SUM(n), 0), \
         COALESCE(SUM(CASE WHEN n <= {most} THEN k * (k - 1) ELSE 0 END), 0), \
         COALESCE(SUM(CASE WHEN n <= {most} THEN s ELSE 0 END), 0) \
         FROM (SELECT SUM(c) AS n, SUM(p * c) AS k, SUM(p * c * (c - 1)) AS s \
         FROM (SELECT {}, COUNT(*) AS c, MAX(CASE WHEN {known} THEN 1 ELSE 0 END) AS p \
         FROM {} WHERE {condition} GROUP BY {}) v GROUP BY {}) w",
        named.join(", "),
        person.table.quoted(dialect),
        grouped.join(", "),
        keys.join(", "),
        most = KinCounts::HOME_MAX,
    );
    Some(Writer::new(dialect).finish(sql).about(About::Number))
}

/// What tells one home from another, and that a row has one.
struct Home {
    columns: Vec<String>,
    condition: String,
}

/// The surname with the first of household, postcode and address that the row has.
fn home(person: &PersonMapping, dialect: Dialect) -> Option<Home> {
    let surname = text(&person.surname, dialect);
    let mut tiers: Vec<(String, Vec<String>)> = Vec::new();
    if let Some(household) = &person.household {
        let column = text(household, dialect);
        tiers.push((filled(&column, dialect), vec![column]));
    }
    if let Some(postcode) = &person.postcode {
        let column = format!("UPPER(REPLACE({}, ' ', ''))", text(postcode, dialect));
        tiers.push((filled(&column, dialect), vec![column]));
    }
    let address: Vec<String> = person.address.iter().map(|c| text(c, dialect)).collect();
    if let Some(first) = address.first() {
        tiers.push((filled(first, dialect), address));
    }
    if tiers.is_empty() {
        return None;
    }
    let mut columns = vec![format!("UPPER(TRIM({surname}))")];
    let mut before: Vec<&str> = Vec::new();
    for (condition, tier) in &tiers {
        let only = match before.as_slice() {
            [] => "1 = 1".to_owned(),
            some => format!("NOT ({})", some.join(" OR ")),
        };
        columns.extend(
            tier.iter()
                .map(|c| format!("CASE WHEN {only} THEN {c} END")),
        );
        before.push(condition);
    }
    let condition = format!(
        "{} AND ({})",
        filled(&surname, dialect),
        before.join(" OR ")
    );
    Some(Home { columns, condition })
}

/// What to group by, each with the condition that it is known.
fn values(
    person: &PersonMapping,
    shared: Shared,
    dialect: Dialect,
) -> Option<Vec<(String, String)>> {
    let forename = || {
        let column = text(person.forename.as_ref()?, dialect);
        Some((first_word(&column, dialect), filled(&column, dialect)))
    };
    let born = || {
        // A date kept as text may be blank: two blanks are no two equal dates.
        let column = text(person.dob.as_ref()?, dialect);
        let condition = filled(&column, dialect);
        Some((column, condition))
    };
    match shared {
        Shared::Nothing => Some(Vec::new()),
        Shared::Forename => Some(vec![forename()?]),
        Shared::Born => Some(vec![born()?]),
        Shared::Both => Some(vec![forename()?, born()?]),
        Shared::Sex => {
            let column = text(person.sex.as_ref()?, dialect);
            let condition = filled(&column, dialect);
            Some(vec![(column, condition)])
        }
    }
}

/// The first forename: registers differ in whether they add the others.
fn first_word(column: &str, dialect: Dialect) -> String {
    let text = format!("LOWER(TRIM({column}))");
    match dialect {
        Dialect::Mysql => format!("SUBSTRING_INDEX({text}, ' ', 1)"),
        Dialect::Postgres | Dialect::PostgresOdbc => format!("SPLIT_PART({text}, ' ', 1)"),
        Dialect::Oracle | Dialect::Sqlite => {
            format!("SUBSTR({text}, 1, INSTR({text} || ' ', ' ') - 1)")
        }
        Dialect::SqlServer => format!("LEFT({text}, CHARINDEX(' ', {text} + ' ') - 1)"),
    }
}

/// The column as text, whatever its type, and nothing for null.
fn text(column: &ColumnName, dialect: Dialect) -> String {
    let kind = match dialect {
        Dialect::Mysql => "CHAR",
        Dialect::Oracle => "VARCHAR2(4000)",
        Dialect::Postgres | Dialect::PostgresOdbc | Dialect::Sqlite => "TEXT",
        Dialect::SqlServer => "NVARCHAR(4000)",
    };
    format!("COALESCE(CAST({} AS {kind}), '')", column.quoted(dialect))
}

/// Not blank. To Oracle an empty text is null, and nothing differs from it.
fn filled(text: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Oracle => format!("TRIM({text}) IS NOT NULL"),
        Dialect::Mysql
        | Dialect::Postgres
        | Dialect::PostgresOdbc
        | Dialect::Sqlite
        | Dialect::SqlServer => format!("TRIM({text}) <> ''"),
    }
}
