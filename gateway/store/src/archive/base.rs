//! What the store keeps of its archived segments: enough to prove every old entry and to build the
//! index anew without them.
//!
//! ```text
//! archived/<20-digit number of the first frame kept>/
//!   statement      continuity statement, signed (stile_ledger::archive)
//!   checkpoint     the ledger's head at the cut, signed
//!   edge           hashes of the unfinished tiles, lowest level first, 32 bytes each
//!   rows           rows of the index: key length u32 ‖ key ‖ value length u32 ‖ value; full tiles and permits
//! ```
//!
//! The statement's signature covers `edge` and `rows` by their digests.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use stile_ledger::archive::Statement;
use stile_ledger::tile::{Edge, WIDTH};
use stile_ledger::{LedgerError, Vkey};
use stile_model::digest::Digest;

use crate::error::StoreError;
use crate::index::{Index, Row};

pub(super) const STATEMENT: &str = "statement";
pub(super) const CHECKPOINT: &str = "checkpoint";
pub(super) const EDGE: &str = "edge";
pub(super) const ROWS: &str = "rows";
/// Bytes whose digests make up the digest of the rows.
const CHUNK: usize = 1024 * 1024;
/// Longest key or value of a row.
const MOST: usize = 64 * 1024;
/// Rows applied to the index at once.
const BATCH: usize = 4_096;

/// The newest archiving of a store.
pub(crate) struct Base {
    pub(crate) statement: Statement,
    pub(crate) edge: Edge,
    pub(super) dir: PathBuf,
}

impl Base {
    /// What the store in `dir` keeps of its archived part; `None` when nothing was archived.
    pub(crate) fn newest(dir: &Path, vkey: &Vkey) -> Result<Option<Self>, StoreError> {
        match folders(dir)?.pop() {
            Some(folder) => Self::open(&folder, vkey).map(Some),
            None => Ok(None),
        }
    }

    fn open(dir: &Path, vkey: &Vkey) -> Result<Self, StoreError> {
        let text = fs::read_to_string(dir.join(STATEMENT))
            .map_err(StoreError::io("read the continuity statement"))?;
        let statement = Statement::open(&text, vkey)?;
        let bytes = fs::read(dir.join(EDGE)).map_err(StoreError::io("read the kept tiles"))?;
        if Digest::of(&bytes) != statement.edge {
            return Err(LedgerError::Archive("its unfinished tiles were changed").into());
        }
        let edge = read_edge(&bytes, statement.tree.size()).ok_or(LedgerError::Archive(
            "its unfinished tiles do not fit its size",
        ))?;
        let dir = dir.to_owned();
        Ok(Self {
            statement,
            edge,
            dir,
        })
    }

    /// Entries in the archived part.
    pub(crate) fn size(&self) -> u64 {
        self.statement.tree.size()
    }

    /// The hash of an archived entry whose tile was unfinished at the cut.
    pub(crate) fn leaf_hash(&self, entry: u64) -> Option<Digest> {
        let tile = self.edge.tile(0, entry / WIDTH)?;
        tile.get(usize::try_from(entry % WIDTH).ok()?).copied()
    }

    /// Writes the kept rows into an empty index.
    pub(crate) fn load(&self, index: &Index) -> Result<(), StoreError> {
        let mut rows = Vec::with_capacity(BATCH);
        self.each(|row| {
            rows.push(row);
            if rows.len() == BATCH {
                index.apply(&rows)?;
                rows.clear();
            }
            Ok(())
        })?;
        index.apply(&rows)
    }

    /// Hands on every kept row, after their digest was compared.
    pub(super) fn each(
        &self,
        mut take: impl FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let path = self.dir.join(ROWS);
        if rows_digest(&path)? != self.statement.rows {
            return Err(LedgerError::Archive("its kept rows were changed").into());
        }
        let file = File::open(path).map_err(StoreError::io("read the kept rows"))?;
        let mut file = BufReader::new(file);
        while let Some(key) = read_part(&mut file)? {
            let value =
                read_part(&mut file)?.ok_or(LedgerError::Archive("its kept rows are cut short"))?;
            take(Row {
                key,
                value: Some(value),
            })?;
        }
        Ok(())
    }
}

/// Writes kept rows to a file.
pub(super) struct RowFile(BufWriter<File>);

impl RowFile {
    pub(super) fn create(path: &Path) -> Result<Self, StoreError> {
        let file = File::create_new(path).map_err(StoreError::io("make the kept rows"))?;
        Ok(Self(BufWriter::new(file)))
    }

    pub(super) fn put(&mut self, row: &Row) -> Result<(), StoreError> {
        for part in [row.key.as_slice(), row.value.as_deref().unwrap_or_default()] {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            self.0
                .write_all(&length.to_be_bytes())
                .and_then(|()| self.0.write_all(part))
                .map_err(StoreError::io("write the kept rows"))?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), StoreError> {
        let file = self
            .0
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all())
            .map_err(StoreError::io("flush the kept rows"))
    }
}

/// The folders of finished archivings, oldest first.
pub(super) fn folders(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let list = match fs::read_dir(dir.join("archived")) {
        Ok(list) => list,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io("list what was archived")(error)),
    };
    let mut found = Vec::new();
    for entry in list {
        let path = entry
            .map_err(StoreError::io("list what was archived"))?
            .path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.len() == 20 && name.bytes().all(|b| b.is_ascii_digit())) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// SHA-256 over the SHA-256 of each MiB.
pub(super) fn rows_digest(path: &Path) -> Result<Digest, StoreError> {
    let mut file = File::open(path).map_err(StoreError::io("read the kept rows"))?;
    let mut digests = Vec::new();
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        let limit = u64::try_from(CHUNK).unwrap_or(u64::MAX);
        (&mut file)
            .take(limit)
            .read_to_end(&mut chunk)
            .map_err(StoreError::io("read the kept rows"))?;
        if chunk.is_empty() {
            return Ok(Digest::of(&digests));
        }
        digests.extend_from_slice(Digest::of(&chunk).as_bytes());
    }
}

/// The unfinished tiles as bytes.
pub(super) fn edge_bytes(edge: &Edge, size: u64) -> Option<Vec<u8>> {
    let (mut bytes, mut count, mut level) = (Vec::new(), size, 0_u8);
    while count > 0 {
        if !count.is_multiple_of(WIDTH) {
            let hashes = edge.tile(level, count / WIDTH)?;
            bytes.extend(hashes.iter().flat_map(|hash| *hash.as_bytes()));
        }
        count /= WIDTH;
        level = level.checked_add(1)?;
    }
    Some(bytes)
}

fn read_edge(bytes: &[u8], size: u64) -> Option<Edge> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    let mut starts = Vec::new();
    let (mut count, mut start) = (size, 0_u64);
    while count > 0 {
        starts.push(start);
        start += count % WIDTH;
        count /= WIDTH;
    }
    let fits = rest.is_empty() && u64::try_from(hashes.len()) == Ok(start);
    let hash = |level: u8, place: u64| {
        let at = starts.get(usize::from(level))? + place % WIDTH;
        let hash = hashes.get(usize::try_from(at).ok()?)?;
        Some(Digest::from_bytes(*hash))
    };
    fits.then(|| Edge::load(size, hash)).flatten()
}

fn read_part(file: &mut impl Read) -> Result<Option<Vec<u8>>, StoreError> {
    let mut length = [0; 4];
    let mut first = [0; 1];
    let read = file
        .read(&mut first)
        .map_err(StoreError::io("read the kept rows"))?;
    if read == 0 {
        return Ok(None);
    }
    let [head, tail @ ..] = &mut length;
    [*head] = first;
    let short = || LedgerError::Archive("its kept rows are cut short");
    file.read_exact(tail).map_err(|_| short())?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > MOST {
        return Err(LedgerError::Archive("its kept rows are not rows").into());
    }
    let mut part = vec![0; length];
    file.read_exact(&mut part).map_err(|_| short())?;
    Ok(Some(part))
}
