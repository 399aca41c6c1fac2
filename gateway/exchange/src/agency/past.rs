//! What a stored enquiry asked of policy, for those who look back.

use stile_model::id::{CaseId, EnquiryId};
use stile_policy::PastEnquiry;

use super::Agency;
use super::stored::StoredEnquiry;
use crate::error::ExchangeError;

impl StoredEnquiry {
    fn past(&self) -> PastEnquiry {
        PastEnquiry::of(&self.enquiry, self.policy, self.ruled)
    }
}

impl Agency {
    /// A stored enquiry as policy saw it, and the case it belongs to.
    pub(crate) fn past_enquiry(bytes: &[u8]) -> Result<(PastEnquiry, CaseId), ExchangeError> {
        let stored = StoredEnquiry::read(bytes)?;
        Ok((stored.past(), stored.enquiry.case))
    }

    /// One enquiry as policy saw it, and the case it belongs to.
    ///
    /// # Errors
    ///
    /// `unknown_enquiry`.
    pub(crate) fn past_of(&self, id: EnquiryId) -> Result<(PastEnquiry, CaseId), ExchangeError> {
        let stored = self.stored_enquiry(id)?;
        Ok((stored.past(), stored.enquiry.case))
    }

    /// The permits of an enquiry's returns, by index, in order.
    ///
    /// # Errors
    ///
    /// `unknown_enquiry`.
    pub(crate) fn permits_of(&self, id: EnquiryId) -> Result<Vec<u64>, ExchangeError> {
        let newest = self.stored_enquiry(id)?.n;
        let mut permits = Vec::new();
        for n in 1..=newest {
            permits.extend(self.permit_of(id, n)?);
        }
        Ok(permits)
    }
}
