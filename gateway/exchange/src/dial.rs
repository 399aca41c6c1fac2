//! Dial-out: an agency that nothing may connect to dials its hubs, and answers them over the
//! connections it made.
//!
//! ```text
//! agency ──TCP, mutual TLS 1.3, ALPN `stile-dial/1`──► hub, where it listens for members
//! agency ◄──HTTP/2: the hub calls, the agency serves─── the routes of the agency's own listener
//! ```
//!
//! Only who connects is turned round. The same certificates, the same checks on every request and the
//! same admission stand behind it; a hub takes such a connection only from an agency of which the
//! directory says that it dials out, and calls it over no other.
//!
//! Both ends send PING, so that a peer that is silently gone is noticed and no firewall on the way
//! forgets the connection; connections are renewed in turn, so that certificates are looked at again
//! and none grows old.
//!
//! **Source:** RFC 9113 (HTTP/2; §6.7 PING, §6.8 GOAWAY), RFC 7301 (ALPN).

mod line;
mod lines;
mod out;
mod pause;
mod standing;
mod stream;

pub use line::Lane;
pub(crate) use line::Lease;
pub use lines::{LineSettings, LineStanding, Lines};
pub use out::{DialOut, DialSettings};
pub(crate) use pause::Pause;
pub(crate) use standing::Standings;
pub use standing::{DialFault, Dialled};

use std::time::Duration;

use crate::error::{ExchangeError, refuse};

/// What a connection is for whose roles are turned round: its own protocol, so that neither end can
/// take it for a usual one.
pub const ALPN: &[u8] = b"stile-dial/1";

/// Longest that either end waits for the other while a connection is made.
const MAKING: Duration = Duration::from_secs(10);

/// How often a live connection is looked at: does its certificate still count, is it still listed?
const RECHECK: Duration = Duration::from_secs(2);

/// A member that dials out cannot be called where nothing takes what it dials.
pub(crate) fn not_dialled() -> ExchangeError {
    refuse(
        "unreachable",
        502,
        "the agency dials its hubs, and this gateway takes no such connections",
    )
}
