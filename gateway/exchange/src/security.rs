//! What is told to whoever watches a gateway for misuse, and is not in its ledger.
//!
//! What is in the ledger is told by the store, once it is durable: [`TOLD`]. No event holds a name, a
//! case, or anything that somebody typed.

use std::net::IpAddr;

use stile_model::id::MemberId;
pub use stile_store::security::{SECURITY, Severity, TOLD};

/// Events that are not of the ledger.
pub const HAPPENED: [Happened; 3] = [
    Happened::PeerRefused,
    Happened::SignInFailed,
    Happened::TurnedAway,
];

/// An event that is not of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// A connection without a certificate that counts, or too many of them.
    PeerRefused,
    /// Somebody gave a wrong password or code, or showed an identity that is not known here.
    SignInFailed,
    /// The first enquiry of a hub, in an hour, that was told to come again.
    TurnedAway,
}

impl Happened {
    /// The word, as events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PeerRefused => "peer_refused",
            Self::SignInFailed => "sign_in_failed",
            Self::TurnedAway => "turned_away",
        }
    }

    /// How much it matters.
    pub const fn severity(self) -> Severity {
        match self {
            Self::PeerRefused | Self::SignInFailed | Self::TurnedAway => Severity::Warning,
        }
    }

    /// Tells it: why, by a code; who is at the other end, and where from, as far as known.
    pub fn tell(self, code: &str, peer: Option<&MemberId>, from: Option<IpAddr>) {
        tracing::info!(
            target: SECURITY,
            event = self.as_str(),
            severity = self.severity().as_str(),
            code,
            peer = peer.map(ToString::to_string),
            from = from.map(|from| from.to_string()),
        );
    }
}
