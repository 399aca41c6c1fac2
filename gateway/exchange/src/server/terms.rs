//! What a listener takes, and how a connection is kept.

use std::time::Duration;

use super::Guard;
use super::bounds::Bounds;
use crate::dial::Lines;

/// Whom a listener takes, and what becomes of the connections.
pub(super) struct Door {
    /// With one, every connection must prove a peer that it lets live.
    pub(super) guard: Option<Guard>,
    /// Where connections go that an agency dialled.
    pub(super) lines: Option<Lines>,
    pub(super) terms: Terms,
}

/// How a connection is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(super) bounds: Bounds,
    pub(super) only_http2: bool,
    pub(super) ping: Duration,
    pub(super) ping_wait: Duration,
}

impl Terms {
    pub(super) const KNOWN: Self = Self {
        bounds: Bounds::KNOWN,
        only_http2: false,
        ping: Duration::from_secs(20),
        ping_wait: Duration::from_secs(10),
    };
    pub(super) const ANYBODY: Self = Self {
        bounds: Bounds::ANYBODY,
        ..Self::KNOWN
    };

    /// For a connection that this gateway dialled.
    pub(crate) const fn dialled(ping: Duration, ping_wait: Duration) -> Self {
        Self {
            // The other end asks when there is something to ask.
            bounds: Bounds {
                first: None,
                ..Bounds::KNOWN
            },
            only_http2: true,
            ping,
            ping_wait,
        }
    }
}
