//! Names of tables and columns, checked once so that they can be put into SQL.

use std::fmt;

use crate::limits::SPELLINGS_MAX;

/// The SQL dialects spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(any(feature = "odbc", test)),
    expect(dead_code, reason = "some dialects are spoken only behind ODBC")
)]
pub(crate) enum Dialect {
    Mysql,
    Oracle,
    Postgres,
    /// As `Postgres`, with every parameter a question mark, as ODBC wants it.
    PostgresOdbc,
    Sqlite,
    SqlServer,
}

impl Dialect {
    /// The clause that keeps the first `most` rows, at least one. `ordered` says whether the
    /// statement has an `ORDER BY` right before it.
    pub(crate) fn first(self, most: u32, ordered: bool) -> String {
        match (self, ordered) {
            (Self::Mysql | Self::Postgres | Self::PostgresOdbc | Self::Sqlite, _) => {
                format!("LIMIT {most}")
            }
            (Self::Oracle, _) => format!("FETCH FIRST {most} ROWS ONLY"),
            (Self::SqlServer, true) => format!("OFFSET 0 ROWS FETCH NEXT {most} ROWS ONLY"),
            (Self::SqlServer, false) => {
                format!("ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT {most} ROWS ONLY")
            }
        }
    }

    /// Most values of one list of a statement that has several: a statement of SQL Server takes 2100
    /// parameters.
    pub(crate) const fn spellings_max(self) -> usize {
        match self {
            Self::SqlServer => 60,
            Self::Oracle | Self::Mysql | Self::Postgres | Self::PostgresOdbc | Self::Sqlite => {
                SPELLINGS_MAX
            }
        }
    }

    /// Of them, most that are looked for once more as the person's own.
    pub(crate) const fn own_max(self) -> usize {
        match self {
            Self::SqlServer => 8,
            Self::Oracle | Self::Mysql | Self::Postgres | Self::PostgresOdbc | Self::Sqlite => {
                SPELLINGS_MAX
            }
        }
    }

    /// Most spellings of dates in one such list: a date that is held as text has several.
    pub(crate) const fn dates_max(self) -> usize {
        match self {
            Self::SqlServer => 140,
            Self::Oracle => 1_000,
            // A statement of SQLite takes 32766 parameters, and has up to six such lists.
            Self::Mysql | Self::Postgres | Self::PostgresOdbc | Self::Sqlite => 2_500,
        }
    }

    /// Most values of the one list of a statement: Oracle takes 1000 in brackets.
    pub(crate) const fn list_max(self) -> usize {
        match self {
            Self::Oracle => 1_000,
            Self::SqlServer => 2_000,
            Self::Mysql | Self::Postgres | Self::PostgresOdbc | Self::Sqlite => 10_000,
        }
    }
}

/// The name of a table or view, with its schema or not: `incident_view`, `crime.incident_view`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    schema: Option<String>,
    table: String,
}

impl TableName {
    /// Checks that `text` is one or two words of `A-Z a-z 0-9 _` joined by a dot; `None` if not.
    pub fn new(text: &str) -> Option<Self> {
        let (schema, table) = match text.split_once('.') {
            Some((schema, table)) => (Some(schema), table),
            None => (None, text),
        };
        let fits = is_word(table) && schema.is_none_or(is_word);
        fits.then(|| Self {
            schema: schema.map(str::to_owned),
            table: table.to_owned(),
        })
    }

    /// A name for a table that nobody has named.
    pub(crate) fn unmapped() -> Self {
        Self {
            schema: None,
            table: "unmapped".to_owned(),
        }
    }

    /// The name as SQL of `dialect`.
    pub(crate) fn quoted(&self, dialect: Dialect) -> String {
        let table = quote(&self.table, dialect);
        match &self.schema {
            Some(schema) => format!("{}.{table}", quote(schema, dialect)),
            None => table,
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.table),
            None => f.write_str(&self.table),
        }
    }
}

/// The name of a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnName(String);

impl ColumnName {
    /// Checks that `text` is one word of `A-Z a-z 0-9 _`; `None` if not.
    pub fn new(text: &str) -> Option<Self> {
        is_word(text).then(|| Self(text.to_owned()))
    }

    /// A name for a column that nobody has named.
    pub(crate) fn unmapped() -> Self {
        Self("unmapped".to_owned())
    }

    /// The name as written in the mapping.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as SQL of `dialect`.
    pub(crate) fn quoted(&self, dialect: Dialect) -> String {
        quote(&self.0, dialect)
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One SQL word: a letter or underscore, then letters, digits and underscores, at most 63.
fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && text.len() <= 63
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

// SQLite reads an unknown name in double quotes as a text constant, so that a dropped column would
// go unnoticed; between backticks it stays a name.
fn quote(word: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Oracle | Dialect::Postgres | Dialect::PostgresOdbc => format!("\"{word}\""),
        Dialect::SqlServer => format!("[{word}]"),
        Dialect::Mysql | Dialect::Sqlite => format!("`{word}`"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_each_part_for_its_dialect() {
        let table = TableName::new("crime.incident_view").unwrap();

        assert_eq!(
            table.quoted(Dialect::Postgres),
            "\"crime\".\"incident_view\""
        );
        assert_eq!(table.quoted(Dialect::Mysql), "`crime`.`incident_view`");
    }

    #[test]
    fn rejects_names_that_could_end_a_quotation() {
        for text in [
            "", ".", "a.", ".a", "a.b.c", "1a", "a b", "a\"b", "a`b", "a;b", "a--", "é", "a\0",
            "a'b",
        ] {
            assert!(TableName::new(text).is_none(), "{text:?}");
        }
        assert!(ColumnName::new("a.b").is_none());
        assert!(ColumnName::new(&"a".repeat(64)).is_none());
    }

    proptest! {
        #[test]
        fn an_accepted_name_never_leaves_its_quotation(text in ".{0,40}|[a-zA-Z_\"`.;' ]{0,12}") {
            for dialect in [Dialect::Mysql, Dialect::Oracle, Dialect::Postgres, Dialect::PostgresOdbc, Dialect::Sqlite, Dialect::SqlServer] {
                if let Some(column) = ColumnName::new(&text) {
                    let quoted = column.quoted(dialect);
                    prop_assert_eq!(quoted.get(1..quoted.len() - 1), Some(text.as_str()));
                    prop_assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
                }
                if let Some(table) = TableName::new(&text) {
                    prop_assert_eq!(table.to_string(), text.clone());
                    let parts = text.split('.').count();
                    let marks = table.quoted(dialect).chars().filter(|c| "\"`[]".contains(*c)).count();
                    prop_assert_eq!(marks, parts * 2);
                }
            }
        }
    }
}
