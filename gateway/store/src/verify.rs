//! Verification of a store's journal from its bytes alone; no key and no lock is needed.

use std::path::Path;

use stile_ledger::verify::{Report, Segment, Verifier};
use stile_ledger::{Checkpoint, Vkey};

use crate::config::Progress;
use crate::error::StoreError;
use crate::journal::Journal;

/// Verifies the journal in the store's folder `dir`.
///
/// # Errors
///
/// When the journal is missing or cannot be read. What is wrong with it is in the report.
pub fn verify_dir(
    dir: &Path,
    vkey: &Vkey,
    progress: impl FnMut(Progress),
) -> Result<Report, StoreError> {
    verify_dir_against(dir, vkey, &[], progress)
}

/// As [`verify_dir`], and that the ledger continues every checkpoint in `earlier`.
///
/// # Errors
///
/// As [`verify_dir`].
pub fn verify_dir_against(
    dir: &Path,
    vkey: &Vkey,
    earlier: &[Checkpoint],
    mut progress: impl FnMut(Progress),
) -> Result<Report, StoreError> {
    let journal = Journal::new(dir);
    let segments = journal.segments()?;
    if segments.is_empty() {
        return Err(StoreError::Config("the folder holds no journal"));
    }
    let total = u64::try_from(segments.len()).unwrap_or(u64::MAX);
    let mut verifier = Verifier::new(vkey.clone(), earlier.to_vec());
    for (done, number) in (1..).zip(segments) {
        verifier.segment(&Segment {
            number,
            bytes: journal.read_segment(number)?,
        });
        progress(Progress { done, total });
    }
    Ok(verifier.finish())
}
