//! A decision record in plain English, in the order of the form.

use super::{Decided, Decider, DecisionRecord, DecisionRequest, OfficerRole};

impl DecisionRecord {
    /// The request and the decision, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.request.lines();
        lines.extend(self.decision_lines());
        lines
    }

    /// The decision alone.
    pub fn decision_lines(&self) -> Vec<String> {
        let mut lines = vec![format!("Decision {}, {}", self.n, self.at)];
        lines.extend(self.decided.iter().map(Decided::line));
        if self.decided.is_empty() {
            lines.push("  Nothing was released with it".to_owned());
        }
        for reason in &self.reasons {
            let clauses: Vec<&str> = reason
                .clauses
                .iter()
                .map(stile_model::id::ClauseId::as_str)
                .collect();
            let under = if clauses.is_empty() {
                String::new()
            } else {
                format!("; agreement, clause {}", clauses.join(", "))
            };
            lines.push(format!(
                "  Reason: rule {}: {}{under}",
                reason.rule, reason.why
            ));
        }
        match &self.by {
            Decider::Person { by, why } => {
                let who: Vec<String> = by.iter().map(officer).collect();
                lines.push(format!("  Reason given: {}", why.reveal()));
                lines.push(format!("  Decided by: {}", who.join("; ")));
            }
            Decider::Policy(digest) => {
                lines.push(format!("  Decided by: the agency's policy {digest}"));
            }
            Decider::Time => {
                lines.push(
                    "  Decided by: nobody in time; the rules without approval stand".to_owned(),
                );
            }
        }
        lines
    }
}

impl DecisionRequest {
    /// The request, a line each.
    pub fn lines(&self) -> Vec<String> {
        let about: Vec<String> = self
            .about
            .iter()
            .map(|one| format!("{} ({})", one.subject, one.role))
            .collect();
        let mut lines = vec![
            format!("Enquiry: {}, case {}", self.enquiry, self.case),
            format!(
                "Organisation that asks: {} ({})",
                self.organisation, self.member
            ),
            format!("Requested by: {}", officer(&self.requester)),
        ];
        if let Some(authoriser) = &self.authoriser {
            lines.push(format!("Authorised by: {}", officer(authoriser)));
        }
        lines.push(format!("Requested on: {}", self.requested));
        lines.push(format!("Data held by: {}", self.held_by));
        for holding in &self.data {
            lines.push(format!(
                "Data requested: {}; necessary because: {}",
                holding.title,
                holding.necessity.reveal()
            ));
        }
        lines.push(format!("About: {}", about.join(", ")));
        lines.push(format!("Looking back: {} months", self.look_back_months));
        lines.push(format!("Purpose: {}", self.purpose_name));
        lines.push(format!("Lawful basis: {}", self.lawful_basis));
        lines.push(format!("Legal power: {}", self.legal_power.join("; ")));
        lines.push(format!(
            "Condition for special-category or sensitive data: {}",
            self.condition
        ));
        lines.push(match (&self.competent_authority, self.part_3) {
            (Some(ground), true) => {
                format!("Law-enforcement processing (DPA 2018 Part 3): yes; {ground}")
            }
            (None, true) => "Law-enforcement processing (DPA 2018 Part 3): yes".to_owned(),
            (_, false) => "Law-enforcement processing (DPA 2018 Part 3): no".to_owned(),
        });
        lines.push(match &self.without_consent {
            Some(reason) => format!("Consent: {}; {reason}", self.consent),
            None => format!("Consent: {}", self.consent),
        });
        lines.push(format!("Kept: {}", self.retention));
        lines.push(format!("Agreement: {}", self.agreement));
        if !self.to_confirm.is_empty() {
            lines.push(format!(
                "For counsel to confirm: {}",
                self.to_confirm.join(", ")
            ));
        }
        lines
    }
}

impl Decided {
    fn line(&self) -> String {
        let mut parts = vec![format!("{}", self.status)];
        if self.records > 0 {
            let rules: Vec<&str> = self
                .rules
                .iter()
                .map(stile_model::id::RuleId::as_str)
                .collect();
            parts.push(format!(
                "{} records under {}",
                self.records,
                rules.join(", ")
            ));
        }
        for withheld in &self.withheld {
            parts.push(format!("{} withheld: {}", withheld.field, withheld.code));
        }
        if !self.referred_to.is_empty() {
            let roles: Vec<&str> = self
                .referred_to
                .iter()
                .map(stile_model::id::Code::as_str)
                .collect();
            parts.push(format!("referred to {}", roles.join(", ")));
        }
        format!(
            "  {} of {}: {}",
            self.category,
            self.subject,
            parts.join("; ")
        )
    }
}

fn officer(officer: &OfficerRole) -> String {
    format!("{} ({})", officer.user, officer.position)
}
