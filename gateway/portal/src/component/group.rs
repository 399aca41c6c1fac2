//! What every group of choices has around it: legend, hint, error.

use askama::Template;
use askama::filters::HtmlSafe;

use super::content::described_by;
use super::field::Frame;
use super::{Component, Content, ErrorMessage, Fieldset, Hint, Legend};

/// A group of radios, checkboxes or date parts without its controls.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Group {
    described_by: Option<String>,
    error_message: Option<ErrorMessage>,
    fieldset: Option<Fieldset>,
    #[cfg_attr(test, serde(rename = "formGroup"))]
    frame: Frame,
    hint: Option<Hint>,
    id_prefix: Option<String>,
    name: String,
}

impl Group {
    /// A group that a form sends as `name`, under `legend`.
    pub fn new(name: impl Into<String>, legend: impl Into<Legend>) -> Self {
        Self {
            fieldset: Some(Fieldset::new(legend, Content::default())),
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

    /// With ids that start with something other than the name: where a page repeats a group.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id_prefix = Some(id.into());
        self
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn own_id(&self) -> &str {
        self.id_prefix.as_deref().unwrap_or(&self.name)
    }

    pub(super) fn has_error(&self) -> bool {
        self.error_message.is_some()
    }

    pub(super) fn has_fieldset(&self) -> bool {
        self.fieldset.is_some()
    }

    pub(super) fn grouped(mut self) -> Self {
        self.fieldset = self.fieldset.map(|fieldset| fieldset.with_role("group"));
        self
    }

    /// Ids of what describes the whole group.
    pub(super) fn describers(&self) -> Option<String> {
        let given = self.fieldset.as_ref().and_then(Fieldset::described_by);
        let hint = self.hint.as_ref().map(|_| self.part("hint"));
        let error = self.error_message.as_ref().map(|_| self.part("error"));
        described_by([
            given.or(self.described_by.as_deref()),
            hint.as_deref(),
            error.as_deref(),
        ])
    }

    /// The group around its controls.
    pub(super) fn around(&self, controls: Content) -> GroupBox<'_> {
        let inner = Content::from(GroupBody {
            error: self
                .error_message
                .as_ref()
                .map(|error| error.with_id(&self.part("error"))),
            hint: self
                .hint
                .as_ref()
                .map(|hint| hint.with_id(&self.part("hint"))),
            controls,
        });
        GroupBox {
            group: self,
            inner: match &self.fieldset {
                Some(fieldset) => fieldset.around(inner, self.describers()).into(),
                None => inner,
            },
        }
    }

    fn part(&self, part: &str) -> String {
        format!("{}-{part}", self.own_id())
    }
}

/// Hint, error and controls in that order.
#[derive(Template)]
#[template(path = "component/group-body.html")]
struct GroupBody {
    controls: Content,
    error: Option<ErrorMessage>,
    hint: Option<Hint>,
}

impl HtmlSafe for GroupBody {}
impl Component for GroupBody {}

/// The form group around all of it.
#[derive(Template)]
#[template(path = "component/group.html")]
pub(super) struct GroupBox<'a> {
    group: &'a Group,
    inner: Content,
}

impl GroupBox<'_> {
    fn frame(&self) -> &Frame {
        &self.group.frame
    }
}

impl HtmlSafe for GroupBox<'_> {}
