//! Any number of choices.

use askama::Template;
use askama::filters::HtmlSafe;

use super::choice::Drawn;
use super::content::described_by;
use super::{Attributes, Classes, Component, Content, Group, Item};

/// Any number of choices.
#[derive(Clone, Debug, Template)]
#[template(source = "{{ self.drawn() }}", ext = "html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Checkboxes {
    attributes: Attributes,
    classes: Classes,
    group: Group,
    items: Vec<Item>,
    values: Vec<String>,
}

impl Checkboxes {
    /// Checkboxes for `items`; none ticked.
    pub fn new(group: Group, items: Vec<Item>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            group,
            items,
            values: Vec::new(),
        }
    }

    /// With the values that were ticked before.
    pub fn values(mut self, values: Vec<String>) -> Self {
        self.values = values;
        self
    }

    /// Smaller: for lists beside other content.
    pub fn small(mut self) -> Self {
        self.classes = self.classes.with("govuk-checkboxes--small");
        self
    }

    fn drawn(&self) -> Content {
        let controls = CheckboxItems {
            checkboxes: self,
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
                let checked = self.values.contains(&choice.value);
                let id = self.group.own_id();
                let mut drawn = Drawn::new(choice, "govuk-checkboxes", id, number, checked);
                if !self.group.has_fieldset() {
                    // Without a fieldset each box says itself what describes the group.
                    let group = self.group.describers();
                    drawn.described_by =
                        described_by([group.as_deref(), drawn.described_by.as_deref()]);
                }
                Ok(drawn)
            }
        }
    }
}

impl HtmlSafe for Checkboxes {}
impl Component for Checkboxes {}

#[derive(Template)]
#[template(path = "component/checkboxes.html")]
struct CheckboxItems<'a> {
    checkboxes: &'a Checkboxes,
    drawn: Vec<Result<Drawn<'a>, &'a str>>,
}

impl HtmlSafe for CheckboxItems<'_> {}
