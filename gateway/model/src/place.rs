//! Where in a text something is, for errors that people must act on.

use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

/// A place in a text, counted from one, as editors count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

impl Place {
    /// The place of byte `offset`; an offset outside the text is its end.
    pub fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let last = before.rsplit('\n').next().unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            column: last.chars().count() + 1,
        }
    }
}

/// The lines of a text, for many places in it: a text of thousands of mistakes is gone through once.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    text: &'a str,
    /// The byte at which each line starts.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// The lines of `text`.
    pub fn of(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// As [`Place::of`].
    pub fn place(&self, offset: usize) -> Place {
        let offset = if self.text.is_char_boundary(offset) {
            offset
        } else {
            self.text.len()
        };
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line));
        let before = start.and_then(|start| self.text.get(*start..offset));
        Place {
            line,
            column: before.unwrap_or_default().chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters_from_one() {
        let text = "é = 1\nnaïve = 2\n";

        assert_eq!(Place::of(text, 0).to_string(), "1:1");
        assert_eq!(Place::of(text, text.find('2').unwrap()).to_string(), "2:9");
    }

    #[test]
    fn an_offset_outside_the_text_or_inside_a_character_is_its_end() {
        assert_eq!(Place::of("ab", 9).to_string(), "1:3");
        assert_eq!(Place::of("é", 1).to_string(), "1:2");
    }

    #[test]
    fn the_lines_of_a_text_give_the_same_places() {
        for text in ["", "\n", "é = 1\nnaïve = 2\n", "a\r\n\n\nb"] {
            let lines = Lines::of(text);
            for offset in 0..text.len() + 3 {
                assert_eq!(
                    lines.place(offset),
                    Place::of(text, offset),
                    "{text:?} {offset}"
                );
            }
        }
    }
}
