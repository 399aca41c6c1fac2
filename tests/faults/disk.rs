//! What would be on the disk after a power cut: rebuilt from the write log.
//!
//! The disk that is modelled gives no more than POSIX promises:
//!
//! * What was written to a file before a successful flush of that file is there.
//! * What was written and not flushed may be there or not: in any order, and of a write that crosses a
//!   border of 512 bytes any part.
//! * A name (made, renamed, removed) is there once its folder was flushed; before that the newest
//!   changes of names may be missing.
//! * What a failed flush should have flushed is not there, whatever a later flush says, unless the
//!   same page of 4 KiB was written again.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::dice::Dice;

const PAGE: u64 = 4096;
const SECTOR: u64 = 512;

/// One record of the log.
#[derive(Debug, Clone)]
pub struct Record {
    kind: u8,
    file: u64,
    argument: u64,
    size: u64,
    bytes: Vec<u8>,
}

impl Record {
    /// Is it something that the outside world was told?
    pub fn told(&self) -> Option<&[u8]> {
        (self.kind == b'A').then_some(&self.bytes)
    }

    /// Is it a write to a file?
    pub fn is_write(&self) -> bool {
        self.kind == b'W'
    }
}

/// Reads a log; a record that was cut off does not count.
pub fn read_log(path: &Path) -> Vec<Record> {
    let bytes = fs::read(path).unwrap_or_default();
    let (mut records, mut rest) = (Vec::new(), bytes.as_slice());
    while let Some((head, after)) = rest.split_first_chunk::<29>() {
        let word = |at: usize| u64::from_le_bytes(*head[at..].first_chunk().unwrap());
        let length = u32::from_le_bytes(*head[25..].first_chunk().unwrap()) as usize;
        let Some((bytes, after)) = after.split_at_checked(length) else {
            break;
        };
        records.push(Record {
            kind: head[0],
            file: word(1),
            argument: word(9),
            size: word(17),
            bytes: bytes.to_vec(),
        });
        rest = after;
    }
    records
}

/// How much of what was not flushed survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Luck {
    /// Everything.
    All,
    /// Nothing.
    Nothing,
    /// Of every file the oldest writes.
    Oldest,
    /// Any of the pages, so that later writes are there and earlier ones are not.
    Reordered,
    /// Any of the sectors.
    Torn,
}

impl Luck {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::Nothing,
        Self::Oldest,
        Self::Reordered,
        Self::Torn,
    ];
}

#[derive(Debug, Clone)]
enum Change {
    Bytes(u64, Vec<u8>),
    Size(u64),
}

#[derive(Debug, Clone, Default)]
struct File {
    /// What is surely on the disk.
    durable: Vec<u8>,
    /// Written and not flushed, oldest first; bytes in pieces within one page.
    pending: Vec<Change>,
    /// Pieces that a failed flush has lost.
    dropped: Vec<Change>,
    size: u64,
}

#[derive(Debug, Clone)]
enum Name {
    Link(u64, Vec<u8>, u64),
    Move(u64, Vec<u8>, u64, Vec<u8>),
    Unlink(u64, Vec<u8>),
}

/// The disk as a log describes it.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    files: HashMap<u64, File>,
    folders: HashMap<u64, BTreeMap<Vec<u8>, u64>>,
    /// Changes of names that no flush of a folder has covered, oldest first.
    names: Vec<Name>,
    /// The file system's number of each file and folder, which it may use again, to ours.
    numbers: HashMap<u64, u64>,
    next: u64,
    root: u64,
}

impl Disk {
    /// A disk that surely holds what is in `root` now.
    pub fn of(root: &Path) -> Self {
        let mut disk = Self::default();
        disk.root = disk.take(root);
        disk
    }

    fn take(&mut self, path: &Path) -> u64 {
        let facts = fs::symlink_metadata(path).unwrap();
        let id = self.number(facts.ino());
        if facts.is_dir() {
            self.folders.insert(id, BTreeMap::new());
            for entry in fs::read_dir(path).unwrap() {
                let entry = entry.unwrap();
                let child = self.take(&entry.path());
                let name = entry.file_name().into_encoded_bytes();
                self.folders.get_mut(&id).unwrap().insert(name, child);
            }
        } else {
            let durable = fs::read(path).unwrap();
            let size = durable.len() as u64;
            let file = File {
                durable,
                size,
                ..File::default()
            };
            self.files.insert(id, file);
        }
        id
    }

    fn number(&mut self, of: u64) -> u64 {
        self.next += 1;
        self.numbers.insert(of, self.next);
        self.next
    }

    /// Takes the next record of the log.
    pub fn step(&mut self, record: &Record) {
        let known = |of: u64| self.numbers.get(&of).copied();
        match record.kind {
            b'C' | b'D' => {
                let parent = known(record.argument);
                let id = self.number(record.file);
                if record.kind == b'C' {
                    self.files.insert(id, File::default());
                } else {
                    self.folders.insert(id, BTreeMap::new());
                }
                let parent = parent.expect("the parent of a new name");
                self.names
                    .push(Name::Link(parent, record.bytes.clone(), id));
            }
            b'U' => {
                let parent = known(record.argument).expect("the parent of a removed name");
                self.names.push(Name::Unlink(parent, record.bytes.clone()));
            }
            b'R' => {
                let from = known(record.file).expect("the old parent of a name");
                let to = known(record.argument).expect("the new parent of a name");
                let end = record.bytes.iter().position(|byte| *byte == 0).unwrap();
                let (old, new) = record.bytes.split_at(end);
                let (old, new) = (old.to_vec(), new[1..].to_vec());
                self.names.push(Name::Move(from, old, to, new));
            }
            b'A' => {}
            _ => {
                let id = known(record.file).expect("a file that the log knows");
                match self.files.get_mut(&id) {
                    Some(file) => file.step(record),
                    None if record.kind == b'S' => self.flush_folder(id),
                    None => {}
                }
            }
        }
    }

    fn flush_folder(&mut self, id: u64) {
        // Names become durable in order: all up to the newest change in this folder.
        let newest = self.names.iter().rposition(|name| name.touches(id));
        for name in self.names.drain(..newest.map_or(0, |newest| newest + 1)) {
            name.apply(&mut self.folders);
        }
    }

    /// Writes what a power cut now leaves into the empty folder `to`.
    pub fn cut(mut self, luck: Luck, dice: &mut Dice, to: &Path) {
        let names = std::mem::take(&mut self.names);
        let kept = match luck {
            Luck::All => names.len(),
            Luck::Nothing => 0,
            _ => dice.place(names.len() + 1),
        };
        for name in names.into_iter().take(kept) {
            name.apply(&mut self.folders);
        }
        // In order of our numbers, so that the same dice give the same disk.
        let mut ids: Vec<_> = self.files.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            self.files.get_mut(&id).unwrap().settle(luck, dice);
        }
        self.write(self.root, to);
    }

    fn write(&self, folder: u64, to: &Path) {
        use std::os::unix::ffi::OsStrExt;
        for (name, id) in &self.folders[&folder] {
            let path = to.join(std::ffi::OsStr::from_bytes(name));
            match self.files.get(id) {
                Some(file) => fs::write(path, &file.durable).unwrap(),
                None => {
                    fs::create_dir(&path).unwrap();
                    self.write(*id, &path);
                }
            }
        }
    }
}

impl File {
    fn step(&mut self, record: &Record) {
        // The size may have been changed by a call that is not seen.
        if record.size != self.size && record.kind != b'F' {
            self.size = record.size;
            self.pending.push(Change::Size(record.size));
        }
        match record.kind {
            b'W' => self.write(record.argument, &record.bytes),
            b'T' => {
                self.size = record.argument;
                self.pending.push(Change::Size(record.argument));
            }
            b'S' => {
                for change in std::mem::take(&mut self.pending) {
                    apply(&mut self.durable, &change);
                }
            }
            b'F' => {
                let lost = |change: &Change| matches!(change, Change::Bytes(..));
                let (lost, kept) = std::mem::take(&mut self.pending)
                    .into_iter()
                    .partition(lost);
                let lost: Vec<_> = lost;
                self.dropped.extend(lost);
                self.pending = kept;
            }
            kind => panic!("the log holds a record of kind `{kind}`"),
        }
    }

    fn write(&mut self, at: u64, bytes: &[u8]) {
        self.size = self.size.max(at + bytes.len() as u64);
        for (at, piece) in pieces(at, bytes, PAGE) {
            // Writing to a page makes the whole page go to the disk, also what was lost of it.
            let same = |change: &Change| matches!(change, Change::Bytes(other, _) if other / PAGE == at / PAGE);
            let (again, lost) = std::mem::take(&mut self.dropped)
                .into_iter()
                .partition(same);
            let again: Vec<_> = again;
            self.dropped = lost;
            self.pending.extend(again);
            self.pending.push(Change::Bytes(at, piece.to_vec()));
        }
    }

    fn settle(&mut self, luck: Luck, dice: &mut Dice) {
        let pending = std::mem::take(&mut self.pending);
        let oldest = dice.place(pending.len() + 1);
        for (place, change) in pending.into_iter().enumerate() {
            match luck {
                Luck::All => apply(&mut self.durable, &change),
                Luck::Nothing => {}
                Luck::Oldest if place < oldest => apply(&mut self.durable, &change),
                Luck::Oldest => {}
                Luck::Reordered => {
                    if dice.once_in(2) {
                        apply(&mut self.durable, &change);
                    }
                }
                Luck::Torn => self.tear(&change, dice),
            }
        }
    }

    fn tear(&mut self, change: &Change, dice: &mut Dice) {
        match change {
            Change::Size(_) => apply(&mut self.durable, change),
            Change::Bytes(at, bytes) => {
                for (at, sector) in pieces(*at, bytes, SECTOR) {
                    if dice.once_in(2) {
                        apply(&mut self.durable, &Change::Bytes(at, sector.to_vec()));
                    }
                }
            }
        }
    }
}

impl Name {
    fn touches(&self, folder: u64) -> bool {
        match self {
            Self::Link(parent, ..) | Self::Unlink(parent, _) => *parent == folder,
            Self::Move(from, _, to, _) => *from == folder || *to == folder,
        }
    }

    fn apply(self, folders: &mut HashMap<u64, BTreeMap<Vec<u8>, u64>>) {
        match self {
            Self::Link(parent, name, id) => {
                folders.get_mut(&parent).unwrap().insert(name, id);
            }
            Self::Unlink(parent, name) => {
                folders.get_mut(&parent).unwrap().remove(&name);
            }
            Self::Move(from, old, to, new) => {
                let id = folders.get_mut(&from).unwrap().remove(&old).unwrap();
                folders.get_mut(&to).unwrap().insert(new, id);
            }
        }
    }
}

fn apply(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Size(size) => content.resize(usize::try_from(*size).unwrap(), 0),
        Change::Bytes(at, bytes) => {
            let at = usize::try_from(*at).unwrap();
            let end = at + bytes.len();
            if content.len() < end {
                content.resize(end, 0);
            }
            content[at..end].copy_from_slice(bytes);
        }
    }
}

/// `bytes` at offset `at`, in pieces that cross no border of `unit` bytes.
fn pieces(at: u64, bytes: &[u8], unit: u64) -> Vec<(u64, &[u8])> {
    let (mut at, mut rest, mut found) = (at, bytes, Vec::new());
    while !rest.is_empty() {
        let room = usize::try_from(unit - at % unit).unwrap().min(rest.len());
        let (piece, after) = rest.split_at(room);
        found.push((at, piece));
        at += room as u64;
        rest = after;
    }
    found
}
