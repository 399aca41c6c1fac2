//! What must not be missed.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// What must not be missed before going on.
#[derive(Clone, Debug, Template)]
#[template(path = "component/warning-text.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct WarningText {
    attributes: Attributes,
    classes: Classes,
    content: Content,
    icon_fallback_text: String,
}

impl WarningText {
    /// Warns of `content`; `warning` is the word for "Warning", which screen readers speak first.
    pub fn new(warning: impl Into<String>, content: impl Into<Content>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            content: content.into(),
            icon_fallback_text: warning.into(),
        }
    }
}

impl HtmlSafe for WarningText {}
impl Component for WarningText {}
