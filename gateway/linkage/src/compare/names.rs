//! How two whole names agree: forename, surname, further forenames, and fields mixed up.

use crate::frequencies::Frequencies;
use crate::kin;
use crate::level::{Form, Level};
use crate::lexicon::{Agreeing, Lexicon};
use crate::person::Named;
use crate::shares::NameBits;
use crate::weights::{Rate, Weights};

/// How the names agree.
#[derive(Clone, Copy, Default)]
pub(crate) struct NameLevels {
    /// First forename, where both have one.
    pub(crate) given: Option<Level>,
    /// Surname, where both have one.
    pub(crate) surname: Option<Level>,
    /// They stand in each other's field.
    pub(crate) swapped: bool,
    /// Whether a further forename or its initial agrees, where both have one.
    pub(crate) later: Option<bool>,
    /// `Baby` or the like stands on one side where a forename should.
    pub(crate) placeholder: bool,
    /// One side says which of several of one name it is, and the other says otherwise or nothing.
    pub(crate) generation: bool,
}

/// How the forenames after the first agree.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Middle {
    /// Both written out, none in common.
    Different,
    /// One is the initial of the other.
    Initial {
        /// Which.
        letter: u8,
    },
    /// One is an initial and not of the other.
    InitialDiffers,
    /// One in common, borne by this many people.
    Same {
        /// People who bear it as a further forename.
        bearers: u64,
        /// Its initial.
        letter: u8,
    },
}

impl Middle {
    /// Do they agree, as far as they are written?
    pub(super) const fn agrees(self) -> bool {
        matches!(self, Self::Initial { .. } | Self::Same { .. })
    }

    /// How often this is seen between two records of one person, and in a family.
    pub(super) fn rate(self, weights: &Weights) -> Rate {
        match self {
            Self::Different => weights.middle_name(false),
            Self::Initial { .. } => weights.middle_initial(true),
            Self::InitialDiffers => weights.middle_initial(false),
            Self::Same { .. } => weights.middle_name(true),
        }
    }

    /// Bits for the subject and against a member of the family; `namesake` says that the first
    /// forenames agree.
    pub(super) fn kin_bits(self, weights: &Weights, namesake: bool) -> f64 {
        let bits = |rate| kin::middle(rate, self.agrees(), namesake);
        match self {
            // Written out it tells no less than its initial alone.
            Self::Same { .. } => bits(self.rate(weights)).max(bits(weights.middle_initial(true))),
            _ => bits(self.rate(weights)),
        }
    }
}

/// How a held name agrees with one of the subject's, field by field.
pub(crate) fn name_levels(
    named: &Named,
    bits: &NameBits,
    other: &Named,
    f: &Frequencies,
) -> (NameLevels, Option<Middle>) {
    let mut given = bits
        .first
        .as_ref()
        .zip(other.first())
        .map(|(name, text)| level_with(name, text, &f.forenames));
    if given == Some(Level::Part) {
        // Only surnames have articles before them: Alanna is not Anna, nor Alisha Isha.
        given = Some(Level::Different);
    }
    let theirs = (!other.surname.is_empty()).then(|| other.surname.whole());
    let mut surname = bits
        .last
        .as_ref()
        .zip(theirs)
        .map(|(name, text)| level_with(name, text, &f.surnames));
    let mut middle = middle(named.later(), other.later(), f);
    if given > Some(Level::Part) && goes_by_later(named, other) {
        given = Some(Level::Part);
        middle = None;
    }
    if given == Some(Level::Different) && is_lone_middle(named, other) {
        let letter = named.first().and_then(|only| only.bytes().next());
        given = None;
        middle = Some(Middle::Initial {
            letter: letter.unwrap_or_default(),
        });
    }
    if surname > Some(Level::Part) && shares_part(named, other) {
        surname = Some(Level::Part);
    }
    let swapped =
        given > Some(Level::Part) && surname > Some(Level::Part) && is_swapped(bits, other, f);
    (
        NameLevels {
            given,
            surname,
            swapped,
            later: middle.map(Middle::agrees),
            placeholder: named.placeholder || other.placeholder,
            generation: named.generation != other.generation,
        },
        middle,
    )
}

/// The level of a prepared name against any text; a held name is already prepared.
fn level_with(name: &Agreeing, text: &str, lexicon: &Lexicon) -> Level {
    match lexicon.form(text) {
        Some(held) => name.form.level(held),
        None => name.form.level(&Form::new(text)),
    }
}

fn is_swapped(bits: &NameBits, other: &Named, f: &Frequencies) -> bool {
    let crossed = |name: Option<&Agreeing>, text: Option<&str>, lexicon| {
        name.zip(text)
            .is_some_and(|(name, text)| level_with(name, text, lexicon) <= Level::Near)
    };
    crossed(
        bits.first.as_ref(),
        Some(other.surname.whole()),
        &f.surnames,
    ) && crossed(bits.last.as_ref(), other.first(), &f.forenames)
}

/// Is the first forename of one side a further one of the other? Not when both have yet another
/// one and these have nothing in common: `Anna Grace` is no `Grace Olivia`.
fn goes_by_later(a: &Named, b: &Named) -> bool {
    let called = |a: &Named, b: &Named| {
        let known = |word: &String| {
            b.forenames
                .iter()
                .any(|other| other == word || is_initial(other, word) || is_initial(word, other))
        };
        a.first()
            .is_some_and(|first| first.len() > 1 && b.later().iter().any(|word| word == first))
            && (a.later().is_empty() || a.later().iter().any(known))
    };
    called(a, b) || called(b, a)
}

fn is_initial(short: &str, long: &str) -> bool {
    short.len() == 1 && long.starts_with(short)
}

/// Is all that one side has the initial of the other's further forename? Then the first is missing
/// and does not differ.
fn is_lone_middle(a: &Named, b: &Named) -> bool {
    let lone = |a: &Named, b: &Named| match a.forenames.as_slice() {
        [only] if only.len() == 1 => b.later().iter().any(|word| word.starts_with(only.as_str())),
        _ => false,
    };
    lone(a, b) || lone(b, a)
}

fn shares_part(a: &Named, b: &Named) -> bool {
    let (ours, theirs) = (a.surname.parts(), b.surname.parts());
    (ours.len() > 1 || theirs.len() > 1)
        && ours
            .iter()
            .any(|part| part.len() > 2 && theirs.contains(part))
}

/// How the further forenames agree; `None` when one side has none.
pub(crate) fn middle(ours: &[String], theirs: &[String], f: &Frequencies) -> Option<Middle> {
    if ours.is_empty() || theirs.is_empty() {
        return None;
    }
    if let Some(shared) = ours
        .iter()
        .find(|word| word.len() > 1 && theirs.contains(word))
    {
        return Some(Middle::Same {
            bearers: f.forenames.later(shared),
            letter: shared.bytes().next().unwrap_or_default(),
        });
    }
    let pairs = || ours.iter().flat_map(|a| theirs.iter().map(move |b| (a, b)));
    let initials = || pairs().filter(|(a, b)| a.len() == 1 || b.len() == 1);
    let shared = initials().find(|(a, b)| a.get(..1) == b.get(..1));
    if let Some(letter) = shared.and_then(|(a, _)| a.bytes().next()) {
        Some(Middle::Initial { letter })
    } else if initials().next().is_some() {
        Some(Middle::InitialDiffers)
    } else {
        Some(Middle::Different)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_further_forename_written_out_never_speaks_more_for_a_family_member_than_its_initial() {
        let (letter, bearers) = (b'p', 3);
        for namesake in [true, false] {
            let of = |middle: Middle| middle.kin_bits(&Weights::default(), namesake);

            assert!(of(Middle::Same { bearers, letter }) >= of(Middle::Initial { letter }));
        }
    }
}
