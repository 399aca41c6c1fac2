//! A few figures side by side that tell how things stand.

use askama::Template;
use askama::filters::HtmlSafe;

use stile_model::code::Priority;

use super::rag::colour;
use super::{Component, Content};

/// How urgent, how long, how far, what needs me: up to four answers side by side.
#[derive(Clone, Debug, Template)]
#[template(path = "component/strip.html")]
pub struct Strip {
    items: Vec<StripItem>,
    priority: Option<Priority>,
}

/// One question with its answer.
#[derive(Clone, Debug)]
pub struct StripItem {
    name: Content,
    small: Content,
    value: Content,
}

impl StripItem {
    /// `name` asks, `value` answers in large type.
    pub fn new(name: impl Into<Content>, value: impl Into<Content>) -> Self {
        Self {
            name: name.into(),
            small: Content::default(),
            value: value.into(),
        }
    }

    /// With a line below.
    pub fn small(mut self, small: impl Into<Content>) -> Self {
        self.small = small.into();
        self
    }
}

impl Strip {
    /// The answers in this order; the priority colours the edge, which only repeats the badge.
    pub fn new(priority: Option<Priority>, items: Vec<StripItem>) -> Self {
        Self { items, priority }
    }

    fn edge(&self) -> String {
        let edge = self
            .priority
            .map(|one| format!(" gw-strip--{}", colour(one)));
        edge.unwrap_or_default()
    }
}

impl HtmlSafe for Strip {}
impl Component for Strip {}
