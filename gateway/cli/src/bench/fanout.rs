//! Eight agencies and a hub in one process: from opening a case to reading its product.

use std::path::Path;
use std::time::{Duration, Instant};

use stile_exchange::clock::Clock;
use stile_exchange::hub::{AgencyAsk, Case, OpenCase, Raise, Raised};
use stile_model::code::CategoryStatus;
use stile_model::id::CaseId;
use stile_product::Product;

use super::Fanout;
use super::figures::{self, Laps, head, millis, row};
use super::ground::{Ground, seat, set_grid};
use crate::case;
use crate::demo::Partnership;
use crate::demo::partnership::{HUB, RESEARCHER, Seat, member};
use crate::demo::world::{Backend, Kind, story};
use crate::output::line;
use crate::people::Desk;
use crate::run::Failure;

const SECOND_POLICE: &str = "riverside-transport-police";
const SOON: Duration = Duration::from_secs(30);
const GRIDS_MS: [u64; 2] = [0, 250];

/// Runs the measurement.
///
/// # Errors
///
/// What could not be set up, or a case that did not come to its product.
pub(super) async fn run(bench: &Fanout) -> Result<(), Failure> {
    let ground = Ground::at(&bench.place)?;
    let people = ground.people(&Kind::ALL, bench.people)?;
    let seats = seats(&people)?;
    line("");
    head(&[
        "grid ms",
        "cases",
        "agencies",
        "answers p50 ms",
        "answers p99 ms",
        "product p50 ms",
        "product p99 ms",
        "not checked",
    ]);
    for grid in GRIDS_MS {
        let dir = ground.folder(&format!("grid-{grid}"))?;
        let times = partnership(bench, &dir, &seats, grid).await?;
        row(&[
            grid.to_string(),
            times.product.len().to_string(),
            seats.len().to_string(),
            millis(times.answers.percentile(50)),
            millis(times.answers.percentile(99)),
            millis(times.product.percentile(50)),
            millis(times.product.percentile(99)),
            times.not_checked.to_string(),
        ]);
    }
    figures::load("after");
    Ok(())
}

/// All cases, each from its opening to the last answer, and to the product.
#[derive(Default)]
struct Times {
    answers: Laps,
    product: Laps,
    not_checked: usize,
}

impl Times {
    fn add(&mut self, told: &Told) {
        self.answers.add(told.answers);
        self.product.add(told.product);
        self.not_checked += told.not_checked;
    }
}

/// One case.
struct Told {
    answers: Duration,
    product: Duration,
    not_checked: usize,
}

/// Eight seats: one of each kind, and a second police.
pub(super) fn seats(people: &[(Kind, Backend)]) -> Result<Vec<Seat>, Failure> {
    let mut seats = Vec::new();
    for (kind, backend) in people {
        seats.push(seat(member(*kind)?.as_str(), *kind, backend)?);
        if *kind == Kind::Police {
            seats.push(seat(SECOND_POLICE, *kind, backend)?);
        }
    }
    Ok(seats)
}

async fn partnership(
    bench: &Fanout,
    dir: &Path,
    seats: &[Seat],
    grid: u64,
) -> Result<Times, Failure> {
    let clock = Clock::system();
    let partnership = Partnership::set_up_seats(dir, seats, &clock).await?;
    for seat in seats {
        set_grid(dir, &seat.member, grid)?;
    }
    let running = partnership.start(&clock).await?;
    let desk = Desk::open(&running.person(HUB, RESEARCHER))?;
    let mut times = Times::default();
    let mut measured = Ok(());
    // The first case opens the connections; it does not count.
    for turn in 0..=bench.rounds {
        match one_case(&desk, seats, turn).await {
            Ok(told) if turn > 0 => times.add(&told),
            Ok(_) => {}
            Err(error) => {
                measured = Err(error);
                break;
            }
        }
    }
    let stopped = running.stop().await;
    measured.and(stopped).map(|()| times)
}

async fn one_case(desk: &Desk, seats: &[Seat], turn: usize) -> Result<Told, Failure> {
    let story = story();
    let id = CaseId::new(format!("BENCH-{turn:05}"))?;
    let matter = OpenCase {
        id: id.clone(),
        kind: story.case_kind.clone(),
        priority: story.priority,
        purpose: story.purpose.clone(),
        consent: story.consent.clone(),
        subjects: story.subjects.clone(),
    };
    let agencies = seats.iter().map(|seat| AgencyAsk {
        agency: seat.member.clone(),
        asks: story.asks.get(&seat.kind).cloned().unwrap_or_default(),
    });
    let raise = Raise {
        agencies: agencies.collect(),
        look_back_months: story.look_back_months,
        expires_in_h: 72,
    };
    let started = Instant::now();
    let _: Case = desk.post("/api/v1/cases", &matter).await?;
    let path = format!("/api/v1/cases/{id}/enquiries");
    let _: Raised = desk.post(&path, &raise).await?;
    case::watch(desk, &id, started + SOON, &mut |_| {}).await?;
    let answered = started.elapsed();
    let path = format!("/api/v1/cases/{id}/product");
    let product: Product = desk.get(&path, SOON).await?;
    let done = started.elapsed();
    Ok(Told {
        answers: answered,
        product: done,
        not_checked: not_checked(&product, seats.len())?,
    })
}

/// Findings that a silent source left unchecked; an agency without an answer is an error.
fn not_checked(product: &Product, agencies: usize) -> Result<usize, Failure> {
    let answered = product.counts.as_ref().map_or(0, |counts| counts.answered);
    if answered != agencies {
        return Err(format!("{answered} of {agencies} agencies answered in 30 s").into());
    }
    let findings = product.agencies.iter().flat_map(|agency| &agency.findings);
    Ok(findings
        .filter(|finding| finding.status == CategoryStatus::NotChecked)
        .count())
}
