//! Release: sign exactly the recorded bytes, attach the receipt, pad, send.

use std::time::Duration;

use data_encoding::BASE64;
use stile_model::digest::Digest;
use stile_model::enquiry::Enquiry;
use stile_model::id::EnquiryId;
use stile_model::returns::RETURN_TYP;
use stile_store::{Receipt, StoreError, Tree};
use stile_trust::jws;

use super::Agency;
use super::record::Recorded;
use super::stored::{StoredEnquiry, StoredReturn, return_key};
use crate::error::ExchangeError;
use crate::wire::Envelope;

/// A padded answer, ready to send.
#[derive(Debug, Clone)]
pub struct Released {
    /// The body: an [`Envelope`] as padded JSON.
    pub body: Vec<u8>,
}

/// How often a return that somebody else records is looked for.
const LOOKS: u32 = 50;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

impl Agency {
    /// Signs a recorded return. The receipt must be for exactly these bytes.
    ///
    /// # Errors
    ///
    /// When releases are halted, the receipt is for something else, or the key cannot sign; nothing
    /// leaves.
    pub(super) fn release(
        &self,
        recorded: Recorded,
        confirmed: u64,
    ) -> Result<Released, ExchangeError> {
        self.release_as(RETURN_TYP, recorded, confirmed)
    }

    /// Signs what was recorded as a document of type `typ`.
    ///
    /// # Errors
    ///
    /// As [`Agency::release`].
    pub(super) fn release_as(
        &self,
        typ: &str,
        recorded: Recorded,
        confirmed: u64,
    ) -> Result<Released, ExchangeError> {
        self.witnessing.may_release()?;
        let Recorded { payload, receipt } = recorded;
        if receipt.digest() != Some(&Digest::of(&payload)) {
            return Err(ExchangeError::Stored("receipt"));
        }
        self.seal(typ, &payload, &receipt, confirmed)
    }

    /// Repeats the first return of an enquiry that was answered before.
    ///
    /// # Errors
    ///
    /// The refusals of an agreement, where none lets it go out any more; when it cannot be read back.
    pub(super) fn release_again(
        &self,
        stored: &StoredEnquiry,
        confirmed: u64,
    ) -> Result<Released, ExchangeError> {
        self.released_later(stored, 1, confirmed)?
            .ok_or(ExchangeError::Stored("return"))
    }

    /// Repeats the return that somebody else is recording for the same bytes: another replica, or
    /// the first attempt here of a hub that hung up.
    ///
    /// # Errors
    ///
    /// `enquiry_id_reused` when that one was asked something else under this id; `unrecorded` when
    /// it was not recorded after all; otherwise as [`Agency::release_again`].
    pub(super) async fn released_by_another(
        &self,
        enquiry: &Enquiry,
        jws: &str,
        confirmed: u64,
    ) -> Result<Released, ExchangeError> {
        let digest = Digest::of(jws.as_bytes());
        for _ in 0..LOOKS {
            // It may be in the same group of commits as ours would have been, and not be flushed yet.
            if let Some(first) = self.answered_before(enquiry, &digest)? {
                return self.release_again(&first, confirmed);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        Err(StoreError::AlreadyThere(Tree::Enquiries).into())
    }

    /// Return `n` of an enquiry, if there is one.
    ///
    /// # Errors
    ///
    /// When it cannot be read back.
    pub(super) fn released(
        &self,
        enquiry: EnquiryId,
        n: u32,
        confirmed: u64,
    ) -> Result<Option<Released>, ExchangeError> {
        let Some(bytes) = self.store.get(Tree::Returns, &return_key(enquiry, n))? else {
            return Ok(None);
        };
        let payload = StoredReturn::read(&bytes)?.payload.into_bytes();
        let digest = Digest::of(&payload);
        let receipt = self
            .store
            .permit_for(&digest)?
            .ok_or(ExchangeError::Stored("receipt"))?;
        self.release(Recorded { payload, receipt }, confirmed)
            .map(Some)
    }

    fn seal(
        &self,
        typ: &str,
        payload: &[u8],
        receipt: &Receipt,
        confirmed: u64,
    ) -> Result<Released, ExchangeError> {
        let answer = jws::sign(&self.signing, typ, payload)?;
        let envelope = Envelope {
            answer,
            leaf: BASE64.encode(receipt.leaf()),
            receipt: receipt.text(),
            consistency: self.grown_from(confirmed, receipt)?,
            pad: String::new(),
        };
        Ok(Released {
            body: envelope.to_padded_json(),
        })
    }

    /// Proof that the ledger only grew since the hub last looked; empty when it never did, or when it
    /// says it saw more than there is: then there is no such proof, and the hub must not believe us.
    fn grown_from(&self, confirmed: u64, receipt: &Receipt) -> Result<Vec<String>, ExchangeError> {
        if confirmed == 0 || confirmed > receipt.size() {
            return Ok(Vec::new());
        }
        let proof = self.store.consistency_to(confirmed, receipt.size())?;
        Ok(proof
            .iter()
            .map(|hash| BASE64.encode(hash.as_bytes()))
            .collect())
    }
}
