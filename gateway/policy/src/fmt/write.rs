//! From paper to text.

use std::fmt::Write as _;

use super::paper::{Block, Cell, Line, Paper};

/// Longest line on which a list stands; a longer one has a line for each word.
const WIDTH: usize = 100;

/// The canonical text.
pub(crate) fn write(paper: &Paper) -> String {
    let mut text = String::new();
    block(&mut text, &paper.head);
    for table in &paper.blocks {
        block(&mut text, table);
    }
    lines(&mut text, &paper.tail);
    text
}

fn block(text: &mut String, block: &Block) {
    lines(text, &block.above);
    if !block.header.is_empty() {
        text.push_str(&block.header);
        end(text, block.beside.as_deref());
    }
    for entry in &block.entries {
        for comment in &entry.above {
            let _ = writeln!(text, "{comment}");
        }
        let value = value(&entry.cell);
        let line = format!("{} = {value}", entry.key);
        match &entry.cell {
            Cell::List(cells) if line.chars().count() > WIDTH => {
                let _ = writeln!(text, "{} = [", entry.key);
                for cell in cells {
                    let _ = writeln!(text, "    {},", self::value(cell));
                }
                text.push(']');
            }
            _ => text.push_str(&line),
        }
        end(text, entry.beside.as_deref());
    }
}

fn lines(text: &mut String, lines: &[Line]) {
    for line in lines {
        if let Line::Comment(comment) = line {
            text.push_str(comment);
        }
        text.push('\n');
    }
}

fn end(text: &mut String, comment: Option<&str>) {
    if let Some(comment) = comment {
        let _ = write!(text, " {comment}");
    }
    text.push('\n');
}

fn value(cell: &Cell) -> String {
    match cell {
        Cell::List(cells) => {
            let cells: Vec<String> = cells.iter().map(value).collect();
            format!("[{}]", cells.join(", "))
        }
        Cell::Plain(written) => written.clone(),
        Cell::Table(cells) if cells.is_empty() => "{}".to_owned(),
        Cell::Table(cells) => {
            let cells: Vec<String> = cells
                .iter()
                .map(|(key, cell)| format!("{key} = {}", value(cell)))
                .collect();
            format!("{{ {} }}", cells.join(", "))
        }
        Cell::Text(text) => toml::Value::String(text.clone()).to_string(),
    }
}
