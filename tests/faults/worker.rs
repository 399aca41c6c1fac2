//! The process that is killed, cut off and lied to: opens a store, commits, and tells the standard
//! output of every promise after the store has made it.
//!
//! ```text
//! HEAD size root            the store is open with this head
//! TRY task n                about to commit batch n
//! ACK task n index:hash,…   acknowledged: each entry's place and the SHA-256 of its leaf
//! RCT receipt leaf          a receipt that was issued, both base64
//! ERR task n words          not acknowledged
//! END words                 nothing more will be committed
//! ```

use std::io::Write;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use stile_exchange::clock::Clock;
use stile_ledger::{Entry, EntryKind, KeyName, LedgerKey, Vkey};
use stile_model::digest::Digest;
use stile_model::id::CaseId;
use stile_store::{Batch, EpochKey, PendingEntry, Put, Store, StoreConfig, StoreError, Tree};

use crate::dice::Dice;

const ORIGIN: &str = "stile.example/faults";
/// Batches one run may hold; runs are told apart by it.
const MOST: u32 = 1_000_000;
/// Callers from this number on write little.
const LITTLE: u32 = 100;

/// What a worker is started with.
#[derive(Debug, Clone, clap::Args)]
pub struct Work {
    /// The store's folder.
    #[arg(long)]
    pub dir: PathBuf,
    /// Which run of this store it is, from zero.
    #[arg(long, default_value_t = 0)]
    pub run: u32,
    /// Callers at work at once.
    #[arg(long, default_value_t = 4)]
    pub tasks: u32,
    /// The number of the first caller; from 100 on they write little.
    #[arg(long, default_value_t = 0)]
    pub first_task: u32,
    /// Batches of each caller.
    #[arg(long, default_value_t = MOST)]
    pub batches: u32,
    /// Bytes of a journal segment.
    #[arg(long, default_value_t = 64 * 1024)]
    pub segment_bytes: u64,
    /// Free bytes below which only refusals are recorded.
    #[arg(long, default_value_t = 0)]
    pub low_space_bytes: u64,
    /// End without closing the store.
    #[arg(long)]
    pub abrupt: bool,
}

/// The settings of every store of the campaign.
pub fn settings(dir: &Path, segment_bytes: u64, low_space_bytes: u64) -> StoreConfig {
    StoreConfig {
        dir: dir.to_owned(),
        origin: ORIGIN.to_owned(),
        ledger_key: LedgerKey::from_seed(&[1; 32]).unwrap(),
        epoch_key: EpochKey::from_bytes([2; 32]),
        segment_bytes,
        low_space_bytes,
    }
}

/// The public key of every ledger of the campaign.
pub fn vkey() -> Vkey {
    let name = KeyName::new(ORIGIN).unwrap();
    LedgerKey::from_seed(&[1; 32]).unwrap().vkey(&name)
}

/// Everything about batch `n` of a caller, worked out from its numbers alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Job {
    /// Which run of the store.
    pub run: u32,
    /// Which caller.
    pub task: u32,
    /// Which of its batches.
    pub n: u32,
}

impl Job {
    /// Orders the changes of one key; a caller commits one batch after the other.
    pub fn order(self) -> u64 {
        u64::from(self.run) * u64::from(MOST) + u64::from(self.n)
    }

    /// How many entries it has.
    pub fn entries(self) -> u32 {
        [1, 1, 1, 2, 1, 3, 1, 0][(self.n % 8) as usize]
    }

    /// What tells its entry `k` from every other entry.
    pub fn digest(self, k: u32) -> Digest {
        let Self { run, task, n } = self;
        Digest::of(format!("{run}/{task}/{n}/{k}").as_bytes())
    }

    /// The body of its entry `k`; up to 3 KiB, sometimes up to 40.
    pub fn body(self, k: u32) -> Vec<u8> {
        let digest = self.digest(k);
        let mut dice = Dice::new(u64::from_be_bytes(
            *digest.as_bytes().first_chunk().unwrap(),
        ));
        let most = match self.task {
            LITTLE.. => 120,
            _ if dice.once_in(40) => 40_000,
            _ => 3_000,
        };
        let length = dice.place(most);
        digest
            .as_bytes()
            .iter()
            .copied()
            .cycle()
            .take(length)
            .collect()
    }

    /// The key it changes.
    pub fn key(self) -> String {
        format!("task-{}-{}", self.task, self.n % 5)
    }

    /// The key's new value; `None` when it is removed.
    pub fn value(self) -> Option<Vec<u8>> {
        (self.n % 11 != 10).then(|| self.order().to_string().into_bytes())
    }

    /// The order of the change that set `value`.
    pub fn order_of(value: &[u8]) -> Option<u64> {
        std::str::from_utf8(value).ok()?.parse().ok()
    }

    fn batch(self, clock: &Clock) -> Batch {
        let case = CaseId::new(format!("MASH-2026-{:05}", self.n % 3)).unwrap();
        let entries = (0..self.entries()).map(|k| PendingEntry {
            entry: Entry {
                digest: Some(self.digest(k)),
                ..Entry::new(EntryKind::Permit, clock.now())
            },
            body: self.body(k),
            case: Some(case.clone()),
            subjects: Vec::new(),
        });
        Batch {
            entries: entries.collect(),
            puts: vec![Put {
                tree: Tree::Enquiries,
                key: self.key().into_bytes(),
                value: self.value(),
                case: None,
            }],
            refusal_only: self.task == 0,
            ..Batch::default()
        }
    }
}

/// Works until it is killed, has done all, or the store fails. Gives the exit code.
pub fn work(work: &Work) -> i32 {
    let opened = Store::open(settings(
        &work.dir,
        work.segment_bytes,
        work.low_space_bytes,
    ));
    let (store, report) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            say(&format!("END not opened: {error}\n"));
            return 4;
        }
    };
    say(&format!("HEAD {} {}\n", report.head.size, report.head.root));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let poisoned = runtime.block_on(async {
        let mut callers = tokio::task::JoinSet::new();
        for task in work.first_task..work.first_task + work.tasks {
            callers.spawn(call(store.clone(), work.clone(), task));
        }
        let mut poisoned = false;
        while let Some(ended) = callers.join_next().await {
            poisoned |= ended.unwrap();
        }
        poisoned
    });
    if poisoned {
        say("END poisoned\n");
    } else {
        say("END all done\n");
    }
    if poisoned || work.abrupt {
        std::process::exit(if poisoned { 5 } else { 0 });
    }
    drop(store);
    0
}

/// One caller; says whether the store has failed for good.
async fn call(store: Store, work: Work, task: u32) -> bool {
    let clock = Clock::system();
    for n in 0..work.batches {
        let job = Job {
            run: work.run,
            task,
            n,
        };
        say(&format!("TRY {task} {n}\n"));
        match store.commit(job.batch(&clock)).await {
            Ok(done) => acknowledge(job, &done),
            Err(error) => {
                say(&format!("ERR {task} {n} {error}\n"));
                if matches!(error, StoreError::Unwritable) {
                    still_stands(&store, job, &clock).await;
                    return true;
                }
                if matches!(error, StoreError::DiskFull) && task != 0 {
                    return false;
                }
                assert!(matches!(error, StoreError::DiskFull), "{error}");
                if n > 0 && work.batches == MOST {
                    return false;
                }
            }
        }
    }
    false
}

/// A store that has failed takes nothing more, and what it acknowledged can still be read.
async fn still_stands(store: &Store, job: Job, clock: &Clock) {
    assert!(store.is_poisoned(), "unwritable, but not poisoned");
    let again = store.commit(job.batch(clock)).await;
    assert!(
        matches!(again, Err(StoreError::Unwritable)),
        "a failed store took a batch"
    );
    let Some(last) = store.head().size.checked_sub(1) else {
        return;
    };
    match store.entry(last) {
        Ok(_) => {}
        // The same full disk met the index, which then refuses reads until the next start.
        Err(StoreError::DiskFull) if index_may_be_full() => {}
        Err(error) => panic!("an acknowledged entry is not read: {error}"),
    }
}

/// Does the plan fill the disk for the index, too?
fn index_may_be_full() -> bool {
    let planned = |name: &str| std::env::var(name).unwrap_or_default();
    planned("STILE_FAULTS_PLAN").contains("ENOSPC") && planned("STILE_FAULTS_ONLY").is_empty()
}

fn acknowledge(job: Job, done: &stile_store::Committed) {
    let places = done.receipts.iter().map(|receipt| {
        let hash = Digest::of(receipt.leaf());
        format!("{}:{hash}", receipt.index())
    });
    let places: Vec<_> = places.collect();
    let mut said = format!("ACK {} {} {}\n", job.task, job.n, places.join(","));
    if job.n.is_multiple_of(4)
        && let Some(receipt) = done.receipts.last()
    {
        let (text, leaf) = (receipt.text(), receipt.leaf());
        let line = format!(
            "RCT {} {}\n",
            BASE64.encode(text.as_bytes()),
            BASE64.encode(leaf)
        );
        said.push_str(&line);
    }
    say(&said);
}

/// One write, so that a kill leaves whole lines but for the last.
fn say(lines: &str) {
    let mut out = std::io::stdout().lock();
    // The campaign may have stopped listening; then this process has nothing left to prove.
    if out
        .write_all(lines.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        std::process::exit(6);
    }
}
