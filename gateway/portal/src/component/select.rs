//! One choice out of a closed list.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Field};

/// One choice out of a closed list that is too long for radios.
#[derive(Clone, Debug, Template)]
#[template(path = "component/select.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Select {
    field: Field,
    attributes: Attributes,
    classes: Classes,
    items: Vec<Choosable>,
    value: Option<String>,
}

/// One entry of a [`Select`].
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Choosable {
    attributes: Attributes,
    disabled: bool,
    selected: Option<bool>,
    text: String,
    value: Option<String>,
}

impl Choosable {
    /// An entry that shows `text` and sends `value`.
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            value: Some(value.into()),
            ..Self::default()
        }
    }

    fn is_chosen(&self, value: Option<&str>) -> bool {
        let own = self.value.as_deref().unwrap_or(&self.text);
        self.selected.unwrap_or(value == Some(own))
    }
}

impl Select {
    /// A list of `items`.
    pub fn new(field: Field, items: Vec<Choosable>) -> Self {
        Self {
            field,
            attributes: Attributes::none(),
            classes: Classes::none(),
            items,
            value: None,
        }
    }

    /// With the value that was chosen before.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into()).filter(|value| !value.is_empty());
        self
    }

    /// With a further attribute.
    pub fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes = self.attributes.with(name, value);
        self
    }
}

impl HtmlSafe for Select {}
impl Component for Select {}
