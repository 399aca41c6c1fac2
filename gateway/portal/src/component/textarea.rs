//! Several lines of text.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content, Field};

/// Several lines of text.
#[derive(Clone, Debug, Template)]
#[template(path = "component/textarea.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Textarea {
    field: Field,
    after: Content,
    attributes: Attributes,
    autocomplete: Option<String>,
    classes: Classes,
    rows: Option<u16>,
    spellcheck: Option<bool>,
    value: String,
}

impl Textarea {
    /// A text area of five rows.
    pub fn new(field: Field) -> Self {
        Self {
            field,
            after: Content::default(),
            attributes: Attributes::none(),
            autocomplete: None,
            classes: Classes::none(),
            rows: None,
            spellcheck: None,
            value: String::new(),
        }
    }

    /// With a count below it.
    pub(super) fn counted(field: Field, after: Content, attributes: Attributes) -> Self {
        Self {
            after,
            attributes,
            classes: Classes::from("govuk-js-character-count"),
            ..Self::new(field)
        }
    }

    pub(super) fn set(mut self, rows: Option<u16>, spellcheck: Option<bool>) -> Self {
        self.rows = rows;
        self.spellcheck = spellcheck;
        self
    }

    /// With what was typed before.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// As high as `rows` lines.
    pub fn rows(mut self, rows: u16) -> Self {
        self.rows = Some(rows);
        self
    }

    /// Whether the browser checks the spelling.
    pub fn spelling(mut self, check: bool) -> Self {
        self.spellcheck = Some(check);
        self
    }

    /// With a further attribute, such as `maxlength`.
    pub fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes = self.attributes.with(name, value);
        self
    }
}

impl HtmlSafe for Textarea {}
impl Component for Textarea {}
