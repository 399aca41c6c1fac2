//! What readers see, and what is found after closing.

use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry, Query, Store, Tree};

use crate::world::{Engine, World, batch, case, permit, vkey};

crate::contract!(
    entries_are_found_again_by_what_they_say,
    a_reader_sees_its_own_commit_at_once,
    everything_is_there_after_reopening,
    keys_are_those_of_a_scan_without_their_values,
    nothing_confidential_is_kept_readable,
    permit_is_found_again_by_the_digest_of_its_return,
    scan_goes_through_one_tree_in_order_and_in_pages,
);

async fn a_reader_sees_its_own_commit_at_once(world: &World) {
    let store = world.open();

    for n in 0..300_u32 {
        let value = n.to_be_bytes().to_vec();
        let put = Batch::put(Tree::Cases, "key", Some(value.clone()));
        store.commit(put).await.unwrap();
        assert_eq!(store.get(Tree::Cases, b"key").unwrap(), Some(value));
        store
            .commit(Batch::put(Tree::Cases, "key", None))
            .await
            .unwrap();
        assert_eq!(store.get(Tree::Cases, b"key").unwrap(), None);
    }
}

/// Puts `count` events under `case/`, the eighth of which is taken away again, and one elsewhere.
async fn put_events(store: &Store, count: u8) {
    let put = |key: String, value| store.commit(Batch::put(Tree::Events, key, value));
    for n in 0..count {
        put(format!("case/{n:02}"), Some(vec![n])).await.unwrap();
    }
    put("case/07".to_owned(), None).await.unwrap();
    put("other".to_owned(), Some(vec![99])).await.unwrap();
}

async fn scan_goes_through_one_tree_in_order_and_in_pages(world: &World) {
    let store = world.open();
    put_events(&store, 50).await;
    let other = Batch::put(Tree::Cases, "case/00", Some(vec![98]));
    store.commit(other).await.unwrap();

    let (mut seen, mut after) = (Vec::new(), None::<Vec<u8>>);
    loop {
        let page = store
            .scan(Tree::Events, b"case/", after.as_deref(), 10)
            .unwrap();
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        seen.extend(page.into_iter().map(|(_, value)| value[0]));
    }

    let expected: Vec<u8> = (0..50).filter(|n| *n != 7).collect();
    assert_eq!(seen, expected);
    assert!(
        store
            .scan(Tree::Events, b"nothing", None, 10)
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .scan(Tree::Events, b"case/", Some(b"zzz"), 10)
            .unwrap()
            .is_empty()
    );
}

async fn keys_are_those_of_a_scan_without_their_values(world: &World) {
    let store = world.open();
    put_events(&store, 12).await;

    for after in [None, Some(&b"case/05"[..]), Some(&b"zzz"[..])] {
        let scanned = store.scan(Tree::Events, b"case/", after, 5).unwrap();

        let keys = store.keys(Tree::Events, b"case/", after, 5).unwrap();

        let expected: Vec<_> = scanned.into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, expected);
    }
    let all = store.keys(Tree::Events, b"case/", None, 20).unwrap();
    assert_eq!(all.len(), 11);
}

async fn permit_is_found_again_by_the_digest_of_its_return(world: &World) {
    let store = world.open();
    let refused = Entry {
        kind: EntryKind::Refusal,
        ..permit("refused")
    };
    store
        .commit(Batch::entry(refused, Vec::new(), None))
        .await
        .unwrap();
    store.commit(batch("returned")).await.unwrap();

    let receipt = store.permit_for(&Digest::of(b"returned")).unwrap().unwrap();

    assert_eq!((receipt.index(), receipt.size()), (1, 2));
    assert!(store.permit_for(&Digest::of(b"refused")).unwrap().is_none());
    assert!(store.permit_for(&Digest::of(b"unknown")).unwrap().is_none());
    drop(store);
    let again = world.open().permit_for(&Digest::of(b"returned")).unwrap();
    assert_eq!(again.map(|receipt| receipt.index()), Some(1));
}

async fn everything_is_there_after_reopening(world: &World) {
    let store = world.open();
    for n in 0..300 {
        let entries = vec![batch(&format!("body {n}")).entries.remove(0)];
        store
            .commit(Batch {
                entries,
                ..Batch::default()
            })
            .await
            .unwrap();
    }
    let (head, note) = store.head_and_note();
    drop(store);

    let (store, report) = world.open_with(&crate::world::OURS).unwrap();

    assert_eq!((&report.head, store.signed_head()), (&head, note));
    for n in [0_u32, 254, 255, 256, 299] {
        let receipt = store.receipt_for(u64::from(n)).unwrap();
        receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
        assert_eq!(
            store.body(u64::from(n)).unwrap(),
            format!("body {n}").into_bytes()
        );
    }
    let next = store.commit(batch("next")).await.unwrap();
    assert_eq!(next.receipts[0].index(), 300);
    assert!(world.verified().is_sound());
}

async fn nothing_confidential_is_kept_readable(world: &World) {
    let canary = "Mali Testwood, 4 Elm Row";
    let store = world.open();
    let entry = Batch::entry(permit("return"), canary.into(), Some(case(3)));
    store.commit(entry).await.unwrap();
    let put = Batch::put(Tree::Returns, "1", Some(canary.into()));
    store.commit(put).await.unwrap();
    assert_eq!(store.body(0).unwrap(), canary.as_bytes());

    if world.engine == Engine::Postgres {
        let found = world.sql(
            "SELECT (SELECT count(*) FROM stile_frame WHERE position('Elm Row'::bytea IN bytes) > 0) \
             + (SELECT count(*) FROM stile_row WHERE position('Elm Row'::bytea IN key || value) > 0)",
        );
        assert_eq!(found, "0");
    }
}

async fn entries_are_found_again_by_what_they_say(world: &World) {
    let store = world.open();
    let entry = |n: usize| {
        let kind = match n % 500 {
            0 => EntryKind::Refusal,
            _ => EntryKind::Permit,
        };
        let entry = Entry {
            kind,
            ..permit("x")
        };
        let (body, case, subjects) = (Vec::new(), None, Vec::new());
        PendingEntry {
            entry,
            body,
            case,
            subjects,
        }
    };
    for part in 0..3_usize {
        let entries = (part * 700..part * 700 + 700).map(entry).collect();
        store
            .commit(Batch {
                entries,
                ..Batch::default()
            })
            .await
            .unwrap();
    }
    // Found while the postings are made, and after.
    for _ in 0..2 {
        let query = Query {
            kinds: [EntryKind::Refusal].into(),
            limit: 4,
            ..Query::default()
        };
        let page = store.find(&query).unwrap();
        let found: Vec<u64> = page.entries.iter().map(|(index, _)| *index).collect();
        assert_eq!(found, [2_000, 1_500, 1_000, 500]);
        let rest = store
            .find(&Query {
                before: page.next,
                ..query
            })
            .unwrap();
        assert_eq!(rest.entries.len(), 1);
        let backwards = store.find(&Query {
            from: Some(Timestamp::from_millis(i64::MAX)),
            until: Some(Timestamp::from_millis(0)),
            ..Query::default()
        });
        assert!(backwards.unwrap().entries.is_empty());
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    if world.engine == Engine::Postgres {
        drop(store);
        let posted = "SELECT encode(value, 'hex') FROM stile_row WHERE key = 'n'";
        assert_eq!(world.sql(posted), "0000000000000002");
    }
}
