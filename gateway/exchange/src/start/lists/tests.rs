//! Which lists count as accepted, over those that gateways of one store recorded.

use std::fs;

use stile_model::id::PartnershipId;
use stile_trust::authority::Authority;
use tempfile::TempDir;

use super::super::tests::now;
use super::*;
use crate::tests::opened;

/// The lists that an authority makes one after another, a second apart.
fn made<const COUNT: usize>(folder: &TempDir) -> [RevocationSet; COUNT] {
    let partnership = PartnershipId::new("north").unwrap();
    let path = folder.path().join("ca");
    let authority = Authority::init(&path, &partnership, now()).unwrap();
    let read = |path| fs::read_to_string(path).unwrap();
    let mut at = now();
    std::array::from_fn(|_| {
        at = at.plus_s(1);
        authority.refresh_crl(at, 7).unwrap();
        let (crl, issuers) = (read(authority.crl_path()), read(authority.issuing_path()));
        RevocationSet::load(&crl, &issuers, at).unwrap()
    })
}

fn only(lists: &RevocationSet) -> (Digest, Edition) {
    let (issuer, edition) = lists.editions().next().unwrap();
    (*issuer, edition)
}

#[tokio::test]
async fn refuses_older_lists_also_when_another_gateway_recorded_them_last() {
    let folder = tempfile::tempdir().unwrap();
    let [first, older, newer] = made(&folder);
    let store = opened(&folder);
    record_lists(&store, &first).await.unwrap();
    let (issuer, edition) = only(&older);
    // It has looked, and is about to commit.
    let mut late = Batch::default();
    note_list(&store, &mut late, &issuer, edition).unwrap();
    record_lists(&store, &newer).await.unwrap();

    store.commit(late).await.unwrap();

    for lists in [&first, &older] {
        let refused = check_lists(&store, lists);
        assert!(
            matches!(
                refused,
                Err(ExchangeError::Untrusted(TrustError::CrlOlder { held, .. })) if held == only(&newer).1
            ),
            "{refused:?}"
        );
    }
    check_lists(&store, &newer).unwrap();
}

#[tokio::test]
async fn refuses_older_lists_than_an_older_program_has_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let [older, held, newer] = made(&folder);
    let store = opened(&folder);
    let (issuer, edition) = only(&held);
    let value = serde_json::to_vec(&edition).unwrap();
    let put = Batch::put(Tree::Meta, key(&issuer), Some(value));
    store.commit(put).await.unwrap();

    assert!(check_lists(&store, &older).is_err());
    check_lists(&store, &held).unwrap();
    record_lists(&store, &newer).await.unwrap();

    assert!(check_lists(&store, &held).is_err());
    check_lists(&store, &newer).unwrap();
}

#[tokio::test]
async fn lists_that_newer_ones_replaced_go_from_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let all: [_; 4] = made(&folder);
    let store = opened(&folder);
    for lists in &all {
        record_lists(&store, lists).await.unwrap();
        // The same again says nothing new.
        let size = store.head_and_note();
        record_lists(&store, lists).await.unwrap();
        assert_eq!(store.head_and_note(), size);
    }

    let (issuer, newest) = only(&all[3]);
    let rows = accepted(&store, &issuer).unwrap();

    let keys: Vec<_> = rows.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(keys, [key(&issuer), own_key(&issuer, &newest)]);
    assert!(rows.iter().all(|(_, edition)| *edition == newest));
}

#[tokio::test]
async fn refuses_a_record_of_lists_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let [lists] = made(&folder);
    let store = opened(&folder);
    let (issuer, edition) = only(&lists);
    let put = Batch::put(
        Tree::Meta,
        own_key(&issuer, &edition),
        Some(b"new".to_vec()),
    );
    store.commit(put).await.unwrap();

    let refused = check_lists(&store, &lists);

    assert!(matches!(refused, Err(ExchangeError::Stored("list"))));
}
