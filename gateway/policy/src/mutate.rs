//! Small changes of one rule, such as a slip of the hand or of judgement would make.
//!
//! A rung up or down, a rule dropped, a condition wider or narrower, another verb, an approver
//! fewer, any one instead of all, kinds forgotten. Cases that notice none of these prove little.

use stile_model::code::{ConsentState, Priority, Rung};
use stile_model::id::{Code, RuleId};
use stile_model::vocabulary::{AgeBand, Recency, Term, Vocabulary};

use crate::rules::{Rule, Rules, Verb};

/// One rule changed in one way.
#[derive(Debug, Clone)]
pub(crate) struct Mutant {
    /// The place of the rule among the rules.
    pub place: usize,
    /// Its name.
    pub id: RuleId,
    /// The rule as changed; `None` when it is dropped.
    pub rule: Option<Rule>,
    /// What is changed, after the rule's name: `no longer asks for a rating of amber`.
    pub words: String,
}

/// How many words are tried where a condition is widened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Every word that is not listed, to find what would mend a case.
    Every,
    /// The word next to the last one listed: enough to see whether the edge is watched.
    Next,
}

/// Every small change of the rule at `place`.
pub(crate) fn mutants(
    rules: &Rules,
    place: usize,
    vocabulary: &Vocabulary,
    reach: Reach,
) -> Vec<Mutant> {
    let Some(rule) = rules.rules.get(place) else {
        return Vec::new();
    };
    let mut changes = Changes {
        rule,
        place,
        mutants: Vec::new(),
    };
    changes.push(None, "is dropped".to_owned());
    changes.rungs();
    changes.verbs();
    changes.people();
    changes.kinds();
    changes.conditions(vocabulary, reach);
    changes.look_back();
    changes.mutants
}

/// The changes of one rule found so far.
struct Changes<'a> {
    rule: &'a Rule,
    place: usize,
    mutants: Vec<Mutant>,
}

impl Changes<'_> {
    fn push(&mut self, rule: Option<Rule>, words: String) {
        self.mutants.push(Mutant {
            place: self.place,
            id: self.rule.id.clone(),
            rule,
            words,
        });
    }

    /// A copy of the rule with one thing changed.
    fn with(&mut self, words: String, change: impl FnOnce(&mut Rule)) {
        let mut rule = self.rule.clone();
        change(&mut rule);
        self.push(Some(rule), words);
    }

    fn rungs(&mut self) {
        let (verb, rung) = (self.rule.verb, self.rule.rung);
        if verb == Verb::Seal {
            return;
        }
        let at = Rung::ALL.iter().position(|known| *known == rung);
        let beside = |step: isize| {
            let at = at?.checked_add_signed(step)?;
            Rung::ALL.get(at).copied()
        };
        for (rung, word) in [(beside(1), "raised"), (beside(-1), "lowered")] {
            // A grant of nothing and a cap at everything are the rule dropped.
            let useful = rung.filter(|rung| {
                *rung
                    != if verb.grants() {
                        Rung::None
                    } else {
                        Rung::Detail
                    }
            });
            if let Some(rung) = useful {
                self.with(format!("is {word} to `{rung}`"), |rule| rule.rung = rung);
            }
        }
    }

    fn verbs(&mut self) {
        let named = !self.rule.approvers.roles.is_empty();
        let (verb, words) = match self.rule.verb {
            Verb::Ask => (Verb::Share, "shares at once and asks nobody"),
            Verb::AskAbove => (Verb::NeverAbove, "caps whoever agrees"),
            Verb::Seal => (Verb::NeverAbove, "withholds openly and seals nothing"),
            // Only a rule that names somebody can ask them.
            Verb::NeverAbove | Verb::Share if !named => return,
            Verb::NeverAbove => (Verb::AskAbove, "caps only until somebody agrees"),
            Verb::Share => (Verb::Ask, "asks before it shares"),
        };
        self.with(words.to_owned(), |rule| rule.verb = verb);
    }

    fn people(&mut self) {
        let roles = &self.rule.approvers.roles;
        if !self.rule.verb.asks() || roles.len() < 2 {
            return;
        }
        for (n, role) in roles.iter().enumerate() {
            self.with(format!("no longer asks the `{role}`"), |rule| {
                rule.approvers.roles.remove(n);
                rule.approvers.any_of &= rule.approvers.roles.len() > 1;
            });
        }
        let words = if self.rule.approvers.any_of {
            "asks all its approvers instead of any one"
        } else {
            "is content with any one of its approvers"
        };
        self.with(words.to_owned(), |rule| {
            rule.approvers.any_of = !rule.approvers.any_of;
        });
    }

    fn kinds(&mut self) {
        let rule = self.rule;
        if !rule.kinds.is_empty() {
            self.with("speaks of fields of every kind".to_owned(), |rule| {
                rule.kinds.clear();
            });
        }
        if !rule.abouts.is_empty() {
            self.with("speaks of fields about anybody".to_owned(), |rule| {
                rule.abouts.clear();
            });
        }
        if rule.kinds.len() + rule.abouts.len() > 1 {
            for (n, kind) in rule
                .kinds
                .iter()
                .enumerate()
                .filter(|_| rule.kinds.len() > 1)
            {
                self.with(format!("no longer speaks of a `{kind}`"), |rule| {
                    rule.kinds.remove(n);
                });
            }
            for (n, about) in rule
                .abouts
                .iter()
                .enumerate()
                .filter(|_| rule.abouts.len() > 1)
            {
                self.with(format!("no longer speaks of `{about}` fields"), |rule| {
                    rule.abouts.remove(n);
                });
            }
        }
    }

    fn conditions(&mut self, vocabulary: &Vocabulary, reach: Reach) {
        let purposes: Vec<Code> = vocabulary.purposes.iter().map(|p| p.code.clone()).collect();
        let ages: Vec<AgeBand> = without_unknown(AgeBand::ALL, AgeBand::Unknown);
        let subjects = codes(&vocabulary.subject_roles);
        let requesters = codes(&vocabulary.officer_roles);
        self.list("purpose", &purposes, reach, |rule| &mut rule.when.purpose);
        self.list("priority", Priority::ALL, reach, |rule| {
            &mut rule.when.priority
        });
        self.list("consent", ConsentState::ALL, reach, |rule| {
            &mut rule.when.consent
        });
        self.list("subject", &subjects, reach, |rule| &mut rule.when.subject);
        self.list("age", &ages, reach, |rule| &mut rule.when.age);
        self.list("requester", &requesters, reach, |rule| {
            &mut rule.when.requester
        });
        // Hubs are an open set: there is none to add.
        self.list("hub", &[], reach, |rule| &mut rule.when.hub);
    }

    /// A condition forgotten, a word more, a word fewer.
    fn list<T: Clone + PartialEq + Named>(
        &mut self,
        key: &str,
        every: &[T],
        reach: Reach,
        list: impl Fn(&mut Rule) -> &mut Vec<T>,
    ) {
        let mut own = self.rule.clone();
        let listed = list(&mut own).clone();
        let Some(end) = listed.last() else {
            return;
        };
        self.with(format!("applies whatever the {key}"), |rule| {
            list(rule).clear();
        });
        let after = every
            .iter()
            .position(|word| word == end)
            .unwrap_or_default();
        let missing = every
            .iter()
            .cycle()
            .skip(after)
            .take(every.len())
            .filter(|word| !listed.contains(word));
        let few = match reach {
            Reach::Every => usize::MAX,
            Reach::Next => 1,
        };
        for word in missing.take(few) {
            self.with(format!("also applies to {key} `{}`", word.name()), |rule| {
                list(rule).push(word.clone());
            });
        }
        for (n, word) in listed.iter().enumerate().filter(|_| listed.len() > 1) {
            let words = format!("no longer applies to {key} `{}`", word.name());
            self.with(words, |rule| {
                list(rule).remove(n);
            });
        }
    }

    fn look_back(&mut self) {
        let Some(within) = self.rule.when.within else {
            return;
        };
        let bands = without_unknown(Recency::ALL, Recency::Unknown);
        let at = bands.iter().position(|band| *band == within);
        let words = |band: Recency| match band.months() {
            Some(months) => format!("looks back {months} months"),
            None => "looks back for ever".to_owned(),
        };
        for step in [1, -1] {
            let beside = at
                .and_then(|at| at.checked_add_signed(step))
                .and_then(|at| bands.get(at).copied());
            if let Some(band) = beside {
                self.with(words(band), |rule| rule.when.within = Some(band));
            }
        }
        if !self.rule.verb.grants() {
            self.with(
                "applies however old or undated the event".to_owned(),
                |rule| {
                    rule.when.within = None;
                },
            );
        }
    }
}

/// A word of a condition as it is written.
trait Named {
    fn name(&self) -> String;
}

impl Named for Code {
    fn name(&self) -> String {
        self.to_string()
    }
}

impl Named for Priority {
    fn name(&self) -> String {
        self.to_string()
    }
}

impl Named for ConsentState {
    fn name(&self) -> String {
        self.to_string()
    }
}

impl Named for AgeBand {
    fn name(&self) -> String {
        self.as_str().to_owned()
    }
}

impl Named for stile_model::id::MemberId {
    fn name(&self) -> String {
        self.to_string()
    }
}

fn without_unknown<T: Copy + PartialEq>(every: &[T], unknown: T) -> Vec<T> {
    every
        .iter()
        .copied()
        .filter(|word| *word != unknown)
        .collect()
}

fn codes(terms: &[Term]) -> Vec<Code> {
    terms.iter().map(|term| term.code.clone()).collect()
}
