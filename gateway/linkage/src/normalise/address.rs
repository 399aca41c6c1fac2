//! Address lines: house numbers apart from words, street types spelt one way.

use super::words;

/// Most characters of an address line that are read.
pub const MAX_CHARS: usize = 200;

/// Street types and unit words, long form and short; too common to tell two streets apart.
const TYPES: &[(&str, &str)] = &[
    ("avenue", "ave"),
    ("avenue", "avn"),
    ("avenue", "av"),
    ("boulevard", "blvd"),
    ("circle", "cir"),
    ("close", "cl"),
    ("court", "ct"),
    ("crescent", "cres"),
    ("crescent", "cr"),
    ("drive", "dr"),
    ("gardens", "gdns"),
    ("green", "grn"),
    ("grove", "gr"),
    ("lane", "ln"),
    ("parade", "pde"),
    ("parkway", "pkwy"),
    ("place", "pl"),
    ("road", "rd"),
    ("square", "sq"),
    ("street", "st"),
    ("street", "str"),
    ("terrace", "terr"),
    ("terrace", "tce"),
    ("way", "wy"),
];

const UNITS: &[&str] = &["apartment", "apt", "flat", "no", "number", "room", "unit"];

/// Lines that stand where an address should be, as they begin; they mean *missing*.
const NOWHERE: &[&[&str]] = &[
    &["address", "not"],
    &["address", "unknown"],
    &["address", "withheld"],
    &["confidential"],
    &["homeless"],
    &["n", "a"],
    &["n", "k"],
    &["nfa"],
    &["nk"],
    &["no", "address"],
    &["no", "fixed"],
    &["not", "disclosed"],
    &["not", "given"],
    &["not", "known"],
    &["not", "recorded"],
    &["of", "no", "fixed"],
    &["refused"],
    &["rough", "sleeper"],
    &["rough", "sleeping"],
    &["sofa", "surfing"],
    &["tba"],
    &["tbc"],
    &["unknown"],
    &["withheld"],
];

/// An address line in comparable form.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct AddressLine {
    numbers: Vec<String>,
    street: Vec<String>,
}

impl AddressLine {
    /// House and flat numbers in order: `2`, `14b`.
    pub fn numbers(&self) -> &[String] {
        &self.numbers
    }

    /// Words of the street (or house name), street types left out unless they are all there is.
    pub fn street(&self) -> &[String] {
        &self.street
    }

    /// Is nothing known?
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.street.is_empty()
    }

    /// House and street as one text, for finding this address in other text.
    pub fn joined(&self) -> String {
        let all: Vec<&str> = self
            .numbers
            .iter()
            .chain(&self.street)
            .map(String::as_str)
            .collect();
        all.join(" ")
    }
}

/// Reads `line` up to the end of its street: town and county after a comma are left out.
///
/// `No fixed abode` and its like are no address.
pub fn address(line: &str) -> AddressLine {
    let mut read = AddressLine::default();
    if is_nowhere(&words(line, MAX_CHARS)) {
        return read;
    }
    let line: String = line.chars().take(MAX_CHARS).collect();
    for segment in line.split([',', '\n', ';']) {
        take_segment(segment, &mut read);
        if !read.street.is_empty() {
            break;
        }
    }
    // What stood before it may have been left out: `cr nfa` is no address either.
    if is_nowhere(&words(&read.joined(), MAX_CHARS)) {
        return AddressLine::default();
    }
    read
}

fn is_nowhere(found: &[String]) -> bool {
    NOWHERE.iter().any(|phrase| {
        found.len() >= phrase.len() && found.iter().zip(*phrase).all(|(word, of)| word == of)
    })
}

fn take_segment(segment: &str, read: &mut AddressLine) {
    let mut types = Vec::new();
    for word in words(segment, MAX_CHARS) {
        let is_ordinal = ["st", "nd", "rd", "th"].iter().any(|end| {
            word.strip_suffix(end).is_some_and(|number| {
                !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
            })
        });
        if word.starts_with(|c: char| c.is_ascii_digit()) && !is_ordinal {
            read.numbers.push(word);
        } else if let Some(long) = street_type(&word) {
            types.push(long.to_owned());
        } else if !UNITS.contains(&word.as_str()) {
            read.street.push(word);
        }
    }
    if read.street.is_empty() {
        read.street = types;
    }
    read.numbers.truncate(4);
    read.street.truncate(super::MAX_TOKENS);
    cut(read);
}

/// Drops the last words, then the last numbers, until all of it fits into [`MAX_CHARS`].
fn cut(read: &mut AddressLine) {
    while read.joined().len() > MAX_CHARS {
        if read.street.pop().is_none() && read.numbers.pop().is_none() {
            break;
        }
    }
}

fn street_type(word: &str) -> Option<&'static str> {
    TYPES
        .iter()
        .find(|(long, short)| *long == word || *short == word)
        .map(|(long, _)| *long)
}
