//! The nearest allowed word to a misspelt one.

/// The closest of `allowed` to `text`, if close enough to be worth proposing.
pub(crate) fn nearest<'a>(text: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let limit = text.chars().count().div_ceil(3).clamp(1, 4);
    let length = text.chars().count();
    allowed
        .iter()
        // Words whose lengths differ by more are further apart: a long word costs nothing.
        .filter(|word| word.chars().count().abs_diff(length) <= limit)
        .map(|word| (distance(text, word), *word))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, word)| word)
}

/// Edits between two words: characters put in, left out, changed, or two neighbours swapped
/// (optimal string alignment), a row at a time.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut older: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    let mut above = None;
    for (n, a) in left.chars().enumerate() {
        let mut next = vec![n + 1];
        for (m, b) in right.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX);
            let mut best = at(&row, m) + usize::from(a != *b);
            best = best.min(at(&row, m + 1) + 1).min(at(&next, m) + 1);
            let beside = m.checked_sub(1).and_then(|place| right.get(place));
            if beside == Some(&a)
                && above == Some(*b)
                && let Some(swapped) = m.checked_sub(1).and_then(|place| older.get(place))
            {
                best = best.min(swapped + 1);
            }
            next.push(best);
        }
        older = std::mem::replace(&mut row, next);
        above = Some(a);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposes_the_word_one_slip_away() {
        assert_eq!(
            nearest("purposes", &["priority", "purpose"]),
            Some("purpose")
        );
        assert_eq!(
            nearest("s74_enquiry", &["s47_enquiry", "marac"]),
            Some("s47_enquiry")
        );
    }

    #[test]
    fn proposes_nothing_for_a_word_of_its_own() {
        assert_eq!(nearest("banana", &["priority", "purpose"]), None);
        assert_eq!(nearest("", &["red"]), None);
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("aks", "ask"), 1);
        assert_eq!(distance("abcdef", "badcfe"), 3);
        assert_eq!(distance("abc", ""), 3);
    }
}
