//! The words every other crate speaks: identifiers, instants, people, enquiries and returns.
//!
//! **Does:** gives each word of the domain one type that cannot hold an invalid value, and the
//! wire shape of the two signed documents, the [`Enquiry`](enquiry::Enquiry) and the
//! [`Return`](returns::Return).
//!
//! **Leaves to others:** deciding (`policy`), matching (`linkage`), recording (`ledger`, `store`)
//! and every effect.
//!
//! **Format:** JSON with lower-case `snake_case` keys; instants are RFC 3339 UTC with milliseconds;
//! dates are ISO 8601; digests are lower-case hexadecimal SHA-256.
//!
//! **Source:** the handling classes and purposes follow the domain tables quoted in
//! `policies/vocabulary.toml`, each with its statute and section.

pub mod code;
pub mod digest;
pub mod enquiry;
pub mod id;
pub mod place;
pub mod presence;
pub mod problem;
pub mod redact;
pub mod returns;
mod schema;
pub mod subject;
pub mod time;
pub mod vocabulary;
