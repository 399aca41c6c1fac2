//! Typesets one numbered copy of a product as a tagged PDF.
//!
//! **Does:** reads a [`stile_product::Document`] as JSON, puts it into the order and words of a
//! document for people, and typesets it: PDF/A-2a for the archive and PDF/UA-1 for people who cannot
//! see it. The same input gives the same bytes.
//!
//! **Leaves to others:** what a copy may say (`product`), its number and its entry in the ledger
//! (`exchange`), starting and ending this program (`exchange`).
//!
//! **Format:** JSON of one document on the standard input, at most 24 MiB; the PDF on the standard
//! output. It opens no file and no socket: the typesetter is shown two names, its own template and
//! the data, and refused every other. Data is never spliced into the template.
//!
//! ```text
//! exit 0  the PDF is complete      4  could not be typeset
//!      2  wrong argument           5  took more than 60 s
//!      3  input not readable       6  a pipe broke
//!    101  stopped by a fault of its own
//! ```
//!
//! **Source:** ISO 19005-2 (PDF/A-2), ISO 14289-1 (PDF/UA-1).

mod error;
pub mod limits;
mod moment;
mod page;
mod picture;
mod text;
mod typesetter;
mod words;
mod world;

pub use error::PdfError;

use stile_product::Document;

/// The PDF of a document given as JSON.
///
/// # Errors
///
/// Which part of the way failed; never a word of the document.
pub fn typeset(input: &[u8]) -> Result<Vec<u8>, PdfError> {
    if u64::try_from(input.len()).unwrap_or(u64::MAX) > limits::LONGEST_INPUT {
        return Err(PdfError::TooLong);
    }
    let document: Document =
        serde_json::from_slice(input).map_err(|error| PdfError::unreadable(&error))?;
    if document.v != 1 {
        return Err(PdfError::Version(document.v));
    }
    let fonts = world::Fonts::load();
    let page = page::page(&document, &|c| fonts.has(c));
    let made = moment::utc(document.product.made);
    let ident = format!(
        "{}/{}/{}",
        document.hub, document.product.case, document.number
    );
    typesetter::pdf(&page, fonts, made, ident)
}
