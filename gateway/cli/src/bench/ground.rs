//! The ground measured on: a folder, made-up people in it, and the partnership's settings.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use stile_exchange::clock::Clock;
use stile_model::id::MemberId;
use tempfile::TempDir;

use super::Place;
use super::figures;
use crate::demo::partnership::Seat;
use crate::demo::world::{Backend, Kind, fill_sqlite};
use crate::demo::{SEED, World};
use crate::output::line;
use crate::run::Failure;

/// The agency that is measured alone.
pub(super) const AGENCY: &str = "riverside-police";

/// A folder that is removed when the measuring is done.
pub(super) struct Ground(TempDir);

impl Ground {
    /// Makes the folder and says what machine it is on.
    pub(super) fn at(place: &Place) -> Result<Self, Failure> {
        let mut folder = tempfile::Builder::new();
        folder.prefix("stile-bench-");
        let folder = match &place.dir {
            Some(dir) => folder.tempdir_in(dir)?,
            None => folder.tempdir()?,
        };
        figures::machine(&folder.path().canonicalize()?);
        Ok(Self(folder))
    }

    /// A new folder inside.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.0.path().join(name);
        fs::create_dir(&path)?;
        Ok(path.canonicalize()?)
    }

    /// Fills one database for each kind, `people` in each.
    pub(super) fn people(
        &self,
        kinds: &[Kind],
        people: usize,
    ) -> Result<Vec<(Kind, Backend)>, Failure> {
        let started = Instant::now();
        let folder = self.folder(&format!("people-{people}"))?;
        let world = World::generate_on(SEED, people, Clock::system().now().date());
        let mut filled = Vec::new();
        for kind in kinds {
            let path = folder.join(format!("{kind}.db"));
            fill_sqlite(&path, *kind, &world)?;
            filled.push((*kind, Backend::Sqlite { path }));
        }
        line(format_args!(
            "made-up people: {people} in each SQLite database ({:.1} s)",
            started.elapsed().as_secs_f64()
        ));
        Ok(filled)
    }
}

/// A seat of a member with this name.
pub(super) fn seat(member: &str, kind: Kind, backend: &Backend) -> Result<Seat, Failure> {
    Ok(Seat {
        member: MemberId::new(member)?,
        kind,
        backend: backend.clone(),
    })
}

/// Sets the grid on which an agency's answers leave, and lifts its bounds: a measurement asks more in a
/// minute than a hub does in a week, and wants each answer, however late.
pub(super) fn set_grid(dir: &Path, member: &MemberId, grid_ms: u64) -> Result<(), Failure> {
    let file = dir.join(member.as_str()).join("agency.toml");
    let mut file = fs::OpenOptions::new().append(true).open(file)?;
    write!(
        file,
        "\n[answer]\nrelease_grid_ms = {grid_ms}\nhourly_budget = 1000000\n\
         \n[load]\nat_once = 1000\nwaiting = 10000\nwait_ms = 30000\n"
    )?;
    Ok(())
}

/// Sets how long the hub waits for one answer of an agency; `[ask]` is the last table of its file.
pub(super) fn set_deadline(dir: &Path, hub: &str, deadline_ms: u64) -> Result<(), Failure> {
    let file = dir.join(hub).join("hub.toml");
    let mut file = fs::OpenOptions::new().append(true).open(file)?;
    Ok(writeln!(file, "agency_deadline_ms = {deadline_ms}")?)
}
