//! Which rows hold each value.

use super::wiped::{Wiped, number, place};

/// Rows by the number of their value, in their own order.
pub(super) struct Postings {
    /// Where the rows of each number begin, and at last where they end.
    starts: Wiped<u32>,
    rows: Wiped<u32>,
}

impl Postings {
    /// Sorts rows by their value's number, below `numbers`; the empty value (0) has no rows.
    pub(super) fn new(ids: &[u32], numbers: usize) -> Self {
        let each = |add: &mut dyn FnMut(usize, u32)| {
            for (row, id) in ids.iter().enumerate() {
                if *id != 0 {
                    add(place(*id), number(row));
                }
            }
        };
        Self::sorted(numbers, each)
    }

    /// Sorts what `each` gives, two times alike, as bucket and row.
    pub(super) fn sorted(buckets: usize, each: impl Fn(&mut dyn FnMut(usize, u32))) -> Self {
        let mut starts: Wiped<u32> = Wiped::zeros(buckets.saturating_add(1));
        let mut total = 0_usize;
        each(&mut |bucket, _| {
            if let Some(count) = starts.at_mut(bucket.saturating_add(1)) {
                *count = count.saturating_add(1);
                total = total.saturating_add(1);
            }
        });
        let mut sum = 0_u32;
        for start in starts.all_mut() {
            sum = sum.saturating_add(*start);
            *start = sum;
        }
        let mut rows: Wiped<u32> = Wiped::zeros(total);
        let mut next = starts.clone();
        each(&mut |bucket, row| {
            if let Some(at) = next.at_mut(bucket)
                && let Some(free) = rows.at_mut(place(*at))
            {
                *free = row;
                *at = at.saturating_add(1);
            }
        });
        Self { starts, rows }
    }

    /// The rows of one number.
    pub(super) fn rows(&self, id: usize) -> &[u32] {
        let start = self.starts.at(id).unwrap_or(0);
        let end = self.starts.at(id.saturating_add(1)).unwrap_or(start);
        self.rows.range(place(start), place(end))
    }

    /// How many numbers there are.
    pub(super) fn buckets(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub(super) fn bytes(&self) -> usize {
        self.starts.bytes() + self.rows.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_rows_of_each_value_in_order() {
        let postings = Postings::new(&[2, 0, 1, 2, 5, 2], 6);

        assert_eq!(postings.rows(2), [0, 3, 5]);
        assert_eq!(postings.rows(1), [2]);
        assert_eq!(postings.rows(5), [4]);
        for empty in [0, 3, 4, 6, 99, usize::MAX] {
            assert!(postings.rows(empty).is_empty(), "{empty}");
        }
    }
}
