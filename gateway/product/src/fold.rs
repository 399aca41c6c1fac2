//! Folds text to lower-case ASCII so that a disguise does not hide an address or a name.
//!
//! Look-alike letters, diacritics, full-width forms, HTML entities and tags, percent escapes,
//! zero-width and bidirectional marks all come out as the plain letter, a blank or nothing. Every
//! folded byte remembers which bytes of the original it stands for, so that exactly those can be
//! taken out.

use std::ops::Range;

/// Stands for a marker such as `[name removed]`: nothing matches across it, so screening a screened
/// text changes nothing.
pub(crate) const BREAK: u8 = 1;

/// A text and its folded form.
pub(crate) struct Folded {
    /// ASCII: lower-case letters, digits, punctuation, blanks and [`BREAK`].
    pub(crate) text: String,
    spans: Vec<(usize, usize)>,
    capitals: Vec<bool>,
}

impl Folded {
    /// Folds `text`; `markers` are kept whole as one [`BREAK`].
    pub(crate) fn new(text: &str, markers: &[&str]) -> Self {
        Self::with(text, |rest| next_piece(rest, markers))
    }

    /// Every reading of `text`: as a page shows it, with what stands in its tags, and as it is written. What
    /// is in a tag, a link's address say, is read by nobody who looks at a page, and by everybody else.
    pub(crate) fn readings(text: &str, markers: &[&str]) -> Vec<Self> {
        let mut readings = vec![Self::new(text, markers)];
        if text.contains('<') {
            let decoded =
                |rest: &str| decoded(rest).unwrap_or_else(|| marker_or_char(rest, markers));
            readings.push(Self::with(text, decoded));
        }
        if text.contains(['&', '%', '\\']) {
            readings.push(Self::with(text, |rest| marker_or_char(rest, markers)));
        }
        readings
    }

    fn with(text: &str, next: impl Fn(&str) -> (Piece, usize)) -> Self {
        let mut folded = Self {
            text: String::with_capacity(text.len()),
            spans: Vec::with_capacity(text.len()),
            capitals: Vec::with_capacity(text.len()),
        };
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let (piece, length) = next(rest);
            let span = (at, at.saturating_add(length.max(1)));
            match piece {
                Piece::Break => folded.push(char::from(BREAK), span, false),
                Piece::Char(c) => folded.push_folded(c, span),
            }
            at = span.1;
        }
        folded
    }

    /// The bytes of the original that the folded bytes `range` stand for.
    pub(crate) fn original(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.spans.get(range.start).map_or(0, |span| span.0);
        let last = range.end.saturating_sub(1);
        let end = self.spans.get(last).map_or(start, |span| span.1);
        start..end.max(start)
    }

    /// Is folded byte `at` a digit?
    pub(crate) fn is_digit(&self, at: usize) -> bool {
        self.text.as_bytes().get(at).is_some_and(u8::is_ascii_digit)
    }

    /// Was the character behind folded byte `at` a capital, or of a script without small letters?
    pub(crate) fn is_capital(&self, at: usize) -> bool {
        self.capitals.get(at).copied().unwrap_or(true)
    }

    fn push(&mut self, c: char, span: (usize, usize), capital: bool) {
        self.text.push(c);
        self.spans.push(span);
        self.capitals.push(capital);
    }

    fn push_folded(&mut self, c: char, span: (usize, usize)) {
        if is_invisible(c) {
            return;
        }
        let capital = !c.is_lowercase();
        if let Some(twin) = look_alike(c) {
            self.push(twin, span, capital);
        } else if c.is_ascii_control() {
            self.push(' ', span, false);
        } else if c.is_ascii() {
            self.push(c.to_ascii_lowercase(), span, capital);
        } else {
            for plain in any_ascii::any_ascii_char(c).chars() {
                let plain = if plain.is_ascii_control() { ' ' } else { plain };
                self.push(plain.to_ascii_lowercase(), span, capital);
            }
        }
    }
}

/// The letters and digits of a folded text with everything between them left out.
///
/// Digits that are written for letters (`0` for `o`, `1` for `l`) become one and the same, so a
/// pattern must go through [`skeleton`] too.
pub(crate) struct Squeezed {
    /// ASCII letters and digits.
    pub(crate) text: String,
    at: Vec<usize>,
    edges: Vec<bool>,
}

impl Squeezed {
    /// Squeezes `folded`. A [`BREAK`] stays as a character that no pattern contains.
    pub(crate) fn new(folded: &Folded) -> Self {
        let mut squeezed = Self {
            text: String::with_capacity(folded.text.len()),
            at: Vec::new(),
            edges: Vec::new(),
        };
        let mut before = None;
        for (at, byte) in folded.text.bytes().enumerate() {
            if byte.is_ascii_alphanumeric() || byte == BREAK {
                squeezed
                    .edges
                    .push(before.is_none_or(|last: u8| class(last) != class(byte)));
                squeezed.text.push(char::from(skeleton_byte(byte)));
                squeezed.at.push(at);
                before = Some(byte);
            } else {
                before = None;
            }
        }
        squeezed
    }

    /// Does a word begin at `index`?
    pub(crate) fn is_edge(&self, index: usize) -> bool {
        self.edges.get(index).copied().unwrap_or(true)
    }

    /// The folded bytes behind the squeezed bytes `range`.
    pub(crate) fn folded(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.at.get(range.start).copied().unwrap_or(0);
        let last = range.end.saturating_sub(1);
        let end = self.at.get(last).map_or(start, |at| at.saturating_add(1));
        start..end.max(start)
    }

    /// Where each word begins, in order.
    pub(crate) fn words(&self) -> Vec<usize> {
        let starts = self.edges.iter().enumerate().filter(|(_, edge)| **edge);
        starts.map(|(index, _)| index).collect()
    }
}

/// The words of `text`, folded; apostrophes join (`o'brien` is `obrien`).
pub(crate) fn words(text: &str) -> Vec<String> {
    let folded = Folded::new(text, &[]).text.replace('\'', "");
    folded
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// `text`, folded already, as a pattern for [`Squeezed::text`].
pub(crate) fn skeleton(text: &str) -> String {
    text.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| char::from(skeleton_byte(byte)))
        .collect()
}

/// Are `a` and `b` one insertion, deletion, change or swap of neighbours apart, or equal?
pub(crate) fn within_one(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(same..).unwrap_or(&[]), b.get(same..).unwrap_or(&[]));
    match (a, b) {
        ([], _) | (_, []) => true,
        ([x, one, rest_a @ ..], [y, two, rest_b @ ..])
            if x == two && y == one && rest_a == rest_b =>
        {
            true
        }
        ([_, rest_a @ ..], [_, rest_b @ ..]) => rest_a == rest_b || rest_a == b || a == rest_b,
    }
}

enum Piece {
    Break,
    Char(char),
}

fn next_piece(rest: &str, markers: &[&str]) -> (Piece, usize) {
    let tag = rest.starts_with('<').then(|| tag(rest)).flatten();
    match tag {
        Some(length) => (Piece::Char(' '), length),
        None => decoded(rest).unwrap_or_else(|| marker_or_char(rest, markers)),
    }
}

/// What is written for another character.
fn decoded(rest: &str) -> Option<(Piece, usize)> {
    match rest.chars().next() {
        Some('&') => entity(rest).map(|(c, length)| (Piece::Char(c), length)),
        Some('%') => percent(rest).map(|c| (Piece::Char(c), 3)),
        Some('\\') => escape(rest).map(|c| (Piece::Char(c), 2)),
        _ => None,
    }
}

fn marker_or_char(rest: &str, markers: &[&str]) -> (Piece, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    let marker = (first == '[')
        .then(|| markers.iter().find(|marker| rest.starts_with(**marker)))
        .flatten();
    match marker {
        Some(marker) => (Piece::Break, marker.len()),
        None => (Piece::Char(first), first.len_utf8()),
    }
}

/// `&nbsp;`, `&#52;`, `&#x34;` and the named ones that people meet in exported notes.
fn entity(rest: &str) -> Option<(char, usize)> {
    let end = rest.bytes().take(12).position(|byte| byte == b';')?;
    let name = rest.get(1..end)?;
    let c = if let Some(hex) = name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
        char::from_u32(u32::from_str_radix(hex, 16).ok()?)?
    } else if let Some(decimal) = name.strip_prefix('#') {
        char::from_u32(decimal.parse().ok()?)?
    } else {
        match name {
            "amp" => '&',
            "apos" | "lsquo" | "rsquo" => '\'',
            "commat" => '@',
            "gt" => '>',
            "lt" => '<',
            "period" => '.',
            "quot" => '"',
            "shy" | "zwj" | "zwnj" | "ZeroWidthSpace" => '\u{200b}',
            "nbsp" | "ensp" | "emsp" | "thinsp" | "comma" | "hyphen" | "NewLine" | "Tab" => ' ',
            _ => return None,
        }
    };
    Some((c, end.saturating_add(1)))
}

/// The length of an HTML tag or comment of at most 200 bytes.
fn tag(rest: &str) -> Option<usize> {
    let second = rest.as_bytes().get(1)?;
    if !(second.is_ascii_alphabetic() || matches!(second, b'/' | b'!')) {
        return None;
    }
    let end = rest.bytes().take(200).position(|byte| byte == b'>')?;
    Some(end.saturating_add(1))
}

fn percent(rest: &str) -> Option<char> {
    let byte = u8::from_str_radix(rest.get(1..3)?, 16).ok()?;
    (byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
        .then(|| char::from(byte))
}

/// A line break written as two characters, as some exports do.
fn escape(rest: &str) -> Option<char> {
    matches!(rest.as_bytes().get(1)?, b'n' | b'r' | b't').then_some(' ')
}

fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        BREAK => 1,
        _ => 2,
    }
}

fn skeleton_byte(byte: u8) -> u8 {
    match byte {
        b'0' => b'o',
        b'1' | b'i' => b'l',
        b'3' => b'e',
        b'5' => b's',
        other => other,
    }
}

/// Characters that show nothing: they must not break a word.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{0300}'..='\u{036f}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Letters of other scripts that look like a Latin one, and quotes that are apostrophes.
fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'А' | 'а' | 'Α' | 'α' | 'ɑ' => 'a',
        'В' | 'в' | 'Β' | 'β' => 'b',
        'С' | 'с' | 'Ϲ' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'Е' | 'е' | 'Ε' | 'ε' | 'є' => 'e',
        'ɡ' => 'g',
        'Н' | 'н' | 'Η' | 'һ' => 'h',
        'І' | 'і' | 'Ι' | 'ι' | 'ı' => 'i',
        'Ј' | 'ј' => 'j',
        'К' | 'к' | 'Κ' | 'κ' => 'k',
        'Ӏ' | 'ӏ' | 'ǀ' | '∣' => 'l',
        'М' | 'м' | 'Μ' => 'm',
        'Ν' | 'ո' => 'n',
        'О' | 'о' | 'Ο' | 'ο' | 'σ' => 'o',
        'Р' | 'р' | 'Ρ' | 'ρ' => 'p',
        'ԛ' => 'q',
        'Ѕ' | 'ѕ' => 's',
        'Т' | 'т' | 'Τ' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'Ԝ' | 'ԝ' | 'ω' => 'w',
        'Х' | 'х' | 'Χ' | 'χ' => 'x',
        'У' | 'у' | 'Υ' | 'γ' => 'y',
        'Ζ' | 'ᴢ' => 'z',
        '’' | '‘' | 'ʼ' | '`' | '´' | '＇' => '\'',
        _ => return None,
    })
}
