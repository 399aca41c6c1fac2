//! Numbers the parameters of a statement and spells its conditions.

use stile_model::redact::Redacted;
use stile_model::time::Date;

use super::{About, Param, Statement};
use crate::limits::SPELLING_MAX_BYTES;
use crate::mapping::ColumnName;
use crate::name::Dialect;
use crate::value::DateFormat;

/// Writes one statement; parameters are numbered in the order in which conditions are asked for, so
/// conditions must be asked for in the order in which they appear.
pub(super) struct Writer {
    pub(super) dialect: Dialect,
    params: Vec<Param>,
}

impl Writer {
    pub(super) const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            params: Vec::new(),
        }
    }

    pub(super) fn finish(self, sql: String) -> Statement {
        Statement {
            sql,
            params: self.params,
            about: About::Everybody,
        }
    }

    pub(super) fn column(&self, alias: &str, column: &ColumnName) -> String {
        format!("{alias}.{}", column.quoted(self.dialect))
    }

    pub(super) fn param(&mut self, value: &str) -> String {
        self.params.push(Param::Text(value.to_owned()));
        match self.dialect {
            Dialect::Postgres => format!("${}", self.params.len()),
            Dialect::Mysql
            | Dialect::Oracle
            | Dialect::PostgresOdbc
            | Dialect::Sqlite
            | Dialect::SqlServer => "?".to_owned(),
        }
    }

    /// Exactly this key. `MySQL` compares numbers with text as floating point, and it and SQL Server
    /// text without regard to case, so there a second, exact comparison follows the indexed one.
    pub(super) fn is_key(&mut self, alias: &str, column: &ColumnName, key: &str) -> String {
        let column = self.column(alias, column);
        let param = self.param(key);
        match self.dialect {
            Dialect::Mysql => {
                let exact = self.param(key);
                format!(
                    "{column} = {param} AND CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin = \
                     {exact}"
                )
            }
            Dialect::SqlServer => {
                let exact = self.param(key);
                format!(
                    "{column} = {param} AND CONVERT(NVARCHAR(4000), {column}) COLLATE \
                     Latin1_General_BIN2 = {exact}"
                )
            }
            Dialect::Oracle | Dialect::Postgres | Dialect::PostgresOdbc | Dialect::Sqlite => {
                format!("{column} = {param}")
            }
        }
    }

    pub(super) fn any(&mut self, alias: &str, column: &ColumnName, values: &[String]) -> String {
        let column = self.column(alias, column);
        if self.dialect == Dialect::Postgres {
            self.params.push(Param::List(values.to_vec()));
            return format!("{column} = ANY(${})", self.params.len());
        }
        let marks: Vec<_> = values.iter().map(|value| self.param(value)).collect();
        format!("{column} IN ({})", marks.join(", "))
    }
}

pub(super) fn revealed(values: &[Redacted<String>], dialect: Dialect) -> Vec<String> {
    values
        .iter()
        .filter(|value| value.reveal().len() <= SPELLING_MAX_BYTES)
        .take(dialect.spellings_max())
        .map(|value| value.reveal().clone())
        .collect()
}

/// The spellings of `dates` in a column, where there are too many those that are likeliest of each date;
/// without a declared format the database's own date type is meant, which `SQLite` does not have and
/// writes as text.
pub(super) fn dates(dates: &[Date], format: Option<DateFormat>, dialect: Dialect) -> Vec<String> {
    let likeliest = dates.iter().take(dialect.spellings_max());
    let spelt = likeliest.map(|date| match format {
        Some(format) => format.spellings(*date),
        None if dialect == Dialect::Sqlite => DateFormat::Iso.spellings(*date),
        None => vec![date.to_string()],
    });
    let spelt: Vec<Vec<String>> = spelt.collect();
    let most = spelt.iter().map(Vec::len).max().unwrap_or(0);
    (0..most)
        .flat_map(|nth| spelt.iter().filter_map(move |all| all.get(nth).cloned()))
        .take(dialect.dates_max())
        .collect()
}
