//! Fields that belong together, under one name.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content, Size};

/// The name of a group of fields.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Legend {
    content: Content,
    classes: Classes,
    is_page_heading: bool,
}

impl Legend {
    /// A legend that says `content`.
    pub fn new(content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }

    /// Set larger and bold.
    pub fn size(mut self, size: Size) -> Self {
        self.classes = self.classes.with(&size.of("govuk-fieldset__legend"));
        self
    }

    /// The page's one heading: for pages that ask one question.
    pub fn page_heading(mut self) -> Self {
        self.is_page_heading = true;
        self
    }

    /// Read by screen readers only.
    pub fn hidden(mut self) -> Self {
        self.classes = self.classes.with("govuk-visually-hidden");
        self
    }
}

impl<T: Into<Content>> From<T> for Legend {
    fn from(content: T) -> Self {
        Self::new(content)
    }
}

/// Fields that belong together, under one name.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "component/fieldset.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Fieldset {
    content: Content,
    classes: Classes,
    attributes: Attributes,
    described_by: Option<String>,
    legend: Option<Legend>,
    role: Option<String>,
}

impl Fieldset {
    /// The fields in `content` under `legend`.
    pub fn new(legend: impl Into<Legend>, content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            legend: Some(legend.into()),
            ..Self::default()
        }
    }

    pub(super) fn around(&self, content: Content, described_by: Option<String>) -> Self {
        Self {
            content,
            described_by,
            ..self.clone()
        }
    }

    pub(super) fn described_by(&self) -> Option<&str> {
        self.described_by.as_deref()
    }

    pub(super) fn with_role(&self, role: &'static str) -> Self {
        Self {
            role: Some(role.to_owned()),
            ..self.clone()
        }
    }
}

impl HtmlSafe for Fieldset {}
impl Component for Fieldset {}
