//! One line of text.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content, Field};

/// One line of text.
#[derive(Clone, Debug, Template)]
#[template(path = "component/input.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Input {
    field: Field,
    autocapitalize: Option<String>,
    autocomplete: Option<String>,
    attributes: Attributes,
    classes: Classes,
    disabled: bool,
    inputmode: Option<String>,
    #[cfg_attr(test, serde(rename = "inputWrapper"))]
    wrapper: Affix,
    pattern: Option<String>,
    prefix: Option<Affix>,
    spellcheck: Option<bool>,
    suffix: Option<Affix>,
    #[cfg_attr(test, serde(rename = "type"))]
    kind: Option<String>,
    value: Option<String>,
}

/// A unit before or after an input; not spoken, so the label or hint says it too.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Affix {
    content: Content,
    classes: Classes,
    attributes: Attributes,
}

impl<T: Into<Content>> From<T> for Affix {
    fn from(content: T) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }
}

impl Input {
    /// A text input of full width.
    pub fn new(field: Field) -> Self {
        Self {
            field,
            autocapitalize: None,
            autocomplete: None,
            attributes: Attributes::none(),
            classes: Classes::none(),
            disabled: false,
            inputmode: None,
            wrapper: Affix::default(),
            pattern: None,
            prefix: None,
            spellcheck: None,
            suffix: None,
            kind: None,
            value: None,
        }
    }

    /// With what was typed before.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into()).filter(|value| !value.is_empty());
        self
    }

    /// A password: never shown again, so it takes no value.
    pub fn password(mut self) -> Self {
        self.kind = Some("password".to_owned());
        self.value = None;
        self.spelling(false).autocapitalize("none")
    }

    /// An input of another type, such as `search` or `email`.
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind.to_owned());
        self
    }

    /// As wide as about `characters`: 2, 3, 4, 5, 10, 20 or 30; the next of these that is wide enough.
    pub fn width(mut self, characters: u8) -> Self {
        let class = match characters {
            0..=2 => "govuk-input--width-2",
            3 => "govuk-input--width-3",
            4 => "govuk-input--width-4",
            5 => "govuk-input--width-5",
            6..=10 => "govuk-input--width-10",
            11..=20 => "govuk-input--width-20",
            21.. => "govuk-input--width-30",
        };
        self.classes = self.classes.with(class);
        self
    }

    /// With further classes.
    pub fn classes(mut self, classes: &'static str) -> Self {
        self.classes = self.classes.with(classes);
        self
    }

    /// What the browser may fill in (HTML `autocomplete`). Never for details of other people.
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = Some(token.to_owned());
        self
    }

    /// Which letters a touch keyboard makes capital.
    pub fn autocapitalize(mut self, rule: &'static str) -> Self {
        self.autocapitalize = Some(rule.to_owned());
        self
    }

    /// Whole numbers: the touch keyboard shows digits, names and codes are not spell-checked.
    pub fn numeric(mut self) -> Self {
        self.inputmode = Some("numeric".to_owned());
        self
    }

    /// Whether the browser checks the spelling; off for names and numbers.
    pub fn spelling(mut self, check: bool) -> Self {
        self.spellcheck = Some(check);
        self
    }

    /// With a unit before it.
    pub fn prefix(mut self, prefix: impl Into<Affix>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// With a unit behind it.
    pub fn suffix(mut self, suffix: impl Into<Affix>) -> Self {
        self.suffix = Some(suffix.into());
        self
    }

    /// With a further attribute, such as `maxlength`.
    pub fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes = self.attributes.with(name, value);
        self
    }

    pub(super) fn dressed(mut self, classes: Classes, attributes: Attributes) -> Self {
        self.classes = classes;
        self.attributes = attributes;
        self
    }

    fn wrapped(&self) -> bool {
        self.prefix.is_some() || self.suffix.is_some()
    }
}

impl HtmlSafe for Input {}
impl Component for Input {}
