//! The nearest allowed word to a misspelt one.

/// The closest of `allowed` to `text`, if close enough to be worth proposing.
pub(crate) fn nearest<'a>(text: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let limit = text.chars().count().div_ceil(3).clamp(1, 4);
    allowed
        .iter()
        .map(|word| (distance(text, word), *word))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, word)| word)
}

/// Levenshtein distance in characters, one row at a time.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, a) in left.chars().enumerate() {
        let mut diagonal = above;
        let mut before = above + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(before);
        for (b, up) in right.iter().zip(row.iter().skip(1)) {
            let swap = diagonal + usize::from(a != *b);
            before = swap.min(up + 1).min(before + 1);
            diagonal = *up;
            next.push(before);
        }
        row = next;
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
    }
}
