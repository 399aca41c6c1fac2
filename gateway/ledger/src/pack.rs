//! The inspection pack: everything a ledger holds of one case, as files that prove themselves.
//!
//! ```text
//! MANIFEST                        what the pack is, and SHA-256 and length of every other file
//! MANIFEST.sig                    signed note over the manifest's digest, by the ledger's key
//! README.txt, summary.html        for people
//! checkpoint                      the signed head that every receipt leads to
//! continuity/<size>/checkpoint    a head kept from earlier
//! continuity/<size>/proof         proof that the checkpoint extends it: hashes, base64, one a line
//! entries/<index>/leaf.json       the leaf's bytes; <index> and <size> have 20 digits
//! entries/<index>/receipt         C2SP tlog-proof@v1
//! entries/<index>/body, salt      what the leaf commits to: SHA-256(salt ‖ body)
//! keys.txt                        public keys, for comparison only: get them by another way
//! verify.py                       checks all this with Python's standard library alone
//! ```
//!
//! The note is no checkpoint and no checkpoint is this note: its first line is [`FORMAT`], which is
//! not a ledger's name, and it has four lines.

pub mod archive;
mod manifest;
mod verify;

use data_encoding::{BASE64, HEXLOWER};
use stile_model::digest::Digest;
use stile_model::time::Timestamp;

pub use manifest::{Body, Case, Manifest};
pub use verify::{Verified, verify};

use crate::checkpoint::Checkpoint;
use crate::error::LedgerError;
use crate::note::{KeyName, LedgerKey};
use crate::proof::Receipt;

/// First line of the manifest and of the note that signs it.
pub const FORMAT: &str = "stile-inspection-pack/v1";
/// The verifier that travels with every pack.
pub const VERIFIER: &str = include_str!("pack/verify.py");
/// Name of the manifest.
pub const MANIFEST: &str = "MANIFEST";
/// Name of the note that signs the manifest.
pub const SIGNATURE: &str = "MANIFEST.sig";
/// Files that are neither entries nor continuity, in order.
const FIXED: [&str; 5] = [
    "README.txt",
    "checkpoint",
    "keys.txt",
    "summary.html",
    "verify.py",
];
/// Most entries of one pack.
pub const ENTRIES_MAX: usize = 16_000;
/// Most earlier heads of one pack.
pub const EARLIER_MAX: usize = 256;

/// One file of a pack.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, with `/` between folders.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({}, {} bytes)", self.name, self.bytes.len())
    }
}

impl File {
    /// A file of text.
    pub fn of(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
        }
    }
}

/// One entry as it is shown.
#[derive(Clone)]
pub struct Exhibit {
    /// Its place in the ledger, from zero.
    pub index: u64,
    /// The leaf's bytes.
    pub leaf: Vec<u8>,
    /// The proof that it is in the ledger.
    pub receipt: Receipt,
    /// The opened body with its salt, or why it is not here.
    pub body: Opened,
}

/// What an entry's leaf commits to, or why it is not shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Opened {
    /// The key that sealed it was destroyed: nobody can open it any more.
    Erased,
    /// The pack was made without bodies.
    LeftOut,
    /// The body, and the salt of its commitment.
    Shown {
        /// 32 random bytes.
        salt: [u8; 32],
        /// The body's bytes.
        body: Vec<u8>,
    },
}

/// A head kept from earlier, and the proof that the ledger only grew since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuity {
    /// Its size.
    pub size: u64,
    /// The signed note.
    pub checkpoint: String,
    /// The consistency proof up to the pack's checkpoint.
    pub proof: Vec<Digest>,
}

/// What goes into a pack, apart from its manifest.
#[derive(Clone)]
pub struct Contents {
    /// The case.
    pub case: Case,
    /// When the pack was made.
    pub made: Timestamp,
    /// The signed head every receipt leads to.
    pub checkpoint: String,
    /// Its parts.
    pub head: Checkpoint,
    /// Oldest first.
    pub entries: Vec<Exhibit>,
    /// Smallest first.
    pub continuity: Vec<Continuity>,
    /// Public keys in their published text form: the ledger's first, then the witnesses'.
    pub keys: Vec<String>,
    /// README.txt.
    pub readme: String,
    /// summary.html.
    pub summary: String,
}

impl Contents {
    /// Every file of the pack but the signature, in the order in which they are archived.
    ///
    /// # Errors
    ///
    /// When there are more than [`ENTRIES_MAX`] entries or [`EARLIER_MAX`] earlier heads.
    pub fn files(&self) -> Result<Vec<File>, LedgerError> {
        if self.entries.len() > ENTRIES_MAX || self.continuity.len() > EARLIER_MAX {
            return Err(LedgerError::Pack {
                file: MANIFEST.to_owned(),
                fault: "more than 16,000 entries or 256 earlier heads",
            });
        }
        let keys = self.keys.join("\n") + "\n";
        let fixed: [&[u8]; FIXED.len()] = [
            self.readme.as_bytes(),
            self.checkpoint.as_bytes(),
            keys.as_bytes(),
            self.summary.as_bytes(),
            VERIFIER.as_bytes(),
        ];
        let mut files: Vec<_> = FIXED
            .iter()
            .zip(fixed)
            .map(|(name, bytes)| File::of(*name, bytes))
            .collect();
        for exhibit in &self.entries {
            exhibit.add_to(&mut files);
        }
        for earlier in &self.continuity {
            earlier.add_to(&mut files);
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let manifest = self.manifest(&files).text();
        files.insert(0, File::of(MANIFEST, manifest));
        Ok(files)
    }

    fn manifest(&self, files: &[File]) -> Manifest {
        let entry = |exhibit: &Exhibit| (exhibit.index, exhibit.body.state());
        Manifest {
            origin: self.head.origin.clone(),
            case: self.case.clone(),
            made: self.made,
            size: self.head.size,
            root: self.head.root,
            entries: self.entries.iter().map(entry).collect(),
            continuity: self.continuity.iter().map(|earlier| earlier.size).collect(),
            files: files.iter().map(manifest::Line::of).collect(),
        }
    }
}

impl Opened {
    const fn state(&self) -> Body {
        match self {
            Self::Erased => Body::Erased,
            Self::LeftOut => Body::LeftOut,
            Self::Shown { .. } => Body::Shown,
        }
    }
}

impl Exhibit {
    fn add_to(&self, files: &mut Vec<File>) {
        let name = |part: &str| entry_file(self.index, part);
        files.push(File::of(name("leaf.json"), self.leaf.clone()));
        files.push(File::of(name("receipt"), self.receipt.text()));
        if let Opened::Shown { salt, body } = &self.body {
            files.push(File::of(name("body"), body.clone()));
            files.push(File::of(name("salt"), HEXLOWER.encode(salt) + "\n"));
        }
    }
}

impl Continuity {
    fn add_to(&self, files: &mut Vec<File>) {
        let hashes: String = self
            .proof
            .iter()
            .map(|hash| BASE64.encode(hash.as_bytes()) + "\n")
            .collect();
        files.push(File::of(
            continuity_file(self.size, "checkpoint"),
            self.checkpoint.clone(),
        ));
        files.push(File::of(continuity_file(self.size, "proof"), hashes));
    }
}

pub(crate) fn entry_file(index: u64, part: &str) -> String {
    format!("entries/{index:020}/{part}")
}

pub(crate) fn continuity_file(size: u64, part: &str) -> String {
    format!("continuity/{size:020}/{part}")
}

/// The text that is signed for a manifest.
pub fn statement(origin: &KeyName, manifest: &[u8], made: Timestamp) -> String {
    let digest = HEXLOWER.encode(Digest::of(manifest).as_bytes());
    format!("{FORMAT}\n{origin}\nmade {made}\nmanifest {digest}\n")
}

/// Signs a manifest: the content of `MANIFEST.sig`.
///
/// # Errors
///
/// Never for a checked origin.
pub fn sign(
    key: &LedgerKey,
    origin: &KeyName,
    manifest: &[u8],
    made: Timestamp,
) -> Result<String, LedgerError> {
    key.sign_note(origin, &statement(origin, manifest, made))
}

#[cfg(test)]
mod tests;
