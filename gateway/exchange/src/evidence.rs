//! What every entry says alike, on both sides: case, purpose, legal gateway, whom it is about.

use std::collections::BTreeMap;

use stile_ledger::{Entry, EntryKind, Pseudonym};
use stile_model::enquiry::Enquiry;
use stile_model::id::{CaseId, Code, UserId};
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_store::PendingEntry;

use crate::subjects;

/// Who writes entries: one gateway's words and its key for pseudonyms.
#[derive(Clone, Copy)]
pub(crate) struct Scribe<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) pseudonym_key: &'a [u8; 32],
}

impl Scribe<'_> {
    /// An entry about an enquiry: its case, its purpose and, coded, the purpose's legal gateway.
    ///
    /// Words that are not of the vocabulary are left out: an enquiry that was not admitted may hold
    /// anything.
    pub(crate) fn of_enquiry(self, kind: EntryKind, enquiry: &Enquiry, now: Timestamp) -> Entry {
        let known = |code: &&Code| Vocabulary::has(&self.vocabulary.overrides, code);
        Entry {
            reason: enquiry
                .consent
                .override_reason
                .as_ref()
                .filter(known)
                .cloned(),
            ..self.of_case(kind, &enquiry.case, &enquiry.purpose, now)
        }
    }

    /// The keyed pseudonym of a user.
    pub(crate) fn pseudonym(self, user: &UserId) -> Pseudonym {
        Pseudonym::of(self.pseudonym_key, user)
    }

    /// An entry about a case.
    pub(crate) fn of_case(
        self,
        kind: EntryKind,
        case: &CaseId,
        purpose: &Code,
        now: Timestamp,
    ) -> Entry {
        Entry {
            case: Some(Pseudonym::of_case(self.pseudonym_key, case)),
            ..self.of_purpose(kind, purpose, now)
        }
    }

    /// An entry of a purpose.
    pub(crate) fn of_purpose(self, kind: EntryKind, purpose: &Code, now: Timestamp) -> Entry {
        let known = self.vocabulary.purpose(purpose);
        Entry {
            purpose: known.map(|purpose| purpose.code.clone()),
            gateway: known.and_then(stile_model::vocabulary::Purpose::gateway_code),
            ..Entry::new(kind, now)
        }
    }
}

/// The entry with its sealed body, found again by each person the enquiry is about.
pub(crate) fn pending(entry: Entry, body: Vec<u8>, enquiry: &Enquiry) -> PendingEntry {
    PendingEntry {
        entry,
        body,
        case: Some(enquiry.case.clone()),
        subjects: subjects::keys_of_all(&enquiry.subjects),
    }
}

/// The code of a peer's refusal, if it is one that an agency of this version gives; otherwise
/// `unexplained`. A peer's own words never come into a leaf.
pub(crate) fn refusal_reason(code: &str) -> Option<Code> {
    let known = PEER_REFUSALS.contains(&code);
    reason(if known { code } else { "unexplained" })
}

/// Codes with which an agency refuses an enquiry; each is in `docs/reference/problems.md`.
pub const PEER_REFUSALS: [&str; 37] = [
    "agreement_expired",
    "agreement_not_started",
    "archived",
    "budget_exhausted",
    "busy",
    "consent_missing",
    "consent_refused",
    "decision_record_incomplete",
    "enquiry_id_reused",
    "enquiry_too_large",
    "expired",
    "from_the_future",
    "ledger_halted",
    "malformed",
    "misaddressed",
    "necessity_missing",
    "no_agreement",
    "not_a_hub",
    "not_from_sender",
    "other_partnership",
    "out_of_bounds",
    "presence_budget",
    "presence_elements",
    "presence_epoch",
    "presence_not_offered",
    "presence_recipe",
    "presence_unavailable",
    "purpose_not_open",
    "revoked",
    "self_authorised",
    "signature_invalid",
    "stale",
    "unexplained",
    "unknown_category",
    "unknown_word",
    "untrusted",
    "version_unknown",
];

/// Why an entry, or what it disclosed, is put right.
pub const CORRECTIONS: [&str; 6] = [
    "incomplete",
    "out_of_date",
    "recorded_in_error",
    "should_not_have_been_shared",
    "wrong_fact",
    "wrong_person",
];

/// On what ground something was told by word of mouth instead of through a gateway.
pub const VERBAL_GROUNDS: [&str; 5] = [
    "gateway_unavailable",
    "immediate_danger",
    "professional_discussion",
    "strategy_meeting",
    "urgent_enquiry",
];

/// A coded reason; none for a word that is no code.
pub(crate) fn reason(word: &str) -> Option<Code> {
    Code::new(word).ok()
}

/// Counts by code; what cannot be a code or does not fit is left out.
pub(crate) fn counts(all: &[(&str, usize)]) -> BTreeMap<Code, u32> {
    all.iter()
        .filter_map(|(name, count)| Some((Code::new(*name).ok()?, u32::try_from(*count).ok()?)))
        .collect()
}
