//! What people of the hub state themselves: what was told by word of mouth, and what is wrong.

use super::Hub;
use crate::correct::{self, Mistake};
use crate::error::ExchangeError;
use crate::people::Person;
use crate::verbal::{Noted, Record, Telling};

impl Hub {
    /// Records what somebody told somebody about a case of this hub.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, or what does not fit.
    pub async fn record_telling(
        &self,
        person: &Person,
        telling: &Telling,
    ) -> Result<Noted, ExchangeError> {
        person.must_work_on_cases()?;
        let case = self.case(&telling.case)?;
        let record = Record {
            scribe: self.scribe(),
            store: &self.store,
            person,
            subjects: &case.matter.subjects,
            now: self.clock.now(),
        };
        record.tell(telling).await
    }

    /// Marks an entry of this hub's ledger as wrong.
    ///
    /// # Errors
    ///
    /// As [`correct::correct`].
    pub async fn correct(
        &self,
        person: &Person,
        index: u64,
        mistake: &Mistake,
    ) -> Result<Noted, ExchangeError> {
        let now = self.clock.now();
        correct::correct(self.scribe(), &self.store, person, index, mistake, now).await
    }
}
