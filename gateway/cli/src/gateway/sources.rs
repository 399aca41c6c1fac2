//! An agency's sources at start and while it runs: connected, read into memory where the mapping
//! says so, counted.

use stile_exchange::clock::Clock;
use stile_exchange::held::{AllHeld, HeldError, HeldPeople};
use stile_linkage::Frequencies;
use stile_model::subject::PersonCounts;
use stile_sources::{Mapping, Source};

use super::progress::Bar;
use crate::run::Failure;

/// Sources ready to be asked.
pub(super) struct Ready {
    pub(super) sources: Vec<Source>,
    pub(super) held: AllHeld,
    pub(super) frequencies: Frequencies,
    /// What was counted, of each source in its order.
    pub(super) counts: Vec<PersonCounts>,
}

/// Connects every source and proves it read-only, reads people into memory where the mapping says
/// so, and counts them.
///
/// # Errors
///
/// When a source does not answer, can be written, or cannot be read as it is mapped.
pub(super) async fn connect(mapping: &Mapping, clock: &Clock) -> Result<Ready, Failure> {
    let mut sources = Vec::new();
    let mut all = Vec::new();
    for mapped in &mapping.sources {
        let source = crate::source::connect(mapped, clock).await?;
        let mut bar = Bar::new(format!("the people of `{}`", source.name()), "people");
        let show = |done, total| bar.show(done, total);
        if let Some(held) = HeldPeople::read(&source, clock.clone(), show).await? {
            let index = held.index()?;
            let (people, bytes) = (index.people(), index.bytes());
            tracing::info!(
                source = held.source(),
                people,
                bytes,
                "people are held in memory"
            );
            all.push(held);
        }
        sources.push(source);
    }
    let held = AllHeld::new(all);
    let counts = counts(&sources, &held).await?;
    Ok(Ready {
        sources,
        held,
        frequencies: Frequencies::new(&counts),
        counts,
    })
}

async fn counts(sources: &[Source], held: &AllHeld) -> Result<Vec<PersonCounts>, HeldError> {
    let mut counts = Vec::new();
    for source in sources {
        counts.push(held.of(source).counts().await?);
    }
    Ok(counts)
}
