//! Which directory a gateway starts with, over the directories it worked from before.

use stile_model::id::PartnershipId;
use stile_store::StoreError;
use stile_trust::TrustError;
use stile_trust::directory::DirectoryFault;
use tempfile::TempDir;

use super::directory::recorded_version;
use super::*;
use crate::tests::opened;

pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000)
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

/// What a gateway is about to commit that has just looked.
fn about_to_record(store: &Store, directory: &Directory) -> Batch {
    let mut batch = Batch::default();
    note_directory(store, &mut batch, directory, now()).unwrap();
    batch
}

#[tokio::test]
async fn refuses_the_lower_of_two_versions_that_two_gateways_are_about_to_record() {
    let folder = tempfile::tempdir().unwrap();
    start(&folder, &directory(5)).await.unwrap();
    let store = opened(&folder);
    let late = about_to_record(&store, &directory(6));
    record_directory(&store, &directory(7), now())
        .await
        .unwrap();
    let size = store.head().size;

    let refused = store.commit(late).await;

    assert!(matches!(refused, Err(StoreError::AlreadyThere(Tree::Meta))));
    assert_eq!(recorded_version(&store).unwrap(), Some(7));
    assert_eq!(store.head().size, size);
    let older = fault(record_directory(&store, &directory(6), now()).await);
    let (found, minimum) = (6, 7);
    assert_eq!(older, DirectoryFault::Rollback { found, minimum });
}

#[tokio::test]
async fn records_the_higher_of_two_versions_though_the_lower_came_first() {
    let folder = tempfile::tempdir().unwrap();
    start(&folder, &directory(5)).await.unwrap();
    let store = opened(&folder);

    let (lower, higher) = (directory(6), directory(7));
    let (lower, higher) = tokio::join!(
        record_directory(&store, &lower, now()),
        record_directory(&store, &higher, now())
    );

    higher.unwrap();
    assert!(
        lower.is_ok() || matches!(fault(lower), DirectoryFault::Rollback { .. }),
        "it came first, or not at all"
    );
    assert_eq!(recorded_version(&store).unwrap(), Some(7));
}

#[tokio::test]
async fn a_version_that_comes_after_two_others_does_not_take_their_place() {
    let folder = tempfile::tempdir().unwrap();
    start(&folder, &directory(5)).await.unwrap();
    let store = opened(&folder);
    // It stood still for so long that what it would be refused for is gone.
    let late = about_to_record(&store, &directory(6));
    for version in 7..=9 {
        record_directory(&store, &directory(version), now())
            .await
            .unwrap();
    }

    store.commit(late).await.unwrap();

    assert_eq!(recorded_version(&store).unwrap(), Some(9));
    assert!(check_directory(&store, &directory(8)).is_err());
    check_directory(&store, &directory(9)).unwrap();
    record_directory(&store, &directory(10), now())
        .await
        .unwrap();
    assert_eq!(recorded_version(&store).unwrap(), Some(10));
}

/// What programs leave that know of one version alone.
async fn leave_version(store: &Store, version: u64) {
    let digest = Digest::of(&serde_json::to_vec(&directory(version)).unwrap());
    let puts = [
        ("recorded/directory-version", version.to_be_bytes().to_vec()),
        ("recorded/directory", digest.as_bytes().to_vec()),
    ];
    let puts = puts.map(|(key, value)| Batch::put(Tree::Meta, key, Some(value)));
    for put in puts {
        store.commit(put).await.unwrap();
    }
}

#[tokio::test]
async fn refuses_an_older_directory_than_an_older_program_has_recorded() {
    let folder = tempfile::tempdir().unwrap();
    leave_version(&opened(&folder), 5).await;
    let mut reissued = directory(5);
    reissued.valid_until = now().plus_s(180 * 86_400);

    let older = fault(start(&folder, &directory(4)).await);
    let other = fault(start(&folder, &reissued).await);

    let (found, minimum) = (4, 5);
    assert_eq!(older, DirectoryFault::Rollback { found, minimum });
    assert_eq!(other, DirectoryFault::Reissued(5));
    start(&folder, &directory(5)).await.unwrap();
    start(&folder, &directory(6)).await.unwrap();
    assert_eq!(recorded_version(&opened(&folder)).unwrap(), Some(6));
}

#[tokio::test]
async fn an_older_program_beside_this_one_raises_the_version_and_never_lowers_it() {
    let folder = tempfile::tempdir().unwrap();
    start(&folder, &directory(6)).await.unwrap();
    let store = opened(&folder);

    leave_version(&store, 5).await;
    assert_eq!(recorded_version(&store).unwrap(), Some(6));
    check_directory(&store, &directory(6)).unwrap();
    leave_version(&store, 8).await;
    assert_eq!(recorded_version(&store).unwrap(), Some(8));
    check_directory(&store, &directory(8)).unwrap();

    assert!(check_directory(&store, &directory(7)).is_err());
    record_directory(&store, &directory(9), now())
        .await
        .unwrap();
    assert_eq!(recorded_version(&store).unwrap(), Some(9));
}

#[tokio::test]
async fn two_versions_at_most_are_kept_on_record_however_many_there_were() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder);
    for version in 0..6 {
        record_directory(&store, &directory(version), now())
            .await
            .unwrap();
    }

    let rows = store
        .scan(Tree::Meta, b"recorded/directory-after/", None, 10)
        .unwrap();

    assert_eq!(rows.len(), 2);
    assert_eq!(recorded_version(&store).unwrap(), Some(5));
    assert!(check_directory(&store, &directory(4)).is_err());
}

#[tokio::test]
async fn refuses_a_record_of_directories_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let put = Batch::put(
        Tree::Meta,
        "recorded/directory-after/",
        Some(b"new".to_vec()),
    );
    opened(&folder).commit(put).await.unwrap();

    let refused = start(&folder, &directory(1)).await;

    assert!(matches!(refused, Err(ExchangeError::Stored("version"))));
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
