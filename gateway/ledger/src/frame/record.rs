//! The records of a frame.
//!
//! ```text
//! 1 entry        leaf
//! 2 body         index u64 ‖ sealed
//! 3 state        tree u8 ‖ key length u32 ‖ key ‖ 0, or 1 ‖ sealed
//! 4 wrapped key  id 16 ‖ label length u32 ‖ label ‖ wrapped
//! 5 key erased   id 16 ‖ label length u32 ‖ label
//! sealed         key id 16 ‖ nonce 12 ‖ ciphertext ‖ tag 16
//! ```

use crate::entry::MAX_LEAF;
use crate::error::LedgerError;

use super::bytes::{Reader, put_bytes};
use super::{MAX_PAYLOAD, count};

/// Longest state key and key label, in bytes.
pub const MAX_KEY: usize = 1024;
const SHORTEST_SEALED: usize = 12 + 16;
const LONGEST_WRAPPED: usize = 1024;

/// Sealed bytes and the key they are sealed under.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which data key.
    pub key: [u8; 16],
    /// Nonce, ciphertext and tag.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.bytes.len())
    }
}

/// One record of a frame.
#[derive(Clone, PartialEq, Eq)]
pub enum Record {
    /// An evidence entry; the next leaf of the tree.
    Entry(Vec<u8>),
    /// The sealed salt and body of the entry at `index`.
    Body {
        /// The entry's index.
        index: u64,
        /// Salt and body, sealed.
        sealed: Sealed,
    },
    /// A data key that is wrapped no more; when its epoch key is destroyed, nothing opens it.
    KeyErased {
        /// The data key's id.
        id: [u8; 16],
        /// What it was for; from here on another key is for that.
        label: Vec<u8>,
    },
    /// A key's new value, or its removal.
    State {
        /// Which tree.
        tree: u8,
        /// The key; an identifier, never personal data.
        key: Vec<u8>,
        /// The sealed value; `None` removes the key.
        value: Option<Sealed>,
    },
    /// A data key, sealed under the epoch key.
    WrappedKey {
        /// The data key's id.
        id: [u8; 16],
        /// What it is for.
        label: Vec<u8>,
        /// Nonce, sealed key and tag.
        wrapped: Vec<u8>,
    },
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entry(leaf) => write!(f, "Entry({} bytes)", leaf.len()),
            Self::Body { index, sealed } => write!(f, "Body({index}, {sealed:?})"),
            Self::KeyErased { .. } => f.write_str("KeyErased"),
            Self::State { tree, value, .. } => write!(f, "State({tree}, {value:?})"),
            Self::WrappedKey { .. } => f.write_str("WrappedKey"),
        }
    }
}

impl Record {
    /// Reads exactly one record.
    ///
    /// # Errors
    ///
    /// When the bytes are not one whole record within the bounds.
    pub fn decode(bytes: &[u8]) -> Result<Self, LedgerError> {
        let mut reader = Reader::new(bytes);
        let record = Self::read(&mut reader)?;
        reader.end()?;
        Ok(record)
    }

    /// Bytes that its encoding takes, rounded up.
    pub(super) fn room(&self) -> usize {
        const FIXED: usize = 64;
        let parts = match self {
            Self::Entry(leaf) => leaf.len(),
            Self::Body { sealed, .. } => sealed.bytes.len(),
            Self::State { key, value, .. } => {
                key.len() + value.as_ref().map_or(0, |sealed| sealed.bytes.len())
            }
            Self::KeyErased { label, .. } => label.len(),
            Self::WrappedKey { label, wrapped, .. } => label.len() + wrapped.len(),
        };
        FIXED + parts
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), LedgerError> {
        let start = out.len();
        out.extend_from_slice(&[self.kind(), 0, 0, 0, 0]);
        match self {
            Self::Entry(leaf) => out.extend_from_slice(leaf),
            Self::Body { index, sealed } => {
                out.extend_from_slice(&index.to_be_bytes());
                put_sealed(out, sealed);
            }
            Self::State { tree, key, value } => {
                out.push(*tree);
                put_bytes(out, key)?;
                out.push(u8::from(value.is_some()));
                if let Some(sealed) = value {
                    put_sealed(out, sealed);
                }
            }
            Self::KeyErased { id, label } => {
                out.extend_from_slice(id);
                put_bytes(out, label)?;
            }
            Self::WrappedKey { id, label, wrapped } => {
                out.extend_from_slice(id);
                put_bytes(out, label)?;
                out.extend_from_slice(wrapped);
            }
        }
        // What is written must be readable, so the reader's bounds are the writer's.
        let body = out.get(start + 5..).unwrap_or_default();
        Self::read_body(self.kind(), body)?;
        let length = count(body.len())?.to_be_bytes();
        if let Some(place) = out.get_mut(start + 1..start + 5) {
            place.copy_from_slice(&length);
        }
        Ok(())
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Entry(_) => 1,
            Self::Body { .. } => 2,
            Self::State { .. } => 3,
            Self::WrappedKey { .. } => 4,
            Self::KeyErased { .. } => 5,
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, LedgerError> {
        let kind = reader.u8()?;
        Self::read_body(kind, reader.bytes(MAX_PAYLOAD)?)
    }

    fn read_body(kind: u8, body: &[u8]) -> Result<Self, LedgerError> {
        let mut reader = Reader::new(body);
        let record = match kind {
            1 => Self::Entry(leaf(reader.rest())?),
            2 => Self::Body {
                index: reader.u64()?,
                sealed: sealed(&mut reader)?,
            },
            3 => Self::State {
                tree: reader.u8()?,
                key: reader.bytes(MAX_KEY)?.to_vec(),
                value: match reader.u8()? {
                    0 => None,
                    1 => Some(sealed(&mut reader)?),
                    _ => return Err(LedgerError::Frame("a state is neither a put nor a removal")),
                },
            },
            4 => Self::WrappedKey {
                id: reader.array()?,
                label: reader.bytes(MAX_KEY)?.to_vec(),
                wrapped: wrapped(reader.rest())?,
            },
            5 => Self::KeyErased {
                id: reader.array()?,
                label: reader.bytes(MAX_KEY)?.to_vec(),
            },
            _ => return Err(LedgerError::Frame("a record is of an unknown kind")),
        };
        reader.end()?;
        Ok(record)
    }
}

fn leaf(bytes: &[u8]) -> Result<Vec<u8>, LedgerError> {
    if bytes.len() > MAX_LEAF {
        return Err(LedgerError::Frame("an entry is longer than 65,535 bytes"));
    }
    Ok(bytes.to_vec())
}

fn wrapped(bytes: &[u8]) -> Result<Vec<u8>, LedgerError> {
    if (SHORTEST_SEALED..=LONGEST_WRAPPED).contains(&bytes.len()) {
        Ok(bytes.to_vec())
    } else {
        Err(LedgerError::Frame("a wrapped key is not 28 to 1,024 bytes"))
    }
}

fn sealed(reader: &mut Reader<'_>) -> Result<Sealed, LedgerError> {
    let key = reader.array()?;
    let bytes = reader.rest().to_vec();
    if bytes.len() < SHORTEST_SEALED {
        return Err(LedgerError::Frame("sealed bytes are cut off"));
    }
    Ok(Sealed { key, bytes })
}

fn put_sealed(out: &mut Vec<u8>, sealed: &Sealed) {
    out.extend_from_slice(&sealed.key);
    out.extend_from_slice(&sealed.bytes);
}
