//! A line as pieces: words with the punctuation that touches them, and markers.

use super::lexicon;
use crate::screen::MARKERS;

/// One word or marker of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    /// As it stands in the line.
    pub(super) text: &'a str,
    /// A blank stands before it.
    pub(super) spaced: bool,
    /// It opens a sentence.
    pub(super) opens: bool,
    /// It is a marker, one piece even though it holds blanks.
    pub(super) is_marker: bool,
}

/// What heads a line of a list.
const BULLETS: [char; 5] = ['-', '*', '•', '·', '–'];

/// The pieces of `line`; `opens` says whether the first opens a sentence.
pub(super) fn pieces(line: &str, opens: bool) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut rest = line.trim();
    let (mut spaced, mut opens) = (false, opens || rest.starts_with(BULLETS));
    while !rest.is_empty() {
        let marker = MARKERS.iter().find(|marker| rest.starts_with(**marker));
        let length = marker.map_or_else(|| word_length(rest), |marker| marker.len());
        let (text, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let piece = Piece {
            text,
            spaced,
            opens,
            is_marker: marker.is_some(),
        };
        // A dash at the head of a line, or a bracket, does not use up the opening.
        opens = piece.ends_sentence() || (opens && !piece.is_marker && piece.core().is_empty());
        pieces.push(piece);
        rest = tail.trim_start();
        spaced = rest.len() < tail.len();
    }
    pieces
}

/// Up to the next blank, or the next `[`, where a marker may begin.
fn word_length(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    let end = chars.find(|(_, c)| c.is_whitespace() || *c == '[');
    end.map_or(rest.len(), |(at, _)| at)
}

impl<'a> Piece<'a> {
    /// The word without the punctuation around it.
    pub(super) fn core(&self) -> &'a str {
        self.text.trim_matches(|c: char| !c.is_alphanumeric())
    }

    /// The punctuation before the word.
    pub(super) fn lead(&self) -> &'a str {
        lead_of(self.text)
    }

    /// The punctuation after the word; the point of an abbreviation is part of it.
    pub(super) fn tail(&self) -> &'a str {
        if is_abbreviation(self.text) {
            return "";
        }
        let kept = self.text.trim_end_matches(|c: char| !c.is_alphanumeric());
        self.text.get(kept.len()..).unwrap_or_default()
    }

    /// The words that hyphens, slashes and points join; apostrophes are part of a word.
    pub(super) fn parts(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.text
            .split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’'))
            .map(|part| part.trim_matches(['\'', '’']))
            .filter(|part| !part.is_empty())
    }

    pub(super) fn has_capital(&self) -> bool {
        self.text.chars().any(char::is_uppercase)
    }

    /// Does anything but a blank part it from what follows? A title's or an initial's point does
    /// not.
    pub(super) fn is_followed_by_punctuation(&self) -> bool {
        !self.is_marker && !self.tail().is_empty()
    }

    /// Does the next piece open a sentence?
    pub(super) fn ends_sentence(&self) -> bool {
        let end = self
            .text
            .trim_end_matches(['"', '\'', '’', '”', ')', ']', '*']);
        !self.is_marker && end.ends_with(['.', '!', '?', '…']) && !is_abbreviation(end)
    }
}

/// `Dr.`, `St.`, `e.g.` and initials: a point that ends no sentence.
fn is_abbreviation(text: &str) -> bool {
    let Some(word) = text.strip_suffix('.') else {
        return false;
    };
    let core = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let lettered = core.contains('.') && core.split('.').all(|part| part.chars().count() == 1);
    is_initial(text) || lettered || lexicon::is_abbreviated(core)
}

/// `J` or `J.`, before a name.
pub(super) fn is_initial(text: &str) -> bool {
    let mut chars = text.trim_end_matches('.').chars();
    let letter = chars.next().is_some_and(char::is_uppercase);
    letter && chars.next().is_none() && text != "I" && text != "A"
}

/// A house number, not one that ends a sentence.
pub(super) fn is_number(text: &str) -> bool {
    let word = text.trim_end_matches(',').trim_start_matches('(');
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.len() <= 5
        && word.chars().all(char::is_alphanumeric)
}

/// The punctuation before a word.
pub(super) fn lead_of(text: &str) -> &str {
    let kept = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let length = text.len().saturating_sub(kept.len());
    text.get(..length).unwrap_or_default()
}
