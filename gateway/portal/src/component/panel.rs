//! The end of something long.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// Says at the end of several pages that it is done; its title is the page's one heading.
#[derive(Clone, Debug, Template)]
#[template(path = "component/panel.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Panel {
    attributes: Attributes,
    classes: Classes,
    content: Content,
    heading_level: Option<u8>,
    title: Content,
}

impl Panel {
    /// `title`, and below it for example a number.
    pub fn new(title: impl Into<Content>, content: impl Into<Content>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            content: content.into(),
            heading_level: None,
            title: title.into(),
        }
    }

    fn level(&self) -> u8 {
        self.heading_level.unwrap_or(1)
    }
}

impl HtmlSafe for Panel {}
impl Component for Panel {}
