//! A disk that refuses: writes and flushes that fail, writes that are short, a full disk; and a wall
//! clock that jumps.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use stile_store::{Store, StoreError};

use crate::book::{Book, Broken};
use crate::campaign::{Campaign, Row, Violation, check, ended_well};
use crate::dice::Dice;
use crate::scene::Scene;
use crate::shim::{Bad, Fault, Plan};
use crate::worker::settings;

/// How a store says that there is no space.
const NO_ROOM: &str = "too little disk space is left; nothing was recorded, free some space";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The wall clock jumps, back as often as on.
    Clock,
    /// A flush fails, and later ones succeed.
    Sync,
    /// A write fails or is cut short.
    Write,
}

/// Runs the rounds.
///
/// # Errors
///
/// The first promise that does not hold.
pub fn run(campaign: &Campaign, kind: Kind, rounds: u64) -> Result<Row, Violation> {
    let name = match kind {
        Kind::Clock => "clock going backwards",
        Kind::Sync => "EIO on flush",
        Kind::Write => "EIO or ENOSPC on write",
    };
    campaign.lives(Row::of(name), rounds, |scene, book, dice, row| {
        for _ in 0..4 {
            let plan = plan(kind, dice);
            let ran = scene.run(&plan, None, &["--batches", "40"]);
            ended_well(&ran, kind != Kind::Clock)?;
            let before = book.ends.len();
            book.read(ran.run, &ran.said);
            row.rounds += 1;
            row.refused += u64::from(matches!(ran.code, Some(4 | 5)));
            if kind == Kind::Clock && book.ends[before..] != ["all done"] {
                return Err("not everything was recorded".to_owned());
            }
            check(scene, book, row).map_err(|words| format!("{plan:?}: {words}"))?;
        }
        Ok(())
    })
}

fn plan(kind: Kind, dice: &mut Dice) -> Plan {
    let at = dice.within(1..120);
    let plan = match kind {
        Kind::Clock => Plan {
            clock: Some((86_400, dice.within(1..5))),
            ..Plan::default()
        },
        Kind::Sync => Plan::of(Fault::Sync(at)),
        Kind::Write => {
            let bad = [
                Bad::Error,
                Bad::Half,
                Bad::Full(dice.within(1..4)),
                Bad::Short,
            ];
            Plan::of(Fault::Write(at, dice.of_these(&bad)))
        }
    };
    if kind != Kind::Clock && dice.once_in(2) {
        plan.on_journal()
    } else {
        plan
    }
}

/// A small file system over a folder; unmounted when dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn over(folder: &Path, mib: u64) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mib}m"), "stile-faults"])
            .arg(folder)
            .status()
            .is_ok_and(|status| status.success());
        mounted.then(|| Self(folder.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let done = Command::new("umount").arg("-l").arg(&self.0).status();
        if !done.is_ok_and(|status| status.success()) {
            eprintln!("a tmpfs stays mounted on {}", self.0.display());
        }
    }
}

/// Fills a real, small file system.
///
/// # Errors
///
/// The first promise that does not hold.
pub fn full(campaign: &Campaign, rounds: u64) -> Result<Row, Violation> {
    let mut able = true;
    let mut row = campaign.lives(Row::of("disk full"), rounds, |scene, book, dice, row| {
        row.rounds += 1;
        let Some(_disk) = Mounted::over(&scene.disk(), dice.within(4..9)) else {
            able = false;
            return Ok(());
        };
        fill(scene, book, dice, row)
    })?;
    if !able {
        row.rounds = 0;
        row.skipped =
            Some("this process may not mount a tmpfs, so no disk can be filled".to_owned());
    }
    Ok(row)
}

/// Is a read refused only because the index has no room, or has lost rows to a full disk? Then
/// nothing else is given, and the error says what to do.
fn only_the_index(words: &str) -> bool {
    words.ends_with(NO_ROOM) || words.contains("the index is broken")
}

fn fill(
    scene: &mut Scene<'_>,
    book: &mut Book,
    dice: &mut Dice,
    row: &mut Row,
) -> Result<(), Broken> {
    let filler = scene.disk().join("filler");
    let taken = usize::try_from(dice.within(0..2 << 20)).unwrap();
    fs::write(&filler, vec![1; taken]).unwrap();
    let low = if dice.once_in(2) { "0" } else { "1048576" };
    // Until the disk is full, or the worker is killed shortly before.
    let plan = if dice.once_in(3) {
        Plan::of(crate::kill::at_a_change(dice))
    } else {
        Plan::default()
    };
    let ran = scene.run(&plan, None, &["--low-space-bytes", low]);
    ended_well(&ran, true)?;
    book.read(ran.run, &ran.said);
    row.refused += book.errors;

    // While it is full: it opens and keeps its promises, or says that there is no space.
    if ran.code.is_some() {
        match Store::open(settings(&scene.store(), 64 * 1024, 0)) {
            Ok((store, _)) => match book.check_open(&store) {
                Err(words) if only_the_index(&words) => row.refused += 1,
                other => other.map_err(|words| format!("on the full disk: {words}"))?,
            },
            Err(StoreError::DiskFull) => row.refused += 1,
            Err(StoreError::Io { source, .. })
                if source.kind() == std::io::ErrorKind::StorageFull =>
            {
                row.refused += 1;
            }
            Err(error) => return Err(format!("on the full disk: {error}")),
        }
    }
    fs::remove_file(&filler).unwrap();
    fs::remove_file(scene.store().join("ballast")).ok();
    match Store::open(settings(&scene.store(), 64 * 1024, 0)) {
        // Its own data fills the disk: nothing is wrong but that there is no space.
        Err(StoreError::DiskFull) => row.refused += 1,
        Err(error) => return Err(format!("after space was freed: {error}")),
        Ok((store, _)) => match book.check_open(&store) {
            Err(words) if only_the_index(&words) => row.refused += 1,
            other => other.map_err(|words| format!("after space was freed: {words}"))?,
        },
    }
    // On a disk with room everything is there and can be verified.
    let roomy = scene.beside("roomy");
    crate::scene::copy(&scene.store(), &roomy);
    let kept = book.check(&roomy).or_else(|words| {
        if !only_the_index(&words) {
            return Err(format!("on a disk with room: {words}"));
        }
        // That read has left its mark: the next start has everything again, by itself.
        row.refused += 1;
        let again = book
            .check(&roomy)
            .map_err(|words| format!("at the start after: {words}"))?;
        if again.rebuilt {
            Ok(again)
        } else {
            Err("the broken index was not rebuilt by itself".to_owned())
        }
    })?;
    row.repaired += u64::from(kept.torn) + u64::from(kept.rebuilt);
    Ok(())
}
