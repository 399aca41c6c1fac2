//! From an enquiry to its signed, durable return, in turns with the bare server.

pub(super) mod caller;
pub(super) mod questions;

use std::sync::Arc;
use std::time::Duration;

use stile_exchange::clock::Clock;

use self::caller::{Caller, Volley};
use self::questions::Question;
use super::Enquiry;
use super::bare::{self, Bare};
use super::figures::{self, Laps, head, millis, rate, row};
use super::ground::{AGENCY, Ground, seat, set_grid};
use super::postgres;
use crate::demo::Partnership;
use crate::demo::world::Kind;
use crate::output::line;
use crate::run::Failure;

/// The agency measured: its answers leave at once.
const AT_ONCE: &str = AGENCY;
/// The same agency with the grid as shipped.
const ON_GRID: &str = "riverside-transport-police";
const GRID_MS: u64 = 250;
const TOGETHER: [usize; 3] = [1, 8, 64];

/// Runs the measurement.
///
/// # Errors
///
/// What could not be set up, or the first answer that is not a good one.
pub(super) async fn run(bench: &Enquiry) -> Result<(), Failure> {
    if let Some(admin) = &bench.postgres {
        return Box::pin(postgres::run(bench, admin)).await;
    }
    let ground = Ground::at(&bench.place)?;
    let clock = Clock::system();
    let people = ground.people(&[Kind::Police], bench.people)?;
    let dir = ground.folder("partnership")?;
    let mut seats = Vec::new();
    for (kind, backend) in &people {
        seats.push(seat(AT_ONCE, *kind, backend)?);
        seats.push(seat(ON_GRID, *kind, backend)?);
    }
    let partnership = Partnership::set_up_seats(&dir, &seats, &clock).await?;
    for seat in &seats {
        let grid = if seat.member.as_str() == ON_GRID {
            GRID_MS
        } else {
            0
        };
        set_grid(&dir, &seat.member, grid)?;
    }
    let running = partnership.start(&clock).await?;
    let measured = measure(bench, &dir, &clock).await;
    let stopped = running.stop().await;
    figures::load("after");
    measured.and(stopped)
}

async fn measure(bench: &Enquiry, dir: &std::path::Path, clock: &Clock) -> Result<(), Failure> {
    let agency = Caller::of(dir, AT_ONCE, clock)?;
    let bare = Bare::start(dir, &agency.agency_tls(dir, clock)?, clock).await?;
    let syncs = bare.syncs(200)?;
    line(format_args!(
        "one append and fdatasync alone: p50 {} ms, p99 {} ms\n",
        millis(syncs.percentile(50)),
        millis(syncs.percentile(99))
    ));
    let plain = Arc::new(agency.client_to(bare.endpoint.clone())?);
    head(&[
        "enquiry",
        "at once",
        "p50 ms",
        "p99 ms",
        "per s",
        "bare p50 ms",
        "bare p99 ms",
        "bare per s",
        "bare p50 ÷ p50",
        "per s ÷ bare per s",
        "CPU ms each",
        "answers",
        "not checked",
    ]);
    for question in [Question::one_child()?, Question::whole_family()?] {
        for together in TOGETHER {
            let mut pair = Pair::default();
            // A first turn warms connections, caches and the allocator; it does not count.
            for turn in 0..=bench.rounds {
                let count = (together * 4).max(64);
                let bodies = agency.sign(&question, count)?;
                let bare = caller::volley(&plain, bare::PATH, 0, bodies.clone(), together).await?;
                let ours = agency.ask(bodies, together).await?;
                if turn > 0 {
                    pair.bare.add(bare);
                    pair.ours.add(ours);
                }
            }
            pair.show(&question, together);
        }
    }
    on_grid(bench, dir, clock).await?;
    bare.stop().await
}

/// The same on the grid: time is the grid's, whatever the work.
async fn on_grid(bench: &Enquiry, dir: &std::path::Path, clock: &Clock) -> Result<(), Failure> {
    let agency = Caller::of(dir, ON_GRID, clock)?;
    let question = Question::one_child()?;
    let mut sum = Sum::default();
    for turn in 0..=bench.rounds.min(4) {
        let volley = agency.ask(agency.sign(&question, 64)?, 8).await?;
        if turn > 0 {
            sum.add(volley);
        }
    }
    line("");
    head(&[
        "enquiry",
        "grid ms",
        "at once",
        "p50 ms",
        "p99 ms",
        "per s",
        "answers",
        "not checked",
    ]);
    row(&[
        question.name.clone(),
        GRID_MS.to_string(),
        "8".to_owned(),
        millis(sum.laps.percentile(50)),
        millis(sum.laps.percentile(99)),
        format!("{:.0}", rate(sum.laps.len(), sum.wall)),
        sum.laps.len().to_string(),
        sum.not_checked.to_string(),
    ]);
    Ok(())
}

/// All turns of one side.
#[derive(Default)]
pub(super) struct Sum {
    pub(super) laps: Laps,
    wall: Duration,
    processor: Duration,
    pub(super) not_checked: usize,
}

impl Sum {
    pub(super) fn per_s(&self) -> f64 {
        rate(self.laps.len(), self.wall)
    }

    pub(super) fn median(&self) -> f64 {
        self.laps.percentile(50).as_secs_f64().max(1e-9)
    }

    /// Processor time of this process for each request, in milliseconds.
    pub(super) fn processor_ms(&self) -> f64 {
        1_000.0 / rate(self.laps.len(), self.processor)
    }

    pub(super) fn add(&mut self, volley: Volley) {
        self.laps.extend(volley.laps);
        self.wall += volley.wall;
        self.processor += volley.processor;
        self.not_checked += volley.not_checked;
    }
}

/// Both sides of one row.
#[derive(Default)]
pub(super) struct Pair {
    pub(super) ours: Sum,
    pub(super) bare: Sum,
}

impl Pair {
    fn show(&self, question: &Question, together: usize) {
        row(&[
            question.name.clone(),
            together.to_string(),
            millis(self.ours.laps.percentile(50)),
            millis(self.ours.laps.percentile(99)),
            format!("{:.0}", self.ours.per_s()),
            millis(self.bare.laps.percentile(50)),
            millis(self.bare.laps.percentile(99)),
            format!("{:.0}", self.bare.per_s()),
            format!("{:.2}", self.bare.median() / self.ours.median()),
            format!("{:.2}", self.ours.per_s() / self.bare.per_s()),
            format!("{:.2}", self.ours.processor_ms()),
            self.ours.laps.len().to_string(),
            self.ours.not_checked.to_string(),
        ]);
    }
}
