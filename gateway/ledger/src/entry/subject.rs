//! By what an entry about a person is found again, without keeping the person readable.

use std::fmt;

use stile_model::digest::Digest;

/// Format and version of the digest.
const DOMAIN: &[u8] = b"stile-subject-1\n";

/// A digest of one thing by which a person is known, such as an NHS number.
///
/// Not secret by itself: numbers are guessable. So it is only ever stored sealed, and never in a
/// leaf, a log or an index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKey([u8; 32]);

impl SubjectKey {
    /// SHA-256 of the domain, the length of `kind` as 8 bytes, `kind`, and the value; `normalised`
    /// must be in the one spelling that both sides of a comparison use.
    pub fn of(kind: &str, normalised: &str) -> Self {
        let length = u64::try_from(kind.len()).unwrap_or(u64::MAX).to_be_bytes();
        let parts = [DOMAIN, &length, kind.as_bytes(), normalised.as_bytes()];
        Self(*Digest::of_parts(&parts).as_bytes())
    }

    /// Takes 32 bytes that are already such a digest.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Keys kept one after another; `None` when the bytes are not whole keys.
    pub fn read_all(bytes: &[u8]) -> Option<Vec<Self>> {
        let (keys, rest) = bytes.as_chunks::<32>();
        rest.is_empty()
            .then(|| keys.iter().copied().map(Self).collect())
    }
}

/// Says nothing of the digest: it can be guessed at.
impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey")
    }
}
