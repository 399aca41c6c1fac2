//! Entries as files for other tools: JSON Lines and CSV, a page at a time.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ask::check_limit;
use super::line::Lines;
use super::{EntryLine, Filter, Gateway, Reason};
use crate::error::ExchangeError;
use crate::people::{Duty, Person};

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// RFC 4180, with a header line on the first page.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// A request for a page of an export.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// Why the ledger is read.
    pub reason: Reason,
    /// Which entries.
    #[serde(default)]
    pub filter: Filter,
    /// The form.
    pub format: Format,
    /// Only entries before this index; none for the newest, which begins the export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// How many at most, 1 to 1000.
    #[schema(minimum = 1, maximum = 1000)]
    pub limit: u16,
}

/// A page of an export.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ExportPage {
    /// The lines, to be written one after another.
    pub text: String,
    /// How many entries they are.
    pub entries: usize,
    /// Give this as `before` for the next page; none when there is none.
    pub next: Option<u64>,
    /// Older entries lie in an archive, which was not searched; only ever on the last page.
    pub archived: bool,
}

const HEADER: &str = "index,time,kind,operation,purpose,gateway,member,recipients,officer,actor,\
case,case_hash,rules,counts,reason,concerns\r\n";

impl Gateway {
    /// A page of an export, after it is on record.
    ///
    /// # Errors
    ///
    /// What does not fit in the question, or that it could not be recorded.
    pub async fn export(&self, person: &Person, ask: &Export) -> Result<ExportPage, ExchangeError> {
        person.must(&Duty::Auditor)?;
        let limit = check_limit(ask.limit)?;
        let (_, found) = self.looked_up(&ask.filter, ask.before, limit)?;
        self.record_search(
            person,
            "exported",
            &ask.reason,
            &ask.filter,
            found.entries.len(),
        )
        .await?;
        let lines = Lines::of(self, ask.filter.case.as_ref());
        let lines = found
            .entries
            .iter()
            .map(|(index, leaf)| lines.line(*index, leaf));
        let text: String = match ask.format {
            Format::Csv => lines.map(|line| csv(&line)).collect(),
            Format::Jsonl => lines.map(|line| jsonl(&line)).collect::<Result<_, _>>()?,
        };
        let heads = ask.format == Format::Csv && ask.before.is_none();
        Ok(ExportPage {
            text: if heads {
                format!("{HEADER}{text}")
            } else {
                text
            },
            entries: found.entries.len(),
            next: found.next,
            archived: found.archived,
        })
    }
}

fn jsonl(line: &EntryLine) -> Result<String, ExchangeError> {
    let text = serde_json::to_string(line).map_err(|_| ExchangeError::Stored("entry"))?;
    Ok(text + "\n")
}

fn csv(line: &EntryLine) -> String {
    let counts: Vec<_> = line
        .counts
        .iter()
        .map(|(code, n)| format!("{code}={n}"))
        .collect();
    let cells = [
        line.index.to_string(),
        line.time.to_string(),
        line.kind.to_string(),
        or_empty(line.operation.as_ref()),
        or_empty(line.purpose.as_ref()),
        or_empty(line.gateway.as_ref()),
        or_empty(line.member.as_ref()),
        joined(&line.recipients),
        or_empty(line.officer.as_ref()),
        or_empty(line.actor.as_ref()),
        or_empty(line.case.as_ref()),
        or_empty(line.case_hash.as_ref()),
        joined(&line.rules),
        counts.join(" "),
        or_empty(line.reason.as_ref()),
        or_empty(line.concerns.as_ref()),
    ];
    let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
    cells.join(",") + "\r\n"
}

fn or_empty(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn joined(all: &[impl ToString]) -> String {
    let all: Vec<_> = all.iter().map(ToString::to_string).collect();
    all.join(" ")
}

/// RFC 4180 §2; a cell that a spreadsheet could take for a formula is made a text.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula || cell.contains([',', '"', '\r', '\n']) {
        let mark = if formula { "'" } else { "" };
        format!("\"{mark}{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cell_never_begins_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@x", "\tx"] {
            assert!(quoted(cell).starts_with("\"'"), "{cell:?}");
        }
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }

    proptest! {
        #[test]
        fn a_quoted_cell_holds_no_bare_quote_comma_or_line_end(cell in any::<String>()) {
            let text = quoted(&cell);
            let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            match inner {
                Some(inner) => prop_assert!(!inner.replace("\"\"", "").contains('"')),
                None => prop_assert!(!text.contains([',', '"', '\r', '\n'])),
            }
        }
    }
}
