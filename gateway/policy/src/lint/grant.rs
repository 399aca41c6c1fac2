//! What a rule that lets something out should not do without a second look.

use stile_model::code::{About, ConsentRule, ConsentState, FieldKind, Handling, Rung};
use stile_model::id::CategoryId;
use stile_model::vocabulary::{Field, Purpose};

use super::{Desk, list};
use crate::finding::Severity;
use crate::rules::{Rule, Verb};

/// Words by which a ground names its source: a statute, a case, guidance, the agreement.
const SOURCES: &[&str] = &[
    "3x5x2",
    "act ",
    "agreement",
    "art ",
    "article ",
    "caldicott",
    "clause ",
    "code of practice",
    "common law",
    "common-law",
    "directions",
    "dpa ",
    "gdpr",
    "gmc",
    "guidance",
    "information sharing",
    "keeping children safe",
    "nhs",
    "nice guid",
    "nice ng",
    "order 19",
    "order 20",
    "para ",
    "principle",
    "procedure",
    "protocol",
    "regulation",
    "rules 19",
    "rules 20",
    "section ",
    " v ",
    "working together",
];
/// What is said when consent was refused or taken back.
const NO: [ConsentState; 2] = [ConsentState::Refused, ConsentState::Withdrawn];

impl Desk<'_> {
    /// A ground that names no source cannot be checked by the next officer.
    pub(super) fn source(&mut self, rule: &Rule) {
        // A blank at the end, so that a ground may end with the word.
        let why = format!("{} ", rule.why.to_lowercase());
        let named = SOURCES.iter().any(|source| why.contains(source)) || names_section(&why);
        if rule.clauses.is_empty() && !named {
            self.of_rule(
                Severity::Warning,
                "ground_without_source",
                rule,
                "`why` names no source; name the statute with its section, the guidance, the case or the clause of the agreement",
            );
        }
    }

    /// A grant over many fields that also lets out other people, whom no cap protects.
    pub(super) fn others(&mut self, rule: &Rule) {
        if !rule.target.is_wide() || !rule.abouts.is_empty() || rule.rung <= Rung::Known {
            return;
        }
        let exposed: Vec<_> = self
            .covered(rule)
            .into_iter()
            .filter(|field| matches!(field.about, About::Complainant | About::ThirdParty))
            .filter(|field| !self.capped(field))
            .map(|field| field.id.clone())
            .collect();
        if exposed.is_empty() {
            return;
        }
        let message = format!(
            "`{}` as `{}` also lets out other people ({}); name each field, or add a `never_above` over `of = \"third_party\"`",
            rule.target,
            rule.rung,
            list(&exposed)
        );
        self.of_rule(Severity::Warning, "other_people", rule, message);
    }

    /// Does some cap hold `field` to a headline (a person's role, a wider area) on every question?
    fn capped(&self, field: &Field) -> bool {
        let mut rules = self.rules.rules.iter();
        rules.any(|cap| {
            matches!(cap.verb, Verb::NeverAbove | Verb::Seal)
                && cap.rung <= Rung::Headline
                && cap.when == crate::rules::When::default()
                && cap.covers(field)
        })
    }

    /// A grant for a purpose that rests on consent, also where consent was refused.
    pub(super) fn consent(&mut self, rule: &Rule) {
        let refused = |rule: &Rule| {
            rule.when.consent.is_empty() || NO.iter().any(|no| rule.when.consent.contains(no))
        };
        if !refused(rule) {
            return;
        }
        let covered = self.covered(rule);
        let resting: Vec<&Purpose> = self
            .vocabulary
            .purposes
            .iter()
            .filter(|purpose| {
                rule.when.purpose.is_empty() || rule.when.purpose.contains(&purpose.code)
            })
            .filter(|purpose| match purpose.consent {
                ConsentRule::Required => true,
                // A person who decides may override a refusal with a coded reason.
                ConsentRule::Normally => rule.verb == Verb::Share,
                ConsentRule::CapacityLed
                | ConsentRule::NotRequired
                | ConsentRule::SeekUnlessUnsafe => false,
            })
            .filter(|purpose| !self.held_back(&covered, purpose))
            .collect();
        if resting.is_empty() {
            return;
        }
        let codes: Vec<_> = resting.iter().map(|purpose| &purpose.code).collect();
        let message = format!(
            "{} rests on consent, but this also applies where consent was refused or withdrawn; add `consent = [\"given\"]` to its `when`, or a cap for a refusal",
            list(&codes)
        );
        self.of_rule(Severity::Warning, "consent_not_asked", rule, message);
    }

    /// Do caps hold all of these fields back under `purpose` where consent was refused?
    fn held_back(&self, fields: &[&Field], purpose: &Purpose) -> bool {
        let caps = |field: &Field, no: ConsentState| {
            self.rules.rules.iter().any(|cap| {
                let when = &cap.when;
                !cap.verb.grants()
                    && cap.rung <= Rung::Known
                    && cap.covers(field)
                    && (when.consent.is_empty() || when.consent.contains(&no))
                    && (when.purpose.is_empty() || when.purpose.contains(&purpose.code))
                    && when.priority.is_empty()
                    && when.subject.is_empty()
                    && when.age.is_empty()
                    && when.within.is_none()
                    && when.requester.is_empty()
                    && when.hub.is_empty()
                    && when.agency.is_empty()
            })
        };
        fields
            .iter()
            .all(|field| NO.iter().all(|no| caps(field, *no)))
    }

    /// More than the vocabulary's default handling of the category lets out by itself.
    pub(super) fn handling(&mut self, rule: &Rule) {
        let covered = self.covered(rule);
        for category in self.categories(&covered) {
            let told = match (category.handling, rule.verb) {
                (Handling::Sealed, _) => Some((
                    "sealed: it must not be shown to exist",
                    "remove the rule, or `seal` it",
                )),
                (Handling::Refer, Verb::Share) if rule.rung > Rung::Known => Some((
                    "refer: a person decides what of it leaves",
                    "use `ask` with an approver",
                )),
                (Handling::Summary, Verb::Share)
                    if rule.rung > Rung::Summary && in_words(&covered, &category.id) =>
                {
                    Some((
                        "summary: its full text does not leave by itself",
                        "share as `summary`, and `ask` for more",
                    ))
                }
                (
                    Handling::Automatic | Handling::Barred | Handling::Refer | Handling::Summary,
                    _,
                ) => None,
            };
            let Some((class, instead)) = told else {
                continue;
            };
            let severity = if category.handling == Handling::Sealed && rule.verb == Verb::Share {
                Severity::Error
            } else {
                Severity::Warning
            };
            let message = format!(
                "the vocabulary handles `{}` as {class}; {instead}, or say in `why` what allows it",
                category.id
            );
            self.of_rule(severity, "against_handling", rule, message);
        }
    }

    /// A cap at a rung at which every field it covers already shows all it has.
    pub(super) fn cap_without_effect(&mut self, rule: &Rule) {
        let covered = self.covered(rule);
        let flags = covered.iter().all(|field| field.kind == FieldKind::Flag);
        if rule.verb.grants() || rule.rung < Rung::Headline || !flags || covered.is_empty() {
            return;
        }
        let message = format!(
            "`{}` as `{}` limits nothing: a yes or no is told whole from `headline` on; use `known` or `none`",
            rule.verb.as_str(),
            rule.rung
        );
        self.of_rule(Severity::Warning, "cap_without_effect", rule, message);
    }

    /// Approvers who work for another kind of agency.
    pub(super) fn approvers(&mut self, rule: &Rule) {
        for role in &rule.approvers.roles {
            let note = self
                .vocabulary
                .approvers
                .iter()
                .find(|term| &term.code == role)
                .map_or("", |term| term.note.as_str());
            let kinds = self.kinds_in(note);
            if kinds.is_empty() || kinds.contains(&self.rules.agency.as_str()) {
                continue;
            }
            let message = format!(
                "`{role}` works for {}, not for `{}`, and could never decide; name a role of this agency",
                list(&kinds),
                self.rules.agency
            );
            self.of_rule(Severity::Warning, "approver_elsewhere", rule, message);
        }
    }

    /// The kinds of agency that a note begins with: `Police; live investigations.` is the police.
    fn kinds_in(&self, note: &str) -> Vec<&str> {
        let start = note.split(['.', ';', ':']).next().unwrap_or_default();
        let words: Vec<String> = start
            .split(',')
            .map(|word| word.trim().to_lowercase())
            .collect();
        self.vocabulary
            .agencies
            .iter()
            .filter(|agency| {
                words.contains(&agency.name.to_lowercase())
                    || words.contains(&agency.kind.as_str().replace('_', " "))
            })
            .map(|agency| agency.kind.as_str())
            .collect()
    }
}

/// Is there an `s.47`? The letter at the end of a sentence is none.
fn names_section(why: &str) -> bool {
    why.match_indices("s.").any(|(at, dot)| {
        let before = why.get(..at).and_then(|text| text.chars().last());
        let after = why.get(at + dot.len()..).unwrap_or_default().trim_start();
        before.is_none_or(|c| !c.is_alphabetic() || c == 's')
            && after.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Is one of these fields free text of `category`? A code or a date is an indicator as it is, and a
/// professional's telephone is no account of anybody.
fn in_words(covered: &[&Field], category: &CategoryId) -> bool {
    covered
        .iter()
        .filter(|field| &field.id.category() == category)
        .any(|field| field.kind == FieldKind::Text && field.about != About::Professional)
}
