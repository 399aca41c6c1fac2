//! Forenames and surnames.

use super::{MAX_CHARS, MAX_TOKENS, placeholder, words};

/// Words that belong to the word after them: `Mc Donald`, `van der Berg`, `al Hassan`, `ap Rhys`.
const PARTICLES: &[&str] = &[
    "abd", "abu", "al", "ap", "ab", "ben", "bin", "bint", "da", "de", "del", "della", "den", "der",
    "des", "di", "dos", "du", "el", "ferch", "fitz", "ibn", "la", "le", "mac", "mc", "o", "st",
    "ter", "ul", "ur", "van", "verch", "von", "zu",
];

/// Surnames that start with `mac` without being a son of anyone.
const NOT_MAC: &[&str] = &["mac", "mace", "macey", "mach", "maci", "mack", "macy"];

const TITLES: &[&str] = &[
    "dr", "lady", "lord", "master", "miss", "mr", "mrs", "ms", "mx", "prof", "rev", "sir",
];

/// A surname in comparable form; empty when none is known.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Surname {
    whole: String,
    parts: Vec<String>,
}

impl Surname {
    /// All parts run together: `smithjones`.
    pub fn whole(&self) -> &str {
        &self.whole
    }

    /// The parts of a double-barrelled surname: `smith`, `jones`; one part for others.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// Is no surname known?
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty()
    }
}

/// A whole name as lower-case words with single spaces; for comparing names found in text.
pub fn name(text: &str) -> String {
    let mut words = words(text, MAX_CHARS);
    words.truncate(MAX_TOKENS);
    words.join(" ")
}

/// The forenames in order, without titles and placeholders; empty when none is known.
pub fn forenames(text: &str) -> Vec<String> {
    settle(letters(text), |mut found| {
        while found.len() > 1
            && found
                .first()
                .is_some_and(|word| TITLES.contains(&word.as_str()))
        {
            found.remove(0);
        }
        placeholder::strip_forenames(found)
    })
}

/// The surname; empty when none is known.
pub fn surname(text: &str) -> Surname {
    let parts = settle(letters(text), glue);
    if placeholder::is_surname(&parts) {
        return Surname::default();
    }
    Surname {
        whole: parts.concat(),
        parts,
    }
}

/// Joins particles to the words after them and writes `Mac` as `Mc`.
fn glue(found: Vec<String>) -> Vec<String> {
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

/// Repeats `step` until nothing changes, so that normalising twice is normalising once.
fn settle(mut words: Vec<String>, step: impl Fn(Vec<String>) -> Vec<String>) -> Vec<String> {
    for _ in 0..=MAX_TOKENS {
        let next = step(words.clone());
        if next == words {
            break;
        }
        words = next;
    }
    words
}

/// The words without their digits: `Twin1` is `twin`, and a misread `8rown` stays close to Brown.
fn letters(text: &str) -> Vec<String> {
    let mut found = words(text, MAX_CHARS);
    for word in &mut found {
        word.retain(|c| c.is_ascii_lowercase());
    }
    found.retain(|word| !word.is_empty());
    found.truncate(MAX_TOKENS);
    found
}

fn shorten_mac(part: &str) -> String {
    match part.strip_prefix("mac") {
        Some(rest) if !NOT_MAC.contains(&part) && rest.len() > 1 => format!("mc{rest}"),
        _ => part.to_owned(),
    }
}
