//! From paper to text.

use std::ops::Range;

use super::paper::{Block, Cell, Line, Paper};

/// Longest line on which a list stands; a longer one has a line for each word.
const WIDTH: usize = 100;

/// Where a key and its value stand in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub range: Range<usize>,
    /// The place of the table, nothing for the keys at the top.
    pub block: Option<usize>,
    /// The key; empty for the header of the table.
    pub key: String,
}

/// The canonical text.
pub(crate) fn write(paper: &Paper) -> String {
    located(paper).0
}

/// The canonical text, and where each key of it stands; a key within a table after the table's own.
pub(crate) fn located(paper: &Paper) -> (String, Vec<Span>) {
    let mut pen = Pen::default();
    pen.block(&paper.head);
    for (place, table) in paper.blocks.iter().enumerate() {
        pen.place = Some(place);
        pen.block(table);
    }
    pen.lines(&paper.tail);
    (pen.text, pen.spans)
}

#[derive(Default)]
struct Pen {
    text: String,
    spans: Vec<Span>,
    place: Option<usize>,
}

impl Pen {
    fn block(&mut self, block: &Block) {
        self.lines(&block.above);
        if !block.header.is_empty() {
            let start = self.text.len();
            self.text.push_str(&block.header);
            self.span(start, "");
            self.end(block.beside.as_deref());
        }
        for entry in &block.entries {
            for comment in &entry.above {
                self.text.push_str(comment);
                self.text.push('\n');
            }
            self.pair(&entry.key, &entry.cell, true);
            self.end(entry.beside.as_deref());
        }
    }

    fn span(&mut self, start: usize, key: &str) {
        self.spans.push(Span {
            range: start..self.text.len(),
            block: self.place,
            key: key.to_owned(),
        });
    }

    /// `key = value`; a list may take several lines where the key stands `alone` on its own.
    fn pair(&mut self, key: &str, cell: &Cell, alone: bool) {
        let start = self.text.len();
        self.text.push_str(key);
        self.text.push_str(" = ");
        let at = self.spans.len();
        self.value(cell);
        let wide = self.text.get(start..).unwrap_or_default().chars().count() > WIDTH;
        if let (Cell::List(cells), true, true) = (cell, alone, wide) {
            self.text.truncate(start);
            self.text.push_str(key);
            self.text.push_str(" = [\n");
            for cell in cells {
                self.text.push_str("    ");
                self.value(cell);
                self.text.push_str(",\n");
            }
            self.text.push(']');
        }
        let range = start..self.text.len();
        // Before those within it, so that the last that fits is the narrowest.
        self.spans.insert(
            at,
            Span {
                range,
                block: self.place,
                key: key.to_owned(),
            },
        );
    }

    fn value(&mut self, cell: &Cell) {
        match cell {
            Cell::List(cells) => {
                self.text.push('[');
                for (n, cell) in cells.iter().enumerate() {
                    self.text.push_str(if n > 0 { ", " } else { "" });
                    self.value(cell);
                }
                self.text.push(']');
            }
            Cell::Plain(written) => self.text.push_str(written),
            Cell::Table(cells) if cells.is_empty() => self.text.push_str("{}"),
            Cell::Table(cells) => {
                self.text.push('{');
                for (n, (key, cell)) in cells.iter().enumerate() {
                    self.text.push_str(if n > 0 { ", " } else { " " });
                    self.pair(key, cell, false);
                }
                self.text.push_str(" }");
            }
            Cell::Text(text) => self
                .text
                .push_str(&toml::Value::String(text.clone()).to_string()),
        }
    }

    fn lines(&mut self, lines: &[Line]) {
        for line in lines {
            if let Line::Comment(comment) = line {
                self.text.push_str(comment);
            }
            self.text.push('\n');
        }
    }

    fn end(&mut self, comment: Option<&str>) {
        if let Some(comment) = comment {
            self.text.push(' ');
            self.text.push_str(comment);
        }
        self.text.push('\n');
    }
}
