//! Verification of a pack from its files and the ledger's public key alone.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use stile_model::digest::Digest;

use super::manifest::{Body, Line, Manifest};
use super::{FIXED, File, MANIFEST, SIGNATURE, continuity_file, entry_file, statement};
use crate::checkpoint::Checkpoint;
use crate::entry::{Leaf, commitment};
use crate::error::LedgerError;
use crate::note::{SignedNote, Vkey};
use crate::proof::Receipt;
use crate::tree::verify_consistency;

/// What a good pack proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What the ledger's key signed for.
    pub manifest: Manifest,
    /// Every leaf, in order, with its index.
    pub leaves: Vec<(u64, Leaf)>,
}

/// Verifies a pack's files, in the order in which the archive holds them.
///
/// # Errors
///
/// [`LedgerError::Pack`] names the first file that does not hold.
pub fn verify(files: &[File], vkey: &Vkey) -> Result<Verified, LedgerError> {
    let [manifest_file, signature, rest @ ..] = files else {
        return Err(fault(MANIFEST, "the pack holds no signed manifest"));
    };
    if manifest_file.name != MANIFEST || signature.name != SIGNATURE {
        return Err(fault(
            MANIFEST,
            "it and its signature are not the first files",
        ));
    }
    let manifest = Manifest::parse(text(manifest_file)?)?;
    signed(&manifest, manifest_file, signature, vkey)?;
    listed(&manifest, rest)?;
    complete(&manifest)?;
    let found: BTreeMap<&str, &File> = rest.iter().map(|file| (file.name.as_str(), file)).collect();
    let pack = Pack {
        manifest,
        files: found,
        vkey,
    };
    let head = pack.head()?;
    pack.continuity(&head)?;
    let leaves = pack
        .manifest
        .entries
        .iter()
        .map(|(index, body)| Ok((*index, pack.entry(*index, *body)?)))
        .collect::<Result<Vec<_>, LedgerError>>()?;
    Ok(Verified {
        manifest: pack.manifest,
        leaves,
    })
}

fn fault(file: &str, fault: &'static str) -> LedgerError {
    LedgerError::Pack {
        file: file.to_owned(),
        fault,
    }
}

fn text(file: &File) -> Result<&str, LedgerError> {
    std::str::from_utf8(&file.bytes).map_err(|_| fault(&file.name, "it is not UTF-8 text"))
}

/// Is the manifest signed, by exactly one signature of this ledger's key?
fn signed(
    manifest: &Manifest,
    file: &File,
    signature: &File,
    vkey: &Vkey,
) -> Result<(), LedgerError> {
    let note = text(signature)?;
    if SignedNote::parse(note)?.signatures.len() != 1 {
        return Err(fault(SIGNATURE, "it has not exactly one signature"));
    }
    if manifest.origin != *vkey.name() {
        return Err(LedgerError::Origin {
            expected: vkey.name().to_string(),
        });
    }
    let expected = statement(&manifest.origin, &file.bytes, manifest.made);
    if vkey.open_note(note)? == expected {
        Ok(())
    } else {
        Err(fault(SIGNATURE, "it signs another manifest"))
    }
}

/// Are the files exactly those of the manifest, byte for byte and in its order?
fn listed(manifest: &Manifest, files: &[File]) -> Result<(), LedgerError> {
    for (line, file) in manifest.files.iter().zip(files) {
        if line.name != file.name {
            return Err(fault(&file.name, "it stands where another file should"));
        }
        if *line != Line::of(file) {
            return Err(fault(&file.name, "it is not the file the manifest lists"));
        }
    }
    match (
        files.get(manifest.files.len()),
        manifest.files.get(files.len()),
    ) {
        (Some(extra), _) => Err(fault(&extra.name, "the manifest does not list it")),
        (None, Some(missing)) => Err(fault(&missing.name, "it is missing")),
        (None, None) => Ok(()),
    }
}

/// Does the manifest list what its entries need, and nothing else?
fn complete(manifest: &Manifest) -> Result<(), LedgerError> {
    let mut needed: Vec<String> = FIXED.iter().map(|name| (*name).to_owned()).collect();
    for (index, body) in &manifest.entries {
        let parts: &[&str] = match body {
            Body::Erased | Body::LeftOut => &["leaf.json", "receipt"],
            Body::Shown => &["body", "leaf.json", "receipt", "salt"],
        };
        needed.extend(parts.iter().map(|part| entry_file(*index, part)));
    }
    for size in &manifest.continuity {
        needed.extend(["checkpoint", "proof"].map(|part| continuity_file(*size, part)));
    }
    needed.sort();
    let same = needed
        .iter()
        .eq(manifest.files.iter().map(|line| &line.name));
    if same {
        Ok(())
    } else {
        Err(fault(MANIFEST, "its files are not those its entries need"))
    }
}

/// A pack whose files are those that were signed for.
struct Pack<'a> {
    manifest: Manifest,
    files: BTreeMap<&'a str, &'a File>,
    vkey: &'a Vkey,
}

impl Pack<'_> {
    fn file(&self, name: &str) -> Result<&File, LedgerError> {
        self.files
            .get(name)
            .copied()
            .ok_or_else(|| fault(name, "it is missing"))
    }

    fn head(&self) -> Result<Checkpoint, LedgerError> {
        let file = self.file("checkpoint")?;
        let head = Checkpoint::open(text(file)?, self.vkey)?;
        if head.size == self.manifest.size && head.root == self.manifest.root {
            Ok(head)
        } else {
            Err(fault(
                &file.name,
                "it is not the checkpoint of the manifest",
            ))
        }
    }

    fn continuity(&self, head: &Checkpoint) -> Result<(), LedgerError> {
        for size in &self.manifest.continuity {
            let kept = self.file(&continuity_file(*size, "checkpoint"))?;
            let earlier = Checkpoint::open(text(kept)?, self.vkey)?;
            if earlier.size != *size {
                return Err(fault(&kept.name, "it is of another size"));
            }
            let file = self.file(&continuity_file(*size, "proof"))?;
            let hashes = hashes(text(file)?)
                .ok_or_else(|| fault(&file.name, "a line is not 32 bytes of base64"))?;
            verify_consistency(earlier.size, &earlier.root, head.size, &head.root, &hashes)?;
        }
        Ok(())
    }

    fn entry(&self, index: u64, body: Body) -> Result<Leaf, LedgerError> {
        let file = self.file(&entry_file(index, "leaf.json"))?;
        let leaf = Leaf::parse(&file.bytes)?;
        if leaf.entry.case != Some(self.manifest.case.pseudonym) {
            return Err(fault(&file.name, "it is of another case"));
        }
        let proof = self.file(&entry_file(index, "receipt"))?;
        let receipt = Receipt::parse(text(proof)?)?;
        if receipt.index != index {
            return Err(fault(&proof.name, "it is of another entry"));
        }
        if receipt.checkpoint.as_bytes() != self.file("checkpoint")?.bytes {
            return Err(fault(&proof.name, "it leads to another checkpoint"));
        }
        receipt.verify(&file.bytes, self.vkey)?;
        if body == Body::Shown {
            self.opened(index, &leaf.body)?;
        }
        Ok(leaf)
    }

    fn opened(&self, index: u64, committed: &Digest) -> Result<(), LedgerError> {
        let salt = self.file(&entry_file(index, "salt"))?;
        let body = self.file(&entry_file(index, "body"))?;
        let bytes: [u8; 32] = text(salt)?
            .strip_suffix('\n')
            .and_then(|hex| HEXLOWER.decode(hex.as_bytes()).ok())
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| fault(&salt.name, "it is not 64 hexadecimal digits"))?;
        if commitment(&bytes, &body.bytes) == *committed {
            Ok(())
        } else {
            Err(fault(&body.name, "it is not what the leaf commits to"))
        }
    }
}

fn hashes(text: &str) -> Option<Vec<Digest>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let lines = text.strip_suffix('\n')?.split('\n');
    lines
        .map(|line| {
            let bytes = crate::base64::bytes(line)?;
            Some(Digest::from_bytes(bytes.try_into().ok()?))
        })
        .collect()
}
