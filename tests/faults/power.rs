//! Power cuts: the disk as of a moment in the write log, with what was not flushed left to luck.

use std::fs;

use crate::book::{Book, Broken};
use crate::campaign::{Campaign, Row, Violation, ended_well};
use crate::dice::Dice;
use crate::disk::{Disk, Luck, Record, read_log};
use crate::kill::at_a_change;
use crate::scene::Scene;
use crate::shim::{Fault, Plan};

/// Cuts that one store lives through.
const LIVES: u64 = 5;
/// Further cuts of the same log, whose outcome is looked at and thrown away.
const BESIDE: u64 = 2;

/// What happens before the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Work, and now and then a kill and another start.
    Work,
    /// A flush that failed, then a start on what memory still shows, then work.
    FailedFlush,
}

/// One run, as its log tells it.
struct Told {
    run: u32,
    records: Vec<Record>,
}

/// Runs the rounds; every cut is one.
///
/// # Errors
///
/// The first promise that does not hold.
pub fn run(campaign: &Campaign, before: Before, rounds: u64) -> Result<Row, Violation> {
    let name = match before {
        Before::Work => "power cut",
        Before::FailedFlush => "failed flush, restart, power cut",
    };
    campaign.lives(Row::of(name), rounds, |scene, book, dice, row| {
        for _ in 0..LIVES {
            live(scene, book, before, dice, row)?;
        }
        Ok(())
    })
}

/// Works until the power goes, and goes on with what is left.
fn live(
    scene: &mut Scene<'_>,
    book: &mut Book,
    before: Before,
    dice: &mut Dice,
    row: &mut Row,
) -> Result<(), Broken> {
    let disk = Disk::of(&scene.disk());
    let told = runs(scene, before, dice, row)?;
    for beside in 0..=BESIDE {
        let image = scene.beside("image");
        fs::create_dir(&image).unwrap();
        let moment = moment(&told, dice);
        let luck = dice.of_these(&Luck::ALL);
        let mut seen = book.clone();
        cut(&disk, &told, moment, luck, &mut seen, dice, &image);
        let last = beside == BESIDE;
        // Now and then recovery itself meets the next cut.
        if !last || !dice.once_in(4) {
            let kept = seen
                .check(&image.join("store"))
                .map_err(|words| format!("cut at record {moment}, {luck:?}: {words}"))?;
            row.rounds += 1;
            row.repaired += u64::from(kept.torn) + u64::from(kept.rebuilt);
        }
        if last {
            scene.replace(&image);
            *book = seen;
        } else {
            row.acknowledged += seen.acknowledged() - book.acknowledged();
            fs::remove_dir_all(&image).unwrap();
        }
    }
    Ok(())
}

/// The runs between two power cuts.
fn runs(
    scene: &mut Scene<'_>,
    before: Before,
    dice: &mut Dice,
    row: &mut Row,
) -> Result<Vec<Told>, Broken> {
    let plans = match before {
        Before::Work => {
            let killed = (0..dice.within(0..3)).map(|_| Plan::of(at_a_change(dice)));
            killed.chain([Plan::default()]).collect::<Vec<_>>()
        }
        Before::FailedFlush => {
            let fault = Fault::Sync(dice.within(1..60));
            vec![Plan::of(fault).on_journal(), Plan::default()]
        }
    };
    let mut told = Vec::new();
    for plan in plans {
        let log = scene.beside(&format!("log-{}", told.len()));
        fs::remove_file(&log).ok();
        let batches = dice.within(1..25).to_string();
        let mut more = vec!["--batches", &batches];
        if dice.once_in(2) {
            more.push("--abrupt");
        }
        let ran = scene.run(&plan.logged(&log), None, &more);
        ended_well(&ran, before == Before::FailedFlush)?;
        row.refused += u64::from(matches!(ran.code, Some(4 | 5)));
        told.push(Told {
            run: ran.run,
            records: read_log(&log),
        });
    }
    Ok(told)
}

/// A moment in the last run: just after something was promised, just after a write, or any.
fn moment(told: &[Told], dice: &mut Dice) -> usize {
    let records = &told.last().expect("there was a run").records;
    let after = |fits: &dyn Fn(&Record) -> bool| -> Vec<usize> {
        let places = (1..).zip(records).filter(|(_, record)| fits(record));
        places.map(|(place, _)| place).collect()
    };
    let places = match dice.within(0..3) {
        0 => after(&|record| {
            let said = record.told().unwrap_or_default();
            said.starts_with(b"ACK") || said.starts_with(b"HEAD")
        }),
        1 => after(&Record::is_write),
        _ => Vec::new(),
    };
    if places.is_empty() {
        dice.place(records.len() + 1)
    } else {
        dice.of_these(&places)
    }
}

/// Builds the disk as of `moment` of the last run, and reads what was promised by then.
fn cut(
    disk: &Disk,
    told: &[Told],
    moment: usize,
    luck: Luck,
    book: &mut Book,
    dice: &mut Dice,
    image: &std::path::Path,
) {
    let mut disk = disk.clone();
    for (place, run) in told.iter().enumerate() {
        let length = if place + 1 == told.len() {
            moment
        } else {
            run.records.len()
        };
        let mut said = Vec::new();
        for record in &run.records[..length] {
            disk.step(record);
            said.extend_from_slice(record.told().unwrap_or_default());
        }
        book.read(run.run, &said);
    }
    disk.cut(luck, dice, image);
}
