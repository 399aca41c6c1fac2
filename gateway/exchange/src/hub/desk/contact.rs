//! A further contact on a case: whoever works on it says that they have read it.
//!
//! Until then the case says so in the queue and on its page, decided or not: a contact that nobody read
//! is a contact that nobody took.

use stile_ledger::{Entry, EntryKind};
use stile_model::id::CaseId;

use super::direct::step;
use super::work::{Done, Next};
use crate::error::{ExchangeError, refuse};
use crate::evidence::reason;
use crate::hub::Hub;
use crate::people::{Duty, Person};

impl Hub {
    /// Records that a further contact was read: by whoever works on the case, or by a manager.
    ///
    /// # Errors
    ///
    /// `role_missing` for anybody else, `unknown_case`, `case_closed`, `case_changed`,
    /// `unknown_referral` unless it is a further contact that was not read.
    pub async fn read_contact(
        &self,
        person: &Person,
        case: &CaseId,
        referral: u32,
    ) -> Result<(), ExchangeError> {
        person.must_work_on_cases()?;
        let case = self.open(case)?;
        let work = self.work(&case.matter.id)?;
        let mine = work
            .allocated()
            .is_some_and(|(user, _)| *user == person.user);
        if !mine {
            person.must(&Duty::HubManager)?;
        }
        if !work.unread().contains(&referral) {
            return Err(refuse(
                "unknown_referral",
                404,
                "this case has no unread contact of this number",
            ));
        }
        let now = self.clock.now();
        self.take_step(Next {
            case: &case,
            work: &work,
            step: step(person, Done::ContactRead { referral }, now),
            entry: Entry {
                reason: reason("contact_read"),
                ..self.case_entry(EntryKind::CaseChanged, &case, now)
            },
            puts: Vec::new(),
        })
        .await
    }
}
