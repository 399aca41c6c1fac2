//! Reading with many threads finds what reading with one does, and at the same place.

use std::fs;

use stile_ledger::verify::{Report, Segment, verify};

use super::*;

/// Several segments, each of several pieces that different threads examine.
fn long() -> TempDir {
    let dir = folder();
    let (store, _) = Store::open(config(dir.path(), 1024 * 1024)).unwrap();
    for n in 0..40 {
        let mut batch = batch(&"x".repeat(500));
        batch.entries = vec![batch.entries.remove(0); 60 + n];
        run(store.commit(batch)).unwrap();
    }
    dir
}

/// The same by the ledger's own walk: one thread, whole segments in memory.
fn one_by_one(dir: &Path) -> Report {
    let segment = |path: PathBuf| Segment {
        number: path.file_stem().unwrap().to_str().unwrap().parse().unwrap(),
        bytes: fs::read(path).unwrap(),
    };
    verify(segments(dir).into_iter().map(segment), vkey(), Vec::new())
}

#[test]
fn sound_journal_of_many_pieces_gives_the_same_report() {
    let dir = long();

    let report = verified(dir.path());

    assert!(segments(dir.path()).len() > 2);
    assert!(report.is_sound());
    assert_eq!(report, one_by_one(dir.path()));
}

#[test]
fn first_fault_is_found_at_the_same_place_wherever_it_is() {
    let dir = long();
    let all = segments(dir.path());

    for (segment, place) in [(0, 9), (0, 300_000), (0, 700_000), (1, 12), (1, 555_555)] {
        let good = fs::read(&all[segment]).unwrap();
        let mut changed = good.clone();
        changed[place] ^= 0x20;
        // A second fault, much later, must not be the one that is told.
        let later = fs::read(&all[2]).unwrap();
        let mut also = later.clone();
        also[20] ^= 1;
        fs::write(&all[segment], changed).unwrap();
        fs::write(&all[2], also).unwrap();

        let report = verified(dir.path());

        let first = report.first_bad.clone().unwrap();
        assert_eq!(report, one_by_one(dir.path()), "{segment} {place}");
        assert!(first.offset <= u64::try_from(place).unwrap());
        assert!(!first.unfinished, "whole frames follow");
        fs::write(&all[segment], good).unwrap();
        fs::write(&all[2], later).unwrap();
    }
}

#[test]
fn frame_cut_off_counts_as_torn_only_where_nothing_whole_follows() {
    let dir = long();
    let all = segments(dir.path());
    let cut = |path: &Path, from: usize| {
        let mut bytes = fs::read(path).unwrap();
        bytes[from..].fill(0);
        fs::write(path, bytes).unwrap();
        verified(dir.path())
    };

    // The whole segments after it say that it was no crash.
    let report = cut(&all[0], 400_000);
    assert!(!report.first_bad.clone().unwrap().unfinished);
    assert_eq!(report, one_by_one(dir.path()));

    for later in &all[1..] {
        fs::remove_file(later).unwrap();
    }
    let report = verified(dir.path());
    assert!(report.first_bad.clone().unwrap().unfinished);
    assert_eq!(report, one_by_one(dir.path()));
}
