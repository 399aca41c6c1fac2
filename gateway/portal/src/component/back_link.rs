//! The way back.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// A link to the page before.
#[derive(Clone, Debug, Template)]
#[template(path = "component/back-link.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct BackLink {
    attributes: Attributes,
    classes: Classes,
    content: Content,
    href: String,
}

impl BackLink {
    /// A link to `href` that says where it leads.
    pub fn new(content: impl Into<Content>, href: impl Into<String>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            content: content.into(),
            href: href.into(),
        }
    }
}

impl HtmlSafe for BackLink {}
impl Component for BackLink {}
