//! What people of the hub state themselves: what was told by word of mouth.

use super::Hub;
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
}
