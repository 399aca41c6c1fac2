//! Retention: moving the oldest whole segments of the journal to an archive, so that what is left and
//! the archive together are still one chain, and what is left proves every entry alone.
//!
//! The journal is never rewritten. Order of effects, each durable before the next; after a crash the
//! command is given again:
//!
//! ```text
//! 1 the segments to be moved are verified, frame by frame, and must all be older than asked
//! 2 one entry says what is moved
//! 3 values and wrapped keys that still count and lie in these segments are appended again
//! 4 the segments are copied to the archive, flushed, and read back
//! 5 tree hashes, the head at the cut and the signed statement are kept in `archived/`
//! 6 the segments are removed from the journal
//! ```
//!
//! What was archived is answered with [`StoreError::Archived`]; its place in the tree is still proved.

mod base;
mod carry;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use stile_ledger::archive::Statement;
use stile_ledger::frame::Record;
use stile_ledger::tile::Edge;
use stile_ledger::verify::{Chain, End, Finding, walk};
use stile_ledger::{Entry, EntryKind, Leaf, LedgerError};
use stile_model::digest::Digest;
use stile_model::id::Code;
use stile_model::time::Timestamp;

pub(crate) use base::Base;

use crate::batch::Batch;
use crate::config::{StoreConfig, private_folder};
use crate::error::StoreError;
use crate::index::{Row, rows_of};
use crate::journal::Journal;
use crate::store::Store;
use base::{CHECKPOINT, EDGE, ROWS, RowFile, STATEMENT, edge_bytes, folders, rows_digest};

/// What is to be archived, and where.
#[derive(Debug, Clone)]
pub struct Archiving {
    /// Segments whose entries were all recorded before this time.
    pub before: Timestamp,
    /// Folder of the archive, made when missing; several archivings may share it.
    pub to: PathBuf,
    /// Now, for the entry that says so.
    pub now: Timestamp,
}

/// What was archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// The signed continuity statement; it also lies in both folders.
    pub statement: String,
    /// Segments moved.
    pub segments: usize,
    /// Entries moved.
    pub entries: u64,
    /// Values and keys appended again.
    pub carried: usize,
}

/// Moves old segments of the store's journal to an archive. The gateway must be stopped: the store's
/// folder is locked meanwhile. Blocks between its waits.
///
/// # Errors
///
/// [`StoreError::NothingToArchive`] when no whole segment is old enough; otherwise when an erasure is
/// unfinished, the journal is damaged, or a file cannot be written. No segment is removed before its
/// copy in the archive was read back.
pub async fn archive(config: StoreConfig, wanted: &Archiving) -> Result<Archived, StoreError> {
    let dir = config.dir.clone();
    let (store, _) = Store::open(config)?;
    if store.erasure_unfinished()? {
        return Err(StoreError::Config(
            "an erasure is unfinished; start the gateway to finish it, then archive",
        ));
    }
    let journal = Journal::new(&dir);
    let before = Base::newest(&dir, store.vkey())?;
    let fresh = dir.join("archived").join("new");
    make_anew(&fresh)?;
    let plan = Plan::make(&store, &journal, before.as_ref(), wanted, &fresh)?;
    let statement = plan.statement(wanted.now, &fresh)?;
    let note = store.sign_statement(&statement)?;
    write_new(&fresh.join(STATEMENT), note.as_bytes())?;
    write_new(&fresh.join(CHECKPOINT), plan.checkpoint.as_bytes())?;

    store.record(&plan, &statement, wanted.now).await?;
    let carried = store.carry(statement.next_frame).await?;
    private_folder(&wanted.to)?;
    for number in &plan.segments {
        let name = format!("{number:020}.seg");
        copy(&journal.read_segment(*number)?, &wanted.to.join(name))?;
    }
    let name = format!("{:020}", statement.next_frame);
    copy(
        note.as_bytes(),
        &wanted.to.join(format!("{name}.{STATEMENT}")),
    )?;
    let head = wanted.to.join(format!("{name}.{CHECKPOINT}"));
    copy(plan.checkpoint.as_bytes(), &head)?;
    sync_folder(&wanted.to)?;

    install(&dir, &fresh, &name)?;
    journal.remove_before(statement.next_frame)?;
    Ok(Archived {
        statement: note,
        segments: plan.segments.len(),
        entries: statement.tree.size() - statement.first_entry,
        carried,
    })
}

/// The segments to be moved, verified, and the ledger as it stood after them.
struct Plan {
    segments: Vec<u64>,
    chain: Chain,
    edge: Edge,
    first_frame: u64,
    first_entry: u64,
    checkpoint: String,
}

impl Plan {
    /// Goes through the journal as far as everything is old enough, and writes the rows to be kept.
    fn make(
        store: &Store,
        journal: &Journal,
        base: Option<&Base>,
        wanted: &Archiving,
        fresh: &Path,
    ) -> Result<Self, StoreError> {
        let mut plan = Self::start(store, base);
        let mut kept = RowFile::create(&fresh.join(ROWS))?;
        if let Some(base) = base {
            base.each(|row| kept.put(&row))?;
        }
        let mut numbers = journal.segments()?;
        numbers.retain(|number| *number >= plan.first_frame);
        // The newest segment is being written.
        numbers.pop();
        for number in numbers {
            match plan.with(journal, number, wanted.before)? {
                Some((longer, rows)) => {
                    rows.iter().try_for_each(|row| kept.put(row))?;
                    plan = longer;
                }
                None => break,
            }
        }
        kept.finish()?;
        if plan.segments.is_empty() {
            return Err(StoreError::NothingToArchive);
        }
        Ok(plan)
    }

    fn start(store: &Store, base: Option<&Base>) -> Self {
        let vkey = store.vkey().clone();
        let (chain, edge) = match base.map(|base| (&base.statement, &base.edge)) {
            Some((cut, edge)) => {
                let (number, tree) = (cut.next_frame, cut.tree.clone());
                (
                    Chain::behind(vkey, number, cut.last_frame, tree),
                    edge.clone(),
                )
            }
            None => (Chain::start(vkey), Edge::new()),
        };
        Self {
            segments: Vec::new(),
            first_frame: chain.next_number(),
            first_entry: chain.tree().size(),
            chain,
            edge,
            checkpoint: String::new(),
        }
    }

    /// The plan with segment `number` too, and the rows to be kept of it; `None` when an entry in it
    /// is not old enough.
    fn with(
        &self,
        journal: &Journal,
        number: u64,
        before: Timestamp,
    ) -> Result<Option<(Self, Vec<Row>)>, StoreError> {
        let bytes = journal.read_segment(number)?;
        let (mut chain, mut edge) = (self.chain.clone(), self.edge.clone());
        let (mut rows, mut young, mut checkpoint) = (Vec::new(), false, String::new());
        let end = walk(&bytes, 0, |decoded, _| {
            let size = chain.tree().size();
            chain.step(&decoded)?;
            let frame = &decoded.frame;
            for record in &frame.records {
                if let Record::Entry(leaf) = record {
                    young |= Leaf::parse(leaf)?.entry.time >= before;
                }
            }
            checkpoint.clone_from(&frame.head.checkpoint);
            let made = rows_of(&frame.records, &decoded.spans, (number, 0), size, &mut edge);
            rows.extend(made.into_iter().filter(is_kept));
            Ok(())
        });
        if let End::Bad { offset, fault } = end {
            return Err(StoreError::Damaged(Finding {
                segment: number,
                offset: u64::try_from(offset).unwrap_or(u64::MAX),
                index: chain.tree().size(),
                fault,
                unfinished: false,
            }));
        }
        let mut segments = self.segments.clone();
        segments.push(number);
        let longer = Self {
            segments,
            chain,
            edge,
            checkpoint,
            ..*self
        };
        Ok((!young).then_some((longer, rows)))
    }

    fn statement(&self, made: Timestamp, fresh: &Path) -> Result<Statement, StoreError> {
        let tree = self.chain.tree().clone();
        let edge = edge_bytes(&self.edge, tree.size())
            .ok_or(StoreError::Index("a tile of the tree is missing"))?;
        write_new(&fresh.join(EDGE), &edge)?;
        Ok(Statement {
            origin: self.chain.vkey().name().clone(),
            first_frame: self.first_frame,
            next_frame: self.chain.next_number(),
            first_entry: self.first_entry,
            tree,
            last_frame: *self.chain.previous(),
            edge: Digest::of(&edge),
            rows: rows_digest(&fresh.join(ROWS))?,
            made,
        })
    }
}

impl Store {
    fn sign_statement(&self, statement: &Statement) -> Result<String, StoreError> {
        let key = self
            .shared
            .signer()
            .ok_or(StoreError::Config("the ledger's key is not at hand"))?;
        Ok(statement.sign(key)?)
    }

    /// The entry that says what is moved: how much, up to which entry, and the statement's digest.
    async fn record(
        &self,
        plan: &Plan,
        statement: &Statement,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let moved = statement.tree.size() - statement.first_entry;
        let mut counts = BTreeMap::new();
        for (name, count) in [
            ("entries", u32::try_from(moved).unwrap_or(u32::MAX)),
            (
                "segments",
                u32::try_from(plan.segments.len()).unwrap_or(u32::MAX),
            ),
        ] {
            let name = Code::new(name).map_err(|_| StoreError::Batch("a count has no name"))?;
            counts.insert(name, count);
        }
        let entry = Entry {
            counts,
            digest: Some(Digest::of(statement.text().as_bytes())),
            concerns: statement.tree.size().checked_sub(1),
            ..Entry::new(EntryKind::Archive, now)
        };
        self.commit(Batch::entry(entry, Vec::new(), None))
            .await
            .map(|_| ())
    }
}

/// Full tiles and permits: what proofs and retries need of old entries.
fn is_kept(row: &Row) -> bool {
    matches!(row.key.first(), Some(b't' | b'd'))
}

fn make_anew(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(StoreError::io("remove an unfinished archiving")(error));
        }
        Ok(()) | Err(_) => {}
    }
    private_folder(folder)
}

/// Puts what is kept in place; only then do segments go.
fn install(dir: &Path, fresh: &Path, name: &str) -> Result<(), StoreError> {
    let archived = dir.join("archived");
    let older = folders(dir)?;
    sync_folder(fresh)?;
    fs::rename(fresh, archived.join(name)).map_err(StoreError::io("keep the tree hashes"))?;
    sync_folder(&archived)?;
    sync_folder(dir)?;
    for folder in older {
        fs::remove_dir_all(folder).map_err(StoreError::io("remove older tree hashes"))?;
    }
    Ok(())
}

/// Writes a file to the archive and reads it back; one that is there must be the same.
fn copy(bytes: &[u8], path: &Path) -> Result<(), StoreError> {
    if !path.exists() {
        let fresh = path.with_extension("new");
        let _ = fs::remove_file(&fresh);
        write_new(&fresh, bytes)?;
        fs::rename(&fresh, path).map_err(StoreError::io("put a file into the archive"))?;
    }
    let back = fs::read(path).map_err(StoreError::io("read the archive back"))?;
    if back == bytes {
        Ok(())
    } else {
        Err(LedgerError::Archive("the archive holds another file of this name").into())
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(StoreError::io("make a file of the archive"))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(StoreError::io("write a file of the archive"))
}

fn sync_folder(path: &Path) -> Result<(), StoreError> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(StoreError::io("flush a folder of the archive"))
}
