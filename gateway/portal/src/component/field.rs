//! What every single field has around it: label, hint, error.

use askama::Template;

use super::content::described_by;
use super::{Attributes, Classes, ErrorMessage, Hint, Label};

/// One field of a form without its control: name, label, hint and error.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Field {
    described_by: Option<String>,
    error_message: Option<ErrorMessage>,
    #[cfg_attr(test, serde(rename = "formGroup"))]
    frame: Frame,
    hint: Option<Hint>,
    id: Option<String>,
    label: Label,
    name: String,
}

/// The box around a field.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub(super) struct Frame {
    pub(super) classes: Classes,
    pub(super) attributes: Attributes,
}

impl Field {
    /// A field that a form sends as `name`; its id is the name too, so that an error can lead to it.
    pub fn new(name: impl Into<String>, label: impl Into<Label>) -> Self {
        Self {
            label: label.into(),
            name: name.into(),
            ..Self::default()
        }
    }

    /// With help that most people need.
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With what is wrong, if anything is.
    pub fn error(mut self, error: Option<ErrorMessage>) -> Self {
        self.error_message = error;
        self
    }

    /// With an id other than its name: where a page repeats a field.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// With classes on the box around the field.
    pub fn frame(mut self, classes: &'static str) -> Self {
        self.frame.classes = self.frame.classes.with(classes);
        self
    }

    pub(super) fn framed(mut self, frame: Frame) -> Self {
        self.frame = frame;
        self
    }

    pub(super) fn described(mut self, id: String) -> Self {
        self.described_by = Some(id);
        self
    }

    pub(super) fn frame_parts(&self) -> &Frame {
        &self.frame
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn own_id(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.name)
    }

    pub(super) fn has_error(&self) -> bool {
        self.error_message.is_some()
    }

    /// Ids of everything that describes the control: first what the page gave, then hint and error.
    pub(super) fn describers(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| self.part("hint"));
        let error = self.error_message.as_ref().map(|_| self.part("error"));
        described_by([
            self.described_by.as_deref(),
            hint.as_deref(),
            error.as_deref(),
        ])
    }

    pub(super) fn head(&self) -> FieldHead {
        FieldHead {
            error: self
                .error_message
                .as_ref()
                .map(|error| error.with_id(&self.part("error"))),
            hint: self
                .hint
                .as_ref()
                .map(|hint| hint.with_id(&self.part("hint"))),
            label: self.label.bound_to(self.own_id()),
        }
    }

    fn part(&self, part: &str) -> String {
        format!("{}-{part}", self.own_id())
    }
}

/// Label, hint and error in that order.
#[derive(Template)]
#[template(path = "component/field-head.html")]
pub(super) struct FieldHead {
    error: Option<ErrorMessage>,
    hint: Option<Hint>,
    label: Label,
}

impl askama::filters::HtmlSafe for FieldHead {}
