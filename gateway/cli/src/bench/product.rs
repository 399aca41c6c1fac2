//! Eight agencies of which one is dead and one slow: from opening a case to a product with what the
//! other six said, beside the same case while all eight are well.

use std::path::Path;
use std::time::{Duration, Instant};

use stile_exchange::clock::Clock;
use stile_exchange::hub::{AgencyAsk, Case, CaseProgress, OpenCase, Raise, Raised};
use stile_model::id::{CaseId, MemberId};
use stile_product::Product;

use super::ProductOfTheRest;
use super::fanout::seats;
use super::figures::{self, Laps, head, millis, row};
use super::ground::{Ground, set_deadline, set_grid};
use crate::case::is_settled;
use crate::demo::Partnership;
use crate::demo::partnership::{HUB, RESEARCHER, Running, Seat};
use crate::demo::world::{Kind, story};
use crate::output::line;
use crate::people::Desk;
use crate::run::Failure;

/// The agency that is dead.
const DEAD: &str = "riverside-health";
/// The agency that answers late.
const SLOW: &str = "riverside-housing";
/// As shipped.
const GRID_MS: u64 = 250;
const SOON: Duration = Duration::from_secs(30);

/// How agencies stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// All eight answer.
    Well,
    /// The dead one's address refuses connections.
    Refuses,
    /// The dead one's address takes connections, and nothing ever comes from it.
    Silent,
}

impl State {
    const ALL: [Self; 3] = [Self::Well, Self::Refuses, Self::Silent];

    /// How many agencies the product waits for.
    const fn waits_for(self, agencies: usize) -> usize {
        match self {
            Self::Well => agencies,
            Self::Refuses | Self::Silent => agencies.saturating_sub(2),
        }
    }

    fn words(self, slow_ms: u64) -> String {
        match self {
            Self::Well => "all eight are well".to_owned(),
            Self::Refuses => format!("one refuses connections, one takes {slow_ms} ms"),
            Self::Silent => format!("one takes connections and is silent, one takes {slow_ms} ms"),
        }
    }
}

/// Runs the measurement.
///
/// # Errors
///
/// What could not be set up, or a case whose product never held what the rest said.
pub(super) async fn run(bench: &ProductOfTheRest) -> Result<(), Failure> {
    let ground = Ground::at(&bench.place)?;
    let people = ground.people(&Kind::ALL, bench.people)?;
    let seats = seats(&people)?;
    line("");
    head(&[
        "agencies",
        "cases",
        "in the product",
        "product p50 ms",
        "product p99 ms",
        "p50 to all well",
        "p99 to all well",
        "late answer after ms",
    ]);
    let mut well = None;
    for state in State::ALL {
        let dir = ground.folder(&format!("{state:?}"))?;
        let times = partnership(bench, &dir, &seats, state).await?;
        let (p50, p99) = (times.laps.percentile(50), times.laps.percentile(99));
        let (well_p50, well_p99) = *well.get_or_insert((p50, p99));
        let to = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64().max(1e-9);
        row(&[
            state.words(bench.slow_ms),
            times.laps.len().to_string(),
            state.waits_for(seats.len()).to_string(),
            millis(p50),
            millis(p99),
            format!("{:.2}", to(p50, well_p50)),
            format!("{:.2}", to(p99, well_p99)),
            times.late.map_or_else(|| "none".to_owned(), millis),
        ]);
    }
    figures::load("after");
    Ok(())
}

/// All cases, and when the slow agency's answer to the last one was there.
struct Times {
    laps: Laps,
    late: Option<Duration>,
}

async fn partnership(
    bench: &ProductOfTheRest,
    dir: &Path,
    seats: &[Seat],
    state: State,
) -> Result<Times, Failure> {
    let clock = Clock::system();
    let partnership = Partnership::set_up_seats(dir, seats, &clock).await?;
    let is_well = state == State::Well;
    for seat in seats {
        let late = !is_well && seat.member.as_str() == SLOW;
        let grid = if late { bench.slow_ms } else { GRID_MS };
        set_grid(dir, &seat.member, grid)?;
    }
    // Longer than the slow one takes, so that its answer does come; the dead one is waited for longer.
    set_deadline(dir, HUB, bench.slow_ms + 5_000)?;
    let away = if is_well {
        Vec::new()
    } else {
        vec![MemberId::new(DEAD)?]
    };
    let (running, held) = partnership.start_but(&away, &clock).await?;
    // What is held is bound and never accepted from: the system takes connections, nobody answers.
    let held = (state == State::Silent).then_some(held);
    let measured = measure(bench, &running, seats, state).await;
    let stopped = running.stop().await;
    drop(held);
    let times = measured?;
    stopped.map(|()| times)
}

async fn measure(
    bench: &ProductOfTheRest,
    running: &Running,
    seats: &[Seat],
    state: State,
) -> Result<Times, Failure> {
    let desk = Desk::open(&running.person(HUB, RESEARCHER))?;
    let enough = state.waits_for(seats.len());
    let mut laps = Laps::default();
    let mut last = None;
    // The first case opens the connections; it does not count.
    for turn in 0..=bench.rounds {
        let begun = Instant::now();
        let case = raise(&desk, seats, turn).await?;
        settled(&desk, &case, enough, begun + SOON).await?;
        let path = format!("/api/v1/cases/{case}/product");
        let product: Product = desk.get(&path, SOON).await?;
        let lap = begun.elapsed();
        let answered = product.counts.as_ref().map_or(0, |counts| counts.answered);
        // More than the rest is as wrong as less: then the product waited for the slow one.
        if answered != enough {
            return Err(format!("the product holds {answered} answers and not {enough}").into());
        }
        if turn > 0 {
            laps.add(lap);
        }
        last = Some((case, begun));
    }
    let late = match last {
        Some((case, begun)) if state != State::Well => {
            let patience = Duration::from_millis(bench.slow_ms + 5_000);
            settled(&desk, &case, enough + 1, begun + patience + SOON).await?;
            Some(begun.elapsed())
        }
        Some(_) | None => None,
    };
    Ok(Times { laps, late })
}

/// Opens a case and asks everybody.
async fn raise(desk: &Desk, seats: &[Seat], turn: usize) -> Result<CaseId, Failure> {
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
    let _: Case = desk.post("/api/v1/cases", &matter).await?;
    let path = format!("/api/v1/cases/{id}/enquiries");
    let _: Raised = desk.post(&path, &raise).await?;
    Ok(id)
}

/// Waits until so many agencies have said all that they say without a person, as a page does that is
/// open: it is told of each change.
async fn settled(desk: &Desk, case: &CaseId, enough: usize, until: Instant) -> Result<(), Failure> {
    let mut after = 0;
    loop {
        let path = format!("/api/v1/cases/{case}/progress?after={after}&wait_s=5");
        let progress: CaseProgress = desk.get(&path, SOON).await?;
        after = progress.version;
        let agencies = progress.agencies.iter();
        let told = agencies.filter(|agency| is_settled(&agency.state)).count();
        if told >= enough {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(format!("{told} of {enough} agencies answered in time").into());
        }
    }
}
