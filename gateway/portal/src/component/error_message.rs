//! What is wrong with one field.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// What is wrong with one field, and what to do about it.
#[derive(Clone, Debug, Template)]
#[template(path = "component/error-message.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct ErrorMessage {
    content: Content,
    classes: Classes,
    attributes: Attributes,
    id: Option<String>,
    #[cfg_attr(test, serde(rename = "visuallyHiddenText"))]
    prefix: String,
}

impl ErrorMessage {
    /// `prefix` is the word for "Error" in the page's language; screen readers speak it first.
    pub fn new(prefix: impl Into<String>, content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            classes: Classes::none(),
            attributes: Attributes::none(),
            id: None,
            prefix: prefix.into(),
        }
    }

    pub(super) fn with_id(&self, id: &str) -> Self {
        Self {
            id: Some(id.to_owned()),
            ..self.clone()
        }
    }
}

impl HtmlSafe for ErrorMessage {}
impl Component for ErrorMessage {}
