//! Which words with a capital are ordinary. The words are data, in `words/`.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::fold;
use crate::screen::{Screen, TITLES};

/// Where a word stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing<'a> {
    /// It opens a sentence.
    pub(super) opens: bool,
    /// The piece before it in the line.
    pub(super) before: &'a str,
    /// What comes after it.
    pub(super) follower: Follower,
}

/// What comes after a word, with nothing but a blank between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follower {
    /// A word that goes, or the marker of one: the two may be one name.
    Name,
    /// An ordinary word, a number, or nothing.
    Plain,
}

/// May this part of a piece, which has a capital, be shown?
pub(super) fn may_stay(part: &str, standing: &Standing<'_>, screen: &Screen) -> bool {
    let whole = plain(part);
    let base = base(part).map_or_else(|| whole.clone(), plain);
    let stem = base.strip_suffix('s').unwrap_or(&base);
    let any = |fits: &dyn Fn(&str) -> bool| fits(&whole) || fits(&base) || fits(stem);
    if whole.len() < 2 || any(&|word| screen.allows(word)) {
        return true;
    }
    if let Some((_, after)) = AFTER.iter().find(|(words, _)| words.contains(&&*base)) {
        return after.contains(&&*plain(standing.before)) || is_count(standing.before);
    }
    if NAMES.contains(&*whole) || NAMES.contains(&*base) {
        return false;
    }
    if any(&|word| ANYWHERE.contains(word)) {
        return true;
    }
    let ordinary = OPENING.contains(&*whole) || OPENING.contains(&*base);
    let plural = OPENING.contains(stem) && !NAMES.contains(stem);
    standing.opens
        && (ordinary || plural)
        && (standing.follower == Follower::Plain || is_deed(&base))
}

/// Small words that are nobody's name: after a title they say that it stands alone (`the dr said`).
pub(super) fn is_function_word(word: &str) -> bool {
    let word = plain(word);
    word.is_empty() || (ANYWHERE.contains(&*word) && !NAMES.contains(&*word))
}

/// Is `word` a forename or surname that everybody knows?
pub(super) fn is_name(word: &str) -> bool {
    let whole = plain(word);
    let known = |word: &str| NAMES.contains(word);
    known(&whole) || base(word).is_some_and(|base| known(&plain(base)))
}

/// `dr`, `mrs`, with or without a point.
pub(super) fn is_title(word: &str) -> bool {
    TITLES.contains(&plain(word).as_str())
}

/// A small word inside a name: `van`, `de`, `bin`.
pub(super) fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word)
}

/// Words written short with a point.
pub(super) fn is_abbreviated(word: &str) -> bool {
    let word = plain(word);
    TITLES.contains(&word.as_str()) || ABBREVIATED.contains(&word.as_str())
}

/// `Asked Owen`: a verb in the past or going on is not the first part of a name.
fn is_deed(word: &str) -> bool {
    word.ends_with("ed") || word.ends_with("ing")
}

/// The word without `'s` or the short form of a small word (`he'd`, `didn't`).
fn base(part: &str) -> Option<&str> {
    let (before, after) = part.rsplit_once(['\'', '’'])?;
    let after = after.to_ascii_lowercase();
    if after == "t" {
        return before.strip_suffix(['n', 'N']);
    }
    matches!(&*after, "d" | "ll" | "m" | "re" | "s" | "ve" | "").then_some(before)
}

fn plain(word: &str) -> String {
    fold::words(word).concat()
}

/// `12`, `3rd`: before a month.
fn is_count(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

fn listed(text: &'static str) -> HashSet<&'static str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
}

static ANYWHERE: LazyLock<HashSet<&str>> =
    LazyLock::new(|| listed(include_str!("../../words/anywhere.txt")));
static OPENING: LazyLock<HashSet<&str>> =
    LazyLock::new(|| listed(include_str!("../../words/opening.txt")));
static NAMES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| listed(include_str!("../../words/names.txt")));

/// Names that are also months or parts of an agency's name, with the words after which they are
/// not somebody's.
const AFTER: &[(&[&str], &[&str])] = &[
    (
        &["april", "august", "jan", "june", "march", "may"],
        &[
            "between", "by", "during", "early", "end", "from", "in", "last", "late", "mid", "next",
            "of", "since", "this", "until",
        ],
    ),
    (
        &["justice"],
        &["criminal", "family", "of", "restorative", "youth"],
    ),
    (
        &["ward"],
        &["childrens", "hospital", "maternity", "paediatric", "the"],
    ),
];

const PARTICLES: &[&str] = &[
    "al", "ap", "bin", "bint", "da", "de", "della", "den", "der", "di", "dos", "du", "el", "ibn",
    "la", "le", "van", "ver", "von",
];

const ABBREVIATED: &[&str] = &[
    "approx", "apt", "ave", "cllr", "det", "dept", "ext", "fr", "insp", "no", "pc", "ph", "rd",
    "ref", "sgt", "sr", "st", "tel", "vs",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const FILES: [(&str, &str); 3] = [
        ("anywhere", include_str!("../../words/anywhere.txt")),
        ("names", include_str!("../../words/names.txt")),
        ("opening", include_str!("../../words/opening.txt")),
    ];

    #[test]
    fn each_list_is_sorted_and_folded_and_has_no_word_twice() {
        for (name, text) in FILES {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
            let sorted: BTreeSet<&str> = words.iter().copied().collect();

            assert_eq!(words, sorted.into_iter().collect::<Vec<_>>(), "{name}");
            for word in words {
                assert_eq!(plain(word), word, "{name}");
            }
        }
    }

    #[test]
    fn no_word_is_in_two_lists() {
        for (one, other) in [
            (&*ANYWHERE, &*OPENING),
            (&*ANYWHERE, &*NAMES),
            (&*OPENING, &*NAMES),
        ] {
            assert_eq!(one.intersection(other).next(), None);
        }
    }

    #[test]
    fn each_list_says_whose_work_it_is() {
        for (name, text) in FILES {
            let head: String = text
                .lines()
                .take_while(|line| line.starts_with('#'))
                .collect();
            assert!(head.contains("own work"), "{name}");
        }
    }

    #[test]
    fn short_forms_lead_back_to_their_word() {
        for (short, word) in [
            ("didn't", Some("did")),
            ("he’d", Some("he")),
            ("child's", Some("child")),
            ("parents'", Some("parents")),
            ("o'brien", None),
            ("child", None),
        ] {
            assert_eq!(base(short), word, "{short}");
        }
    }
}
