//! The name of one field.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Content};

/// How large a label or legend is set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Size {
    /// 19 px, bold.
    S,
    /// 24 px, bold.
    M,
    /// 36 px, bold.
    L,
    /// 48 px, bold.
    Xl,
}

impl Size {
    pub(super) fn of(self, stem: &str) -> String {
        let letter = match self {
            Self::S => "s",
            Self::M => "m",
            Self::L => "l",
            Self::Xl => "xl",
        };
        format!("{stem}--{letter}")
    }
}

/// The name of one field. It is bound to the field by the field itself.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "component/label.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Label {
    content: Content,
    classes: Classes,
    attributes: Attributes,
    #[cfg_attr(test, serde(rename = "for"))]
    for_id: Option<String>,
    is_page_heading: bool,
}

impl Label {
    /// A label that says `content`.
    pub fn new(content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }

    /// Set larger and bold.
    pub fn size(mut self, size: Size) -> Self {
        self.classes = self.classes.with(&size.of("govuk-label"));
        self
    }

    /// The page's one heading: for pages that ask one question.
    pub fn page_heading(mut self) -> Self {
        self.is_page_heading = true;
        self
    }

    /// Read by screen readers only, where the page shows the name by other means.
    pub fn hidden(mut self) -> Self {
        self.classes = self.classes.with("govuk-visually-hidden");
        self
    }

    pub(super) fn bound_to(&self, id: &str) -> Self {
        Self {
            for_id: Some(id.to_owned()),
            ..self.clone()
        }
    }

    pub(super) fn saying(&self, content: &Content) -> Self {
        Self {
            content: content.clone(),
            ..self.clone()
        }
    }

    pub(super) fn with_class(&self, class: &str) -> Self {
        let own = Classes::none().with(class);
        Self {
            classes: own.with(self.classes.to_string().trim()),
            ..self.clone()
        }
    }
}

impl<T: Into<Content>> From<T> for Label {
    fn from(content: T) -> Self {
        Self::new(content)
    }
}

impl HtmlSafe for Label {}
