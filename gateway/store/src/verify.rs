//! Verification of a store's journal from its bytes alone; no lock is needed, and no key but where it is
//! asked what one opens.

mod opened;

use std::fs;
use std::path::{Path, PathBuf};

use stile_ledger::archive::Statement;
use stile_ledger::frame::Frame;
use stile_ledger::verify::{Report, Verifier};
use stile_ledger::{Checkpoint, Vkey};

use crate::ahead::{Item, ahead};
use crate::archive::Base;
use crate::config::Progress;
use crate::error::StoreError;
use crate::journal::Journal;
use crate::keys::EpochKey;

use self::opened::Keys;

/// Verifies the journal in the store's folder `dir`. Where its oldest segments were archived, what is
/// left is verified from the ledger's own continuity statement on.
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

/// As [`verify_dir`], and that `keys` open what the store of `origin` has sealed and not erased, up to
/// an unfinished end.
///
/// # Errors
///
/// As [`verify_dir`]; [`StoreError::WrongEpochKey`] when the journal is sound, its unfinished end apart,
/// and these are not all of the keys that it was sealed under.
pub fn verify_dir_opened(
    dir: &Path,
    vkey: &Vkey,
    origin: &str,
    keys: EpochKey,
) -> Result<Report, StoreError> {
    let mut kept = Keys::default();
    let report = verified((dir, &[]), vkey, &[], |_| {}, |frame| kept.take(frame))?;
    let holds = report.first_bad.as_ref().is_none_or(|bad| bad.unfinished);
    // Without a whole frame nothing is sealed: the next start begins the journal again.
    if holds && report.frames > 0 {
        kept.opened_by(origin, keys)?;
    }
    Ok(report)
}

/// As [`verify_dir`], and that the ledger continues every checkpoint in `earlier`.
///
/// # Errors
///
/// As [`verify_dir`]; also when a checkpoint is of an archived part.
pub fn verify_dir_against(
    dir: &Path,
    vkey: &Vkey,
    earlier: &[Checkpoint],
    progress: impl FnMut(Progress),
) -> Result<Report, StoreError> {
    verify_dir_with(dir, &[], vkey, earlier, progress)
}

/// As [`verify_dir_against`], with the archived segments in the folders `archives`: all of them and
/// the journal are verified as one chain from the first frame on, and every continuity statement in
/// these folders must be true of it.
///
/// # Errors
///
/// As [`verify_dir_against`], and when a statement in an archive is not signed by the ledger.
pub fn verify_dir_with(
    dir: &Path,
    archives: &[PathBuf],
    vkey: &Vkey,
    earlier: &[Checkpoint],
    progress: impl FnMut(Progress),
) -> Result<Report, StoreError> {
    verified((dir, archives), vkey, earlier, progress, |_| {})
}

/// Verifies, and lets `look` see each frame that holds.
fn verified(
    (dir, archives): (&Path, &[PathBuf]),
    vkey: &Vkey,
    earlier: &[Checkpoint],
    mut progress: impl FnMut(Progress),
    mut look: impl FnMut(&Frame),
) -> Result<Report, StoreError> {
    let journal = Journal::with_archives(dir, archives)?;
    let base = Base::newest(dir, vkey)?;
    let kept_from = base.as_ref().map_or(0, |base| base.statement.next_frame);
    let mut segments = journal.segments()?;
    // A crash may have left segments here that are in the archive already.
    segments.retain(|number| *number >= kept_from || journal.is_archived(*number));
    if segments.iter().all(|number| journal.is_archived(*number)) {
        return Err(StoreError::Config("the folder holds no journal"));
    }
    let total = u64::try_from(segments.len()).unwrap_or(u64::MAX);
    let mut heads = earlier.to_vec();
    for archive in archives {
        heads.extend(statements(archive, vkey)?.iter().map(Statement::head));
    }
    let mut verifier = match &base {
        Some(base) if archives.is_empty() => {
            Verifier::behind(vkey.clone(), &base.statement, heads)?
        }
        base => {
            heads.extend(base.iter().map(|base| base.statement.head()));
            Verifier::new(vkey.clone(), heads)
        }
    };
    let (mut done, last, mut current) = (0, segments.last().copied(), None);
    ahead(&journal, &segments, vkey, |items| {
        for item in items {
            match item {
                Item::Begin { number } => {
                    current = Some(number);
                    verifier.begin(number);
                }
                Item::Frames(frames) => {
                    // What comes after the first that does not hold changes nothing.
                    let _ = frames.iter().all(|(examined, offset)| {
                        let holds = verifier.frame(examined, *offset);
                        if holds {
                            look(&examined.decoded().frame);
                        }
                        holds
                    });
                }
                Item::Bad {
                    offset,
                    fault,
                    torn,
                    ..
                } => {
                    // A start cuts the newest segment alone: those before it were flushed first.
                    verifier.bad(offset, fault, torn && current == last);
                }
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

/// The continuity statements in an archive.
fn statements(archive: &Path, vkey: &Vkey) -> Result<Vec<Statement>, StoreError> {
    let list = fs::read_dir(archive).map_err(StoreError::io("list the archive"))?;
    let mut found = Vec::new();
    for file in list {
        let path = file.map_err(StoreError::io("list the archive"))?.path();
        if path.extension().is_some_and(|end| end == "statement") {
            let text =
                fs::read_to_string(path).map_err(StoreError::io("read a continuity statement"))?;
            found.push(Statement::open(&text, vkey)?);
        }
    }
    if found.is_empty() {
        return Err(StoreError::Config(
            "the archive holds no continuity statement; is it the right folder?",
        ));
    }
    Ok(found)
}
