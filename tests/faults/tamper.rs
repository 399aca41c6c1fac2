//! Another hand: bytes flipped, files cut, frames and segments removed, repeated and put in another
//! order, an older copy put back. Every one is named with its place, or shown by a head that
//! somebody else has kept.

use std::fs;
use std::path::{Path, PathBuf};

use stile_ledger::verify::{End, Finding, Report, Segment, verify, walk};
use stile_ledger::{Checkpoint, LedgerError};
use stile_store::{Store, StoreError};

use crate::book::{Book, Broken};
use crate::campaign::{Campaign, Row, Violation};
use crate::dice::Dice;
use crate::scene::{Scene, copy};
use crate::shim::Plan;
use crate::worker::{settings, vkey};

/// Openings tried for each kind of change in a slice: one place in so many.
const SPARSE: usize = 41;

/// A small ledger in several segments, closed, with the head that others have kept.
pub struct Small {
    /// The store's folder.
    pub dir: PathBuf,
    /// What was promised.
    pub book: Book,
    /// The newest head, as a witness keeps it.
    pub kept: Checkpoint,
    segments: Vec<Segment>,
    /// Of every segment: where its frames start, and where the last one ends.
    places: Vec<Vec<usize>>,
}

impl Small {
    /// Makes one of about `batches` batches in segments of 4 KiB.
    pub fn make(scene: &mut Scene<'_>, book: &mut Book, batches: u32) -> Result<Self, Broken> {
        let count = batches.to_string();
        let more = [
            "--tasks",
            "1",
            "--segment-bytes",
            "4096",
            "--first-task",
            "100",
            "--batches",
            &count,
        ];
        let ran = scene.run(&Plan::default(), None, &more);
        book.read(ran.run, &ran.said);
        if ran.code != Some(0) {
            return Err("the small ledger was not made".to_owned());
        }
        let dir = scene.store();
        let (store, _) = Store::open(settings(&dir, 4096, 0)).map_err(|error| error.to_string())?;
        let kept = store.head();
        drop(store);
        let segments = read_segments(&dir);
        let places = segments
            .iter()
            .map(|segment| frames_of(&segment.bytes))
            .collect();
        Ok(Self {
            dir,
            book: book.clone(),
            kept,
            segments,
            places,
        })
    }

    /// What verification says of these segments.
    fn judge(&self, segments: &[Segment], kept: bool) -> Report {
        let kept = if kept {
            vec![self.kept.clone()]
        } else {
            Vec::new()
        };
        verify(segments.to_vec(), vkey(), kept)
    }

    /// The frame that holds this byte of a segment, or the end of its frames.
    fn frame_at(&self, segment: usize, byte: usize) -> usize {
        let places = &self.places[segment];
        places
            .iter()
            .rev()
            .find(|place| **place <= byte)
            .copied()
            .unwrap_or(0)
    }

    fn last(&self) -> usize {
        self.segments.len() - 1
    }
}

fn read_segments(dir: &Path) -> Vec<Segment> {
    let list = fs::read_dir(dir.join("journal")).unwrap();
    let mut paths: Vec<_> = list.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| Segment {
        number: path.file_stem().unwrap().to_str().unwrap().parse().unwrap(),
        bytes: fs::read(path).unwrap(),
    };
    paths.iter().map(read).collect()
}

/// Where the frames start, and where the last one ends.
fn frames_of(bytes: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let end = walk(bytes, 0, |_, offset| {
        places.push(offset);
        Ok(())
    });
    let (End::Clean { offset } | End::Bad { offset, .. }) = end;
    places.push(offset);
    places
}

/// How a changed journal is opened.
#[derive(Debug, Clone, Copy)]
struct How {
    /// With the index that knew the journal before, or without any.
    index: bool,
    /// Whole frames are gone from the end, which without an index only a kept head can show.
    newest_gone: bool,
}

/// Opens a copy of `small` whose journal is `segments`.
///
/// Opening must refuse, or everything acknowledged must be there. Two exceptions, both named: what
/// only a kept head can show, and older segments that an index makes it unnecessary to read at start:
/// there verification names the change, and no reader is given anything but what was recorded.
fn open_changed(
    small: &Small,
    segments: &[Segment],
    how: How,
    beside: &Path,
    row: &mut Row,
) -> Result<(), Broken> {
    fs::remove_dir_all(beside).ok();
    copy(&small.dir, beside);
    let journal = beside.join("journal");
    fs::remove_dir_all(&journal).unwrap();
    fs::create_dir(&journal).unwrap();
    for segment in segments {
        let name = format!("{:020}.seg", segment.number);
        fs::write(journal.join(name), &segment.bytes).unwrap();
    }
    if !how.index {
        fs::remove_dir_all(beside.join("index")).unwrap();
    }
    match Store::open(settings(beside, 4096, 0)) {
        Err(
            StoreError::Damaged(_)
            | StoreError::IndexAhead { .. }
            | StoreError::WrongLedgerKey
            | StoreError::Config(_)
            | StoreError::Ledger(_),
        ) => row.refused += 1,
        // The first keys are read at every start, through the index.
        Err(StoreError::Index(_) | StoreError::Sealed | StoreError::WrongEpochKey) if how.index => {
            row.refused += 1;
        }
        Err(error) => return Err(format!("it does not open, and does not say why: {error}")),
        Ok((store, report)) => match small.book.check_open(&store) {
            Ok(()) => row.repaired += u64::from(report.torn.is_some()),
            Err(words) => {
                let kept = &small.kept;
                let shorter = report.head.size < kept.size && store.consistency(kept.size).is_err();
                let named = !small.judge(segments, false).is_sound()
                    && small.book.nothing_else_is_read(&store);
                if !(how.newest_gone && !how.index && shorter || how.index && named) {
                    return Err(format!("it opened: {words}"));
                }
            }
        },
    }
    Ok(())
}

fn expect_place(bad: Option<&Finding>, segment: u64, offset: usize) -> Result<(), Broken> {
    match bad {
        None => Err("verification finds nothing".to_owned()),
        Some(bad) if bad.segment == segment && bad.offset == offset as u64 => Ok(()),
        Some(bad) => Err(format!("it is placed at {bad}, not at {segment}/{offset}")),
    }
}

/// Every byte of a small ledger, flipped: one bit and all bits; in full every single bit.
///
/// # Errors
///
/// The first flip that is not caught where it is.
pub fn flips(campaign: &Campaign) -> Result<Row, Violation> {
    campaign.lives(
        Row::of("single byte flipped"),
        1,
        |scene, book, dice, row| {
            let small = Small::make(scene, book, 9)?;
            let beside = scene.beside("changed");
            for segment in 0..small.segments.len() {
                let end = *small.places[segment].last().unwrap();
                for byte in 0..small.segments[segment].bytes.len() {
                    if campaign.slice && byte > end + 64 && !byte.is_multiple_of(SPARSE) {
                        continue;
                    }
                    let masks = masks(campaign, dice);
                    let at = format!("segment {segment}, byte {byte}");
                    for mask in masks {
                        let changed = flipped(&small, segment, byte, mask);
                        let report = self::verify(changed, vkey(), Vec::new());
                        let (number, place) = (
                            small.segments[segment].number,
                            small.frame_at(segment, byte),
                        );
                        expect_place(report.first_bad.as_ref(), number, place)
                            .map_err(|words| format!("{at}: {words}"))?;
                        (row.rounds, row.caught) = (row.rounds + 1, row.caught + 1);
                    }
                    if !campaign.slice && byte.is_multiple_of(7) || byte.is_multiple_of(SPARSE) {
                        let changed = flipped(&small, segment, byte, 0x40);
                        let how = How {
                            index: dice.once_in(2),
                            newest_gone: false,
                        };
                        open_changed(&small, &changed, how, &beside, row)
                            .map_err(|words| format!("{at}, {how:?}: {words}"))?;
                    }
                }
            }
            Ok(())
        },
    )
}

fn masks(campaign: &Campaign, dice: &mut Dice) -> Vec<u8> {
    if campaign.slice {
        vec![1 << dice.within(0..8)]
    } else {
        vec![
            1 << dice.within(0..8),
            0xff,
            dice.of_these(&[0x20, 0x30, 0x0f]),
        ]
    }
}

fn flipped(small: &Small, segment: usize, byte: usize, mask: u8) -> Vec<Segment> {
    let mut changed = small.segments.clone();
    changed[segment].bytes[byte] ^= mask;
    changed
}

/// Every length a segment can be cut to.
///
/// # Errors
///
/// The first truncation that nothing shows.
pub fn truncations(campaign: &Campaign) -> Result<Row, Violation> {
    campaign.lives(
        Row::of("truncated at every length"),
        1,
        |scene, book, dice, row| {
            let small = Small::make(scene, book, 9)?;
            let beside = scene.beside("changed");
            for segment in 0..small.segments.len() {
                let places = &small.places[segment];
                let end = *places.last().unwrap();
                for length in 0..small.segments[segment].bytes.len() {
                    if campaign.slice && length > end && !length.is_multiple_of(SPARSE) {
                        continue;
                    }
                    let mut changed = small.segments.clone();
                    changed[segment].bytes.truncate(length);
                    let at = format!("segment {segment} cut to {length}");
                    row.rounds += 1;
                    let report = small.judge(&changed, false);
                    // Whole last frames, or unused space: bytes alone cannot show that.
                    let whole =
                        segment == small.last() && places.contains(&length) || length >= end;
                    if !whole && report.is_sound() {
                        return Err(format!("{at}: verification finds nothing"));
                    }
                    let lost = length < end;
                    if lost && small.judge(&changed, true).is_sound() {
                        return Err(format!("{at}: a kept head shows nothing"));
                    }
                    row.caught += u64::from(lost);
                    if !campaign.slice && length.is_multiple_of(5)
                        || length.is_multiple_of(SPARSE)
                        || places.contains(&length)
                    {
                        let how = How {
                            index: dice.once_in(2),
                            newest_gone: segment == small.last() && places.contains(&length),
                        };
                        open_changed(&small, &changed, how, &beside, row)
                            .map_err(|words| format!("{at}, {how:?}: {words}"))?;
                    }
                }
            }
            Ok(())
        },
    )
}

/// Frames and segments removed, repeated and in another order.
///
/// # Errors
///
/// The first change that is not caught.
pub fn reorders(campaign: &Campaign) -> Result<Row, Violation> {
    let name = "frames and segments removed, repeated, reordered";
    campaign.lives(Row::of(name), 1, |scene, book, dice, row| {
        let small = Small::make(scene, book, 9)?;
        let beside = scene.beside("changed");
        for (what, changed) in rearranged_frames(&small)
            .into_iter()
            .chain(rearranged_segments(&small))
        {
            row.rounds += 1;
            let report = small.judge(&changed, true);
            let Some(bad) = report.first_bad else {
                return Err(format!("{what}: verification finds nothing"));
            };
            // What bytes show without a kept head is everything but the removal of the newest.
            let newest_gone = matches!(bad.fault, LedgerError::Rollback { .. });
            if !newest_gone && small.judge(&changed, false).is_sound() {
                return Err(format!("{what}: it takes a kept head to see it"));
            }
            row.caught += 1;
            let how = How {
                index: dice.once_in(2),
                newest_gone,
            };
            open_changed(&small, &changed, how, &beside, row)
                .map_err(|words| format!("{what}, {how:?}: {words}"))?;
        }
        Ok(())
    })
}

/// Every frame removed, repeated, and changed over with every later one of its segment.
fn rearranged_frames(small: &Small) -> Vec<(String, Vec<Segment>)> {
    let mut found = Vec::new();
    for (number, segment) in small.segments.iter().enumerate() {
        let places = &small.places[number];
        let frames: Vec<&[u8]> = places
            .windows(2)
            .map(|pair| &segment.bytes[pair[0]..pair[1]])
            .collect();
        let mut add = |what: String, order: Vec<usize>| {
            let mut bytes: Vec<u8> = order
                .iter()
                .flat_map(|place| frames[*place])
                .copied()
                .collect();
            bytes.resize(segment.bytes.len().max(bytes.len()), 0);
            let mut changed = small.segments.clone();
            changed[number].bytes = bytes;
            found.push((format!("segment {number}: {what}"), changed));
        };
        for one in 0..frames.len() {
            add(
                format!("frame {one} removed"),
                (0..frames.len()).filter(|place| *place != one).collect(),
            );
            add(
                format!("frame {one} repeated"),
                (0..frames.len())
                    .flat_map(|place| vec![place; 1 + usize::from(place == one)])
                    .collect(),
            );
            for other in one + 1..frames.len() {
                let mut order: Vec<_> = (0..frames.len()).collect();
                order.swap(one, other);
                add(format!("frames {one} and {other} changed over"), order);
            }
        }
    }
    found
}

/// Every segment removed, repeated under the next name, and changed over with every later one.
fn rearranged_segments(small: &Small) -> Vec<(String, Vec<Segment>)> {
    let mut found = Vec::new();
    let count = small.segments.len();
    for one in 0..count {
        let mut removed = small.segments.clone();
        removed.remove(one);
        if !removed.is_empty() {
            found.push((format!("segment {one} removed"), removed));
        }
        let mut repeated = small.segments.clone();
        let next = small.segments.last().unwrap().number + small.places[count - 1].len() as u64 - 1;
        repeated.push(Segment {
            number: next,
            bytes: small.segments[one].bytes.clone(),
        });
        found.push((format!("segment {one} repeated at the end"), repeated));
        for other in one + 1..count {
            let mut changed = small.segments.clone();
            let bytes = changed[one].bytes.clone();
            changed[one].bytes = std::mem::replace(&mut changed[other].bytes, bytes);
            found.push((format!("segments {one} and {other} changed over"), changed));
        }
    }
    found
}

/// Older copies put back, also with new work on top.
///
/// # Errors
///
/// The first one that a kept head does not show.
pub fn rollbacks(campaign: &Campaign, rounds: u64) -> Result<Row, Violation> {
    campaign.lives(
        Row::of("older copy put back"),
        rounds,
        |scene, book, dice, row| {
            Small::make(scene, book, 6)?;
            let older = scene.beside("older");
            copy(&scene.disk(), &older);
            let small = Small::make(scene, book, u32::try_from(dice.within(1..10)).unwrap() + 1)?;
            scene.replace(&older);
            row.rounds += 1;
            let forked = dice.once_in(2);
            if forked {
                // The same key goes on from the older copy, past the kept head.
                let ran = scene.run(&Plan::default(), None, &["--tasks", "2", "--batches", "20"]);
                if ran.code != Some(0) {
                    return Err("an older copy does not open".to_owned());
                }
            }
            let report = small.judge(&read_segments(&scene.store()), true);
            let shown = match report.first_bad.map(|bad| bad.fault) {
                Some(LedgerError::Rollback { .. }) => !forked,
                Some(LedgerError::Fork { .. }) => forked,
                _ => false,
            };
            if !shown {
                return Err(format!("a kept head does not show it (forked: {forked})"));
            }
            row.caught += 1;
            Ok(())
        },
    )
}

/// The index: its files changed, cut, removed, replaced by older ones. It holds no truth, so nothing
/// is lost: the store opens with everything, or refuses.
///
/// # Errors
///
/// The first promise that does not hold.
pub fn index(campaign: &Campaign, rounds: u64) -> Result<Row, Violation> {
    campaign.lives(
        Row::of("index changed, cut, removed, older"),
        rounds,
        |scene, book, dice, row| {
            Small::make(scene, book, 10)?;
            let older = scene.beside("older");
            copy(&scene.store().join("index"), &older);
            let small = Small::make(scene, book, 10)?;
            let beside = scene.beside("changed");
            for _ in 0..6 {
                row.rounds += 1;
                fs::remove_dir_all(&beside).ok();
                copy(&small.dir, &beside);
                let what = spoil(&beside.join("index"), &older, dice);
                match Store::open(settings(&beside, 4096, 0)) {
                    Ok((store, _)) => small
                        .book
                        .check_open(&store)
                        .map_err(|words| format!("{what}: {words}"))?,
                    Err(StoreError::IndexAhead { .. } | StoreError::Damaged(_)) => row.refused += 1,
                    Err(error) => return Err(format!("{what}: {error}")),
                }
                row.repaired += u64::from(beside.join("set-aside").exists());
            }
            Ok(())
        },
    )
}

fn spoil(index: &Path, older: &Path, dice: &mut Dice) -> String {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![index.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.sort();
    let file = files[dice.place(files.len())].clone();
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let mut bytes = fs::read(&file).unwrap();
    match dice.within(0..5) {
        0 => {
            fs::remove_dir_all(index).unwrap();
            copy(older, index);
            "an older index".to_owned()
        }
        1 => {
            fs::remove_file(&file).unwrap();
            format!("{name} removed")
        }
        2 if !bytes.is_empty() => {
            let length = dice.place(bytes.len());
            bytes.truncate(length);
            fs::write(&file, bytes).unwrap();
            format!("{name} cut to {length}")
        }
        3 if !bytes.is_empty() => {
            let from = dice.place(bytes.len()) / 4096 * 4096;
            let to = (from + 4096).min(bytes.len());
            bytes[from..to].fill(0);
            fs::write(&file, bytes).unwrap();
            format!("{name} zeroed at {from}")
        }
        _ => {
            // Where there is something: most of a sled file is unused.
            let used: Vec<_> = (0..bytes.len())
                .filter(|place| bytes[*place] != 0)
                .collect();
            let Some(place) = (!used.is_empty()).then(|| dice.of_these(&used)) else {
                return format!("{name} is empty");
            };
            bytes[place] ^= 1 << dice.within(0..8);
            fs::write(&file, bytes).unwrap();
            format!("{name} flipped at {place}")
        }
    }
}
