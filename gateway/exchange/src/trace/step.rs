//! The steps that a span can be of.

use opentelemetry::trace::SpanKind;

/// A step; also the name of its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An agency: may this hub ask this?
    Admit,
    /// An agency: an enquiry, from its bytes to its return.
    Answer,
    /// An agency: a request of presence.
    AnswerPresence,
    /// A hub: an enquiry under way to one agency.
    Ask,
    /// A hub: a request of presence under way to one agency.
    AskPresence,
    /// An agency: who asks, and is it signed?
    Authenticate,
    /// A hub: which agencies know somebody?
    CheckPresence,
    /// An agency: what was ruled is read.
    Collect,
    /// An agency: who is meant?
    Find,
    /// An agency: waits for the next step of the time grid.
    Grid,
    /// An agency: values are reduced, texts screened.
    Minimise,
    /// An agency: waits for a place.
    Place,
    /// A hub: an enquiry is signed for each agency and recorded.
    Raise,
    /// A hub: a return is proved and recorded.
    Receive,
    /// An agency: the entry is in the ledger, durably.
    Record,
    /// An agency: the return is signed and gets its receipt.
    Release,
    /// An agency: policy.
    Rule,
    /// An agency: one source is asked who is meant.
    Source,
    /// An agency: a request of presence is worked out.
    WorkOut,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 19] = [
        Self::Admit,
        Self::Answer,
        Self::AnswerPresence,
        Self::Ask,
        Self::AskPresence,
        Self::Authenticate,
        Self::CheckPresence,
        Self::Collect,
        Self::Find,
        Self::Grid,
        Self::Minimise,
        Self::Place,
        Self::Raise,
        Self::Receive,
        Self::Record,
        Self::Release,
        Self::Rule,
        Self::Source,
        Self::WorkOut,
    ];

    /// The name of its span.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Answer => "answer",
            Self::AnswerPresence => "answer_presence",
            Self::Ask => "ask",
            Self::AskPresence => "ask_presence",
            Self::Authenticate => "authenticate",
            Self::CheckPresence => "check_presence",
            Self::Collect => "collect",
            Self::Find => "find",
            Self::Grid => "grid",
            Self::Minimise => "minimise",
            Self::Place => "place",
            Self::Raise => "raise",
            Self::Receive => "receive",
            Self::Record => "record",
            Self::Release => "release",
            Self::Rule => "rule",
            Self::Source => "source",
            Self::WorkOut => "work_out",
        }
    }

    /// Is another asked, or is another answered?
    pub(super) const fn kind(self) -> SpanKind {
        match self {
            Self::Answer | Self::AnswerPresence => SpanKind::Server,
            Self::Ask | Self::AskPresence | Self::Source => SpanKind::Client,
            Self::Admit
            | Self::Authenticate
            | Self::CheckPresence
            | Self::Collect
            | Self::Find
            | Self::Grid
            | Self::Minimise
            | Self::Place
            | Self::Raise
            | Self::Receive
            | Self::Record
            | Self::Release
            | Self::Rule
            | Self::WorkOut => SpanKind::Internal,
        }
    }
}
