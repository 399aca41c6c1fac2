//! What a pack tells people: a plain-English page and the file that says how to check it.

mod details;
mod page;

use stile_ledger::pack::{Exhibit, Opened};
use stile_ledger::{EntryKind, Leaf};
use stile_model::id::Code;
use stile_model::time::Timestamp;

use crate::gateway::Gateway;
use details::details;
use page::text;

pub(super) use page::{page, readme};

/// One entry in words, each already escaped for a page.
pub(super) struct Told {
    index: u64,
    time: Timestamp,
    title: &'static str,
    lines: Vec<String>,
}

/// Every entry in words.
pub(super) fn told(books: &Gateway, leaves: &[(u64, Leaf)], exhibits: &[Exhibit]) -> Vec<Told> {
    leaves
        .iter()
        .zip(exhibits)
        .map(|((index, leaf), exhibit)| Told {
            index: *index,
            time: leaf.entry.time,
            title: title(leaf.entry.kind),
            lines: lines(books, leaf, &exhibit.body),
        })
        .collect()
}

fn lines(books: &Gateway, leaf: &Leaf, body: &Opened) -> Vec<String> {
    let entry = &leaf.entry;
    let mut lines = Vec::new();
    if let Some(member) = &entry.member {
        lines.push(format!("Other side: {}", text(&books.name_of(member))));
    }
    if !entry.recipients.is_empty() {
        let names: Vec<_> = entry
            .recipients
            .iter()
            .map(|one| text(&books.name_of(one)))
            .collect();
        lines.push(format!("Recipients: {}", names.join(", ")));
    }
    if let Some(purpose) = &entry.purpose {
        lines.push(format!("Purpose: {}", purpose_in_words(books, purpose)));
    }
    if !entry.rules.is_empty() {
        let rules: Vec<_> = entry.rules.iter().map(ToString::to_string).collect();
        lines.push(format!("Released under rules: {}", rules.join(", ")));
    }
    if let Some(reason) = &entry.reason {
        lines.push(format!("Reason: {reason}"));
    }
    if !entry.counts.is_empty() {
        let counts: Vec<_> = entry
            .counts
            .iter()
            .map(|(code, n)| format!("{code} {n}"))
            .collect();
        lines.push(format!("Counts: {}", counts.join(", ")));
    }
    if let Some(index) = entry.concerns {
        lines.push(format!("About entry {index}"));
    }
    match body {
        Opened::Erased => lines.push(
            "The details were destroyed at the end of their time; the entry still proves."
                .to_owned(),
        ),
        Opened::LeftOut => lines.push("The details are left out of this pack.".to_owned()),
        Opened::Shown { body, .. } => lines.extend(details(books, entry.kind, body)),
    }
    lines
}

fn purpose_in_words(books: &Gateway, code: &Code) -> String {
    let purpose = books.vocabulary().purpose(code);
    purpose.map_or_else(
        || code.to_string(),
        |purpose| {
            let law = purpose.legal_gateway.join("; ");
            format!("{} ({})", text(&purpose.name), text(&law))
        },
    )
}

const fn title(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::AccessToLog => "The record was read",
        EntryKind::AccountChange => "An account for signing in was changed",
        EntryKind::Approval => "A named person decided on a release",
        EntryKind::Archive => "Older parts of the record were moved to the archive",
        EntryKind::BreakGlass => "Somebody stood in for a role that nobody could reach",
        EntryKind::BreakGlassReview => "It was judged whether standing in was right",
        EntryKind::CaseChanged => {
            "Who works on the case, how urgent it is, or what is known of consent, changed"
        }
        EntryKind::CaseOpened => "The case was opened",
        EntryKind::Combination => "Answers of several agencies were put together",
        EntryKind::Consultation => "The product, or what waited for a decision, was read",
        EntryKind::ContactTaken => "What somebody who is worried said was taken down",
        EntryKind::Correction => "Something earlier was corrected",
        EntryKind::Decision => "The case was decided",
        EntryKind::Deferral => {
            "A disclosure is left out of its subject's letter for a time, or back in"
        }
        EntryKind::Delivered => "An answer arrived, or a copy",
        EntryKind::DirectoryChange => "The list of members changed",
        EntryKind::DocumentIssued => "A numbered copy of a product was made for somebody",
        EntryKind::EnquirySent => "An enquiry was sent",
        EntryKind::Enrolment => "A certificate for a gateway was asked for, or decided on",
        EntryKind::Erasure => "The details of the case were destroyed",
        EntryKind::ErasureProposed => "Destroying the details was proposed",
        EntryKind::Escalation => "Help was asked for before a deadline is missed",
        EntryKind::Failed => {
            "An answer did not arrive, or was not believed; or a copy did not arrive"
        }
        EntryKind::Feedback => "Whoever referred was told what became of it",
        EntryKind::Halt => "Releases were stopped",
        EntryKind::Hold => "The case was put on hold, so that it is not destroyed",
        EntryKind::HoldReleased => "The hold on the case ended",
        EntryKind::KeyEpoch => "Keys were renewed",
        EntryKind::Lapse => "Nobody decided in time",
        EntryKind::MatchDecision => "A person decided whether a record is about a subject",
        EntryKind::MatchingChange => "The rates of matching changed",
        EntryKind::Outcome => "What became of the case was recorded",
        EntryKind::Permit => "An answer was released",
        EntryKind::PolicyChange => "The rules changed",
        EntryKind::PolicyDecision => "An officer decided on a change of the rules",
        EntryKind::PolicyFailed => "Approved rules did not come into force",
        EntryKind::PolicyProposed => "A change of the rules was proposed",
        EntryKind::Presence => "It was worked out whether a person is known",
        EntryKind::Reconciliation => "Two gateways compared their records",
        EntryKind::Refusal => "An enquiry was refused",
        EntryKind::Resume => "Releases were allowed again",
        EntryKind::ReturnReceived => "An answer was received",
        EntryKind::SealedAlert => "A named person saw that a sealed record was asked about",
        EntryKind::SourceCheck => "A source system was checked",
        EntryKind::Start => "The gateway started",
        EntryKind::VerbalDisclosure => "Something was told by word of mouth",
        EntryKind::WitnessAlarm => "Another member's record was found changed",
    }
}
