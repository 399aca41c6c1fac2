//! Where a page stands.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// The pages above this one.
#[derive(Clone, Debug, Template)]
#[template(path = "component/breadcrumbs.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Breadcrumbs {
    attributes: Attributes,
    classes: Classes,
    items: Vec<Crumb>,
    label_text: String,
}

/// One page above.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Crumb {
    attributes: Attributes,
    content: Content,
    href: Option<String>,
}

impl Crumb {
    /// The page at `href`.
    pub fn new(content: impl Into<Content>, href: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            href: Some(href.into()),
            ..Self::default()
        }
    }
}

impl Breadcrumbs {
    /// The pages above, the highest first; `name` says "Breadcrumb" to screen readers.
    pub fn new(name: impl Into<String>, items: Vec<Crumb>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            items,
            label_text: name.into(),
        }
    }
}

impl HtmlSafe for Breadcrumbs {}
impl Component for Breadcrumbs {}
