//! From rows to `rules.toml`, with every mistake at its cell.

use stile_model::vocabulary::Vocabulary;

use super::cells;
use super::columns::{COLUMNS, Column, FIELDS, HEAD, Holds, VERB, Within, letter};
use super::csv::Rows;
use super::table::{header, rows, tidy};
use super::{Imported, merge};
use crate::error::PolicyError;
use crate::fmt::layout::{Form, RULE, WHEN};
use crate::fmt::paper::{Block, Cell, Entry, Line, Paper};
use crate::fmt::write;
use crate::read::page::unknown;
use crate::read::parse_rules;
use crate::rules::Verb;

pub(super) fn import(
    name: &str,
    table: &[u8],
    vocabulary: &Vocabulary,
    into: Option<(&str, &str)>,
) -> Result<Imported, PolicyError> {
    let refused = |problems: Vec<String>| PolicyError::Rules { problems };
    let rows = rows(table).map_err(|broken| {
        refused(vec![format!(
            "{name}: row {}: {}",
            broken.row, broken.problem
        )])
    })?;
    let mut sheet = Sheet {
        name,
        vocabulary,
        problems: Vec::new(),
        places: Vec::new(),
        tops: Vec::new(),
        columns: Vec::new(),
    };
    let paper = sheet.paper(&rows);
    sheet.check(&paper);
    if !sheet.problems.is_empty() {
        sheet.problems.sort();
        sheet.problems.dedup();
        return Err(refused(
            sheet.problems.into_iter().map(|(.., text)| text).collect(),
        ));
    }
    let merged = merge::merge(paper, name, into)?;
    let text = write(&merged.paper);
    Ok(Imported {
        rules: parse_rules(name, &text, vocabulary)?,
        text,
        added: merged.added,
        changed: merged.changed,
        removed: merged.removed,
        keys: merged.keys,
    })
}

pub(super) struct Sheet<'a> {
    pub name: &'a str,
    pub vocabulary: &'a Vocabulary,
    /// Row, column (from 1; 0 for the whole row) and message.
    pub problems: Vec<(usize, usize, String)>,
    /// For each rule its row.
    pub places: Vec<usize>,
    /// For each key at the top its row and column.
    pub tops: Vec<(&'static str, usize, usize)>,
    /// Each column's place in the table.
    pub columns: Vec<(Column, usize)>,
}

impl Sheet<'_> {
    /// Notes a mistake; row and column count from 0.
    pub fn report(&mut self, row: usize, column: Option<usize>, name: &str, problem: &str) {
        let place = match column {
            Some(column) if name.is_empty() => {
                format!("row {}, column {}", row + 1, letter(column))
            }
            Some(column) => format!("row {}, column {} \"{name}\"", row + 1, letter(column)),
            None => format!("row {}", row + 1),
        };
        self.problems.push((
            row + 1,
            column.map_or(0, |column| column + 1),
            format!("{}: {place}: {problem}", self.name),
        ));
    }

    fn paper(&mut self, rows: &Rows) -> Paper {
        let top = header(rows).unwrap_or_default();
        let (head, rest) = rows.split_at(top.min(rows.len()));
        let mut paper = Paper::default();
        paper.head.entries = self.head(head);
        let Some((names, rules)) = rest.split_first() else {
            return paper;
        };
        self.names(top, names);
        for (n, row) in rules.iter().enumerate() {
            let row_at = top + 1 + n;
            if row.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            self.strays(row_at, row);
            let entries = self.rule(row_at, row);
            self.places.push(row_at);
            paper.blocks.push(Block {
                above: vec![Line::Blank],
                header: "[[rule]]".to_owned(),
                beside: None,
                entries,
            });
        }
        paper
    }

    /// The rows above the header: a key and its value each.
    fn head(&mut self, rows: &[Vec<String>]) -> Vec<Entry> {
        let mut found: Vec<Entry> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let mut written = row
                .iter()
                .enumerate()
                .filter(|(_, cell)| !cell.trim().is_empty());
            let Some((_, key)) = written.next() else {
                continue;
            };
            // Excel's own line that names the separator.
            if at == 0 && key.starts_with("sep=") {
                continue;
            }
            let key = tidy(key);
            let known: Vec<&str> = HEAD.iter().map(|(name, _)| *name).collect();
            let Some((name, holds)) = HEAD.iter().find(|(name, _)| *name == key) else {
                self.report(at, Some(0), "", &unknown("key of the file", &key, &known));
                continue;
            };
            if found.iter().any(|entry| entry.key == *name) {
                self.report(
                    at,
                    Some(0),
                    "",
                    &format!("`{name}` is given twice; keep one row"),
                );
                continue;
            }
            let value = written.next();
            if let Some((column, _)) = written.next() {
                self.report(at, Some(column), "", &format!("`{name}` has one value, in the cell beside it; put several words into one cell, separated by commas"));
            }
            let Some((column, cell)) = value else {
                self.report(
                    at,
                    Some(1),
                    "",
                    &format!("`{name}` has no value; write it beside the name, or remove the row"),
                );
                continue;
            };
            self.tops.push((*name, at, column));
            if let Some(cell) = self.cell(at, column, name, cell, *holds) {
                let several = Form::List;
                let cell = if *name == "closed" {
                    formed(cell, several)
                } else {
                    cell
                };
                found.push(Entry::new(*name, cell));
            }
        }
        let order = |entry: &Entry| HEAD.iter().position(|(name, _)| *name == entry.key);
        found.sort_by_key(order);
        found
    }

    /// The names of the columns: each once, none missing, none unknown.
    fn names(&mut self, at: usize, row: &[String]) {
        let known: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        for (place, cell) in row.iter().enumerate() {
            let name = tidy(cell);
            if name.is_empty() {
                continue;
            }
            match COLUMNS.iter().find(|column| column.name == name) {
                Some(column) if self.columns.iter().any(|(known, _)| known == column) => {
                    self.report(
                        at,
                        Some(place),
                        "",
                        &format!("there are two columns `{name}`; keep one"),
                    );
                }
                Some(column) => self.columns.push((*column, place)),
                None => self.report(at, Some(place), "", &unknown("column", &name, &known)),
            }
        }
        let missing: Vec<&str> = COLUMNS
            .iter()
            .filter(|column| !self.columns.iter().any(|(known, _)| known == *column))
            .map(|column| column.name)
            .collect();
        if !missing.is_empty() {
            let problem = format!(
                "the table lacks {}: a rule would lose what stood there, and might let out more; add each column, with nothing in it where it does not apply",
                missing.join(", ")
            );
            self.report(at, None, "", &problem);
        }
    }

    /// Refuses what stands outside the named columns.
    fn strays(&mut self, at: usize, row: &[String]) {
        for (place, cell) in row.iter().enumerate() {
            if !cell.trim().is_empty() && !self.columns.iter().any(|(_, known)| *known == place) {
                self.report(
                    at,
                    Some(place),
                    "",
                    "this column has no name above; name it, or clear the cell",
                );
            }
        }
    }

    /// The entries of one rule, in canonical order.
    fn rule(&mut self, at: usize, row: &[String]) -> Vec<Entry> {
        let columns = self.columns.clone();
        let mut cells: Vec<(Column, Cell)> = Vec::new();
        for (column, place) in columns {
            let cell = row.get(place).map_or("", String::as_str);
            if !cell.trim().is_empty()
                && let Some(cell) = self.cell(at, place, column.name, cell, column.holds)
            {
                cells.push((column, cell));
            }
        }
        let take = |name: &str| {
            let mut found = cells.iter().filter(|(column, _)| column.name == name);
            found.next().map(|(_, cell)| cell.clone())
        };
        let mut entries = Vec::new();
        if let Some(verb) = self.verb(at, take(VERB), take(FIELDS)) {
            entries.push(verb);
        }
        let mut when = Vec::new();
        for (column, cell) in &cells {
            match (column.within, column.name) {
                (_, VERB | FIELDS) => {}
                (Within::When, name) => {
                    let key = WHEN.iter().find(|key| key.name == name);
                    let form = key.map_or(Form::Any, |key| key.form);
                    when.push((name.to_owned(), formed(cell.clone(), form)));
                }
                (Within::Rule, name) => {
                    let key = RULE.iter().find(|key| key.name == name);
                    let cell = formed(cell.clone(), key.map_or(Form::Any, |key| key.form));
                    let plural = key.and_then(|key| key.plural);
                    let name = match (&cell, plural) {
                        (Cell::List(_), Some(plural)) => plural,
                        _ => name,
                    };
                    entries.push(Entry::new(name, cell));
                }
            }
        }
        if !when.is_empty() {
            entries.push(Entry::new("when", Cell::Table(when)));
        }
        let order = |entry: &Entry| {
            RULE.iter()
                .position(|key| key.name == entry.key || key.plural == Some(entry.key.as_str()))
        };
        entries.sort_by_key(order);
        entries
    }

    /// The verb with what it speaks of.
    fn verb(&mut self, at: usize, verb: Option<Cell>, fields: Option<Cell>) -> Option<Entry> {
        let known: Vec<&str> = Verb::ALL.iter().map(|verb| verb.as_str()).collect();
        let place = |sheet: &Self, name: &str| {
            let mut columns = sheet.columns.iter();
            columns
                .find(|(column, _)| column.name == name)
                .map(|(_, place)| *place)
        };
        let (verb_at, fields_at) = (place(self, VERB), place(self, FIELDS));
        let verb = match verb {
            Some(Cell::Text(word)) if known.contains(&word.as_str()) => Some(word),
            Some(Cell::Text(word)) => {
                self.report(at, verb_at, VERB, &unknown("verb", &word, &known));
                None
            }
            _ => {
                let problem = format!("the rule does nothing; write one of {}", known.join(", "));
                self.report(at, verb_at, VERB, &problem);
                None
            }
        };
        if fields.is_none() {
            self.report(
                at,
                fields_at,
                FIELDS,
                "write the field, or a category with `.*` at its end",
            );
        }
        Some(Entry::new(verb?, fields?))
    }

    /// A cell as a value; nothing when it is wrong.
    fn cell(
        &mut self,
        row: usize,
        column: usize,
        name: &str,
        cell: &str,
        holds: Holds,
    ) -> Option<Cell> {
        let read = self.value(name, cell, holds);
        read.map_err(|problem| self.report(row, Some(column), name, &problem))
            .ok()
    }

    fn value(&self, name: &str, cell: &str, holds: Holds) -> Result<Cell, String> {
        if holds == Holds::Free {
            return Ok(Cell::Text(cells::free(cell)?));
        }
        let guarded = cell.trim_start().starts_with(['\'', '’']);
        let text = cells::words(cell)?;
        match holds {
            Holds::Day => Ok(Cell::Plain(cells::day(&text)?.to_string())),
            Holds::Number if text.len() <= 4 && text.chars().all(|c| c.is_ascii_digit()) => {
                // Without zeros in front, which TOML does not take.
                let number: u32 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
                Ok(Cell::Plain(number.to_string()))
            }
            Holds::Number => Err(format!("`{text}` must be a whole number of hours")),
            Holds::YesNo => Ok(Cell::Plain(cells::yes(&text)?.to_string())),
            Holds::Free | Holds::Word => Ok(Cell::Text(text)),
            Holds::Words => {
                let words = cells::list(&text);
                if words.is_empty() {
                    return Err("the cell holds no word; clear it to mean any".to_owned());
                }
                if name == "clause"
                    && !guarded
                    && let [word] = words.as_slice()
                {
                    self.whole_clause(word)?;
                }
                Ok(Cell::List(words.into_iter().map(Cell::Text).collect()))
            }
        }
    }

    /// Refuses `4.1` where it may once have been `4.10`.
    fn whole_clause(&self, word: &str) -> Result<(), String> {
        let known = self
            .vocabulary
            .clauses
            .iter()
            .map(|clause| clause.code.as_str());
        match cells::shortened(word, known) {
            Some(other) => Err(format!(
                "a spreadsheet may have made `{word}` of `{other}`; write the clause with ' in front"
            )),
            None => Ok(()),
        }
    }
}

/// A value in the form of its key.
fn formed(cell: Cell, form: Form) -> Cell {
    match (form, cell) {
        (Form::List, Cell::Text(word)) => Cell::List(vec![Cell::Text(word)]),
        (Form::Words, Cell::List(mut words)) if words.len() == 1 => {
            words.pop().unwrap_or(Cell::List(Vec::new()))
        }
        (_, cell) => cell,
    }
}
