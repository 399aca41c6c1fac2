//! The tree as members read it, and the entries as only auditors do.

use super::*;

use harness::process::Site;

use stile_ledger::Entry;
use stile_ledger::tile::{self, read_bundle, read_tile};
use stile_ledger::tree::root_at;
use stile_store::{Batch, PendingEntry, Store};

/// A lab whose police ledger holds more entries than one tile.
async fn long(submits: bool) -> Lab {
    let mut lab = lab(&[Kind::Police], submits).await;
    lab.stop_one(&police()).await;
    let (store, _) = Store::open(store_of(&lab, Kind::Police)).unwrap();
    let entry = PendingEntry {
        entry: Entry::new(EntryKind::SourceCheck, Clock::system().now()),
        body: Vec::new(),
        case: None,
        subjects: Vec::new(),
    };
    let batch = Batch {
        entries: vec![entry; 300],
        ..Batch::default()
    };
    store.commit(batch).await.unwrap();
    drop(store);
    lab.start_one(&police()).await;
    lab
}

/// Every tile that a tree of this size has: level, place, width.
fn tiles(size: u64) -> Vec<(u8, u64, u16)> {
    let mut tiles = Vec::new();
    for level in 0..2_u8 {
        let there = size >> (8 * u32::from(level));
        for place in 0..there.div_ceil(256) {
            let width = (there - place * 256).min(256);
            tiles.push((level, place, u16::try_from(width).unwrap()));
        }
    }
    tiles
}

fn path(level: impl std::fmt::Display, place: u64, width: u16) -> String {
    let narrow = if width < 256 {
        format!(".p/{width}")
    } else {
        String::new()
    };
    format!("tile/{level}/{place:03}{narrow}")
}

#[tokio::test(flavor = "multi_thread")]
async fn served_tiles_are_those_on_the_disk_and_lead_to_the_head_within_a_second() {
    let mut lab = long(false).await;
    let served = peer(&lab, &hub(), &police());
    let note = text(&served.get("/v1/ledger/checkpoint").await.unwrap());
    let head = Checkpoint::open(&note, &vkey(&lab, &police())).unwrap();
    assert!(head.size > 300);
    let folder = lab.agency_dir(Kind::Police).join("published");
    let begun = Instant::now();
    while fs::read_to_string(folder.join("checkpoint")).unwrap_or_default() != note {
        assert!(begun.elapsed() < PATIENCE, "not published");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let mut read = std::collections::HashMap::new();
    for (level, place, width) in tiles(head.size) {
        let path = path(level, place, width);
        let bytes = served.get(&format!("/v1/ledger/{path}")).await.unwrap();
        assert_eq!(bytes.status, StatusCode::OK, "{path}");
        assert_eq!(bytes.body, fs::read(folder.join(&path)).unwrap(), "{path}");
        read.insert((level, place), read_tile(&bytes.body, width).unwrap());
    }

    let root = root_at(head.size, |level, place| {
        tile::node(level, place, |level, place| {
            read.get(&(level, place)).cloned()
        })
    });
    assert_eq!(root.unwrap(), head.root);
    for (path, code) in [
        ("0/001.p/255", "no_tile"),
        ("0/009", "no_tile"),
        ("7/000", "no_tile"),
        ("0/000.p/0", "malformed"),
        ("0/000.p/256", "malformed"),
        ("0/1", "malformed"),
        ("0/x000/001", "malformed"),
        ("0/..%2f..%2fstore", "malformed"),
        ("entries/000", "entries_restricted"),
        ("entries/001.p/3", "entries_restricted"),
    ] {
        let refused = served
            .get(&format!("/v1/ledger/tile/{path}"))
            .await
            .unwrap();
        assert_eq!(problem(&refused).code(), code, "{path}");
    }
    assert!(!folder.join("tile/entries").exists());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_read_by_auditors_alone_and_the_reading_is_recorded_first() {
    let mut lab = long(false).await;
    let before = recorded(&lab, &police(), EntryKind::AccessToLog);
    let address = "/api/v1/ledger/tile/entries/000";
    let approver = lab.person(&police(), "s.patel");
    let refused = approver.get(address).await.unwrap();
    assert_eq!(problem(&refused).code(), "role_missing");
    assert_eq!(recorded(&lab, &police(), EntryKind::AccessToLog), before);

    let auditor = person(&lab, &police(), AUDITOR);
    let bundle = auditor.get(address).await.unwrap();

    assert_eq!(bundle.status, StatusCode::OK);
    assert_eq!(
        recorded(&lab, &police(), EntryKind::AccessToLog),
        before + 1
    );
    let entries = read_bundle(&bundle.body, 256).unwrap();
    let hashes = auditor.get("/api/v1/ledger/tile/0/000").await.unwrap();
    let hashes = read_tile(&hashes.body, 256).unwrap();
    for (entry, hash) in entries.iter().zip(&hashes) {
        assert_eq!(leaf_hash(entry), *hash);
    }
    assert_eq!(entries.len(), 256);
    let beyond = auditor
        .get("/api/v1/ledger/tile/entries/009")
        .await
        .unwrap();
    assert_eq!(problem(&beyond).code(), "no_tile");
    lab.stop().await;
}

/// The head in the folder, proved by the folder's own tiles; `None` before there is one.
fn proved(folder: &Path, vkey: &Vkey) -> Option<Checkpoint> {
    let note = fs::read_to_string(folder.join("checkpoint")).ok()?;
    let head = Checkpoint::open(&note, vkey).unwrap();
    let read = |level: u8, place: u64| {
        let there = head.size >> (8 * u32::from(level));
        let width = u16::try_from((there - place * 256).min(256)).unwrap();
        let narrow = fs::read(folder.join(path(level, place, width)));
        let full = || fs::read(folder.join(path(level, place, 256)));
        let bytes = narrow.or_else(|_| full()).unwrap();
        Some(read_tile(&bytes[..usize::from(width) * 32], width).unwrap())
    };
    let root = root_at(head.size, |level, place| tile::node(level, place, read));
    assert_eq!(root.unwrap(), head.root);
    Some(head)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_killed_while_it_publishes_leaves_a_folder_that_proves_its_head() {
    let mut site = Site::set_up(crate::STILE, &[Kind::Police], PEOPLE).await;
    let name = police().to_string();
    let folder = site.member_dir(&name).join("published");
    let vkey = fs::read_to_string(site.member_dir(&name).join("ledger.vkey")).unwrap();
    let vkey: Vkey = vkey.trim().parse().unwrap();
    let mut last = 0;
    for after_ms in [0, 430, 480, 520, 600] {
        site.start(&name);
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        site.kill(&name);

        let size = proved(&folder, &vkey).map_or(0, |head| head.size);
        assert!(size >= last, "the folder went back from {last} to {size}");
        last = size;
    }
    site.start(&name);
    let begun = Instant::now();
    while proved(&folder, &vkey).is_none_or(|head| head.size <= last) {
        assert!(begun.elapsed() < PATIENCE, "not published again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!site.log(&name).contains("releases are halted"));
}
