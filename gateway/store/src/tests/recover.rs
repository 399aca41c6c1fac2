//! Opening again after a clean end, a torn write, a lost or broken index.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, PermissionsExt};

use super::*;
use crate::{IndexState, Tree};

#[test]
fn everything_is_there_after_reopening_across_many_segments() {
    let dir = folder();
    for round in 0..4 {
        let (store, report) = reopen(dir.path());
        assert_eq!(report.head.size, u64::from(round) * 30);
        assert_eq!(report.torn, None);
        fill(&store, round * 30, 30);
    }

    let (store, report) = reopen(dir.path());

    assert_eq!(report.index, IndexState::Current);
    assert!(segments(dir.path()).len() > 3);
    assert_holds(&store, 120);
    assert!(verified(dir.path()).is_sound());
}

#[test]
fn more_entries_than_a_tile_are_proved_after_reopening() {
    let dir = folder();
    let (store, _) = Store::open(config(dir.path(), 4 * 1024 * 1024)).unwrap();
    let entries: Vec<_> = (0..700)
        .map(|n| batch(&format!("body {n}")).entries[0].clone())
        .collect();
    run(store.commit(Batch {
        entries,
        ..Batch::default()
    }))
    .unwrap();
    drop(store);

    let (store, _) = reopen(dir.path());
    fill(&store, 700, 5);

    assert_holds(&store, 705);
}

#[test]
fn deleted_index_is_made_again_and_nothing_is_lost() {
    let dir = filled(40);
    let (store, _) = reopen(dir.path());
    run(store.commit(Batch::put(Tree::Cases, "kept", Some(vec![1])))).unwrap();
    run(store.commit(Batch::put(Tree::Cases, "gone", Some(vec![2])))).unwrap();
    run(store.commit(Batch::put(Tree::Cases, "gone", None))).unwrap();
    drop(store);
    fs::remove_dir_all(dir.path().join("index")).unwrap();

    let (mut steps, settings) = (Vec::new(), config(dir.path(), 16 * 1024));
    let (store, report) = Store::open_with(settings, |step| steps.push(step)).unwrap();

    assert_eq!(report.index, IndexState::Made);
    assert_eq!(steps.len(), segments(dir.path()).len());
    assert_holds(&store, 40);
    assert_eq!(store.get(Tree::Cases, b"kept").unwrap(), Some(vec![1]));
    assert_eq!(store.get(Tree::Cases, b"gone").unwrap(), None);
}

#[test]
fn index_that_is_behind_is_replayed() {
    let dir = filled(10);
    let old = folder();
    copy(&dir.path().join("index"), old.path());
    let (store, _) = reopen(dir.path());
    fill(&store, 10, 30);
    drop(store);
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    copy(old.path(), &dir.path().join("index"));

    let (store, report) = reopen(dir.path());

    assert!(matches!(report.index, IndexState::Replayed(frames) if frames >= 30));
    assert_holds(&store, 40);
}

#[test]
fn index_corrupted_at_random_places_is_rebuilt_or_sound_and_nothing_is_lost() {
    let good = filled(40);
    let mut rebuilt = 0;
    for trial in 0_u64..24 {
        let dir = folder();
        copy(good.path(), dir.path());
        spoil(&dir.path().join("index"), trial);

        let (store, report) = reopen(dir.path());

        rebuilt += u32::from(report.index == IndexState::Rebuilt);
        assert_holds(&store, 40);
    }
    assert!(rebuilt > 0, "no trial damaged the index enough to notice");
}

/// Overwrites part of every file of the index, each time elsewhere.
fn spoil(index: &Path, trial: u64) {
    for file in files(index) {
        let length = fs::metadata(&file).unwrap().len();
        let file = OpenOptions::new().write(true).open(file).unwrap();
        let at = (trial * 7_919 * 13) % length.max(1);
        let size = usize::try_from(64 << (trial % 8)).unwrap();
        file.write_all_at(&vec![0xa5; size], at).unwrap();
        if trial % 6 == 5 {
            file.set_len(length / 2).unwrap();
        }
    }
}

#[test]
fn index_of_another_journal_is_set_aside() {
    let (dir, other) = (filled(12), filled(12));
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    copy(&other.path().join("index"), &dir.path().join("index"));

    let (store, report) = reopen(dir.path());

    assert_eq!(report.index, IndexState::Rebuilt);
    assert!(dir.path().join("set-aside/index-0").exists());
    assert_holds(&store, 12);
}

#[test]
fn refuses_to_open_when_the_index_is_ahead_of_the_journal() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    fill(&store, 0, 5);
    let journal = folder();
    copy(&dir.path().join("journal"), journal.path());
    fill(&store, 5, 20);
    drop(store);
    fs::remove_dir_all(dir.path().join("journal")).unwrap();
    copy(journal.path(), &dir.path().join("journal"));

    assert!(matches!(
        open_in(dir.path()),
        Err(StoreError::IndexAhead { .. })
    ));

    fs::remove_dir_all(dir.path().join("journal")).unwrap();
    assert!(matches!(
        open_in(dir.path()),
        Err(StoreError::IndexAhead { .. })
    ));
}

#[test]
fn refuses_when_the_newest_acknowledged_frame_is_damaged() {
    let dir = filled(5);
    let path = segments(dir.path()).pop().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[last - 20] ^= 1;
    fs::write(&path, &bytes).unwrap();

    let error = open_in(dir.path()).unwrap_err();

    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes, "refusing changes nothing");

    // Without its end it looks like a torn tail, but the index knows that it was once whole.
    bytes[last - 20..=last].fill(0);
    fs::write(&path, &bytes).unwrap();
    let error = open_in(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::IndexAhead { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes, "refusing changes nothing");
}

#[test]
fn refuses_again_and_again_when_the_newest_frames_are_cut_off_whole() {
    let dir = filled(30);
    let path = segments(dir.path()).pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let mut places = Vec::new();
    stile_ledger::verify::walk(&whole, 0, |_, offset| {
        places.push(offset);
        Ok(())
    });
    assert!(places.len() > 2);

    for from in places {
        let mut bytes = whole.clone();
        bytes[from..].fill(0);
        fs::write(&path, &bytes).unwrap();
        for _ in 0..2 {
            let error = open_in(dir.path()).unwrap_err();
            assert!(matches!(error, StoreError::IndexAhead { .. }), "{error}");
        }
        assert!(!dir.path().join("set-aside").exists());
    }
}

#[test]
fn torn_tail_is_cut_reported_and_set_aside() {
    let dir = filled(5);
    let whole = folder();
    copy(dir.path(), whole.path());
    let (store, _) = reopen(dir.path());
    fill(&store, 5, 1);
    drop(store);
    let (before, after) = (segments(whole.path()), segments(dir.path()));
    assert_eq!(before.len(), after.len());
    let old = fs::read(before.last().unwrap()).unwrap();
    let new = fs::read(after.last().unwrap()).unwrap();
    let start = old.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let end = new.iter().rposition(|byte| *byte != 0).unwrap() + 1;

    for cut in [
        start + 1,
        start + 54,
        start + 58,
        usize::midpoint(start, end),
        end - 4,
    ] {
        let dir = folder();
        copy(whole.path(), dir.path());
        let mut torn = old.clone();
        torn[start..cut].copy_from_slice(&new[start..cut]);
        fs::write(segments(dir.path()).last().unwrap(), torn).unwrap();
        assert!(verified(dir.path()).first_bad.unwrap().unfinished);

        let (store, report) = reopen(dir.path());

        assert!(
            report.torn.is_some_and(|torn| torn.bytes > 0),
            "cut at {cut}"
        );
        assert_eq!(files(&dir.path().join("set-aside")).len(), 1);
        fill(&store, 5, 1);
        assert_holds(&store, 6);
        drop(store);
        assert!(verified(dir.path()).is_sound());
    }
}

#[test]
fn torn_first_frame_of_a_journal_starts_it_again() {
    let dir = folder();
    fs::create_dir_all(dir.path().join("journal")).unwrap();
    let mut bytes = b"STILEFRM torn".to_vec();
    bytes.resize(16 * 1024, 0);
    fs::write(dir.path().join("journal/00000000000000000000.seg"), bytes).unwrap();

    let (store, report) = reopen(dir.path());

    assert!(report.torn.is_some());
    fill(&store, 0, 3);
    assert_holds(&store, 3);
    drop(store);
    assert_holds(&reopen(dir.path()).0, 3);
}

#[test]
fn segment_made_but_not_written_before_a_crash_is_used() {
    let dir = filled(3);
    let next = verified(dir.path()).frames;
    let path = dir.path().join(format!("journal/{next:020}.seg"));
    fs::write(path, vec![0; 16 * 1024]).unwrap();

    let (store, _) = reopen(dir.path());
    fill(&store, 3, 40);
    drop(store);

    assert_holds(&reopen(dir.path()).0, 43);
    assert!(verified(dir.path()).is_sound());
}

#[test]
fn segment_whose_size_was_lost_in_a_power_cut_is_made_larger_and_used() {
    let dir = filled(3);
    let (store, report) = reopen(dir.path());
    drop(store);
    let next = format!("journal/{:020}.seg", report.frames);
    fs::write(dir.path().join(next), []).unwrap();

    let (store, report) = reopen(dir.path());
    assert_eq!(report.torn, None);
    fill(&store, 3, 2);
    assert!(!store.is_poisoned());
    drop(store);

    let (store, _) = reopen(dir.path());
    assert_holds(&store, 5);
    assert_eq!(segments(dir.path()).len(), 2);
    assert!(verified(dir.path()).is_sound());
}

#[test]
fn refuses_a_second_opening_of_one_folder() {
    let dir = folder();
    let (store, _) = reopen(dir.path());

    assert!(matches!(open_in(dir.path()), Err(StoreError::Locked)));

    drop(store);
    reopen(dir.path());
}

#[test]
fn refuses_the_wrong_epoch_key_ledger_key_and_origin() {
    let dir = filled(3);
    let right = || config(dir.path(), 16 * 1024);

    let epoch = StoreConfig {
        epoch_key: EpochKey::from_bytes([3; 32]),
        ..right()
    };
    assert!(matches!(Store::open(epoch), Err(StoreError::WrongEpochKey)));
    let ledger_key = LedgerKey::from_seed(&[9; 32]).unwrap();
    let ledger = StoreConfig {
        ledger_key,
        ..right()
    };
    assert!(matches!(
        Store::open(ledger),
        Err(StoreError::WrongLedgerKey)
    ));
    let origin = StoreConfig {
        origin: "stile.example/health".to_owned(),
        ..right()
    };
    assert!(matches!(
        Store::open(origin),
        Err(StoreError::WrongLedgerKey)
    ));

    assert_holds(&reopen(dir.path()).0, 3);
}

#[test]
fn refuses_settings_out_of_range_and_foreign_files_in_the_journal() {
    let dir = folder();
    assert!(matches!(
        Store::open(config(dir.path(), 100)),
        Err(StoreError::Config(_))
    ));
    let spaced = StoreConfig {
        origin: "a b".to_owned(),
        ..config(dir.path(), 16 * 1024)
    };
    assert!(matches!(Store::open(spaced), Err(StoreError::Ledger(_))));

    let dir = filled(1);
    fs::write(dir.path().join("journal/notes.txt"), "x").unwrap();
    assert!(matches!(open_in(dir.path()), Err(StoreError::Config(_))));
}

#[test]
fn key_file_is_made_once_private_and_read_back() {
    let dir = folder();
    let path = dir.path().join("epoch.key");

    let made = Store::key_file_create(&path).unwrap();

    assert_eq!(EpochKey::read_file(&path).unwrap().ids(), made.ids());
    assert!(matches!(
        Store::key_file_create(&path),
        Err(StoreError::Io { .. })
    ));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        EpochKey::read_file(&path),
        Err(StoreError::Config(_))
    ));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, [0; 31]).unwrap();
    assert!(matches!(
        EpochKey::read_file(&path),
        Err(StoreError::Config(_))
    ));
}

#[tokio::test]
async fn says_that_it_is_closed_when_the_last_handle_has_gone_and_the_folder_is_free() {
    let dir = TempDir::new().unwrap();
    let (store, _) = open_in(dir.path()).unwrap();
    let other = store.clone();
    let closed = store.closed();
    tokio::pin!(closed);

    drop(store);
    let early = tokio::time::timeout(std::time::Duration::from_millis(50), &mut closed).await;
    // As a request that ends a moment after the gateway has stopped.
    let last = std::thread::spawn(move || drop(other));
    closed.await;

    assert!(early.is_err(), "a handle is left");
    assert!(open_in(dir.path()).is_ok());
    last.join().unwrap();
}
