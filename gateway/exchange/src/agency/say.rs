//! What people of the agency state themselves: what was told by word of mouth.

use super::Agency;
use crate::error::{ExchangeError, refuse};
use crate::people::{Duty, Person};
use crate::verbal::{Noted, Record, Telling};

impl Agency {
    /// Records what somebody told somebody, in answer to an enquiry or without one.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_enquiry`, `case_differs`, or what does not fit.
    pub async fn record_telling(
        &self,
        person: &Person,
        telling: &Telling,
    ) -> Result<Noted, ExchangeError> {
        let may = |duty: &Duty| match duty {
            Duty::Approver(_) | Duty::MatchReviewer => true,
            Duty::Auditor
            | Duty::DecisionMaker
            | Duty::HubManager
            | Duty::IgLead
            | Duty::InformationGovernance
            | Duty::ItAdmin
            | Duty::Researcher => false,
        };
        if !person.duties.iter().any(may) {
            return Err(refuse(
                "role_missing",
                403,
                "this needs the role `match_reviewer` or `approver:<role>`",
            ));
        }
        let stored = telling
            .enquiry
            .map(|id| self.stored_enquiry(id))
            .transpose()?;
        let enquiry = stored.as_ref().map(|stored| &stored.enquiry);
        if enquiry.is_some_and(|enquiry| enquiry.case != telling.case) {
            return Err(refuse(
                "case_differs",
                422,
                "the enquiry belongs to another case",
            ));
        }
        let record = Record {
            scribe: self.scribe(),
            store: &self.store,
            person,
            subjects: enquiry.map_or(&[], |enquiry| &enquiry.subjects),
            now: self.clock.now(),
        };
        record.tell(telling).await
    }
}
