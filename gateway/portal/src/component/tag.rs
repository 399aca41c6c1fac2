//! A short coloured word for a state.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content};

/// A state in a word or two; the colour only repeats what the word says.
#[derive(Clone, Debug, Template)]
#[template(path = "component/tag.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Tag {
    content: Content,
    classes: Classes,
    attributes: Attributes,
}

/// The colours of a [`Tag`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tint {
    /// Waits for somebody.
    Blue,
    /// Done as asked.
    Green,
    /// Nothing to do.
    Grey,
    /// Needs attention soon.
    Orange,
    /// Needs a choice by a person.
    Purple,
    /// Went wrong.
    Red,
    /// Started.
    Teal,
    /// Done in part.
    Yellow,
}

impl Tint {
    fn class(self) -> &'static str {
        match self {
            Self::Blue => "govuk-tag--blue",
            Self::Green => "govuk-tag--green",
            Self::Grey => "govuk-tag--grey",
            Self::Orange => "govuk-tag--orange",
            Self::Purple => "govuk-tag--purple",
            Self::Red => "govuk-tag--red",
            Self::Teal => "govuk-tag--teal",
            Self::Yellow => "govuk-tag--yellow",
        }
    }
}

impl Tag {
    /// A tag that says `content` in `tint`.
    pub fn new(content: impl Into<Content>, tint: Tint) -> Self {
        Self {
            content: content.into(),
            classes: tint.class().into(),
            attributes: Attributes::none(),
        }
    }
}

impl HtmlSafe for Tag {}
impl Component for Tag {}
