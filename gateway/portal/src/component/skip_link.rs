//! Past the navigation.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// Leads keyboard users past header and navigation.
#[derive(Clone, Debug, Template)]
#[template(path = "component/skip-link.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct SkipLink {
    attributes: Attributes,
    classes: Classes,
    content: Content,
    href: String,
}

impl SkipLink {
    /// A link to the main content.
    pub fn new(content: impl Into<Content>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            content: content.into(),
            href: "#main-content".to_owned(),
        }
    }
}

impl HtmlSafe for SkipLink {}
impl Component for SkipLink {}
