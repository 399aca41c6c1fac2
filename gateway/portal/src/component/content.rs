//! What stands inside a component: escaped text, finished mark-up, classes and attributes.

use std::borrow::Cow;
use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;

use super::Component;

/// Text or mark-up inside a component; escaped when made, so that no template can forget it.
///
/// Text comes in by `From<&str>` and is escaped. Mark-up comes in only as a [`Component`], whose own
/// template escaped its values.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Content(String);

impl Content {
    /// Adds words that only screen readers speak, such as whose record a "View" link opens.
    pub fn hidden(self, words: &str) -> Self {
        self.then(Hidden {
            words: words.into(),
        })
    }

    /// Adds more content directly behind this one.
    pub fn then(mut self, more: impl Into<Content>) -> Self {
        self.0.push_str(&more.into().0);
        self
    }

    /// A finished part of this module that is no component by itself.
    pub(super) fn made(part: &(impl Template + HtmlSafe)) -> Self {
        Self(part.to_string())
    }

    /// Whether nothing stands here.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Finished mark-up out of a published fixture.
    #[cfg(test)]
    pub(super) fn from_fixture(html: String) -> Self {
        Self(html)
    }
}

impl fmt::Display for Content {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl HtmlSafe for Content {}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self(Text { text }.to_string())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Content {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Cow<'_, str>> for Content {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(text.as_ref())
    }
}

impl<C: Component> From<C> for Content {
    fn from(part: C) -> Self {
        Self(part.to_string())
    }
}

/// Plain text, through askama's own escaping.
#[derive(Template)]
#[template(source = "{{ text }}", ext = "html")]
struct Text<'a> {
    text: &'a str,
}

/// Words for screen readers only; the space keeps them apart from the word before.
#[derive(Template)]
#[template(
    source = r#"<span class="govuk-visually-hidden"> {{ words }}</span>"#,
    ext = "html"
)]
struct Hidden {
    words: Content,
}

impl HtmlSafe for Hidden {}
impl Component for Hidden {}

/// Further classes of an element; prints with a space before each.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(transparent))]
pub struct Classes(Cow<'static, str>);

impl Classes {
    /// No further class.
    pub const fn none() -> Self {
        Self(Cow::Borrowed(""))
    }

    /// With `more` behind those already here.
    pub fn with(&self, more: &str) -> Self {
        let all = format!("{} {more}", self.0);
        Self(Cow::Owned(all.trim().to_owned()))
    }

    /// Whether `class` is one of them.
    pub fn contains(&self, class: &str) -> bool {
        self.0.split_whitespace().any(|one| one == class)
    }

    /// Whether one of them starts with `stem`.
    pub(super) fn any_starts_with(&self, stem: &str) -> bool {
        self.0.split_whitespace().any(|one| one.starts_with(stem))
    }
}

impl From<&'static str> for Classes {
    fn from(classes: &'static str) -> Self {
        Self(Cow::Borrowed(classes))
    }
}

impl fmt::Display for Classes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for class in self.0.split_whitespace() {
            write!(out, " {class}")?;
        }
        Ok(())
    }
}

/// Further attributes of an element. Names are fixed in the code; values are escaped.
///
/// Never `style` or an event handler: the content security policy would refuse them anyway.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Attributes(Vec<(Cow<'static, str>, String)>);

impl Attributes {
    /// No further attribute.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// With `name="value"` added.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// With an attribute whose name is put together by a component.
    pub(super) fn named(mut self, name: String, value: &str) -> Self {
        self.0.push((Cow::Owned(name), value.to_owned()));
        self
    }

    /// As a published fixture gives them.
    #[cfg(test)]
    pub(super) fn from_fixture(pairs: Vec<(String, String)>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        )
    }
}

impl fmt::Display for Attributes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            write!(out, r#" {name}="{}""#, Text { text: value })?;
        }
        Ok(())
    }
}

impl HtmlSafe for Attributes {}

/// The ids that describe a control, in the order they stand on the page.
pub(super) fn described_by<const N: usize>(ids: [Option<&str>; N]) -> Option<String> {
    let all: Vec<&str> = ids
        .into_iter()
        .flatten()
        .filter(|id| !id.is_empty())
        .collect();
    (!all.is_empty()).then(|| all.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{Attributes, Classes, Content};

    #[test]
    fn text_that_looks_like_markup_is_escaped() {
        let content = Content::from(r#"<script>alert("x")</script> & more"#);

        assert_eq!(
            content.to_string(),
            "&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62; &#38; more"
        );
    }

    #[test]
    fn words_for_screen_readers_are_escaped_too() {
        let content = Content::from("View").hidden("A & B");

        assert_eq!(
            content.to_string(),
            r#"View<span class="govuk-visually-hidden"> A &#38; B</span>"#
        );
    }

    #[test]
    fn an_attribute_value_cannot_end_its_attribute() {
        let attributes = Attributes::none().with("lang", r#"cy" onclick="x"#);

        assert_eq!(attributes.to_string(), r#" lang="cy&#34; onclick=&#34;x""#);
    }

    #[test]
    fn classes_join_with_single_spaces() {
        let classes = Classes::from("a  b").with("c");

        assert_eq!(classes.to_string(), " a b c");
        assert!(classes.contains("b") && !classes.contains("a b"));
    }
}
