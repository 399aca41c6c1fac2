//! Words that stand where a name should be. They mean *missing*, never *different*.

const FORENAMES: &[&str] = &[
    "adult",
    "anonymous",
    "aunt",
    "aunty",
    "babe",
    "baby",
    "boy",
    "brother",
    "child",
    "cousin",
    "dad",
    "daughter",
    "declined",
    "father",
    "female",
    "foetus",
    "friend",
    "gentleman",
    "girl",
    "grandad",
    "granddaughter",
    "grandfather",
    "grandma",
    "grandmother",
    "grandson",
    "husband",
    "infant",
    "kid",
    "known",
    "lady",
    "male",
    "man",
    "minor",
    "mom",
    "mother",
    "mum",
    "na",
    "nephew",
    "newborn",
    "niece",
    "nil",
    "nk",
    "none",
    "not",
    "occupant",
    "partner",
    "person",
    "recorded",
    "refused",
    "resident",
    "respondent",
    "sister",
    "son",
    "tba",
    "tbc",
    "test",
    "triplet",
    "twin",
    "unborn",
    "uncle",
    "unk",
    "unknown",
    "wife",
    "woman",
];

const SURNAMES: &[&str] = &[
    "anonymous",
    "baby",
    "boy",
    "declined",
    "girl",
    "infant",
    "known",
    "na",
    "newborn",
    "nil",
    "nk",
    "none",
    "not",
    "occupant",
    "recorded",
    "refused",
    "resident",
    "respondent",
    "tba",
    "tbc",
    "test",
    "unborn",
    "unk",
    "unknown",
];

const COUNTS: &[&str] = &["one", "two", "three", "i", "ii", "iii"];

/// Is every word of `surname` a placeholder (or is there none), or is it the tail of `Lady of House`?
pub(crate) fn is_surname(surname: &[String]) -> bool {
    if surname.first().is_some_and(|word| word == "of") {
        return true;
    }
    if SURNAMES.contains(&surname.concat().as_str()) {
        return true; // `N/A`
    }
    surname.iter().all(|word| SURNAMES.contains(&word.as_str()))
}

/// Is this a field that stands for a missing forename, such as `Baby`, `Twin 1` or `Not known`?
pub fn is_forename(text: &str) -> bool {
    super::name::forenames(text).is_empty()
}

/// Removes leading placeholders: `Baby Amira` is Amira, `Twin Two` and `Baby of Amira` are nobody.
pub(crate) fn strip_forenames(found: Vec<String>) -> Vec<String> {
    let leading = found
        .iter()
        .take_while(|word| FORENAMES.contains(&word.as_str()))
        .count();
    if leading == 0 {
        return found;
    }
    let mut rest = found.into_iter().skip(leading).peekable();
    if rest.peek().is_some_and(|word| word == "of") {
        return Vec::new();
    }
    let rest: Vec<String> = rest
        .filter(|word| word.len() > 1 && !COUNTS.contains(&word.as_str()))
        .collect();
    strip_forenames(rest)
}
