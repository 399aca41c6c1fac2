//! What a source gives: people who may be somebody, and somebody's records.

use stile_model::subject::{PersonRow, Record};

/// The records of one person in one category.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// Oldest first; undated ones come before all others.
    pub records: Vec<Record>,
    /// There are more than the row cap let through; the oldest were left out.
    pub capped: bool,
}

/// People who may be somebody.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidates {
    /// Best pairs first.
    pub people: Vec<PersonRow>,
    /// More people fit than are looked at, so that whoever is looked for may be among the others.
    pub capped: bool,
}

impl Candidates {
    /// Of people of whom one more than `most` was asked for, `most`.
    pub fn of(mut people: Vec<PersonRow>, most: u32) -> Self {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let capped = people.len() > most;
        people.truncate(most);
        Self { people, capped }
    }
}
