//! What can go wrong between the gateway and an agency's own system.

use std::fmt;

/// Why a source gave no answer. Nothing was read out of it, and nothing in it was changed.
///
/// Names of sources, tables and columns come from the mapping; a value never appears.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// A value does not fit the field's kind, or is not valid text. The whole category counts as
    /// not checked, because a record shown without it could mislead.
    #[error(
        "source `{name}`: a value of `{table}.{column}` does not fit; correct it or map another column"
    )]
    BadValue {
        /// The source.
        name: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The source failed several times in a row and is left alone for a while.
    #[error(
        "source `{name}` is not asked for another {retry_after_ms} ms after repeated failures; see why it fails"
    )]
    CircuitOpen {
        /// The source.
        name: String,
        /// Milliseconds until it is tried again.
        retry_after_ms: u64,
    },
    /// No answer in time.
    #[error(
        "source `{name}` did not answer within {deadline_ms} ms; check its load and indexes, or raise its `deadline_ms`"
    )]
    Deadline {
        /// The source.
        name: String,
        /// The deadline in milliseconds.
        deadline_ms: u64,
    },
    /// The mapping or its connection settings cannot be used.
    #[error("source `{name}`: {problem}")]
    Mapping {
        /// The source.
        name: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The database answered with an error of its own.
    #[error(
        "source `{name}` refused the query with code `{code}`; look the code up in the database's manual"
    )]
    Refused {
        /// The source.
        name: String,
        /// `SQLSTATE` or vendor error number.
        code: String,
    },
    /// A mapped table or column is no longer there, or has another type.
    #[error(
        "source `{name}`: `{table}.{column}` is missing, unreadable to this account or of another type; mend the mapping"
    )]
    SchemaChanged {
        /// The source.
        name: String,
        /// The table.
        table: String,
        /// The column, or `*` when the table itself is missing.
        column: String,
    },
    /// The files of a source are too old for an answer.
    #[error(
        "source `{name}`: its files are older than {age_max_h} hours; see why no newer ones arrive"
    )]
    Stale {
        /// The source.
        name: String,
        /// The greatest age in hours.
        age_max_h: u32,
    },
    /// A value is longer than [`crate::Limits::max_value_bytes`], which nobody can raise. As with
    /// [`SourceError::BadValue`] the whole category counts as not checked.
    #[error(
        "source `{name}`: a value of `{table}.{column}` is longer than {max_bytes} bytes; map a shorter column or a view that shortens it, or leave it out"
    )]
    TooLong {
        /// The source.
        name: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The limit in bytes.
        max_bytes: usize,
    },
    /// A server gave more than is read for one question. A part of an answer is none, so nothing of it
    /// was used.
    #[error(
        "source `{name}` gave {what}, more than is read for one question, so nothing of it was used; \
         see why it gives so much"
    )]
    TooMuch {
        /// The source.
        name: String,
        /// What was too much.
        what: String,
    },
    /// By what is known of the person nobody can be found there, whoever is held.
    #[error(
        "source `{name}` was not asked: too little is known of the person for what its mapping can be \
         searched by; an identifier or telephone number, or two of surname, forename, date of birth \
         and postcode, must be both known and mapped"
    )]
    Unasked {
        /// The source.
        name: String,
    },
    /// The connection could not be made or was lost.
    #[error(
        "source `{name}` cannot be reached; check that it runs and that the account may connect"
    )]
    Unreachable {
        /// The source.
        name: String,
    },
    /// The account could change data; it is refused before anything is read.
    #[error("source `{name}`: the account can write ({what}); give it SELECT only")]
    Writable {
        /// The source.
        name: String,
        /// The privilege found, with the object it is on.
        what: String,
    },
}

impl SourceError {
    /// The stable code of this error, for logs, metrics and pages.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadValue { .. } => "bad_value",
            Self::CircuitOpen { .. } => "circuit_open",
            Self::Deadline { .. } => "deadline",
            Self::Mapping { .. } => "mapping",
            Self::Refused { .. } => "refused",
            Self::SchemaChanged { .. } => "schema_changed",
            Self::Stale { .. } => "stale",
            Self::TooLong { .. } => "too_long",
            Self::TooMuch { .. } => "too_much",
            Self::Unasked { .. } => "unasked",
            Self::Unreachable { .. } => "unreachable",
            Self::Writable { .. } => "writable",
        }
    }
}

/// Why a mapping file cannot be used; nothing of it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingError {
    /// One line each: `file:line:column: what is wrong and what is allowed`.
    pub problems: Vec<String>,
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for MappingError {}
