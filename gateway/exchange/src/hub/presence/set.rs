//! Proving a set: it is kept only when its statement is signed by the agency, is for this hub, purpose
//! and versions, is in time, and fits the bytes that came with it.

use bytes::Bytes;
use stile_linkage::NORMALISER_VERSION;
use stile_linkage::presence::{RECIPE_VERSION, Set, Sets};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId};
use stile_model::presence::{PRESENCE_SET_TYP, PresenceSet, SET_STATEMENT_MAX_BYTES, SetPart};
use stile_trust::jws;
use tokio::task::spawn_blocking;

use super::super::Hub;
use super::VERSION;

/// How far an agency's clock may be before ours, in seconds.
const CLOCK_SKEW_S: i64 = 60;

/// A set that was proved.
#[derive(Debug)]
pub(super) struct HeldSet {
    pub(super) statement: PresenceSet,
    pub(super) sets: Sets,
    /// Digest of the statement: what the next look compares.
    pub(super) tag: Digest,
    pub(super) bytes: usize,
}

/// Why a set is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetFault {
    Malformed,
    Mismatch,
    Stale,
    TooLarge,
    Unsigned,
}

impl SetFault {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Malformed | Self::Mismatch | Self::Unsigned => "set_unproven",
            Self::Stale => "set_stale",
            Self::TooLarge => "set_too_large",
        }
    }
}

impl Hub {
    /// Nothing of a set is believed before all of this holds.
    pub(super) async fn prove_set(
        &self,
        key: &(MemberId, Code),
        epoch: u32,
        body: Bytes,
    ) -> Result<HeldSet, SetFault> {
        let (agency, purpose) = key;
        let (text, filters) = split(&body)?;
        let directory = self.directory.load();
        let member = directory.member(agency).ok_or(SetFault::Unsigned)?;
        let payload = jws::verify(
            text,
            PRESENCE_SET_TYP,
            &member.signing_key,
            SET_STATEMENT_MAX_BYTES,
        )
        .map_err(|_| SetFault::Unsigned)?;
        let statement: PresenceSet =
            serde_json::from_slice(&payload).map_err(|_| SetFault::Malformed)?;
        let fits = statement.version == VERSION
            && statement.agency == *agency
            && statement.hub == self.me
            && statement.purpose == *purpose
            && statement.epoch == epoch
            && statement.recipe == RECIPE_VERSION
            && statement.normaliser == NORMALISER_VERSION;
        if !fits {
            return Err(SetFault::Mismatch);
        }
        let now = self.clock.now();
        if statement.valid_until <= now || statement.built_at > now.plus_s(CLOCK_SKEW_S) {
            return Err(SetFault::Stale);
        }
        let beside = self.live.presence.bytes_beside(key);
        if beside.saturating_add(filters.len()) > self.settings.presence.sets_bytes {
            return Err(SetFault::TooLarge);
        }
        let filters = body.slice_ref(filters);
        let tag = Digest::of(&payload);
        // A set may be as long as all of them together: nothing else waits for its digest.
        let read = move || {
            Ok(HeldSet {
                tag,
                bytes: filters.len(),
                sets: read_sets(&statement, &filters)?,
                statement,
            })
        };
        spawn_blocking(read)
            .await
            .unwrap_or(Err(SetFault::Malformed))
    }
}

/// The statement and what follows it.
fn split(body: &[u8]) -> Result<(&str, &[u8]), SetFault> {
    let end = body
        .windows(2)
        .take(SET_STATEMENT_MAX_BYTES)
        .position(|pair| pair == b"\r\n")
        .ok_or(SetFault::Malformed)?;
    let (text, rest) = body.split_at_checked(end).ok_or(SetFault::Malformed)?;
    let text = std::str::from_utf8(text).map_err(|_| SetFault::Malformed)?;
    Ok((text, rest.get(2..).unwrap_or_default()))
}

fn read_sets(statement: &PresenceSet, filters: &[u8]) -> Result<Sets, SetFault> {
    let (strong, weak) = usize::try_from(statement.strong.bytes)
        .ok()
        .and_then(|length| filters.split_at_checked(length))
        .ok_or(SetFault::Mismatch)?;
    Ok(Sets {
        strong: read_set(&statement.strong, strong)?,
        weak: read_set(&statement.weak, weak)?,
    })
}

fn read_set(stated: &SetPart, bytes: &[u8]) -> Result<Set, SetFault> {
    if u64::try_from(bytes.len()) != Ok(stated.bytes) || Digest::of(bytes) != stated.sha256 {
        return Err(SetFault::Mismatch);
    }
    Set::from_bytes(bytes).map_err(|_| SetFault::Malformed)
}
