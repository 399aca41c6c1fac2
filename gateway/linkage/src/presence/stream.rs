//! Bytes drawn out of 32 random ones, so that randomness can be an argument.

use ring::digest::{Context, SHA256};
use zeroize::{Zeroize, Zeroizing};

/// A stream of pseudo-random numbers: SHA-256 of label, seed and a counter.
pub(super) struct Stream {
    label: &'static [u8],
    seed: Zeroizing<[u8; 32]>,
    counter: u64,
    block: Zeroizing<[u8; 32]>,
    used: usize,
}

impl Stream {
    /// Starts the stream of `label`; streams of two labels are independent.
    pub(super) fn new(label: &'static [u8], seed: &[u8; 32]) -> Self {
        Self {
            label,
            seed: Zeroizing::new(*seed),
            counter: 0,
            block: Zeroizing::new([0; 32]),
            used: 32,
        }
    }

    /// The next 32 bytes.
    pub(super) fn block(&mut self) -> [u8; 32] {
        self.refill();
        self.used = self.block.len();
        *self.block
    }

    /// The next number of 64 bits.
    pub(super) fn number(&mut self) -> u64 {
        if self.used >= self.block.len() {
            self.refill();
        }
        let mut number = [0; 8];
        for (to, from) in number.iter_mut().zip(self.block.iter().skip(self.used)) {
            *to = *from;
        }
        self.used += number.len();
        u64::from_le_bytes(number)
    }

    /// A number below `bound`, even to within `bound` in 2^64; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.number()) * u128::try_from(bound).unwrap_or(0);
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    fn refill(&mut self) {
        let mut digest = hash(&[
            self.label,
            self.seed.as_slice(),
            &self.counter.to_le_bytes(),
        ]);
        self.block.copy_from_slice(&digest);
        digest.zeroize();
        self.counter += 1;
        self.used = 0;
    }
}

/// SHA-256 of the parts, each after its length, so that no two lists of parts hash alike.
pub(super) fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        context.update(&length.to_le_bytes());
        context.update(part);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

/// The first 64 bits of [`hash`].
pub(super) fn short(parts: &[&[u8]]) -> u64 {
    cut(&hash(parts))
}

/// The first 64 bits of a digest.
pub(super) fn cut(digest: &[u8; 32]) -> u64 {
    digest
        .first_chunk()
        .map_or(0, |cut| u64::from_le_bytes(*cut))
}
