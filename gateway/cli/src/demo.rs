//! The demonstration: a whole partnership on this machine, loopback only, with made-up people.
//!
//! Every gateway is set up from the same configuration files a real one would have, so that the
//! folder it leaves behind can be looked at, and each gateway started again by hand.

mod accounts;
mod databases;
mod pages;
pub mod partnership;
mod port;
mod servers;
mod show;
mod story;
mod typesetter;
pub mod world;

use std::path::{Path, PathBuf};

use crate::args::Demo;
use crate::output::line;
use crate::run::Failure;

pub use partnership::{Partnership, Running};
pub(crate) use servers::{Filling, Made, make_postgres, postgres as fill_postgres};
pub use world::World;

/// Seed of the synthetic world: every demo shows the same people.
pub const SEED: u64 = 1948;

const PEOPLE: std::ops::RangeInclusive<usize> = 50..=200_000;

/// Runs the demonstration.
///
/// # Errors
///
/// What could not be made or did not verify.
pub async fn run(demo: Demo) -> Result<(), Failure> {
    if !PEOPLE.contains(&demo.people) {
        return Err("`--people` must be 50 to 200000".into());
    }
    if demo.verbose {
        crate::log::to_stderr();
    }
    let (folder, _temporary) = folder(demo.dir.as_deref())?;
    let told = story::tell(&demo, &folder).await;
    if demo.dir.is_none() && demo.once {
        line("the temporary folder is removed; use --dir to keep one");
    }
    told
}

/// The folder of the demonstration, and what removes it again unless it was named.
fn folder(named: Option<&Path>) -> Result<(PathBuf, Option<tempfile::TempDir>), Failure> {
    if let Some(dir) = named {
        if dir.exists() && dir.read_dir()?.next().is_some() {
            return Err(format!("{} is not empty; name a new folder", dir.display()).into());
        }
        std::fs::create_dir_all(dir)?;
        return Ok((dir.canonicalize()?, None));
    }
    let dir = tempfile::Builder::new().prefix("stile-demo-").tempdir()?;
    Ok((dir.path().canonicalize()?, Some(dir)))
}
