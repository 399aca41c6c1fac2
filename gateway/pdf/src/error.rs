//! What can go wrong, and the exit code of each.

use std::io;

use serde_json::error::Category;

/// Why there is no PDF. No variant holds a word of the document.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The standard input or output broke.
    #[error("the standard input or output broke ({0})")]
    Pipe(io::ErrorKind),
    /// Longer than the program reads.
    #[error("the document is longer than 24 MiB; give fewer items")]
    TooLong,
    /// The template or the export refused; a fault of this program.
    #[error(
        "the document could not be typeset ({faults} faults, the first in line {line} of the template)"
    )]
    Typeset {
        /// How many faults.
        faults: usize,
        /// Line of the template, from 1; 0 where it is not known.
        line: usize,
    },
    /// Not a document of this version's form.
    #[error("line {line}, column {column}: {what}; the input must be a document of version 1")]
    Unreadable {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What kind of fault.
        what: &'static str,
    },
    /// A document of another version.
    #[error("the document has version `{0}`; this program reads version 1")]
    Version(u8),
}

impl PdfError {
    /// The exit code; the list is in the crate's own words.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::TooLong | Self::Unreadable { .. } | Self::Version(_) => 3,
            Self::Typeset { .. } => 4,
            Self::Pipe(_) => 6,
        }
    }

    /// The place of a fault: `serde_json`'s own message would repeat the value.
    pub(crate) fn unreadable(error: &serde_json::Error) -> Self {
        Self::Unreadable {
            line: error.line(),
            column: error.column(),
            what: match error.classify() {
                Category::Data => "a key or value that is not expected here",
                Category::Eof => "the input ends too soon",
                Category::Io | Category::Syntax => "not JSON",
            },
        }
    }
}
