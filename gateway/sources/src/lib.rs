//! Reads an agency's own databases through a declared mapping, read-only and bounded.
//!
//! **Does:** turns a [`Mapping`] into [`Source`]s that find candidates, count names, and read one
//! person's records of one category, selecting only the columns asked for. Refuses an account that
//! could write. A dead or slow source fails alone and fast.
//!
//! **Leaves to others:** deciding who a row is about (`linkage`), what may be read (`policy`), and
//! what may be said (`product`). TLS to a database is not in this version: connect over a Unix
//! socket, the loopback address or a local encrypted tunnel. A URL that requires TLS is refused. What
//! is reached over HTTP takes its settings of TLS from `trust`, through the caller.
//!
//! **Format:** the mapping file is drawn in [`mapping`], the conversion of values in the table
//! below; every value outside it makes the category "not checked" instead of being guessed at.
//!
//! **Source:** Data Protection Act 2018 s.62 (consultation is logged by the caller, so nothing here
//! reads before it is asked); the dialects' manuals for `READ ONLY` transactions and time limits.
//!
#![doc = include_str!("values.md")]

mod backend;
mod breaker;
mod check;
mod counts;
mod error;
mod limits;
pub mod mapping;
mod name;
mod pages;
mod people;
mod plan;
mod propose;
mod query;
mod records;
mod sample;
mod source;
mod value;

pub use backend::ExtractState;
pub use breaker::{COOL_DOWN, FAILURES_MAX};
pub use check::{CheckFault, CheckFinding, CheckReport};
pub use error::{MappingError, SourceError};
pub use limits::{
    ALIASES_MAX, DISTINCT_MAX, HOUSEHOLD_MAX, Limits, PAGE_MAX, SPELLING_MAX_BYTES, SPELLINGS_MAX,
};
pub use mapping::{ColumnName, IndexMapping, Mapping, Place, SourceMapping};
pub use pages::{KeyPage, PeoplePage, Watermark};
pub use plan::{PlannedStatement, PlannedStep};
pub use propose::Proposal;
pub use sample::{ColumnSample, Look};
pub use source::{Candidates, Records, Source};
pub use value::DateFormat;
