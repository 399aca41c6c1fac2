//! Damage that must stop the gateway, and what verification says of it.

use std::fs;

use stile_ledger::LedgerError;

use super::*;
use crate::{verify_dir_against, verify_dir_opened};

#[test]
fn refuses_to_open_when_a_frame_before_the_last_is_damaged() {
    let good = filled(6);
    let path = segments(good.path())[0].clone();
    let bytes = fs::read(&path).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();

    for place in (0..used / 2).step_by(97) {
        let dir = folder();
        copy(good.path(), dir.path());
        let mut changed = bytes.clone();
        changed[place] ^= 0x40;
        fs::write(&segments(dir.path())[0], &changed).unwrap();

        let error = open_in(dir.path()).unwrap_err();

        assert!(
            matches!(error, StoreError::Damaged(_)),
            "byte {place}: {error}"
        );
        assert!(!verified(dir.path()).is_sound(), "byte {place}");
    }
}

#[test]
fn damage_names_segment_and_offset() {
    let dir = filled(6);
    let path = segments(dir.path())[0].clone();
    let mut bytes = fs::read(&path).unwrap();
    bytes[10] ^= 1;
    fs::write(&path, bytes).unwrap();

    let error = open_in(dir.path()).unwrap_err();

    assert!(
        error.to_string().contains("segment `0`, offset `0`"),
        "{error}"
    );
}

#[test]
fn verification_finds_a_missing_segment_and_opening_refuses() {
    let dir = filled(90);
    let all = segments(dir.path());
    assert!(all.len() > 3);
    fs::remove_file(&all[1]).unwrap();

    assert!(matches!(
        verified(dir.path()).first_bad.unwrap().fault,
        LedgerError::Chain("a segment is missing, or its name is not its number")
    ));
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    assert!(matches!(open_in(dir.path()), Err(StoreError::Damaged(_))));
}

/// Makes zeros of the end of a segment's last frame, as a crash leaves it.
fn cut_short(segment: &Path) {
    let mut bytes = fs::read(segment).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    bytes[end - 40..].fill(0);
    fs::write(segment, bytes).unwrap();
}

#[test]
fn end_cut_off_before_a_newer_segment_is_not_called_unfinished_and_opening_refuses() {
    let dir = filled(90);
    let all = segments(dir.path());
    let (newest, before) = (&all[all.len() - 1], &all[all.len() - 2]);
    cut_short(before);
    let empty = vec![0_u8; fs::read(newest).unwrap().len()];
    fs::write(newest, empty).unwrap();

    assert!(!verified(dir.path()).first_bad.unwrap().unfinished);
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    assert!(matches!(open_in(dir.path()), Err(StoreError::Damaged(_))));
}

#[test]
fn epoch_key_is_tried_on_a_journal_with_an_unfinished_end_too() {
    let dir = filled(3);
    cut_short(segments(dir.path()).last().unwrap());
    let opened_by = |seed: u8| {
        let keys = EpochKey::from_bytes([seed; 32]);
        verify_dir_opened(dir.path(), &vkey(), ORIGIN, keys)
    };

    assert!(opened_by(2).unwrap().first_bad.unwrap().unfinished);
    let error = opened_by(9).unwrap_err();
    assert!(matches!(error, StoreError::WrongEpochKey), "{error}");
}

#[test]
fn older_copy_of_the_whole_folder_is_found_by_a_checkpoint_kept_elsewhere() {
    let dir = filled(5);
    let older = folder();
    copy(dir.path(), older.path());
    let (store, _) = reopen(dir.path());
    fill(&store, 5, 3);
    let kept = store.head();
    drop(store);

    let against =
        |dir: &Path| verify_dir_against(dir, &vkey(), std::slice::from_ref(&kept), |_| ()).unwrap();

    assert!(against(dir.path()).is_sound());
    let bad = against(older.path()).first_bad.unwrap();
    assert_eq!(bad.fault, LedgerError::Rollback { had: 8, now: 5 });
    let (store, report) = reopen(older.path());
    assert!(
        report.head.size < kept.size,
        "what opening reports shows it too"
    );
    assert!(store.consistency(kept.size).is_err());
}

#[test]
fn verification_needs_a_journal_and_no_other_key() {
    let empty = folder();
    fs::create_dir_all(empty.path().join("journal")).unwrap();
    assert!(verify_dir(empty.path(), &vkey(), |_| ()).is_err());
    assert!(verify_dir(&empty.path().join("nowhere"), &vkey(), |_| ()).is_err());

    let dir = filled(2);
    let stranger = LedgerKey::from_seed(&[7; 32]).unwrap().vkey(vkey().name());
    let bad = verify_dir(dir.path(), &stranger, |_| ())
        .unwrap()
        .first_bad
        .unwrap();
    assert_eq!(bad.fault, LedgerError::Signature);
}

#[test]
fn verification_reads_a_journal_that_is_being_written() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    fill(&store, 0, 5);

    let report = verified(dir.path());

    assert!(report.is_sound());
    assert_eq!(report.head, Some(store.head()));
}
