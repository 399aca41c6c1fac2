//! Verification of a store's journal from its bytes alone; no key and no lock is needed.

use std::path::Path;

use stile_ledger::verify::{Report, Verifier};
use stile_ledger::{Checkpoint, Vkey};

use crate::config::Progress;
use crate::error::StoreError;
use crate::journal::Journal;
use crate::segment::{Item, ahead};

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
    let mut done = 0;
    ahead(&journal, &segments, |items| {
        for item in items {
            match item {
                Item::Begin { number } => {
                    verifier.begin(number);
                }
                Item::Frames(frames) => {
                    // What comes after the first that does not hold changes nothing.
                    let _ = frames
                        .iter()
                        .all(|(decoded, offset)| verifier.frame(decoded, *offset));
                }
                Item::Bad {
                    offset,
                    fault,
                    torn,
                    ..
                } => verifier.bad(offset, fault, torn),
                Item::GoesOn => verifier.goes_on(),
                Item::Failed(error) => return Err(error),
                Item::End { .. } => {
                    done += 1;
                    progress(Progress { done, total });
                }
            }
        }
        Ok(())
    })?;
    Ok(verifier.finish())
}
