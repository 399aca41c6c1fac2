//! The journal's files: names, places in them, making, reading and cutting.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::{Torn, private_folder, sync_folder};
use crate::error::StoreError;
use crate::space::reserve;

/// Segments kept open for reading before all are closed and opened again.
const OPEN_FILES: usize = 64;

/// Bytes copied at once.
const PIECE: usize = 1024 * 1024;

/// Where a record lies in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Locator {
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) length: u32,
}

impl Locator {
    pub(crate) fn to_bytes(self) -> [u8; 20] {
        let mut bytes = [0; 20];
        let (segment, rest) = bytes.split_at_mut(8);
        let (offset, length) = rest.split_at_mut(8);
        segment.copy_from_slice(&self.segment.to_be_bytes());
        offset.copy_from_slice(&self.offset.to_be_bytes());
        length.copy_from_slice(&self.length.to_be_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (segment, rest) = bytes.split_first_chunk::<8>()?;
        let (offset, rest) = rest.split_first_chunk::<8>()?;
        let length = rest.try_into().ok()?;
        Some(Self {
            segment: u64::from_be_bytes(*segment),
            offset: u64::from_be_bytes(*offset),
            length: u32::from_be_bytes(length),
        })
    }
}

/// The folder of segments.
pub(crate) struct Journal {
    dir: PathBuf,
    /// Segments that lie in archives.
    archived: BTreeMap<u64, PathBuf>,
    open: Mutex<HashMap<u64, Arc<File>>>,
}

impl Journal {
    pub(crate) fn new(store: &Path) -> Self {
        Self {
            dir: store.join("journal"),
            archived: BTreeMap::new(),
            open: Mutex::default(),
        }
    }

    pub(crate) fn make_folder(&self) -> Result<(), StoreError> {
        private_folder(&self.dir)
    }

    /// The same, to be read together with the segments in the folders `archives`.
    pub(crate) fn with_archives(store: &Path, archives: &[PathBuf]) -> Result<Self, StoreError> {
        let mut journal = Self::new(store);
        for archive in archives {
            journal.archived.extend(segments_in(archive, true)?);
        }
        Ok(journal)
    }

    /// Numbers of all segments, ascending.
    pub(crate) fn segments(&self) -> Result<Vec<u64>, StoreError> {
        let mut files = segments_in(&self.dir, false)?;
        files.extend(self.archived.clone());
        Ok(files.into_keys().collect())
    }

    /// Does segment `number` lie in an archive?
    pub(crate) fn is_archived(&self, number: u64) -> bool {
        self.archived.contains_key(&number)
    }

    /// The whole of a segment.
    pub(crate) fn read_segment(&self, number: u64) -> Result<Vec<u8>, StoreError> {
        fs::read(self.path(number)).map_err(StoreError::io("read a journal segment"))
    }

    /// Opens a segment to read it.
    pub(crate) fn open_segment(&self, number: u64) -> Result<File, StoreError> {
        File::open(self.path(number)).map_err(StoreError::io("open a journal segment"))
    }

    /// Makes a preallocated segment, and makes its name durable.
    ///
    /// On error no segment is left behind.
    pub(crate) fn create(&self, number: u64, bytes: u64) -> Result<Arc<File>, StoreError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.path(number))
            .map_err(StoreError::io("make a journal segment"))?;
        let made = reserve(&file, bytes)
            .and_then(|()| {
                file.sync_all()
                    .map_err(StoreError::io("flush a journal segment"))
            })
            .and_then(|()| self.sync_folder());
        if let Err(error) = made {
            fs::remove_file(self.path(number)).map_err(StoreError::io("remove a segment"))?;
            return Err(error);
        }
        Ok(Arc::new(file))
    }

    /// Opens a segment to go on writing it.
    pub(crate) fn reopen(&self, number: u64) -> Result<Arc<File>, StoreError> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.path(number))
            .map(Arc::new)
            .map_err(StoreError::io("open a journal segment"))
    }

    /// Makes a segment that holds no frame yet larger.
    pub(crate) fn enlarge(&self, file: &File, bytes: u64) -> Result<(), StoreError> {
        reserve(file, bytes)?;
        file.sync_all()
            .map_err(StoreError::io("flush a journal segment"))?;
        self.sync_folder()
    }

    /// Makes the end of a segment, from `offset` on, as durable as it looks.
    ///
    /// The process before may have ended between writing and flushing, or because a flush failed: then
    /// the bytes can be read, are not on the disk, and a later flush alone would not take them there.
    pub(crate) fn settle(&self, number: u64, range: Range<u64>) -> Result<(), StoreError> {
        let file = self.reopen(number)?;
        let mut piece = vec![0; PIECE];
        each_piece(range, &mut piece, |at, piece| {
            file.read_exact_at(piece, at)?;
            file.write_all_at(piece, at)
        })
        .and_then(|()| file.sync_all())
        .map_err(StoreError::io("flush the end of the journal"))?;
        self.sync_folder()
    }

    /// Cuts a torn tail: sets its bytes aside, then zeroes them.
    pub(crate) fn cut(&self, torn: &Torn, aside: &Path) -> Result<(), StoreError> {
        private_folder(aside)?;
        let kept = aside.join(format!("torn-{:020}-{}.bin", torn.segment, torn.offset));
        let mut kept = File::create(kept).map_err(StoreError::io("set the torn tail aside"))?;
        let file = self.reopen(torn.segment)?;
        let mut piece = vec![0; PIECE];
        let zeros = vec![0; piece.len()];
        let end = torn.offset.saturating_add(torn.bytes);
        // All is kept before any of it is zeroed.
        each_piece(torn.offset..end, &mut piece, |at, piece| {
            file.read_exact_at(piece, at)?;
            kept.write_all(piece)
        })
        .and_then(|()| kept.sync_all())
        .map_err(StoreError::io("set the torn tail aside"))?;
        // Zeroed in place: that needs no space, so it also works on a full disk.
        each_piece(torn.offset..end, &mut piece, |at, piece| {
            file.write_all_at(zeros.get(..piece.len()).unwrap_or_default(), at)
        })
        .map_err(StoreError::io("cut the torn tail"))?;
        file.sync_all()
            .map_err(StoreError::io("flush a journal segment"))
    }

    /// The bytes at `place`.
    pub(crate) fn read(&self, place: Locator) -> Result<Vec<u8>, StoreError> {
        let broken = || StoreError::Index("a row points outside the journal");
        let length = usize::try_from(place.length).map_err(|_| broken())?;
        if length > stile_ledger::frame::MAX_PAYLOAD {
            return Err(broken());
        }
        let mut bytes = vec![0; length];
        self.file(place.segment)?
            .read_exact_at(&mut bytes, place.offset)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => broken(),
                // The disk does not give it: that says nothing of the index.
                _ => StoreError::io("read the journal")(error),
            })?;
        Ok(bytes)
    }

    fn file(&self, number: u64) -> Result<Arc<File>, StoreError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&number) {
            return Ok(Arc::clone(file));
        }
        let file = File::open(self.path(number)).map_err(StoreError::io("open a segment"))?;
        if open.len() >= OPEN_FILES {
            open.clear();
        }
        let file = Arc::new(file);
        open.insert(number, Arc::clone(&file));
        Ok(file)
    }

    /// Removes the segments whose frames are all before `number`, oldest first.
    pub(crate) fn remove_before(&self, number: u64) -> Result<(), StoreError> {
        for old in self.segments()?.into_iter().filter(|old| *old < number) {
            fs::remove_file(self.path(old)).map_err(StoreError::io("remove a segment"))?;
        }
        self.sync_folder()
    }

    fn sync_folder(&self) -> Result<(), StoreError> {
        sync_folder(&self.dir)
    }

    fn path(&self, number: u64) -> PathBuf {
        let archived = self.archived.get(&number).cloned();
        archived.unwrap_or_else(|| self.dir.join(format!("{number:020}.seg")))
    }
}

/// Calls `each` with every place of `range` and a part of `piece` as long as what is to be done there.
fn each_piece(
    range: Range<u64>,
    piece: &mut [u8],
    mut each: impl FnMut(u64, &mut [u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut at = range.start;
    while at < range.end {
        let left = usize::try_from(range.end - at).unwrap_or(usize::MAX);
        let length = left.min(piece.len());
        each(at, piece.get_mut(..length).unwrap_or_default())?;
        at = at.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
    }
    Ok(())
}

/// The segments in a folder by number; beside other files only where these are `expected`.
pub(crate) fn segments_in(
    dir: &Path,
    expected: bool,
) -> Result<BTreeMap<u64, PathBuf>, StoreError> {
    let list = fs::read_dir(dir).map_err(StoreError::io("list the journal"))?;
    let mut found = BTreeMap::new();
    for file in list {
        let path = file.map_err(StoreError::io("list the journal"))?.path();
        let number = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_suffix(".seg"))
            .filter(|digits| digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok());
        match number {
            Some(number) => {
                found.insert(number, path);
            }
            None if expected => {}
            None => {
                return Err(StoreError::Config(
                    "the journal holds a file it did not make",
                ));
            }
        }
    }
    Ok(found)
}
