//! The continuity statement: what ties a ledger whose oldest segments lie in an archive to those
//! segments, signed by the ledger's own key.
//!
//! ```text
//! stile-archive/v1
//! <origin>
//! frames <first archived> <first kept>
//! entries <first archived> <first kept>
//! root <base64>          of all entries before the first kept one
//! peak <base64>          one line for each complete subtree, largest first
//! frame <base64>         SHA-256 of the last archived frame
//! edge <base64>          SHA-256 of the file with the unfinished tiles at that size
//! rows <base64>          SHA-256 over the SHA-256 of each MiB of the file with the full tiles
//! made <RFC 3339>
//! ```
//!
//! as a signed note under the ledger's name. The first line keeps it apart from every checkpoint,
//! whose first line is the ledger's name.

use data_encoding::BASE64;
use stile_model::digest::Digest;
use stile_model::time::Timestamp;

use crate::base64;
use crate::checkpoint::{Checkpoint, decimal};
use crate::error::LedgerError;
use crate::note::{KeyName, LedgerKey, Vkey};
use crate::tree::Tree;

const HEADER: &str = "stile-archive/v1";

/// Where a ledger is cut into an archive and what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The ledger's name.
    pub origin: KeyName,
    /// Number of the first frame that this archiving moved.
    pub first_frame: u64,
    /// Number of the first frame kept, which restates the head before it.
    pub next_frame: u64,
    /// Index of the first entry that this archiving moved.
    pub first_entry: u64,
    /// All entries before the first one kept.
    pub tree: Tree,
    /// SHA-256 of the last archived frame.
    pub last_frame: Digest,
    /// Digest of the unfinished tiles.
    pub edge: Digest,
    /// Digest of the full tiles and permits.
    pub rows: Digest,
    /// When it was made, by the gateway's clock.
    pub made: Timestamp,
}

impl Statement {
    /// The text that is signed.
    pub fn text(&self) -> String {
        let base = |digest: &Digest| BASE64.encode(digest.as_bytes());
        let peaks: String = self
            .tree
            .peaks()
            .iter()
            .map(|peak| format!("peak {}\n", base(peak)))
            .collect::<Vec<_>>()
            .concat();
        format!(
            "{HEADER}\n{}\nframes {} {}\nentries {} {}\nroot {}\n{peaks}frame {}\nedge {}\nrows {}\n\
             made {}\n",
            self.origin,
            self.first_frame,
            self.next_frame,
            self.first_entry,
            self.tree.size(),
            base(&self.tree.root()),
            base(&self.last_frame),
            base(&self.edge),
            base(&self.rows),
            self.made,
        )
    }

    /// The statement as a note signed by the ledger's key.
    ///
    /// # Errors
    ///
    /// When the text cannot be a note; a checked origin never is the cause.
    pub fn sign(&self, key: &LedgerKey) -> Result<String, LedgerError> {
        key.sign_note(&self.origin, &self.text())
    }

    /// Verifies a signed statement by the key of the ledger it names.
    ///
    /// # Errors
    ///
    /// When the signature, the text or the origin is wrong.
    pub fn open(note: &str, vkey: &Vkey) -> Result<Self, LedgerError> {
        let statement = Self::parse(vkey.open_note(note)?)?;
        if statement.origin == *vkey.name() {
            Ok(statement)
        } else {
            Err(LedgerError::Origin {
                expected: vkey.name().to_string(),
            })
        }
    }

    /// Reads the text; nothing is verified but that root and peaks agree.
    ///
    /// # Errors
    ///
    /// When it is not in the one accepted form.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let statement = read(text).ok_or(LedgerError::Archive(
            "its lines are not those of a continuity statement",
        ))?;
        // One statement has one text: nothing is left over, and the root is that of the peaks.
        if statement.text() == text {
            Ok(statement)
        } else {
            Err(LedgerError::Archive(
                "it is not written in the one accepted way",
            ))
        }
    }

    /// The head at the cut.
    pub fn head(&self) -> Checkpoint {
        Checkpoint {
            origin: self.origin.clone(),
            size: self.tree.size(),
            root: self.tree.root(),
        }
    }
}

fn read(text: &str) -> Option<Statement> {
    let mut lines = text.strip_suffix('\n')?.split('\n').peekable();
    if lines.next() != Some(HEADER) {
        return None;
    }
    let origin = KeyName::new(lines.next()?).ok()?;
    let (first_frame, next_frame) = two(lines.next()?.strip_prefix("frames ")?)?;
    let (first_entry, size) = two(lines.next()?.strip_prefix("entries ")?)?;
    let root = base64::digest(lines.next()?.strip_prefix("root ")?)?;
    let mut peaks = Vec::new();
    while let Some(peak) = lines.peek().and_then(|line| line.strip_prefix("peak ")) {
        peaks.push(base64::digest(peak)?);
        lines.next();
    }
    let mut digest = |name| base64::digest(lines.next()?.strip_prefix(name)?);
    let (last_frame, edge, rows) = (digest("frame ")?, digest("edge ")?, digest("rows ")?);
    let made = lines.next()?.strip_prefix("made ")?.parse().ok()?;
    let tree = Tree::from_peaks(size, peaks)?;
    let fits = first_frame < next_frame && first_entry <= size && tree.root() == root;
    fits.then_some(Statement {
        origin,
        first_frame,
        next_frame,
        first_entry,
        tree,
        last_frame,
        edge,
        rows,
        made,
    })
}

fn two(text: &str) -> Option<(u64, u64)> {
    let (one, other) = text.split_once(' ')?;
    Some((decimal(one)?, decimal(other)?))
}

#[cfg(test)]
mod tests;
