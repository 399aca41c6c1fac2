//! `stile bench`: how fast and how small gateways are on this machine, measured and printed.
//!
//! Never a test: a figure means something only beside the machine it was taken on, so every table
//! starts with what that machine is and what else it was doing. Tables are Markdown.

mod bare;
mod dial_out;
mod document;
mod enquiry;
mod fanout;
mod figures;
mod ground;
mod ledger;
mod matching;
mod pages;
mod policy;
mod presence;
mod presence_fanout;
mod process;

use std::path::PathBuf;

use clap::Subcommand;

use crate::run::Failure;

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// One agency that dials its hub, asked in turns with the same agency at its address.
    DialOut(DialOut),
    /// A copy of a product of thirty pages, typeset by `stile-pdf` as its own process.
    Document(Document),
    /// One agency: from an enquiry to its signed, durable return, beside a bare server.
    Enquiry(Enquiry),
    /// Eight agencies: from opening a case to its product.
    Fanout(Fanout),
    /// Each gateway as its own process: start to ready, and memory when idle.
    Gateway(Gateway),
    /// The ledger: appends beside a bare file, and how everything grows with its length.
    Ledger(Ledger),
    /// Finding the person: expanding, fetching and weighing, and how true the outcome is.
    Matching(Matching),
    /// The hub's pages under many people: times, bytes, and the floor beside them.
    Pages(Pages),
    /// Policy: rulings beside Casbin, activation with its proof, a change, and the past replayed.
    Policy(Policy),
    /// Blind presence: tokens and evaluations beside the bare OPRF, the hub's side, and sets.
    Presence(Presence),
    /// Eight agencies: one subject's blind presence, from the question to what is shown.
    PresenceFanout(PresenceFanout),
}

/// Where to measure.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// Folder on the disk to measure; a temporary folder is made in it and removed again.
    #[arg(long)]
    pub dir: Option<PathBuf>,
}

/// `stile bench dial-out`.
#[derive(Debug, clap::Args)]
pub struct DialOut {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// People in each agency's system, 50 to 200000.
    #[arg(long, default_value_t = 2_000)]
    pub people: usize,
    /// Times both take turns, 1 to 1000.
    #[arg(long, default_value_t = 10)]
    pub rounds: usize,
}

/// `stile bench document`.
#[derive(Debug, clap::Args)]
pub struct Document {
    /// The program; the one beside this when left out.
    #[arg(long)]
    pub typesetter: Option<PathBuf>,
    /// Items in the chronology, 1 to 5000; 340 make about thirty pages.
    #[arg(long, default_value_t = 340)]
    pub items: usize,
    /// Documents typeset, 1 to 1000.
    #[arg(long, default_value_t = 30)]
    pub rounds: usize,
}

/// `stile bench enquiry`.
#[derive(Debug, clap::Args)]
pub struct Enquiry {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// People in the agency's system, 50 to 200000.
    #[arg(long, default_value_t = 100_000)]
    pub people: usize,
    /// Times the agency and the bare server take turns, 1 to 1000.
    #[arg(long, default_value_t = 10)]
    pub rounds: usize,
}

/// `stile bench fanout`.
#[derive(Debug, clap::Args)]
pub struct Fanout {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// People in each agency's system, 50 to 200000.
    #[arg(long, default_value_t = 2_000)]
    pub people: usize,
    /// Cases opened, 1 to 1000.
    #[arg(long, default_value_t = 30)]
    pub rounds: usize,
}

/// `stile bench gateway`.
#[derive(Debug, clap::Args)]
pub struct Gateway {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// People in each agency's system, 50 to 200000; repeat for more.
    #[arg(long, default_values_t = [2_000, 100_000])]
    pub people: Vec<usize>,
    /// Seconds a gateway is left alone before its memory is read, 0 to 600.
    #[arg(long, default_value_t = 2)]
    pub idle_s: u64,
}

/// `stile bench ledger`.
#[derive(Debug, clap::Args)]
pub struct Ledger {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Entries at which the growing ledger is measured, ascending, 1000 to 100000000.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    pub sizes: Vec<u32>,
    /// Seconds that the ledger and the bare file each append in every row, 0 to 600; 0 leaves that
    /// table out.
    #[arg(long, default_value_t = 6)]
    pub seconds: u64,
    /// File to draw the growth into, as SVG.
    #[arg(long)]
    pub plot: Option<PathBuf>,
}

/// `stile bench matching`.
#[derive(Debug, clap::Args)]
pub struct Matching {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Made-up people whom the agency holds, 1000 to 10000000; several in one run by commas.
    #[arg(long, value_delimiter = ',', default_values_t = [100_000])]
    pub people: Vec<u32>,
    /// People asked about, of whom half are not held, 100 to 100000.
    #[arg(long, default_value_t = 1_000)]
    pub queries: u32,
    /// Where candidates come from.
    #[arg(long, value_enum, default_value_t = matching::From::Sqlite)]
    pub source: matching::From,
    /// Administrator's address of a running `PostgreSQL`; a database is made there and dropped again.
    #[arg(long)]
    pub postgres: Option<String>,
    /// Folder to write people and queries into as tables, for other programs.
    #[arg(long)]
    pub write: Option<PathBuf>,
}

/// `stile bench pages`.
#[derive(Debug, clap::Args)]
pub struct Pages {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Open cases, 1 to 99999.
    #[arg(long, default_value_t = 10_000)]
    pub cases: usize,
    /// People who are signed in and open pages at once, 1 to 200.
    #[arg(long, default_value_t = 50)]
    pub people: usize,
    /// Seconds for which each page is opened, 1 to 600.
    #[arg(long, default_value_t = 20)]
    pub seconds: u64,
    /// Milliseconds that each of them rests between two pages, 0 to 60000.
    #[arg(long, default_value_t = 1_000)]
    pub rest_ms: u64,
}

/// `stile bench policy`.
#[derive(Debug, clap::Args)]
pub struct Policy {
    /// Times everything is measured, 1 to 1000; the figures are medians.
    #[arg(long, default_value_t = 11)]
    pub rounds: usize,
}

/// `stile bench presence`.
#[derive(Debug, clap::Args)]
pub struct Presence {
    /// People of the agency whose sets are built, 1000 to 10000000.
    #[arg(long, default_value_t = 100_000)]
    pub people: usize,
    /// Members of the sets that are built and asked, each 1000 to 50000000.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000_000, 10_000_000])]
    pub members: Vec<usize>,
    /// Times tokens and evaluations take turns with the bare crate, 1 to 1000; medians are shown.
    #[arg(long, default_value_t = 11)]
    pub rounds: usize,
}

/// `stile bench presence-fanout`.
#[derive(Debug, clap::Args)]
pub struct PresenceFanout {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// People in each agency's system, 50 to 2000000.
    #[arg(long, default_value_t = 2_000)]
    pub people: usize,
    /// Checks, each of a case of its own, 1 to 1000.
    #[arg(long, default_value_t = 30)]
    pub rounds: usize,
    /// Release grids, in milliseconds; each has the agencies make their sets anew.
    #[arg(long, value_delimiter = ',', default_values_t = [0, 250])]
    pub grids: Vec<u64>,
}

/// Runs the command.
///
/// # Errors
///
/// What could not be set up, or an answer that is not what it should be.
pub async fn run(bench: Bench) -> Result<(), Failure> {
    match bench {
        Bench::DialOut(bench) => {
            within("people", bench.people, 50, 200_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            dial_out::run(&bench).await
        }
        Bench::Document(bench) => {
            within("items", bench.items, 1, 5_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            document::run(&bench)
        }
        Bench::Enquiry(bench) => {
            within("people", bench.people, 50, 200_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            enquiry::run(&bench).await
        }
        Bench::Fanout(bench) => {
            within("people", bench.people, 50, 200_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            fanout::run(&bench).await
        }
        Bench::Gateway(bench) => {
            for people in &bench.people {
                within("people", *people, 50, 200_000)?;
            }
            if bench.idle_s > 600 {
                return Err("`--idle-s` must be 0 to 600".into());
            }
            process::run(&bench).await
        }
        Bench::Ledger(bench) => {
            let ascending = bench.sizes.is_sorted_by(|one, next| one < next);
            let inside = bench
                .sizes
                .iter()
                .all(|size| (1_000..=100_000_000).contains(size));
            if !(ascending && inside) {
                return Err("`--sizes` must be ascending and each 1000 to 100000000".into());
            }
            if bench.seconds > 600 {
                return Err("`--seconds` must be 0 to 600".into());
            }
            ledger::run(&bench).await
        }
        Bench::Matching(bench) => {
            for people in &bench.people {
                within("people", usize::try_from(*people)?, 1_000, 10_000_000)?;
            }
            within("queries", usize::try_from(bench.queries)?, 100, 100_000)?;
            matching::run(&bench).await
        }
        Bench::Pages(bench) => {
            within("cases", bench.cases, 1, 99_999)?;
            within("people", bench.people, 1, 200)?;
            within("seconds", usize::try_from(bench.seconds)?, 1, 600)?;
            within("rest-ms", usize::try_from(bench.rest_ms)?, 0, 60_000)?;
            pages::run(&bench).await
        }
        Bench::Policy(bench) => {
            within("rounds", bench.rounds, 1, 1_000)?;
            policy::run(&bench)
        }
        Bench::Presence(bench) => {
            within("people", bench.people, 1_000, 10_000_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            for members in &bench.members {
                within("members", *members, 1_000, 50_000_000)?;
            }
            presence::run(&bench)
        }
        Bench::PresenceFanout(bench) => {
            within("people", bench.people, 50, 2_000_000)?;
            within("rounds", bench.rounds, 1, 1_000)?;
            presence_fanout::run(&bench).await
        }
    }
}

fn within(name: &str, value: usize, least: usize, most: usize) -> Result<(), Failure> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(format!("`--{name}` is {value}; it must be {least} to {most}").into())
    }
}

#[cfg(test)]
mod tests;
