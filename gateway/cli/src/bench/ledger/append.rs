//! Appends by 1 to 256 callers at once, in turns with a bare file: one write and one `fdatasync` for
//! everything that waits. Without giving up durability or grouping, nothing can do more.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::super::Ledger;
use super::super::figures::{Laps, head, millis, rate, row};
use super::super::ground::Ground;
use super::book::{Press, open};
use crate::output::line;
use crate::run::Failure;

const CALLERS: [usize; 4] = [1, 16, 64, 256];
/// Turns that the two take in each row.
const TURNS: u32 = 6;
/// Bytes of a record in the bare file.
const RECORD: usize = 500;
const FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Records written at once.
const GROUP: usize = 1_024;

/// Prints the table.
pub(super) async fn run(bench: &Ledger, ground: &Ground) -> Result<(), Failure> {
    let turn = Duration::from_secs(bench.seconds) / TURNS;
    let press = Arc::new(Press::after(0)?);
    let (store, _) = open(&ground.folder("append")?, |_| ())?;
    let bare = Bare::at(&ground.folder("bare")?.join("file"))?;
    let sample = press.batch(1)?;
    let leaf = store.commit(sample).await?;
    let bytes = leaf.receipts.first().map_or(0, |first| first.leaf().len());
    line(format_args!(
        "leaf: {bytes} bytes; bare record: {RECORD} bytes\n"
    ));
    head(&[
        "callers",
        "appends per s",
        "p50 ms",
        "p99 ms",
        "bare per s",
        "bare p50 ms",
        "bare p99 ms",
        "ratio",
    ]);
    for callers in CALLERS {
        let (mut ours, mut plain) = (Round::default(), Round::default());
        let mut ratios = Vec::new();
        for _ in 0..TURNS {
            let (bare, store, press) = (bare.clone(), store.clone(), Arc::clone(&press));
            let limit = volley(callers, turn, move || {
                let bare = bare.clone();
                async move { bare.append().await }
            })
            .await?;
            let reached = volley(callers, turn, move || {
                let (store, press) = (store.clone(), Arc::clone(&press));
                async move {
                    let batch = press.batch(1)?;
                    store.commit(batch).await?;
                    Ok(())
                }
            })
            .await?;
            ratios.push(reached.rate() / limit.rate().max(1e-9));
            plain.extend(limit);
            ours.extend(reached);
        }
        row(&[
            callers.to_string(),
            format!("{:.0}", ours.rate()),
            millis(ours.laps.percentile(50)),
            millis(ours.laps.percentile(99)),
            format!("{:.0}", plain.rate()),
            millis(plain.laps.percentile(50)),
            millis(plain.laps.percentile(99)),
            format!("{:.2}", median(&mut ratios)),
        ]);
    }
    line(format_args!(
        "\nratio: median of {TURNS} turns; an append is one commit of one entry, acknowledged with its receipt\n"
    ));
    Ok(())
}

/// What one turn, or several, gave.
#[derive(Default)]
struct Round {
    laps: Laps,
    wall: Duration,
}

impl Round {
    fn rate(&self) -> f64 {
        rate(self.laps.len(), self.wall)
    }

    fn extend(&mut self, other: Self) {
        self.laps.join(other.laps);
        self.wall += other.wall;
    }
}

fn median(ratios: &mut [f64]) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or_default()
}

/// Lets `callers` do `work` again and again for as long as `turn`.
async fn volley<W, F>(callers: usize, turn: Duration, work: W) -> Result<Round, Failure>
where
    W: Fn() -> F + Clone + Send + 'static,
    F: Future<Output = Result<(), Failure>> + Send,
{
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let work = work.clone();
        tasks.spawn(async move {
            let mut laps = Vec::new();
            while start.elapsed() < turn {
                let lap = Instant::now();
                if let Err(error) = work().await {
                    return Err(error.to_string());
                }
                laps.push(lap.elapsed());
            }
            Ok(laps)
        });
    }
    let mut round = Round::default();
    while let Some(done) = tasks.join_next().await {
        round.laps.extend(done??);
    }
    round.wall = start.elapsed();
    Ok(round)
}

/// The bare file: no tree, no seal, no signature, no index.
#[derive(Clone)]
struct Bare(mpsc::Sender<oneshot::Sender<Result<(), String>>>);

impl Bare {
    fn at(path: &Path) -> Result<Self, Failure> {
        let file = File::create_new(path)?;
        zeros(&file)?;
        let (send, mut queue) = mpsc::channel::<oneshot::Sender<Result<(), String>>>(4_096);
        thread::Builder::new()
            .name("bare-writer".to_owned())
            .spawn(move || {
                let mut waiting = Vec::with_capacity(GROUP);
                let records = vec![0x5a; RECORD * GROUP];
                let mut at = 0;
                while queue.blocking_recv_many(&mut waiting, GROUP) > 0 {
                    let bytes = records.get(..RECORD * waiting.len()).unwrap_or_default();
                    let written = file
                        .write_all_at(bytes, at)
                        .and_then(|()| file.sync_data())
                        .map_err(|error| error.to_string());
                    at += u64::try_from(bytes.len()).unwrap_or(0);
                    if at + u64::try_from(records.len()).unwrap_or(0) > FILE_BYTES {
                        at = 0;
                    }
                    for caller in waiting.drain(..) {
                        let _ = caller.send(written.clone());
                    }
                }
            })?;
        Ok(Self(send))
    }

    async fn append(&self) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        self.0.send(reply).await?;
        Ok(answer.await??)
    }
}

/// Writes the whole file once, so that an append changes data only.
fn zeros(file: &File) -> std::io::Result<()> {
    let zeros = vec![0; 1024 * 1024];
    for place in (0..FILE_BYTES).step_by(zeros.len()) {
        file.write_all_at(&zeros, place)?;
    }
    file.sync_all()
}
