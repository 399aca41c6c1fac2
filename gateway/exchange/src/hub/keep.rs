//! What retention asks of the hub: which cases there are, whom they were asked of, what is open.

use std::sync::Arc;

use stile_model::id::{CaseId, EnquiryId, MemberId};
use stile_model::time::Timestamp;
use stile_store::Tree;

use super::{Case, Hub, Lane};
use crate::client::Client;
use crate::error::ExchangeError;
use crate::stored::every;

impl Hub {
    /// Every case, and when it was opened.
    pub(crate) fn kept_cases(&self) -> Result<Vec<(CaseId, Timestamp)>, ExchangeError> {
        every(&self.store, Tree::Cases, &[])?
            .iter()
            .map(|(_, bytes)| {
                let case: Case =
                    serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("case"))?;
                Ok((case.matter.id, case.opened))
            })
            .collect()
    }

    /// Is an agency still to answer in this case?
    pub(crate) fn is_asking(&self, case: &CaseId) -> Result<bool, ExchangeError> {
        Ok(self.sent_of(case)?.iter().any(|sent| !sent.is_finished()))
    }

    /// The agencies that answered in this case, each with an enquiry that it admitted.
    pub(crate) fn answered_of(
        &self,
        case: &CaseId,
    ) -> Result<Vec<(MemberId, EnquiryId)>, ExchangeError> {
        let sent = self.sent_of(case)?;
        let answered = sent.into_iter().filter(|sent| sent.n > 0);
        Ok(answered
            .map(|sent| (sent.enquiry.to, sent.enquiry.id))
            .collect())
    }

    /// The caller of an agency, for words that are no question.
    pub(crate) async fn client_to_tell(
        &self,
        agency: &MemberId,
    ) -> Result<Arc<Client>, ExchangeError> {
        self.client(agency, Lane::Ask).await
    }
}
