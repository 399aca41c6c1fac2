//! Small parts that several pages of the hub share.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::component::{Component, Content, Link, Paragraph, SubNavigation};
use crate::form::Fields;
use crate::trouble::Trouble;
use crate::visit::Visit;

/// Hidden fields: the form's number, and what an earlier step gave.
#[derive(Debug, Clone, Template)]
#[template(path = "hub/hidden.html")]
pub(crate) struct Hidden {
    fields: Vec<(String, String)>,
}

impl HtmlSafe for Hidden {}
impl Component for Hidden {}

impl Hidden {
    /// A new number for this form.
    ///
    /// # Errors
    ///
    /// When there is no session or no randomness.
    pub(crate) fn nonce(visit: &Visit) -> Result<Self, Trouble> {
        Ok(Self {
            fields: vec![("nonce".to_owned(), visit.nonce()?)],
        })
    }

    /// One field.
    pub(crate) fn of(name: &str, value: &str) -> Self {
        Self {
            fields: vec![(name.to_owned(), value.to_owned())],
        }
    }

    /// With one more field.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With everything an earlier step sent.
    pub(crate) fn carrying(mut self, fields: &Fields) -> Self {
        self.fields.extend(fields.carried());
        self
    }
}

/// A link to `to`.
pub(crate) fn link(to: impl Into<String>, words: impl Into<Content>) -> Link {
    Link::new(words, to)
}

/// A line under another, smaller.
#[derive(Debug, Clone, Template)]
#[template(source = r#"<span class="gw-src">{{ words }}</span>"#, ext = "html")]
pub(crate) struct Small {
    words: Content,
}

impl HtmlSafe for Small {}
impl Component for Small {}

/// Links one under the other, far enough apart to be hit (WCAG 2.2, 2.5.8).
#[derive(Debug, Clone, Template)]
#[template(
    source = r#"<ul class="govuk-list">{% for (to, words) in links %}<li><a class="govuk-link" href="{{ to }}">{{ words }}</a></li>{% endfor %}</ul>"#,
    ext = "html"
)]
pub(crate) struct Links {
    links: Vec<(String, String)>,
}

impl HtmlSafe for Links {}
impl Component for Links {}

impl Links {
    /// Where each leads, and its words.
    pub(crate) const fn new(links: Vec<(String, String)>) -> Self {
        Self { links }
    }
}

/// Lines one under the other.
#[derive(Debug, Clone, Template)]
#[template(
    source = "{% for line in lines %}{% if !loop.first %}<br>{% endif %}{{ line }}{% endfor %}",
    ext = "html"
)]
pub(crate) struct Lines {
    lines: Vec<Content>,
}

impl HtmlSafe for Lines {}
impl Component for Lines {}

/// `main` with smaller lines under it.
pub(crate) fn with_small(
    main: impl Into<Content>,
    small: impl IntoIterator<Item = Content>,
) -> Content {
    let mut lines = vec![main.into()];
    lines.extend(small.into_iter().map(|words| Small { words }.into()));
    Lines { lines }.into()
}

/// Paragraphs of what somebody wrote, its line breaks kept.
pub(crate) fn paragraphs(text: &str) -> Content {
    let lines = text.lines().map(Content::from).collect();
    Lines { lines }.into()
}

/// A page beside others of the same kind.
#[derive(Debug, Clone)]
pub(crate) struct Tab {
    /// Its words.
    pub(crate) words: String,
    /// Its address.
    pub(crate) to: String,
    /// Is it the one shown?
    pub(crate) here: bool,
}

/// Pages beside each other, under this name.
pub(crate) fn tabs(name: String, tabs: impl IntoIterator<Item = Tab>) -> SubNavigation {
    let none = SubNavigation::new(name);
    tabs.into_iter()
        .fold(none, |all, tab| all.item(tab.words, tab.to, tab.here))
}

/// These one under the other.
pub(crate) fn lines(lines: impl IntoIterator<Item = Content>) -> Content {
    let lines = lines.into_iter().collect();
    Lines { lines }.into()
}

/// These words as a paragraph.
pub(crate) fn paragraph(words: &str) -> Content {
    Paragraph::new(words).into()
}

/// Parts one behind the other.
#[derive(Debug, Clone, Template)]
#[template(source = "{% for part in parts %}{{ part }}{% endfor %}", ext = "html")]
struct Joined {
    parts: Vec<Content>,
}

impl HtmlSafe for Joined {}
impl Component for Joined {}

/// These parts, one behind the other.
pub(crate) fn joined(parts: impl IntoIterator<Item = Content>) -> Content {
    let parts = parts.into_iter().collect();
    Joined { parts }.into()
}
