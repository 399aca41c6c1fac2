//! Patterns for what is protected, matched on squeezed text.
//!
//! ```text
//! 4 Elm Row  →  4elmrow, fourelmrow (anywhere)   4elm (whole words)   elmrow (trace)
//! ```

mod school;

use std::collections::BTreeSet;

use super::lists::{COMMON_PLACES, NUMBERS, ORDINARY_NAMES, STREET_TYPES, TITLES};
use super::{Hit, HitKind};
use crate::fold::{self, Folded, Squeezed, skeleton, within_one};
pub(super) use school::school;

/// Where a pattern must begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    /// Even inside a run of letters: long enough not to be chance.
    Anywhere,
    /// At the beginning or at the end of a word.
    OneEdge,
    /// At the beginning of a word and at the end of one.
    WholeWords,
}

/// One squeezed text to look for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern {
    text: String,
    need: Need,
    kind: HitKind,
    trace: bool,
    /// An ordinary word (`will`, `may`): only with a capital is it a name.
    capital: bool,
}

impl Pattern {
    fn new(text: &str, need: Need, kind: HitKind, trace: bool) -> Self {
        Self {
            text: skeleton(text),
            need,
            kind,
            trace,
            capital: false,
        }
    }

    /// Adds every occurrence to `hits`.
    pub(super) fn find(&self, folded: &Folded, squeezed: &Squeezed, hits: &mut Vec<Hit>) {
        let mut from = 0;
        while let Some(found) = squeezed
            .text
            .get(from..)
            .and_then(|rest| rest.find(&self.text))
        {
            let start = from.saturating_add(found);
            let end = start.saturating_add(self.text.len());
            let (left, right) = (squeezed.is_edge(start), squeezed.is_edge(end));
            // Another house in the street (`14` for `4`) is a trace, not the address.
            let cut = !left && folded.is_digit(squeezed.folded(&(start..end)).start);
            let fits = match self.need {
                _ if cut => false,
                Need::Anywhere => true,
                Need::OneEdge => left || right,
                Need::WholeWords => left && right,
            };
            let range = squeezed.folded(&(start..end));
            if fits && (!self.capital || folded.is_capital(range.start)) {
                hits.push(Hit {
                    range,
                    kind: self.kind,
                    trace: self.trace,
                });
                from = end;
            } else {
                from = start.saturating_add(1);
            }
        }
    }
}

/// A street's name, looked for with one slip of the keyboard.
pub(super) struct Street {
    text: String,
    words: usize,
}

impl Street {
    /// Adds a trace wherever the street stands with one letter wrong.
    pub(super) fn find(&self, squeezed: &Squeezed, starts: &[usize], hits: &mut Vec<Hit>) {
        for (place, start) in starts.iter().enumerate() {
            let next = starts.get(place.saturating_add(self.words));
            let end = next.copied().unwrap_or(squeezed.text.len());
            if end.abs_diff(start.saturating_add(self.text.len())) > 1 {
                continue;
            }
            let window = squeezed.text.get(*start..end).unwrap_or_default();
            if within_one(window, &self.text) {
                let range = squeezed.folded(&(*start..end));
                hits.push(Hit {
                    range,
                    kind: HitKind::ProtectedAddress,
                    trace: true,
                });
            }
        }
    }
}

/// Patterns of an address line: every part with a number or a street, and the first part.
pub(super) fn address(
    line: &str,
    allowed: &BTreeSet<String>,
    patterns: &mut Vec<Pattern>,
    streets: &mut Vec<Street>,
) {
    let parts: Vec<Vec<String>> = line
        .split([',', ';', '\n', '\r'])
        .map(fold::words)
        .collect();
    let parts: Vec<&Vec<String>> = parts.iter().filter(|words| !words.is_empty()).collect();
    let mut whole = String::new();
    for (place, words) in parts.into_iter().enumerate() {
        let numbered = words.iter().any(|word| is_numbered(word));
        let street = words.iter().skip(1).any(|word| street_type(word).is_some());
        // What follows without number or street is a town, which alone points nowhere.
        if !(place == 0 || numbered || street) {
            continue;
        }
        whole.push_str(&words.concat());
        let last_number = words.iter().rposition(|word| is_numbered(word));
        let after = last_number.map_or(0, |at| at.saturating_add(1));
        let name = words.get(after..).unwrap_or_default();
        if name.is_empty() {
            whole_part(&words.concat(), patterns);
        } else {
            let number = last_number.and_then(|at| words.get(at)).map(String::as_str);
            let part = Part {
                number,
                name,
                first: place == 0,
            };
            part.patterns(allowed, patterns, streets);
        }
    }
    if whole.len() >= 7 {
        patterns.push(Pattern::new(
            &whole,
            Need::OneEdge,
            HitKind::ProtectedAddress,
            false,
        ));
    }
}

/// A part such as `Flat 3` or `Rose Cottage`: as a whole, or not at all.
fn whole_part(text: &str, patterns: &mut Vec<Pattern>) {
    if text.len() >= 2 {
        patterns.push(Pattern::new(
            text,
            Need::WholeWords,
            HitKind::ProtectedAddress,
            false,
        ));
    }
}

/// One part of an address line: `4 Elm Row`.
struct Part<'a> {
    number: Option<&'a str>,
    name: &'a [String],
    first: bool,
}

impl Part<'_> {
    fn patterns(
        &self,
        allowed: &BTreeSet<String>,
        patterns: &mut Vec<Pattern>,
        streets: &mut Vec<Street>,
    ) {
        let place = HitKind::ProtectedAddress;
        let (core, kind) = split_street(self.name);
        let joined = core.concat();
        // A house with a name is the address itself; a street alone is a trace of it.
        let trace = self.number.is_some() || !self.first;
        for ending in kind.unwrap_or(&[""]) {
            let street = format!("{joined}{ending}");
            self.numbered(&street, !ending.is_empty(), patterns);
            if ending.is_empty() {
                continue;
            }
            let long = ending.len() > 3 || street.len() > 8;
            let need = if long {
                Need::OneEdge
            } else {
                Need::WholeWords
            };
            patterns.push(Pattern::new(&street, need, place, trace));
            if street.len() >= 8 {
                let words = core.len().saturating_add(1);
                streets.push(Street {
                    text: skeleton(&street),
                    words,
                });
            }
        }
        self.numbered(&joined, false, patterns);
        if is_distinctive(core, allowed) {
            patterns.push(Pattern::new(
                &joined,
                Need::WholeWords,
                place,
                trace || kind.is_some(),
            ));
        } else if self.number.is_none() && kind.is_none() {
            // `The Grange`: too common to find in small letters, too telling to let pass.
            let mut named = Pattern::new(&joined, Need::WholeWords, place, false);
            named.capital = true;
            patterns.push(named);
        }
    }

    /// The name behind each spelling of the number.
    fn numbered(&self, name: &str, whole: bool, patterns: &mut Vec<Pattern>) {
        for spelling in self.number.into_iter().flat_map(number_spellings) {
            let text = format!("{spelling}{name}");
            let long = whole && text.len() >= 7;
            let need = if long {
                Need::Anywhere
            } else {
                Need::WholeWords
            };
            patterns.push(Pattern::new(&text, need, HitKind::ProtectedAddress, false));
        }
    }
}

/// The words of a street's name without its last word (`elm` of `elm row`), and what that is.
fn split_street(name: &[String]) -> (&[String], Option<&'static [&'static str]>) {
    let mut end = name
        .iter()
        .skip(1)
        .position(|word| street_type(word).is_some());
    // `Elm Grove Road`: the last of neighbouring street words is the kind.
    while let Some(at) = end {
        let next = name.get(at.saturating_add(2));
        if next.is_some_and(|word| street_type(word).is_some()) {
            end = Some(at.saturating_add(1));
        } else {
            break;
        }
    }
    match end {
        Some(at) => {
            let at = at.saturating_add(1);
            let kind = name.get(at).and_then(|word| street_type(word));
            (name.get(..at).unwrap_or(name), kind)
        }
        None => (name, None),
    }
}

/// Patterns of a protected postcode; its first half alone is a trace.
pub(super) fn postcode(postcode: &str, patterns: &mut Vec<Pattern>) {
    let text = fold::words(postcode).concat();
    let place = HitKind::ProtectedAddress;
    if (5..=7).contains(&text.len()) {
        let (outward, _) = text.split_at(text.len().saturating_sub(3));
        patterns.push(Pattern::new(&text, Need::Anywhere, place, false));
        patterns.push(Pattern::new(outward, Need::WholeWords, place, true));
    } else if !text.is_empty() {
        patterns.push(Pattern::new(&text, Need::WholeWords, place, false));
    }
}

/// Patterns of the name of a person who is not a subject: whole, and word by word.
pub(super) fn name(name: &str, allowed: &BTreeSet<String>, patterns: &mut Vec<Pattern>) {
    let words: Vec<String> = fold::words(name)
        .into_iter()
        .filter(|word| !TITLES.contains(&word.as_str()))
        .collect();
    if words.iter().all(|word| allowed.contains(word)) {
        return;
    }
    let whole = words.concat();
    let need = if whole.len() >= 8 {
        Need::Anywhere
    } else {
        Need::WholeWords
    };
    if whole.len() >= 3 {
        patterns.push(Pattern::new(&whole, need, HitKind::ThirdPartyName, false));
    }
    for word in words
        .iter()
        .filter(|word| word.len() >= 2 && !allowed.contains(*word))
    {
        let mut pattern = Pattern::new(word, Need::WholeWords, HitKind::ThirdPartyName, false);
        pattern.capital = word.len() == 2 || ORDINARY_NAMES.contains(&word.as_str());
        if word.len() >= 4 {
            let mut plural = pattern.clone();
            plural.text.push('s');
            patterns.push(plural);
        }
        patterns.push(pattern);
    }
}

/// Would the words alone tell a reader which street or school is meant?
fn is_distinctive(core: &[String], allowed: &BTreeSet<String>) -> bool {
    match core {
        [] => false,
        [word] => {
            word.len() >= 5 && !COMMON_PLACES.contains(&word.as_str()) && !allowed.contains(word)
        }
        _ => !core
            .iter()
            .all(|word| allowed.contains(word) || COMMON_PLACES.contains(&word.as_str())),
    }
}

fn is_numbered(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// A house number as figures and, to twenty, as a word.
fn number_spellings(number: &str) -> Vec<String> {
    let mut spellings = vec![number.to_owned()];
    if let Some(word) = number.parse().ok().and_then(|at: usize| NUMBERS.get(at)) {
        spellings.push((*word).to_owned());
    }
    spellings
}

/// The spellings of the kind of street that `word` is.
fn street_type(word: &str) -> Option<&'static [&'static str]> {
    STREET_TYPES
        .iter()
        .copied()
        .find(|spellings| spellings.contains(&word))
}
