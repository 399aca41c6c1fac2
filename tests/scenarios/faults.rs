//! What breaks around a running gateway: its disk, its index, its journal, its sources, the
//! revocation list, its configuration. Each time: nothing wrong leaves, and the fault is named.

mod configuration;
mod disk;
mod index;
mod journal;
mod revocation;
mod source;

use std::time::{Duration, Instant};

use harness::PATIENCE;
use harness::process::Site;
use stile_cli::demo::world::{Kind, Story, story};
use stile_ledger::{EntryKind, Leaf};

use crate::STILE;

const POLICE: &str = "riverside-police";
const PEOPLE: usize = 100;

/// A police gateway that is set up and not running.
async fn police() -> Site {
    Site::set_up(STILE, &[Kind::Police], PEOPLE).await
}

/// The red case, asked of the police alone.
fn police_story() -> Story {
    let mut story = story();
    story.asks.retain(|kind, _| *kind == Kind::Police);
    story
}

/// Waits until `what` holds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "it never came to this: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How many permits a member's ledger holds, read from its bytes.
fn permits(site: &Site, member: &str) -> usize {
    let leaves = site.leaves(member);
    let kinds = leaves
        .iter()
        .map(|leaf| Leaf::parse(leaf).unwrap().entry.kind);
    kinds.filter(|kind| *kind == EntryKind::Permit).count()
}
