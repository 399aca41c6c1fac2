//! A policy in force.

use std::collections::BTreeSet;

use stile_model::code::Existence;
use stile_model::digest::Digest;
use stile_model::id::{CategoryId, Code, MemberId, RuleId};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;

use crate::agree::{self, Claim};
use crate::bitset::{Bitset, ROLES_MAX};
use crate::decide::{Approvers, Decision, Question};
use crate::engine::Request;
use crate::english::{self, RuleSays};
use crate::error::PolicyError;
use crate::mask::{Evaluator, Reasons};
use crate::outcome::Outcome;
use crate::publish;
use crate::read::parse_rules;
use crate::rules::{Rules, Verb};
use crate::space::{Point, Space};
use crate::witness::Edges;

/// One agency's policy, checked and ready to serve. Immutable: a change is a new one.
#[derive(Debug, Clone)]
pub struct PolicySet {
    rules: Rules,
    vocabulary: Digest,
    space: Space,
    evaluator: Evaluator,
    /// Categories of which it may be said that nothing is held.
    open: BTreeSet<CategoryId>,
    bitset: Bitset,
    no_rule: Code,
    csv: String,
    rows: Digest,
    english: String,
}

impl PolicySet {
    /// Parses, checks, compiles, and activates only when Casbin agrees.
    ///
    /// `name` appears in errors. `today` decides which grants are in force for the comparison;
    /// `seed` varies the random questions. The comparison asks Casbin about every rule, every
    /// boundary of every condition and 2,000 random questions, and about each rule that ends on its
    /// last day and the day after: tenths of a second.
    ///
    /// # Errors
    ///
    /// Every mistake in the file with line and column; or that Casbin cannot use or does not agree
    /// with the published form. On any error keep the policy that was in force.
    pub fn activate(
        name: &str,
        text: &str,
        vocabulary: &Vocabulary,
        agency_kind: &Code,
        today: Date,
        seed: u64,
    ) -> Result<Self, PolicyError> {
        Self::compile(name, text, vocabulary)?.proven(name, agency_kind, today, seed)
    }

    /// As [`Self::activate`], with the rules that bind `member`: those whose `when` names other
    /// members are left out. A gateway names itself; see [`Rules::of_member`] for `None`.
    ///
    /// # Errors
    ///
    /// As [`Self::activate`].
    pub fn activate_for(
        member: Option<&MemberId>,
        name: &str,
        text: &str,
        vocabulary: &Vocabulary,
        agency_kind: &Code,
        today: Date,
        seed: u64,
    ) -> Result<Self, PolicyError> {
        let set = Self::compile_for(name, text, vocabulary, member)?;
        set.proven(name, agency_kind, today, seed)
    }

    /// The policy itself, once Casbin agrees that it says what was written.
    fn proven(
        self,
        name: &str,
        agency_kind: &Code,
        today: Date,
        seed: u64,
    ) -> Result<Self, PolicyError> {
        if &self.rules.agency != agency_kind {
            return Err(PolicyError::Agency {
                name: name.to_owned(),
                wanted: agency_kind.to_string(),
                written: self.rules.agency.to_string(),
            });
        }
        let claim = Claim {
            csv: &self.csv,
            rules: &self.rules,
            space: &self.space,
            evaluator: &self.evaluator,
            bitset: &self.bitset,
        };
        agree::prove(claim, today, seed)?;
        Ok(self)
    }

    /// Everything but the comparison with Casbin.
    pub(crate) fn compile(
        name: &str,
        text: &str,
        vocabulary: &Vocabulary,
    ) -> Result<Self, PolicyError> {
        Self::compile_for(name, text, vocabulary, None)
    }

    /// As [`Self::compile`], with the rules that bind `member`.
    pub(crate) fn compile_for(
        name: &str,
        text: &str,
        vocabulary: &Vocabulary,
        member: Option<&MemberId>,
    ) -> Result<Self, PolicyError> {
        let written = parse_rules(name, text, vocabulary)?;
        // What officers read names every rule; what is published and served, those that bind.
        let english = english::render(&written, vocabulary);
        let rules = written.of_member(member);
        if rules.rules.is_empty() {
            return Err(PolicyError::Rules {
                problems: vec![format!(
                    "{name}:1:1: every rule is for other members (`agency` in its `when`), so nothing would bind this one; add a rule for it or for all"
                )],
            });
        }
        let space = Space::new(&rules, vocabulary);
        let reasons = reasons(name, vocabulary)?;
        let no_rule = reasons.no_rule.clone();
        let evaluator = Evaluator::new(&rules, &space, reasons);
        let bitset = Bitset::new(&rules, &space, &evaluator).ok_or_else(|| PolicyError::Rules {
            problems: vec![format!(
                "{name}:1:1: the rules name more than {ROLES_MAX} roles of approvers; fewer can be told apart"
            )],
        })?;
        let csv = publish::csv(&rules, vocabulary);
        Ok(Self {
            evaluator,
            bitset,
            no_rule,
            rows: publish::rows_digest(&csv),
            csv,
            english,
            open: open(&rules, vocabulary),
            rules,
            vocabulary: vocabulary.digest,
            space,
        })
    }

    /// SHA-256 of the bytes of `rules.toml`.
    pub const fn digest(&self) -> Digest {
        self.rules.digest
    }

    /// SHA-256 of what the rules say: the rows of [`Self::casbin_csv`] without its comments, sorted.
    /// Other words of `rules.toml` that say the same give the same digest.
    pub const fn rows_digest(&self) -> Digest {
        self.rows
    }

    /// SHA-256 of the vocabulary the rules were compiled against.
    pub const fn vocabulary_digest(&self) -> Digest {
        self.vocabulary
    }

    /// Last day of the whole file; past it everything is withheld.
    pub const fn until(&self) -> Option<Date> {
        self.rules.until
    }

    /// The last day up to `today` on which these rules served: `today`, or the file's last day once
    /// that is past. What the rules did is looked at as of then, not as of a day when all is withheld.
    pub fn last_served(&self, today: Date) -> Date {
        self.until().map_or(today, |until| until.min(today))
    }

    /// The rules themselves.
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// May "no record" be said of `category`? Closed where the vocabulary or this agency closes it,
    /// and for whatever is not this agency's.
    pub fn existence(&self, category: &CategoryId) -> Existence {
        if self.open.contains(category) {
            Existence::Open
        } else {
            Existence::Closed
        }
    }

    /// The words of a question in the published request, without `ask` and `level`.
    pub fn request(&self, question: &Question<'_>) -> Vec<String> {
        let point = self.space.point(question);
        Request::new(&self.space, &point, crate::space::UNKNOWN).into_words()
    }

    /// Compiled without the proof: to measure rules made by rote, of which there are more than can
    /// be proved in a moment. Never serve it.
    ///
    /// # Errors
    ///
    /// Every mistake in the text.
    pub fn dangerous_unproved(
        name: &str,
        text: &str,
        vocabulary: &Vocabulary,
    ) -> Result<Self, PolicyError> {
        Self::compile(name, text, vocabulary)
    }

    /// The lean ruling on one question, as of `on`: what serving needs. A field that is not this
    /// agency's is refused.
    pub fn outcome(&self, question: &Question<'_>, on: Date) -> Outcome {
        self.bitset.outcome(&self.space.point(question), on)
    }

    /// As [`PolicySet::outcome`], of a question in numbers.
    pub(crate) fn outcome_at(&self, point: &Point, on: Date) -> Outcome {
        self.bitset.outcome(point, on)
    }

    /// Does the evaluator with grounds rule the same?
    pub(crate) fn grounds(&self, point: &Point, outcome: &Outcome, on: Date) -> bool {
        let decision = self.evaluator.decide(point, on);
        self.bitset.is_alike(outcome, &decision)
    }

    /// The questions on the edges of every rule in force on `on`, each once.
    pub(crate) fn edges(&self, on: Date) -> Edges<'_> {
        Edges {
            rules: &self.rules,
            space: &self.space,
            evaluator: &self.evaluator,
            on,
        }
    }

    /// Why no more than its `auto` is said by an outcome of this policy.
    pub fn reason(&self, outcome: &Outcome) -> &Code {
        self.bitset.code(outcome).unwrap_or(&self.no_rule)
    }

    /// Who must agree to the rest of an outcome of this policy.
    pub fn approvers(&self, outcome: &Outcome) -> Approvers {
        Approvers {
            roles: self.roles(outcome).cloned().collect(),
            any_of: outcome.any_of,
        }
    }

    /// The roles among the approvers of an outcome of this policy, in alphabetical order.
    pub fn roles(&self, outcome: &Outcome) -> impl Iterator<Item = &Code> {
        self.bitset.roles(outcome)
    }

    /// The rule that gives the `auto` of an outcome of this policy.
    pub fn granting(&self, outcome: &Outcome) -> Option<&RuleId> {
        self.bitset.rule(outcome.granting)
    }

    /// The grant that permits the `approved` of an outcome of this policy: a plain one where it
    /// reaches as far, otherwise the first, by its id, that asks for as much; never a cap.
    pub fn giving(&self, outcome: &Outcome) -> Option<&RuleId> {
        self.bitset.rule(outcome.giving)
    }

    /// The first rule, by its id, whose approvers are asked by an outcome of this policy.
    pub fn asking(&self, outcome: &Outcome) -> Option<&RuleId> {
        self.bitset.rule(outcome.asking)
    }

    /// Rules on one question with the grounds, as of `on`; slower than [`PolicySet::outcome`], and
    /// always the same. A field that is not this agency's is refused.
    pub fn rule(&self, question: &Question<'_>, on: Date) -> Decision {
        self.evaluator.decide(&self.space.point(question), on)
    }

    /// The space of questions these rules can tell apart.
    pub(crate) const fn space(&self) -> &Space {
        &self.space
    }

    /// What serves decisions.
    pub(crate) const fn evaluator(&self) -> &Evaluator {
        &self.evaluator
    }

    /// The published Casbin model.
    pub const fn casbin_model(&self) -> &str {
        publish::MODEL
    }

    /// The published Casbin policy.
    pub fn casbin_csv(&self) -> &str {
        &self.csv
    }

    /// The rules in plain English (Markdown).
    pub fn plain_english(&self) -> &str {
        &self.english
    }

    /// Every rule that binds here as a sentence, in the order of the file.
    pub fn sentences(&self, vocabulary: &Vocabulary) -> Vec<RuleSays> {
        english::sentences(&self.rules, vocabulary)
    }

    /// The role alerted when a hit in `category` must not be shown to exist; `None` for a category
    /// of another agency.
    pub fn sealed_contact(&self, category: &CategoryId) -> Option<&Code> {
        if category.agency_kind() != self.rules.agency.as_str() {
            return None;
        }
        let fields = || {
            self.space
                .fields
                .iter()
                .filter(|field| &field.id.category() == category)
        };
        self.rules
            .rules
            .iter()
            .filter(|rule| rule.verb == Verb::Seal && !rule.approvers.roles.is_empty())
            .filter(|rule| fields().any(|field| rule.target.covers(&field.id)))
            .min_by_key(|rule| &rule.id)
            .and_then(|rule| rule.approvers.roles.first())
            .or(self.rules.sealed_contact.as_ref())
    }

    /// Hours within which `approver` must decide: the shortest of the rules that ask them, the
    /// file's own where none says otherwise.
    pub fn approval_hours(&self, approver: &Code) -> u32 {
        self.rules
            .rules
            .iter()
            .filter(|rule| rule.verb.asks() && rule.approvers.roles.contains(approver))
            .map(|rule| rule.approval_hours.unwrap_or(self.rules.approval_hours))
            .min()
            .unwrap_or(self.rules.approval_hours)
    }
}

fn open(rules: &Rules, vocabulary: &Vocabulary) -> BTreeSet<CategoryId> {
    vocabulary
        .categories
        .iter()
        .filter(|category| category.id.agency_kind() == rules.agency.as_str())
        .filter(|category| category.existence == Existence::Open)
        .map(|category| category.id.clone())
        .filter(|id| !rules.closed.contains(id))
        .collect()
}

fn reasons(name: &str, vocabulary: &Vocabulary) -> Result<Reasons, PolicyError> {
    let known: Vec<Code> = vocabulary
        .withhold_codes
        .iter()
        .map(|term| term.code.clone())
        .collect();
    Reasons::among(&known).ok_or_else(|| PolicyError::Rules {
        problems: vec![format!(
            "{name}:1:1: the vocabulary lacks a [[withhold]] code; it must have {}",
            Reasons::NAMES.join(", ")
        )],
    })
}

#[cfg(test)]
mod members;
#[cfg(test)]
mod tests;
