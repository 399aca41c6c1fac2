//! How people of one surname and one home agree, counted without joining the table to itself.
//!
//! ```text
//! values = home, value  -> people                   (GROUP BY home, value)
//! homes  = home         -> people, equal pairs      (GROUP BY home)
//! result = all people, pairs, equal pairs of the homes that are no crowds
//! ```

use stile_model::subject::KinCounts;

use super::Statement;
use super::writer::Writer;
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
/// known count for nothing. `None` when homes or what is compared are not mapped.
pub(crate) fn kin(person: &PersonMapping, shared: Shared, dialect: Dialect) -> Option<Statement> {
    let home = home(person)?;
    let values = values(person, shared, dialect)?;
    let home: Vec<String> = home.into_iter().map(|c| c.quoted(dialect)).collect();
    let named: Vec<String> = home
        .iter()
        .enumerate()
        .map(|(i, column)| format!("{column} AS h{i}"))
        .collect();
    let keys: Vec<String> = (0..home.len()).map(|i| format!("h{i}")).collect();
    let mut present: Vec<String> = home.iter().take(2).map(|c| filled(c, dialect)).collect();
    present.extend(values.iter().map(|(_, condition)| condition.clone()));
    let mut grouped = home.clone();
    grouped.extend(values.into_iter().map(|(value, _)| value));
    let sql = format!(
        "SELECT COALESCE(SUM(n), 0), \
         COALESCE(SUM(CASE WHEN n <= {most} THEN n * (n - 1) ELSE 0 END), 0), \
         COALESCE(SUM(CASE WHEN n <= {most} THEN s ELSE 0 END), 0) \
         FROM (SELECT SUM(c) AS n, SUM(c * (c - 1)) AS s \
         FROM (SELECT {}, COUNT(*) AS c FROM {} WHERE {} GROUP BY {}) v GROUP BY {}) w",
        named.join(", "),
        person.table.quoted(dialect),
        present.join(" AND "),
        grouped.join(", "),
        keys.join(", "),
        most = KinCounts::HOME_MAX,
    );
    Some(Writer::new(dialect).finish(sql))
}

/// The surname with the household's key, or else with the whole address.
fn home(person: &PersonMapping) -> Option<Vec<&ColumnName>> {
    let mut columns = vec![&person.surname];
    match &person.household {
        Some(household) => columns.push(household),
        None if person.address.is_empty() => return None,
        None => columns.extend(person.address.iter().chain(&person.postcode)),
    }
    Some(columns)
}

/// What to group by, each with the condition that it is known.
fn values(
    person: &PersonMapping,
    shared: Shared,
    dialect: Dialect,
) -> Option<Vec<(String, String)>> {
    let forename = || {
        let column = person.forename.as_ref()?.quoted(dialect);
        Some((first_word(&column, dialect), filled(&column, dialect)))
    };
    let born = || {
        let column = person.dob.as_ref()?.quoted(dialect);
        Some((column.clone(), format!("{column} IS NOT NULL")))
    };
    match shared {
        Shared::Nothing => Some(Vec::new()),
        Shared::Forename => Some(vec![forename()?]),
        Shared::Born => Some(vec![born()?]),
        Shared::Both => Some(vec![forename()?, born()?]),
        Shared::Sex => {
            let column = person.sex.as_ref()?.quoted(dialect);
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
        Dialect::Postgres => format!("SPLIT_PART({text}, ' ', 1)"),
        Dialect::Sqlite => format!("SUBSTR({text}, 1, INSTR({text} || ' ', ' ') - 1)"),
    }
}

/// Neither null nor blank, whatever the column's type.
fn filled(column: &str, dialect: Dialect) -> String {
    let text = match dialect {
        Dialect::Mysql => "CHAR",
        Dialect::Postgres | Dialect::Sqlite => "TEXT",
    };
    format!("TRIM(CAST({column} AS {text})) <> ''")
}
