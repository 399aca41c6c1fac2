//! A part of a page that renews itself.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Component, Content};
use crate::words::Words;

/// A part of a page that renews itself, can be paused, and tells its changes once in words.
///
/// The script listens to `events` (server-sent events named `changed`, without data about anybody) and
/// then fetches `fragment`, which answers with [`Live::fragment`]. Without scripts a line says how to
/// see what is new. The words of a change go to the page's one polite live region (WCAG 2.2, 4.1.3);
/// updates can be stopped (2.2.2).
#[derive(Clone, Debug, Template)]
#[template(path = "component/live.html")]
pub struct Live {
    changed: Content,
    content: Content,
    events: String,
    fragment: String,
    heading: Option<(String, Content)>,
    moving: String,
    pause: String,
    reload: Content,
    resume: String,
    stopped: Content,
}

impl Live {
    /// `content` now; `changed` says when it changed last ("Last change 12:28").
    pub fn new(
        events: impl Into<String>,
        fragment: impl Into<String>,
        changed: impl Into<Content>,
        content: impl Into<Content>,
        words: &Words,
    ) -> Self {
        Self {
            changed: changed.into(),
            content: content.into(),
            events: events.into(),
            fragment: fragment.into(),
            heading: None,
            moving: words.say("common-live-moving"),
            pause: words.say("common-live-pause"),
            reload: words.say("common-live-reload").into(),
            resume: words.say("common-live-resume"),
            stopped: words.say("common-live-stopped").into(),
        }
    }

    /// Under an `h2` that links can lead to as `#id`, with the line about updates beside it.
    pub fn heading(mut self, id: &str, title: impl Into<Content>) -> Self {
        self.heading = Some((id.to_owned(), title.into()));
        self
    }

    /// What the address `fragment` answers: the new content, when it changed, and what changed in
    /// words (empty when nothing is worth saying).
    pub fn fragment(
        changed: impl Into<Content>,
        content: impl Into<Content>,
        say: impl Into<Content>,
    ) -> Content {
        Content::made(&Fragment {
            changed: changed.into(),
            content: content.into(),
            say: say.into(),
        })
    }
}

impl HtmlSafe for Live {}
impl Component for Live {}

#[derive(Template)]
#[template(path = "component/live-fragment.html")]
struct Fragment {
    changed: Content,
    content: Content,
    say: Content,
}

impl HtmlSafe for Fragment {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Catalogue, Language};

    fn drawn() -> String {
        let words = Catalogue::built_in().unwrap().words(Language::English);
        let answers = Content::from("<b>Police</b>");
        Live::new("/e?a=1&b=2", "/f", "Last change 12:28.", answers, &words).to_string()
    }

    #[test]
    fn every_part_that_the_script_looks_for_is_drawn() {
        let script = include_str!("../../assets/served/live.js");
        let fragment = Live::fragment("Last change 12:29.", "x", "Police answered").to_string();
        let drawn = drawn();

        let looked_for: Vec<&str> = script
            .split("'[data-gw-")
            .skip(1)
            .filter_map(|rest| rest.split_once("]'").map(|(name, _)| name))
            .filter(|name| *name != "left")
            .collect();

        assert!(looked_for.len() >= 6, "{looked_for:?}");
        for name in looked_for {
            let name = format!("data-gw-{name}");
            assert!(drawn.contains(&name) || fragment.contains(&name), "{name}");
        }
    }

    #[test]
    fn without_scripts_it_says_how_to_see_what_is_new_and_nothing_that_is_untrue() {
        let drawn = drawn();

        let still = drawn.split("data-gw-still").nth(1).unwrap();
        assert!(still.starts_with('>'), "it shows from the start");
        for later in ["data-gw-moving", "data-gw-stopped"] {
            let rest = drawn.split(later).nth(1).unwrap();
            assert!(rest.starts_with(" hidden>"), "{later} shows too early");
        }
    }

    #[test]
    fn says_that_it_renews_itself_only_while_it_does() {
        let drawn = drawn();

        let moving = drawn.split("data-gw-moving").nth(1).unwrap();
        assert!(moving.contains("Updates by itself."), "{drawn}");
        assert_eq!(drawn.matches("Updates by itself.").count(), 1);
        assert!(!drawn.contains("<h2"), "no heading was given");
    }

    #[test]
    fn the_heading_stands_outside_of_what_is_replaced() {
        let words = Catalogue::built_in().unwrap().words(Language::English);
        let live = Live::new("/e", "/f", "Last change 12:28.", "table", &words);
        let drawn = live.heading("answers-h", "<Answers>").to_string();

        let (stays, replaced) = drawn.split_once("data-gw-content").unwrap();
        assert!(
            stays.contains(r#"id="answers-h">&#60;Answers&#62;</h2>"#),
            "{drawn}"
        );
        assert!(!replaced.contains("<h2"));
    }

    #[test]
    fn what_an_agency_is_called_cannot_become_markup() {
        let drawn = drawn();

        assert!(drawn.contains("&#60;b&#62;Police") && !drawn.contains("<b>"));
        assert!(drawn.contains("/e?a=1&#38;b=2"));
        let said = Live::fragment("x", "y", "<script>").to_string();
        assert!(!said.contains("<script>"));
    }
}
