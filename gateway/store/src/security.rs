//! What of the ledger is told at once to whoever watches a gateway for misuse.
//!
//! An entry is told once it is durable, whoever recorded it and whether or not they still wait for it.
//! Only its leaf is read: kind, counterpart, coded reason, counts and pseudonym, never the sealed body,
//! a case or a person.

use stile_ledger::{Entry, EntryKind};

use crate::batch::PendingEntry;

/// The target of the log's lines that are security events.
pub const SECURITY: &str = "stile::security";

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to have, when something else is looked into.
    Info,
    /// Somebody should look at it within the day.
    Warning,
    /// Somebody should look at it now.
    Alert,
}

impl Severity {
    /// The word, as events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Alert => "alert",
        }
    }
}

/// The kinds of entry that are told, and how much each matters.
pub const TOLD: [(EntryKind, Severity); 22] = [
    (EntryKind::AccessToLog, Severity::Info),
    (EntryKind::AccountChange, Severity::Info),
    (EntryKind::Archive, Severity::Info),
    (EntryKind::BreakGlass, Severity::Alert),
    (EntryKind::BreakGlassReview, Severity::Info),
    (EntryKind::DirectoryChange, Severity::Info),
    (EntryKind::Enrolment, Severity::Info),
    (EntryKind::Erasure, Severity::Warning),
    (EntryKind::ErasureProposed, Severity::Info),
    (EntryKind::Halt, Severity::Alert),
    (EntryKind::Hold, Severity::Info),
    (EntryKind::HoldReleased, Severity::Info),
    (EntryKind::KeyEpoch, Severity::Info),
    (EntryKind::MatchingChange, Severity::Info),
    (EntryKind::PolicyChange, Severity::Warning),
    (EntryKind::PolicyDecision, Severity::Info),
    (EntryKind::PolicyFailed, Severity::Alert),
    (EntryKind::PolicyProposed, Severity::Info),
    (EntryKind::Refusal, Severity::Warning),
    (EntryKind::Resume, Severity::Alert),
    (EntryKind::Start, Severity::Info),
    (EntryKind::WitnessAlarm, Severity::Alert),
];

/// Whether entries of a kind are told, and how much they matter.
pub fn severity(kind: EntryKind) -> Option<Severity> {
    let told = TOLD.iter().find(|(told, _)| *told == kind);
    told.map(|(_, severity)| *severity)
}

/// Tells what is to be told of entries that are durable, the first of which has this index.
pub(crate) fn tell(entries: &[PendingEntry], first: u64) {
    for (index, pending) in (first..).zip(entries) {
        if let Some(severity) = severity(pending.entry.kind) {
            tell_one(&pending.entry, index, severity);
        }
    }
}

fn tell_one(entry: &Entry, index: u64, severity: Severity) {
    let counts = entry
        .counts
        .iter()
        .map(|(code, many)| format!("{code}={many}"))
        .collect::<Vec<_>>();
    tracing::info!(
        target: SECURITY,
        event = entry.kind.word(),
        severity = severity.as_str(),
        entry = index,
        code = entry.reason.as_ref().map(ToString::to_string),
        peer = entry.member.as_ref().map(ToString::to_string),
        actor = entry.actor.map(|actor| actor.to_string()),
        digest = entry.digest.map(|digest| digest.to_string()),
        counts = (!counts.is_empty()).then(|| counts.join(" ")),
    );
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_kind_is_told_once_in_the_order_of_kinds() {
        let kinds: Vec<_> = TOLD.iter().map(|(kind, _)| kind.word()).collect();
        let sorted: BTreeSet<_> = kinds.iter().copied().collect();

        assert_eq!(kinds, sorted.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn what_is_said_of_people_is_not_told() {
        for kind in [
            EntryKind::Permit,
            EntryKind::CaseOpened,
            EntryKind::Presence,
            EntryKind::SealedAlert,
            EntryKind::MatchDecision,
        ] {
            assert_eq!(severity(kind), None, "{kind}");
        }
    }
}
