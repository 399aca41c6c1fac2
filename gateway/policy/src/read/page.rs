//! The text being read: where a mistake is, and what is allowed instead.

use std::fmt::Display;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use stile_model::place::Place;

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

/// The file's name and text, and the mistakes found so far.
pub(crate) struct Page<'a> {
    name: &'a str,
    text: &'a str,
    problems: Vec<(usize, String)>,
}

impl<'a> Page<'a> {
    pub fn new(name: &'a str, text: &'a str) -> Self {
        Self {
            name,
            text,
            problems: Vec::new(),
        }
    }

    /// Notes a mistake at byte `at`.
    pub fn report(&mut self, at: usize, problem: impl Display) {
        self.problems.push((at, problem.to_string()));
    }

    /// `value` if nothing was wrong, else every mistake in the order of the text.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, PolicyError> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(PolicyError::Rules {
                problems: self.problems(),
            }),
        }
    }

    /// How many mistakes were found so far.
    pub const fn count(&self) -> usize {
        self.problems.len()
    }

    /// Every mistake in the order of the text.
    pub fn problems(self) -> Vec<String> {
        let (name, text) = (self.name, self.text);
        let line = |(at, problem)| format!("{name}:{}: {problem}", Place::of(text, at));
        self.raw().into_iter().map(line).collect()
    }

    /// Every mistake with its byte, in the order of the text.
    pub fn raw(mut self) -> Vec<(usize, String)> {
        self.problems.sort();
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
        if word.text.contains(char::is_control) {
            let problem =
                format!("`{key}` must be one line without tabs or other control characters");
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
        for item in array {
            let Some(word) = self.string(key, item) else {
                continue;
            };
            if words.iter().any(|known| known.text == word.text) {
                self.report(
                    word.at,
                    format!("`{}` is in the list twice; remove one", word.text),
                );
            } else {
                words.push(word);
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
    let shown: String = word.chars().take(60).collect();
    format!(
        "`{shown}` is not a {what}; {hint}allowed: {}",
        allowed.join(", ")
    )
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
