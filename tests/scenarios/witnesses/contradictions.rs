//! Older copies, forks, lies and alarms: who halts, and who does not.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_is_halted_at_start_tells_the_others_and_releases_only_on_an_officers_order()
{
    let mut lab = lab(&[Kind::Police], true).await;
    let (store, older) = (
        lab.agency_dir(Kind::Police).join("store"),
        lab.dir().join("older"),
    );
    wait_for(&lab, &police(), all_cosigned).await;
    lab.stop_one(&police()).await;
    copy(&store, &older);
    lab.start_one(&police()).await;
    let newer = wait_for(&lab, &police(), all_cosigned).await.size;
    lab.stop_one(&police()).await;
    put_back(&older, &store);
    fs::remove_dir_all(lab.agency_dir(Kind::Police).join("published")).unwrap();

    lab.start_one(&police()).await;

    let halt = witnesses(&lab, &police()).await.halt.unwrap();
    let (shown_by, note) = contradiction(&halt);
    assert_eq!(shown_by, Some(&hub()));
    let shown = Checkpoint::open(note, &vkey(&lab, &police())).unwrap();
    assert_eq!(shown.size, newer);
    assert_eq!(refusal(&lab).await, "ledger_halted");
    wait_recorded(&lab, &hub(), EntryKind::WitnessAlarm).await;
    assert_eq!(recorded(&lab, &police(), EntryKind::Halt), 1);
    assert_eq!(recorded(&lab, &police(), EntryKind::Refusal), 1);
    assert_eq!(recorded(&lab, &police(), EntryKind::Permit), 0);

    // The mark is durable, also when nobody is there to show the head again.
    lab.stop_one(&hub()).await;
    lab.stop_one(&police()).await;
    lab.start_one(&police()).await;
    assert_eq!(witnesses(&lab, &police()).await.halt, Some(halt.clone()));
    lab.start_one(&hub()).await;

    let (approver, officer) = ("s.patel", OFFICER);
    let reason = "Restored by mistake; checked with the hub line by line";
    let order = json!({ "reason": reason });
    let resume = "/api/v1/ledger/resume";
    let by_other = lab
        .person(&police(), approver)
        .post(resume, &order)
        .await
        .unwrap();
    assert_eq!(problem(&by_other).code(), "role_missing");
    let officer = person(&lab, &police(), officer);
    let wordless = officer
        .post(resume, &json!({ "reason": "because" }))
        .await
        .unwrap();
    assert_eq!(problem(&wordless).code(), "reason_missing");
    let shown: Resumed =
        serde_json::from_slice(&officer.post(resume, &order).await.unwrap().body).unwrap();
    assert_eq!((shown.ended, &shown.halt), (false, &halt));
    let wrong = json!({ "reason": reason, "confirm": "0".repeat(64) });
    let wrong = officer.post(resume, &wrong).await.unwrap();
    assert_eq!(problem(&wrong).code(), "confirm_differs");
    assert!(witnesses(&lab, &police()).await.halt.is_some());
    let right = json!({ "reason": reason, "confirm": halt.confirm });
    let done: Resumed =
        serde_json::from_slice(&officer.post(resume, &right).await.unwrap().body).unwrap();
    assert!(done.ended);
    let again = officer.post(resume, &right).await.unwrap();
    assert_eq!(problem(&again).code(), "not_halted");
    // The same head halts nobody twice, though the hub goes on showing it.
    wait_for(&lab, &police(), |seen| {
        seen.witnesses
            .iter()
            .any(|one| one.state == WitnessState::Contradicts)
    })
    .await;
    assert_eq!(witnesses(&lab, &police()).await.halt, None);
    assert_ne!(released(&lab).await, StatusCode::SERVICE_UNAVAILABLE);
    lab.stop().await;
    assert_eq!(recorded(&lab, &police(), EntryKind::Resume), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_that_nobody_saw_start_is_halted_by_its_next_submission() {
    let mut lab = lab(&[Kind::Police], true).await;
    let (store, older) = (
        lab.agency_dir(Kind::Police).join("store"),
        lab.dir().join("older"),
    );
    wait_for(&lab, &police(), all_cosigned).await;
    lab.stop_one(&police()).await;
    copy(&store, &older);
    for _ in 0..3 {
        lab.start_one(&police()).await;
        wait_for(&lab, &police(), all_cosigned).await;
        lab.stop_one(&police()).await;
    }
    lab.stop_one(&hub()).await;
    put_back(&older, &store);
    fs::remove_dir_all(lab.agency_dir(Kind::Police).join("published")).unwrap();

    lab.start_one(&police()).await;
    assert_eq!(witnesses(&lab, &police()).await.halt, None);
    lab.start_one(&hub()).await;

    let seen = wait_for(&lab, &police(), |seen| seen.halt.is_some()).await;
    assert_eq!(contradiction(&seen.halt.unwrap()).0, Some(&hub()));
    assert_eq!(refusal(&lab).await, "ledger_halted");
    wait_recorded(&lab, &hub(), EntryKind::WitnessAlarm).await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forked_agency_is_caught_by_the_second_contact_and_both_sides_are_alarmed() {
    let mut lab = lab(&[Kind::Police], true).await;
    let (store, fork) = (
        lab.agency_dir(Kind::Police).join("store"),
        lab.dir().join("fork"),
    );
    wait_for(&lab, &police(), all_cosigned).await;
    lab.stop_one(&police()).await;
    copy(&store, &fork);
    lab.start_one(&police()).await;
    let first = wait_for(&lab, &police(), all_cosigned).await.size;
    lab.stop_one(&police()).await;
    lab.stop_one(&hub()).await;
    // The other store of the same key grows longer, unseen.
    put_back(&fork, &store);
    fs::remove_dir_all(lab.agency_dir(Kind::Police).join("published")).unwrap();
    for _ in 0..3 {
        lab.start_one(&police()).await;
        lab.stop_one(&police()).await;
    }
    lab.start_one(&police()).await;
    assert!(witnesses(&lab, &police()).await.size > first);

    lab.start_one(&hub()).await;

    let seen = wait_for(&lab, &police(), |seen| seen.halt.is_some()).await;
    let halt = seen.halt.unwrap();
    let shown = Checkpoint::open(contradiction(&halt).1, &vkey(&lab, &police())).unwrap();
    assert_eq!(shown.size, first);
    wait_recorded(&lab, &hub(), EntryKind::WitnessAlarm).await;
    assert_eq!(recorded(&lab, &police(), EntryKind::Halt), 1);
    assert_eq!(refusal(&lab).await, "ledger_halted");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_witness_halts_nobody() {
    let mut lab = lab(&[Kind::Police], true).await;
    wait_for(&lab, &police(), all_cosigned).await;
    lab.stop_one(&hub()).await;
    lab.stop_one(&police()).await;
    let origin = vkey(&lab, &police()).name().clone();
    let stranger = || LedgerKey::from_seed(&[9; 32]).unwrap();
    let lie = MadeUp::new(stranger(), &origin, "lie", 99).head(99);
    let (stop, stopped) = watch::channel(false);
    let liar = tokio::spawn(liar(&lab, lie.clone(), stopped));

    lab.start_one(&police()).await;

    let unproven = |seen: &Witnesses| seen.witnesses[0].state == WitnessState::Unproven;
    let seen = wait_for(&lab, &police(), unproven).await;
    assert_eq!(seen.halt, None);
    // Nor by telling it outright: under another key, or with heads that the ledger has had.
    let from = peer(&lab, &hub(), &police());
    let own = text(&from.get("/v1/ledger/checkpoint").await.unwrap());
    for (checkpoints, code) in [
        (vec![lie.clone()], "checkpoint_unsigned"),
        (vec![own.clone(), lie], "checkpoint_unsigned"),
        (vec![own.clone(), own], "no_contradiction"),
        (vec![], "malformed"),
    ] {
        let origin = origin.to_string();
        let alarm = Alarm {
            origin,
            checkpoints,
        };
        let reply = from.post("/v1/ledger/alarm", &alarm).await.unwrap();
        assert_eq!(problem(&reply).code(), code);
    }
    assert_eq!(witnesses(&lab, &police()).await.halt, None);
    // The same head under the ledger's own key is believed.
    let own_key = Forger::of(lab.dir(), Kind::Police, lab.time.clock()).ledger;
    let truth = MadeUp::new(own_key, &origin, "truth", 99).head(99);
    let alarm = Alarm {
        origin: origin.to_string(),
        checkpoints: vec![truth],
    };
    let reply = from.post("/v1/ledger/alarm", &alarm).await.unwrap();
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert!(witnesses(&lab, &police()).await.halt.is_some());
    let _ = stop.send(true);
    liar.await.unwrap();
    lab.stop().await;
}

/// A witness at the hub's address, with its certificate, that claims what it cannot show.
fn liar(lab: &Lab, lie: String, stop: watch::Receiver<bool>) -> impl Future<Output = ()> + use<> {
    let parts = HubConfig::read(&config(lab.dir(), &hub())).unwrap().parts;
    let clock = lab.time.clock();
    let material = TlsMaterial::load(&parts.tls, clock.now()).unwrap();
    let tls = server_config(&material, &[Role::Agency], ALPN, clock.source()).unwrap();
    let guard = Guard {
        revocations: Arc::clone(material.revocations()),
        clock,
    };
    let routes = Router::new()
        .route(
            "/v1/witness/add-checkpoint",
            post(async || (Status::CONFLICT, "99\n")),
        )
        .route("/v1/witness/checkpoint", get(async move || lie));
    async move {
        let listener = TcpListener::bind(parts.listen.peers.unwrap())
            .await
            .unwrap();
        let tls = Arc::new(ArcSwap::new(tls));
        serve(listener, tls, routes, guard, stop).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn believes_an_alarm_about_another_member_only_when_two_signatures_show_it() {
    let mut lab = lab(&[Kind::Police, Kind::Health], false).await;
    let origin = vkey(&lab, &police()).name().clone();
    let key = || Forger::of(lab.dir(), Kind::Police, lab.time.clock()).ledger;
    let (one, other) = (
        MadeUp::new(key(), &origin, "one", 9),
        MadeUp::new(key(), &origin, "other", 9),
    );
    let alarm = |checkpoints: Vec<String>| Alarm {
        origin: origin.to_string(),
        checkpoints,
    };
    let from = peer(&lab, &health(), &hub());

    let hearsay = alarm(vec![one.head(9), other.head(5)]);
    let hearsay = from.post("/v1/ledger/alarm", &hearsay).await.unwrap();
    assert_eq!(problem(&hearsay).code(), "no_contradiction");
    let shown = alarm(vec![one.head(9), other.head(9)]);
    for _ in 0..2 {
        let shown = from.post("/v1/ledger/alarm", &shown).await.unwrap();
        assert_eq!(shown.status, StatusCode::NO_CONTENT);
    }

    assert_eq!(witnesses(&lab, &hub()).await.halt, None);
    lab.stop().await;
    assert_eq!(recorded(&lab, &hub(), EntryKind::WitnessAlarm), 1);
}
