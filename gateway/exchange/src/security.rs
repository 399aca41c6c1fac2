//! What is told to whoever watches a gateway for misuse, and is not in its ledger.
//!
//! What is in the ledger is told by the store, once it is durable: [`TOLD`]. No event holds a name, a
//! case, or anything that somebody typed.
//!
//! Most of these are caused by people from outside, who may cause as many as they like: of each kind,
//! code, member and place the first of a minute is told, and then how many more there were.

mod lately;

use std::net::IpAddr;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use stile_model::id::MemberId;
pub use stile_store::security::{SECURITY, Severity, TOLD};
use tokio::sync::watch;

use self::lately::{Lately, Of};
use crate::account::Source;
use crate::server::stopped;

/// Events that are not of the ledger.
pub const HAPPENED: [Happened; 4] = [
    Happened::EventsLost,
    Happened::PeerRefused,
    Happened::SignInFailed,
    Happened::TurnedAway,
];

/// An event that is not of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happened {
    /// More events came than could be written to their file.
    EventsLost,
    /// A connection without a certificate that counts, or too many of them.
    PeerRefused,
    /// Somebody gave a wrong password or code, or showed an identity that is not known here.
    SignInFailed,
    /// The first enquiry of a hub, in an hour, that was told to come again.
    TurnedAway,
}

/// How often it is told how many there were.
const MINUTE: Duration = Duration::from_mins(1);

/// What this process told lately, of whichever gateway runs in it.
static TOLD_LATELY: LazyLock<Mutex<Lately>> =
    LazyLock::new(|| Mutex::new(Lately::new(Instant::now())));

impl Happened {
    /// The word, as events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventsLost => "events_lost",
            Self::PeerRefused => "peer_refused",
            Self::SignInFailed => "sign_in_failed",
            Self::TurnedAway => "turned_away",
        }
    }

    /// How much it matters.
    pub const fn severity(self) -> Severity {
        match self {
            Self::EventsLost | Self::PeerRefused | Self::SignInFailed | Self::TurnedAway => {
                Severity::Warning
            }
        }
    }

    /// Tells it: why, by a code; who is at the other end, and where from, as far as known. False when
    /// it is only counted, because the same was told in this minute.
    pub fn tell(self, code: &'static str, peer: Option<&MemberId>, from: Option<IpAddr>) -> bool {
        let of = Of {
            happened: self,
            code,
            peer: peer.cloned(),
            from: from.map(Source::of),
        };
        let (over, first) = {
            let mut lately = TOLD_LATELY.lock().unwrap_or_else(PoisonError::into_inner);
            (lately.over(MINUTE, Instant::now()), lately.is_first(of))
        };
        tell_counts(&over);
        if first {
            self.say(code, peer, from, None);
        }
        first
    }

    fn say(self, code: &str, peer: Option<&MemberId>, from: Option<IpAddr>, more: Option<u64>) {
        tracing::info!(
            target: SECURITY,
            event = self.as_str(),
            severity = self.severity().as_str(),
            code,
            peer = peer.map(ToString::to_string),
            from = from.map(|from| from.to_string()),
            counts = more.map(|more| format!("more={more}")),
        );
    }
}

/// Tells how many events were only counted, minute by minute, until `stop` turns true.
pub async fn keep_counting(mut stop: watch::Receiver<bool>) {
    let mut minutes = tokio::time::interval(MINUTE);
    loop {
        tokio::select! {
            () = stopped(&mut stop) => return,
            _ = minutes.tick() => tell_counted(MINUTE),
        }
    }
}

/// Tells how many events were only counted so far, whether or not their minute is over.
pub fn tell_rest() {
    tell_counted(Duration::ZERO);
}

fn tell_counted(after: Duration) {
    let over = {
        let mut lately = TOLD_LATELY.lock().unwrap_or_else(PoisonError::into_inner);
        lately.over(after, Instant::now())
    };
    tell_counts(&over);
}

fn tell_counts(over: &[(Of, u64)]) {
    for (of, more) in over {
        let from = of.from.map(Source::address);
        of.happened
            .say(of.code, of.peer.as_ref(), from, Some(*more));
    }
}
