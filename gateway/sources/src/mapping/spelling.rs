//! The nearest allowed word to a misspelt one.

/// The allowed word nearest to `word`, if one is near enough to be meant.
pub(super) fn nearest<'a>(
    word: &str,
    allowed: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Longer texts are not misspellings, and the distance is quadratic.
    if word.len() > 100 {
        return None;
    }
    let bound = (word.chars().count() / 3).clamp(1, 4);
    allowed
        .into_iter()
        .map(|known| (distance(word, known), known))
        .filter(|(apart, _)| *apart <= bound)
        .min_by_key(|(apart, _)| *apart)
        .map(|(_, known)| known)
}

/// Levenshtein distance, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for ((to, above), above_left) in b.iter().zip(row.iter().skip(1)).zip(row.iter()) {
            left = (left + 1)
                .min(above + 1)
                .min(above_left + usize::from(from != *to));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_that_was_meant() {
        assert_eq!(nearest("surnam", ["forename", "surname"]), Some("surname"));
        assert_eq!(
            nearest("postgress", ["mysql", "postgres"]),
            Some("postgres")
        );
    }

    #[test]
    fn rejects_words_that_are_not_alike() {
        assert_eq!(nearest("oracle", ["mysql", "postgres", "sqlite"]), None);
        assert_eq!(nearest(&"a".repeat(200), ["aaa"]), None);
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
