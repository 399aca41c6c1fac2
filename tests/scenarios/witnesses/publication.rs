//! The published folder, and going on without a quorum.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_published_folder_that_is_ahead_of_the_ledger_halts_it() {
    let mut lab = lab(&[Kind::Police], false).await;
    let (store, older) = (
        lab.agency_dir(Kind::Police).join("store"),
        lab.dir().join("older"),
    );
    let published = lab.agency_dir(Kind::Police).join("published/checkpoint");
    lab.stop_one(&police()).await;
    copy(&store, &older);
    lab.start_one(&police()).await;
    let size = witnesses(&lab, &police()).await.size;
    let begun = Instant::now();
    let ours = vkey(&lab, &police());
    let there = || {
        let note = fs::read_to_string(&published).unwrap_or_default();
        Checkpoint::open(&note, &ours).map_or(0, |head| head.size)
    };
    while there() < size {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    lab.stop_one(&police()).await;
    lab.stop_one(&hub()).await;
    put_back(&older, &store);
    // Nobody else saw it: only the folder knows.
    let ahead = fs::read_to_string(&published).unwrap();

    lab.start_one(&police()).await;

    // The start of the older copy is an entry too, of another history at the same size.
    let seen = wait_for(&lab, &police(), |seen| seen.halt.is_some()).await;
    assert_eq!(contradiction(&seen.halt.unwrap()), (None, ahead.as_str()));
    assert_eq!(fs::read_to_string(&published).unwrap(), ahead);
    assert_eq!(refusal(&lab).await, "ledger_halted");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_published_tile_halts_until_the_folder_is_made_anew_and_an_officer_says_so() {
    let mut lab = lab(&[Kind::Police], false).await;
    let folder = lab.agency_dir(Kind::Police).join("published");
    published(&lab, &folder).await;
    lab.stop_one(&police()).await;
    let size = fs::read_dir(folder.join("tile/0/000.p")).unwrap();
    let newest = size.map(|one| one.unwrap().path()).max().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    bytes[0] ^= 1;
    fs::write(&newest, bytes).unwrap();
    // The same head again: the changed tile is one that it vouches for.
    let head = fs::read_to_string(folder.join("checkpoint")).unwrap();
    assert!(head.lines().nth(1).unwrap() == newest.file_name().unwrap().to_str().unwrap());
    let publisher = |dir: &Path| {
        let (store, _) = stile_store::Store::open(store_of(&lab, Kind::Police)).unwrap();
        let note = store.signed_head();
        stile_store::Publisher::new(store, dir).publish(&note, None)
    };
    let differs = publisher(&folder).unwrap();
    assert!(matches!(differs, stile_store::Published::Differs { .. }));
    fs::write(folder.join("checkpoint"), "not a head\n").unwrap();

    lab.start_one(&police()).await;

    let seen = wait_for(&lab, &police(), |seen| seen.halt.is_some()).await;
    let halt = seen.halt.unwrap();
    assert!(matches!(&halt.cause, Cause::PublishedFile { file } if file == "checkpoint"));
    assert_eq!(refusal(&lab).await, "ledger_halted");
    fs::remove_dir_all(&folder).unwrap();
    let order =
        json!({ "reason": "The folder was made anew after a disk fault", "confirm": halt.confirm });
    let officer = person(&lab, &police(), OFFICER);
    let done = officer.post("/api/v1/ledger/resume", &order).await.unwrap();
    assert_eq!(done.status, StatusCode::OK);
    published(&lab, &folder).await;
    assert_eq!(witnesses(&lab, &police()).await.halt, None);
    lab.stop().await;
}

/// Waits until the newest head is in the folder.
async fn published(lab: &Lab, folder: &Path) {
    let begun = Instant::now();
    let from = peer(lab, &hub(), &police());
    loop {
        let newest = text(&from.get("/v1/ledger/checkpoint").await.unwrap());
        if fs::read_to_string(folder.join("checkpoint")).unwrap_or_default() == newest {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "not published");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_quorum_releases_go_on_and_an_alarm_is_recorded_once_the_time_is_over() {
    let mut lab = lab(&[Kind::Police], true).await;
    let cosigned = wait_for(&lab, &police(), all_cosigned).await.witnessed_size;
    lab.stop_one(&hub()).await;
    assert_ne!(released(&lab).await, StatusCode::SERVICE_UNAVAILABLE);
    wait_for(&lab, &police(), |seen| {
        seen.witnesses[0].state == WitnessState::Unreachable
    })
    .await;
    assert_eq!(recorded(&lab, &police(), EntryKind::WitnessAlarm), 0);

    lab.time.advance_s(16 * 60);

    wait_recorded(&lab, &police(), EntryKind::WitnessAlarm).await;
    let seen = witnesses(&lab, &police()).await;
    assert_eq!((seen.halt, seen.witnessed_size), (None, cosigned));
    assert_ne!(released(&lab).await, StatusCode::SERVICE_UNAVAILABLE);
    lab.start_one(&hub()).await;
    wait_for(&lab, &police(), all_cosigned).await;
    lab.stop().await;
    assert_eq!(recorded(&lab, &police(), EntryKind::WitnessAlarm), 1);
}
