//! Rows and columns.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// Rows and columns under a caption.
#[derive(Clone, Debug, Template)]
#[template(path = "component/table.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Table {
    attributes: Attributes,
    caption: Content,
    caption_classes: Classes,
    classes: Classes,
    first_cell_is_header: bool,
    head: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
}

/// One cell of a [`Table`].
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Cell {
    attributes: Attributes,
    classes: Classes,
    colspan: Option<u16>,
    content: Content,
    format: Option<String>,
    rowspan: Option<u16>,
}

impl Cell {
    /// A cell that says `content`.
    pub fn new(content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }

    /// A number: set to the right with figures of equal width.
    pub fn numeric(mut self) -> Self {
        self.format = Some("numeric".to_owned());
        self
    }

    /// A time or a code: never broken, figures of equal width.
    pub fn code(mut self) -> Self {
        self.classes = self.classes.with("gw-num");
        self
    }

    /// Over `columns` columns.
    pub fn spans(mut self, columns: u16) -> Self {
        self.colspan = Some(columns);
        self
    }

    /// With further classes.
    pub fn classes(mut self, classes: &'static str) -> Self {
        self.classes = self.classes.with(classes);
        self
    }
}

impl<T: Into<Content>> From<T> for Cell {
    fn from(content: T) -> Self {
        Self::new(content)
    }
}

impl Table {
    /// A table whose first column names the row.
    pub fn new(caption: impl Into<Content>, head: Vec<Cell>, rows: Vec<Vec<Cell>>) -> Self {
        Self {
            attributes: Attributes::none(),
            caption: caption.into(),
            caption_classes: Classes::none(),
            classes: Classes::none(),
            first_cell_is_header: true,
            head,
            rows,
        }
    }

    /// With the caption for screen readers only: where a heading above says the same.
    pub fn hidden_caption(mut self) -> Self {
        self.caption_classes = Classes::from("govuk-visually-hidden");
        self
    }

    /// With a larger caption: `s`, `m` or `l` as in [`Size`](super::Size).
    pub fn caption_size(mut self, size: super::Size) -> Self {
        self.caption_classes = self.caption_classes.with(&size.of("govuk-table__caption"));
        self
    }

    /// Every cell is data: the first column names nothing.
    pub fn without_row_names(mut self) -> Self {
        self.first_cell_is_header = false;
        self
    }

    /// With further classes.
    pub fn classes(mut self, classes: &'static str) -> Self {
        self.classes = self.classes.with(classes);
        self
    }

    /// In a box of its own that scrolls sideways on narrow screens and by keyboard.
    pub fn scrolling(self) -> Content {
        Content::made(&Scroll {
            name: &self.caption,
            table: &self,
        })
    }
}

impl HtmlSafe for Table {}
impl Component for Table {}

/// The scrolling box, named by the table's caption.
#[derive(Template)]
#[template(
    source = r#"<div class="gw-scroll" role="region" aria-label="{{ name }}" tabindex="0">{{ table }}</div>"#,
    ext = "html"
)]
struct Scroll<'a> {
    name: &'a Content,
    table: &'a Table,
}

impl HtmlSafe for Scroll<'_> {}
