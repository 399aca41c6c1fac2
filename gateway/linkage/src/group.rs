//! Rows that are one person twice, in one source or across sources.
//!
//! Left apart they would take each other for rivals and nobody could be found for certain.

use stile_model::subject::Born;

use crate::born::{BornLevel, between, is_weak};
use crate::compare::{Middle, middle, number_levels};
use crate::frequencies::Frequencies;
use crate::level::{Form, Level};
use crate::person::{Named, Person};
use crate::place::PlaceLevel;
use crate::weights::NumberLevel;

/// Strangers with one name and date that may be expected before equal names prove nothing.
const NAMESAKES: f64 = 0.01;

/// Groups `people`, given best fit first, each as positions in the slice.
///
/// A row joins a group when it is the same person as some member and contradicts none.
pub(crate) fn group(people: &[&Person], f: &Frequencies) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<(usize, &Person)>> = Vec::new();
    for (i, person) in people.iter().enumerate() {
        let home = groups.iter_mut().find(|members| {
            let ties: Vec<Tie> = members
                .iter()
                .map(|(_, member)| tie(member, person, f))
                .collect();
            ties.contains(&Tie::Same) && !ties.contains(&Tie::Other)
        });
        match home {
            Some(members) => members.push((i, person)),
            None => groups.push(vec![(i, person)]),
        }
    }
    groups
        .into_iter()
        .map(|members| members.into_iter().map(|(i, _)| i).collect())
        .collect()
}

/// What two rows are to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// Not the same person.
    Other,
    /// The same person.
    Same,
    /// Not known.
    Unknown,
}

fn tie(a: &Person, b: &Person, f: &Frequencies) -> Tie {
    let Some((name, other)) = a.names.first().zip(b.names.first()) else {
        return Tie::Unknown;
    };
    let numbers = number_levels(&a.numbers, &b.numbers);
    let given = level(name.first(), other.first());
    let surname = level(whole(name), whole(other));
    let born = match (a.born, b.born) {
        (Some(Born::Exact(a)), Some(Born::Exact(b))) => Some((between(a, b), is_weak(a))),
        _ => None,
    };
    if contradicts(a, b, f, given) || born.is_some_and(|(level, _)| level == BornLevel::Different) {
        return Tie::Other;
    }
    if numbers.iter().any(|(_, level)| *level > NumberLevel::Slip) {
        return Tie::Other;
    }
    let named = given.is_some_and(|level| level <= Level::Near)
        && surname.is_some_and(|level| level <= Level::Similar);
    if numbers.iter().any(|(_, level)| *level == NumberLevel::Same) && (named || born.is_some()) {
        return Tie::Same;
    }
    // Twins are called Jayden and Kayden: without a number, one slip makes nobody one person.
    let called = given.is_some_and(|level| level <= Level::Variant);
    if named
        && called
        && matches!(born, Some((BornLevel::Same, false)))
        && (settled(a, b) || namesakes(name, a.born, f) < NAMESAKES)
    {
        return Tie::Same;
    }
    Tie::Unknown
}

fn contradicts(a: &Person, b: &Person, f: &Frequencies, given: Option<Level>) -> bool {
    let sexes = a.sex.zip(b.sex).is_some_and(|(a, b)| a != b);
    let middles = a
        .names
        .first()
        .zip(b.names.first())
        .and_then(|(a, b)| middle(a.later(), b.later(), f));
    let middles = matches!(middles, Some(Middle::Different | Middle::InitialDiffers));
    given == Some(Level::Different) || sexes || middles
}

fn settled(a: &Person, b: &Person) -> bool {
    let pairs = || {
        a.places
            .iter()
            .flat_map(|place| b.places.iter().map(move |other| place.level(other)))
    };
    let near = pairs().flatten().any(|level| level <= PlaceLevel::Street);
    near || a.phones.iter().any(|number| b.phones.contains(number))
}

/// How many strangers of this name and date of birth to expect among the people held.
fn namesakes(name: &Named, born: Option<Born>, f: &Frequencies) -> f64 {
    let given = f.share(name.first().map_or(0, |first| f.forenames.first(first)));
    let surname = f.share(f.surnames.first(name.surname.whole()));
    let date = match born {
        Some(Born::Exact(date)) => f.share(f.born.get(&date).copied().unwrap_or(0)),
        _ => 1.0,
    };
    // A date nobody else has must not make a common name unique: at most one day in 80 years.
    f.total() * given * surname * date.max(1.0 / 30_000.0)
}

fn level(a: Option<&str>, b: Option<&str>) -> Option<Level> {
    a.zip(b).map(|(a, b)| {
        if a == b {
            Level::Identical
        } else {
            Form::new(a).level(&Form::new(b))
        }
    })
}

fn whole(name: &Named) -> Option<&str> {
    (!name.surname.is_empty()).then(|| name.surname.whole())
}
