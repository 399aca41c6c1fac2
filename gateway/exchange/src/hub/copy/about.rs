//! What a copy says of one person of its case.

use std::collections::BTreeSet;

use stile_ledger::SubjectKey;
use stile_model::id::{CaseId, CategoryId, SubjectId};
use stile_product::is_guarded;

use crate::error::ExchangeError;
use crate::hub::Hub;
use crate::subjects;

/// What a copy says of one person who is in it.
pub(crate) struct CopyAbout {
    /// Kinds of information about them; none where it says only who they are.
    pub(crate) categories: BTreeSet<CategoryId>,
    /// It says something, of whomever, of which nobody of the case is told unless somebody decides it.
    pub(crate) is_guarded: bool,
}

impl Hub {
    /// What a copy says of the person with these keys; none where it does not have the person at all.
    ///
    /// # Errors
    ///
    /// `unknown_case`, `unknown_copy`, or that it cannot be read.
    pub(crate) fn copy_about(
        &self,
        case: &CaseId,
        number: u32,
        keys: &[SubjectKey],
    ) -> Result<Option<CopyAbout>, ExchangeError> {
        let product = self.kept_copy(case, number)?.document.product;
        let is_guarded = is_guarded(&product, &self.vocabulary);
        let people = self.case(case)?.matter.subjects;
        let same = people.iter().filter(|person| {
            let own = subjects::keys(person);
            own.iter().any(|key| keys.contains(key))
        });
        let same: BTreeSet<SubjectId> = same.map(|person| person.id.clone()).collect();
        let events = product.chronology.into_iter();
        let about = events.filter(|event| same.contains(&event.subject));
        let categories: BTreeSet<_> = about.map(|event| event.category).collect();
        let mut named = product.subjects.iter();
        let is_named = named.any(|subject| same.contains(&subject.id));
        Ok((is_named || !categories.is_empty()).then_some(CopyAbout {
            categories,
            is_guarded,
        }))
    }
}
