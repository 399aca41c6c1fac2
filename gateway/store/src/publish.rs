//! Publication: hash tiles and heads as static files in a folder that may be served to anybody who
//! may see the ledger's shape (C2SP tlog-tiles). Entries are never published.
//!
//! ```text
//! tile/<level>/<place>          256 hashes; never changes
//! tile/<level>/<place>.p/<w>    the first w of them, for a head that needs no more
//! checkpoint                    the newest published head
//! witnessed-checkpoint          the newest head that enough witnesses have cosigned
//! ```
//!
//! **Order of effects:** tiles, flushed, then the head that needs them, flushed and renamed into
//! place: a head in the folder is always provable from the folder. What a crash leaves unfinished
//! lies beyond that head and is written again.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use stile_ledger::Checkpoint;
use stile_ledger::tile::{Holds, TilePath, WIDTH, tile_bytes};

use crate::error::StoreError;
use crate::store::Store;
use crate::tiles::hashes_at;

/// The newest published head.
pub const CHECKPOINT: &str = "checkpoint";
/// The newest head that enough witnesses have cosigned.
pub const WITNESSED: &str = "witnessed-checkpoint";

/// From this many new files on, the file system is flushed once instead of each file.
const FLUSH_EACH: usize = 16;

/// Keeps a folder of static files in step with a store. One at a time for a folder.
#[derive(Debug)]
pub struct Publisher {
    store: Store,
    dir: PathBuf,
    /// Size up to which the folder's tiles are known to be right.
    known: u64,
    /// Size of the head found or put in the folder: its tiles were flushed before it.
    vouched: u64,
    heads: Heads,
}

/// The notes in the folder.
#[derive(Debug, Default)]
struct Heads {
    newest: Option<String>,
    witnessed: Option<String>,
}

/// What publishing did, or why it must stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// The folder holds a head of this ledger's own key that contradicts the ledger. Nothing was
    /// written.
    Contradiction {
        /// The signed note found.
        note: String,
    },
    /// A file that vouches for published entries is not what this ledger says. Nothing was written
    /// over it.
    Differs {
        /// The file, within the folder.
        file: PathBuf,
    },
    /// The folder is in step.
    InStep {
        /// Files written.
        files: usize,
    },
}

impl Publisher {
    /// A publisher of `store` into `dir`, which is made when missing. Nothing is read yet.
    pub fn new(store: Store, dir: impl Into<PathBuf>) -> Self {
        Self {
            store,
            dir: dir.into(),
            known: 0,
            vouched: 0,
            heads: Heads::default(),
        }
    }

    /// Publishes the ledger's newest head as `note`, and `witnessed`, an earlier or the same head
    /// with its cosignatures, if there is one. Blocks; after the first call it does little.
    ///
    /// The first call compares every file of the folder with the ledger.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or written, or a note is not a head of this ledger. Heads
    /// published before stay as they are.
    pub fn publish(
        &mut self,
        note: &str,
        witnessed: Option<&str>,
    ) -> Result<Published, StoreError> {
        let newest = Checkpoint::open(note, self.store.vkey())?;
        let cosigned = witnessed
            .map(|note| Checkpoint::open(note, self.store.vkey()))
            .transpose()?;
        if self.known == 0
            && let Some(stop) = self.look()?
        {
            return Ok(stop);
        }
        let mut fresh = Vec::new();
        for head in cosigned.iter().chain([&newest]) {
            if let Some(stop) = self.tiles(head.size, &mut fresh)? {
                return Ok(stop);
            }
        }
        self.flush(&fresh)?;
        let mut files = fresh.len();
        if let Some(note) = witnessed
            && self.heads.witnessed.as_deref() != Some(note)
        {
            self.head(WITNESSED, note)?;
            self.heads.witnessed = Some(note.to_owned());
            files += 1;
        }
        if self.heads.newest.as_deref() != Some(note) {
            self.head(CHECKPOINT, note)?;
            self.heads.newest = Some(note.to_owned());
            files += 1;
        }
        self.vouched = self.vouched.max(newest.size);
        self.tidy(self.known, newest.size);
        self.known = newest.size;
        Ok(Published::InStep { files })
    }

    /// Reads the heads in the folder; a bad one stops publication.
    fn look(&mut self) -> Result<Option<Published>, StoreError> {
        for name in [CHECKPOINT, WITNESSED] {
            let Some(note) = read_text(&self.dir.join(name))? else {
                continue;
            };
            let Ok(head) = Checkpoint::open(&note, self.store.vkey()) else {
                return Ok(Some(Published::Differs { file: name.into() }));
            };
            if self.store.contradicts(&head)? {
                return Ok(Some(Published::Contradiction { note }));
            }
            self.vouched = self.vouched.max(head.size);
            if name == CHECKPOINT {
                self.heads.newest = Some(note);
            } else {
                self.heads.witnessed = Some(note);
            }
        }
        Ok(None)
    }

    /// Writes the tiles that a head of `size` entries needs and that are not known to be there.
    fn tiles(&self, size: u64, fresh: &mut Vec<PathBuf>) -> Result<Option<Published>, StoreError> {
        for level in 0..8 {
            let (had, has) = (hashes_at(self.known, level), hashes_at(size, level));
            for place in had / WIDTH..has.div_ceil(WIDTH) {
                let width = has.saturating_sub(place * WIDTH).min(WIDTH);
                if let Some(stop) = self.one(level, place, width, fresh)? {
                    return Ok(Some(stop));
                }
            }
        }
        Ok(None)
    }

    fn one(
        &self,
        level: u8,
        place: u64,
        width: u64,
        fresh: &mut Vec<PathBuf>,
    ) -> Result<Option<Published>, StoreError> {
        let wide = u16::try_from(width).unwrap_or(u16::MAX);
        let file = tile_file(level, place, wide)?;
        let missing = StoreError::Index("a tile of the tree is missing");
        let hashes = self.store.tile(level, place, wide)?.ok_or(missing)?;
        let bytes = tile_bytes(&hashes);
        let path = self.dir.join(&file);
        match read(&path)? {
            Some(found) if found == bytes => return Ok(None),
            // Whatever a flushed head vouches for was flushed before it and cannot be unfinished.
            Some(_) if place * WIDTH + width <= hashes_at(self.vouched, level) => {
                return Ok(Some(Published::Differs { file }));
            }
            Some(_) | None => {}
        }
        write(&path, &bytes)?;
        fresh.push(path);
        Ok(None)
    }

    /// Makes the new files durable, and the folders that name them.
    fn flush(&self, fresh: &[PathBuf]) -> Result<(), StoreError> {
        if fresh.len() > FLUSH_EACH {
            let folder =
                File::open(&self.dir).map_err(StoreError::io("open the published folder"))?;
            return rustix::fs::syncfs(&folder)
                .map_err(StoreError::io("flush the published tiles"));
        }
        for path in fresh {
            sync(path)?;
            sync_folders(&self.dir, path)?;
        }
        Ok(())
    }

    /// Replaces a head: whole or not at all.
    fn head(&self, name: &str, note: &str) -> Result<(), StoreError> {
        let path = self.dir.join(name);
        let fresh = write_beside(&path, note.as_bytes())?;
        sync(&fresh)?;
        fs::rename(&fresh, &path).map_err(StoreError::io("put a published head in place"))?;
        sync_folders(&self.dir, &path)
    }

    /// Removes narrow tiles that a full one has replaced; one that stays does no harm.
    fn tidy(&self, from: u64, size: u64) {
        for level in 0..8 {
            for place in hashes_at(from, level) / WIDTH..hashes_at(size, level) / WIDTH {
                let Ok(file) = tile_file(level, place, 256) else {
                    continue;
                };
                let mut narrow = self.dir.join(file).into_os_string();
                narrow.push(".p");
                let _ = fs::remove_dir_all(narrow);
            }
        }
    }
}

/// The file of a tile, within the folder.
fn tile_file(level: u8, place: u64, width: u16) -> Result<PathBuf, StoreError> {
    let path = TilePath::new(Holds::Hashes { level }, place, width)?;
    Ok(PathBuf::from(path.to_string()))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("read a published file")(error)),
    }
}

/// The file as text; `Some` of what cannot be a note when it is not text.
fn read_text(path: &Path) -> Result<Option<String>, StoreError> {
    Ok(read(path)?.map(|bytes| String::from_utf8(bytes).unwrap_or_default()))
}

/// Writes a file whole, in place of whatever was there; not yet flushed.
fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let fresh = write_beside(path, bytes)?;
    fs::rename(fresh, path).map_err(StoreError::io("put a published file in place"))
}

fn write_beside(path: &Path, bytes: &[u8]) -> Result<PathBuf, StoreError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(StoreError::io("make a published folder"))?;
    }
    let mut fresh = path.to_owned().into_os_string();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o644)
        .open(&fresh)
        .map_err(StoreError::io("make a published file"))?;
    // Whoever serves the folder is another user, whatever this process's mask.
    file.set_permissions(Permissions::from_mode(0o644))
        .map_err(StoreError::io("open a published file to readers"))?;
    file.write_all(bytes)
        .map_err(StoreError::io("write a published file"))?;
    Ok(fresh)
}

fn sync(path: &Path) -> Result<(), StoreError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(StoreError::io("flush a published file"))
}

/// Flushes every folder from that of `path` up to `top`.
fn sync_folders(top: &Path, path: &Path) -> Result<(), StoreError> {
    let folders = path.ancestors().skip(1);
    for folder in folders.take_while(|folder| folder.starts_with(top)) {
        sync(folder)?;
    }
    Ok(())
}
