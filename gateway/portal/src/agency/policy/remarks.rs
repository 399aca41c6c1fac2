//! What the checks say of a text, each remark with its place and a link to the line it is about.

use askama::Template;
use askama::filters::HtmlSafe;
use stile_exchange::policy::Remark;

use super::sheet::english;
use crate::component::{Block, Component, Content, Details, Fault, Link, Tag, Tint};
use crate::words::Words;

/// A line of one of the two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Of the cases rather than of the rules.
    pub(super) cases: bool,
    /// From 1.
    pub(super) line: usize,
    /// From 1.
    pub(super) column: usize,
}

impl Place {
    /// The place at the beginning of a message, and what is said of it.
    pub(super) fn of(message: &str) -> Option<(Self, &str)> {
        let (cases, rest) = match message.strip_prefix("rules.toml:") {
            Some(rest) => (false, rest),
            None => (true, message.strip_prefix("cases.toml:")?),
        };
        let (line, rest) = rest.split_once(':')?;
        let (column, said) = rest.split_once(':')?;
        let place = Self {
            cases,
            line: line.trim().parse().ok()?,
            column: column.trim().parse().ok()?,
        };
        Some((place, said.trim_start()))
    }

    /// The id of its line on the page.
    fn id(self) -> String {
        line_id(self.cases, self.line)
    }

    /// `rules, line 12, column 6`.
    fn said(self, words: &Words) -> String {
        let key = if self.cases {
            "policy-place-in-cases"
        } else {
            "policy-place-in-rules"
        };
        let numbers = [("line", self.line.into()), ("column", self.column.into())];
        words.with(key, numbers)
    }
}

fn line_id(cases: bool, line: usize) -> String {
    let text = if cases { "cases" } else { "rules" };
    format!("{text}-line-{line}")
}

/// The errors among the remarks, each leading to its line, for the top of the page.
pub(super) fn mistakes(remarks: &[Remark]) -> Vec<Fault> {
    let errors = remarks.iter().filter(|one| one.severity == "error");
    errors
        .map(|one| match Place::of(&one.message) {
            Some((place, _)) => Fault::of(&place.id(), &one.message),
            None => Fault::of_form(&one.message),
        })
        .collect()
}

#[derive(Template)]
#[template(
    source = r#"<ul class="govuk-list">{% for (tag, place, said) in items %}<li>{{ tag }} {{ place }} {{ said }}</li>{% endfor %}</ul>"#,
    ext = "html"
)]
struct Told {
    items: Vec<(Tag, Content, Content)>,
}

impl HtmlSafe for Told {}
impl Component for Told {}

/// Every remark; `linked` where the lines of the texts stand on the page.
pub(super) fn told(words: &Words, remarks: &[Remark], linked: bool) -> Content {
    let items = remarks.iter().map(|one| {
        let (place, said) = match Place::of(&one.message) {
            Some((place, said)) if linked => {
                let link = Link::new(place.said(words), format!("#{}", place.id()));
                (Content::from(link), said)
            }
            Some((place, said)) => (Content::from(place.said(words)), said),
            None => (Content::default(), one.message.as_str()),
        };
        (weight(words, &one.severity), place, english(words, said))
    });
    let told = Told {
        items: items.collect(),
    };
    if remarks.is_empty() {
        Content::from(words.say("policy-remarks-none"))
    } else {
        told.into()
    }
}

fn weight(words: &Words, severity: &str) -> Tag {
    let (key, tint) = match severity {
        "error" => ("policy-severity-error", Tint::Red),
        "warning" => ("policy-severity-warning", Tint::Orange),
        _ => ("policy-severity-note", Tint::Blue),
    };
    Tag::new(words.say(key), tint)
}

#[derive(Template)]
#[template(path = "policy/numbered.html")]
struct Numbered<'a> {
    name: String,
    lines: Vec<(String, &'a str)>,
}

impl HtmlSafe for Numbered<'_> {}
impl Component for Numbered<'_> {}

/// The two texts with numbered lines, which remarks lead to.
pub(super) fn numbered(words: &Words, rules: &str, cases: &str) -> Content {
    let list = |cases: bool, key: &str, text: &str| {
        let lines = (1..).zip(text.lines());
        let numbered = Numbered {
            name: words.say(key),
            lines: lines.map(|(n, line)| (line_id(cases, n), line)).collect(),
        };
        let open = Details::new(words.say(key), numbered).open();
        Content::from(open)
    };
    let both = list(false, "policy-numbered-rules", rules);
    let both = both.then(list(true, "policy-numbered-cases", cases));
    Block::new("lines", words.say("policy-numbered"), both).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_place_is_read_from_the_front_of_a_message() {
        let (place, said) = Place::of("cases.toml:12:6: unknown word `x`").unwrap();

        assert_eq!((place.cases, place.line, place.column), (true, 12, 6));
        assert_eq!(said, "unknown word `x`");
        assert_eq!(place.id(), "cases-line-12");
    }

    #[test]
    fn rejects_to_see_a_place_where_there_is_none() {
        for message in [
            "rules.toml: nothing is shared",
            "rules.toml:x:1: no",
            "other.toml:1:1: no",
            "",
        ] {
            assert_eq!(Place::of(message), None, "{message}");
        }
    }

    proptest! {
        #[test]
        fn no_message_breaks_it(message in ".{0,60}") {
            let _ = Place::of(&message);
            let _ = Place::of(&format!("rules.toml:{message}"));
        }
    }
}
