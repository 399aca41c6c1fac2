//! Writes an agency's database as SQL for `PostgreSQL` or `MariaDB`.

use super::World;
use super::agency::{Agency, Cell};
use super::kind::Kind;
use super::layout::{AliasPart, ColumnType, Fill, Layout, PersonPart};
use super::sqlite::day_text;

/// Whose SQL to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `MySQL` and `MariaDB`.
    Mysql,
    /// `PostgreSQL`.
    Postgres,
}

/// Rows in one INSERT: large enough to be quick, small enough for every server's packet limit.
const BATCH: usize = 200;

/// Everything `kind` holds as one script; empty when the world has no such agency.
pub fn sql_dump(kind: Kind, dialect: Dialect, world: &World) -> String {
    let mut script = sql_statements(kind, dialect, world).join(";\n");
    script.push_str(";\n");
    script
}

/// The same as single statements without semicolons, to send one by one.
pub fn sql_statements(kind: Kind, dialect: Dialect, world: &World) -> Vec<String> {
    let Some(agency) = world.agency(kind) else {
        return Vec::new();
    };
    let mut statements = vec![match dialect {
        Dialect::Mysql => "SET NAMES utf8mb4".to_owned(),
        Dialect::Postgres => "SET client_encoding = 'UTF8'".to_owned(),
    }];
    for shape in shapes(Layout::of(kind)) {
        let create = shape.create(|kind| type_name(dialect, kind));
        statements.push(match dialect {
            Dialect::Mysql => format!("{create} ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"),
            Dialect::Postgres => create,
        });
        let rows: Vec<String> = shape
            .rows(agency)
            .map(|row| shape.values(&row, dialect))
            .collect();
        for batch in rows.chunks(BATCH) {
            statements.push(format!(
                "INSERT INTO {} VALUES\n{}",
                shape.name,
                batch.join(",\n")
            ));
        }
        statements.extend(shape.indexes());
    }
    statements
}

const fn type_name(dialect: Dialect, kind: ColumnType) -> &'static str {
    match (dialect, kind) {
        (_, ColumnType::Date) => "DATE",
        (_, ColumnType::DateText) => "VARCHAR(10)",
        (_, ColumnType::Number) => "INTEGER",
        (_, ColumnType::Short) => "VARCHAR(160)",
        (_, ColumnType::Text) => "TEXT",
        (Dialect::Mysql, ColumnType::Flag) => "TINYINT(1)",
        (Dialect::Postgres, ColumnType::Flag) => "BOOLEAN",
    }
}

/// One table as every dialect sees it.
pub(super) struct Shape {
    /// Table name.
    pub name: &'static str,
    /// Columns with their types; one of them is the key.
    pub columns: Vec<(&'static str, ColumnType)>,
    key: &'static str,
    /// Lists of columns, one index each.
    indexed: Vec<Vec<&'static str>>,
    content: Content,
}

enum Content {
    Aliases,
    People,
    Records(usize),
}

/// Every table of a layout: people, other names, categories.
pub(super) fn shapes(layout: &'static Layout) -> Vec<Shape> {
    let mut shapes = vec![people(layout)];
    shapes.extend(aliases(layout));
    shapes.extend((0..layout.categories.len()).filter_map(|at| records(layout, at)));
    shapes
}

fn people(layout: &'static Layout) -> Shape {
    let columns = layout.person.columns.iter();
    let searched = columns.clone().filter(|(part, _)| {
        matches!(
            part,
            PersonPart::Born
                | PersonPart::Forename
                | PersonPart::Household
                | PersonPart::Nhs
                | PersonPart::Phone
                | PersonPart::Pnc
                | PersonPart::Postcode
                | PersonPart::Surname
                | PersonPart::Upn
        )
    });
    Shape {
        name: layout.person.name,
        key: layout.person_column(PersonPart::Key).unwrap_or("id"),
        indexed: searched.map(|(_, name)| vec![*name]).collect(),
        columns: columns
            .map(|(part, name)| (*name, part.column_type(layout.date_type())))
            .collect(),
        content: Content::People,
    }
}

fn aliases(layout: &'static Layout) -> Option<Shape> {
    let table = layout.aliases.as_ref()?;
    Some(Shape {
        name: table.name,
        key: super::layout::column_of(table, AliasPart::Key)?,
        columns: table
            .columns
            .iter()
            .map(|(_, name)| (*name, ColumnType::Short))
            .collect(),
        indexed: table
            .columns
            .iter()
            .filter(|(part, _)| *part != AliasPart::Key)
            .map(|(_, name)| vec![*name])
            .collect(),
        content: Content::Aliases,
    })
}

fn records(layout: &'static Layout, at: usize) -> Option<Shape> {
    let category = layout.categories.get(at)?;
    let subject = category.column_with(|fill| fill == Fill::Subject)?;
    let event = category.column_with(|fill| matches!(fill, Fill::Event(_)))?;
    Some(Shape {
        name: category.table,
        key: category.column_with(|fill| fill == Fill::Key)?,
        columns: category
            .columns
            .iter()
            .map(|column| (column.name, column.fill.column_type(layout.date_type())))
            .collect(),
        indexed: vec![vec![subject, event]],
        content: Content::Records(at),
    })
}

impl Shape {
    /// `CREATE TABLE`, with `type_name` choosing the dialect's words.
    pub(super) fn create(&self, type_name: impl Fn(ColumnType) -> &'static str) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(name, kind)| {
                let key = if *name == self.key {
                    " NOT NULL PRIMARY KEY"
                } else {
                    ""
                };
                format!("{name} {}{key}", type_name(*kind))
            })
            .collect();
        format!("CREATE TABLE {} ({})", self.name, columns.join(", "))
    }

    /// `CREATE INDEX`, one statement each.
    pub(super) fn indexes(&self) -> Vec<String> {
        let index = |columns: &Vec<&str>| {
            let first = columns.first().copied().unwrap_or_default();
            format!(
                "CREATE INDEX {}_{first} ON {} ({})",
                self.name,
                self.name,
                columns.join(", ")
            )
        };
        self.indexed.iter().map(index).collect()
    }

    /// The table's rows in `agency`.
    pub(super) fn rows<'a>(&self, agency: &'a Agency) -> Box<dyn Iterator<Item = Vec<Cell>> + 'a> {
        match self.content {
            Content::Aliases => Box::new(agency.alias_rows()),
            Content::People => Box::new(agency.person_rows()),
            Content::Records(at) => Box::new(
                agency
                    .records
                    .get(at)
                    .into_iter()
                    .flatten()
                    .map(|row| row.cells.clone()),
            ),
        }
    }

    fn values(&self, row: &[Cell], dialect: Dialect) -> String {
        let cells: Vec<String> = row
            .iter()
            .zip(&self.columns)
            .map(|(cell, (_, kind))| literal(cell, *kind, dialect))
            .collect();
        format!("({})", cells.join(", "))
    }
}

fn literal(cell: &Cell, kind: ColumnType, dialect: Dialect) -> String {
    match cell {
        Cell::Date(day) => format!("'{}'", day_text(*day, kind)),
        Cell::Flag(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        Cell::Null => "NULL".to_owned(),
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => quoted(text, dialect),
    }
}

/// A string literal. `PostgreSQL` takes a backslash as itself; `MySQL` as the start of an escape.
fn quoted(text: &str, dialect: Dialect) -> String {
    let text = text.replace('\'', "''").replace('\0', "");
    match dialect {
        Dialect::Mysql => format!("'{}'", text.replace('\\', "\\\\")),
        Dialect::Postgres => format!("'{text}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_cannot_end_a_literal() {
        assert_eq!(quoted(r"O'Brien\", Dialect::Mysql), r"'O''Brien\\'");
        assert_eq!(quoted(r"O'Brien\", Dialect::Postgres), r"'O''Brien\'");
    }

    #[test]
    fn every_table_name_and_index_name_is_given_once() {
        for kind in Kind::ALL {
            let mut seen = std::collections::BTreeSet::new();
            for shape in shapes(Layout::of(kind)) {
                assert!(seen.insert(shape.name.to_owned()), "{}", shape.name);
                for index in shape.indexes() {
                    let name = index.split(' ').nth(2).unwrap().to_owned();
                    assert!(seen.insert(name), "{index}");
                }
            }
        }
    }
}
