//! Doubts about single rules: each is allowed, and each has been a mistake before.
//!
//! What is never allowed (a `detail` over a wildcard, a grant without a look-back over dated events,
//! a grant over what a statute bars, a rule that outlasts its file) is refused when the file is
//! read. What needs the whole space (dead rules, blocked promises) is for the analyses.

mod file;
mod grant;

use stile_model::id::RuleId;
use stile_model::time::Date;
use stile_model::vocabulary::{Category, Field, Vocabulary};

use crate::finding::{Finding, Severity};
use crate::rules::{Rule, Rules, fields_of};

/// Every doubt, in the order of the file; `today` decides what has lapsed.
pub fn lint(rules: &Rules, vocabulary: &Vocabulary, today: Date) -> Vec<Finding> {
    let mut desk = Desk {
        rules,
        vocabulary,
        today,
        findings: Vec::new(),
    };
    for rule in &rules.rules {
        desk.approvers(rule);
        desk.cap_without_effect(rule);
        desk.lapsed(rule);
        if rule.verb.grants() {
            desk.consent(rule);
            desk.handling(rule);
            desk.others(rule);
            desk.source(rule);
        }
    }
    desk.file();
    let key = |finding: &Finding| (finding.place.is_none(), finding.place, finding.severity);
    desk.findings.sort_by_key(key);
    desk.findings
}

/// What a lint looks at, and what it found.
struct Desk<'a> {
    rules: &'a Rules,
    vocabulary: &'a Vocabulary,
    today: Date,
    findings: Vec<Finding>,
}

impl<'a> Desk<'a> {
    fn say(
        &mut self,
        severity: Severity,
        code: &'static str,
        rules: Vec<RuleId>,
        message: impl Into<String>,
    ) {
        let place = rules.first().and_then(|rule| self.rules.place(rule));
        self.findings.push(Finding {
            place,
            ..Finding::new(severity, code, rules, message)
        });
    }

    fn of_rule(
        &mut self,
        severity: Severity,
        code: &'static str,
        rule: &Rule,
        message: impl std::fmt::Display,
    ) {
        let message = format!("rule {}: {message}", rule.id);
        self.say(severity, code, vec![rule.id.clone()], message);
    }

    /// The fields a rule speaks of.
    fn covered(&self, rule: &Rule) -> Vec<&'a Field> {
        fields_of(self.vocabulary, &self.rules.agency)
            .filter(|field| rule.covers(field))
            .collect()
    }

    /// The categories of these fields, each once.
    fn categories(&self, fields: &[&Field]) -> Vec<&'a Category> {
        let mut categories: Vec<&Category> = Vec::new();
        for field in fields {
            if let Some(category) = self.vocabulary.category(&field.id.category())
                && !categories.iter().any(|known| known.id == category.id)
            {
                categories.push(category);
            }
        }
        categories
    }
}

/// The first few words and how many more there are.
fn list(words: &[impl ToString]) -> String {
    let shown: Vec<String> = words
        .iter()
        .take(6)
        .map(|word| format!("`{}`", word.to_string()))
        .collect();
    match words.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests;
