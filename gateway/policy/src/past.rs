//! What policy was asked by one past enquiry: coded words only, nobody's name.

mod ruling;

pub use ruling::{PastRuling, rulings};

use stile_model::code::{ConsentState, Priority};
use stile_model::digest::Digest;
use stile_model::enquiry::Enquiry;
use stile_model::id::{CategoryId, Code, EnquiryId, MemberId, SubjectId};
use stile_model::time::Timestamp;
use stile_model::vocabulary::{AgeBand, Category, Recency, Vocabulary};

use crate::decide::Question;

/// One past enquiry as policy saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastEnquiry {
    /// The enquiry.
    pub id: EnquiryId,
    /// When it was ruled on.
    pub ruled: Timestamp,
    /// The rules that ruled.
    pub policy: Digest,
    /// The legal gateway.
    pub purpose: Code,
    /// The hub's rating.
    pub priority: Priority,
    /// What was said about consent.
    pub consent: ConsentState,
    /// The role of the officer who asked.
    pub requester: Code,
    /// The hub that asked.
    pub hub: MemberId,
    /// How far back, in months.
    pub look_back_months: u16,
    /// The people it was about.
    pub subjects: Vec<PastSubject>,
    /// What was asked for.
    pub categories: Vec<CategoryId>,
}

/// One person of a past enquiry, by place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastSubject {
    /// The place: `s1`.
    pub id: SubjectId,
    /// Role in the case.
    pub role: Code,
    /// Age on the day of the ruling.
    pub age: AgeBand,
}

impl PastEnquiry {
    /// What an enquiry asked of policy, ruled on at this moment by the policy of this digest.
    pub fn of(enquiry: &Enquiry, policy: Digest, ruled: Timestamp) -> Self {
        let today = ruled.date();
        let subjects = enquiry.subjects.iter().map(|subject| PastSubject {
            id: subject.id.clone(),
            role: subject.role.clone(),
            age: AgeBand::of(subject.born, today),
        });
        Self {
            id: enquiry.id,
            ruled,
            policy,
            purpose: enquiry.purpose.clone(),
            priority: enquiry.priority,
            consent: enquiry.consent.state,
            requester: enquiry.requester.role.clone(),
            hub: enquiry.from.clone(),
            look_back_months: enquiry.look_back_months,
            subjects: subjects.collect(),
            categories: enquiry
                .asks
                .iter()
                .map(|ask| ask.category.clone())
                .collect(),
        }
    }

    /// Every question that policy was asked: person, field and age of the event.
    pub fn questions<'a>(
        &'a self,
        vocabulary: &'a Vocabulary,
    ) -> impl Iterator<Item = (&'a PastSubject, Question<'a>)> {
        self.subjects.iter().flat_map(move |subject| {
            self.fields(vocabulary).flat_map(move |(category, field)| {
                bands_asked(category, self.look_back_months)
                    .into_iter()
                    .map(move |recency| (subject, self.question(subject, &field.id, recency)))
            })
        })
    }

    fn fields<'a>(
        &'a self,
        vocabulary: &'a Vocabulary,
    ) -> impl Iterator<Item = (&'a Category, &'a stile_model::vocabulary::Field)> {
        self.categories
            .iter()
            .filter_map(|id| vocabulary.category(id))
            .flat_map(|category| category.fields.iter().map(move |field| (category, field)))
    }

    pub(crate) fn question<'a>(
        &'a self,
        subject: &'a PastSubject,
        field: &'a stile_model::id::FieldId,
        recency: Recency,
    ) -> Question<'a> {
        Question {
            field,
            purpose: &self.purpose,
            priority: Some(self.priority),
            consent: Some(self.consent),
            subject_role: Some(&subject.role),
            age: subject.age,
            recency,
            requester: Some(&self.requester),
            hub: Some(&self.hub),
        }
    }
}

/// The ages of event on which policy rules, given how many months back was asked: a category without
/// a date of event has none.
pub fn bands_asked(category: &Category, look_back_months: u16) -> Vec<Recency> {
    if category.event.is_none() {
        return vec![Recency::Unknown];
    }
    let mut bands = Vec::new();
    let mut covered = 0;
    for band in Recency::ALL.iter().copied() {
        let within = covered < u32::from(look_back_months);
        match band.months() {
            Some(last) if within => {
                bands.push(band);
                covered = last;
            }
            None if band == Recency::Unknown || within => bands.push(band),
            Some(_) | None => {}
        }
    }
    bands
}
