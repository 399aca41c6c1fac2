//! One choice out of a few.

use askama::Template;
use askama::filters::HtmlSafe;

use super::choice::Drawn;
use super::{Attributes, Classes, Component, Content, Group, Item};

/// One choice out of a few.
#[derive(Clone, Debug, Template)]
#[template(source = "{{ self.drawn() }}", ext = "html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Radios {
    attributes: Attributes,
    classes: Classes,
    group: Group,
    items: Vec<Item>,
    value: Option<String>,
}

impl Radios {
    /// Radios for `items`, one below the other; none chosen.
    pub fn new(group: Group, items: Vec<Item>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            group,
            items,
            value: None,
        }
    }

    /// With the value that was chosen before.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into()).filter(|value| !value.is_empty());
        self
    }

    /// Side by side: for two short entries such as yes and no.
    pub fn inline(mut self) -> Self {
        self.classes = self.classes.with("govuk-radios--inline");
        self
    }

    /// Smaller: for lists beside other content.
    pub fn small(mut self) -> Self {
        self.classes = self.classes.with("govuk-radios--small");
        self
    }

    fn drawn(&self) -> Content {
        let controls = RadioItems {
            radios: self,
            drawn: (1..)
                .zip(&self.items)
                .map(|(number, item)| self.draw(number, item))
                .collect(),
        };
        Content::made(&self.group.around(Content::made(&controls)))
    }

    fn draw<'a>(&self, number: usize, item: &'a Item) -> Result<Drawn<'a>, &'a str> {
        match item {
            Item::Divider(word) => Err(&word.divider),
            Item::Choice(choice) => {
                let checked = self.value.as_ref() == Some(&choice.value);
                let id = self.group.own_id();
                Ok(Drawn::new(choice, "govuk-radios", id, number, checked))
            }
        }
    }
}

impl HtmlSafe for Radios {}
impl Component for Radios {}

#[derive(Template)]
#[template(path = "component/radios.html")]
struct RadioItems<'a> {
    radios: &'a Radios,
    drawn: Vec<Result<Drawn<'a>, &'a str>>,
}

impl HtmlSafe for RadioItems<'_> {}
