//! A date that people know: day, month and year.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content, Field, Group, Input, Label};

/// A date that people know, such as a date of birth.
#[derive(Clone, Debug, Template)]
#[template(source = "{{ self.drawn() }}", ext = "html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct DateInput {
    attributes: Attributes,
    classes: Classes,
    group: Group,
    id: String,
    items: Vec<DatePart>,
    name_prefix: Option<String>,
}

/// Day, month or year of a [`DateInput`].
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct DatePart {
    attributes: Attributes,
    classes: Classes,
    error: Option<bool>,
    label: Label,
    name: String,
    value: Option<String>,
}

impl DatePart {
    /// The part `name` (`day`, `month` or `year`) with what was typed before.
    pub fn new(name: &str, label: impl Into<Label>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            name: name.to_owned(),
            value: Some(value.into()).filter(|value| !value.is_empty()),
            ..Self::default()
        }
    }

    /// The part that is wrong; the others are not marked then.
    pub fn wrong(mut self, wrong: bool) -> Self {
        self.error = Some(wrong).filter(|wrong| *wrong);
        self
    }

    fn is_wrong(&self) -> bool {
        self.error == Some(true) || self.classes.contains("govuk-input--error")
    }
}

impl DateInput {
    /// A date sent as `name-day`, `name-month`, `name-year`; `name` is the group's.
    pub fn new(group: Group, parts: [DatePart; 3]) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            id: group.own_id().to_owned(),
            name_prefix: Some(group.name().to_owned()),
            group,
            items: parts.into(),
        }
    }

    fn drawn(&self) -> Content {
        let any_wrong = self.items.iter().any(DatePart::is_wrong);
        let group = self.group.clone().id(&self.id).grouped();
        let controls = DateParts {
            date: self,
            inputs: self
                .items
                .iter()
                .map(|part| self.input(part, any_wrong))
                .collect(),
        };
        Content::made(&group.around(Content::made(&controls)))
    }

    fn input(&self, part: &DatePart, any_wrong: bool) -> Input {
        let prefix = self.name_prefix.as_ref().map(|prefix| format!("{prefix}-"));
        let name = format!("{}{}", prefix.unwrap_or_default(), part.name);
        let field = Field::new(name, part.label.with_class("govuk-date-input__label"))
            .id(format!("{}-{}", self.id, part.name));
        let mut classes = Classes::from("govuk-date-input__input");
        // Everything is marked when the date is wrong and no part is named.
        let marked =
            part.is_wrong() || (part.error != Some(false) && self.group.has_error() && !any_wrong);
        if marked && !part.classes.contains("govuk-input--error") {
            classes = classes.with("govuk-input--error");
        }
        if !part.classes.any_starts_with("govuk-input--width-") {
            classes = classes.with(if part.name.ends_with("year") {
                "govuk-input--width-4"
            } else {
                "govuk-input--width-2"
            });
        }
        Input::new(field)
            .numeric()
            .value(part.value.clone().unwrap_or_default())
            .dressed(
                classes.with(part.classes.to_string().trim()),
                part.attributes.clone(),
            )
    }
}

impl HtmlSafe for DateInput {}
impl Component for DateInput {}

#[derive(Template)]
#[template(path = "component/date-input.html")]
struct DateParts<'a> {
    date: &'a DateInput,
    inputs: Vec<Input>,
}

impl HtmlSafe for DateParts<'_> {}
