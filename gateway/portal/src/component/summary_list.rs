//! Names and values, with what can be done about each.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// Names and values, one below the other.
#[derive(Clone, Debug, Template)]
#[template(path = "component/summary-list.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct SummaryList {
    attributes: Attributes,
    card: Option<SummaryCard>,
    classes: Classes,
    rows: Vec<SummaryRow>,
}

/// One name with its value.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct SummaryRow {
    actions: Option<Actions>,
    classes: Classes,
    key: Content,
    value: Content,
}

/// What can be done about a row or card.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
struct Actions {
    classes: Classes,
    items: Vec<Action>,
}

/// One thing that can be done: a link.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Action {
    attributes: Attributes,
    classes: Classes,
    content: Content,
    href: String,
    visually_hidden_text: String,
}

/// A box with a title around a list.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct SummaryCard {
    actions: Option<Actions>,
    attributes: Attributes,
    classes: Classes,
    title: CardTitle,
}

#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
struct CardTitle {
    classes: Classes,
    content: Content,
    heading_level: Option<u8>,
}

impl SummaryCard {
    /// A card under a heading of `level` (2 to 6).
    pub fn new(title: impl Into<Content>, level: u8) -> Self {
        Self {
            title: CardTitle {
                content: title.into(),
                heading_level: Some(level.clamp(2, 6)),
                ..CardTitle::default()
            },
            ..Self::default()
        }
    }

    /// With one more thing that can be done.
    pub fn action(mut self, action: Action) -> Self {
        self.actions.get_or_insert_default().items.push(action);
        self
    }

    /// The card around anything: a table, a form, a list without the card's own actions.
    pub fn around(self, content: impl Into<Content>) -> Content {
        Content::made(&Card {
            card: &self,
            content: content.into(),
        })
    }

    fn level(&self) -> u8 {
        self.title.heading_level.unwrap_or(2)
    }
}

impl Action {
    /// A link; `about` says to screen readers what it is about ("name" behind "Change").
    pub fn new(
        content: impl Into<Content>,
        about: impl Into<String>,
        href: impl Into<String>,
    ) -> Self {
        Self {
            content: content.into(),
            href: href.into(),
            visually_hidden_text: about.into(),
            ..Self::default()
        }
    }
}

impl SummaryRow {
    /// `key` has `value`.
    pub fn new(key: impl Into<Content>, value: impl Into<Content>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
            ..Self::default()
        }
    }

    /// With one more thing that can be done.
    pub fn action(mut self, action: Action) -> Self {
        self.actions.get_or_insert_default().items.push(action);
        self
    }

    fn links(&self) -> &[Action] {
        self.actions.as_ref().map_or(&[], |actions| &actions.items)
    }
}

impl SummaryList {
    /// The rows in this order.
    pub fn new(rows: Vec<SummaryRow>) -> Self {
        Self {
            attributes: Attributes::none(),
            card: None,
            classes: Classes::none(),
            rows,
        }
    }

    /// In a card.
    pub fn card(mut self, card: SummaryCard) -> Self {
        self.card = Some(card);
        self
    }

    /// Without lines between the rows.
    pub fn without_lines(mut self) -> Self {
        self.classes = self.classes.with("govuk-summary-list--no-border");
        self
    }

    fn any_actions(&self) -> bool {
        self.rows.iter().any(|row| !row.links().is_empty())
    }

    fn list(&self) -> Content {
        Content::made(&Rows { list: self })
    }

    fn card_title(&self) -> Option<&Content> {
        self.card.as_ref().map(|card| &card.title.content)
    }
}

impl HtmlSafe for SummaryList {}
impl Component for SummaryList {}

#[derive(Template)]
#[template(path = "component/summary-rows.html")]
struct Rows<'a> {
    list: &'a SummaryList,
}

impl HtmlSafe for Rows<'_> {}

#[derive(Template)]
#[template(path = "component/summary-card.html")]
struct Card<'a> {
    card: &'a SummaryCard,
    content: Content,
}

impl Card<'_> {
    fn action_classes(&self) -> Classes {
        let actions = self.card.actions.as_ref();
        actions.map_or(Classes::none(), |actions| actions.classes.clone())
    }

    fn links(&self) -> &[Action] {
        self.card
            .actions
            .as_ref()
            .map_or(&[], |actions| &actions.items)
    }
}

impl HtmlSafe for Card<'_> {}
