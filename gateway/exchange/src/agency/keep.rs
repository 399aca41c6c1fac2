//! What retention asks of the agency: which cases it was asked about, and what is open in them.

use std::collections::{BTreeMap, BTreeSet};

use stile_model::id::{CaseId, EnquiryId, MemberId};
use stile_model::time::Timestamp;
use stile_store::Tree;

use super::stored::StoredEnquiry;
use super::{Agency, presence};
use crate::error::ExchangeError;
use crate::retention::KeptCase;
use crate::stored::every;

impl Agency {
    /// Every case an enquiry or a presence request was about, and when it was last asked about. A case
    /// of presence has a name of the agency's own: the hub's number is not in the request.
    pub(crate) fn kept_cases(&self) -> Result<Vec<KeptCase>, ExchangeError> {
        let mut cases: BTreeMap<CaseId, (Timestamp, BTreeSet<MemberId>)> = BTreeMap::new();
        for (_, bytes) in every(&self.store, Tree::Enquiries, &[])? {
            let StoredEnquiry { enquiry, hub, .. } = StoredEnquiry::read(&bytes)?;
            let first = || (enquiry.issued, BTreeSet::new());
            let (last, hubs) = cases.entry(enquiry.case).or_insert_with(first);
            *last = enquiry.issued.max(*last);
            hubs.insert(hub);
        }
        for (case, asked) in presence::cases(&self.store)? {
            let (last, _) = cases
                .entry(case)
                .or_insert_with(|| (asked, BTreeSet::new()));
            *last = asked.max(*last);
        }
        let kept = |(id, (since, hubs)): (CaseId, (Timestamp, BTreeSet<MemberId>))| KeptCase {
            id,
            since,
            of_several: hubs.len() > 1,
        };
        Ok(cases.into_iter().map(kept).collect())
    }

    /// Is a person still to decide, or to see, something in this case?
    pub(crate) fn is_deciding(&self, case: &CaseId) -> Result<bool, ExchangeError> {
        Ok(self.open_tasks()?.iter().any(|task| task.case == *case))
    }

    /// Who asked this enquiry, about which case, and when.
    ///
    /// # Errors
    ///
    /// `unknown_enquiry`.
    pub(crate) fn asked_case(
        &self,
        id: EnquiryId,
    ) -> Result<(MemberId, CaseId, Timestamp), ExchangeError> {
        let stored = self.stored_enquiry(id)?;
        Ok((stored.hub, stored.enquiry.case, stored.enquiry.issued))
    }
}
