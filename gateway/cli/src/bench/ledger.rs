//! The ledger itself: appends beside a bare file, and how everything grows with its length.

mod append;
mod book;
mod growth;
mod plot;

use super::Ledger;
use super::figures;
use super::ground::Ground;
use crate::run::Failure;

/// Runs the measurement.
///
/// # Errors
///
/// What could not be set up, or a ledger that does not hold.
pub(super) async fn run(bench: &Ledger) -> Result<(), Failure> {
    let ground = Ground::at(&bench.place)?;
    if bench.seconds > 0 {
        append::run(bench, &ground).await?;
    }
    let points = growth::run(bench, &ground).await?;
    if let Some(file) = &bench.plot {
        std::fs::write(file, plot::svg(&points))?;
    }
    figures::load("after");
    Ok(())
}
