//! What a change takes away and what it brings.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Cell, Content, Table};
use crate::words::Words;

/// One part of something that may have changed: what it was and what it becomes.
#[derive(Clone, Debug)]
pub struct Difference {
    after: Option<String>,
    before: Option<String>,
    name: Content,
}

impl Difference {
    /// `None` where there was or is nothing.
    pub fn new(name: impl Into<Content>, before: Option<String>, after: Option<String>) -> Self {
        Self {
            after,
            before,
            name: name.into(),
        }
    }

    /// Whether both are the same.
    pub fn is_same(&self) -> bool {
        self.before == self.after
    }

    /// Rows under `head` (part, before, after); what changed is struck out or marked, and screen
    /// readers hear "removed" and "added" in the page's language.
    pub fn table(
        caption: impl Into<Content>,
        head: [Content; 3],
        rows: &[Self],
        words: &Words,
    ) -> Table {
        let rows = rows.iter().map(|row| {
            let changed = !row.is_same();
            vec![
                Cell::new(row.name.clone()),
                Cell::new(side(row.before.as_deref(), changed, Kind::Removed, words)),
                Cell::new(side(row.after.as_deref(), changed, Kind::Added, words)),
            ]
        });
        Table::new(caption, head.map(Cell::new).into(), rows.collect()).classes("gw-diff")
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Added,
    Removed,
}

fn side(text: Option<&str>, changed: bool, kind: Kind, words: &Words) -> Content {
    match text {
        None => Content::from("—"),
        Some(text) if !changed => Content::from(text),
        Some(text) => Content::made(&Marked {
            kind,
            text,
            word: words.say(match kind {
                Kind::Added => "common-added",
                Kind::Removed => "common-removed",
            }),
        }),
    }
}

#[derive(Template)]
#[template(path = "component/difference.html")]
struct Marked<'a> {
    kind: Kind,
    text: &'a str,
    word: String,
}

impl HtmlSafe for Marked<'_> {}
