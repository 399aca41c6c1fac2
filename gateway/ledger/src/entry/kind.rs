//! What an entry can be about, and which of the operations of DPA 2018 s.62(1) it evidences.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An operation that DPA 2018 s.62(1) requires to be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// s.62(1)(b).
    Alteration,
    /// s.62(1)(a).
    Collection,
    /// s.62(1)(e).
    Combination,
    /// s.62(1)(c).
    Consultation,
    /// s.62(1)(d), transfers included.
    Disclosure,
    /// s.62(1)(f).
    Erasure,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 6] = [
        Self::Alteration,
        Self::Collection,
        Self::Combination,
        Self::Consultation,
        Self::Disclosure,
        Self::Erasure,
    ];

    /// Its word: `disclosure`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alteration => "alteration",
            Self::Collection => "collection",
            Self::Combination => "combination",
            Self::Consultation => "consultation",
            Self::Disclosure => "disclosure",
            Self::Erasure => "erasure",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

// One table rather than four lists of the same kinds that must be kept alike.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $word:literal, $operation:expr;)+) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EntryKind {
            $($(#[doc = $doc])+ #[serde(rename = $word)] $kind,)+
        }

        impl EntryKind {
            /// Every kind, in alphabetical order.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$kind),+];

            /// Its word, as a leaf writes it: `return_received`.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)+
                }
            }

            /// The operation of DPA 2018 s.62(1) that it evidences, if it is one.
            pub const fn operation(self) -> Option<Operation> {
                match self {
                    $(Self::$kind => $operation,)+
                }
            }
        }
    };
}

kinds! {
    /// Somebody read the ledger or an opened body.
    AccessToLog = "access_to_log", Some(Operation::Consultation);
    /// An account with which somebody signs in to the pages was made, changed or closed.
    AccountChange = "account_change", None;
    /// A named person decided something that policy had referred.
    Approval = "approval", None;
    /// Segments of the journal were moved to the archive.
    Archive = "archive", None;
    /// Somebody stood in, in an emergency, for a role that nobody could reach.
    BreakGlass = "break_glass", None;
    /// Somebody else judged whether that was right.
    BreakGlassReview = "break_glass_review", None;
    /// Who works on a case, or how urgent it is, changed.
    CaseChanged = "case_changed", Some(Operation::Alteration);
    /// The hub took down a case and the people it is about.
    CaseOpened = "case_opened", Some(Operation::Collection);
    /// Returns of several agencies were first put together, or again after one of them changed.
    Combination = "combination", Some(Operation::Combination);
    /// Somebody read a product, or a case.
    Consultation = "consultation", Some(Operation::Consultation);
    /// The hub took down what somebody who is worried said.
    ContactTaken = "contact_taken", Some(Operation::Collection);
    /// An earlier entry, or what it disclosed, was marked as wrong and put right.
    Correction = "correction", Some(Operation::Alteration);
    /// The hub's decision maker decided on a case.
    Decision = "decision", None;
    /// A disclosure was left out, for a time, of what its subject is told, or put back.
    Deferral = "deferral", None;
    /// A return reached the hub, or a copy the system that it was for.
    Delivered = "delivered", None;
    /// The signed list of members changed.
    DirectoryChange = "directory_change", None;
    /// A numbered copy of a product was made for somebody, recorded before it is given out.
    DocumentIssued = "document_issued", Some(Operation::Disclosure);
    /// The hub sent an enquiry: the agency learns who is asked about.
    EnquirySent = "enquiry_sent", Some(Operation::Disclosure);
    /// A gateway was invited to ask for a certificate, asked, got one, or was refused.
    Enrolment = "enrolment", None;
    /// A case's key was destroyed.
    Erasure = "erasure", Some(Operation::Erasure);
    /// Somebody proposed to destroy a case's key.
    ErasureProposed = "erasure_proposed", None;
    /// Somebody was asked to help before a deadline of a case is missed.
    Escalation = "escalation", None;
    /// A return did not reach the hub, or was not believed; or a copy was given up.
    Failed = "failed", None;
    /// Whoever referred was told what became of it.
    Feedback = "feedback", Some(Operation::Disclosure);
    /// Releases were stopped.
    Halt = "halt", None;
    /// A case was put on hold: it is not erased.
    Hold = "hold", None;
    /// A case was released from a hold.
    HoldReleased = "hold_released", None;
    /// Keys were wrapped again under a new epoch key.
    KeyEpoch = "key_epoch", None;
    /// Nobody decided in time.
    Lapse = "lapse", None;
    /// A person decided whether a record is about a subject.
    MatchDecision = "match_decision", None;
    /// Other rates of matching came into force.
    MatchingChange = "matching_change", None;
    /// The hub said what became of a case.
    Outcome = "outcome", None;
    /// Leave to disclose a return, recorded before it goes out.
    Permit = "permit", Some(Operation::Disclosure);
    /// A policy came into force.
    PolicyChange = "policy_change", None;
    /// An officer approved or rejected a proposed policy.
    PolicyDecision = "policy_decision", None;
    /// An approved policy did not come into force; what was in force stays so.
    PolicyFailed = "policy_failed", None;
    /// An officer proposed a policy.
    PolicyProposed = "policy_proposed", None;
    /// It was worked out whether a person is known, without saying more.
    Presence = "presence", Some(Operation::Consultation);
    /// Two gateways compared what each had recorded.
    Reconciliation = "reconciliation", None;
    /// An enquiry was not admitted.
    Refusal = "refusal", None;
    /// Releases were allowed again.
    Resume = "resume", None;
    /// The hub received a return.
    ReturnReceived = "return_received", Some(Operation::Collection);
    /// The named person has seen that a sealed record was asked about.
    SealedAlert = "sealed_alert", None;
    /// A source system was checked.
    SourceCheck = "source_check", None;
    /// The gateway started.
    Start = "start", None;
    /// Somebody told somebody something by word of mouth.
    VerbalDisclosure = "verbal_disclosure", Some(Operation::Disclosure);
    /// Another member's ledger was found to have forked or gone back.
    WitnessAlarm = "witness_alarm", None;
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
