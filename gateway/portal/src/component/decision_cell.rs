//! What the rules say, cell by cell.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Component, Content};

/// What the rules say about one kind of information for one purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// A named person is asked.
    Ask,
    /// Goes out at once, cut down.
    Less,
    /// Goes out at once, in full.
    Share,
    /// Never goes out, and nobody is told that it exists.
    Silent,
    /// Not open for this purpose.
    Unasked,
    /// Never goes out; the asker sees why.
    Withhold,
}

impl Decision {
    const fn class(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Less => "less",
            Self::Share => "share",
            Self::Silent => "silent",
            Self::Unasked => "unasked",
            Self::Withhold => "withhold",
        }
    }
}

/// One cell: icon, word, and where the rule is. The colour repeats the word.
#[derive(Clone, Debug, Template)]
#[template(path = "component/decision-cell.html")]
pub struct DecisionCell {
    decision: Decision,
    draft: Option<(Content, Content)>,
    href: Option<String>,
    small: Content,
    word: Content,
}

impl DecisionCell {
    /// `word` is the decision in words.
    pub fn new(decision: Decision, word: impl Into<Content>) -> Self {
        Self {
            decision,
            draft: None,
            href: None,
            small: Content::default(),
            word: word.into(),
        }
    }

    /// With a line below: the rule's name, or what the decision means.
    pub fn small(mut self, small: impl Into<Content>) -> Self {
        self.small = small.into();
        self
    }

    /// Leads to the rule.
    pub fn link(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Differs in a draft: `mark` says so ("Draft change"), `now` says what is in force ("Now: ask a
    /// person").
    pub fn draft(mut self, mark: impl Into<Content>, now: impl Into<Content>) -> Self {
        self.draft = Some((mark.into(), now.into()));
        self
    }
}

impl HtmlSafe for DecisionCell {}
impl Component for DecisionCell {}

/// What the cells mean.
#[derive(Clone, Debug, Template)]
#[template(path = "component/legend.html")]
pub struct DecisionLegend {
    cells: Vec<DecisionCell>,
    name: String,
}

impl DecisionLegend {
    /// `name` names the list for screen readers.
    pub fn new(name: impl Into<String>, cells: Vec<DecisionCell>) -> Self {
        Self {
            cells,
            name: name.into(),
        }
    }
}

impl HtmlSafe for DecisionLegend {}
impl Component for DecisionLegend {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_says_in_words_what_is_in_force_now() {
        let cell = DecisionCell::new(Decision::Share, "Share if red")
            .small(Content::from("Rule HV-06a").hidden("Mental health"))
            .link("/policy/rules/HV-06a")
            .draft("Draft change", "Now: ask a person")
            .to_string();

        for part in [
            "Draft change",
            "Now: ask a person",
            "Share if red",
            r#"href="/policy/rules/HV-06a""#,
        ] {
            assert!(cell.contains(part), "{cell}");
        }
    }

    #[test]
    fn every_decision_has_its_own_icon() {
        use Decision::{Ask, Less, Share, Silent, Unasked, Withhold};
        let icons = [Ask, Less, Share, Silent, Unasked, Withhold].map(|decision| {
            let cell = DecisionCell::new(decision, "x").to_string();
            cell.split("</svg>")
                .next()
                .unwrap()
                .split("<svg")
                .nth(1)
                .unwrap()
                .to_owned()
        });

        let all: std::collections::BTreeSet<_> = icons.iter().collect();
        assert_eq!(all.len(), icons.len());
    }
}
