//! Turns a subject into equality lists that a source's indexes can serve.

use stile_model::id::Code;
use stile_model::redact::Redacted;
use stile_model::subject::{Born, CandidateQuery, Known, Own, Subject};

use crate::born;
use crate::frequencies::Frequencies;
use crate::identifier;
use crate::level::Form;
use crate::lexicon::{Agreeing, Spellings};
use crate::normalise::name::surname;
use crate::normalise::placeholder::is_forename;
use crate::normalise::{MAX_CHARS, phone};
use crate::person::Person;
use crate::place::postal_key;
use crate::shares::Shares;

/// Most values of one list.
const LIST: usize = 400;

/// Most values of one list that are the subject's own.
const OWN: usize = 100;

/// Most values of any one thing about the subject that are read.
const MOST: usize = 10;

/// Writes the lists that fetch everyone who may be `subject`, in the source's own spellings.
///
/// The subject's own spellings are always among them, so that people recorded since the counts
/// were taken are found too.
pub(crate) fn lists(
    subject: &Subject,
    person: &Person,
    shares: &Shares,
    f: &Frequencies,
) -> CandidateQuery {
    let names = || subject.names.iter().take(MOST);
    let forenames = names()
        .map(|name| name.forenames.reveal())
        .filter(|text| !is_forename(text));
    let surnames = names()
        .map(|name| name.surname.reveal())
        .filter(|text| !surname(text).is_empty());
    let given: Vec<&Agreeing> = shares.names.iter().flat_map(|name| &name.first).collect();
    let family: Vec<&Agreeing> = shares.names.iter().flat_map(|name| &name.last).collect();
    let held = f
        .surnames
        .spellings(&family, &parts_of_surnames(person), LIST);
    let (surnames, own_surnames) = joined(spelt(surnames), held);
    let held = f
        .forenames
        .spellings(&given, &parts_of_forenames(person), LIST);
    let (forenames, own_forenames) = joined(spelt(forenames), held);
    let (born, own_born) = dates(person, f);
    CandidateQuery {
        identifiers: identifiers(subject),
        surnames,
        forenames,
        born,
        born_in_part: person
            .born
            .is_some_and(|known| !matches!(known, Born::Exact(_))),
        postcodes: postcodes(subject, person, f),
        phones: phones(subject),
        own: Own {
            born: own_born,
            forenames: own_forenames,
            surnames: own_surnames,
        },
        known: known(person),
    }
}

/// From the subject alone: what is known must not hang on who is held.
fn known(person: &Person) -> Known {
    let mut names = person.names.iter();
    Known {
        born: person.born.is_some(),
        forename: names.clone().any(|name| name.first().is_some()),
        postcode: person.places.iter().any(|place| place.key().is_some()),
        surname: names.any(|name| !name.surname.is_empty()),
    }
}

fn identifiers(subject: &Subject) -> Vec<(Code, Vec<Redacted<String>>)> {
    subject
        .identifiers
        .iter()
        .take(MOST)
        .map(|id| {
            (
                id.scheme.clone(),
                redacted(identifier::spellings(&id.scheme, id.value.reveal())),
            )
        })
        .filter(|(_, spellings)| !spellings.is_empty())
        .collect()
}

fn phones(subject: &Subject) -> Vec<Redacted<String>> {
    let numbers = subject.phones.iter().take(MOST);
    numbers
        .flat_map(|number| redacted(phone::spellings(number.reveal())))
        .take(LIST)
        .collect()
}

/// What may stand among a first forename's words: later ones, and surnames in the wrong field.
fn parts_of_forenames(person: &Person) -> Vec<Form> {
    let mut parts = Vec::new();
    for name in &person.names {
        let later = name.later().iter().filter(|word| word.len() > 1);
        parts.extend(later.map(|word| Form::new(word)));
        parts.extend((!name.surname.is_empty()).then(|| Form::new(name.surname.whole())));
    }
    parts
}

/// What may stand among a surname's words: its parts, and first forenames in the wrong field.
fn parts_of_surnames(person: &Person) -> Vec<Form> {
    let mut parts = Vec::new();
    for name in &person.names {
        if name.surname.parts().len() > 1 {
            parts.extend(name.surname.parts().iter().map(|part| Form::new(part)));
        }
        parts.extend(name.first().map(Form::new));
    }
    parts
}

/// The dates worth trying, and how many of the first are the person's own.
fn dates(person: &Person, f: &Frequencies) -> (Vec<stile_model::time::Date>, usize) {
    let Some(known) = person.born else {
        return (Vec::new(), 0);
    };
    let mut dates = born::worth_trying(known, &f.born, LIST);
    let Born::Exact(date) = known else {
        return (dates, 0);
    };
    // The very date agrees best, so it is the first where it is held.
    if dates.first() != Some(&date) {
        dates.retain(|other| *other != date);
        dates.insert(0, date);
        dates.truncate(LIST);
    }
    (dates, 1)
}

fn postcodes(subject: &Subject, person: &Person, f: &Frequencies) -> Vec<Redacted<String>> {
    let keys = || person.places.iter().filter_map(|place| place.key());
    let held = keys()
        .flat_map(|key| f.postcode_spellings(key).iter().cloned())
        .collect();
    let written = subject
        .addresses
        .iter()
        .take(MOST)
        .map(|place| place.postcode.reveal());
    // What is no postcode, such as `NFA`, would fetch everybody who has none.
    let mut own = spelt(written.filter(|text| postal_key(text).is_some()));
    own.extend(keys().map(Redacted::<String>::from));
    let held = Spellings {
        texts: held,
        identical: 0,
    };
    joined(own, held).0
}

/// Each text and its upper case, read no further than any name is.
fn spelt<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<Redacted<String>> {
    let mut all = Vec::new();
    for text in texts {
        let own: String = text.trim().chars().take(MAX_CHARS).collect();
        all.push(own.to_uppercase());
        all.push(own);
    }
    redacted(all)
}

/// `own` first, then `held`, each once, at most [`LIST`]; and how many of the first are the subject's
/// own: in its own spelling, or another of the very name.
fn joined(own: Vec<Redacted<String>>, held: Spellings) -> (Vec<Redacted<String>>, usize) {
    let mut all: Vec<Redacted<String>> = Vec::with_capacity(own.len() + held.texts.len());
    let mut seen = std::collections::HashSet::new();
    let last_own = own.len() + held.identical;
    let mut count = 0;
    for (place, value) in own.into_iter().chain(held.texts).enumerate() {
        if seen.insert(value.clone()) {
            all.push(value);
            count += usize::from(place < last_own);
        }
    }
    all.truncate(LIST);
    (all, count.min(OWN))
}

fn redacted(values: Vec<String>) -> Vec<Redacted<String>> {
    values.into_iter().map(Redacted::new).collect()
}

#[cfg(test)]
mod tests;
