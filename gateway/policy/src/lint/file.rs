//! What concerns several rules or the whole file: owners, clauses, ids, last days.

use stile_model::id::RuleId;
use stile_model::time::{Date, months_between};

use super::{Desk, list};
use crate::finding::Severity;
use crate::rules::Rule;

impl Desk<'_> {
    /// A grant past its last day, or near it.
    pub(super) fn lapsed(&mut self, rule: &Rule) {
        let Some(until) = rule.until else { return };
        let verb = rule.verb.as_str();
        if !rule.verb.grants() {
            let message = format!(
                "`until` of a `{verb}` changes nothing, as a limit never lapses; remove it, and the rule itself when it is no longer needed"
            );
            self.of_rule(Severity::Note, "until_of_a_cap", rule, message);
        } else if self.today > until {
            let message = format!(
                "lapsed after {until}, so it lets nothing out; remove it, or renew it with a later `until`"
            );
            self.of_rule(Severity::Warning, "lapsed_rule", rule, message);
        } else if soon(self.today, until) {
            let message = format!("lapses after {until}; renew it in time if it is still needed");
            self.of_rule(Severity::Note, "lapses_soon", rule, message);
        }
    }

    /// What concerns the file.
    pub(super) fn file(&mut self) {
        match self.rules.until {
            Some(until) if self.today > until => self.say(
                Severity::Error,
                "lapsed_file",
                Vec::new(),
                format!(
                    "the file lapsed after {until}, so everything is withheld; give it a later `until`, no later than the agreement"
                ),
            ),
            Some(until) if soon(self.today, until) => self.say(
                Severity::Warning,
                "file_lapses_soon",
                Vec::new(),
                format!("after {until} everything is withheld; renew the file in time"),
            ),
            Some(_) | None => {}
        }
        self.without(
            |rule| rule.owner.is_none(),
            Severity::Note,
            "no_owner",
            "`owner` is missing, so nobody is asked when the rule is reviewed; name a post, not a person, in",
        );
        if !self.vocabulary.clauses.is_empty() {
            self.without(
                |rule| rule.clauses.is_empty(),
                Severity::Warning,
                "no_clause",
                "`clause` is missing, though the vocabulary lists the clauses of the agreement; name the one it rests on, in",
            );
        }
        self.ungrouped();
    }

    /// One finding for every rule that lacks something.
    fn without(
        &mut self,
        lacks: impl Fn(&Rule) -> bool,
        severity: Severity,
        code: &'static str,
        message: &str,
    ) {
        let lacking: Vec<RuleId> = self
            .rules
            .rules
            .iter()
            .filter(|rule| lacks(rule))
            .map(|rule| rule.id.clone())
            .collect();
        if !lacking.is_empty() {
            let message = format!("{message} {}", list(&lacking));
            self.say(severity, code, lacking, message);
        }
    }

    /// Rules of one group that do not stand together.
    fn ungrouped(&mut self) {
        let mut seen: Vec<&str> = Vec::new();
        let mut strays: Vec<RuleId> = Vec::new();
        for rule in &self.rules.rules {
            let group = group(&rule.id);
            if seen.last() != Some(&group) && seen.contains(&group) {
                strays.push(rule.id.clone());
            }
            seen.push(group);
        }
        if !strays.is_empty() {
            let message = format!(
                "rules of one group stand apart, so a reader misses some; move to the others: {}",
                list(&strays)
            );
            self.say(Severity::Note, "ids_not_grouped", strays, message);
        }
    }
}

/// The part of an id before its number: `S47` of `S47-04`.
fn group(id: &RuleId) -> &str {
    let text = id.as_str();
    text.rsplit_once('-').map_or(text, |(group, _)| group)
}

/// Less than a month is left.
fn soon(today: Date, until: Date) -> bool {
    today <= until && months_between(today, until) == 0
}
