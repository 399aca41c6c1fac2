//! Forenames and surnames.

mod family;
mod given;

use super::{MAX_CHARS, MAX_TOKENS, placeholder, words};
pub(crate) use given::shared;

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

/// The forenames, the one that tells people apart first; empty when none is known.
///
/// Titles, placeholders and `Jnr` are left out. `Mohammed`, `Syed` and `Abdul` before another
/// forename stand last, because brothers share them: `Md Ali` is `ali mohammed`, `Abdulrahman` is
/// `rahman abdul`.
pub fn forenames(text: &str) -> Vec<String> {
    settle(letters(text), |found| {
        given::tell_apart(given::clean(found))
    })
}

/// The surname; empty when none is known.
///
/// Particles belong to the word after them, `Mac` is `Mc`, `Saint` is `St`, and titles, `Jnr` and
/// the `née` between two surnames are left out.
pub fn surname(text: &str) -> Surname {
    let parts = settle(letters(text), |found| family::glue(family::clean(found)));
    if placeholder::is_surname(&parts) {
        return Surname::default();
    }
    Surname {
        whole: parts.concat(),
        parts,
    }
}

/// Which of several of one name, where forenames or surname end with it: `Jnr`, `Snr`, `II`, `III`.
///
/// It is no part of the name, but tells a father from his son.
pub(crate) fn generation(text: &str) -> Option<&'static str> {
    family::generation(&letters(text))
}

/// Repeats `step` until nothing changes, so that normalising twice is normalising once.
fn settle(mut words: Vec<String>, step: impl Fn(Vec<String>) -> Vec<String>) -> Vec<String> {
    for _ in 0..=2 * MAX_TOKENS {
        let next = cut(step(words.clone()));
        if next == words {
            break;
        }
        words = next;
    }
    words
}

/// As many of the words as the limits allow.
fn cut(mut words: Vec<String>) -> Vec<String> {
    words.truncate(MAX_TOKENS);
    let mut length = 0;
    words
        .into_iter()
        .take_while(|word| {
            length += word.len() + 1;
            length <= MAX_CHARS + 1
        })
        .collect()
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
