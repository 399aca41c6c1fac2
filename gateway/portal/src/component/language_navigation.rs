//! The same page in another language.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// The same page in each language.
#[derive(Clone, Debug, Template)]
#[template(path = "component/language-navigation.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct LanguageNavigation {
    aria_label: String,
    attributes: Attributes,
    classes: Classes,
    items: Vec<LanguageItem>,
}

/// One language.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct LanguageItem {
    attributes: Attributes,
    classes: Classes,
    content: Content,
    current: bool,
    href: Option<String>,
    lang: Option<String>,
}

impl LanguageItem {
    /// The language that calls itself `name`, tagged `lang` (BCP 47), whose page is at `href`.
    pub fn new(name: &str, lang: &str, href: impl Into<String>) -> Self {
        Self {
            content: name.into(),
            href: Some(href.into()),
            lang: Some(lang.to_owned()),
            ..Self::default()
        }
    }

    /// Whether this page is in it.
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    /// Where its page is, unless it is this one.
    fn link(&self) -> Option<&str> {
        self.href.as_deref().filter(|_| !self.current)
    }
}

impl LanguageNavigation {
    /// The languages in this order; `name` says "Language" to screen readers.
    pub fn new<const N: usize>(name: impl Into<String>, languages: [LanguageItem; N]) -> Self {
        Self {
            aria_label: name.into(),
            attributes: Attributes::none(),
            classes: Classes::none(),
            items: languages.into(),
        }
    }
}

impl HtmlSafe for LanguageNavigation {}
impl Component for LanguageNavigation {}
