//! Protected telephones, however the digits are spaced, prefixed or spelt.

use std::ops::Range;

use super::lists::NUMBERS;
use super::{Hit, HitKind};
use crate::fold::{self, Folded};

/// A telephone as its national number: `07700 900123` is `7700900123`.
pub(super) struct Telephone {
    national: String,
}

impl Telephone {
    /// `None` when there are fewer than five digits.
    pub(super) fn new(phone: &str) -> Option<Self> {
        let digits: String = fold::words(phone)
            .concat()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let national = digits.strip_prefix("00").unwrap_or(&digits);
        let national = match national.strip_prefix("44") {
            Some(rest) if rest.len() >= 9 => rest,
            _ => national,
        };
        let national = national.trim_start_matches('0');
        (national.len() >= 5).then(|| Self {
            national: national.to_owned(),
        })
    }

    /// The last six digits: a local number, enough to find the rest.
    fn ending(&self) -> &str {
        self.national
            .get(self.national.len().saturating_sub(6)..)
            .unwrap_or(&self.national)
    }
}

/// Adds every protected telephone, and the end of one standing alone as a trace.
pub(super) fn find(telephones: &[Telephone], folded: &Folded, hits: &mut Vec<Hit>) {
    for run in runs(&folded.text) {
        for telephone in telephones {
            let mut covered = 0..0;
            for found in run.all(&telephone.national) {
                covered = run.with_prefix(&found);
                hits.push(run.hit(&covered, false));
            }
            for found in run.all(telephone.ending()) {
                if !(covered.start <= found.start && found.end <= covered.end) {
                    hits.push(run.hit(&found, true));
                }
            }
        }
    }
}

/// Digits with nothing but blanks and punctuation between them.
#[derive(Default)]
struct Run {
    digits: String,
    at: Vec<Range<usize>>,
}

impl Run {
    fn push(&mut self, digit: char, at: Range<usize>) {
        self.digits.push(digit);
        self.at.push(at);
    }

    fn all(&self, wanted: &str) -> Vec<Range<usize>> {
        let starts = self.digits.match_indices(wanted);
        starts
            .map(|(start, _)| start..start.saturating_add(wanted.len()))
            .collect()
    }

    /// Takes in a trunk or country prefix before `found`.
    fn with_prefix(&self, found: &Range<usize>) -> Range<usize> {
        let before = self.digits.get(..found.start).unwrap_or_default();
        let prefix = ["00440", "0044", "440", "44", "0"]
            .iter()
            .find(|prefix| before.ends_with(**prefix));
        found
            .start
            .saturating_sub(prefix.map_or(0, |prefix| prefix.len()))..found.end
    }

    fn hit(&self, digits: &Range<usize>, trace: bool) -> Hit {
        let start = self.at.get(digits.start).map_or(0, |at| at.start);
        let end = self
            .at
            .get(digits.end.saturating_sub(1))
            .map_or(start, |at| at.end);
        Hit {
            range: start..end,
            kind: HitKind::ProtectedPhone,
            trace,
        }
    }
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs = vec![Run::default()];
    let mut repeat: usize = 1;
    for word in word_ranges(text) {
        let letters = text.get(word.clone()).unwrap_or_default();
        match letters {
            "double" => repeat = 2,
            "triple" | "treble" => repeat = 3,
            _ => {
                take_word(letters, &word, repeat, &mut runs);
                repeat = 1;
            }
        }
    }
    runs.retain(|run| run.digits.len() >= 5);
    runs
}

fn take_word(letters: &str, word: &Range<usize>, repeat: usize, runs: &mut Vec<Run>) {
    let spoken = match letters {
        "o" | "oh" | "nought" | "nil" => Some(0),
        _ => NUMBERS
            .iter()
            .take(10)
            .position(|number| *number == letters),
    };
    let spoken = spoken.and_then(|digit| char::from_digit(u32::try_from(digit).ok()?, 10));
    let as_digits = letters.bytes().any(|byte| byte.is_ascii_digit())
        && letters
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'o' | b'l' | b'i'));
    for (offset, c) in letters.char_indices() {
        let at = word.start.saturating_add(offset);
        let digit = match c {
            _ if spoken.is_some() => break,
            'o' if as_digits => Some('0'),
            'l' | 'i' if as_digits => Some('1'),
            digit if digit.is_ascii_digit() => Some(digit),
            _ => None,
        };
        match (digit, runs.last_mut()) {
            (Some(digit), Some(run)) => run.push(digit, at..at.saturating_add(1)),
            (None, Some(run)) if !run.digits.is_empty() => runs.push(Run::default()),
            _ => {}
        }
    }
    if let (Some(digit), Some(run)) = (spoken, runs.last_mut()) {
        for _ in 0..repeat {
            run.push(digit, word.clone());
        }
    }
}

/// Runs of letters and digits, in order.
pub(super) fn word_ranges(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    for (at, byte) in text.bytes().enumerate() {
        let end = at.saturating_add(1);
        let letter = byte.is_ascii_alphanumeric();
        match words.last_mut() {
            Some(word) if open && letter => word.end = end,
            // A marker is a word of its own: nothing reaches across it.
            _ if letter || byte == fold::BREAK => words.push(at..end),
            _ => {}
        }
        open = letter;
    }
    words
}
