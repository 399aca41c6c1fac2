//! The index: where things are in the journal. Built from the journal alone, and never the truth.
//!
//! ```text
//! a                  applied: frame number, segment, frame hash, entries, origin digest
//! f ‖ index          the frame whose first entry has that index: segment, offset, then for each of its
//!                    entries offset and length of leaf and of body, u32 each, within the frame
//! i                  id of the secret that keys persons
//! k ‖ key id         wrapped key: place                l ‖ label   key id
//! n, p ‖ …           postings, see `postings`          x ‖ key id  erased key: place
//! s ‖ tree ‖ key     state: place                      t ‖ level ‖ place   256 tree hashes
//! d ‖ digest         index of the permit for the return of that digest
//! ```
//!
//! Every call into sled runs under `catch_unwind`: on damaged files it panics rather than fails.

mod mark;
mod place;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use stile_ledger::KeyName;
use stile_ledger::frame::Record;
use stile_ledger::tile::{Edge, Tile};
use stile_ledger::tree::leaf_hash;
use stile_model::digest::Digest;

use crate::error::StoreError;
use crate::journal::Locator;
use mark::Mark;

pub(crate) use place::{EntryPlace, entry_place, frames_up_to};

/// One change of the index; `None` removes the key.
pub(crate) struct Row {
    pub(crate) key: Vec<u8>,
    pub(crate) value: Option<Vec<u8>>,
}

/// A row as it is kept.
pub(crate) type KeyValue = (Vec<u8>, Vec<u8>);

/// How far the index has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) number: u64,
    pub(crate) segment: u64,
    pub(crate) hash: Digest,
    pub(crate) size: u64,
    /// Of [`index_origin`]; the index of another ledger or format is not ours.
    pub(crate) origin: Digest,
}

impl Applied {
    pub(crate) fn row(&self) -> Row {
        let mut value = Vec::with_capacity(88);
        value.extend_from_slice(&self.number.to_be_bytes());
        value.extend_from_slice(&self.segment.to_be_bytes());
        value.extend_from_slice(&self.size.to_be_bytes());
        value.extend_from_slice(self.hash.as_bytes());
        value.extend_from_slice(self.origin.as_bytes());
        Row {
            key: APPLIED.to_vec(),
            value: Some(value),
        }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk::<8>()?;
        let (segment, rest) = rest.split_first_chunk::<8>()?;
        let (size, rest) = rest.split_first_chunk::<8>()?;
        let (hash, rest) = rest.split_first_chunk::<32>()?;
        let origin: [u8; 32] = rest.try_into().ok()?;
        Some(Self {
            number: u64::from_be_bytes(*number),
            segment: u64::from_be_bytes(*segment),
            size: u64::from_be_bytes(*size),
            hash: Digest::from_bytes(*hash),
            origin: Digest::from_bytes(origin),
        })
    }
}

const APPLIED: &[u8] = b"a";

/// Whose index it is, and in which rows: change the number when the rows change, and every index is
/// rebuilt.
pub(crate) fn index_origin(origin: &KeyName) -> Digest {
    Digest::of_parts(&[b"stile-index-4\n", origin.as_str().as_bytes()])
}

/// The sled database that holds the rows.
pub(crate) struct Index {
    rows: sled::Db,
    mark: Mark,
}

impl Index {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let config = sled::Config::new()
            .path(path)
            .cache_capacity(16 * 1024 * 1024);
        Ok(Self {
            rows: guard(|| config.open())?,
            mark: Mark::of(path),
        })
    }

    /// Was it found damaged, now or before?
    pub(crate) fn is_marked(&self) -> bool {
        self.mark.is_made()
    }

    /// Leaves a durable mark when `error` says that the index is broken: the next start builds it
    /// anew.
    pub(crate) fn noticed(&self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::Index(_)) {
            self.mark.make(&error);
        }
        error
    }

    pub(crate) fn applied(&self) -> Result<Option<Applied>, StoreError> {
        match self.row(APPLIED)? {
            None if self.guarded(|| Ok(self.rows.is_empty()))? => Ok(None),
            None => Err(StoreError::Index("its position is missing")),
            Some(bytes) => Applied::read(&bytes)
                .map(Some)
                .ok_or(StoreError::Index("its position is garbled")),
        }
    }

    pub(crate) fn row(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.guarded(|| Ok(self.rows.get(key)?.map(|value| value.to_vec())))
    }

    /// Up to `limit` rows from `range`, in order of key.
    pub(crate) fn rows(
        &self,
        range: Range<Vec<u8>>,
        limit: usize,
    ) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, StoreError> {
        self.guarded(|| {
            self.rows
                .range(range)
                .take(limit)
                .map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())))
                .collect()
        })
    }

    /// The last row of `range`.
    pub(crate) fn last(&self, range: Range<Vec<u8>>) -> Result<Option<KeyValue>, StoreError> {
        self.guarded(|| {
            let last = self.rows.range(range).next_back().transpose()?;
            Ok(last.map(|(key, value)| (key.to_vec(), value.to_vec())))
        })
    }

    /// Applies all rows or none.
    pub(crate) fn apply(&self, rows: &[Row]) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        for row in rows {
            match &row.value {
                Some(value) => batch.insert(row.key.as_slice(), value.as_slice()),
                None => batch.remove(row.key.as_slice()),
            }
        }
        self.guarded(|| self.rows.apply_batch(batch))
    }

    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        self.guarded(|| self.rows.flush().map(|_| ()))
    }

    fn guarded<T>(&self, work: impl FnOnce() -> Result<T, sled::Error>) -> Result<T, StoreError> {
        guard(work).map_err(|error| self.noticed(error))
    }
}

fn guard<T>(work: impl FnOnce() -> Result<T, sled::Error>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        // A full disk says nothing against the index; it must not be set aside for that.
        Ok(Err(sled::Error::Io(error)))
            if matches!(
                error.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded
            ) =>
        {
            Err(StoreError::DiskFull)
        }
        Ok(Err(_)) => Err(StoreError::Index("its files cannot be read or written")),
        Err(_) => Err(StoreError::Index("its files are damaged")),
    }
}

/// The rows of one frame's records, and the tiles they complete.
pub(crate) fn rows_of(
    records: &[Record],
    spans: &[Range<usize>],
    at: (u64, u64),
    size_before: u64,
    edge: &mut Edge,
) -> Vec<Row> {
    rows_with(records, spans, at, size_before, edge, |_, leaf| {
        leaf_hash(leaf)
    })
}

/// As [`rows_of`], where the leaves' hashes are known: `hash` gives that of the entry at an index. Normal
/// path and recovery share it.
pub(crate) fn rows_with(
    records: &[Record],
    spans: &[Range<usize>],
    at: (u64, u64),
    size_before: u64,
    edge: &mut Edge,
    hash: impl Fn(u64, &[u8]) -> Digest,
) -> Vec<Row> {
    let (segment, offset) = at;
    let mut rows = Vec::new();
    let mut next = size_before;
    let mut entries = Vec::new();
    for (record, span) in records.iter().zip(spans) {
        let start = u64::try_from(span.start).unwrap_or(u64::MAX);
        let place = Locator {
            segment,
            offset: offset.saturating_add(start),
            length: u32::try_from(span.len()).unwrap_or(u32::MAX),
        };
        let place = place.to_bytes().to_vec();
        match record {
            Record::Entry(leaf) => {
                entries.push((span, None));
                rows.extend(edge.append(hash(next, leaf)).iter().map(tile_row));
                rows.extend(permit_row(leaf, next));
                next += 1;
            }
            // A body follows its entry in the same frame; verification has seen to that.
            Record::Body { .. } => {
                if let Some((_, body)) = entries.last_mut() {
                    *body = Some(span);
                }
            }
            Record::State { tree, key, value } => {
                let value = value.is_some().then_some(place);
                rows.push(Row {
                    key: state_key(*tree, key),
                    value,
                });
            }
            Record::KeyErased { id, label } => {
                rows.push(Row {
                    key: erased_key(id),
                    value: Some(place),
                });
                rows.extend(
                    [wrapped_key(id), label_key(label)].map(|key| Row { key, value: None }),
                );
            }
            Record::WrappedKey { id, label, .. } => {
                rows.push(Row {
                    key: wrapped_key(id),
                    value: Some(place),
                });
                rows.push(Row {
                    key: label_key(label),
                    value: Some(id.to_vec()),
                });
            }
        }
    }
    rows.extend(frame_row(&entries, at, size_before));
    rows
}

/// Where the entries of one frame are, and their bodies.
fn frame_row(
    entries: &[(&Range<usize>, Option<&Range<usize>>)],
    at: (u64, u64),
    first: u64,
) -> Option<Row> {
    if entries.is_empty() {
        return None;
    }
    let mut value = Vec::with_capacity(16 + entries.len() * 16);
    value.extend_from_slice(&at.0.to_be_bytes());
    value.extend_from_slice(&at.1.to_be_bytes());
    let mut put = |number: usize| {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        value.extend_from_slice(&number.to_be_bytes());
    };
    for (leaf, body) in entries {
        put(leaf.start);
        put(leaf.len());
        put(body.map_or(0, |body| body.start));
        put(body.map_or(0, ExactSizeIterator::len));
    }
    Some(Row {
        key: frame_key(first),
        value: Some(value),
    })
}

/// Finds a permit, or the entry of a presence check, again by the digest of the answer it let out.
///
/// Reads the one encoding that a leaf has without reading all of it: this is on the way of every commit.
/// The kind stands last but the version, and no value can hold a quotation mark, so the digest is found
/// wherever it stands.
fn permit_row(leaf: &[u8], index: u64) -> Option<Row> {
    const ENDS: [&[u8]; 2] = [
        b"\"type\":\"permit\",\"v\":1}",
        b"\"type\":\"presence\",\"v\":1}",
    ];
    const DIGEST: &[u8] = b"\"digest\":\"";
    if !ENDS.iter().any(|end| leaf.ends_with(end)) {
        return None;
    }
    let at = leaf.windows(DIGEST.len()).position(|part| part == DIGEST)? + DIGEST.len();
    let digest = std::str::from_utf8(leaf.get(at..at + 64)?).ok()?;
    Some(Row {
        key: permit_key(&digest.parse().ok()?),
        value: Some(index.to_be_bytes().to_vec()),
    })
}

fn tile_row(tile: &Tile) -> Row {
    let value = tile
        .hashes
        .iter()
        .flat_map(|hash| *hash.as_bytes())
        .collect();
    Row {
        key: tile_key(tile.level, tile.place),
        value: Some(value),
    }
}

/// The hashes of a tile's row.
pub(crate) fn tile_hashes(value: &[u8]) -> Option<Vec<Digest>> {
    let (hashes, rest) = value.as_chunks::<32>();
    (rest.is_empty() && hashes.len() == 256)
        .then(|| hashes.iter().copied().map(Digest::from_bytes).collect())
}

/// The row that names the secret which keys persons in the postings.
pub(crate) const INDEX_KEY: &[u8] = b"i";

fn frame_key(first: u64) -> Vec<u8> {
    [b"f".as_slice(), &first.to_be_bytes()].concat()
}

pub(crate) fn permit_key(digest: &Digest) -> Vec<u8> {
    [b"d", digest.as_bytes().as_slice()].concat()
}

pub(crate) fn wrapped_key(id: &[u8; 16]) -> Vec<u8> {
    [b"k".as_slice(), id].concat()
}

pub(crate) fn erased_key(id: &[u8; 16]) -> Vec<u8> {
    [b"x".as_slice(), id].concat()
}

pub(crate) fn label_key(label: &[u8]) -> Vec<u8> {
    [b"l", label].concat()
}

pub(crate) fn state_key(tree: u8, key: &[u8]) -> Vec<u8> {
    [&[b's', tree], key].concat()
}

pub(crate) fn tile_key(level: u8, place: u64) -> Vec<u8> {
    [[b't', level].as_slice(), &place.to_be_bytes()].concat()
}
