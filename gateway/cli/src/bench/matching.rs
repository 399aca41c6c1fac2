//! Finding the person: how long expanding a query, fetching candidates and weighing them take, and
//! how true the outcome is, among made-up people of any number.
//!
//! Half of those asked about are not held, though their family is. Queries carry neither an
//! identifier nor a telephone number, which would make them easy.

mod asked;
mod census;
mod database;
mod export;
mod held;
mod names;
mod tally;
mod town;

use std::time::Instant;

use clap::ValueEnum;
use stile_exchange::clock::Clock;

use self::census::Census;
use self::database::Database;
use self::export::Export;
use self::held::{Filling, Held};
use self::tally::Tally;
use super::Matching;
use super::figures::{self, head, row};
use super::ground::Ground;
use crate::demo::Made;
use crate::output::line;
use crate::run::Failure;

/// Queries that warm caches and connections first and are not counted.
const WARM: usize = 50;

/// Where candidates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// The memory-only index.
    Memory,
    /// Push-down to a `PostgreSQL` server.
    Postgres,
    /// Push-down to a `SQLite` file.
    Sqlite,
}

/// Runs the measurement.
///
/// # Errors
///
/// What could not be set up, or the first query that is not answered.
pub(super) async fn run(bench: &Matching) -> Result<(), Failure> {
    let ground = Ground::at(&bench.place)?;
    for people in &bench.people {
        let mut made = Vec::new();
        let measured = one_size(bench, &ground, *people, &mut made).await;
        for database in &made {
            database.discard().await?;
        }
        measured?;
    }
    figures::load("after");
    Ok(())
}

async fn one_size(
    bench: &Matching,
    ground: &Ground,
    people: u32,
    made: &mut Vec<Made>,
) -> Result<(), Failure> {
    let folder = ground.folder(&format!("people-{people}"))?;
    let mut census = Census::new(people, bench.queries, Clock::system().now().date())?;
    let before = resident();
    let mut filling = match bench.source {
        From::Memory => Filling::index(),
        From::Postgres => {
            let admin = bench.postgres.as_deref();
            let admin = admin.ok_or("`--source postgres` needs `--postgres`")?;
            Filling::Pushed(Database::postgres(admin, made).await?)
        }
        From::Sqlite => Filling::Pushed(Database::sqlite(&folder.join("people.db"))?),
    };
    fill(bench, people, &mut census, &mut filling).await?;
    let held = filling.ready(&folder).await?;
    show_memory(people, resident().saturating_sub(before), &held);
    for asked in census.asked.iter().take(WARM) {
        held.ask(asked, &mut Tally::default()).await?;
    }
    let mut tally = Tally::default();
    for asked in &census.asked {
        held.ask(asked, &mut tally).await?;
    }
    held.scan(&mut tally);
    show(people, &tally);
    Ok(())
}

async fn fill(
    bench: &Matching,
    people: u32,
    census: &mut Census,
    filling: &mut Filling,
) -> Result<(), Failure> {
    let began = Instant::now();
    let mut export = bench.write.as_deref().map(Export::to).transpose()?;
    loop {
        let rows = census.next_rows()?;
        if rows.is_empty() {
            break;
        }
        if let Some(export) = &mut export {
            export.add(&rows)?;
        }
        filling.add(&rows).await?;
    }
    if let Some(export) = export {
        export.finish(&census.asked)?;
    }
    line(format_args!(
        "made-up people: {people} rows; {} people of their town are asked about ({:.1} s)",
        census.asked.len(),
        began.elapsed().as_secs_f64()
    ));
    Ok(())
}

fn show_memory(people: u32, kib: u32, held: &Held) {
    if let (Some(built), Some(bytes)) = (held.built, held.bytes()) {
        line(format_args!(
            "index built in {:.2} s, {} bytes a person",
            built.as_secs_f64(),
            bytes / usize::try_from(people).unwrap_or(1).max(1),
        ));
    }
    line(format_args!(
        "names counted in {:.2} s; this program grew by {} MiB, {} bytes a person",
        held.counted.as_secs_f64(),
        figures::mebibytes(kib),
        u64::from(kib) * 1_024 / u64::from(people.max(1)),
    ));
}

fn show(people: u32, tally: &Tally) {
    line("");
    head(&[
        "people",
        "asked",
        "expand p50 ms",
        "p99",
        "fetch p50 ms",
        "p99",
        "resolve p50 ms",
        "p99",
        "whole p50 ms",
        "p99",
        "own processor p50 ms",
        "p99",
        "floor p50 ms",
        "floor ÷ fetch",
        "rows p50",
        "p99",
    ]);
    let mut cells = vec![people.to_string()];
    cells.extend(tally.times());
    row(&cells);
    tally.show_truth();
    line("");
}

/// Kibibytes of this process in memory.
fn resident() -> u32 {
    let text = figures::first("/proc/self/status", "VmRSS").unwrap_or_default();
    let number = text.split_whitespace().next().unwrap_or_default();
    number.parse().unwrap_or_default()
}
