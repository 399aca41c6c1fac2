//! One ledger that grows: at every size, what verifying, proving, finding and rebuilding take.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use stile_store::{Publisher, Query, Store, verify_dir};
use tokio::task::JoinSet;

use super::super::Ledger;
use super::super::figures::{Laps, first, head, mebibytes, millis, rate, row};
use super::super::ground::Ground;
use super::book::{Press, open};
use crate::run::Failure;

/// Entries committed together while the ledger is filled.
const TOGETHER: u32 = 1_024;
/// Commits under way at once.
const AT_ONCE: usize = 4;
/// Proofs and searches timed at every size.
const SAMPLES: u32 = 2_000;
const SEARCHES: u32 = 100;

/// What was measured at one size.
pub(super) struct Point {
    pub(super) entries: u32,
    /// Entries verified in a second.
    pub(super) verify: f64,
    /// Journal records (an entry and its body are two) indexed in a second.
    pub(super) rebuild: f64,
    pub(super) proof: Duration,
    /// All entries of one case found.
    pub(super) find: Duration,
}

/// Prints the table and gives its points.
pub(super) async fn run(bench: &Ledger, ground: &Ground) -> Result<Vec<Point>, Failure> {
    let folder = ground.folder("growth")?;
    let (dir, shown) = (folder.join("store"), folder.join("published"));
    head(&[
        "entries",
        "filled per s",
        "journal MiB",
        "index MiB",
        "verify entries per s",
        "verify most MiB",
        "rebuild records per s",
        "rebuild most MiB",
        "open ms",
        "proof p50 ms",
        "proof p99 ms",
        "find p50 ms",
        "publish 1 more ms",
        "commit + publish p99 ms",
    ]);
    let (mut made, mut points) = (0, Vec::new());
    for size in &bench.sizes {
        let (store, _) = open(&dir, |_| ())?;
        let filled = Instant::now();
        fill(&store, made, *size).await?;
        let filled = rate(wide(size - made), filled.elapsed());
        made = *size;
        drop(store);
        let verified = verify(&dir, made)?;
        let rebuilt = rebuild(&dir, made)?;
        let start = Instant::now();
        let (store, _) = open(&dir, |_| ())?;
        let opened = start.elapsed();
        let proofs = proofs(&store, made)?;
        let searches = searches(&store, made)?;
        let (published, provable) = publish(&store, &shown, &mut made).await?;
        drop(store);
        row(&[
            size.to_string(),
            format!("{filled:.0}"),
            mebibytes(kib(&dir.join("journal"))),
            mebibytes(kib(&dir.join("index"))),
            format!("{:.0}", verified.0),
            mebibytes(verified.1),
            format!("{:.0}", rebuilt.0),
            mebibytes(rebuilt.1),
            millis(opened),
            micros(proofs.percentile(50)),
            micros(proofs.percentile(99)),
            millis(searches.percentile(50)),
            millis(published),
            millis(provable.percentile(99)),
        ]);
        points.push(Point {
            entries: *size,
            verify: verified.0,
            rebuild: rebuilt.0,
            proof: proofs.percentile(50),
            find: searches.percentile(50),
        });
    }
    Ok(points)
}

async fn fill(store: &Store, made: u32, size: u32) -> Result<(), Failure> {
    let press = Press::after(made)?;
    let (mut left, mut tasks) = (size - made, JoinSet::new());
    while left > 0 || !tasks.is_empty() {
        if left > 0 && tasks.len() < AT_ONCE {
            let some = left.min(TOGETHER);
            left -= some;
            let (batch, store) = (press.batch(wide(some))?, store.clone());
            tasks.spawn(async move { store.commit(batch).await.map(|_| ()) });
        } else if let Some(done) = tasks.join_next().await {
            done??;
        }
    }
    Ok(())
}

/// Entries verified in a second, and the most memory that took in KiB.
fn verify(dir: &Path, entries: u32) -> Result<(f64, u32), Failure> {
    forget_peak();
    let start = Instant::now();
    let report = verify_dir(dir, &key()?, |_| ())?;
    let time = start.elapsed();
    if !report.is_sound() || report.entries != u64::from(entries) {
        return Err("the ledger that was measured does not verify".into());
    }
    Ok((rate(wide(entries), time), peak()))
}

/// Records indexed anew in a second, and the most memory that took in KiB.
fn rebuild(dir: &Path, entries: u32) -> Result<(f64, u32), Failure> {
    fs::remove_dir_all(dir.join("index"))?;
    forget_peak();
    let start = Instant::now();
    let (store, report) = open(dir, |_| ())?;
    let time = start.elapsed();
    let most = peak();
    if report.head.size != u64::from(entries) {
        return Err("the index was not rebuilt".into());
    }
    // Postings follow in the background; the next measurement waits for them.
    while store.unposted()? > 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok((rate(wide(entries).saturating_mul(2), time), most))
}

fn proofs(store: &Store, entries: u32) -> Result<Laps, Failure> {
    let mut laps = Laps::default();
    for n in 0..SAMPLES {
        let index = u64::from(n.wrapping_mul(2_654_435_761) % entries);
        let start = Instant::now();
        let receipt = store.receipt_for(index)?;
        laps.add(start.elapsed());
        receipt.proof().verify(receipt.leaf(), store.vkey())?;
    }
    Ok(laps)
}

fn searches(store: &Store, entries: u32) -> Result<Laps, Failure> {
    let mut laps = Laps::default();
    for n in 0..SEARCHES {
        let entry = n.wrapping_mul(2_654_435_761) % entries;
        let query = Query {
            case: Some(Press::case_of(entry)),
            limit: 100,
            ..Query::default()
        };
        let start = Instant::now();
        let page = store.find(&query)?;
        laps.add(start.elapsed());
        // Commits under way at once may be recorded in any order, so the index is not known.
        if page.entries.is_empty() {
            return Err("no entry was found by its case".into());
        }
    }
    Ok(laps)
}

/// Time to publish one more entry, and from its commit to where it can be proved from the folder.
async fn publish(store: &Store, dir: &Path, made: &mut u32) -> Result<(Duration, Laps), Failure> {
    let press = Press::after(*made)?;
    let mut publisher = Publisher::new(store.clone(), dir);
    publisher.publish(&store.signed_head(), None)?;
    let (mut laps, mut last) = (Laps::default(), Duration::ZERO);
    for _ in 0..20 {
        let start = Instant::now();
        store.commit(press.batch(1)?).await?;
        let committed = Instant::now();
        publisher.publish(&store.signed_head(), None)?;
        last = committed.elapsed();
        laps.add(start.elapsed());
        *made += 1;
    }
    Ok((last, laps))
}

fn key() -> Result<stile_ledger::Vkey, Failure> {
    let name = stile_ledger::KeyName::new("stile.example/bench")?;
    Ok(stile_ledger::LedgerKey::from_seed(&[1; 32])?.vkey(&name))
}

/// Milliseconds with four decimals.
fn micros(time: Duration) -> String {
    format!("{:.4}", time.as_secs_f64() * 1_000.0)
}

fn wide(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Kibibytes that the files of a folder take.
fn kib(dir: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt;
    let Ok(files) = fs::read_dir(dir) else {
        return 0;
    };
    let blocks: u64 = files
        .flatten()
        .map(|file| {
            let facts = file.metadata();
            facts.map_or(0, |facts| {
                if facts.is_dir() {
                    u64::from(kib(&file.path())) * 2
                } else {
                    facts.blocks()
                }
            })
        })
        .sum();
    u32::try_from(blocks / 2).unwrap_or(u32::MAX)
}

/// Starts measuring the most memory anew (proc(5), `clear_refs`).
fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most memory since then, in KiB.
fn peak() -> u32 {
    let text = first("/proc/self/status", "VmHWM").unwrap_or_default();
    let number = text.split(' ').next().unwrap_or_default();
    number.parse().unwrap_or_default()
}
