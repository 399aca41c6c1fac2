//! What `stile bench` is told.

use std::path::PathBuf;

use super::matching;
use crate::run::Failure;

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

impl DialOut {
    pub(super) fn check(&self) -> Result<(), Failure> {
        within("people", self.people, 50, 200_000)?;
        within("rounds", self.rounds, 1, 1_000)
    }
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

impl Document {
    pub(super) fn check(&self) -> Result<(), Failure> {
        within("items", self.items, 1, 5_000)?;
        within("rounds", self.rounds, 1, 1_000)
    }
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
    /// Administrator's address of a running `PostgreSQL`: the people are there, in a database that is
    /// dropped again, and the bare server runs the same statements.
    #[arg(long)]
    pub postgres: Option<String>,
    /// How far it grows.
    #[command(flatten)]
    pub grow: GrowEnquiry,
}

impl Enquiry {
    pub(super) fn check(&self) -> Result<(), Failure> {
        within("people", self.people, 50, 200_000)?;
        within("rounds", self.rounds, 1, 1_000)?;
        self.grow.check()
    }
}

/// What grows, one thing at a time; only with `--postgres`.
#[derive(Debug, Default, clap::Args)]
pub struct GrowEnquiry {
    /// People in the agency's system, each 50 to 200000.
    #[arg(long, value_delimiter = ',', requires = "postgres")]
    pub grow_people: Vec<usize>,
    /// Systems that the agency has, each 1 to 16, all with the same people.
    #[arg(long, value_delimiter = ',', requires = "postgres")]
    pub sources: Vec<usize>,
    /// Hubs that ask, each 1 to 64.
    #[arg(long, value_delimiter = ',', requires = "postgres")]
    pub hubs: Vec<usize>,
    /// Rules beside the agency's own, each 0 to 2000.
    #[arg(long, value_delimiter = ',', requires = "postgres")]
    pub rules: Vec<usize>,
}

impl GrowEnquiry {
    pub(super) fn check(&self) -> Result<(), Failure> {
        for (name, values, least, most) in [
            ("grow-people", &self.grow_people, 50, 200_000),
            ("sources", &self.sources, 1, 16),
            ("hubs", &self.hubs, 1, 64),
            ("rules", &self.rules, 0, 2_000),
        ] {
            all_within(name, values, least, most)?;
        }
        Ok(())
    }
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

impl Fanout {
    pub(super) fn check(&self) -> Result<(), Failure> {
        within("people", self.people, 50, 200_000)?;
        within("rounds", self.rounds, 1, 1_000)
    }
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

impl Gateway {
    pub(super) fn check(&self) -> Result<(), Failure> {
        all_within("people", &self.people, 50, 200_000)?;
        within("idle-s", usize::try_from(self.idle_s)?, 0, 600)
    }
}

/// `stile bench handshake`.
#[derive(Debug, clap::Args)]
pub struct Handshake {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Certificates on the long list, 1 to 1000000.
    #[arg(long, default_value_t = 100_000)]
    pub revoked: usize,
    /// Times both acceptors take turns, each of twenty handshakes, 1 to 1000.
    #[arg(long, default_value_t = 100)]
    pub rounds: usize,
}

impl Handshake {
    pub(super) fn check(&self) -> Result<(), Failure> {
        within("revoked", self.revoked, 1, 1_000_000)?;
        within("rounds", self.rounds, 1, 1_000)
    }
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

impl Ledger {
    pub(super) fn check(&self) -> Result<(), Failure> {
        let ascending = self.sizes.is_sorted_by(|one, next| one < next);
        let inside = self
            .sizes
            .iter()
            .all(|size| (1_000..=100_000_000).contains(size));
        if !(ascending && inside) {
            return Err("`--sizes` must be ascending and each 1000 to 100000000".into());
        }
        within("seconds", usize::try_from(self.seconds)?, 0, 600)
    }
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

impl Matching {
    pub(super) fn check(&self) -> Result<(), Failure> {
        for people in &self.people {
            within("people", usize::try_from(*people)?, 1_000, 10_000_000)?;
        }
        within("queries", usize::try_from(self.queries)?, 100, 100_000)
    }
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

impl Pages {
    pub(super) fn check(&self) -> Result<(), Failure> {
        within("cases", self.cases, 1, 99_999)?;
        within("people", self.people, 1, 200)?;
        within("seconds", usize::try_from(self.seconds)?, 1, 600)?;
        within("rest-ms", usize::try_from(self.rest_ms)?, 0, 60_000)
    }
}

/// `stile bench policy`.
#[derive(Debug, clap::Args)]
pub struct Policy {
    /// Times everything is measured, 1 to 1000; the figures are medians.
    #[arg(long, default_value_t = 11)]
    pub rounds: usize,
}

impl Policy {
    pub(super) fn check(&self) -> Result<(), Failure> {
        within("rounds", self.rounds, 1, 1_000)
    }
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

impl Presence {
    pub(super) fn check(&self) -> Result<(), Failure> {
        within("people", self.people, 1_000, 10_000_000)?;
        within("rounds", self.rounds, 1, 1_000)?;
        all_within("members", &self.members, 1_000, 50_000_000)
    }
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

impl PresenceFanout {
    pub(super) fn check(&self) -> Result<(), Failure> {
        within("people", self.people, 50, 2_000_000)?;
        within("rounds", self.rounds, 1, 1_000)
    }
}

/// `stile bench product`.
#[derive(Debug, clap::Args)]
pub struct ProductOfTheRest {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// People in each agency's system, 50 to 200000.
    #[arg(long, default_value_t = 2_000)]
    pub people: usize,
    /// Cases opened in each state, 1 to 1000.
    #[arg(long, default_value_t = 100)]
    pub rounds: usize,
    /// Milliseconds that the slow agency takes, 0 to 10000.
    #[arg(long, default_value_t = 10_000)]
    pub slow_ms: u64,
}

impl ProductOfTheRest {
    pub(super) fn check(&self) -> Result<(), Failure> {
        within("people", self.people, 50, 200_000)?;
        within("rounds", self.rounds, 1, 1_000)?;
        within("slow-ms", usize::try_from(self.slow_ms)?, 0, 10_000)
    }
}

/// `stile bench reload`.
#[derive(Debug, clap::Args)]
pub struct Reload {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// People in the agency's system, 50 to 200000.
    #[arg(long, default_value_t = 2_000)]
    pub people: usize,
    /// Enquiries in flight, 1 to 64.
    #[arg(long, default_value_t = 8)]
    pub together: usize,
    /// Seconds of load with and without changes, 1 to 600.
    #[arg(long, default_value_t = 30)]
    pub seconds: u64,
}

impl Reload {
    pub(super) fn check(&self) -> Result<(), Failure> {
        within("people", self.people, 50, 200_000)?;
        within("together", self.together, 1, 64)?;
        within("seconds", usize::try_from(self.seconds)?, 1, 600)
    }
}

fn within(name: &str, value: usize, least: usize, most: usize) -> Result<(), Failure> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(format!("`--{name}` is {value}; it must be {least} to {most}").into())
    }
}

fn all_within(name: &str, values: &[usize], least: usize, most: usize) -> Result<(), Failure> {
    let mut values = values.iter();
    values.try_for_each(|value| within(name, *value, least, most))
}
