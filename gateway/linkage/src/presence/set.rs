//! The set of tokens that an agency gives to a hub.
//!
//! ```text
//! "stile presence set 1\n" | seed u64 | segment length u32 | segments' length u32 | fingerprints u32 …
//! ```
//!
//! Little-endian. Padded with random members to a size class, so that its length tells only the
//! order of magnitude: powers of four to a million, powers of two beyond.

use std::fmt;

use stile_model::id::Code;
use xorf::{BinaryFuse32, Descriptor, Filter};

use super::secret::Token;
use super::stream::Stream;
use super::{PresenceError, Tier};

/// Most members of one set, padding included.
pub const MOST_MEMBERS: usize = 1 << 26;

/// A set of tokens that answers "is this one in it?" and lists nothing.
///
/// Some token that is not in it is found about once in 2^32.
pub struct Set(BinaryFuse32);

/// The two sets of one purpose.
#[derive(Debug)]
pub struct Sets {
    /// Who is known.
    pub strong: Set,
    /// Who is possibly known.
    pub weak: Set,
}

impl Sets {
    /// The set of one tier.
    pub const fn of(&self, tier: Tier) -> &Set {
        match tier {
            Tier::Strong => &self.strong,
            Tier::Weak => &self.weak,
        }
    }
}

impl Set {
    /// Builds a set of members (see [`Token::under`]), padded to its size class.
    ///
    /// `random` is 32 bytes from a secure source, used for this call and never again.
    ///
    /// # Errors
    ///
    /// [`PresenceError::Size`] for more than [`MOST_MEMBERS`].
    pub fn build(mut members: Vec<u64>, random: &[u8; 32]) -> Result<Self, PresenceError> {
        members.sort_unstable();
        members.dedup();
        let size = size_class(members.len())?;
        let mut padding = Stream::new(b"stile presence member padding v1", random);
        while members.len() < size {
            members.extend((members.len()..size).map(|_| padding.number()));
            members.sort_unstable();
            members.dedup();
        }
        BinaryFuse32::try_from(&members)
            .map(Self)
            .map_err(|_| PresenceError::Set("no arrangement was found; build it again"))
    }

    /// Is the token in the set for `purpose`?
    pub fn holds(&self, token: &Token, purpose: &Code) -> bool {
        self.contains(token.under(purpose))
    }

    /// Is the member in the set?
    pub fn contains(&self, member: u64) -> bool {
        self.0.contains(&member)
    }

    /// Length of [`Self::to_bytes`].
    pub fn bytes(&self) -> usize {
        HEAD_BYTES + self.0.fingerprints.len() * FINGERPRINT_BYTES
    }

    /// The set as it travels.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes());
        let Descriptor {
            seed,
            segment_length,
            segment_count_length,
            ..
        } = &self.0.descriptor;
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&seed.to_le_bytes());
        bytes.extend_from_slice(&segment_length.to_le_bytes());
        bytes.extend_from_slice(&segment_count_length.to_le_bytes());
        for fingerprint in &*self.0.fingerprints {
            bytes.extend_from_slice(&fingerprint.to_le_bytes());
        }
        bytes
    }

    /// Reads a set; every set accepted can be asked for any token.
    ///
    /// # Errors
    ///
    /// [`PresenceError::Set`] unless lengths, head and fingerprints fit one another exactly.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PresenceError> {
        let damaged = PresenceError::Set;
        if bytes.len() > most_bytes() {
            return Err(damaged("it is longer than a set may be"));
        }
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or(damaged("it does not start as a set of version 1"))?;
        let short = || damaged("it ends in its head");
        let (seed, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (segment, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (segments, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let descriptor = descriptor(*seed, *segment, *segments)?;
        // Three neighbouring segments are read for a member: two more than it can start in.
        let length =
            u64::from(descriptor.segment_count_length) + 2 * u64::from(descriptor.segment_length);
        let fingerprints: Box<[u32]> = rest
            .chunks_exact(FINGERPRINT_BYTES)
            .filter_map(|chunk| chunk.try_into().ok().map(u32::from_le_bytes))
            .collect();
        if u64::try_from(fingerprints.len()) != Ok(length)
            || rest.len() != fingerprints.len() * FINGERPRINT_BYTES
        {
            return Err(damaged("its head is of another length"));
        }
        Ok(Self(BinaryFuse32 {
            descriptor,
            fingerprints,
        }))
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Set")
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

const MAGIC: &[u8] = b"stile presence set 1\n";
const HEAD_BYTES: usize = MAGIC.len() + 16;
const FINGERPRINT_BYTES: usize = 4;
/// Longest segment that the filter is ever built with.
const LONGEST_SEGMENT: u32 = 1 << 18;
const SMALLEST_CLASS: usize = 1 << 10;
const FINE_FROM: usize = 1 << 20;

/// The number of members that `found` are padded to.
fn size_class(found: usize) -> Result<usize, PresenceError> {
    let mut size = SMALLEST_CLASS;
    while size < found {
        size *= if size < FINE_FROM { 4 } else { 2 };
        if size > MOST_MEMBERS {
            return Err(PresenceError::Size { found });
        }
    }
    Ok(size)
}

/// A filter takes less than nine eighths of its members and two segments more.
fn most_bytes() -> usize {
    HEAD_BYTES + (MOST_MEMBERS + MOST_MEMBERS / 4) * FINGERPRINT_BYTES
}

fn descriptor(
    seed: [u8; 8],
    segment: [u8; 4],
    segments: [u8; 4],
) -> Result<Descriptor, PresenceError> {
    let damaged = PresenceError::Set;
    let segment_length = u32::from_le_bytes(segment);
    let segment_count_length = u32::from_le_bytes(segments);
    if !segment_length.is_power_of_two() || segment_length > LONGEST_SEGMENT {
        return Err(damaged("its segments are of no possible length"));
    }
    let whole = segment_count_length.checked_rem(segment_length) == Some(0);
    if !whole || segment_count_length == 0 {
        return Err(damaged("its segments are not whole"));
    }
    Ok(Descriptor {
        seed: u64::from_le_bytes(seed),
        segment_length,
        segment_length_mask: segment_length - 1,
        segment_count_length,
    })
}

#[cfg(test)]
mod tests;
