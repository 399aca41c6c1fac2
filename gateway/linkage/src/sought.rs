//! Who is looked for, compared once with an agency's distinct names and dates.

use stile_model::subject::{CandidateQuery, PersonRow, Subject};

use crate::expand::lists;
use crate::frequencies::Frequencies;
use crate::person::Person;
use crate::resolve::{Resolution, Thresholds, weigh};
use crate::shares::Shares;

/// A subject made ready to be looked for at one agency.
///
/// Comparing the subject with every distinct name is the dear part; it is done once, and serves
/// fetching candidates and weighing them.
pub struct Sought<'a> {
    subject: &'a Subject,
    person: Person,
    shares: Shares,
    f: &'a Frequencies,
}

impl<'a> Sought<'a> {
    /// Compares `subject` with the agency's names and dates.
    pub fn new(subject: &'a Subject, f: &'a Frequencies) -> Self {
        let person = Person::from(subject);
        Self {
            shares: Shares::new(&person, f),
            subject,
            person,
            f,
        }
    }

    /// The lists that fetch everyone who may be the subject, in the sources' own spellings.
    ///
    /// The subject's own spellings are always among them, so that people recorded since the counts
    /// were taken are found too.
    pub fn lists(&self) -> CandidateQuery {
        lists(self.subject, &self.person, &self.shares, self.f)
    }

    /// Says which of `rows` are about the subject.
    pub fn resolve(&self, rows: &[PersonRow], t: &Thresholds) -> Resolution {
        weigh(&self.person, &self.shares, rows, self.f, t)
    }
}

/// [`Sought::lists`] of one subject.
pub fn expand(subject: &Subject, f: &Frequencies) -> CandidateQuery {
    Sought::new(subject, f).lists()
}

/// [`Sought::resolve`] of one subject.
pub fn resolve(
    subject: &Subject,
    rows: &[PersonRow],
    f: &Frequencies,
    t: &Thresholds,
) -> Resolution {
    Sought::new(subject, f).resolve(rows, t)
}
