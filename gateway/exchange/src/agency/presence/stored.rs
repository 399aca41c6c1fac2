//! What the store keeps of a presence request, and under which key.

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, EnquiryId, MemberId};
use stile_model::time::Timestamp;
use stile_store::{Put, Store, Tree};

use crate::error::ExchangeError;
use crate::stored::every;

const ANSWERS: &[u8] = b"presence/answer/";

/// A request as answered; its presence makes a retry repeat the answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredPresence {
    /// Digest of the compact JWS that was admitted.
    pub(super) digest: Digest,
    pub(super) hub: MemberId,
    /// The agency's own name for the case, under whose key this is sealed.
    pub(super) case: CaseId,
    pub(super) asked: Timestamp,
    /// The answer's bytes as text.
    pub(super) payload: String,
}

impl StoredPresence {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ExchangeError> {
        serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("presence answer"))
    }

    pub(super) fn put(&self, id: EnquiryId) -> Result<Put, ExchangeError> {
        let value =
            serde_json::to_vec(self).map_err(|_| ExchangeError::Stored("presence answer"))?;
        Ok(Put {
            tree: Tree::Replay,
            key: answer_key(id),
            value: Some(value),
            case: Some(self.case.clone()),
        })
    }
}

/// The key of the answer to a request.
pub(super) fn answer_key(id: EnquiryId) -> Vec<u8> {
    [ANSWERS, id.as_bytes()].concat()
}

/// The agency's own name for a hub's case: the request does not tell the number.
///
/// # Errors
///
/// Never: the name is made of hexadecimal digits.
pub(super) fn case_of(hub: &MemberId, case_tag: &Digest) -> Result<CaseId, ExchangeError> {
    let digest = Digest::of_parts(&[hub.as_str().as_bytes(), b" ", case_tag.as_bytes()]);
    let digits: String = digest.to_string().to_uppercase().chars().take(30).collect();
    CaseId::new(format!("PRESENCE-{digits}")).map_err(|_| ExchangeError::Stored("case"))
}

/// Every case a presence request was about, under the agency's own names, with the time.
pub(in super::super) fn cases(store: &Store) -> Result<Vec<(CaseId, Timestamp)>, ExchangeError> {
    every(store, Tree::Replay, ANSWERS)?
        .iter()
        .map(|(_, bytes)| StoredPresence::read(bytes).map(|stored| (stored.case, stored.asked)))
        .collect()
}
