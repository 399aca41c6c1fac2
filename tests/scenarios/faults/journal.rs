//! The journal is changed on the disk: the gateway refuses to start and says where.

use std::fs;
use std::path::PathBuf;

use harness::process::Site;
use stile_cli::demo::world::Kind;
use stile_ledger::verify;

use super::{POLICE, police, police_story};

/// A stopped police gateway with a few answers in its journal, and the offset of every frame.
async fn with_answers() -> (Site, PathBuf, Vec<usize>) {
    let mut site = police().await;
    site.start(POLICE);
    let hub = site.raw_hub();
    for _ in 0..4 {
        let enquiry = hub.enquiry(Kind::Police, &police_story());
        hub.ask(Kind::Police, &enquiry).await;
    }
    site.stop(POLICE);
    let segment = site.segments(POLICE).pop().unwrap();
    let mut offsets = Vec::new();
    verify::walk(&fs::read(&segment).unwrap(), 0, |_, offset| {
        offsets.push(offset);
        Ok(())
    });
    assert!(offsets.len() > 4);
    (site, segment, offsets)
}

fn flip(segment: &PathBuf, at: usize) {
    let mut bytes = fs::read(segment).unwrap();
    bytes[at] ^= 0x10;
    fs::write(segment, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_changed_in_the_middle_stops_the_start_with_segment_and_offset() {
    let (mut site, segment, offsets) = with_answers().await;
    let frame = offsets[offsets.len() / 2];
    flip(&segment, frame + 200);

    let said = site.refuses_to_start(POLICE);

    assert!(
        said.contains("the journal is damaged at segment `0`"),
        "{said}"
    );
    assert!(said.contains(&format!("offset `{frame}`")), "{said}");
    let bad = site.verified(POLICE).first_bad.unwrap();
    assert_eq!(bad.offset, u64::try_from(frame).unwrap());
    assert!(!bad.unfinished);

    // Nothing was repaired behind anybody's back: with the byte as it was, all is well.
    flip(&segment, frame + 200);
    site.start(POLICE);
    site.stop(POLICE);
    assert!(site.verified(POLICE).is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_changed_in_the_last_frame_is_not_taken_for_an_unfinished_write() {
    let (site, segment, offsets) = with_answers().await;
    flip(&segment, offsets.last().unwrap() + 200);

    let said = site.refuses_to_start(POLICE);

    assert!(said.contains("the journal"), "{said}");
    assert!(said.contains("restore"), "{said}");
    assert!(!site.member_dir(POLICE).join("store/set-aside").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_whose_end_was_cut_away_stops_the_start() {
    let (site, segment, offsets) = with_answers().await;
    let last = u64::try_from(*offsets.last().unwrap()).unwrap();
    let file = fs::File::options().write(true).open(&segment).unwrap();
    file.set_len(last).unwrap();

    let said = site.refuses_to_start(POLICE);

    assert!(said.contains("recorded evidence is missing"), "{said}");
}
