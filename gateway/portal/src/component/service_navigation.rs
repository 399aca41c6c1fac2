//! The parts of the site, under the header.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// The parts of the site, and at the end the languages.
#[derive(Clone, Debug, Template)]
#[template(path = "component/service-navigation.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct ServiceNavigation {
    aria_label: String,
    attributes: Attributes,
    classes: Classes,
    collapse_navigation_on_mobile: Option<bool>,
    end: Content,
    menu_button_text: String,
    navigation: Vec<NavigationItem>,
    navigation_id: String,
}

/// One part of the site.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct NavigationItem {
    active: bool,
    attributes: Attributes,
    content: Content,
    current: bool,
    href: Option<String>,
}

/// Where a page stands to a part of the site.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// In another part.
    Elsewhere,
    /// It is the part's own page.
    Here,
    /// Somewhere in the part.
    Within,
}

impl NavigationItem {
    /// A part of the site that begins at `href`.
    pub fn new(content: impl Into<Content>, href: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            href: Some(href.into()),
            ..Self::default()
        }
    }

    /// Where the page stands to it.
    pub fn standing(mut self, standing: Standing) -> Self {
        self.current = standing == Standing::Here;
        self.active = standing == Standing::Within;
        self
    }

    fn marked(&self) -> bool {
        self.active || self.current
    }

    fn mark(&self) -> &'static str {
        if self.current { "page" } else { "true" }
    }
}

impl ServiceNavigation {
    /// The parts in this order. `information` names the whole for screen readers, `menu` is the word on
    /// the button that opens the list on narrow screens.
    pub fn new(
        information: impl Into<String>,
        menu: impl Into<String>,
        parts: Vec<NavigationItem>,
    ) -> Self {
        Self {
            aria_label: information.into(),
            attributes: Attributes::none(),
            classes: Classes::none(),
            collapse_navigation_on_mobile: None,
            end: Content::default(),
            menu_button_text: menu.into(),
            navigation: parts,
            navigation_id: "navigation".to_owned(),
        }
    }

    /// With something at the end of the line.
    pub fn end(mut self, end: impl Into<Content>) -> Self {
        self.end = end.into();
        self
    }

    fn collapses(&self) -> bool {
        self.collapse_navigation_on_mobile
            .unwrap_or(self.navigation.len() > 1)
    }
}

impl HtmlSafe for ServiceNavigation {}
impl Component for ServiceNavigation {}
