//! Minimises what an agency releases, and puts the returns of a case together for one audience.
//!
//! **Does:** shows a held value at a rung and never above it ([`transform`]); finds protected
//! addresses, telephones, schools, names and identifiers in any value and takes them out
//! ([`Screen`]); turns one record into one minimised item ([`minimise`]); collates the returns of
//! a case into a [`Product`] for one [`Audience`] ([`assemble`]), prints it ([`render`]) and says what
//! one numbered copy of it holds ([`Document`]).
//!
//! **Leaves to others:** which rung is allowed (`policy`), who the record is about (`linkage`),
//! recording the disclosure (`ledger`, `store`), signing and sending (`exchange`). It has no clock:
//! `now` is an argument, and the same input gives the same bytes.
//!
//! **Format:**
//! ```text
//! kind      detail        summary               headline              known
//! date      2026-02-24    2026-02               2026                  held
//! text      screened      names, places out     group or title        held
//! person    as held       C. T.                 role word             held
//! number    as held       2 significant digits  band                  held
//! code      as held       group                 group                 held
//! location  as held       outward postcode      held                  held
//! flag      yes, no       yes, no               yes, no               held
//! ```
//! What is taken out is replaced by `[address removed]`, `[name removed]` and so on.
//!
//! **Source:** NHS number check digit, NHS Data Dictionary `NHS NUMBER`; postcode shape, BS 7666;
//! the reasons for screening free text are the reprimands listed in the project's domain notes.

mod assemble;
mod document;
mod fold;
mod product;
mod record;
mod render;
#[cfg(test)]
mod sample;
mod screen;
mod sheet;
mod shown_text;
pub mod transform;

pub use assemble::{assemble, is_guarded};
pub use document::{Document, Language, LedgerMark, PresenceLine, Recipient};
pub use product::{
    AgencySection, Comparison, ConsentLine, Contact, Counts, Event, FieldLine, FindingLine, Gap,
    MatchLine, NoRecordLine, Precision, Product, ProductSubject, Provenanced, ReferredLine,
    WithheldLine, Word,
};
pub use record::{MinimisedRecord, minimise};
pub use render::render;
pub use screen::{HitKind, Redaction, SCREEN_MAX_BYTES, Screen, ScreenParts};
pub use sheet::{AgencyAsk, Answer, Audience, CaseSheet, Received};
pub use transform::{Minimised, show};
