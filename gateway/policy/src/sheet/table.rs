//! Where the table is within a file, whichever separator it has.

use super::cells;
use super::columns::{COLUMNS, VERB};
use super::csv::{self, Broken, Rows, SEPARATORS};
use crate::read::TEXT_MAX;

/// The rows of a table, by whichever separator gives it a header.
pub(super) fn rows(table: &[u8]) -> Result<Rows, Broken> {
    if table.len() > TEXT_MAX {
        return Err(Broken {
            row: 1,
            problem: format!("the file is longer than {TEXT_MAX} bytes"),
        });
    }
    let text = csv::decode(table)?;
    let separator = SEPARATORS.into_iter().find(|separator| {
        let mut lines = text.lines();
        lines.any(|line| is_header(line.split(*separator)))
    });
    let Some(separator) = separator else {
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        return Err(Broken {
            row: 1,
            problem: format!(
                "no row has the names of the columns; above the rules there must be a row with {}",
                names.join(", ")
            ),
        });
    };
    csv::read(text, separator)
}

/// The row of column names.
pub(super) fn header(rows: &Rows) -> Option<usize> {
    rows.iter()
        .position(|row| is_header(row.iter().map(String::as_str)))
}

/// Are `id` and `verb` among these cells?
fn is_header<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let cells: Vec<String> = cells.map(tidy).collect();
    ["id", VERB]
        .iter()
        .all(|name| cells.iter().any(|cell| cell == name))
}

pub(super) fn tidy(cell: &str) -> String {
    cells::words(cell).unwrap_or_default().to_lowercase()
}
