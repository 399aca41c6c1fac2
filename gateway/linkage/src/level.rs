//! How far two names agree.

use rapidfuzz::distance::{jaro_winkler, osa};
use rphonetic::DoubleMetaphone;

use crate::nickname;
use crate::variant;

/// Words that one clerk writes before a surname and the next leaves out.
const ARTICLES: &[&str] = &["al", "ap", "bin", "de", "el", "ibn", "ul", "van", "von"];

/// How far two forenames or two surnames agree; best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Level {
    /// The same letters after normalising.
    Identical,
    /// A name and its short form, by a direct edge of the table.
    Nickname,
    /// Two spellings of one name of another script or language, by the table.
    Variant,
    /// One slip of the pen.
    Near,
    /// One part of a double-barrelled surname, or a forename the other goes by.
    Part,
    /// Sounds alike, or two slips.
    Similar,
    /// One side is only the initial of the other.
    Initial,
    /// None of these.
    Different,
}

impl Level {
    /// Every level, best first.
    pub(crate) const ALL: [Self; 8] = [
        Self::Identical,
        Self::Nickname,
        Self::Variant,
        Self::Near,
        Self::Part,
        Self::Similar,
        Self::Initial,
        Self::Different,
    ];

    /// The word shown in a waterfall.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Different => "different",
            Self::Identical => "identical",
            Self::Initial => "initial agrees",
            Self::Near => "one slip apart",
            Self::Nickname => "short form",
            Self::Part => "part of the name",
            Self::Similar => "sounds or looks alike",
            Self::Variant => "another spelling",
        }
    }
}

/// One normalised name with what comparing it needs, computed once.
pub(crate) struct Form {
    text: String,
    gist: Gist,
    sound: String,
    key: String,
    /// Looked up once: a vocabulary is compared a name at a time.
    shorts: &'static [&'static str],
    /// The usual spelling, looked up once too.
    usual: Option<&'static str>,
}

impl Form {
    /// Prepares `text`, lower-case ASCII letters.
    pub(crate) fn new(text: &str) -> Self {
        let sound = if text.len() > 1 {
            DoubleMetaphone::default().double_metaphone(text).primary()
        } else {
            String::new()
        };
        let shorts = nickname::short_forms(text);
        let usual = variant::usual(text);
        Self {
            gist: Gist::new(text, &sound, shorts, usual),
            sound,
            key: key(text),
            shorts,
            usual,
            text: text.to_owned(),
        }
    }

    /// What of it is kept in a row, to pass over nearly all of a vocabulary.
    pub(crate) const fn gist(&self) -> Gist {
        self.gist
    }

    /// The normalised name.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How far the two agree, whichever is asked first.
    pub(crate) fn level(&self, other: &Self) -> Level {
        if self.gist.surely_differs(other.gist) {
            return Level::Different;
        }
        self.read_level(other)
    }

    /// The level by reading both names.
    fn read_level(&self, other: &Self) -> Level {
        let (a, b) = if self.text <= other.text {
            (self, other)
        } else {
            (other, self)
        };
        if a.text == b.text {
            return Level::Identical;
        }
        let same_start = a.text.bytes().next() == b.text.bytes().next();
        let shorter = a.text.len().min(b.text.len());
        if shorter <= 1 {
            return if same_start && shorter == 1 {
                Level::Initial
            } else {
                Level::Different
            };
        }
        if a.shorts.contains(&b.text.as_str()) || b.shorts.contains(&a.text.as_str()) {
            return Level::Nickname;
        }
        if a.usual.is_some() && a.usual == b.usual {
            return Level::Variant;
        }
        if begins_with_article(&a.text, &b.text) {
            return Level::Part;
        }
        if a.sound.len() >= 3 && a.sound == b.sound {
            return a.fuzzy(b);
        }
        let differing = (a.gist.letters ^ b.gist.letters).count_ones();
        if differing > if same_start { 4 } else { 2 } {
            return Level::Different;
        }
        a.fuzzy(b)
    }

    fn fuzzy(&self, other: &Self) -> Level {
        let (a, b) = (self.text.as_str(), other.text.as_str());
        let (shorter, longer) = (a.len().min(b.len()), a.len().max(b.len()));
        let slips = if longer - shorter <= 2 {
            osa::distance(a.bytes(), b.bytes())
        } else {
            3
        };
        let alike = jaro_winkler::similarity(a.bytes(), b.bytes());
        if shorter >= 4 && (slips <= 1 || alike >= 0.93) {
            return Level::Near;
        }
        let sounds = shorter >= 3 && (self.key == other.key || self.sound == other.sound);
        let begins = shorter >= 3 && (a.starts_with(b) || b.starts_with(a));
        if (slips <= 2 && shorter >= 6)
            || (slips <= 1 && shorter >= 3)
            || alike >= 0.87
            || sounds
            || begins
        {
            return Level::Similar;
        }
        Level::Different
    }
}

/// A name in a few bytes: what tells without reading the name that two do not agree.
///
/// A vocabulary is compared a name at a time, and reading each name of it costs a visit to memory.
#[derive(Clone, Copy)]
pub(crate) struct Gist {
    /// The letters in it, a bit each.
    letters: u32,
    /// Digest of its sound; 0 when that is too short to tell anything.
    sound: u32,
    /// Digest of the usual spelling; 0 when there is none.
    usual: u32,
    /// One bit of its own, by its digest.
    own: u32,
    /// The bits of its short forms.
    shorts: u32,
    length: u8,
    start: u8,
}

impl Gist {
    fn new(text: &str, sound: &str, shorts: &[&str], usual: Option<&str>) -> Self {
        let bit = |text: &str| 1 << (digest(text) >> 27);
        Self {
            letters: letters(text),
            sound: if sound.len() >= 3 { digest(sound) } else { 0 },
            usual: usual.map_or(0, digest),
            own: bit(text),
            shorts: shorts.iter().fold(0, |bits, short| bits | bit(short)),
            length: u8::try_from(text.len()).unwrap_or(u8::MAX),
            start: text.bytes().next().unwrap_or(0),
        }
    }

    /// Are the two so far apart that their level is certainly [`Level::Different`]?
    ///
    /// Says no wherever it cannot be sure; [`Form::level`] then reads the names.
    pub(crate) const fn surely_differs(self, other: Self) -> bool {
        if self.length <= 1 || other.length <= 1 {
            return false;
        }
        let differing = (self.letters ^ other.letters).count_ones();
        let apart = self.length.abs_diff(other.length);
        // Slips change few letters, and an article brings at most three.
        if differing <= 2 || (differing <= 4 && (self.start == other.start || apart >= 2)) {
            return false;
        }
        let table = self.shorts & other.own != 0
            || other.shorts & self.own != 0
            || (self.usual != 0 && self.usual == other.usual);
        !table && (self.sound == 0 || self.sound != other.sound)
    }
}

/// FNV-1a of a text, never 0: digests only ever rule agreement out.
fn digest(text: &str) -> u32 {
    let digest = text.bytes().fold(0x811c_9dc5_u32, |digest, byte| {
        (digest ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    digest.max(1)
}

/// Is one the other with an article before it: `alhassan` and `hassan`?
fn begins_with_article(a: &str, b: &str) -> bool {
    let (shorter, longer) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    (2..=3).contains(&(longer.len() - shorter.len()))
        && shorter.len() >= 4
        && longer
            .strip_suffix(shorter)
            .is_some_and(|article| ARTICLES.contains(&article))
}

fn letters(text: &str) -> u32 {
    text.bytes()
        .filter(u8::is_ascii_lowercase)
        .fold(0, |mask, byte| mask | 1 << (byte - b'a'))
}

/// Writes spellings of one transliterated name alike: Mohammed and Muhammad, Yusuf and Yousef.
fn key(text: &str) -> String {
    let folded = text
        .replace("ph", "f")
        .replace("ck", "k")
        .replace("kh", "k")
        .replace("gh", "g")
        .replace("sz", "sh");
    let mut key = String::with_capacity(folded.len());
    for c in folded.chars() {
        let c = match c {
            'e' => 'a',
            'j' | 'y' => 'i',
            'o' | 'w' => 'u',
            'c' | 'q' => 'k',
            'v' => 'f',
            'z' => 's',
            other => other,
        };
        if !key.ends_with(c) {
            key.push(c);
        }
    }
    if key.len() > 2 {
        key.truncate(key.trim_end_matches('h').len().max(2));
    }
    key
}

#[cfg(test)]
mod tests {
    mod measured;

    use proptest::prelude::*;

    use super::*;

    fn level(a: &str, b: &str) -> Level {
        Form::new(a).level(&Form::new(b))
    }

    #[test]
    fn finds_slips_sounds_and_short_forms() {
        for (a, b, expected) in [
            ("kate", "kate", Level::Identical),
            ("alfie", "alfred", Level::Nickname),
            ("benjamin", "benjamen", Level::Near),
            ("mohammed", "muhammad", Level::Variant),
            ("md", "mohd", Level::Variant),
            ("catherine", "kathryn", Level::Variant),
            ("owain", "owen", Level::Variant),
            ("alhassan", "hassan", Level::Part),
            ("elbaz", "baz", Level::Different),
            ("ruqsana", "ruksanna", Level::Similar),
            ("j", "john", Level::Initial),
        ] {
            assert_eq!(level(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn refuses_names_that_only_share_a_nickname_or_an_ending() {
        for (a, b) in [
            ("charlotte", "caroline"),
            ("jack", "mark"),
            ("anna", "hanif"),
            ("a", "ben"),
            ("", "ben"),
        ] {
            assert_eq!(level(a, b), Level::Different, "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_passed_over_agrees(
            a in "[a-f]{0,9}|(al|el|abd)[a-f]{3,6}|mo|md|alex|catherine",
            b in "[a-f]{0,9}|mohammed|alexander|sandy|kathryn"
        ) {
            let (a, b) = (Form::new(&a), Form::new(&b));

            if a.gist.surely_differs(b.gist) {
                prop_assert_eq!(a.read_level(&b), Level::Different);
            }
            prop_assert_eq!(a.gist.surely_differs(b.gist), b.gist.surely_differs(a.gist));
        }

        #[test]
        fn agreement_is_the_same_from_either_side(a in "[a-f]{0,9}", b in "[a-f]{0,9}") {
            prop_assert_eq!(level(&a, &b), level(&b, &a));
        }

        #[test]
        fn agreement_by_a_table_is_the_same_from_either_side(
            a in prop::sample::select(vec!["mo", "md", "mohammed", "muhammad", "alex", "sandy", "aleksander", "sian", "shaan", "jane", "alhassan", "hasan", "hassan"]),
            b in "[a-z]{0,9}|md|mohamed|alexander|jane|sian|shan|hassan|elhassan"
        ) {
            prop_assert_eq!(level(a, &b), level(&b, a));
        }

        #[test]
        fn a_name_is_identical_to_itself(a in "[a-z]{1,64}") {
            prop_assert_eq!(level(&a, &a), Level::Identical);
        }
    }
}
