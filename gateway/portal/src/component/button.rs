//! Buttons that send a form, and links that look like one.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// A button that sends its form.
#[derive(Clone, Debug, Template)]
#[template(path = "component/button.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Button {
    content: Content,
    classes: Classes,
    attributes: Attributes,
    disabled: bool,
    id: Option<String>,
    name: Option<String>,
    prevent_double_click: Option<bool>,
    #[cfg_attr(test, serde(rename = "type"))]
    kind: Option<String>,
    value: Option<String>,
}

impl Button {
    /// The page's main button. A second press within a second is ignored, so that nothing is sent
    /// twice by a shaking hand; the form's nonce guards the rest.
    pub fn new(content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            classes: Classes::none(),
            attributes: Attributes::none(),
            disabled: false,
            id: None,
            name: None,
            prevent_double_click: Some(true),
            kind: None,
            value: None,
        }
    }

    /// Grey: one of several ways on.
    pub fn secondary(mut self) -> Self {
        self.classes = self.classes.with("govuk-button--secondary");
        self
    }

    /// Red: cannot be undone.
    pub fn warning(mut self) -> Self {
        self.classes = self.classes.with("govuk-button--warning");
        self
    }

    /// Sends `name=value` along, which tells several buttons of one form apart.
    pub fn sends(mut self, name: &str, value: &str) -> Self {
        self.name = Some(name.to_owned());
        self.value = Some(value.to_owned());
        self
    }

    /// With an id.
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// With further classes.
    pub fn classes(mut self, classes: &'static str) -> Self {
        self.classes = self.classes.with(classes);
        self
    }

    /// With a further attribute, such as `formaction`.
    pub fn attribute(mut self, name: &'static str, value: &str) -> Self {
        self.attributes = self.attributes.with(name, value);
        self
    }
}

impl HtmlSafe for Button {}
impl Component for Button {}

/// A link that looks like a button: it leads somewhere and changes nothing.
#[derive(Clone, Debug, Template)]
#[template(path = "component/button-link.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct ButtonLink {
    content: Content,
    classes: Classes,
    attributes: Attributes,
    href: String,
    id: Option<String>,
}

impl ButtonLink {
    /// A link to `href`.
    pub fn new(content: impl Into<Content>, href: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            classes: Classes::none(),
            attributes: Attributes::none(),
            href: href.into(),
            id: None,
        }
    }

    /// Grey: one of several ways on.
    pub fn secondary(mut self) -> Self {
        self.classes = self.classes.with("govuk-button--secondary");
        self
    }
}

impl HtmlSafe for ButtonLink {}
impl Component for ButtonLink {}
