//! Quorum: which cosignatures make a head of ours good, by the partnership's signed directory.

use std::fmt::Write as _;
use std::time::Duration;

use stile_ledger::{LedgerError, Policy};
use stile_model::time::Timestamp;
use stile_trust::directory::Directory;

/// The partnership's policy: every member's ledger and witness key under the member's id, and the
/// directory's own `group` and `quorum` lines. A directory without any demands no cosignature.
///
/// # Errors
///
/// When a key or line is refused; says which line.
pub fn policy_of(directory: &Directory) -> Result<Policy, LedgerError> {
    let mut text = String::new();
    for member in &directory.members {
        let _ = writeln!(text, "log {}", member.ledger_key);
    }
    for member in &directory.members {
        if let Some(key) = &member.witness_key {
            let _ = writeln!(text, "witness {} {key}", member.id);
        }
    }
    let lines = directory.quorum.as_deref().unwrap_or("quorum none");
    text.push_str(lines.trim_end());
    text.push('\n');
    Policy::parse(&text)
}

/// How long there has been no quorum.
#[derive(Debug)]
pub(super) struct Standing {
    /// When a head last reached the quorum, or the gateway started.
    pub(super) last: Timestamp,
    /// Was the alarm raised since?
    alarmed: bool,
}

impl Standing {
    pub(super) const fn since(last: Timestamp) -> Self {
        Self {
            last,
            alarmed: false,
        }
    }

    /// Takes note of a round; says whether the alarm is to be raised now.
    pub(super) fn after_round(&mut self, reached: bool, now: Timestamp, limit: Duration) -> bool {
        if reached {
            *self = Self::since(now);
            return false;
        }
        let waited = now.since_millis(self.last);
        let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        if self.alarmed || waited < limit {
            return false;
        }
        self.alarmed = true;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_quorum_alarms_once_and_again_only_after_one_was_reached() {
        let at = |s: i64| Timestamp::from_millis(s * 1_000);
        let limit = Duration::from_mins(1);
        let mut standing = Standing::since(at(0));
        let rounds = [
            (59, false, false),
            (60, false, true),
            (61, false, false),
            (500, false, false),
            (501, true, false),
            (560, false, false),
            (561, false, true),
        ];

        for (s, reached, alarm) in rounds {
            assert_eq!(standing.after_round(reached, at(s), limit), alarm, "{s} s");
        }
    }
}
