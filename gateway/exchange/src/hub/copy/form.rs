//! As what a copy is given: its media type and the ending of its file's name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// As what a copy is given.
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
#[serde(rename_all = "snake_case")]
#[schema(as = DocumentForm)]
pub enum Form {
    /// The document's own JSON.
    Json,
    /// A tagged PDF: PDF/A-2a and PDF/UA-1.
    #[default]
    Pdf,
}

impl Form {
    /// `application/json` or `application/pdf`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Pdf => "application/pdf",
        }
    }

    /// `json` or `pdf`.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Pdf => "pdf",
        }
    }
}
