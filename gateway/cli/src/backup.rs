//! `stile backup`: copies of a store's journal, verified when they are made and before they are used.
//!
//! ```text
//! journal/      the segments as they were; what the gateway wrote meanwhile may be cut short at the end
//! archived/     what the store keeps of segments that were archived, a folder for each archiving
//! backup.toml   when it was made, whose it is, how many entries it holds, and their root
//! ```
//!
//! **Order of effects:** files, flushed; their folders; `backup.toml` last, so that a copy that was
//! broken off is not taken for one; one that fails is taken away again. Putting a copy back goes the
//! other way: `restored.toml`, the mark that halts releases at the next start, is durable in the
//! store's folder before the index of the lost journal goes and before the first byte of the new one,
//! so that a store is marked, too, when putting it back was broken off.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use stile_exchange::clock::Clock;
use stile_ledger::verify::Report;
use stile_ledger::{KeyName, Vkey};
use stile_model::digest::Digest;
use stile_model::id::MemberId;
use stile_model::time::Timestamp;
use stile_store::{FolderLock, StoreError, verify_dir, verify_dir_opened};

use crate::args::{Backup, Stored};
use crate::config::{AgencyConfig, HubConfig, Kept, Parts, read};
use crate::gateway::epoch_key;
use crate::keys::named;
use crate::output::line;
use crate::run::Failure;

/// The folders that are copied.
const FOLDERS: [&str; 2] = ["journal", "archived"];
/// Says what a copy holds.
const ABOUT: &str = "backup.toml";
/// In a store's folder: it came back from a copy, and no gateway has recorded that yet.
const MARK: &str = "restored.toml";
/// In `archived/`: an archiving that was broken off; nothing rests on it.
const UNFINISHED: &str = "new";

/// What a copy holds.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    pub(crate) made: Timestamp,
    member: MemberId,
    origin: String,
    pub(crate) entries: u64,
    pub(crate) root: Digest,
}

/// A store in a folder, and the key that its heads are signed with.
struct Place {
    parts: Parts,
    dir: PathBuf,
    vkey: Vkey,
}

/// Runs the command.
///
/// # Errors
///
/// When the copy could not be made, does not verify, or is not this store's.
pub fn run(command: Backup) -> Result<(), Failure> {
    match command {
        Backup::Check { of, from } => {
            let about = Place::of(&of)?.check(&from)?;
            line(format_args!(
                "verified: {} entries of `{}` as of {}, root {}",
                about.entries, about.member, about.made, about.root
            ));
            Ok(())
        }
        Backup::Make { of, to } => Place::of(&of)?.make(&to, Clock::system().now()),
        Backup::Restore { of, from } => Place::of(&of)?.restore(&from),
    }
}

impl Place {
    fn of(stored: &Stored) -> Result<Self, Failure> {
        let parts = match (&stored.agency, &stored.hub) {
            (Some(file), _) => AgencyConfig::read(file)?.parts,
            (None, Some(file)) => HubConfig::read(file)?.parts,
            (None, None) => return Err("give `--agency` or `--hub`".into()),
        };
        let Kept::Dir(dir) = &parts.store.kept else {
            return Err(
                "this store is kept in a database, which its own tools copy: \
                 docs/guide/postgresql.md, Backup"
                    .into(),
            );
        };
        let name = KeyName::new(parts.store.origin.as_str())?;
        Ok(Self {
            dir: dir.clone(),
            vkey: parts.keys.ledger_key()?.vkey(&name),
            parts,
        })
    }

    fn make(&self, to: &Path, now: Timestamp) -> Result<(), Failure> {
        if within(to, &self.dir)? {
            return Err(format!("{}: a copy does not lie in the store", to.display()).into());
        }
        new_folder(to)?;
        let made = self.fill(to, now);
        if made.is_err() {
            // Half a copy is none, and would be in the way of the next.
            fs::remove_dir_all(to).map_err(|error| named(to, &error))?;
        }
        made
    }

    /// Copies the store into a new folder, verifies what is there, and says what it holds.
    fn fill(&self, to: &Path, now: Timestamp) -> Result<(), Failure> {
        for name in FOLDERS {
            if self.dir.join(name).is_dir() {
                copy_folder(&self.dir.join(name), &to.join(name))?;
            }
        }
        let report = self.sound(to)?;
        if report.first_bad.is_some() {
            line(
                "an unfinished write at the end is left out; if no gateway was writing, it may be one \
                 that was lost: compare with `stile ledger verify --earlier`",
            );
        }
        let about = About {
            made: now,
            member: self.parts.member.clone(),
            origin: self.parts.store.origin.clone(),
            entries: report.entries,
            root: report.root,
        };
        let text = toml::to_string(&about)?;
        let mut file = new_file(&to.join(ABOUT))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        flush(to)?;
        line(format_args!(
            "copied {} entries to {}, root {}; keys are not in it",
            about.entries,
            to.display(),
            about.root
        ));
        Ok(())
    }

    /// What the copy holds, once every byte was verified and the epoch key was seen to open it.
    fn check(&self, from: &Path) -> Result<About, Failure> {
        let about: About = read(&from.join(ABOUT))?;
        if about.member != self.parts.member || about.origin != self.parts.store.origin {
            let found = format!("a copy of `{}`, {}", about.member, about.origin);
            return Err(format!("{}: {found}, is another store's", from.display()).into());
        }
        let report = self.opened(from)?;
        if report.entries != about.entries || report.root != about.root {
            return Err(format!(
                "{}: it held {} entries when it was made, and holds {}",
                from.display(),
                about.entries,
                report.entries
            )
            .into());
        }
        Ok(about)
    }

    fn restore(&self, from: &Path) -> Result<(), Failure> {
        self.has_room()?;
        let about = self.check(from)?;
        if !self.dir.is_dir() {
            new_folder(&self.dir)?;
            self.dir.parent().map_or(Ok(()), flush)?;
        }
        // A gateway goes on with files that were moved away: it is to be stopped first.
        let _locked = FolderLock::take(&self.dir)?;
        mark(&self.dir, &about)?;
        drop_index(&self.dir)?;
        for name in FOLDERS {
            if from.join(name).is_dir() {
                copy_folder(&from.join(name), &self.dir.join(name))?;
            }
        }
        flush(&self.dir)?;
        line(format_args!(
            "restored {} entries as of {}; tell the partnership before the gateway starts: it \
             releases nothing until an officer orders it with `stile ledger resume`",
            about.entries, about.made
        ));
        line(
            "rules, holds, accounts and which revocation list and directory count as newest are of \
             that moment again; before that order put right what changed since: \
             docs/guide/operate.md, part 3",
        );
        Ok(())
    }

    /// Nothing is written over, and nothing of the store that was lost stays among what comes back.
    fn has_room(&self) -> Result<(), Failure> {
        let left = if self.dir.join("journal").exists() {
            "a journal"
        } else if self.dir.join("archived").is_dir() {
            "a folder `archived`"
        } else {
            return Ok(());
        };
        Err(format!(
            "{}: there is {left}; move the whole folder aside and keep it, before a copy takes its \
             place",
            self.dir.display()
        )
        .into())
    }

    fn sound(&self, dir: &Path) -> Result<Report, Failure> {
        without_fault(dir, verify_dir(dir, &self.vkey, |_| {})?)
    }

    /// As [`Place::sound`], and that the epoch key opens it: else it brings back proofs alone.
    fn opened(&self, dir: &Path) -> Result<Report, Failure> {
        let keys = epoch_key(&self.parts)?;
        let origin = self.parts.store.origin.as_str();
        match verify_dir_opened(dir, &self.vkey, origin, keys) {
            Err(StoreError::WrongEpochKey) => Err(format!(
                "{}: the epoch key of this configuration does not open it; put back the key that \
                 belongs to it, or use a newer copy: one from before an erasure, or from while one \
                 went on, opens no more",
                dir.display()
            )
            .into()),
            report => without_fault(dir, report?),
        }
    }
}

/// What a running gateway was writing when it was copied, the next start cuts: it was never
/// acknowledged. How many whole entries there must be is in `backup.toml`.
fn without_fault(dir: &Path, report: Report) -> Result<Report, Failure> {
    match &report.first_bad {
        Some(finding) if !finding.unfinished => Err(format!("{}: {finding}", dir.display()).into()),
        Some(_) | None => Ok(report),
    }
}

/// Would a new folder `path` lie in `folder`, by whatever links its path goes?
fn within(path: &Path, folder: &Path) -> Result<bool, Failure> {
    let beside = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    };
    // Nothing is in a folder that is not there.
    if !folder.exists() {
        return Ok(false);
    }
    let (beside, folder) = (real(beside)?, real(folder)?);
    // Without a name of its own, as `a/..`, it is no new folder.
    let here = path
        .file_name()
        .map_or(beside.clone(), |name| beside.join(name));
    Ok(here.starts_with(folder))
}

fn real(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|error| named(path, &error))
}

/// Marks the store in `dir` as put back from a copy, in one step and durably.
fn mark(dir: &Path, about: &About) -> Result<(), Failure> {
    let (fresh, mark) = (dir.join(format!("{MARK}.new")), dir.join(MARK));
    if fresh.exists() {
        // Left by one that was broken off.
        fs::remove_file(&fresh).map_err(|error| named(&fresh, &error))?;
    }
    let mut file = new_file(&fresh)?;
    file.write_all(toml::to_string(about)?.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, &mark).map_err(|error| named(&mark, &error))?;
    flush(dir)
}

/// Takes away the index of a journal that was lost: it holds no truth, and the next start would miss in
/// the copy what the index has seen since.
fn drop_index(dir: &Path) -> Result<(), Failure> {
    let index = dir.join("index");
    match fs::remove_dir_all(&index) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(named(&index, &error)),
        Ok(()) | Err(_) => flush(dir),
    }
}

/// What the copy held that the store in `dir` came back from, as long as that is not recorded.
///
/// # Errors
///
/// When the mark is there and cannot be read.
pub(crate) fn restored(dir: &Path) -> Result<Option<About>, Failure> {
    let mark = dir.join(MARK);
    match mark.try_exists() {
        Ok(false) => Ok(None),
        Ok(true) => read(&mark).map(Some),
        Err(error) => Err(named(&mark, &error)),
    }
}

/// Takes the mark away, once the halt is durable in the ledger.
///
/// # Errors
///
/// When it stays.
pub(crate) fn unmark(dir: &Path) -> Result<(), Failure> {
    let mark = dir.join(MARK);
    fs::remove_file(&mark).map_err(|error| named(&mark, &error))?;
    flush(dir)
}

/// Copies a folder with what is in it, one that lies in it, too: `archived/` has one for each archiving.
fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    new_folder(to)?;
    for path in sorted(from)? {
        let Some(name) = path.file_name().filter(|name| *name != UNFINISHED) else {
            continue;
        };
        if path.is_dir() {
            copy_files(&path, &to.join(name))?;
        } else {
            copy_file(&path, &to.join(name))?;
        }
    }
    flush(to)
}

fn copy_files(from: &Path, to: &Path) -> Result<(), Failure> {
    new_folder(to)?;
    for file in sorted(from)?.iter().filter(|file| file.is_file()) {
        if let Some(name) = file.file_name() {
            copy_file(file, &to.join(name))?;
        }
    }
    flush(to)
}

/// What is in a folder, oldest first: what is copied is always a beginning of the journal.
fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let list = fs::read_dir(folder).map_err(|error| named(folder, &error))?;
    let mut paths = list
        .map(|file| file.map(|file| file.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

fn copy_file(from: &Path, to: &Path) -> Result<(), Failure> {
    let mut source = File::open(from).map_err(|error| named(from, &error))?;
    let mut copy = new_file(to)?;
    std::io::copy(&mut source, &mut copy).map_err(|error| named(from, &error))?;
    Ok(copy.sync_all()?)
}

fn new_folder(path: &Path) -> Result<(), Failure> {
    fs::DirBuilder::new()
        .mode(0o700)
        .create(path)
        .map_err(|error| named(path, &error))
}

fn new_file(path: &Path) -> Result<File, Failure> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| named(path, &error))
}

fn flush(folder: &Path) -> Result<(), Failure> {
    Ok(File::open(folder)?.sync_all()?)
}
