//! What travels between gateways around the signed documents.

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::EnquiryId;
use utoipa::ToSchema;

/// Smallest size class of an answer, in bytes; each class is twice the one before.
pub const SMALLEST_CLASS: usize = 16 * 1024;
/// Longest answer a hub reads, in bytes.
pub const ENVELOPE_MAX_BYTES: usize = 16 * 1024 * 1024;

/// An answer: the signed return, its receipt, and padding to a size class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Compact JWS of the `Return`.
    #[serde(rename = "return")]
    pub answer: String,
    /// The ledger entry that permitted the release, base64.
    pub leaf: String,
    /// Its inclusion proof, as C2SP tlog-proof text.
    pub receipt: String,
    /// Hashes, base64, that prove the ledger only grew since the size the hub last confirmed.
    pub consistency: Vec<String>,
    /// Spaces.
    pub pad: String,
}

impl Envelope {
    /// The envelope as JSON, padded to the next size class, so that its length says only the class.
    pub fn to_padded_json(&self) -> Vec<u8> {
        let bare = Self {
            pad: String::new(),
            ..self.clone()
        };
        let length = serde_json::to_vec(&bare).map_or(0, |bytes| bytes.len());
        let pad = size_class(length).saturating_sub(length);
        serde_json::to_vec(&Self {
            pad: " ".repeat(pad),
            ..bare
        })
        .unwrap_or_default()
    }
}

/// The size class that holds `length` bytes.
pub fn size_class(length: usize) -> usize {
    let mut class = SMALLEST_CLASS;
    while class < length {
        class = class.saturating_mul(2);
    }
    class
}

/// The hub's word that it holds a return: closes the record on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// The enquiry.
    pub enquiry: EnquiryId,
    /// Which return.
    pub n: u32,
    /// Digest of the return the hub holds.
    pub digest: Digest,
}

/// What an agency offers a hub for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Categories that can be asked for.
    pub categories: Vec<OfferedCategory>,
}

/// One category on offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferedCategory {
    /// The category.
    pub category: stile_model::id::CategoryId,
    /// Some of it may come at once.
    pub at_once: bool,
    /// Up to which rung at once; none where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung: Option<stile_model::code::Rung>,
    /// Up to which rung once a person agrees; none where nobody is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_rung: Option<stile_model::code::Rung>,
    /// Some of it may come after a person agrees, within this many hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_hours: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(answer: usize) -> Envelope {
        Envelope {
            answer: "x".repeat(answer),
            leaf: String::new(),
            receipt: "r\n".repeat(10),
            consistency: Vec::new(),
            pad: String::new(),
        }
    }

    #[test]
    fn every_answer_of_a_class_has_the_same_length() {
        for length in [0, 1, 100, 10_000] {
            assert_eq!(envelope(length).to_padded_json().len(), SMALLEST_CLASS);
        }
        assert_eq!(envelope(20_000).to_padded_json().len(), 2 * SMALLEST_CLASS);
    }

    #[test]
    fn padding_reads_back() {
        let bytes = envelope(5).to_padded_json();

        let read: Envelope = serde_json::from_slice(&bytes).unwrap();

        assert_eq!(read.answer, "xxxxx");
    }
}
