//! `stile ledger verify --pack`: a pack checked from its bytes, by anybody who has the public key.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use stile_ledger::pack::{self, Body, archive};
use stile_ledger::{Checkpoint, CosignerVkey, Vkey};

use crate::output::line;
use crate::run::Failure;

/// Verifies the pack in `file`, that it continues the heads in `earlier`, and that each of these
/// witnesses cosigned its checkpoint.
///
/// # Errors
///
/// When it cannot be read, or does not hold; says at which file.
pub fn verify(
    file: &Path,
    vkey: &Vkey,
    earlier: &[Checkpoint],
    witnesses: &[CosignerVkey],
) -> Result<(), Failure> {
    match check(&bytes(file)?, vkey, earlier, witnesses) {
        Ok(said) => {
            line(said);
            Ok(())
        }
        Err(fault) => {
            line(format_args!("NOT VERIFIED: {fault}"));
            Err(
                "the pack does not verify; keep it as it is, and ask for another by another way"
                    .into(),
            )
        }
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let named = |error| crate::keys::named(path, &error);
    let mut bytes = Vec::new();
    let most = u64::try_from(archive::ARCHIVE_MAX)?.saturating_add(1);
    let file = File::open(path).map_err(named)?;
    file.take(most).read_to_end(&mut bytes).map_err(named)?;
    Ok(bytes)
}

fn check(
    bytes: &[u8],
    vkey: &Vkey,
    earlier: &[Checkpoint],
    witnesses: &[CosignerVkey],
) -> Result<String, Failure> {
    let files = archive::read(bytes)?;
    let manifest = pack::verify(&files, vkey)?.manifest;
    let note = files.iter().find(|file| file.name == "checkpoint");
    let note = note.map_or(&[][..], |file| &file.bytes);
    for witness in witnesses {
        if witness.cosigned(std::str::from_utf8(note)?)?.is_none() {
            return Err(format!("`{}` has not cosigned its checkpoint", witness.name()).into());
        }
    }
    for head in earlier {
        if head.size == manifest.size && head.root != manifest.root {
            return Err(format!(
                "another ledger of {} entries was signed by the same key",
                head.size
            )
            .into());
        }
        if head.size != manifest.size && !manifest.continuity.contains(&head.size) {
            return Err(format!("it says nothing of the head of {} entries", head.size).into());
        }
        let kept = format!("continuity/{:020}/checkpoint", head.size);
        if let Some(inside) = files.iter().find(|file| file.name == kept) {
            let inside = Checkpoint::open(std::str::from_utf8(&inside.bytes)?, vkey)?;
            if inside.root != head.root {
                return Err(format!("its head of {} entries is another one", head.size).into());
            }
        }
    }
    let count = |body| {
        manifest
            .entries
            .iter()
            .filter(|(_, is)| *is == body)
            .count()
    };
    Ok(format!(
        "verified: case {}, {} entries ({} shown, {} erased, {} left out), ledger {} of {} entries, \
         made {}",
        manifest.case.number,
        manifest.entries.len(),
        count(Body::Shown),
        count(Body::Erased),
        count(Body::LeftOut),
        manifest.origin,
        manifest.size,
        manifest.made
    ))
}
