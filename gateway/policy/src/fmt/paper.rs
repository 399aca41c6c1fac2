//! A file as it stands on the page: tables, keys, values and comments, each in its place.

/// A value in its canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Several values.
    List(Vec<Cell>),
    /// As written: a number, a date, true or false.
    Plain(String),
    /// Keys with values, within one line.
    Table(Vec<(String, Cell)>),
    /// Text.
    Text(String),
}

/// A line above a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// Nothing.
    Blank,
    /// A comment, from its `#`.
    Comment(String),
}

/// A key with its value and comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Comments above.
    pub above: Vec<String>,
    pub key: String,
    pub cell: Cell,
    /// The comment on its line.
    pub beside: Option<String>,
}

impl Entry {
    /// An entry without a comment.
    pub fn new(key: impl Into<String>, cell: Cell) -> Self {
        Self {
            above: Vec::new(),
            key: key.into(),
            cell,
            beside: None,
        }
    }
}

/// A table with its comments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Block {
    /// Comments and blank lines above.
    pub above: Vec<Line>,
    /// `[given]` or `[[rule]]`; empty for the keys at the top of the file.
    pub header: String,
    /// The comment on the line of the header.
    pub beside: Option<String>,
    /// In canonical order.
    pub entries: Vec<Entry>,
}

impl Block {
    /// The value of `key`.
    pub fn cell(&self, key: &str) -> Option<&Cell> {
        let entry = self.entries.iter().find(|entry| entry.key == key);
        entry.map(|entry| &entry.cell)
    }

    /// Does it say the same, comments apart?
    pub fn says(&self, other: &Self) -> bool {
        let content = |block: &Self| -> Vec<(String, Cell)> {
            let entries = block.entries.iter();
            entries
                .map(|entry| (entry.key.clone(), entry.cell.clone()))
                .collect()
        };
        content(self) == content(other)
    }
}

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Paper {
    /// Keys at the top; `above` is what the file begins with.
    pub head: Block,
    /// Tables.
    pub blocks: Vec<Block>,
    /// Comments after the last of them.
    pub tail: Vec<Line>,
}
