//! How far two names agree.

mod gist;

use rapidfuzz::distance::{jaro_winkler, osa};
use rphonetic::DoubleMetaphone;

use crate::nickname;
use crate::variant;

pub(crate) use gist::Gist;
use gist::{ALIKE, SLIP};

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
        let key = key(text);
        Self {
            gist: Gist::new(text, &sound, &key, shorts, usual),
            sound,
            key,
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

    /// The level by reading both names, without a look at their gists first.
    pub(crate) fn read_level(&self, other: &Self) -> Level {
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
        if a.gist.differing(b.gist) > if same_start { 4 } else { 2 } {
            return Level::Different;
        }
        a.fuzzy(b)
    }

    fn fuzzy(&self, other: &Self) -> Level {
        let (a, b) = (self.text.as_str(), other.text.as_str());
        let (shorter, longer) = (a.len().min(b.len()), a.len().max(b.len()));
        // Both are costly, and mostly the letters alone tell that neither can come out near.
        let (least_slips, most_alike) = self.gist.bounds(other.gist);
        let slips = if longer - shorter <= 2 && least_slips <= 2 {
            osa::distance(a.bytes(), b.bytes())
        } else {
            3
        };
        let alike = if most_alike >= ALIKE {
            jaro_winkler::similarity(a.bytes(), b.bytes())
        } else {
            0.0
        };
        if shorter >= 4 && (slips <= 1 || alike >= SLIP) {
            return Level::Near;
        }
        let sounds = shorter >= 3 && (self.key == other.key || self.sound == other.sound);
        let begins = shorter >= 3 && (a.starts_with(b) || b.starts_with(a));
        if (slips <= 2 && shorter >= 6)
            || (slips <= 1 && shorter >= 3)
            || alike >= ALIKE
            || sounds
            || begins
        {
            return Level::Similar;
        }
        Level::Different
    }
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

    /// A name, and the same with some letters changed, left out, added or swapped.
    fn with_slips() -> impl Strategy<Value = (String, String)> {
        let slip = (0_usize..12, 0_u8..4, proptest::char::range('a', 'f'));
        ("[a-z]{1,12}|[a-f]{2,9}", prop::collection::vec(slip, 0..5)).prop_map(|(name, slips)| {
            let mut letters: Vec<char> = name.chars().collect();
            for (at, what, letter) in slips {
                let at = at % letters.len().max(1);
                match what {
                    0 => letters.insert(at.min(letters.len()), letter),
                    1 if at + 1 < letters.len() => letters.swap(at, at + 1),
                    2 if letters.len() > 1 => drop(letters.remove(at)),
                    _ => letters[at] = letter,
                }
            }
            (name, letters.into_iter().collect())
        })
    }

    /// The level by reading both names, and that what spares a closer look is true.
    fn read(a: &Form, b: &Form) -> Level {
        let (a, b) = if a.text <= b.text { (a, b) } else { (b, a) };
        let slips = osa::distance(a.text.bytes(), b.text.bytes());
        let alike = jaro_winkler::similarity(a.text.bytes(), b.text.bytes());
        let (least, most) = a.gist.bounds(b.gist);
        assert!(usize::try_from(least).unwrap() <= slips && most >= alike);
        a.read_level(b)
    }

    proptest! {
        #[test]
        fn bounds_never_pass_over_a_name_with_slips((a, b) in with_slips()) {
            let (a, b) = (Form::new(&a), Form::new(&b));
            let level = read(&a, &b);

            prop_assert_eq!(a.level(&b), level);
            if a.gist.surely_no_slip(b.gist) {
                prop_assert!(level > Level::Near);
            }
        }

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
