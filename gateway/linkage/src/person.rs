//! A person in comparable form, whether from a case or from a source.

use stile_model::id::Code;
use stile_model::subject::{Born, PersonRow, Sex, Subject};
use stile_model::time::Date;

use crate::born::is_filler;
use crate::identifier::{self, Strength};
use crate::normalise::name::{Surname, forenames, generation, surname};
use crate::normalise::phone::phone;
use crate::place::Place;

/// Most names, addresses, telephone numbers or identifiers of one person that are compared.
const MOST: usize = 10;

/// One name of a person.
pub(crate) struct Named {
    /// Forenames in order.
    pub(crate) forenames: Vec<String>,
    /// Surname.
    pub(crate) surname: Surname,
    /// Something stands where the forename should, and it is none: `Baby`.
    pub(crate) placeholder: bool,
    /// Which of several of one name: `jr`, `sr`.
    pub(crate) generation: Option<&'static str>,
}

impl Named {
    fn new(given: &str, family: &str) -> Option<Self> {
        let forenames = forenames(given);
        let named = Self {
            placeholder: forenames.is_empty() && !given.trim().is_empty(),
            forenames,
            surname: surname(family),
            generation: generation(given).or_else(|| generation(family)),
        };
        (!named.forenames.is_empty() || !named.surname.is_empty()).then_some(named)
    }

    /// The first forename.
    pub(crate) fn first(&self) -> Option<&str> {
        self.forenames.first().map(String::as_str)
    }

    /// The forenames after the first.
    pub(crate) fn later(&self) -> &[String] {
        self.forenames.get(1..).unwrap_or(&[])
    }
}

/// An identifier in comparable form.
pub(crate) struct Numbered {
    /// Whose numbering.
    pub(crate) scheme: Code,
    /// Whether check digits vouch for the writing.
    pub(crate) strength: Strength,
    /// The number.
    pub(crate) value: String,
}

impl Numbered {
    /// Doubts a number that carries another date of birth or sex than is recorded beside it.
    fn beside(mut self, born: Option<Date>, sex: Option<Sex>) -> Self {
        let born = born.filter(|date| !is_filler(*date));
        let scottish = self.scheme.as_str() == "nhs_number";
        if scottish && identifier::contradicts(&self.value, born, sex) {
            self.strength = Strength::Doubted;
        }
        self
    }
}

/// Everything about one person that is compared. No `Debug`: it is all personal data.
pub(crate) struct Person {
    pub(crate) names: Vec<Named>,
    pub(crate) born: Option<Born>,
    pub(crate) sex: Option<Sex>,
    pub(crate) places: Vec<Place>,
    pub(crate) phones: Vec<String>,
    pub(crate) numbers: Vec<Numbered>,
}

impl From<&Subject> for Person {
    fn from(subject: &Subject) -> Self {
        let names = subject.names.iter().take(MOST);
        let places = subject.addresses.iter().take(MOST);
        let exact = match subject.born {
            Some(Born::Exact(date)) => Some(date),
            _ => None,
        };
        Self {
            names: names
                .filter_map(|name| Named::new(name.forenames.reveal(), name.surname.reveal()))
                .collect(),
            born: subject
                .born
                .filter(|born| !matches!(born, Born::Exact(date) if is_filler(*date))),
            sex: subject.sex,
            places: places
                .filter_map(|place| Place::new(place.line.reveal(), place.postcode.reveal()))
                .collect(),
            phones: subject
                .phones
                .iter()
                .take(MOST)
                .filter_map(|number| phone(number.reveal()))
                .collect(),
            numbers: subject
                .identifiers
                .iter()
                .take(MOST)
                .filter_map(|id| numbered(&id.scheme, id.value.reveal()))
                .map(|number| number.beside(exact, subject.sex))
                .collect(),
        }
    }
}

impl From<&PersonRow> for Person {
    fn from(row: &PersonRow) -> Self {
        let main = Named::new(row.forenames.reveal(), row.surname.reveal());
        let aliases = row.aliases.iter().take(MOST).filter_map(|alias| {
            let (given, family) = alias.reveal().split_once('|')?;
            Named::new(given, family)
        });
        let sex = row.sex.as_ref().and_then(|word| sex(word.reveal()));
        Self {
            names: main.into_iter().chain(aliases).collect(),
            born: row.born.filter(|date| !is_filler(*date)).map(Born::Exact),
            sex,
            places: Place::new(row.address.reveal(), row.postcode.reveal())
                .into_iter()
                .collect(),
            phones: phone(row.phone.reveal()).into_iter().collect(),
            numbers: row
                .identifiers
                .iter()
                .take(MOST)
                .filter_map(|(scheme, value)| numbered(scheme, value.reveal()))
                .map(|number| number.beside(row.born, sex))
                .collect(),
        }
    }
}

fn numbered(scheme: &Code, text: &str) -> Option<Numbered> {
    let (strength, value) = identifier::canonical(scheme, text)?;
    Some(Numbered {
        scheme: scheme.clone(),
        strength,
        value,
    })
}

/// Recorded sex from the words and ISO 5218 codes that systems hold; anything else is not known.
fn sex(text: &str) -> Option<Sex> {
    match text.trim().to_ascii_lowercase().as_str() {
        "2" | "f" | "female" | "girl" | "woman" => Some(Sex::Female),
        "1" | "boy" | "m" | "male" | "man" => Some(Sex::Male),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sex_is_read_from_words_and_codes_and_else_is_missing() {
        for (text, read) in [
            ("F", Some(Sex::Female)),
            (" female ", Some(Sex::Female)),
            ("2", Some(Sex::Female)),
            ("M", Some(Sex::Male)),
            ("1", Some(Sex::Male)),
            ("Boy", Some(Sex::Male)),
            ("U", None),
            ("X", None),
            ("I", None),
            ("0", None),
            ("9", None),
            ("not known", None),
            ("", None),
        ] {
            assert!(sex(text) == read, "{text}");
        }
    }

    #[test]
    fn a_number_made_for_another_birthday_is_doubted() {
        let row = |born: Option<Date>| PersonRow {
            born,
            identifiers: vec![(Code::new("nhs_number").unwrap(), "0703091239".into())],
            ..PersonRow::default()
        };
        let strength = |born| {
            Person::from(&row(born))
                .numbers
                .first()
                .map(|id| id.strength)
        };
        let day = |day| Some(Date::new(2009, 3, day).unwrap());

        assert!(strength(day(7)) == Some(Strength::Checked));
        assert!(strength(day(8)) == Some(Strength::Doubted));
        assert!(strength(None) == Some(Strength::Checked));
    }
}
