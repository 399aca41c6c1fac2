//! Rules and questions made by rote, to measure with: the same for the same seed.
//!
//! No agency's rules: as many as wanted, over a real vocabulary, in the mixture that a policy has:
//! about half grants, most of one field and of a few purposes, and caps that each hold for some.

use std::fmt::Write as _;

use stile_model::code::{ConsentState, Existence, Handling, Priority};
use stile_model::id::{Code, FieldId, MemberId};
use stile_model::vocabulary::{AgeBand, Category, Recency, Term, Vocabulary};

use crate::decide::Question;
use crate::witness::Dice;

/// Words for how far back a grant reaches.
const WINDOWS: [&str; 5] = ["6 months", "12 months", "24 months", "60 months", "ever"];

/// A question with words of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    field: FieldId,
    purpose: Code,
    priority: Priority,
    consent: ConsentState,
    subject: Option<Code>,
    age: AgeBand,
    recency: Recency,
    requester: Option<Code>,
    hub: Option<MemberId>,
}

impl Asked {
    /// The question itself.
    pub const fn question(&self) -> Question<'_> {
        Question {
            field: &self.field,
            purpose: &self.purpose,
            priority: Some(self.priority),
            consent: Some(self.consent),
            subject_role: self.subject.as_ref(),
            age: self.age,
            recency: self.recency,
            requester: self.requester.as_ref(),
            hub: self.hub.as_ref(),
        }
    }
}

/// Makes rules and questions for one kind of agency.
#[derive(Debug, Clone)]
pub struct Yardstick<'a> {
    vocabulary: &'a Vocabulary,
    kind: &'a Code,
    dice: Dice,
}

impl<'a> Yardstick<'a> {
    /// Over this vocabulary, for this kind of agency.
    pub const fn new(vocabulary: &'a Vocabulary, kind: &'a Code, seed: u64) -> Self {
        Self {
            vocabulary,
            kind,
            dice: Dice::new(seed),
        }
    }

    /// The text of a `rules.toml` with `count` rules, at least 1.
    pub fn rules(&mut self, count: usize) -> String {
        let mut text = format!("agency = \"{}\"\nvocabulary = \"1\"\n", self.kind);
        for n in 0..count.max(1) {
            // The first is a grant, so that something is granted.
            let rule = if n == 0 || self.dice.below(100) < 55 {
                self.grant(n)
            } else {
                self.cap(n)
            };
            text.push_str(&rule);
        }
        text
    }

    /// `count` questions about fields of the agency.
    pub fn questions(&mut self, count: usize) -> Vec<Asked> {
        let fields: Vec<&FieldId> = self
            .categories(false)
            .into_iter()
            .flat_map(|category| category.fields.iter().map(|field| &field.id))
            .collect();
        (0..count)
            .filter_map(|_| {
                let purposes = &self.vocabulary.purposes;
                Some(Asked {
                    field: (*self.dice.pick(&fields)?).clone(),
                    purpose: self.dice.pick(purposes)?.code.clone(),
                    priority: *self.dice.pick(Priority::ALL)?,
                    consent: *self.dice.pick(ConsentState::ALL)?,
                    subject: self.term(&self.vocabulary.subject_roles),
                    age: *self.dice.pick(AgeBand::ALL)?,
                    recency: *self.dice.pick(Recency::ALL)?,
                    requester: self.term(&self.vocabulary.officer_roles),
                    hub: MemberId::new("hub-of-measure").ok(),
                })
            })
            .collect()
    }

    fn grant(&mut self, n: usize) -> String {
        let (target, wide) = self.target(true);
        let rungs = if wide {
            ["known", "headline", "headline"]
        } else {
            ["headline", "summary", "detail"]
        };
        let (verb, who) = if self.dice.below(3) == 0 {
            ("ask", self.approver())
        } else {
            ("share", String::new())
        };
        let rung = self.dice.pick(&rungs).copied().unwrap_or("known");
        let window = self.dice.pick(&WINDOWS).copied().unwrap_or("ever");
        let purposes = self.some(&codes(&self.vocabulary.purposes, |one| &one.code), 3);
        let rest = self.conditions();
        format!(
            "\n[[rule]]\nid = \"M-{n}\"\n{verb} = \"{target}\"\nas = \"{rung}\"\n{who}when = {{ within = \"{window}\", purpose = {purposes}{rest} }}\nwhy = \"measure\"\n"
        )
    }

    fn cap(&mut self, n: usize) -> String {
        let (target, _) = self.target(false);
        let (verb, who) = if self.dice.below(3) == 0 {
            ("ask_above", self.approver())
        } else {
            ("never_above", String::new())
        };
        let rung = self.dice.pick(&["known", "headline", "summary"]);
        let rung = rung.copied().unwrap_or("known");
        let purposes = self.some(&codes(&self.vocabulary.purposes, |one| &one.code), 2);
        let rest = self.conditions();
        format!(
            "\n[[rule]]\nid = \"M-{n}\"\n{verb} = \"{target}\"\nas = \"{rung}\"\n{who}when = {{ purpose = {purposes}{rest} }}\nwhy = \"measure\"\n"
        )
    }

    /// A field, or for one rule in four a category; and whether it is wide.
    fn target(&mut self, granted: bool) -> (String, bool) {
        let categories = self.categories(granted);
        let Some(category) = self.dice.pick(&categories) else {
            return (format!("{}.*", self.kind), true);
        };
        let wide = self.dice.below(4) == 0;
        match self.dice.pick(&category.fields).filter(|_| !wide) {
            Some(field) => (field.id.to_string(), false),
            None => (format!("{}.*", category.id), true),
        }
    }

    /// The agency's categories; only those of which something may be granted.
    fn categories(&self, granted: bool) -> Vec<&'a Category> {
        let categories = self.vocabulary.categories.iter();
        categories
            .filter(|category| category.id.agency_kind() == self.kind.as_str())
            .filter(|category| {
                !granted
                    || (category.handling != Handling::Barred
                        && category.existence == Existence::Open
                        && category.event.is_some())
            })
            .collect()
    }

    /// Conditions besides the purpose, each on some rules.
    fn conditions(&mut self) -> String {
        let mut text = String::new();
        let vocabulary = self.vocabulary;
        let lists: [(&str, usize, Vec<String>); 5] = [
            ("priority", 30, words(Priority::ALL)),
            ("consent", 20, words(ConsentState::ALL)),
            (
                "subject",
                40,
                codes(&vocabulary.subject_roles, |term| &term.code),
            ),
            ("age", 15, ages()),
            (
                "requester",
                10,
                codes(&vocabulary.officer_roles, |term| &term.code),
            ),
        ];
        for (key, percent, words) in lists {
            if self.dice.below(100) < percent {
                let most = words.len().saturating_sub(1);
                let some = self.some(&words, most);
                // Writing to a String cannot fail.
                let _ = write!(text, ", {key} = {some}");
            }
        }
        text
    }

    fn approver(&mut self) -> String {
        let approver = self.dice.pick(&self.vocabulary.approvers);
        approver.map_or_else(String::new, |term| {
            format!("approver = \"{}\"\n", term.code)
        })
    }

    fn term(&mut self, terms: &[Term]) -> Option<Code> {
        self.dice.pick(terms).map(|term| term.code.clone())
    }

    /// A list of 1 to `most` different words, as TOML.
    fn some(&mut self, words: &[String], most: usize) -> String {
        let count = self.dice.below(most).saturating_add(1);
        let mut chosen: Vec<&String> = Vec::new();
        for _ in 0..count {
            chosen.extend(self.dice.pick(words));
        }
        chosen.sort();
        chosen.dedup();
        format!("{chosen:?}")
    }
}

fn words(all: &[impl ToString]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn ages() -> Vec<String> {
    let known = AgeBand::ALL
        .iter()
        .filter(|band| **band != AgeBand::Unknown);
    known.map(|band| band.as_str().to_owned()).collect()
}

fn codes<T>(all: &[T], code: impl Fn(&T) -> &Code) -> Vec<String> {
    all.iter().map(|one| code(one).to_string()).collect()
}

#[cfg(test)]
mod tests {
    use stile_model::code::Rung;

    use super::*;
    use crate::outcome::Outcome;
    use crate::sample::{today, vocabulary};
    use crate::set::PolicySet;

    #[test]
    fn makes_rules_that_hold_and_rule_in_many_ways() {
        let kind: Code = "police".parse().unwrap();
        for count in [1, 20, 200] {
            let text = Yardstick::new(vocabulary(), &kind, 7).rules(count);
            let set = PolicySet::compile("rules.toml", &text, vocabulary())
                .unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(set.rules().rules.len(), count);

            let questions = Yardstick::new(vocabulary(), &kind, 8).questions(2_000);
            let outcomes: Vec<_> = questions
                .iter()
                .map(|asked| set.outcome(&asked.question(), today()))
                .collect();

            assert_eq!(outcomes.len(), 2_000);
            if count == 200 {
                for rung in [Rung::None, Rung::Headline, Rung::Summary] {
                    assert!(
                        outcomes.iter().any(|outcome| outcome.auto == rung),
                        "{rung}"
                    );
                }
                assert!(outcomes.iter().any(Outcome::is_referred));
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_and_another_does_not() {
        let kind: Code = "health".parse().unwrap();
        let of = |seed| Yardstick::new(vocabulary(), &kind, seed).rules(30);

        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn rules_by_rote_pass_the_guard() {
        let kind: Code = "police".parse().unwrap();
        let text = Yardstick::new(vocabulary(), &kind, 3).rules(40);

        let set = PolicySet::activate("rules.toml", &text, vocabulary(), &kind, today(), 5);

        assert!(set.is_ok(), "{:?}", set.err());
    }
}
