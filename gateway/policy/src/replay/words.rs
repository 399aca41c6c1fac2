//! A replay in plain English.

use std::fmt;

use stile_model::code::{Existence, Rung};
use stile_model::id::Code;
use stile_model::vocabulary::Recency;

use crate::analyse::Effect;

use super::{ChangedEnquiry, ChangedField, Replay, Said};

impl Replay {
    /// What it found, a line each: the count first, then the enquiries listed.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.head()];
        lines.extend(self.changed.iter().flat_map(ChangedEnquiry::lines));
        let listed = u64::try_from(self.changed.len()).unwrap_or(u64::MAX);
        let left = self.different().saturating_sub(listed);
        if left > 0 {
            lines.push(format!("and {left} more that are not listed"));
        }
        lines
    }

    fn head(&self) -> String {
        let (different, all) = (self.different(), self.enquiries);
        if all == 0 {
            return "There is no past enquiry to replay.".to_owned();
        }
        let past = if all == 1 { "enquiry" } else { "enquiries" };
        if different == 0 {
            return format!("None of {all} past {past} would be answered differently.");
        }
        let parts: Vec<String> = [
            (self.more, "more would be disclosed"),
            (self.less, "less"),
            (self.both, "more of some things and less of others"),
            (self.same, "only the reason told"),
        ]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("in {count} {what}"))
        .collect();
        format!(
            "{different} of {all} past {past} would be answered differently: {}.",
            parts.join(", ")
        )
    }
}

impl ChangedEnquiry {
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} of {}: {}",
            self.enquiry,
            self.ruled.date(),
            match self.effect {
                Effect::Same => "only the reason told",
                effect => effect.in_words(),
            }
        )];
        lines.extend(self.fields.iter().map(|field| format!("  {field}")));
        lines.extend(self.existence.iter().map(|one| match one.to {
            Existence::Closed => format!(
                "  {}: that nothing is held would not be said any more",
                one.category
            ),
            Existence::Open => format!("  {}: that nothing is held would be said", one.category),
        }));
        lines
    }
}

impl fmt::Display for ChangedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ages: Vec<&str> = self
            .recencies
            .iter()
            .filter(|band| **band != Recency::Unknown)
            .map(|band| band.as_str())
            .collect();
        write!(f, "{} of {}", self.field, self.subject)?;
        if !ages.is_empty() {
            write!(f, " ({})", ages.join(", "))?;
        }
        write!(f, ": {}, not {}", self.to, self.from)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sealed {
            return f.write_str("hidden");
        }
        let roles: Vec<&str> = self.approvers.iter().map(Code::as_str).collect();
        let roles = roles.join(if self.any_of { " or " } else { " and " });
        match (self.auto, self.approved > self.auto) {
            (Rung::Detail, _) => return write!(f, "{} at once", self.auto),
            (Rung::None, false) => f.write_str("withheld")?,
            (Rung::None, true) => write!(f, "{} if {roles} agree", self.approved)?,
            (auto, false) => write!(f, "{auto} at once")?,
            (auto, true) => write!(f, "{auto} at once, {} if {roles} agree", self.approved)?,
        }
        write!(f, " ({})", self.withhold)
    }
}
