//! What belongs to a surname and what does not.

/// Words that belong to the word after them: `Mc Donald`, `van der Berg`, `al Hassan`, `ap Rhys`,
/// `Ní Bhriain`.
const PARTICLES: &[&str] = &[
    "abd", "abu", "ad", "al", "an", "ap", "ab", "ar", "as", "ash", "at", "az", "ben", "bin",
    "bint", "binte", "binti", "da", "de", "del", "dela", "della", "den", "der", "des", "di", "dos",
    "du", "el", "ferch", "fitz", "ibn", "la", "le", "mac", "mc", "merch", "mhic", "ni", "nic", "o",
    "st", "ter", "ui", "ul", "ur", "van", "verch", "von", "zu",
];

/// Surnames that start with `mac` without being a son of anyone.
const NOT_MAC: &[&str] = &["mac", "mace", "macey", "mach", "maci", "mack", "macy"];

/// Titles that clerks type before a surname; none is the first word of a surname.
const TITLES: &[&str] = &["dr", "miss", "mr", "mrs", "ms", "mx", "prof", "rev"];

/// Words between a surname and another one of the same person.
const BETWEEN: &[&str] = &["aka", "alias", "formerly", "nee"];

/// Which of several of one name, not part of the name.
pub(super) const GENERATION: &[&str] = &["ii", "iii", "jnr", "jr", "snr", "sr"];

/// Which of several of one name the last word says, in one spelling.
pub(super) fn generation(found: &[String]) -> Option<&'static str> {
    match found {
        [_, .., last] => match last.as_str() {
            "jnr" | "jr" => Some("jr"),
            "snr" | "sr" => Some("sr"),
            "ii" => Some("ii"),
            "iii" => Some("iii"),
            _ => None,
        },
        _ => None,
    }
}

/// Leaves titles, generations and the `née` between two surnames out; writes `Saint` as `St`.
pub(super) fn clean(mut found: Vec<String>) -> Vec<String> {
    let is =
        |word: Option<&String>, of: &[&str]| word.is_some_and(|word| of.contains(&word.as_str()));
    while found.len() > 1 && is(found.first(), TITLES) {
        found.remove(0);
    }
    while found.len() > 1 && is(found.last(), GENERATION) {
        found.pop();
    }
    let last = found.len().saturating_sub(1);
    found
        .into_iter()
        .enumerate()
        .filter(|(at, word)| *at == 0 || *at == last || !BETWEEN.contains(&word.as_str()))
        .map(|(at, word)| match word.as_str() {
            "saint" if at < last => "st".to_owned(),
            _ => word,
        })
        .collect()
}

/// Joins particles to the words after them and writes `Mac` as `Mc`.
pub(super) fn glue(found: Vec<String>) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut prefix = String::new();
    for word in found {
        prefix.push_str(&word);
        if !PARTICLES.contains(&word.as_str()) {
            parts.push(std::mem::take(&mut prefix));
        }
    }
    if !prefix.is_empty() {
        parts.push(prefix);
    }
    parts.into_iter().map(|part| shorten_mac(&part)).collect()
}

fn shorten_mac(part: &str) -> String {
    match part.strip_prefix("mac") {
        Some(rest) if !NOT_MAC.contains(&part) && rest.len() > 1 => format!("mc{rest}"),
        _ => part.to_owned(),
    }
}
