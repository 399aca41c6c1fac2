//! The campaign against the ledger: every fault that a disk, a kernel or another hand can do to it,
//! many times over, and after each whether every promise still holds.
//!
//! ```text
//! cargo test --release -p tests --test faults -- all         everything, about 20 minutes
//! cargo test -p tests --test faults -- slice                 a part of each, a few minutes
//! cargo test --release -p tests --test faults -- kill --rounds 50 --seed 7
//! ```
//!
//! What is promised, how each fault is made and what this cannot show is in `docs/reliability.md`.

mod book;
mod campaign;
mod dice;
mod disk;
mod failing;
mod kill;
mod power;
mod release;
mod scene;
mod shim;
mod tamper;
mod tiles;
mod worker;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use campaign::{Campaign, Row, Violation, table};
use shim::Shim;

/// The program that ships, as the processes of this campaign run it.
const STILE: &str = env!("CARGO_BIN_EXE_stile-under-test");

#[derive(Parser)]
#[command(
    name = "faults",
    about = "Breaks ledgers, and says whether every promise held."
)]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Where the random numbers come from.
    #[arg(long, global = true, default_value_t = 1948)]
    seed: u64,
    /// How many rounds, instead of the usual number.
    #[arg(long, global = true)]
    rounds: Option<u64>,
    /// The first life: repeats what a broken promise names.
    #[arg(long, global = true, default_value_t = 0)]
    life: u64,
    /// Print the table in Markdown.
    #[arg(long, global = true)]
    markdown: bool,
}

#[derive(clap::Subcommand, Clone, PartialEq, Eq)]
enum What {
    /// Every fault, in full.
    All,
    /// Every fault, a few rounds of each.
    Slice,
    /// Kill -9.
    Kill,
    /// Power cuts with unflushed writes lost, torn and reordered.
    Power,
    /// A failed flush, a restart on what memory shows, and a power cut.
    Unflushed,
    /// Flushes that fail.
    Sync,
    /// Writes that fail.
    Write,
    /// A full disk.
    Full,
    /// A clock that jumps.
    Clock,
    /// Every byte of a small ledger, flipped.
    Flips,
    /// A small ledger cut at every length.
    Truncations,
    /// Frames and segments removed, repeated, reordered.
    Reorders,
    /// Older copies put back.
    Rollbacks,
    /// The index changed, cut, removed, replaced by an older one.
    Index,
    /// Published tiles and heads changed.
    Tiles,
    /// The agency's own process: no release without a durable entry.
    Release,
    #[command(hide = true)]
    Worker(#[command(flatten)] WorkerArguments),
}

#[derive(clap::Args, Clone)]
struct WorkerArguments {
    #[command(flatten)]
    work: worker::Work,
}

impl PartialEq for WorkerArguments {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for WorkerArguments {}

impl What {
    const fn name(&self) -> &'static str {
        match self {
            Self::All | Self::Slice | Self::Worker(_) => "all",
            Self::Clock => "clock",
            Self::Flips => "flips",
            Self::Full => "full",
            Self::Index => "index",
            Self::Kill => "kill",
            Self::Power => "power",
            Self::Release => "release",
            Self::Reorders => "reorders",
            Self::Rollbacks => "rollbacks",
            Self::Sync => "sync",
            Self::Tiles => "tiles",
            Self::Truncations => "truncations",
            Self::Unflushed => "unflushed",
            Self::Write => "write",
        }
    }
}

type Run = fn(&Campaign, u64) -> Result<Row, Violation>;

/// Every fault with its rounds in full and in the slice.
fn faults() -> Vec<(What, u64, u64, Run)> {
    use failing::Kind;
    use power::Before;
    vec![
        (What::Kill, 1_000, 40, kill::run),
        (What::Power, 300, 30, |c, n| power::run(c, Before::Work, n)),
        (What::Unflushed, 100, 12, |c, n| {
            power::run(c, Before::FailedFlush, n)
        }),
        (What::Sync, 200, 12, |c, n| failing::run(c, Kind::Sync, n)),
        (What::Write, 200, 12, |c, n| failing::run(c, Kind::Write, n)),
        (What::Full, 60, 4, failing::full),
        (What::Clock, 40, 4, |c, n| failing::run(c, Kind::Clock, n)),
        // These go over every place of one ledger, whatever the number of rounds.
        (What::Flips, 1, 1, |c, _| tamper::flips(c)),
        (What::Truncations, 1, 1, |c, _| tamper::truncations(c)),
        (What::Reorders, 1, 1, |c, _| tamper::reorders(c)),
        (What::Rollbacks, 40, 6, tamper::rollbacks),
        (What::Index, 300, 18, tamper::index),
        (What::Tiles, 400, 40, tiles::run),
        (What::Release, 120, 8, release::run),
    ]
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let What::Worker(worker) = &arguments.what {
        return ExitCode::from(u8::try_from(worker::work(&worker.work)).unwrap_or(1));
    }
    quieten_sled();
    let folder = tempfile::tempdir().unwrap();
    let campaign = Campaign {
        shim: Shim::compile(folder.path()),
        seed: arguments.seed,
        first: arguments.life,
        slice: arguments.what == What::Slice,
    };
    run(&arguments, &campaign)
}

fn run(arguments: &Arguments, campaign: &Campaign) -> ExitCode {
    let (mut rows, mut broken) = (Vec::new(), false);
    for (what, full, slice, fault) in faults() {
        let wanted = match &arguments.what {
            What::All => full,
            What::Slice => slice,
            one if *one == what => full,
            _ => continue,
        };
        let begun = Instant::now();
        match fault(campaign, arguments.rounds.unwrap_or(wanted)) {
            Ok(row) => {
                if let Some(why) = &row.skipped {
                    eprintln!("\n    *** {}: {why} ***\n", row.fault);
                }
                println!(
                    "{}: every promise held, {} s",
                    row.fault,
                    begun.elapsed().as_secs()
                );
                rows.push(row);
            }
            Err(violation) => {
                broken = true;
                report(&what, campaign, &violation);
            }
        }
    }
    println!("\n{}", table(&rows, arguments.markdown));
    if broken {
        println!("A PROMISE WAS BROKEN, see above.");
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn report(what: &What, campaign: &Campaign, violation: &Violation) {
    let name = what.name();
    println!("BROKEN: {}", violation.words);
    println!(
        "  again: -- {name} --seed {} --life {} --rounds 1",
        campaign.seed, violation.life
    );
    if let Some(folder) = &violation.folder {
        println!("  as found: {}", folder.display());
    }
}

/// sled panics on damaged files where others fail; the store catches that, so it is not news.
fn quieten_sled() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let from_sled = info
            .location()
            .is_some_and(|place| place.file().contains("sled-"));
        if !from_sled {
            usual(info);
        }
    }));
}
