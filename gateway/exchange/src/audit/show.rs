//! One entry whole, and its proof.

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use stile_model::id::Code;
use stile_model::redact::Redacted;
use stile_store::StoreError;
use utoipa::ToSchema;

use super::line::Lines;
use super::{EntryLine, Gateway, Reading, Reason};
use crate::error::{ExchangeError, refuse};
use crate::people::{Duty, Person};

/// A request to see one entry.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Show {
    /// Why the ledger is read.
    pub reason: Reason,
    /// Open the sealed body, too; that is recorded as such.
    #[serde(default)]
    pub open: bool,
}

/// One entry whole.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = ShownEntry)]
pub struct Shown {
    /// What it says openly.
    pub entry: EntryLine,
    /// The leaf exactly as recorded: JSON.
    pub leaf: String,
    /// `not_asked`, `shown`, or `erased` when its key was destroyed.
    pub body_state: Code,
    /// The opened body: JSON or text.
    pub body: Option<Redacted<String>>,
    /// The salt of the commitment, hexadecimal: SHA-256(salt, body) is the leaf's `body`.
    pub salt: Option<String>,
}

/// A request for an entry's proof.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Prove {
    /// Why the ledger is read.
    pub reason: Reason,
    /// Size of a head kept from earlier: prove, too, that the ledger only grew since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<u64>,
}

/// A proof anybody can check who has the ledger's public key.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Proof {
    /// The entry's place in the ledger.
    pub index: u64,
    /// The leaf's bytes, base64.
    pub leaf: String,
    /// C2SP tlog-proof@v1: inclusion and signed checkpoint.
    pub receipt: String,
    /// Hashes, base64, that prove that the checkpoint extends the earlier head; empty without one.
    pub consistency: Vec<String>,
    /// The ledger's public key, for comparison only: get it by another way.
    pub vkey: String,
}

/// A body that was opened, or why not.
pub(super) enum Body {
    Erased,
    Open { salt: [u8; 32], bytes: Vec<u8> },
}

impl Gateway {
    pub(super) fn body(&self, index: u64) -> Result<Body, ExchangeError> {
        match self.store().opened(index) {
            Err(StoreError::Erased) => Ok(Body::Erased),
            other => other
                .map(|(salt, bytes)| Body::Open { salt, bytes })
                .map_err(Into::into),
        }
    }

    /// One entry, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_entry`, or that it could not be recorded.
    pub async fn show(
        &self,
        person: &Person,
        index: u64,
        ask: &Show,
    ) -> Result<Shown, ExchangeError> {
        person.must(&Duty::Auditor)?;
        let bytes = self.leaf_bytes(index)?;
        let leaf = self.leaf(index)?;
        let body = if ask.open {
            Some(self.body(index)?)
        } else {
            None
        };
        let reading = Reading {
            bodies: usize::from(matches!(body, Some(Body::Open { .. }))),
            concerns: Some(index),
            ..Reading::of("shown", ask.reason.check()?, 1)
        };
        self.record(person, reading, ask.open).await?;
        let (state, salt, body) = match body {
            None => ("not_asked", None, None),
            Some(Body::Erased) => ("erased", None, None),
            Some(Body::Open { salt, bytes }) => {
                ("shown", Some(HEXLOWER.encode(&salt)), Some(bytes))
            }
        };
        let text =
            |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| ExchangeError::Stored("body"));
        Ok(Shown {
            entry: Lines::of(self, None).line(index, &leaf),
            leaf: text(bytes)?,
            body_state: Code::new(state).map_err(|_| ExchangeError::Stored("body"))?,
            body: body.map(text).transpose()?.map(Into::into),
            salt,
        })
    }

    /// The proof of one entry under the best head that covers it, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_entry`, `earlier_too_large`, or that it could not be recorded.
    pub async fn prove(
        &self,
        person: &Person,
        index: u64,
        ask: &Prove,
    ) -> Result<Proof, ExchangeError> {
        person.must(&Duty::Auditor)?;
        let leaf = self.leaf_bytes(index)?;
        let size = self.store().head().size;
        let reading = Reading {
            concerns: Some(index),
            ..Reading::of("proved", ask.reason.check()?, 1)
        };
        if ask.earlier.is_some_and(|earlier| earlier > size) {
            return Err(refuse(
                "earlier_too_large",
                409,
                "the ledger is shorter than the earlier head; if that head is genuine, an older \
                 copy of the ledger was put back: keep both, tell the partnership",
            ));
        }
        self.record(person, reading, ask.earlier).await?;
        let least = ask.earlier.unwrap_or(0).max(index.saturating_add(1));
        let (head, note) = self.covering(least);
        let receipt = self.store().proof_under(index, head.size, &note)?;
        let hashes = match ask.earlier {
            Some(size) => self.store().consistency_to(size, head.size)?,
            None => Vec::new(),
        };
        Ok(Proof {
            index,
            leaf: BASE64.encode(&leaf),
            receipt: receipt.text(),
            consistency: hashes
                .iter()
                .map(|hash| BASE64.encode(hash.as_bytes()))
                .collect(),
            vkey: self.store().vkey().to_string(),
        })
    }
}
