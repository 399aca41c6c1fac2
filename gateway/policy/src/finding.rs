//! What a check has to say about a policy: one type for every lint and every analysis.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use stile_model::id::RuleId;
use stile_model::place::{Lines, Place};
use toml::de::{DeTable, DeValue};
use utoipa::ToSchema;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Stops a proposal.
    Error,
    /// Must be read, and may be right.
    Warning,
    /// For information.
    Note,
}

impl Severity {
    /// The word in front of the message.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that a person should know before a policy comes into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PolicyFinding)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// What kind of finding, as a stable word for programs: `redundant_rule`.
    pub code: &'static str,
    /// The rules it is about, the one to change first.
    pub rules: Vec<RuleId>,
    /// Where in `rules.toml`, where known.
    pub place: Option<Place>,
    /// What was found and what to do, in plain English.
    pub message: String,
}

impl Finding {
    /// A finding about `rules`, without a place yet.
    pub fn new(
        severity: Severity,
        code: &'static str,
        rules: Vec<RuleId>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            code,
            rules,
            place: None,
            message: message.into(),
        }
    }

    /// The finding as one line: `rules.toml:12:6: warning: …`; the file alone where it has no place.
    pub fn line(&self, name: &str) -> String {
        let place = self
            .place
            .map_or(String::new(), |place| format!(":{place}"));
        format!("{name}{place}: {}: {}", self.severity, self.message)
    }
}

/// Gives every finding without a place that of its first rule in `text`, then sorts: by place, those
/// of the whole file last, the heavier first where they share one.
pub fn locate(findings: &mut [Finding], text: &str) {
    let places = places(text);
    for finding in findings
        .iter_mut()
        .filter(|finding| finding.place.is_none())
    {
        finding.place = finding
            .rules
            .first()
            .and_then(|rule| places.get(rule.as_str()).copied());
    }
    findings.sort_by(|one, other| key(one).cmp(&key(other)));
}

fn key(finding: &Finding) -> (bool, Option<Place>, Severity, &'static str, &str) {
    (
        finding.place.is_none(),
        finding.place,
        finding.severity,
        finding.code,
        &finding.message,
    )
}

/// Where each rule's id is written; nothing for a text that is no TOML.
fn places(text: &str) -> BTreeMap<String, Place> {
    let Ok(table) = DeTable::parse(text) else {
        return BTreeMap::new();
    };
    let rules = table.get_ref().get("rule");
    let lines = Lines::of(text);
    rules
        .and_then(|value| value.get_ref().as_array())
        .into_iter()
        .flatten()
        .filter_map(|item| match item.get_ref() {
            DeValue::Table(rule) => {
                let id = rule.get("id")?;
                let name = id.get_ref().as_str()?.to_owned();
                Some((name, lines.place(id.span().start)))
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "agency = \"police\"\n[[rule]]\nid = \"A-1\"\n[[rule]]\nid = \"B-1\"\n";

    fn about(rules: &[&str], severity: Severity) -> Finding {
        let rules = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        Finding::new(severity, "redundant_rule", rules, "remove it")
    }

    #[test]
    fn a_finding_points_at_its_first_rule() {
        let mut findings = [about(&["B-1", "A-1"], Severity::Warning)];

        locate(&mut findings, TEXT);

        assert_eq!(
            findings[0].line("rules.toml"),
            "rules.toml:5:6: warning: remove it"
        );
    }

    #[test]
    fn what_concerns_the_whole_file_comes_last_and_errors_before_notes() {
        let mut findings = [
            about(&[], Severity::Error),
            about(&["B-1"], Severity::Note),
            about(&["A-1"], Severity::Note),
            about(&["A-1"], Severity::Error),
        ];

        locate(&mut findings, TEXT);

        let order: Vec<_> = findings
            .iter()
            .map(|finding| (finding.place.map(|place| place.line), finding.severity))
            .collect();
        assert_eq!(
            order,
            [
                (Some(3), Severity::Error),
                (Some(3), Severity::Note),
                (Some(5), Severity::Note),
                (None, Severity::Error)
            ]
        );
        assert_eq!(
            findings[3].line("rules.toml"),
            "rules.toml: error: remove it"
        );
    }

    #[test]
    fn a_text_that_cannot_be_read_gives_no_places() {
        let mut findings = [about(&["A-1"], Severity::Note)];

        locate(&mut findings, "[[rule");

        assert_eq!(findings[0].place, None);
    }
}
