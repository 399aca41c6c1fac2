//! Distinct values, each held once and known by a number.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::wiped::{Wiped, number, place};

/// Distinct values; number 0 is the empty one.
pub(super) struct Words {
    bytes: Wiped<u8>,
    /// Where each value ends.
    ends: Wiped<u32>,
    /// Numbers by hash, open addressing; 0 is a free slot.
    slots: Wiped<u32>,
}

impl Words {
    pub(super) fn new() -> Self {
        let mut ends = Wiped::new();
        ends.push(0);
        Self {
            bytes: Wiped::new(),
            ends,
            slots: Wiped::zeros(64),
        }
    }

    /// The number of `value`, a new one if it is new.
    pub(super) fn intern(&mut self, value: &[u8]) -> u32 {
        if value.is_empty() {
            return 0;
        }
        let slot = match self.probe(value) {
            Probe::Held(id) => return id,
            Probe::Free(slot) => slot,
        };
        let id = number(self.ends.len());
        self.bytes.extend(value);
        self.ends.push(number(self.bytes.len()));
        if let Some(free) = self.slots.at_mut(slot) {
            *free = id;
        }
        if self.ends.len().saturating_mul(4) > self.slots.len().saturating_mul(3) {
            self.spread();
        }
        id
    }

    /// The number of `value`, if it is held and not empty.
    pub(super) fn find(&self, value: &[u8]) -> Option<u32> {
        match self.probe(value) {
            Probe::Held(id) => Some(id),
            Probe::Free(_) => None,
        }
    }

    /// The value of a number.
    pub(super) fn value(&self, id: u32) -> &[u8] {
        let end = self.ends.at(place(id)).unwrap_or(0);
        let before = place(id).checked_sub(1);
        let start = before.and_then(|before| self.ends.at(before)).unwrap_or(0);
        self.bytes.range(place(start), place(end))
    }

    /// How many numbers there are, 0 included.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.bytes() + self.ends.bytes() + self.slots.bytes()
    }

    pub(super) fn fit(&mut self) {
        self.bytes.fit();
        self.ends.fit();
    }

    fn probe(&self, value: &[u8]) -> Probe {
        let slots = self.slots.len();
        let mut slot = bucket(hash(0, value), slots);
        // A slot is always free, since at most three in four are taken.
        loop {
            match self.slots.at(slot) {
                None | Some(0) => return Probe::Free(slot),
                Some(id) if self.value(id) == value => return Probe::Held(id),
                Some(_) => slot = if slot + 1 == slots { 0 } else { slot + 1 },
            }
        }
    }

    fn spread(&mut self) {
        self.slots = Wiped::zeros(self.slots.len().saturating_mul(2));
        for id in 1..number(self.ends.len()) {
            if let Probe::Free(slot) = self.probe(self.value(id))
                && let Some(free) = self.slots.at_mut(slot)
            {
                *free = id;
            }
        }
    }
}

enum Probe {
    Free(usize),
    Held(u32),
}

/// 32 bits of a value of one kind.
pub(super) fn hash(kind: u32, value: &[u8]) -> u32 {
    let mut hasher = DefaultHasher::new();
    kind.hash(&mut hasher);
    hasher.write(value);
    let [a, b, c, d, ..] = hasher.finish().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Which of `buckets` a hash falls into.
pub(super) fn bucket(hash: u32, buckets: usize) -> usize {
    let spread = u64::from(hash).saturating_mul(u64::try_from(buckets).unwrap_or(0)) >> 32;
    usize::try_from(spread).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_its_number_and_is_held_once() {
        let mut words = Words::new();
        let texts: Vec<String> = (0..5_000).map(|n| format!("value {n}")).collect();

        let first: Vec<u32> = texts.iter().map(|t| words.intern(t.as_bytes())).collect();
        let again: Vec<u32> = texts.iter().map(|t| words.intern(t.as_bytes())).collect();

        assert_eq!(first, again);
        assert_eq!(words.len(), 5_001);
        for (text, id) in texts.iter().zip(first) {
            assert_eq!(words.find(text.as_bytes()), Some(id));
            assert_eq!(words.value(id), text.as_bytes());
        }
    }

    #[test]
    fn refuses_to_find_what_is_not_held_or_empty() {
        let mut words = Words::new();
        assert_eq!(words.intern(b""), 0);
        words.intern(b"held");

        assert_eq!(words.find(b""), None);
        assert_eq!(words.find(b"hel"), None);
        assert_eq!(words.value(0), b"");
        assert_eq!(words.value(99), b"");
    }
}
