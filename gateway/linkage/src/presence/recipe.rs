//! How the keys of a person are made: exact composites of normalised parts.
//!
//! | key | parts | tier |
//! |---|---|---|
//! | `id` | scheme, number | strong; only weak where the number contradicts date of birth or sex |
//! | `fsb` | forename or its long form, sound of the surname, date of birth (day and month in either order) | strong |
//! | `xsb` | Soundex of forename and of surname in either order, date of birth | strong |
//! | `ssb` | forename that families share (`Mohammed`), sound of the surname, date of birth (either order) | weak |
//! | `fbp` | forename or its long form, date of birth, postcode | strong |
//! | `isbp` | initial, surname, date of birth, postcode | strong |
//! | `fsdy` | forename or its long form, sound of the surname, postcode district, year of birth | strong |
//! | `fsp` | forename or its long form, surname, postcode | weak |
//! | `fsh` | forename or its long form, surname, house number, street | weak |
//!
//! `fsb` and `xsb` of a 1 January are weak: it is what is written when only the year is known.
//! Names of which several spellings are known count in the usual one. A double-barrelled surname
//! counts whole and by its parts. The hub's side and the agency's side run this same code.

use std::fmt;

use rphonetic::{DoubleMetaphone, Encoder, Soundex};
use stile_model::subject::{Born, PersonRow, Subject};
use stile_model::time::Date;
use zeroize::Zeroizing;

use super::secret::{Context, Input, Tier};
use super::{STRONG_ELEMENTS, WEAK_ELEMENTS};
use crate::born::is_weak;
use crate::identifier::{Strength, carries_birthday};
use crate::nickname::long_forms;
use crate::normalise::name::shared;
use crate::person::{Named, Person};
use crate::place::Place;
use crate::variant::usual;

/// Most keys of one tier of one person that an agency holds.
const MOST_ROW_KEYS: usize = 64;
/// Most long forms of one forename, itself included.
const MOST_ROOTS: usize = 5;

/// The composite keys of one person. Wiped when dropped; `Debug` shows nothing of them.
#[derive(Default)]
pub struct Keys {
    strong: Vec<Zeroizing<String>>,
    weak: Vec<Zeroizing<String>>,
}

/// The keys of a hub's subject: at most [`STRONG_ELEMENTS`] and [`WEAK_ELEMENTS`].
pub fn keys_of_subject(subject: &Subject) -> Keys {
    let mut keys = Keys::of(&Person::from(subject), subject.born);
    keys.strong.truncate(STRONG_ELEMENTS);
    keys.weak.truncate(WEAK_ELEMENTS);
    keys
}

/// The keys of a person whom an agency holds; none when the row is sealed.
pub fn keys_of_row(row: &PersonRow) -> Keys {
    if row.sealed {
        return Keys::default();
    }
    let mut keys = Keys::of(&Person::from(row), row.born.map(Born::Exact));
    keys.strong.truncate(MOST_ROW_KEYS);
    keys.weak.truncate(MOST_ROW_KEYS);
    keys
}

impl Keys {
    /// Number of keys of a tier.
    pub fn count(&self, tier: Tier) -> usize {
        self.of_tier(tier).len()
    }

    /// The inputs of the keys in one agency's epoch, strong ones first.
    pub fn inputs<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = (Tier, Input)> + 'a {
        [Tier::Strong, Tier::Weak]
            .into_iter()
            .flat_map(move |tier| {
                self.of_tier(tier)
                    .iter()
                    .map(move |key| (tier, context.input(tier, key)))
            })
    }

    const fn of_tier(&self, tier: Tier) -> &Vec<Zeroizing<String>> {
        match tier {
            Tier::Strong => &self.strong,
            Tier::Weak => &self.weak,
        }
    }

    /// The most telling keys first, so that a cut takes the least telling.
    fn of(person: &Person, born: Option<Born>) -> Self {
        let mut keys = Self::default();
        for number in &person.numbers {
            let parts = ["id", number.scheme.as_str(), &number.value];
            if number.strength != Strength::Doubted {
                keys.add(Tier::Strong, &parts);
            }
            if carries_birthday(&number.value) {
                keys.add(Tier::Weak, &parts); // the other side may doubt it
            }
        }
        let date = match person.born {
            Some(Born::Exact(date)) => Some(date),
            _ => None,
        };
        let year = person.born.and(born).and_then(year);
        let written: Vec<Written> = person.names.iter().filter_map(Written::new).collect();
        for name in &written {
            keys.add_dated(name, date);
        }
        for place in &person.places {
            for name in &written {
                keys.add_placed(name, place, date, year);
            }
        }
        keys
    }

    /// Name and date of birth.
    fn add_dated(&mut self, name: &Written, date: Option<Date>) {
        let Some(date) = date else { return };
        let tier = if is_weak(date) {
            Tier::Weak
        } else {
            Tier::Strong
        };
        let either = either_order(date);
        let date = Zeroizing::new(date.to_string());
        for surname in &name.surnames {
            for root in &name.roots {
                self.add(tier, &["fsb", root, &surname.sound, &either]);
            }
            if let Some(shared) = name.shared {
                self.add(Tier::Weak, &["ssb", shared, &surname.sound, &either]);
            }
            let (one, two) = in_order(&name.code, &surname.code);
            self.add(tier, &["xsb", one, two, &date]);
        }
    }

    /// Name and address, with the date or the year of birth where it is known.
    fn add_placed(&mut self, name: &Written, place: &Place, date: Option<Date>, year: Option<i16>) {
        let date = date.map(|date| Zeroizing::new(date.to_string()));
        let year = year.map(|year| year.to_string());
        if let (Some(postcode), Some(date)) = (place.key(), &date) {
            for root in &name.roots {
                self.add(Tier::Strong, &["fbp", root, date, postcode]);
            }
            for surname in &name.surnames {
                let parts = ["isbp", &name.initial, &surname.text, date, postcode];
                self.add(Tier::Strong, &parts);
            }
        }
        let house = place.house();
        for surname in &name.surnames {
            for root in &name.roots {
                if let (Some(district), Some(year)) = (place.district(), &year) {
                    self.add(
                        Tier::Strong,
                        &["fsdy", root, &surname.sound, district, year],
                    );
                }
                if let Some(postcode) = place.key() {
                    self.add(Tier::Weak, &["fsp", root, &surname.text, postcode]);
                }
                if let Some((number, street)) = &house {
                    self.add(Tier::Weak, &["fsh", root, &surname.text, number, street]);
                }
            }
        }
    }

    fn add(&mut self, tier: Tier, parts: &[&str]) {
        let length = parts.iter().map(|part| part.len() + 1).sum();
        let mut key = Zeroizing::new(String::with_capacity(length));
        for part in parts {
            key.push_str(part);
            key.push('|'); // no normalised part contains it
        }
        let keys = match tier {
            Tier::Strong => &mut self.strong,
            Tier::Weak => &mut self.weak,
        };
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(‹redacted›)")
    }
}

/// One name in the forms that keys are made of.
struct Written {
    roots: Vec<String>,
    /// The usual spelling of a forename that whole families bear, wherever it stands.
    shared: Option<&'static str>,
    initial: String,
    code: String,
    surnames: Vec<Family>,
}

/// A surname or one part of it.
struct Family {
    text: String,
    sound: String,
    code: String,
}

impl Written {
    /// `None` without a forename of two letters or without a surname: an initial proves nothing.
    fn new(named: &Named) -> Option<Self> {
        let first = named.first().filter(|first| first.len() > 1)?;
        let longs = long_forms(first).iter().map(|&long| as_usual(long));
        let first = as_usual(first);
        let mut roots = vec![first.to_owned()];
        for long in longs {
            if !roots.iter().any(|root| root == long) {
                roots.push(long.to_owned());
            }
        }
        roots.truncate(MOST_ROOTS);
        let whole = named.surname.whole();
        let parts = named.surname.parts().iter().map(String::as_str);
        let mut texts: Vec<&str> = std::iter::once(whole)
            .chain(parts)
            .filter(|text| text.len() > 1)
            .map(as_usual)
            .collect();
        texts.dedup();
        let surnames: Vec<Family> = texts.into_iter().map(Family::new).collect();
        (!surnames.is_empty()).then(|| Self {
            roots,
            shared: named.forenames.iter().find_map(|name| shared(name)),
            initial: first.chars().take(1).collect(),
            code: Soundex::default().encode(first),
            surnames,
        })
    }
}

/// A name in the usual one of its spellings.
fn as_usual(name: &str) -> &str {
    usual(name).unwrap_or(name)
}

impl Family {
    fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            sound: DoubleMetaphone::default().double_metaphone(text).primary(),
            code: Soundex::default().encode(text),
        }
    }
}

/// A date alike for two that differ by day and month in each other's place.
fn either_order(date: Date) -> Zeroizing<String> {
    let (day, month) = in_order(date.day(), date.month());
    let (day, month) = if month <= 12 {
        (day, month)
    } else {
        (date.day(), date.month())
    };
    Zeroizing::new(format!("{}-{month}-{day}", date.year()))
}

/// The two, smaller first.
fn in_order<T: PartialOrd>(one: T, two: T) -> (T, T) {
    if one <= two { (one, two) } else { (two, one) }
}

/// The year, where one is meant.
fn year(born: Born) -> Option<i16> {
    match born {
        Born::Exact(date) => Some(date.year()),
        Born::Month { year, .. } | Born::Year(year) => Some(year),
        Born::Approximate { .. } | Born::Expected(_) => None,
    }
}

#[cfg(test)]
mod tests;
