//! A refusal is evidence too: it is recorded before the hub hears of it.

use std::collections::BTreeMap;

use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::Code;
use stile_model::time::Timestamp;
use stile_store::Batch;
use stile_trust::peer::Peer;

use super::Agency;
use crate::error::ExchangeError;

impl Agency {
    /// Records that a peer's enquiry was not admitted, and gives the error back.
    ///
    /// A refusal that cannot be recorded is still a refusal; the failure is logged. A peer that has
    /// used up its hour is refused without further entries, so that it cannot fill the ledger.
    pub(super) async fn record_refusal(
        &self,
        error: ExchangeError,
        peer: &Peer,
        jws: &str,
        now: Timestamp,
    ) -> ExchangeError {
        let problem = error.problem();
        if self.spend(&peer.identity.member, now).is_err() {
            tracing::warn!(member = %peer.identity.member, code = problem.code(), "refused beyond the hour's budget; not recorded");
            return error;
        }
        let mut entry = Entry {
            member: Some(peer.identity.member.clone()),
            digest: Some(Digest::of(jws.as_bytes())),
            policy: Some(self.policy.load().digest()),
            ..Entry::new(EntryKind::Refusal, now)
        };
        if let Ok(code) = Code::new(problem.code()) {
            entry.counts = BTreeMap::from([(code, 1)]);
        }
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let batch = Batch {
            refusal_only: true,
            ..Batch::entry(entry, body, None)
        };
        if let Err(unwritten) = self.store.commit(batch).await {
            tracing::error!(code = problem.code(), error = %unwritten, "a refusal was not recorded");
        }
        error
    }
}
