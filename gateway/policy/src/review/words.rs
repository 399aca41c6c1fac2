//! A review in plain English.

use super::{FEW_ENQUIRIES, Review, RuleUse, Suggestion};

impl Review {
    /// What it found, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![match self.enquiries {
            1 => "1 past enquiry was looked at.".to_owned(),
            many => format!("{many} past enquiries were looked at."),
        }];
        if self.few {
            lines.push(format!(
                "That is too few to conclude from: under {FEW_ENQUIRIES}, a rule that was not needed may \
                 well be needed tomorrow."
            ));
        }
        let ended = self.rules.iter().filter_map(|one| Some((one, one.ended?)));
        let ended: Vec<String> = ended
            .map(|(one, last)| format!("{} (last day {last})", one.rule))
            .collect();
        if !ended.is_empty() {
            lines.push(format!("Grants that have ended: {}.", ended.join(", ")));
        }
        let quiet = self.rules.iter();
        let quiet: Vec<&RuleUse> = quiet
            .filter(|one| one.decided == 0 && one.ended.is_none())
            .collect();
        if !quiet.is_empty() {
            let (grants, caps): (Vec<_>, Vec<_>) = quiet.iter().partition(|one| one.grants());
            lines.extend(listed("Grants that no enquiry needed", &grants));
            lines.extend(listed(
                "Caps and seals that changed nothing (they may still be a backstop)",
                &caps,
            ));
        }
        let unreleased: Vec<&RuleUse> = self
            .rules
            .iter()
            .filter(|one| one.grants() && one.decided > 0 && one.released == 0)
            .collect();
        lines.extend(listed(
            "Grants that decided, and under which nothing has left",
            &unreleased.iter().collect::<Vec<_>>(),
        ));
        lines.extend(self.rules.iter().filter(|one| one.asked > 0).map(approvals));
        for suggestion in &self.suggestions {
            lines.push(suggestion.head(self.enquiries));
            lines.extend(suggestion.text.lines().map(|line| format!("    {line}")));
        }
        lines
    }
}

fn listed(title: &str, rules: &[&&RuleUse]) -> Option<String> {
    let names: Vec<&str> = rules.iter().map(|one| one.rule.as_str()).collect();
    (!names.is_empty()).then(|| format!("{title}: {}.", names.join(", ")))
}

fn approvals(one: &RuleUse) -> String {
    let open = one
        .asked
        .saturating_sub(one.agreed)
        .saturating_sub(one.refused)
        .saturating_sub(one.lapsed);
    format!(
        "{}: approval was asked {}: {} agreed, {} refused, {} not decided in time, {open} waiting.",
        one.rule,
        if one.asked == 1 {
            "once".to_owned()
        } else {
            format!("{} times", one.asked)
        },
        one.agreed,
        one.refused,
        one.lapsed
    )
}

impl RuleUse {
    fn grants(&self) -> bool {
        matches!(self.verb.as_str(), "ask" | "share")
    }
}

impl Suggestion {
    fn head(&self, enquiries: u64) -> String {
        let parts: Vec<String> = self
            .unseen
            .iter()
            .map(|(key, words)| format!("{key} {}", words.join(", ")))
            .collect();
        format!(
            "{} also allows {}: seen 0 times in {enquiries} enquiries. Narrower, and enough for the {} in \
             which it decided:",
            self.rule,
            parts.join("; "),
            self.decided
        )
    }
}
