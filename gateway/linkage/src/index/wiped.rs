//! A list that leaves nothing behind: wiped when it grows out of its place and when it is dropped.

use zeroize::DefaultIsZeroes;

/// Values in one piece of memory that is wiped before it is given back.
pub(super) struct Wiped<T: DefaultIsZeroes>(Vec<T>);

impl<T: DefaultIsZeroes> Wiped<T> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// `count` zeros.
    pub(super) fn zeros(count: usize) -> Self {
        Self(vec![T::default(); count])
    }

    pub(super) fn push(&mut self, value: T) {
        self.make_room(1);
        self.0.push(value);
    }

    pub(super) fn extend(&mut self, values: &[T]) {
        self.make_room(values.len());
        self.0.extend_from_slice(values);
    }

    pub(super) fn at(&self, place: usize) -> Option<T> {
        self.0.get(place).copied()
    }

    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut T> {
        self.0.get_mut(place)
    }

    pub(super) fn all(&self) -> &[T] {
        &self.0
    }

    pub(super) fn all_mut(&mut self) -> &mut [T] {
        &mut self.0
    }

    /// The values from `start` up to `end`; none where there are no such places.
    pub(super) fn range(&self, start: usize, end: usize) -> &[T] {
        self.0.get(start..end).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Bytes of memory taken.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity().saturating_mul(size_of::<T>())
    }

    /// Gives back what is not in use.
    pub(super) fn fit(&mut self) {
        if self.0.capacity() > self.0.len() {
            self.move_to(self.0.len());
        }
    }

    /// A vector that grew by itself would leave its old place as it is.
    fn make_room(&mut self, more: usize) {
        let needed = self.0.len().saturating_add(more);
        if needed > self.0.capacity() {
            let half = self.0.capacity() / 2;
            let grown = self.0.capacity().saturating_add(half);
            self.move_to(grown.max(needed).max(64));
        }
    }

    fn move_to(&mut self, capacity: usize) {
        let mut moved = Vec::with_capacity(capacity);
        moved.extend_from_slice(&self.0);
        let mut old = std::mem::replace(&mut self.0, moved);
        zeroize::Zeroize::zeroize(old.as_mut_slice());
    }
}

impl<T: DefaultIsZeroes> Clone for Wiped<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: DefaultIsZeroes> Drop for Wiped<T> {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(self.0.as_mut_slice());
    }
}

/// A place from a number that was stored as 32 bits.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A place as 32 bits; the limit of memory is reached long before they are.
pub(super) fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_and_shrinks_without_losing_a_value() {
        let mut list = Wiped::new();
        for value in 0..1_000_u32 {
            list.push(value);
        }
        list.extend(&[7, 8]);
        list.fit();

        assert_eq!(list.len(), 1_002);
        assert_eq!(list.bytes(), 4_008);
        assert_eq!(list.range(999, 1_002), [999, 7, 8]);
        assert!(list.range(1_000, 2_000).is_empty());
        assert_eq!(list.at(1_002), None);
    }
}
