//! Small parts that the agency's pages, and those that hub and agency have alike, are made of.

use std::borrow::Cow;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::component::{
    Button, Component, Content, Faults, Select, SummaryList, SummaryRow, Tag, Tint,
};
use crate::component::{Choosable, Field};
use crate::trouble::{Paged, Trouble};
use crate::visit::Visit;
use crate::words::{Language, Words};

/// A page's body: its heading, and the parts below it in order.
#[derive(Debug, Clone, Template)]
#[template(path = "both/sheet.html")]
pub(crate) struct Sheet {
    /// A line above the heading: the case, the ledger.
    caption: Option<String>,
    title: String,
    /// What is wrong with the form, above everything else.
    summary: Content,
    parts: Vec<Content>,
}

impl Sheet {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self {
            caption: None,
            title: title.into(),
            summary: Content::default(),
            parts: Vec::new(),
        }
    }

    pub(crate) fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// With what is wrong with its form.
    pub(crate) fn faults(mut self, faults: &Faults) -> Self {
        self.summary = faults.summary().map(Content::from).unwrap_or_default();
        self
    }

    pub(crate) fn add(&mut self, part: impl Into<Content>) {
        self.parts.push(part.into());
    }

    /// A heading inside the page.
    pub(crate) fn heading(&mut self, words: impl Into<Content>) {
        let words = words.into();
        self.add(Heading { words });
    }

    /// A paragraph.
    pub(crate) fn say(&mut self, words: impl Into<Content>) {
        self.add(paragraph(words));
    }

    /// The finished page; its title says first that something is wrong, if it is.
    pub(crate) fn page(&self, visit: &Visit, faults: Option<&Faults>) -> Paged {
        let title = match faults {
            Some(faults) => faults.mark(&self.title),
            None => self.title.clone(),
        };
        visit.page(&title, self)
    }
}

#[derive(Debug, Clone, Template)]
#[template(
    source = r#"<h2 class="govuk-heading-m">{{ words }}</h2>"#,
    ext = "html"
)]
struct Heading {
    words: Content,
}

impl HtmlSafe for Heading {}
impl Component for Heading {}

#[derive(Debug, Clone, Template)]
#[template(source = r#"<p class="govuk-body">{{ words }}</p>"#, ext = "html")]
struct Paragraph {
    words: Content,
}

impl HtmlSafe for Paragraph {}
impl Component for Paragraph {}

/// These words as a paragraph.
pub(crate) fn paragraph(words: impl Into<Content>) -> Content {
    let words = words.into();
    Paragraph { words }.into()
}

/// A link.
#[derive(Debug, Clone, Template)]
#[template(
    source = r#"<a class="govuk-link" href="{{ to }}">{{ words }}</a>"#,
    ext = "html"
)]
pub(crate) struct Link {
    to: String,
    words: Content,
}

impl HtmlSafe for Link {}
impl Component for Link {}

impl Link {
    pub(crate) fn new(to: impl Into<String>, words: impl Into<Content>) -> Self {
        Self {
            to: to.into(),
            words: words.into(),
        }
    }
}

/// Entries with bullets.
#[derive(Debug, Clone, Template)]
#[template(
    source = r#"<ul class="govuk-list govuk-list--bullet">{% for one in all %}<li>{{ one }}</li>{% endfor %}</ul>"#,
    ext = "html"
)]
struct Bullets {
    all: Vec<Content>,
}

impl HtmlSafe for Bullets {}
impl Component for Bullets {}

/// These with bullets.
pub(crate) fn bullets(all: impl IntoIterator<Item = impl Into<Content>>) -> Content {
    let all = all.into_iter().map(Into::into).collect();
    Bullets { all }.into()
}

/// Lines one under the other.
#[derive(Debug, Clone, Template)]
#[template(
    source = "{% for line in all %}{% if !loop.first %}<br>{% endif %}{{ line }}{% endfor %}",
    ext = "html"
)]
struct Lines {
    all: Vec<Content>,
}

impl HtmlSafe for Lines {}
impl Component for Lines {}

/// These one under the other.
pub(crate) fn lines(all: impl IntoIterator<Item = impl Into<Content>>) -> Content {
    let all = all.into_iter().map(Into::into).collect();
    Lines { all }.into()
}

/// Text in which every line and space counts, in a box that scrolls.
#[derive(Debug, Clone, Template)]
#[template(
    source = r#"<div class="gw-scroll" role="region" aria-label="{{ name }}" tabindex="0"><pre class="gw-pre">{{ text }}</pre></div>"#,
    ext = "html"
)]
struct Verbatim {
    name: String,
    text: String,
}

impl HtmlSafe for Verbatim {}
impl Component for Verbatim {}

/// This text as it stands, in a box with a name.
pub(crate) fn verbatim(name: impl Into<String>, text: impl Into<String>) -> Content {
    Verbatim {
        name: name.into(),
        text: text.into(),
    }
    .into()
}

/// What the gateway says in English on a page of another language (WCAG 2.2, 3.1.2).
#[derive(Template)]
#[template(
    source = r#"{% if foreign %}<span lang="en-GB">{{ text }}</span>{% else %}{{ text }}{% endif %}"#,
    ext = "html"
)]
struct English<'a> {
    foreign: bool,
    text: &'a str,
}

impl HtmlSafe for English<'_> {}
impl Component for English<'_> {}

/// Text that is in English whatever the page's language.
pub(crate) fn english(words: &Words, text: &str) -> Content {
    English {
        foreign: words.language != Language::English,
        text,
    }
    .into()
}

/// What somebody had written where there is no form for it any more: it is theirs to copy.
pub(crate) fn kept_words(sheet: &mut Sheet, words: &Words, typed: &str) {
    if !typed.is_empty() {
        sheet.heading(words.say("parts-kept-words"));
        sheet.add(verbatim(words.say("parts-kept-words"), typed));
    }
}

/// A form: posted with its number, or a question in the address without one.
#[derive(Debug, Clone, Template)]
#[template(path = "both/form.html")]
pub(crate) struct Form {
    to: String,
    nonce: Option<String>,
    hidden: Vec<(&'static str, String)>,
    parts: Vec<Content>,
}

impl HtmlSafe for Form {}
impl Component for Form {}

impl Form {
    /// A form that changes or records something.
    ///
    /// # Errors
    ///
    /// When there is no session or no randomness.
    pub(crate) fn post(visit: &Visit, path: &str) -> Result<Self, Trouble> {
        Ok(Self {
            to: visit.to(path),
            nonce: Some(visit.nonce()?),
            hidden: Vec::new(),
            parts: Vec::new(),
        })
    }

    /// A question that stands in the address: never about a person.
    pub(crate) fn get(visit: &Visit, path: &str) -> Self {
        Self {
            to: visit.to(path),
            nonce: None,
            hidden: Vec::new(),
            parts: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, part: impl Into<Content>) -> Self {
        self.parts.push(part.into());
        self
    }

    pub(crate) fn carrying(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// With the button that sends it.
    pub(crate) fn button(self, words: &Words, key: &str) -> Self {
        self.with(Button::new(words.say(key)))
    }
}

/// No faults yet, in the page's language.
pub(crate) fn no_faults(words: &Words) -> Faults {
    Faults::of_page(words)
}

/// Names and values, those without a value left out.
pub(crate) fn facts(all: Vec<(String, Option<Content>)>) -> SummaryList {
    let rows = all.into_iter();
    let rows = rows.filter_map(|(name, value)| Some(SummaryRow::new(name, value?)));
    SummaryList::new(rows.collect())
}

/// Yes, or what it means that it is not so.
pub(crate) fn tick(words: &Words, holds: bool) -> Tag {
    if holds {
        Tag::new(words.say("parts-holds"), Tint::Green)
    } else {
        Tag::new(words.say("parts-fails"), Tint::Red)
    }
}

/// Time left, as word and colour: little, some, enough, none.
pub(crate) fn left(words: &Words, seconds: i64) -> Tag {
    let span = words.span(seconds.abs());
    if seconds <= 0 {
        Tag::new(words.about("parts-overdue", "span", &span), Tint::Red)
    } else if seconds < 3_600 {
        Tag::new(words.about("parts-left-little", "span", &span), Tint::Red)
    } else if seconds < 4 * 3_600 {
        Tag::new(words.about("parts-left-some", "span", &span), Tint::Orange)
    } else {
        Tag::new(words.about("parts-left", "span", &span), Tint::Green)
    }
}

/// A closed list with an empty first entry, so that nothing is chosen by accident.
pub(crate) fn choose<'a>(
    words: &Words,
    field: Field,
    all: impl IntoIterator<Item = (&'a str, Cow<'a, str>)>,
    chosen: &str,
) -> Select {
    let mut items = vec![Choosable::new("", words.say("parts-choose"))];
    let all = all.into_iter();
    items.extend(all.map(|(code, text)| Choosable::new(code, text.into_owned())));
    Select::new(field, items).value(chosen)
}

/// A code in words where the catalogue has them, and otherwise the code without its underscores.
pub(crate) fn coded(words: &Words, prefix: &str, code: &str) -> String {
    let said = words.of_code(prefix, code);
    said.unwrap_or_else(|| code.replace('_', " "))
}
