//! The larger parts of a page: its head, its sections, what stands aside.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Component, Content};

/// The head of a page: caption, the one `h1`, a line below, buttons beside.
#[derive(Clone, Debug, Template)]
#[template(path = "component/page-head.html")]
pub struct PageHead {
    buttons: Vec<Content>,
    caption: Content,
    summary: Content,
    title: Content,
}

impl PageHead {
    /// A page that is called `title`.
    pub fn new(title: impl Into<Content>) -> Self {
        Self {
            buttons: Vec::new(),
            caption: Content::default(),
            summary: Content::default(),
            title: title.into(),
        }
    }

    /// With a line above, such as the case's number.
    pub fn caption(mut self, caption: impl Into<Content>) -> Self {
        self.caption = caption.into();
        self
    }

    /// With a line below.
    pub fn summary(mut self, summary: impl Into<Content>) -> Self {
        self.summary = summary.into();
        self
    }

    /// With one more button.
    pub fn button(mut self, button: impl Into<Content>) -> Self {
        self.buttons.push(button.into());
        self
    }
}

impl HtmlSafe for PageHead {}
impl Component for PageHead {}

/// A section of a page under an `h2`.
#[derive(Clone, Debug, Template)]
#[template(path = "component/block.html")]
pub struct Block {
    beside: Content,
    content: Content,
    id: String,
    title: Content,
}

impl Block {
    /// A section that links can lead to as `#id`.
    pub fn new(id: &str, title: impl Into<Content>, content: impl Into<Content>) -> Self {
        Self {
            beside: Content::default(),
            content: content.into(),
            id: id.to_owned(),
            title: title.into(),
        }
    }

    /// With a line beside the heading.
    pub fn beside(mut self, beside: impl Into<Content>) -> Self {
        self.beside = beside.into();
        self
    }
}

impl HtmlSafe for Block {}
impl Component for Block {}

/// What stands beside the main column, under an `h2`.
#[derive(Clone, Debug, Template)]
#[template(path = "component/aside.html")]
pub struct Aside {
    content: Content,
    id: String,
    title: Content,
}

impl Aside {
    /// `id` is the heading's.
    pub fn new(id: &str, title: impl Into<Content>, content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            id: id.to_owned(),
            title: title.into(),
        }
    }
}

impl HtmlSafe for Aside {}
impl Component for Aside {}

/// A paragraph.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<p class="govuk-body{% if quiet %} gw-src{% endif %}">{{ content }}</p>"#,
    ext = "html"
)]
pub struct Paragraph {
    content: Content,
    quiet: bool,
}

impl Paragraph {
    /// A paragraph of body text.
    pub fn new(content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            quiet: false,
        }
    }

    /// In smaller grey type: where something is from.
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }
}

impl HtmlSafe for Paragraph {}
impl Component for Paragraph {}

/// A link in running text.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<a class="govuk-link" href="{{ href }}">{{ content }}</a>"#,
    ext = "html"
)]
pub struct Link {
    content: Content,
    href: String,
}

impl Link {
    /// A link to `href`; say with [`Content::hidden`] what it is about where the words alone do not.
    pub fn new(content: impl Into<Content>, href: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            href: href.into(),
        }
    }
}

impl HtmlSafe for Link {}
impl Component for Link {}
