//! Opening a case: its clock, its row, its marks and its entry, in one batch.

use stile_model::id::CaseId;
use stile_model::time::Timestamp;
use stile_store::{Batch, Put, StoreError, Tree};

use super::draft::LABEL;
use super::figures::opened_mark;
use super::work::open_mark;
use crate::error::{ExchangeError, refuse};
use crate::hub::{Case, Hub, OpenCase};
use crate::people::Person;

impl Hub {
    /// The clock and the checks of a new case.
    pub(in crate::hub) fn new_case(
        &self,
        person: &Person,
        matter: OpenCase,
        opened: Timestamp,
    ) -> Result<Case, ExchangeError> {
        self.check_matter(&matter)?;
        let clock = self.vocabulary.clock(matter.priority);
        Ok(Case {
            opened,
            due: clock.map(|clock| self.settings.calendar.due(opened, clock)),
            opened_by: person.user.clone(),
            matter,
        })
    }

    /// What opening a case writes.
    pub(in crate::hub) fn opening(
        &self,
        person: &Person,
        case: &Case,
        now: Timestamp,
    ) -> Result<Batch, ExchangeError> {
        let key = case.matter.id.as_str().as_bytes().to_vec();
        Ok(Batch {
            entries: vec![self.opened(person, case, now)?],
            puts: vec![
                case_put(case)?,
                open_mark(&case.matter.id, true),
                opened_mark(case),
            ],
            require_absent: vec![(Tree::Cases, key)],
            ..Batch::default()
        })
    }

    pub(in crate::hub) async fn commit_opening(
        &self,
        batch: Batch,
        case: &Case,
    ) -> Result<Case, ExchangeError> {
        match self.store.commit(batch).await {
            Err(StoreError::AlreadyThere(_)) => Err(refuse(
                "case_exists",
                409,
                "a case of this number is open already",
            )),
            Err(error) => Err(error.into()),
            Ok(_) => {
                self.changed(&case.matter.id);
                Ok(case.clone())
            }
        }
    }
}

/// The row of a case.
pub(super) fn case_put(case: &Case) -> Result<Put, ExchangeError> {
    let value = serde_json::to_vec(case).map_err(|_| ExchangeError::Stored("case"))?;
    Ok(Put {
        tree: Tree::Cases,
        key: case.matter.id.as_str().as_bytes().to_vec(),
        value: Some(value),
        case: Some(case.matter.id.clone()),
    })
}

/// Is this number kept for the keys of drafts?
pub(in crate::hub) fn is_reserved(number: &CaseId) -> bool {
    number.as_str().starts_with(LABEL)
}
