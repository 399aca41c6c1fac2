//! The tables of a database with their columns, as its own lists name them.

use std::collections::BTreeMap;

use crate::mapping::{ColumnName, TableName};
use crate::value::Cell;

/// What a column can hold, by the name of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Date,
    Flag,
    Number,
    Other,
    Text,
    /// The database names no type.
    Unknown,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnFacts {
    pub(super) name: ColumnName,
    pub(super) kind: Kind,
    /// It alone is the primary key.
    pub(super) key: bool,
}

/// One table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableFacts {
    pub(super) name: TableName,
    /// The last word of its name.
    pub(super) word: String,
    pub(super) columns: Vec<ColumnFacts>,
}

impl Kind {
    pub(super) fn of(type_name: &str) -> Self {
        let name = type_name.to_ascii_lowercase();
        let holds = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if name.trim().is_empty() {
            Self::Unknown
        } else if holds(&["bool"]) {
            Self::Flag
        } else if holds(&["date", "timestamp"]) {
            Self::Date
        } else if holds(&["time", "interval", "point", "array", "[]", "json", "xml"]) {
            Self::Other
        } else if holds(&["int", "real", "floa", "doub", "num", "dec", "year"]) {
            Self::Number
        } else if holds(&["char", "clob", "text", "enum"]) {
            Self::Text
        } else {
            Self::Other
        }
    }
}

/// The tables, in the order in which the database lists them; names that no mapping can hold are left
/// out.
pub(super) fn tables(rows: Vec<Vec<Cell>>) -> Vec<TableFacts> {
    let mut order: Vec<String> = Vec::new();
    let mut tables: BTreeMap<String, TableFacts> = BTreeMap::new();
    for row in rows {
        let mut words = row.into_iter().map(|cell| cell.exact().ok().flatten());
        let mut next = || words.next().flatten();
        let (schema, table, column) = (next(), next(), next());
        let (type_name, key) = (next(), next());
        let (Some(table), Some(column)) = (table, column) else {
            continue;
        };
        let full = match schema {
            Some(schema) => format!("{schema}.{table}"),
            None => table.clone(),
        };
        let (Some(name), Some(column)) = (TableName::new(&full), ColumnName::new(&column)) else {
            continue;
        };
        if !tables.contains_key(&full) {
            order.push(full.clone());
        }
        let facts = tables.entry(full).or_insert_with(|| TableFacts {
            name,
            word: table,
            columns: Vec::new(),
        });
        facts.columns.push(ColumnFacts {
            name: column,
            kind: Kind::of(&type_name.unwrap_or_default()),
            key: key.is_some(),
        });
    }
    let listed = order.iter().filter_map(|name| tables.remove(name));
    listed.map(alone).collect()
}

/// A key of several columns is no key of one person or record.
fn alone(mut table: TableFacts) -> TableFacts {
    if table.columns.iter().filter(|column| column.key).count() > 1 {
        for column in &mut table.columns {
            column.key = false;
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(words: [&str; 5]) -> Vec<Cell> {
        let cell = |word: &&str| match *word {
            "" => Cell::Null,
            word => Cell::Text(word.to_owned()),
        };
        words.iter().map(cell).collect()
    }

    #[test]
    fn groups_columns_by_table_and_leaves_out_names_that_cannot_be_mapped() {
        let tables = tables(vec![
            row(["", "person", "id", "integer", "1"]),
            row(["", "person", "sname", "varchar", ""]),
            row(["crime", "person", "id", "integer", "1"]),
            row(["crime", "person", "part", "integer", "1"]),
            row(["", "odd name", "id", "integer", "1"]),
            row(["", "person", "odd column", "text", ""]),
        ]);

        let names: Vec<_> = tables.iter().map(|table| table.name.to_string()).collect();
        assert_eq!(names, ["person", "crime.person"]);
        assert_eq!(tables[0].columns.len(), 2);
        assert!(tables[0].columns[0].key);
        assert!(
            tables[1].columns.iter().all(|column| !column.key),
            "a key of two columns"
        );
    }

    #[test]
    fn knows_a_type_by_its_name() {
        for (name, kind) in [
            ("character varying", Kind::Text),
            ("VARCHAR(100)", Kind::Text),
            ("timestamp without time zone", Kind::Date),
            ("DATETIME", Kind::Date),
            ("time without time zone", Kind::Other),
            ("DECIMAL(8,2)", Kind::Number),
            ("tinyint", Kind::Number),
            ("boolean", Kind::Flag),
            ("bytea", Kind::Other),
            ("", Kind::Unknown),
        ] {
            assert_eq!(Kind::of(name), kind, "{name}");
        }
    }
}
