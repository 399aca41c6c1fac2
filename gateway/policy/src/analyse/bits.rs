//! A set of rules as bits, small enough to be the key of a table.

/// Places of rules in one list, as bits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bits(Box<[u64]>);

impl Bits {
    /// None of `count` places.
    pub fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)].into_boxed_slice())
    }

    /// The places below `count` for which `holds`.
    pub fn of(count: usize, holds: impl Fn(usize) -> bool) -> Self {
        let mut bits = Self::none(count);
        for place in (0..count).filter(|place| holds(*place)) {
            bits.insert(place);
        }
        bits
    }

    pub fn insert(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    /// The same without one place.
    pub fn without(&self, place: usize) -> Self {
        let mut bits = self.clone();
        if let Some(word) = bits.0.get_mut(place / 64) {
            *word &= !(1 << (place % 64));
        }
        bits
    }

    pub fn has(&self, place: usize) -> bool {
        self.0
            .get(place / 64)
            .is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    pub fn add(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The places, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(n, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = usize::try_from(left.trailing_zeros()).ok()?;
                if left == 0 {
                    return None;
                }
                left &= left - 1;
                Some(n * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_put_in_across_words() {
        let mut bits = Bits::of(130, |place| place % 64 == 1);
        bits.insert(128);

        assert_eq!(bits.without(1).iter().collect::<Vec<_>>(), [65, 128, 129]);
        assert!(bits.has(128) && !bits.has(2) && !bits.has(500));
    }

    #[test]
    fn none_meets_nothing() {
        let none = Bits::none(70);

        assert!(none.is_empty() && !none.meets(&Bits::of(70, |_| true)));
    }
}
