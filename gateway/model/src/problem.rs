//! Coded problems between gateways (RFC 9457).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::EnquiryId;

/// A refusal as sent to a peer: `application/problem+json`.
///
/// Codes are stable and documented in `docs/reference/problems.md`; texts are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:stile:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// One line for people; holds no personal data.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What to do about it; holds no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The enquiry, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enquiry: Option<EnquiryId>,
    /// Seconds after which it may be asked again; the header `retry-after` says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

impl Problem {
    /// A problem with this code.
    pub fn new(code: &str, status: u16, title: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:stile:problem:{code}"),
            title: title.into(),
            status,
            detail: None,
            enquiry: None,
            retry_after_s: None,
        }
    }

    /// The same, saying after how many seconds it may be asked again.
    pub fn again_after(self, seconds: u32) -> Self {
        Self {
            retry_after_s: Some(seconds),
            ..self
        }
    }

    /// The last part of [`Problem::kind`].
    pub fn code(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }
}
