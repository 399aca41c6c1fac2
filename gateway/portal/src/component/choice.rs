//! One radio or checkbox.

use super::{Attributes, Content, Hint, Label};

/// One entry among radios or checkboxes.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(untagged))]
pub enum Item {
    /// A word between two entries, such as "or".
    Divider(Divider),
    /// An entry to choose.
    Choice(Box<Choice>),
}

/// A word between two entries.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub struct Divider {
    pub(super) divider: String,
}

impl Item {
    /// A word between two entries, such as "or".
    pub fn divider(word: impl Into<String>) -> Self {
        Self::Divider(Divider {
            divider: word.into(),
        })
    }
}

impl From<Choice> for Item {
    fn from(choice: Choice) -> Self {
        Self::Choice(Box::new(choice))
    }
}

/// An entry to choose, with what belongs to it.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Choice {
    pub(super) attributes: Attributes,
    pub(super) behaviour: Option<String>,
    pub(super) checked: Option<bool>,
    pub(super) conditional: Content,
    pub(super) content: Content,
    pub(super) disabled: bool,
    pub(super) hint: Option<Hint>,
    pub(super) id: Option<String>,
    pub(super) label: Label,
    pub(super) name: Option<String>,
    pub(super) value: String,
}

impl Choice {
    /// An entry that shows `content` and sends `value`.
    pub fn new(value: impl Into<String>, content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            value: value.into(),
            ..Self::default()
        }
    }

    /// With help for this entry.
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With fields that show only while it is chosen. Without scripts they always show.
    pub fn reveals(mut self, content: impl Into<Content>) -> Self {
        self.conditional = content.into();
        self
    }

    /// Chosen or not, whatever the group's value says.
    pub fn checked(mut self, checked: bool) -> Self {
        self.checked = Some(checked);
        self
    }

    /// Cannot be chosen; say why in a hint.
    pub fn disabled(mut self) -> Self {
        self.disabled = true;
        self
    }

    /// "None of these": unticks every other checkbox.
    pub fn exclusive(mut self) -> Self {
        self.behaviour = Some("exclusive".to_owned());
        self
    }

    /// Sent under its own name instead of the group's.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// With its own id instead of the group's with a number.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// One entry ready to be drawn; `stem` is `govuk-radios` or `govuk-checkboxes`.
pub(super) struct Drawn<'a> {
    pub(super) choice: &'a Choice,
    pub(super) checked: bool,
    pub(super) described_by: Option<String>,
    pub(super) hint: Option<Hint>,
    pub(super) id: String,
    pub(super) label: Label,
}

impl<'a> Drawn<'a> {
    /// The first entry has the group's own id, so that an error can lead to it.
    pub(super) fn new(
        choice: &'a Choice,
        stem: &str,
        group_id: &str,
        number: usize,
        checked: bool,
    ) -> Self {
        let id = match (&choice.id, number) {
            (Some(id), _) => id.clone(),
            (None, 1) => group_id.to_owned(),
            (None, _) => format!("{group_id}-{number}"),
        };
        let hint_id = format!("{id}-item-hint");
        let hint = choice
            .hint
            .as_ref()
            .map(|hint| hint.with_id(&hint_id).with_class(&format!("{stem}__hint")));
        Self {
            choice,
            checked: choice.checked.unwrap_or(checked),
            described_by: hint.as_ref().map(|_| hint_id),
            hint,
            label: choice
                .label
                .saying(&choice.content)
                .with_class(&format!("{stem}__label"))
                .bound_to(&id),
            id,
        }
    }
}
