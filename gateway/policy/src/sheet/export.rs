//! From `rules.toml` to rows.

use super::cells::guard;
use super::columns::{COLUMNS, Column, FIELDS, HEAD, VERB, Within};
use super::csv;
use crate::error::PolicyError;
use crate::fmt::paper::{Block, Cell};
use crate::fmt::{RULES, parse};
use crate::read::page::Page;
use crate::rules::Verb;

/// The table of a text that is known to be right.
pub(super) fn export(name: &str, text: &str) -> Result<String, PolicyError> {
    let mut page = Page::new(name, text);
    let paper = parse(&mut page, text, &RULES);
    let paper = page.finish(paper)?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (key, _) in HEAD {
        if let Some(cell) = paper.head.cell(key) {
            rows.push(vec![(*key).to_owned(), written(cell)]);
        }
    }
    rows.push(Vec::new());
    let names = COLUMNS.iter().map(|column| column.name.to_owned());
    rows.push(names.collect());
    for rule in &paper.blocks {
        rows.push(COLUMNS.iter().map(|column| cell(rule, *column)).collect());
    }
    Ok(csv::write(&rows))
}

fn cell(rule: &Block, column: Column) -> String {
    let verb = || {
        let mut verbs = Verb::ALL.iter().map(|verb| verb.as_str());
        verbs.find(|verb| rule.cell(verb).is_some())
    };
    let value = match (column.name, column.within) {
        (VERB, _) => return verb().unwrap_or_default().to_owned(),
        (FIELDS, _) => verb().and_then(|verb| rule.cell(verb)),
        ("approver", _) => rule.cell("approver").or_else(|| rule.cell("approvers")),
        (name, Within::Rule) => rule.cell(name),
        (name, Within::When) => match rule.cell("when") {
            Some(Cell::Table(cells)) => {
                let mut cells = cells.iter();
                cells.find(|(key, _)| key == name).map(|(_, cell)| cell)
            }
            _ => None,
        },
    };
    value.map(written).unwrap_or_default()
}

/// The text of a value, guarded as a whole.
fn written(cell: &Cell) -> String {
    guard(&bare(cell))
}

fn bare(cell: &Cell) -> String {
    match cell {
        Cell::List(cells) => {
            let words: Vec<String> = cells.iter().map(bare).collect();
            words.join(", ")
        }
        Cell::Plain(text) if text == "true" => "yes".to_owned(),
        Cell::Plain(text) if text == "false" => "no".to_owned(),
        Cell::Plain(text) | Cell::Text(text) => text.clone(),
        Cell::Table(_) => String::new(),
    }
}
