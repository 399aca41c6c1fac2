//! More, for those who ask.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// More, for those who ask: works without scripts.
#[derive(Clone, Debug, Template)]
#[template(path = "component/details.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Details {
    attributes: Attributes,
    classes: Classes,
    content: Content,
    id: Option<String>,
    open: bool,
    summary: Content,
}

impl Details {
    /// `content` behind `summary`; closed.
    pub fn new(summary: impl Into<Content>, content: impl Into<Content>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            content: content.into(),
            id: None,
            open: false,
            summary: summary.into(),
        }
    }

    /// With an id; then it stays open when a live part is renewed.
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// Open from the start.
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }
}

impl HtmlSafe for Details {}
impl Component for Details {}
