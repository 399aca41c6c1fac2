//! How every page of the policy is put together: the ways between them, a head, parts, forms.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::StatusCode;

use super::{CHANGES, READS};
pub(super) use crate::both::part::english;
use crate::component::{
    BackLink, Component, Content, ErrorSummary, Fault, Faults, PageHead, SubNavigation,
};
use crate::doors::Who;
use crate::trouble::{Paged, Trouble};
use crate::visit::{Signed, Visit};
use crate::words::Words;

/// A part of the policy pages: key of its words, its address, who may open it.
const PLACES: [(&str, &str, Who); 9] = [
    ("policy-place-matrix", "/policy", READS),
    ("policy-place-try", "/policy/try", READS),
    ("policy-place-edit", "/policy/edit", CHANGES),
    ("policy-place-changes", "/policy/changes", READS),
    ("policy-place-rules", "/policy/rules", READS),
    ("policy-place-cases", "/policy/cases", READS),
    ("policy-place-who", "/policy/who", READS),
    ("policy-place-review", "/policy/review", READS),
    ("policy-place-enquiry", "/policy/enquiry", READS),
];

/// The ways between the policy pages that this visitor may open.
pub(super) fn places(visit: &Visit) -> SubNavigation {
    let words = &visit.words;
    let all = SubNavigation::new(words.say("policy-places"));
    let open = PLACES
        .iter()
        .filter(|(_, _, who)| who.admits(visit.person.as_ref()));
    open.fold(all, |list, (key, path, _)| {
        list.item(words.say(key), visit.to(path), visit.path == *path)
    })
}

/// A page in parts.
#[derive(Template)]
#[template(path = "policy/sheet.html")]
pub(super) struct Sheet {
    back: Option<BackLink>,
    head: PageHead,
    parts: Vec<Content>,
    places: SubNavigation,
    summary: Option<ErrorSummary>,
    title: String,
    marked: String,
}

impl Sheet {
    /// A page that is called `title`.
    pub(super) fn new(visit: &Visit, title: String) -> Self {
        Self {
            back: None,
            head: PageHead::new(&title).caption(visit.words.say("policy-caption")),
            parts: Vec::new(),
            places: places(visit),
            summary: None,
            marked: title.clone(),
            title,
        }
    }

    /// With a line below the heading.
    pub(super) fn under(mut self, line: impl Into<Content>) -> Self {
        self.head = self.head.summary(line);
        self
    }

    /// With a way back to the page it belongs to.
    pub(super) fn back(mut self, words: String, to: String) -> Self {
        self.back = Some(BackLink::new(words, to));
        self
    }

    /// With what is wrong with a form.
    pub(super) fn faults(mut self, faults: &Faults) -> Self {
        self.summary = faults.summary();
        self.marked = faults.mark(&self.title);
        self
    }

    /// With what is wrong with a text, each leading to its line.
    pub(super) fn mistakes(mut self, words: &Words, mistakes: Vec<Fault>) -> Self {
        if self.summary.is_none() && !mistakes.is_empty() {
            let summary = ErrorSummary::new(words.say("common-problem"), mistakes);
            self.summary = Some(summary);
            self.marked = format!("{}: {}", words.say("common-error"), self.title);
        }
        self
    }

    /// With one more part.
    pub(super) fn part(mut self, part: impl Into<Content>) -> Self {
        self.parts.push(part.into());
        self
    }

    /// With these parts.
    pub(super) fn parts(mut self, parts: impl IntoIterator<Item = Content>) -> Self {
        self.parts.extend(parts);
        self
    }

    /// The finished page.
    ///
    /// # Errors
    ///
    /// When a template fails.
    pub(super) fn shown(self, visit: &Visit) -> Paged {
        visit.page(&self.marked, &self)
    }

    /// The page shown again because of what is wrong with a form.
    ///
    /// # Errors
    ///
    /// When a template fails.
    pub(super) fn shown_again(self, visit: &Visit) -> Paged {
        let mut page = self.shown(visit)?;
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(page)
    }
}

/// Nothing wrong yet.
pub(super) fn no_faults(words: &Words) -> Faults {
    Faults::of_page(words)
}

/// A form with its fields and buttons.
#[derive(Template)]
#[template(path = "policy/form.html")]
pub(super) struct Form {
    action: String,
    buttons: Vec<Content>,
    fields: Vec<Content>,
    hidden: Vec<(&'static str, String)>,
    nonce: Option<String>,
}

impl HtmlSafe for Form {}
impl Component for Form {}

impl Form {
    /// A form that changes something: sent once, with a number of its own.
    ///
    /// # Errors
    ///
    /// When there is no session or no randomness.
    pub(super) fn post(visit: &Visit, path: &str) -> Result<Self, Trouble> {
        Ok(Self {
            action: visit.to(path),
            buttons: Vec::new(),
            fields: Vec::new(),
            hidden: Vec::new(),
            nonce: Some(visit.nonce()?),
        })
    }

    /// A form that asks: what it asks stands in the address.
    pub(super) fn ask(visit: &Visit, path: &str) -> Self {
        Self {
            action: visit.to(path),
            buttons: Vec::new(),
            fields: Vec::new(),
            hidden: Vec::new(),
            nonce: None,
        }
    }

    /// With a value that nobody types.
    pub(super) fn carrying(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// With one more field.
    pub(super) fn field(mut self, field: impl Into<Content>) -> Self {
        self.fields.push(field.into());
        self
    }

    /// With one more button.
    pub(super) fn button(mut self, button: impl Into<Content>) -> Self {
        self.buttons.push(button.into());
        self
    }
}

/// Sentences one below the other, each with a mark.
#[derive(Template)]
#[template(
    source = r#"<ul class="govuk-list govuk-list--bullet">{% for item in items %}<li>{{ item }}</li>{% endfor %}</ul>"#,
    ext = "html"
)]
pub(super) struct Bullets {
    items: Vec<Content>,
}

impl HtmlSafe for Bullets {}
impl Component for Bullets {}

impl Bullets {
    pub(super) fn new(items: impl IntoIterator<Item = Content>) -> Self {
        Self {
            items: items.into_iter().collect(),
        }
    }
}

/// English sentences as a list.
pub(super) fn english_list(words: &Words, texts: &[String]) -> Content {
    Bullets::new(texts.iter().map(|text| english(words, text))).into()
}

/// Text that several lines of a file make, its line breaks kept.
#[derive(Template)]
#[template(
    source = r#"<div class="gw-text govuk-body" lang="en-GB">{{ text }}</div>"#,
    ext = "html"
)]
struct Lines<'a> {
    text: &'a str,
}

impl HtmlSafe for Lines<'_> {}
impl Component for Lines<'_> {}

/// English text of several lines.
pub(super) fn lines(text: &str) -> Content {
    Lines { text }.into()
}

/// Spends a form's number; a form whose number is not known is shown again rather than lost, and this
/// says so.
///
/// # Errors
///
/// Where it is known what came of the form when it was sent before.
pub(super) fn is_first(visit: &Signed, nonce: &str) -> Result<bool, Trouble> {
    match visit.spend(nonce) {
        Ok(()) => Ok(true),
        Err(Trouble::AlreadySent | Trouble::Foreign) => Ok(false),
        Err(trouble) => Err(trouble),
    }
}
