//! Rules as a table for spreadsheet programs, and back.
//!
//! ```text
//! agency,police                                   ← keys of the file, one a row
//! vocabulary,1
//!
//! id,verb,fields,of,as,approver,…,why,clause,owner,until      ← one rule a row below
//! S47-04,ask,police.domestic_incident.summary,,full,duty_safeguarding_sergeant,…
//! ```
//!
//! UTF-8 with its mark, CRLF, RFC 4180 quotes. Several words in a cell are separated by commas. A
//! cell that a spreadsheet would take for a formula, a number or a date begins with `'`, which is
//! taken away again. Every column must be there: a lost column of conditions would let out more.
//! A table holds no comments; those of an earlier `rules.toml` are kept by merging into it. A key of
//! that file which the table lacks is refused, as a lost `until` or `closed` would let out more.
//!
//! What comes back is read by the same strict reader as any `rules.toml`; each of its mistakes is
//! told by row and column.

mod cells;
mod check;
mod columns;
mod csv;
mod export;
mod import;
mod merge;
mod table;

use stile_model::id::RuleId;
use stile_model::vocabulary::Vocabulary;

use crate::error::PolicyError;
use crate::rules::Rules;

/// The cells of a comma-separated file, read strictly: RFC 4180, in UTF-8. Empty lines at its end are
/// no rows.
///
/// # Errors
///
/// What is wrong with it, and in which row from 1.
pub fn read_table(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let told = |broken: csv::Broken| format!("row {}: {}", broken.row, broken.problem);
    let text = csv::decode(bytes).map_err(told)?;
    let mut rows = csv::read(text, ',').map_err(told)?;
    while rows
        .last()
        .is_some_and(|row| row.iter().all(String::is_empty))
    {
        rows.pop();
    }
    Ok(rows)
}

/// Rules that came back from a spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The canonical `rules.toml`.
    pub text: String,
    /// The same, read.
    pub rules: Rules,
    /// Rules that the merged file did not have.
    pub added: Vec<RuleId>,
    /// Rules that differ from those of the merged file.
    pub changed: Vec<RuleId>,
    /// Rules of the merged file that the table no longer has.
    pub removed: Vec<RuleId>,
    /// Keys at the top, such as `until`, that differ from those of the merged file.
    pub keys: Vec<String>,
}

/// The rules of a `rules.toml` as a table; `name` appears in errors.
///
/// # Errors
///
/// Every mistake of the rules, as for [`crate::parse_rules`].
pub fn export_rules(
    name: &str,
    text: &str,
    vocabulary: &Vocabulary,
) -> Result<String, PolicyError> {
    crate::read::parse_rules(name, text, vocabulary)?;
    export::export(name, text)
}

/// Reads a table, and merges it into an earlier `rules.toml` (its name and text) where one is given,
/// so that comments stay.
///
/// # Errors
///
/// Every mistake, as `rules.csv: row 14, column F "priority": …`; or those of the earlier file.
pub fn import_rules(
    name: &str,
    table: &[u8],
    vocabulary: &Vocabulary,
    into: Option<(&str, &str)>,
) -> Result<Imported, PolicyError> {
    import::import(name, table, vocabulary, into)
}

#[cfg(test)]
mod tests;
