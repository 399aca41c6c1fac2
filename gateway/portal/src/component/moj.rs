//! Patterns of the Ministry of Justice: parts of a matter, events in their order, a count.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Classes, Component, Content};

/// The parts of one matter, each a page of its own.
#[derive(Clone, Debug, Template)]
#[template(path = "component/sub-navigation.html")]
pub struct SubNavigation {
    items: Vec<(Content, String, bool)>,
    name: String,
}

impl SubNavigation {
    /// `name` names the landmark.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            items: Vec::new(),
            name: name.into(),
        }
    }

    /// With one more part; `here` when the page is it.
    pub fn item(
        mut self,
        content: impl Into<Content>,
        href: impl Into<String>,
        here: bool,
    ) -> Self {
        self.items.push((content.into(), href.into(), here));
        self
    }
}

impl HtmlSafe for SubNavigation {}
impl Component for SubNavigation {}

/// Events, the newest first.
#[derive(Clone, Debug, Template)]
#[template(path = "component/timeline.html")]
pub struct Timeline {
    items: Vec<TimelineItem>,
    level: u8,
}

/// One event.
#[derive(Clone, Debug)]
pub struct TimelineItem {
    byline: Content,
    content: Content,
    date: Content,
    datetime: String,
    source: Content,
    title: Content,
}

impl TimelineItem {
    /// What happened, who says so, and when; `datetime` is the machine's form (`2026-02-24`).
    pub fn new(
        title: impl Into<Content>,
        byline: impl Into<Content>,
        date: impl Into<Content>,
        datetime: impl Into<String>,
    ) -> Self {
        Self {
            byline: byline.into(),
            content: Content::default(),
            date: date.into(),
            datetime: datetime.into(),
            source: Content::default(),
            title: title.into(),
        }
    }

    /// With more about it.
    pub fn content(mut self, content: impl Into<Content>) -> Self {
        self.content = content.into();
        self
    }

    /// With where it is from and how much of it was shared.
    pub fn source(mut self, source: impl Into<Content>) -> Self {
        self.source = source.into();
        self
    }
}

impl Timeline {
    /// The events in this order, their titles as headings of `level` (2 to 6).
    pub fn new(level: u8, items: Vec<TimelineItem>) -> Self {
        Self {
            items,
            level: level.clamp(2, 6),
        }
    }
}

impl HtmlSafe for Timeline {}
impl Component for Timeline {}

/// A short word or number beside a name.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<span class="moj-badge{{ classes }}">{{ content }}</span>"#,
    ext = "html"
)]
pub struct Badge {
    classes: Classes,
    content: Content,
}

impl Badge {
    /// A badge that says `content`.
    pub fn new(content: impl Into<Content>) -> Self {
        Self {
            classes: Classes::none(),
            content: content.into(),
        }
    }

    /// Red.
    pub fn red(mut self) -> Self {
        self.classes = Classes::from("moj-badge--red");
        self
    }
}

impl HtmlSafe for Badge {}
impl Component for Badge {}

/// A message on the page about one thing on it: says more than a tag, less than a banner.
#[derive(Clone, Debug, Template)]
#[template(path = "component/alert.html")]
pub struct Alert {
    content: Content,
    kind: AlertKind,
    name: String,
}

/// What an [`Alert`] is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AlertKind {
    /// Went wrong.
    Error,
    /// Worth knowing.
    Information,
    /// Worked.
    Success,
    /// Needs care.
    Warning,
}

impl AlertKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Information => "information",
            Self::Success => "success",
            Self::Warning => "warning",
        }
    }
}

impl Alert {
    /// `name` names the region for screen readers ("Warning: not checked").
    pub fn new(kind: AlertKind, name: impl Into<String>, content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            kind,
            name: name.into(),
        }
    }
}

impl HtmlSafe for Alert {}
impl Component for Alert {}

/// Boxes one below the other, each with an edge: what a person chooses between.
#[derive(Clone, Debug, Template)]
#[template(path = "component/ticket-panel.html")]
pub struct TicketPanel {
    items: Vec<Content>,
}

impl TicketPanel {
    /// The boxes in this order.
    pub fn new(items: Vec<Content>) -> Self {
        Self { items }
    }
}

impl HtmlSafe for TicketPanel {}
impl Component for TicketPanel {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_the_page_is_says_so_and_no_other() {
        let drawn = SubNavigation::new("Case sections")
            .item("Overview", "/cases/1", false)
            .item("Withheld (4)", "/cases/1/withheld", true)
            .to_string();

        assert_eq!(drawn.matches("aria-current=\"page\"").count(), 1);
        let marked = drawn.split("aria-current=\"page\"").nth(1).unwrap();
        assert!(
            marked
                .trim_start()
                .starts_with("href=\"/cases/1/withheld\"")
        );
    }

    #[test]
    fn an_event_keeps_its_order_of_heading_and_escapes_what_agencies_wrote() {
        let item = TimelineItem::new("<i>Called", "Police", "24 February 2026", "2026-02-24")
            .content("A & B")
            .source("PPN <1>");

        let drawn = Timeline::new(3, vec![item]).to_string();

        assert!(drawn.contains("<h3 class=\"moj-timeline__title\">&#60;i&#62;Called</h3>"));
        assert!(drawn.contains("datetime=\"2026-02-24\"") && drawn.contains("A &#38; B"));
        assert!(drawn.contains("PPN &#60;1&#62;") && !drawn.contains("<i>"));
    }
}
