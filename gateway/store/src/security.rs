//! What of the ledger is told at once to whoever watches a gateway for misuse.
//!
//! An entry is told once it is durable, whoever recorded it and whether or not they still wait for it.
//! Only its leaf is read: kind, counterpart, coded reason, counts and pseudonym, never the sealed body,
//! a case or a person.

use stile_ledger::{Entry, EntryKind};
use stile_model::id::Code;

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

/// The kinds of entry that are told, and how much each matters. Of [`EntryKind::Failed`] and
/// [`EntryKind::Reconciliation`] only some entries are.
pub const TOLD: [(EntryKind, Severity); 24] = [
    (EntryKind::AccessToLog, Severity::Info),
    (EntryKind::AccountChange, Severity::Info),
    (EntryKind::Archive, Severity::Info),
    (EntryKind::BreakGlass, Severity::Alert),
    (EntryKind::BreakGlassReview, Severity::Info),
    (EntryKind::DirectoryChange, Severity::Info),
    (EntryKind::Enrolment, Severity::Info),
    (EntryKind::Erasure, Severity::Warning),
    (EntryKind::ErasureProposed, Severity::Info),
    (EntryKind::Failed, Severity::Alert),
    (EntryKind::Halt, Severity::Alert),
    (EntryKind::Hold, Severity::Info),
    (EntryKind::HoldReleased, Severity::Info),
    (EntryKind::KeyEpoch, Severity::Info),
    (EntryKind::MatchingChange, Severity::Info),
    (EntryKind::PolicyChange, Severity::Warning),
    (EntryKind::PolicyDecision, Severity::Info),
    (EntryKind::PolicyFailed, Severity::Alert),
    (EntryKind::PolicyProposed, Severity::Info),
    (EntryKind::Reconciliation, Severity::Alert),
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
        let Some(severity) = severity(pending.entry.kind) else {
            continue;
        };
        if !passes(&pending.entry) {
            tell_one(&pending.entry, index, severity);
        }
    }
}

/// Whether an entry is of a kind that is told, and of what passes by itself: a copy that a system did
/// not take, which names no member as an answer that is not believed does; and a comparison that agrees,
/// could not be made, or found nothing else than questions that expired unanswered.
fn passes(entry: &Entry) -> bool {
    let why = entry.reason.as_ref().map(Code::as_str);
    let copy = entry.kind == EntryKind::Failed && entry.member.is_none();
    let compared = entry.kind == EntryKind::Reconciliation;
    let passing = match why {
        Some("agrees" | "unreachable") => true,
        Some("differs") => lacks_answers_alone(entry),
        _ => false,
    };
    copy || (compared && passing)
}

/// Whether every difference is a question that nobody answered: nothing left an agency for it.
fn lacks_answers_alone(entry: &Entry) -> bool {
    let count = |word: &str| {
        let mut counts = entry.counts.iter();
        counts.find_map(|(code, many)| (code.as_str() == word).then_some(*many))
    };
    count("unanswered").is_some_and(|many| many > 0 && count("differing") == Some(many))
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

    use stile_model::id::MemberId;

    use super::*;

    #[test]
    fn each_kind_is_told_once_in_the_order_of_kinds() {
        let kinds: Vec<_> = TOLD.iter().map(|(kind, _)| kind.word()).collect();
        let sorted: BTreeSet<_> = kinds.iter().copied().collect();

        assert_eq!(kinds, sorted.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn answers_not_believed_and_differences_are_alerts_and_what_passes_by_itself_is_none() {
        let police = Some("north-police");
        for (kind, member, why, is_told) in [
            (EntryKind::Failed, police, "answer_unsigned", true),
            (EntryKind::Failed, police, "ledger_inconsistent", true),
            (EntryKind::Failed, None, "unreachable", false),
            (EntryKind::Failed, None, "folder_full", false),
            (EntryKind::Reconciliation, police, "differs", true),
            (
                EntryKind::Reconciliation,
                police,
                "ledger_rolled_back",
                true,
            ),
            (EntryKind::Reconciliation, police, "agrees", false),
            (EntryKind::Reconciliation, police, "unreachable", false),
            (EntryKind::WitnessAlarm, police, "forked", true),
        ] {
            let entry = Entry {
                member: member.map(|member| MemberId::new(member).unwrap()),
                reason: Some(Code::new(why).unwrap()),
                ..Entry::new(kind, "2026-03-11T10:14:00Z".parse().unwrap())
            };

            assert_eq!(severity(kind), Some(Severity::Alert), "{kind}");
            assert_eq!(!passes(&entry), is_told, "{kind}, {why}");
        }
    }

    #[test]
    fn differences_that_are_all_unanswered_questions_are_not_told() {
        for (counts, is_told) in [
            (vec![("differing", 2), ("unanswered", 2)], false),
            (
                vec![("differing", 2), ("not_received", 1), ("unanswered", 1)],
                true,
            ),
            (vec![("differing", 0), ("unanswered", 0)], true),
            (vec![("unanswered", 2)], true),
            (vec![], true),
        ] {
            let code = |word| Code::new(word).unwrap();
            let at = "2026-03-11T10:14:00Z".parse().unwrap();
            let counts = counts.into_iter();
            let entry = Entry {
                reason: Some(code("differs")),
                counts: counts.map(|(word, many)| (code(word), many)).collect(),
                ..Entry::new(EntryKind::Reconciliation, at)
            };

            assert_eq!(!passes(&entry), is_told, "{:?}", entry.counts);
        }
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
