//! Which directory a gateway starts with, over the directories it worked from before.

use stile_ledger::LedgerKey;
use stile_model::id::PartnershipId;
use stile_store::{EpochKey, StoreConfig};
use tempfile::TempDir;

use super::*;

fn now() -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000)
}

fn opened(folder: &TempDir) -> Store {
    let config = StoreConfig {
        dir: folder.path().join("store"),
        origin: "north.example/police".to_owned(),
        ledger_key: LedgerKey::from_seed(&[7; 32]).unwrap(),
        epoch_key: EpochKey::from_bytes([8; 32]),
        segment_bytes: 1 << 20,
        low_space_bytes: 0,
    };
    Store::open(config).unwrap().0
}

fn directory(version: u64) -> Directory {
    Directory {
        partnership: PartnershipId::new("north").unwrap(),
        version,
        issued: now(),
        valid_until: now().plus_s(90 * 86_400),
        members: Vec::new(),
        agreements: Vec::new(),
        quorum: None,
    }
}

/// A start of the gateway on its store, as after a restart.
async fn start(folder: &TempDir, directory: &Directory) -> Result<(), ExchangeError> {
    let store = opened(folder);
    record_start(&store, "0.1.0", None, None, directory, now()).await
}

fn fault(result: Result<(), ExchangeError>) -> DirectoryFault {
    match result {
        Err(ExchangeError::Untrusted(TrustError::Directory(fault))) => fault,
        other => panic!("expected a fault, got {other:?}"),
    }
}

#[tokio::test]
async fn refuses_to_start_with_an_older_directory_than_the_one_in_use_before() {
    let folder = tempfile::tempdir().unwrap();
    start(&folder, &directory(2)).await.unwrap();

    let older = fault(start(&folder, &directory(1)).await);

    let (found, minimum) = (1, 2);
    assert_eq!(older, DirectoryFault::Rollback { found, minimum });
    start(&folder, &directory(2)).await.unwrap();
}

#[tokio::test]
async fn refuses_an_older_directory_after_a_newer_one_came_into_use_while_it_ran() {
    let folder = tempfile::tempdir().unwrap();
    start(&folder, &directory(2)).await.unwrap();
    let store = opened(&folder);
    record_directory(&store, &directory(5), now())
        .await
        .unwrap();
    drop(store);

    let older = fault(start(&folder, &directory(2)).await);

    let (found, minimum) = (2, 5);
    assert_eq!(older, DirectoryFault::Rollback { found, minimum });
    start(&folder, &directory(6)).await.unwrap();
    assert!(start(&folder, &directory(5)).await.is_err());
}

#[tokio::test]
async fn refuses_another_content_under_a_version_that_was_in_use() {
    let folder = tempfile::tempdir().unwrap();
    start(&folder, &directory(2)).await.unwrap();
    let mut other = directory(2);
    other.valid_until = now().plus_s(180 * 86_400);

    let reissued = fault(start(&folder, &other).await);

    assert_eq!(reissued, DirectoryFault::Reissued(2));
    other.version = 3;
    start(&folder, &other).await.unwrap();
}

/// What a program that knows this format leaves in a store.
async fn leave(folder: &TempDir, format: &[u8]) {
    let put = Batch::put(Tree::Meta, FORMAT_KEPT.to_vec(), Some(format.to_vec()));
    opened(folder).commit(put).await.unwrap();
}

#[tokio::test]
async fn records_the_format_at_the_first_start_and_takes_over_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    check_format(&opened(&folder)).unwrap();
    start(&folder, &directory(1)).await.unwrap();
    assert_eq!(recorded_format(&opened(&folder)).unwrap(), Some(FORMAT));
    leave(&folder, &0_u32.to_be_bytes()).await;

    start(&folder, &directory(1)).await.unwrap();

    assert_eq!(recorded_format(&opened(&folder)).unwrap(), Some(FORMAT));
}

#[tokio::test]
async fn refuses_a_store_that_a_newer_program_has_written_to_and_leaves_it_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    start(&folder, &directory(1)).await.unwrap();
    leave(&folder, &(FORMAT + 1).to_be_bytes()).await;
    let before = opened(&folder).head().size;

    let refused = start(&folder, &directory(1)).await;

    assert!(
        matches!(refused, Err(ExchangeError::Newer { found, known }) if found == FORMAT + 1 && known == FORMAT),
        "{refused:?}"
    );
    let store = opened(&folder);
    assert!(check_format(&store).is_err());
    assert_eq!(store.head().size, before);
    assert_eq!(recorded_format(&store).unwrap(), Some(FORMAT + 1));
}

#[tokio::test]
async fn refuses_a_format_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    leave(&folder, b"new").await;

    let refused = start(&folder, &directory(1)).await;

    assert!(matches!(refused, Err(ExchangeError::Stored("format"))));
}
