//! Words that stand where a name should be. They mean *missing*, never *different*.

const FORENAMES: &[&str] = &[
    "adult",
    "anon",
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
    "dummy",
    "duplicate",
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
    "redacted",
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
    "unnamed",
    "wife",
    "withheld",
    "woman",
];

const SURNAMES: &[&str] = &[
    "anon",
    "anonymous",
    "baby",
    "boy",
    "declined",
    "disclosed",
    "dummy",
    "duplicate",
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
    "redacted",
    "refused",
    "resident",
    "respondent",
    "stated",
    "tba",
    "tbc",
    "test",
    "unborn",
    "unk",
    "unknown",
    "withheld",
];

/// Fillers of several words, as they begin.
const PHRASES: &[&[&str]] = &[
    &["b", "o"], // baby of
    &["do", "not", "use"],
    &["first", "name"],
    &["first", "names"],
    &["last", "name"],
    &["n", "a"],
    &["n", "k"],
    &["name", "not"],
    &["name", "unknown"],
    &["no", "first", "name"],
    &["no", "forename"],
    &["no", "forenames"],
    &["no", "given", "name"],
    &["no", "name"],
    &["no", "surname"],
    &["not", "applicable"],
    &["not", "available"],
    &["not", "disclosed"],
    &["not", "given"],
    &["not", "provided"],
    &["not", "stated"],
    &["not", "supplied"],
    &["surname", "not"],
    &["surname", "unknown"],
    &["t", "b", "c"],
];

const COUNTS: &[&str] = &["one", "two", "three", "i", "ii", "iii"];

/// Is every word of `surname` a placeholder (or is there none), or is it the tail of `Lady of House`?
pub(crate) fn is_surname(surname: &[String]) -> bool {
    if surname.first().is_some_and(|word| word == "of") || is_phrase(surname) {
        return true;
    }
    if SURNAMES.contains(&surname.concat().as_str()) {
        return true; // `N/A`
    }
    surname
        .iter()
        .all(|word| SURNAMES.contains(&word.as_str()) || is_struck(word))
}

fn is_phrase(found: &[String]) -> bool {
    PHRASES.iter().any(|phrase| {
        found.len() >= phrase.len() && found.iter().zip(*phrase).all(|(word, of)| word == of)
    })
}

/// `XX`, `zzz`: a field struck out or filled up.
fn is_struck(word: &str) -> bool {
    word.len() > 1 && (word.bytes().all(|c| c == b'x') || word.bytes().all(|c| c == b'z'))
}

/// Is this a field that stands for a missing forename, such as `Baby`, `Twin 1` or `Not known`?
pub fn is_forename(text: &str) -> bool {
    super::name::forenames(text).is_empty()
}

/// Removes leading placeholders: `Baby Amira` is Amira, `Twin Two` and `Baby of Amira` are nobody.
pub(crate) fn strip_forenames(found: Vec<String>) -> Vec<String> {
    if is_phrase(&found) {
        return Vec::new();
    }
    let leading = found
        .iter()
        .take_while(|word| FORENAMES.contains(&word.as_str()) || is_struck(word))
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
