//! Runs the typesetter over one page description.

use jiff::civil::DateTime;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Datetime, Smart};
use typst::{WorldExt, comemo};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::error::PdfError;
use crate::page::Page;
use crate::world::{Desk, Fonts};

/// The PDF of a page description.
///
/// # Errors
///
/// Where the template or the export refused; never what it refused.
pub(crate) fn pdf(
    page: &Page,
    fonts: Fonts,
    made: DateTime,
    ident: String,
) -> Result<Vec<u8>, PdfError> {
    let data = serde_json::to_vec(page).map_err(|error| PdfError::unreadable(&error))?;
    let desk = Desk::new(fonts, data);
    let done = compile(&desk, made, ident);
    // The typesetter remembers what it typeset; a caller that lives on must not.
    comemo::evict(0);
    done
}

fn compile(desk: &Desk, made: DateTime, ident: String) -> Result<Vec<u8>, PdfError> {
    let Warned { output, .. } = typst::compile::<PagedDocument>(desk);
    let document = output.map_err(|faults| refused(desk, &faults))?;
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]);
    let options = PdfOptions {
        ident: Smart::Custom(ident),
        creator: Smart::Custom(Some("Stile".to_owned())),
        timestamp: instant(made),
        standards: standards.map_err(|_| PdfError::Typeset { faults: 1, line: 0 })?,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|faults| refused(desk, &faults))
}

fn instant(made: DateTime) -> Option<Timestamp> {
    let part = |number: i8| u8::try_from(number).ok();
    let datetime = Datetime::from_ymd_hms(
        i32::from(made.year()),
        part(made.month())?,
        part(made.day())?,
        part(made.hour())?,
        part(made.minute())?,
        part(made.second())?,
    );
    datetime.map(Timestamp::new_utc)
}

/// How many faults and where; a fault's own message may quote the document.
fn refused(desk: &Desk, faults: &[SourceDiagnostic]) -> PdfError {
    let first = faults.first().and_then(|fault| desk.range(fault.span));
    PdfError::Typeset {
        faults: faults.len(),
        line: first.map_or(0, |range| desk.line(range.start)),
    }
}
