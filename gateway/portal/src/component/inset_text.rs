//! Text set apart.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// Text set apart from what is around it.
#[derive(Clone, Debug, Template)]
#[template(path = "component/inset-text.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct InsetText {
    attributes: Attributes,
    classes: Classes,
    content: Content,
    id: Option<String>,
}

impl InsetText {
    /// Sets `content` apart.
    pub fn new(content: impl Into<Content>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            content: content.into(),
            id: None,
        }
    }
}

impl HtmlSafe for InsetText {}
impl Component for InsetText {}
