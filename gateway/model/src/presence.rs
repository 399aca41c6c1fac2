//! Asking who knows a person: the offer, the set, the request and the answer.
//!
//! ```text
//! GET  /v1/presence/offer   PresenceOffer                            from policy alone
//! GET  /v1/presence/set     PresenceSet as a JWS, CRLF, two sets     of everyone who may be known
//! POST /v1/presence         PresenceRequest as a JWS                 about one person of one case
//!                           PresenceAnswer as a JWS in an envelope
//! ```
//!
//! Each document is padded to one length, so that its length tells nothing.

use std::fmt;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::digest::Digest;
use crate::enquiry::Consent;
use crate::id::{Code, EnquiryId, MemberId};
use crate::schema;
use crate::subject::Subject;
use crate::time::Timestamp;

/// The JWS `typ` of a request.
pub const PRESENCE_TYP: &str = "stile-presence+jws";
/// The JWS `typ` of an answer.
pub const PRESENCE_ANSWER_TYP: &str = "stile-presence-answer+jws";
/// The JWS `typ` of the statement before a set.
pub const PRESENCE_SET_TYP: &str = "stile-presence-set+jws";
/// Longest request accepted, in bytes of the compact JWS.
pub const PRESENCE_MAX_BYTES: usize = 128 * 1024;
/// Longest that a request may stand, in seconds.
pub const PRESENCE_STANDS_MAX_S: i64 = 15 * 60;
/// Length of every offer, in bytes of JSON.
pub const OFFER_BYTES: usize = 2 * 1024;
/// Length of every blind request, in bytes of JSON.
pub const BLIND_REQUEST_BYTES: usize = 8 * 1024;
/// Length of every asked request, in bytes of JSON.
pub const ASKED_REQUEST_BYTES: usize = 64 * 1024;
/// Length of every answer, in bytes of JSON.
pub const ANSWER_BYTES: usize = 8 * 1024;
/// Longest signed statement before a set, in bytes of the compact JWS.
pub const SET_STATEMENT_MAX_BYTES: usize = 8 * 1024;

/// One element of the group ristretto255 in its encoding of 32 bytes (RFC 9496 §4.3.2), as base64.
/// Whether the bytes are an element is not looked at here.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Element([u8; 32]);

/// The text is not base64 of 32 bytes.
#[derive(Debug, thiserror::Error)]
#[error("an element is 44 characters of base64 (RFC 4648 §4), padded")]
pub struct ElementError;

/// What an agency offers a hub of presence for one purpose: from policy alone, never from persons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceOffer {
    /// Format version: 1.
    pub version: u8,
    /// The agency.
    pub agency: MemberId,
    /// The purpose.
    pub purpose: Code,
    /// How the hub may ask.
    pub form: OfferedForm,
    /// A desk to speak to: role and telephone, no person's name; empty where none is given.
    pub contact: String,
    /// The epoch of the set that is published; none unless blind, and while the first is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// How keys are made.
    pub recipe: u32,
    /// How names, dates and places are brought into one spelling.
    pub normaliser: u32,
    /// When to ask for the offer again.
    pub until: Timestamp,
    /// Spaces.
    pub pad: String,
}

/// How a hub may ask an agency whether it knows somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfferedForm {
    /// By telling it who is asked about; it answers with one bit.
    Asked,
    /// Without its learning who is asked about.
    Blind,
    /// Not at all for this purpose.
    NotOffered,
}

/// One of the two sets that follow a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPart {
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
}

/// The agency's statement before a set; the payload of a JWS of type `stile-presence-set+jws`.
///
/// The body is the compact JWS, CRLF, the strong set and the weak set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceSet {
    /// Format version: 1.
    pub version: u8,
    /// The agency that made it.
    pub agency: MemberId,
    /// The hub it is for.
    pub hub: MemberId,
    /// The purpose it is for.
    pub purpose: Code,
    /// The epoch of its key.
    pub epoch: u32,
    /// How keys are made.
    pub recipe: u32,
    /// How names, dates and places are brought into one spelling.
    pub normaliser: u32,
    /// When it was made.
    pub built_at: Timestamp,
    /// When it is not to be used any more.
    pub valid_until: Timestamp,
    /// Who is known.
    pub strong: SetPart,
    /// Who is possibly known.
    pub weak: SetPart,
}

/// A hub's question whether an agency knows one person of one case; the payload of a JWS of type
/// `stile-presence+jws`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceRequest {
    /// Format version: 1.
    pub version: u8,
    /// Names this request; the idempotency key.
    pub id: EnquiryId,
    /// The one agency it is for.
    pub agency: MemberId,
    /// The hub that asks.
    pub hub: MemberId,
    /// HMAC of the case number under a secret of the hub and the agency's id: requests about one case
    /// can be told to belong together, and agencies cannot join what they saw.
    pub case_tag: Digest,
    /// Coded legal gateway under which an enquiry is intended.
    pub purpose: Code,
    /// Consent or coded reason, as the enquiry would have it.
    pub basis: Consent,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// When it lapses; at most 15 minutes after `issued_at`.
    pub expires_at: Timestamp,
    /// The question.
    pub form: PresenceForm,
    /// Spaces.
    pub pad: String,
}

/// The question itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PresenceForm {
    /// Who is asked about, in clear.
    Asked {
        /// The person.
        subject: Box<Subject>,
    },
    /// Blinded keys of the person, always as many.
    Blind {
        /// The epoch of the agency's key.
        epoch: u32,
        /// How the keys were made.
        recipe: u32,
        /// How names, dates and places were brought into one spelling.
        normaliser: u32,
        /// The blinded keys.
        elements: Vec<Element>,
    },
}

/// One agency's answer; the payload of a JWS of type `stile-presence-answer+jws`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceAnswer {
    /// Format version: 1.
    pub version: u8,
    /// The request it answers.
    pub id: EnquiryId,
    /// SHA-256 of the request's compact JWS.
    pub request_digest: Digest,
    /// The agency that answers.
    pub agency: MemberId,
    /// When it was made.
    pub issued_at: Timestamp,
    /// The answer.
    pub form: PresenceAnswerForm,
    /// Spaces.
    pub pad: String,
}

/// The answer itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PresenceAnswerForm {
    /// To an asked request.
    Asked {
        /// The agency knows the person, or somebody who may be them, and policy lets that be known.
        /// `false` is not absence.
        may_know: bool,
    },
    /// To a blind request.
    Blind {
        /// The epoch of the key.
        epoch: u32,
        /// Each element evaluated, in the order of the request.
        evaluated: Vec<Element>,
    },
}

impl Element {
    /// Takes 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Element")
    }
}

impl From<Element> for String {
    fn from(element: Element) -> Self {
        BASE64.encode(&element.0)
    }
}

impl TryFrom<String> for Element {
    type Error = ElementError;

    fn try_from(text: String) -> Result<Self, ElementError> {
        let bytes = BASE64.decode(text.as_bytes()).map_err(|_| ElementError)?;
        Ok(Self(bytes.try_into().map_err(|_| ElementError)?))
    }
}

impl PartialSchema for Element {
    fn schema() -> RefOr<Schema> {
        schema::text(
            "One element of ristretto255 (RFC 9496 §4.3.2), in base64.",
            "^[A-Za-z0-9+/]{43}=$",
            "4vL5n1eB0zkc3Gm1Kq4y7oY0Yx2WcY3tqf1xT0s9Z1I=",
        )
    }
}

impl ToSchema for Element {}

impl PresenceForm {
    /// Length that a request of this form is padded to.
    pub const fn padded(&self) -> usize {
        match self {
            Self::Asked { .. } => ASKED_REQUEST_BYTES,
            Self::Blind { .. } => BLIND_REQUEST_BYTES,
        }
    }
}

impl PresenceOffer {
    /// The offer as JSON of [`OFFER_BYTES`]; none when it is longer without padding.
    pub fn to_padded_json(&self) -> Option<Vec<u8>> {
        padded(self, OFFER_BYTES, |offer, pad| offer.pad = pad)
    }
}

impl PresenceRequest {
    /// The request as JSON of its form's one length; none when it is longer without padding.
    pub fn to_padded_json(&self) -> Option<Vec<u8>> {
        padded(self, self.form.padded(), |request, pad| request.pad = pad)
    }
}

impl PresenceAnswer {
    /// The answer as JSON of [`ANSWER_BYTES`]; none when it is longer without padding.
    pub fn to_padded_json(&self) -> Option<Vec<u8>> {
        padded(self, ANSWER_BYTES, |answer, pad| answer.pad = pad)
    }
}

/// `document` as JSON of exactly `length` bytes.
fn padded<T: Clone + Serialize>(
    document: &T,
    length: usize,
    set: impl Fn(&mut T, String),
) -> Option<Vec<u8>> {
    let mut document = document.clone();
    set(&mut document, String::new());
    let bare = serde_json::to_vec(&document).ok()?;
    set(&mut document, " ".repeat(length.checked_sub(bare.len())?));
    serde_json::to_vec(&document).ok()
}

#[cfg(test)]
mod tests;
