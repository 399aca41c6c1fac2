//! Which cases are due. A list for people; nothing is erased by it.

use serde::{Deserialize, Serialize};
use stile_model::id::{CaseId, Code};
use stile_model::time::{Date, Timestamp};
use utoipa::ToSchema;

use super::{Gateway, KeptCase, Marks};
use crate::error::ExchangeError;
use crate::people::{Duty, Person};

/// One case and until when it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DueCase {
    /// The case.
    pub case: CaseId,
    /// When the hub closed it; without an outcome, when it was opened or last asked about.
    pub since: Timestamp,
    /// What became of it; none when the hub has not said, or several hubs use the number.
    pub outcome: Option<Code>,
    /// First day on which it may be erased; none while the hub has not closed it.
    #[schema(value_type = Option<String>, format = Date)]
    pub due: Option<Date>,
    /// Why it may not be erased although it is due.
    pub hold: Option<Code>,
}

/// Cases, soonest due first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DueList {
    /// The cases.
    pub cases: Vec<DueCase>,
}

impl Gateway {
    /// The cases whose day has come; with `all`, every case.
    ///
    /// # Errors
    ///
    /// `role_missing`, or when the store cannot be read.
    pub fn due(&self, person: &Person, all: bool) -> Result<DueList, ExchangeError> {
        person.must(&Duty::InformationGovernance)?;
        self.coming_due(all)
    }

    pub(super) fn coming_due(&self, all: bool) -> Result<DueList, ExchangeError> {
        let today = self.now().date();
        let mut cases = Vec::new();
        for kept in self.cases()? {
            let case = self.due_of(kept)?;
            if all || case.due.is_some_and(|due| due <= today) {
                cases.push(case);
            }
        }
        cases.sort_by(|one, other| {
            let key = |case: &DueCase| (case.due.is_none(), case.due, case.case.clone());
            key(one).cmp(&key(other))
        });
        Ok(DueList { cases })
    }

    fn due_of(&self, kept: KeptCase) -> Result<DueCase, ExchangeError> {
        let (case, since) = (kept.id, kept.since);
        let Marks { outcome, hold } = self.marks(&case)?;
        let outcome = outcome.filter(|_| !kept.of_several);
        let since = outcome.as_ref().map_or(since, |outcome| outcome.closed);
        let outcome = outcome.map(|outcome| outcome.outcome);
        // A hub knows when it closes a case; an agency that was never told keeps it the longest.
        let open = matches!(self, Self::Hub(_)) && outcome.is_none();
        let due = if open {
            None
        } else {
            self.schedule().due(since.date(), outcome.as_ref())
        };
        Ok(DueCase {
            case,
            since,
            outcome,
            due,
            hold: hold.map(|hold| hold.reason.code()).transpose()?,
        })
    }
}
