//! Everything that is wrong with a form, at the top of the page.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// Everything that is wrong with a form, each line leading to its field.
#[derive(Clone, Debug, Template)]
#[template(path = "component/error-summary.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct ErrorSummary {
    attributes: Attributes,
    classes: Classes,
    description: Content,
    disable_auto_focus: Option<bool>,
    error_list: Vec<Fault>,
    title: Content,
}

/// One line of an [`ErrorSummary`].
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Fault {
    attributes: Attributes,
    content: Content,
    href: Option<String>,
}

impl Fault {
    /// What is wrong with the field of this id.
    pub fn of(field_id: &str, message: impl Into<Content>) -> Self {
        Self {
            content: message.into(),
            href: Some(format!("#{field_id}")),
            ..Self::default()
        }
    }

    /// What is wrong with the whole form.
    pub fn of_form(message: impl Into<Content>) -> Self {
        Self {
            content: message.into(),
            ..Self::default()
        }
    }
}

impl ErrorSummary {
    /// The lines under `title` ("There is a problem").
    pub fn new(title: impl Into<Content>, faults: Vec<Fault>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            description: Content::default(),
            disable_auto_focus: None,
            error_list: faults,
            title: title.into(),
        }
    }
}

impl HtmlSafe for ErrorSummary {}
impl Component for ErrorSummary {}
