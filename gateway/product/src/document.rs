//! One numbered copy of a product: exactly what one recipient is given, on paper or as JSON.
//!
//! The same document always gives the same bytes, here and typeset, so that a copy can be held
//! against the digest in the hub's ledger.

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::MemberId;
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use utoipa::ToSchema;

use crate::product::{Product, Word};

/// Language of a document's own words; what agencies said stays as they said it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[schema(as = DocumentLanguage)]
pub enum Language {
    /// Welsh.
    #[serde(rename = "cy")]
    Cymraeg,
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// `cy` or `en` (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Cymraeg => "cy",
            Self::English => "en",
        }
    }
}

/// For whom a copy is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CopyRecipient)]
pub struct Recipient {
    /// Their office: `Team manager, assessment`; 1 to 120 characters.
    #[schema(min_length = 1, max_length = 120)]
    pub role: String,
    /// Their name or user name; 1 to 120 characters.
    #[schema(value_type = String, min_length = 1, max_length = 120)]
    pub name: Redacted<String>,
    /// The member of the partnership they belong to, if one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
}

impl Recipient {
    /// Most characters of each part.
    pub const MOST: usize = 120;

    /// Can it be printed: 1 to 120 characters each, none of them a control character?
    pub fn is_printable(&self) -> bool {
        [&self.role, self.name.reveal()].into_iter().all(|text| {
            let long = text.trim().chars().count();
            (1..=Self::MOST).contains(&long)
                && text.chars().count() <= Self::MOST
                && !text.chars().any(char::is_control)
        })
    }
}

/// Whether one agency knows one person, as a check of presence found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceLine {
    /// Name of the agency.
    pub agency_name: String,
    /// The person, from the hub's sheet.
    #[schema(value_type = String)]
    pub subject_name: Redacted<String>,
    /// What was found: `known`, `may_know`, `possibly`, `no_match`, `not_checked` or `not_offered`.
    pub found: Word,
    /// When.
    pub checked: Timestamp,
}

/// Where the ledger stood when the copy was made: it holds every return that the copy shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerMark {
    /// The ledger's name.
    pub origin: String,
    /// Its number of entries.
    pub size: u64,
    /// Its root hash (RFC 9162 §2.1).
    pub root: Digest,
}

/// One numbered copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Format version: 1.
    pub v: u8,
    /// Language of its own words.
    pub language: Language,
    /// Name of the hub.
    pub hub: String,
    /// Number of the copy, from 1 in each case.
    pub number: u32,
    /// For whom.
    pub recipient: Recipient,
    /// Where the hub's ledger stood.
    pub ledger: LedgerMark,
    /// SHA-256 of the product's own bytes, in canonical JSON.
    pub product_digest: Digest,
    /// What checks of presence found; empty where the audience may not have it.
    pub presence: Vec<PresenceLine>,
    /// What it says.
    pub product: Product,
}

impl Document {
    /// The JSON bytes; the same document always gives the same bytes.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "strings, numbers and lists always serialise"
    )]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a document serialises")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient(role: &str, name: &str) -> Recipient {
        Recipient {
            role: role.to_owned(),
            name: name.into(),
            member: None,
        }
    }

    #[test]
    fn accepts_an_office_and_a_name() {
        assert!(recipient("Team manager", "s-2001").is_printable());
        assert!(recipient(&"ŵ".repeat(120), "s-2001").is_printable());
    }

    #[test]
    fn rejects_a_recipient_that_cannot_be_printed() {
        for (role, name) in [
            ("", "s-2001"),
            ("   ", "s-2001"),
            ("Manager", ""),
            ("Manager\n", "s-2001"),
            ("Manager", "s\u{7}"),
        ] {
            assert!(!recipient(role, name).is_printable(), "{role:?} {name:?}");
        }
        assert!(!recipient(&"x".repeat(121), "s-2001").is_printable());
    }

    #[test]
    fn debug_withholds_the_name_of_the_recipient() {
        let text = format!("{:?}", recipient("Manager", "Mali Testwood"));

        assert!(!text.contains("Testwood"), "{text}");
    }
}
