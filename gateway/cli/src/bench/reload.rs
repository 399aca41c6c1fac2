//! One agency asked without pause while everything that it can take without a restart is changed under
//! it each second, beside the same load while nothing changes: an error is an answer that did not come,
//! or that was not a good one.

mod changes;
mod load;

use std::path::Path;
use std::time::Duration;

use stile_exchange::clock::Clock;
use stile_model::id::MemberId;

use self::changes::{Changes, Changing};
use self::load::{Load, Told};
use super::Reload;
use super::figures::{self, head, millis, rate, row};
use super::ground::{AGENCY, Ground, seat, set_grid};
use crate::demo::Partnership;
use crate::demo::partnership::Running;
use crate::demo::world::Kind;
use crate::output::line;
use crate::run::Failure;

/// Runs the measurement.
///
/// # Errors
///
/// What could not be set up, a change that was refused, or any answer that failed.
pub(super) async fn run(bench: &Reload) -> Result<(), Failure> {
    let ground = Ground::at(&bench.place)?;
    let clock = Clock::system();
    let people = ground.people(&[Kind::Police], bench.people)?;
    let dir = ground.folder("partnership")?;
    let mut seats = Vec::new();
    for (kind, backend) in &people {
        seats.push(seat(AGENCY, *kind, backend)?);
    }
    let partnership = Partnership::set_up_seats(&dir, &seats, &clock).await?;
    for seat in &seats {
        set_grid(&dir, &seat.member, 0)?;
    }
    let running = partnership.start(&clock).await?;
    let measured = measure(bench, &dir, &running, &clock).await;
    let stopped = running.stop().await;
    figures::load("after");
    let errors = measured?;
    stopped?;
    if errors == 0 {
        return Ok(());
    }
    Err(format!("{errors} enquiries were not answered").into())
}

/// How many enquiries failed.
async fn measure(
    bench: &Reload,
    dir: &Path,
    running: &Running,
    clock: &Clock,
) -> Result<usize, Failure> {
    let started = running
        .started(&MemberId::new(AGENCY)?)
        .ok_or("the partnership has no such agency")?;
    let load = Load::of(dir, AGENCY, clock)?;
    let time = Duration::from_secs(bench.seconds);
    // Warms connections, caches and the allocator; it does not count.
    load.run(bench.together, Duration::from_secs(1)).await?;
    let still = load.run(bench.together, time).await?;
    let changing = Changing::begin(Changes::of(dir, started, clock)?);
    let changed = load.run(bench.together, time).await;
    let taken = changing.end().await?;
    let changed = changed?;
    show(bench, &still, &changed);
    line(format_args!(
        "\ntaken meanwhile: {} directories, {} revocation lists, {} policies",
        taken.directories, taken.lists, taken.policies
    ));
    for (what, count) in &changed.errors {
        line(format_args!("error: {what}: {count}"));
    }
    Ok(still.failed() + changed.failed())
}

fn show(bench: &Reload, still: &Told, changed: &Told) {
    head(&[
        "meanwhile",
        "at once",
        "answers",
        "of them on new connections",
        "errors",
        "per s",
        "p50 ms",
        "p99 ms",
        "worst ms",
        "per s to undisturbed",
    ]);
    let per_s = |told: &Told| rate(told.laps.len(), told.wall);
    for (name, told) in [("nothing changes", still), ("all changes", changed)] {
        row(&[
            name.to_owned(),
            bench.together.to_string(),
            told.laps.len().to_string(),
            told.anew.to_string(),
            told.failed().to_string(),
            format!("{:.0}", per_s(told)),
            millis(told.laps.percentile(50)),
            millis(told.laps.percentile(99)),
            millis(told.laps.percentile(100)),
            format!("{:.2}", per_s(told) / per_s(still).max(1e-9)),
        ]);
    }
}
