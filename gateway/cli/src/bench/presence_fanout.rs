//! One subject at eight agencies, blind, from the researcher's question to what is shown.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use stile_exchange::clock::Clock;
use stile_exchange::hub::{Case, CasePresence, CheckPresence, OpenCase, PresenceStatus};
use stile_model::id::{CaseId, MemberId};

use super::PresenceFanout;
use super::fanout::seats;
use super::figures::{self, Laps, head, millis, row};
use super::ground::{Ground, set_grid};
use crate::demo::Partnership;
use crate::demo::partnership::{HUB, RESEARCHER, Seat};
use crate::demo::world::{Kind, story};
use crate::output::line;
use crate::people::Desk;
use crate::run::Failure;

const SOON: Duration = Duration::from_secs(30);
/// Longest that agencies may take to make their sets and the hub to fetch them.
const SETS: Duration = Duration::from_hours(1);

/// Runs the measurement.
///
/// # Errors
///
/// What could not be set up, or a check that was not answered by every agency.
pub(super) async fn run(bench: &PresenceFanout) -> Result<(), Failure> {
    let ground = Ground::at(&bench.place)?;
    let people = ground.people(&Kind::ALL, bench.people)?;
    let seats = seats(&people)?;
    line("");
    head(&[
        "grid ms",
        "checks",
        "agencies",
        "bare p50 ms",
        "check p50 ms",
        "check p99 ms",
        "to bare and grid",
        "known at",
    ]);
    for &grid in &bench.grids {
        let dir = ground.folder(&format!("grid-{grid}"))?;
        let times = partnership(bench, &dir, &seats, grid).await?;
        let (bare, check) = (times.bare.percentile(50), times.check.percentile(50));
        let least = bare + Duration::from_millis(grid);
        row(&[
            grid.to_string(),
            times.check.len().to_string(),
            seats.len().to_string(),
            millis(bare),
            millis(check),
            millis(times.check.percentile(99)),
            format!("{:.2}", check.as_secs_f64() / least.as_secs_f64()),
            times.known.to_string(),
        ]);
    }
    figures::load("after");
    Ok(())
}

/// All checks, each beside a question to the hub alone.
#[derive(Default)]
struct Times {
    bare: Laps,
    check: Laps,
    /// Agencies at which the subject was found in the last check.
    known: usize,
}

async fn partnership(
    bench: &PresenceFanout,
    dir: &Path,
    seats: &[Seat],
    grid: u64,
) -> Result<Times, Failure> {
    let clock = Clock::system();
    let partnership = Partnership::set_up_seats(dir, seats, &clock).await?;
    for seat in seats {
        set_grid(dir, &seat.member, grid)?;
        offer_blind(dir, &seat.member)?;
    }
    add(
        &dir.join(HUB).join("hub.toml"),
        "\n[presence]\nrefresh_s = 1\nsets_mib = 16384\n",
    )?;
    let running = partnership.start(&clock).await?;
    let desk = Desk::open(&running.person(HUB, RESEARCHER))?;
    let measured = checks(bench, &desk, seats.len()).await;
    let stopped = running.stop().await;
    measured.and_then(|times| stopped.map(|()| times))
}

async fn checks(bench: &PresenceFanout, desk: &Desk, agencies: usize) -> Result<Times, Failure> {
    let waiting = Instant::now();
    let first = open(desk, 0).await?;
    while check(desk, &first).await?.1.is_some() {
        if waiting.elapsed() > SETS {
            return Err("not every agency's set came to the hub within an hour".into());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let mut times = Times::default();
    for turn in 1..=bench.rounds {
        let case = open(desk, turn).await?;
        let bare = Instant::now();
        let _: serde_json::Value = desk.get("/api/v1/agencies", SOON).await?;
        times.bare.add(bare.elapsed());
        let begun = Instant::now();
        let (found, gap) = check(desk, &case).await?;
        times.check.add(begun.elapsed());
        if let Some(gap) = gap {
            return Err(gap.into());
        }
        if found.agencies.len() != agencies {
            return Err(
                format!("{} of {agencies} agencies were asked", found.agencies.len()).into(),
            );
        }
        let known = found.agencies.iter();
        times.known = known
            .filter(|one| one.status == PresenceStatus::Known)
            .count();
    }
    Ok(times)
}

/// What was found, and the first gap in it.
async fn check(desk: &Desk, case: &CaseId) -> Result<(CasePresence, Option<String>), Failure> {
    let path = format!("/api/v1/cases/{case}/presence");
    let found: CasePresence = desk.post(&path, &CheckPresence::default()).await?;
    let gap = found.agencies.iter().find_map(|one| {
        let code = one.code.as_deref();
        let answered = !matches!(
            one.status,
            PresenceStatus::NotChecked | PresenceStatus::NotOffered
        );
        (!answered).then(|| format!("{}: {}", one.agency, code.unwrap_or("not offered")))
    });
    Ok((found, gap))
}

async fn open(desk: &Desk, turn: usize) -> Result<CaseId, Failure> {
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
    let _: Case = desk.post("/api/v1/cases", &matter).await?;
    Ok(id)
}

/// Blind presence, with as much budget as there may be.
fn offer_blind(dir: &Path, member: &MemberId) -> Result<(), Failure> {
    let table = "\n[presence]\nform = \"blind\"\nper_case_day = 1000\nper_hub_day = 10000\n\
                 per_minute = 10000\n";
    add(&dir.join(member.as_str()).join("agency.toml"), table)
}

fn add(file: &Path, table: &str) -> Result<(), Failure> {
    let mut file = fs::OpenOptions::new().append(true).open(file)?;
    Ok(file.write_all(table.as_bytes())?)
}
