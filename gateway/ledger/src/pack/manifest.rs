//! The manifest: what a pack is, and the digest of every file in it.
//!
//! ```text
//! stile-inspection-pack/v1
//! ledger <origin>
//! case <number> <keyed hash, 64 hexadecimal digits>
//! made <RFC 3339>
//! checkpoint <size> <root, base64>
//! entry <index> shown|erased|left_out             oldest first
//! continuity <size>                               smallest first
//! file <SHA-256, hexadecimal> <length, bytes> <name>    in order of the names' bytes
//! ```

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Split;

use data_encoding::{BASE64, HEXLOWER};
use stile_model::digest::Digest;
use stile_model::id::CaseId;
use stile_model::time::Timestamp;

use super::{FORMAT, File, MANIFEST};
use crate::checkpoint::decimal;
use crate::entry::Pseudonym;
use crate::error::LedgerError;
use crate::note::KeyName;

/// Whether an entry's body is in the pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Its key was destroyed.
    Erased,
    /// The pack was made without bodies.
    LeftOut,
    /// It is.
    Shown,
}

impl Body {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Erased => "erased",
            Self::LeftOut => "left_out",
            Self::Shown => "shown",
        }
    }

    fn read(word: &str) -> Option<Self> {
        [Self::Erased, Self::LeftOut, Self::Shown]
            .into_iter()
            .find(|body| body.word() == word)
    }
}

/// A case by its number and by the keyed hash that stands for it in leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The hub's number.
    pub number: CaseId,
    /// What leaves call it.
    pub pseudonym: Pseudonym,
}

/// Digest and length of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) digest: Digest,
    pub(super) length: u64,
    pub(super) name: String,
}

impl Line {
    pub(super) fn of(file: &File) -> Self {
        Self {
            digest: Digest::of(&file.bytes),
            length: u64::try_from(file.bytes.len()).unwrap_or(u64::MAX),
            name: file.name.clone(),
        }
    }
}

/// A manifest taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Whose ledger it is.
    pub origin: KeyName,
    /// The case.
    pub case: Case,
    /// When the pack was made.
    pub made: Timestamp,
    /// Size of the ledger at the pack's checkpoint.
    pub size: u64,
    /// Its root.
    pub root: Digest,
    /// Entries of the case, oldest first, and whether their bodies are shown.
    pub entries: Vec<(u64, Body)>,
    /// Sizes of earlier heads, smallest first.
    pub continuity: Vec<u64>,
    pub(super) files: Vec<Line>,
}

impl Manifest {
    /// The manifest as text.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{FORMAT}\nledger {}\ncase {} {}\nmade {}\ncheckpoint {} {}\n",
            self.origin,
            self.case.number,
            self.case.pseudonym,
            self.made,
            self.size,
            BASE64.encode(self.root.as_bytes())
        );
        // Writing to a string does not fail.
        for (index, body) in &self.entries {
            let _ = writeln!(text, "entry {index} {}", body.word());
        }
        for size in &self.continuity {
            let _ = writeln!(text, "continuity {size}");
        }
        for file in &self.files {
            let digest = HEXLOWER.encode(file.digest.as_bytes());
            let _ = writeln!(text, "file {digest} {} {}", file.length, file.name);
        }
        text
    }

    /// Reads a manifest; only the one spelling that [`Manifest::text`] writes is accepted.
    ///
    /// # Errors
    ///
    /// When a line is missing, unknown, out of order or out of shape.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let manifest = read(text).ok_or_else(|| wrong("a line is missing or out of shape"))?;
        let ascending = |numbers: &[u64]| numbers.is_sorted_by(|a, b| a < b);
        let indexes: Vec<_> = manifest.entries.iter().map(|(index, _)| *index).collect();
        if !ascending(&indexes)
            || !ascending(&manifest.continuity)
            || !manifest.files.is_sorted_by(|a, b| a.name < b.name)
        {
            return Err(wrong("lines are repeated or out of order"));
        }
        if manifest.text() == text {
            Ok(manifest)
        } else {
            Err(wrong("it is not in its one spelling"))
        }
    }
}

fn wrong(fault: &'static str) -> LedgerError {
    LedgerError::Pack {
        file: MANIFEST.to_owned(),
        fault,
    }
}

type Lines<'a> = Peekable<Split<'a, char>>;

/// The values of the next line, if it begins with `word`.
fn next<'a>(lines: &mut Lines<'a>, word: &str) -> Option<&'a str> {
    let line = lines.next_if(|line| line.split(' ').next() == Some(word))?;
    line.get(word.len() + 1..)
}

fn read(text: &str) -> Option<Manifest> {
    let mut lines = text.strip_suffix('\n')?.split('\n').peekable();
    if lines.next() != Some(FORMAT) {
        return None;
    }
    let origin = KeyName::new(next(&mut lines, "ledger")?).ok()?;
    let (number, pseudonym) = next(&mut lines, "case")?.split_once(' ')?;
    let case = Case {
        number: number.parse().ok()?,
        pseudonym: pseudonym.parse().ok()?,
    };
    let made = next(&mut lines, "made")?.parse().ok()?;
    let (size, root) = next(&mut lines, "checkpoint")?.split_once(' ')?;
    let root = crate::base64::digest(root)?;
    let mut manifest = Manifest {
        origin,
        case,
        made,
        size: decimal(size)?,
        root,
        entries: Vec::new(),
        continuity: Vec::new(),
        files: Vec::new(),
    };
    while let Some(values) = next(&mut lines, "entry") {
        let (index, body) = values.split_once(' ')?;
        manifest.entries.push((decimal(index)?, Body::read(body)?));
    }
    while let Some(size) = next(&mut lines, "continuity") {
        manifest.continuity.push(decimal(size)?);
    }
    while let Some(values) = next(&mut lines, "file") {
        manifest.files.push(file_line(values)?);
    }
    lines.next().is_none().then_some(manifest)
}

fn file_line(values: &str) -> Option<Line> {
    let (digest, rest) = values.split_once(' ')?;
    let (length, name) = rest.split_once(' ')?;
    let digest: [u8; 32] = HEXLOWER.decode(digest.as_bytes()).ok()?.try_into().ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "./_-".contains(c);
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    Some(Line {
        digest: Digest::from_bytes(digest),
        length: decimal(length)?,
        name: name.to_owned(),
    })
}
