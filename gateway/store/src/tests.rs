//! The store as its callers use it: real files, real threads, real crashes.

mod ahead;
mod archive;
mod broken;
mod check;
mod commit;
mod crash;
mod damage;
mod erase;
mod find;
mod full;
mod line;
mod publish;
mod recover;
mod token;

use std::path::{Path, PathBuf};

use stile_ledger::verify::Report;
use stile_ledger::{Entry, EntryKind, KeyName, LedgerKey, Vkey};
use stile_model::digest::Digest;
use stile_model::id::CaseId;
use tempfile::TempDir;

use crate::{Batch, EpochKey, OpenReport, Store, StoreConfig, StoreError, verify_dir};

const ORIGIN: &str = "stile.example/police";

fn ledger_key() -> LedgerKey {
    LedgerKey::from_seed(&[1; 32]).unwrap()
}

fn vkey() -> Vkey {
    ledger_key().vkey(&KeyName::new(ORIGIN).unwrap())
}

fn config(dir: &Path, segment_bytes: u64) -> StoreConfig {
    StoreConfig {
        dir: dir.to_owned(),
        origin: ORIGIN.to_owned(),
        ledger_key: ledger_key(),
        epoch_key: EpochKey::from_bytes([2; 32]),
        segment_bytes,
        low_space_bytes: 0,
    }
}

fn open_in(dir: &Path) -> Result<(Store, OpenReport), StoreError> {
    Store::open(config(dir, 16 * 1024))
}

fn reopen(dir: &Path) -> (Store, OpenReport) {
    open_in(dir).unwrap()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn permit(about: &str) -> Entry {
    Entry {
        digest: Some(Digest::of(about.as_bytes())),
        ..Entry::new(EntryKind::Permit, "2026-03-11T10:14:00Z".parse().unwrap())
    }
}

fn case(number: u32) -> CaseId {
    CaseId::new(format!("MASH-2026-{number:05}")).unwrap()
}

/// One entry whose body is `about`.
fn batch(about: &str) -> Batch {
    Batch::entry(permit(about), about.as_bytes().to_vec(), Some(case(1)))
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}

/// A closed store with `count` entries, each in a frame of its own.
fn filled(count: u32) -> TempDir {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    fill(&store, 0, count);
    dir
}

fn fill(store: &Store, from: u32, count: u32) {
    for n in from..from + count {
        run(store.commit(batch(&format!("body {n}")))).unwrap();
    }
}

/// Every entry and its body are there, proved by the newest head.
fn assert_holds(store: &Store, count: u32) {
    assert_eq!(store.head().size, u64::from(count));
    for n in 0..count {
        assert_eq!(
            store.body(u64::from(n)).unwrap(),
            format!("body {n}").into_bytes()
        );
        let receipt = store.receipt_for(u64::from(n)).unwrap();
        receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
    }
}

fn verified(dir: &Path) -> Report {
    verify_dir(dir, &vkey(), |_| ()).unwrap()
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let list = std::fs::read_dir(dir.join("journal")).unwrap();
    let mut paths: Vec<_> = list.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Every file below `dir`.
fn files(dir: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(file, target).unwrap();
    }
}
