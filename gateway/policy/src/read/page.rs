//! The text being read: where a mistake is, and what is allowed instead.

use std::collections::BTreeSet;
use std::fmt::Display;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use stile_model::place::Lines;

use crate::error::PolicyError;
use crate::spelling::nearest;

/// A value with its place in the text.
pub(crate) type Value<'a> = Spanned<DeValue<'a>>;

/// A word with the byte at which it starts.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub at: usize,
    pub text: String,
}

/// Most mistakes told of one file. A file with more is of another kind, or made to keep us busy.
pub(crate) const PROBLEMS_MAX: usize = 200;
/// Most characters of a word that a message repeats.
const SHOWN: usize = 60;

/// The file's name and text, and the mistakes found so far.
pub(crate) struct Page<'a> {
    name: &'a str,
    text: &'a str,
    problems: Vec<(usize, String)>,
    /// How many there are, told or not.
    count: usize,
}

impl<'a> Page<'a> {
    pub fn new(name: &'a str, text: &'a str) -> Self {
        Self {
            name,
            text,
            problems: Vec::new(),
            count: 0,
        }
    }

    /// Notes a mistake at byte `at`.
    pub fn report(&mut self, at: usize, problem: impl Display) {
        self.count += 1;
        if self.count <= PROBLEMS_MAX {
            self.problems.push((at, problem.to_string()));
        }
    }

    /// `value` if nothing was wrong, else every mistake in the order of the text.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, PolicyError> {
        match value {
            Some(value) if self.count == 0 => Ok(value),
            _ => Err(PolicyError::Rules {
                problems: self.problems(),
            }),
        }
    }

    /// How many mistakes were found so far.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Every mistake in the order of the text.
    pub fn problems(self) -> Vec<String> {
        let (name, lines) = (self.name, Lines::of(self.text));
        let line = |(at, problem)| format!("{name}:{}: {problem}", lines.place(at));
        self.raw().into_iter().map(line).collect()
    }

    /// Every mistake with its byte, in the order of the text; of more than [`PROBLEMS_MAX`] the
    /// first that were found, and how many more there are.
    pub fn raw(mut self) -> Vec<(usize, String)> {
        self.problems.sort();
        if let Some(more @ 1..) = self.count.checked_sub(PROBLEMS_MAX) {
            let told = format!("{more} more mistakes are not told; mend these first");
            self.problems.push((self.text.len(), told));
        }
        self.problems
    }

    /// Refuses keys that are not `allowed`.
    pub fn keys(&mut self, table: &DeTable<'_>, allowed: &[&str]) {
        for key in table.keys() {
            let word: &str = key.get_ref();
            if !allowed.contains(&word) {
                let problem = unknown("key", word, allowed);
                self.report(key.span().start, problem);
            }
        }
    }

    /// The text of a string.
    pub fn string(&mut self, key: &str, value: &Value<'_>) -> Option<Word> {
        let at = value.span().start;
        let Some(text) = value.get_ref().as_str() else {
            let problem = format!("`{key}` must be text in quotes, not {}", kind(value));
            self.report(at, problem);
            return None;
        };
        if text.trim().is_empty() {
            self.report(at, format!("`{key}` is empty; write it or remove the key"));
            return None;
        }
        Some(Word {
            at,
            text: text.to_owned(),
        })
    }

    /// The text of a string that stands on one line: what is not seen on a page is refused.
    pub fn line(&mut self, key: &str, value: &Value<'_>) -> Option<Word> {
        let word = self.string(key, value)?;
        if word.text.contains(|c: char| c.is_control() || misleads(c)) {
            let problem = format!(
                "`{key}` must be one line without tabs, control characters and marks that are not seen"
            );
            self.report(word.at, problem);
            return None;
        }
        Some(word)
    }

    /// The words of a string or an array of strings; never empty, never the same twice.
    pub fn words(&mut self, key: &str, value: &Value<'_>) -> Vec<Word> {
        let Some(array) = value.get_ref().as_array() else {
            return self.string(key, value).into_iter().collect();
        };
        if array.is_empty() {
            let problem = format!(
                "`{key}` is an empty list, which would never apply; remove the key to mean any"
            );
            self.report(value.span().start, problem);
        }
        let mut words: Vec<Word> = Vec::new();
        let mut seen = BTreeSet::new();
        for item in array {
            let Some(word) = self.string(key, item) else {
                continue;
            };
            if seen.insert(word.text.clone()) {
                words.push(word);
            } else {
                let problem = format!("`{}` is in the list twice; remove one", shown(&word.text));
                self.report(word.at, problem);
            }
        }
        words
    }

    /// A whole number within `low..=high`.
    pub fn number(&mut self, key: &str, value: &Value<'_>, low: u32, high: u32) -> Option<u32> {
        let number = value
            .get_ref()
            .as_integer()
            .filter(|integer| integer.radix() == 10)
            .and_then(|integer| integer.as_str().parse().ok())
            .filter(|number| (low..=high).contains(number));
        if number.is_none() {
            let problem = format!("`{key}` must be a whole number from {low} to {high}");
            self.report(value.span().start, problem);
        }
        number
    }

    /// One of `allowed`, as parsed by `read`.
    pub fn one_of<T>(
        &mut self,
        what: &str,
        word: &Word,
        allowed: &[&str],
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let found = allowed
            .contains(&word.text.as_str())
            .then(|| read(&word.text))
            .flatten();
        if found.is_none() {
            self.report(word.at, unknown(what, &word.text, allowed));
        }
        found
    }
}

/// The sentence for a word that is not allowed.
pub(crate) fn unknown(what: &str, word: &str, allowed: &[&str]) -> String {
    let hint =
        nearest(word, allowed).map_or(String::new(), |near| format!("did you mean `{near}`? "));
    format!(
        "`{}` is not a {what}; {hint}allowed: {}",
        shown(word),
        allowed.join(", ")
    )
}

/// Does the character make a text look otherwise than it is, without being seen? Marks that turn the
/// direction of writing, and line ends that TOML does not take for any, behind which a comment looks
/// like a rule.
pub(crate) const fn misleads(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A word as a message repeats it: its beginning, and nothing that a terminal would act on.
pub(crate) fn shown(word: &str) -> String {
    let mut chars = word.chars();
    let mut text = String::new();
    for c in chars.by_ref().take(SHOWN) {
        if c.is_control() || misleads(c) {
            text.extend(c.escape_unicode());
        } else {
            text.push(c);
        }
    }
    if chars.next().is_some() {
        text.push('…');
    }
    text
}

/// What a value is, in an officer's words.
pub(crate) fn kind(value: &Value<'_>) -> &'static str {
    match value.get_ref() {
        DeValue::Array(_) => "a list",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Float(_) | DeValue::Integer(_) => "a number",
        DeValue::String(_) => "text",
        DeValue::Table(_) => "a table",
    }
}
