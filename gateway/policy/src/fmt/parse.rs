//! From text to paper: structure from the TOML parser, comments by where they stand.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::comments::{Comment, blank_above, comments};
use super::layout::{Form, Key, Layout, Table};
use super::paper::{Block, Cell, Entry, Line, Paper};
use crate::read::page::{Page, Value, kind};
use crate::read::{TEXT_MAX, syntax};

/// Reads `text`; nothing when it is not TOML or has a table where a value belongs.
///
/// Keys that the layout does not know are reported on `page`.
pub(crate) fn parse(page: &mut Page<'_>, text: &str, layout: &Layout) -> Option<Paper> {
    if text.len() > TEXT_MAX {
        page.report(0, format!("the file is longer than {TEXT_MAX} bytes"));
        return None;
    }
    let table = syntax(page, text)?;
    let mut placed = Vec::new();
    let mut known: Vec<&str> = layout.head.iter().map(|key| key.name).collect();
    known.extend(layout.tables.iter().map(|table| table.name));
    page.keys(&table, &known);
    let mut reader = Reader { page, text };
    placed.push(Placed {
        at: 0..0,
        block: Block::default(),
        entries: reader.entries(&table, layout.head),
    });
    for kind in layout.tables {
        for (at, table) in reader.tables(&table, kind) {
            let header = if kind.many {
                format!("[[{}]]", kind.name)
            } else {
                format!("[{}]", kind.name)
            };
            reader.page.keys(table, &names(kind.keys));
            let entries = reader.entries(table, kind.keys);
            placed.push(Placed {
                at,
                block: Block {
                    header,
                    ..Block::default()
                },
                entries,
            });
        }
    }
    Some(attach(text, placed))
}

/// A table with the places of its header and of each entry.
struct Placed {
    at: Range<usize>,
    block: Block,
    entries: Vec<(Range<usize>, Entry)>,
}

struct Reader<'a, 'b> {
    page: &'a mut Page<'b>,
    text: &'a str,
}

impl Reader<'_, '_> {
    /// The tables of one name, each with the place of its header.
    fn tables<'t, 'd>(
        &mut self,
        table: &'t DeTable<'d>,
        wanted: &Table,
    ) -> Vec<(Range<usize>, &'t DeTable<'d>)> {
        let Some(value) = table.get(wanted.name) else {
            return Vec::new();
        };
        let items: Vec<&'t Value<'d>> = match (value.get_ref(), wanted.many) {
            (DeValue::Array(items), true) => items.iter().collect(),
            (DeValue::Table(_), false) => vec![value],
            _ => {
                let shape = if wanted.many { "tables" } else { "a table" };
                let (open, close) = if wanted.many {
                    ("[[", "]]")
                } else {
                    ("[", "]")
                };
                let name = wanted.name;
                let problem = format!(
                    "`{name}` must be {shape} written {open}{name}{close}, not {}",
                    kind(value)
                );
                self.page.report(value.span().start, problem);
                return Vec::new();
            }
        };
        let mut tables = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::Table(table) => tables.push((item.span(), table)),
                _ => self.page.report(
                    item.span().start,
                    format!("a {} must be a table, not {}", wanted.name, kind(item)),
                ),
            }
        }
        tables
    }

    /// The entries of a table in canonical order; keys the layout does not know are left out, as
    /// they have been reported.
    fn entries(&mut self, table: &DeTable<'_>, keys: &[Key]) -> Vec<(Range<usize>, Entry)> {
        let mut entries = Vec::new();
        for key in keys {
            for name in [Some(key.name), key.plural].into_iter().flatten() {
                let Some((written, value)) = table.get_key_value(name) else {
                    continue;
                };
                // A mistake stays one: only what means the same is written otherwise.
                let both = key.plural.is_some_and(|plural| {
                    table.contains_key(key.name) && table.contains_key(plural)
                });
                let fixed = key.plural.is_some() && (both || name == key.name);
                let form = if fixed { Form::Any } else { key.form };
                let cell = self.cell(value, form);
                let single = !fixed && !matches!(&cell, Cell::List(_));
                let name = if single { key.name } else { name };
                let mut range = written.span();
                extend(&mut range, value);
                entries.push((range, Entry::new(name, cell)));
            }
        }
        entries
    }

    fn cell(&mut self, value: &Value<'_>, form: Form) -> Cell {
        let cell = match (value.get_ref(), form) {
            (DeValue::String(text), _) => Cell::Text(text.to_string()),
            (DeValue::Array(items), _) => Cell::List(
                items
                    .iter()
                    .map(|item| self.cell(item, Form::Any))
                    .collect(),
            ),
            (DeValue::Table(table), Form::Table(keys)) => {
                self.page.keys(table, &names(keys));
                let entries = self.entries(table, keys).into_iter();
                Cell::Table(entries.map(|(_, entry)| (entry.key, entry.cell)).collect())
            }
            (DeValue::Table(_), _) => {
                self.page.report(
                    value.span().start,
                    "a table cannot stand here; write a value",
                );
                Cell::Table(Vec::new())
            }
            _ => Cell::Plain(
                self.text
                    .get(value.span())
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
            ),
        };
        match (form, cell) {
            (Form::List, Cell::Text(word)) => Cell::List(vec![Cell::Text(word)]),
            (Form::Words, Cell::List(mut words)) if words.len() == 1 => {
                words.pop().unwrap_or(Cell::List(Vec::new()))
            }
            (Form::Table(_), cell @ (Cell::List(_) | Cell::Plain(_) | Cell::Text(_))) => {
                let problem = format!(
                    "a table such as {{ … }} must stand here, not {}",
                    kind(value)
                );
                self.page.report(value.span().start, problem);
                cell
            }
            (_, cell) => cell,
        }
    }
}

fn names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter()
        .flat_map(|key| [Some(key.name), key.plural])
        .flatten()
        .collect()
}

/// The whole of a key and its value, also where it is written in several places (`when.hub = …`).
fn extend(range: &mut Range<usize>, value: &Value<'_>) {
    let span = value.span();
    if !span.is_empty() {
        range.end = range.end.max(span.end);
    }
    if let DeValue::Table(table) = value.get_ref() {
        for (key, value) in table {
            range.end = range.end.max(key.span().end);
            extend(range, value);
        }
    }
}

/// Something that a comment can belong to: the table, and the entry within it if it is one.
#[derive(Clone)]
struct Anchor {
    range: Range<usize>,
    table: usize,
    entry: Option<usize>,
}

/// Gives every comment its place, each exactly once.
fn attach(text: &str, mut placed: Vec<Placed>) -> Paper {
    let mut anchors = Vec::new();
    for (table, place) in placed.iter().enumerate() {
        if table > 0 {
            anchors.push(Anchor {
                range: place.at.clone(),
                table,
                entry: None,
            });
        }
        for (entry, (range, _)) in place.entries.iter().enumerate() {
            anchors.push(Anchor {
                range: range.clone(),
                table,
                entry: Some(entry),
            });
        }
    }
    anchors.sort_by_key(|anchor| (anchor.range.start, anchor.entry.is_some()));
    let mut top = Vec::new();
    let mut tail = Vec::new();
    let comments = comments(text);
    for comment in &comments {
        give(text, comment, &anchors, &mut placed, &mut top, &mut tail);
    }
    gaps(text, &anchors, &mut placed, &mut top);
    let mut blocks = placed.into_iter().map(|place| Block {
        entries: place.entries.into_iter().map(|(_, entry)| entry).collect(),
        ..place.block
    });
    let head = blocks.next().unwrap_or_default();
    let mut paper = Paper {
        head,
        blocks: blocks.collect(),
        tail: tail.into_iter().collect(),
    };
    begin(&mut paper, top);
    paper
}

fn give(
    text: &str,
    comment: &Comment,
    anchors: &[Anchor],
    placed: &mut [Placed],
    top: &mut Vec<Line>,
    tail: &mut Vec<Line>,
) {
    let at = comment.at;
    // Inside a value: above its key.
    let inside = anchors
        .iter()
        .rfind(|anchor| anchor.entry.is_some() && anchor.range.start < at && at < anchor.range.end);
    if let Some(entry) = inside.and_then(|anchor| entry_of(placed, anchor)) {
        entry.above.push(comment.text.clone());
        return;
    }
    let before = anchors.iter().rfind(|anchor| anchor.range.start < at);
    if let Some(anchor) = before.filter(|_| comment.beside) {
        match entry_of(placed, anchor) {
            Some(entry) if entry.beside.is_none() => entry.beside = Some(comment.text.clone()),
            Some(entry) => entry.above.push(comment.text.clone()),
            None => {
                if let Some(place) = placed.get_mut(anchor.table) {
                    // A table written in braces over several lines may have more than one.
                    match &place.block.beside {
                        None => place.block.beside = Some(comment.text.clone()),
                        Some(_) => place.block.above.push(Line::Comment(comment.text.clone())),
                    }
                }
            }
        }
        return;
    }
    let lines = match anchors.iter().find(|anchor| anchor.range.start > at) {
        Some(_) if before.is_none() => top,
        Some(anchor) => match entry_of(placed, anchor) {
            Some(entry) => {
                entry.above.push(comment.text.clone());
                return;
            }
            None => match placed.get_mut(anchor.table) {
                Some(place) => &mut place.block.above,
                None => tail,
            },
        },
        None => tail,
    };
    if blank_above(text, at) && lines.last() != Some(&Line::Blank) {
        lines.push(Line::Blank);
    }
    lines.push(Line::Comment(comment.text.clone()));
}

fn entry_of<'a>(placed: &'a mut [Placed], anchor: &Anchor) -> Option<&'a mut Entry> {
    let entries = &mut placed.get_mut(anchor.table)?.entries;
    entries.get_mut(anchor.entry?).map(|(_, entry)| entry)
}

/// Blank lines between the comments above a table and the table, and after those above all.
fn gaps(text: &str, anchors: &[Anchor], placed: &mut [Placed], top: &mut Vec<Line>) {
    for place in placed.iter_mut().skip(1) {
        let lines = &mut place.block.above;
        if blank_above(text, place.at.start) && !lines.is_empty() {
            lines.push(Line::Blank);
        }
        // A table always stands apart from what is above it, its comments with it unless they
        // clearly belong to what is above.
        if !lines.contains(&Line::Blank) {
            lines.insert(0, Line::Blank);
        }
    }
    if let Some(first) = anchors.first()
        && blank_above(text, first.range.start)
    {
        top.push(Line::Blank);
    }
}

/// What the file begins with, and after it the comments of whatever now comes first.
fn begin(paper: &mut Paper, mut top: Vec<Line>) {
    if let Some(first) = paper.head.entries.first_mut() {
        top.extend(first.above.drain(..).map(Line::Comment));
    } else if let Some(first) = paper.blocks.first_mut() {
        top.append(&mut first.above);
        top.push(Line::Blank);
    }
    top.dedup_by(|line, before| *line == Line::Blank && *before == Line::Blank);
    if top.first() == Some(&Line::Blank) {
        top.remove(0);
    }
    paper.head.above = top;
}
