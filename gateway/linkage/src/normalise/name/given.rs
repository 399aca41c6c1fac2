//! What belongs to forenames, and which of them tells brothers apart.

use super::family::GENERATION;
use super::placeholder;
use crate::variant::usual;

/// Titles; one that stands alone says that no forename is known.
const TITLES: &[&str] = &[
    "dr", "lady", "lord", "master", "miss", "mr", "mrs", "ms", "mx", "prof", "rev", "sir",
];

/// Of these, the ones that are nobody's forename.
const NEVER_NAMES: &[&str] = &["dr", "miss", "mr", "mrs", "ms", "mx", "prof", "rev"];

/// Forenames that whole families bear before the one that they go by, in their usual spelling.
const SHARED: &[&str] = &["abdul", "mohammed", "mosammat", "syed", "syeda"];

/// What is left of the spellings of Abdullah when `abd` and its article are taken off.
const OF_GOD: &[&str] = &["ah", "ahi", "aye"];

/// Leaves titles, placeholders and generations out.
pub(super) fn clean(mut found: Vec<String>) -> Vec<String> {
    let is =
        |word: Option<&String>, of: &[&str]| word.is_some_and(|word| of.contains(&word.as_str()));
    while found.len() > 1 && is(found.first(), TITLES) {
        found.remove(0);
    }
    while found.len() > 1 && is(found.last(), GENERATION) {
        found.pop();
    }
    if found.len() == 1 && is(found.first(), NEVER_NAMES) {
        return Vec::new();
    }
    placeholder::strip_forenames(found)
}

/// Puts what a family shares behind the forename that is the person's own.
pub(super) fn tell_apart(found: Vec<String>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in found {
        let (name, servant) = without_abdul(&word);
        words.push(name.to_owned());
        if servant {
            words.push("abdul".to_owned());
        }
    }
    let own = words
        .iter()
        .position(|word| word.len() > 1 && shared(word).is_none());
    if let Some(first) = words.first()
        && let Some(common) = shared(first)
        && own.is_some()
    {
        words.remove(0);
        words.push(common.to_owned());
    }
    words
}

/// The usual spelling of a forename that families share.
pub(crate) fn shared(word: &str) -> Option<&'static str> {
    usual(word).filter(|usual| SHARED.contains(usual))
}

/// `abdulrahman`, `abdurrahman` and `abdirahman` are a Rahman; Abdullah is a name of its own.
fn without_abdul(word: &str) -> (&str, bool) {
    let mut name = word;
    while let Some(rest) = name.strip_prefix("abd") {
        let begins = rest.trim_start_matches(['a', 'e', 'i', 'o', 'u']);
        if (rest.len() - begins.len()) != 1 && !rest.starts_with("ou") && !rest.starts_with("oo") {
            break;
        }
        if OF_GOD.contains(&begins.trim_start_matches('l')) {
            break;
        }
        let mut letters = begins.chars();
        let doubled = letters.next() == letters.next();
        let own = match begins.strip_prefix('l') {
            Some(own) => own,
            None if doubled => begins.get(1..).unwrap_or_default(),
            None if begins.len() >= 4 => begins,
            None => break,
        };
        if own.len() < 3 {
            break;
        }
        name = own;
    }
    (name, name != word)
}
