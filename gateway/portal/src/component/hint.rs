//! Help that belongs to one field.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Content};

/// Help that most people need for one field; spoken together with it.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "component/hint.html")]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Hint {
    content: Content,
    classes: Classes,
    attributes: Attributes,
    id: Option<String>,
}

impl Hint {
    /// A hint that says `content`.
    pub fn new(content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }

    pub(super) fn with_id(&self, id: &str) -> Self {
        Self {
            id: Some(id.to_owned()),
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

impl<T: Into<Content>> From<T> for Hint {
    fn from(content: T) -> Self {
        Self::new(content)
    }
}

impl HtmlSafe for Hint {}
