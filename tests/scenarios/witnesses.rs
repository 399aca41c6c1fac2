//! Members witness each other's ledgers: cosignatures, refusals, forks, older copies, lying
//! witnesses, and the published tree.

mod damage;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::Router;
use axum::http::StatusCode as Status;
use axum::routing::{get, post};
use harness::ledger::count;
use harness::papers::{self, identity};
use harness::{Caller, Door, Forger, Lab, problem, tale};
use hyper::{Method, StatusCode};
use serde_json::json;
use stile_cli::config::{AgencyConfig, HubConfig};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{HUB, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::client::Reply;
use stile_exchange::clock::Clock;
use stile_exchange::server::{ALPN, Guard, serve};
use stile_exchange::witness::{
    Alarm, Cause, Halt, Resumed, WitnessLine, WitnessState, Witnesses, policy_of,
};
use stile_ledger::tree::{Tree, consistency_proof, leaf_hash};
use stile_ledger::witness::AddCheckpoint;
use stile_ledger::{Checkpoint, CosignerVkey, EntryKind, KeyName, LedgerKey, Policy, Vkey};
use stile_model::id::MemberId;
use stile_trust::directory::Directory;
use stile_trust::identity::Role;
use stile_trust::signing::VerifyingKey;
use stile_trust::tls::{TlsMaterial, server_config};
use tokio::net::TcpListener;
use tokio::sync::watch;

const PEOPLE: usize = 50;
const PATIENCE: Duration = Duration::from_secs(60);
const AUDITOR: &str = "a.auditor";
const OFFICER: &str = "i.officer";
/// Ends a halt.
const OFFICE: &str = "information_governance";

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn health() -> MemberId {
    member(Kind::Health).unwrap()
}

/// A hub and agencies whose gateways submit every second, or never, each with an auditor and an
/// officer of its own.
async fn lab(kinds: &[Kind], submits: bool) -> Lab {
    let now = Clock::system().now();
    let world = World::generate_on(SEED, PEOPLE, now.date());
    let members: Vec<_> = kinds.iter().map(|kind| member(*kind).unwrap()).collect();
    Lab::start_with(&world, kinds, |dir| {
        for member in members.iter().chain([&hub()]) {
            let file = config(dir, member);
            let mut text = fs::read_to_string(&file).unwrap();
            assert!(text.contains("segment_mib = 16"));
            text = text.replace("segment_mib = 16", "segment_mib = 1");
            if submits {
                assert!(text.contains("witness_s = 3600"));
                text = text.replace("witness_s = 3600", "witness_s = 1");
            }
            for (user, role) in [(AUDITOR, "auditor"), (OFFICER, OFFICE)] {
                let who = identity(Role::Person, member.as_str(), Some(user));
                papers::issue(dir, &format!("{member}-{user}"), &who, 90, now);
                text = format!("{text}\n[[person]]\nuser = \"{user}\"\nroles = [\"{role}\"]\n");
            }
            fs::write(&file, text).unwrap();
        }
    })
    .await
}

fn config(dir: &Path, member: &MemberId) -> std::path::PathBuf {
    let name = if *member == hub() {
        "hub.toml"
    } else {
        "agency.toml"
    };
    dir.join(member.as_str()).join(name)
}

fn person(lab: &Lab, member: &MemberId, user: &str) -> Caller {
    let own = lab.dir().join("papers").join(format!("{member}-{user}"));
    lab.caller(&lab.files_in(&own), member, Door::People)
}

/// One member's gateway calling another's.
fn peer(lab: &Lab, from: &MemberId, to: &MemberId) -> Caller {
    let own = lab.dir().join(from.as_str());
    lab.caller(&lab.files_in(&own), to, Door::Peers)
}

async fn witnesses(lab: &Lab, of: &MemberId) -> Witnesses {
    person(lab, of, AUDITOR)
        .read("/api/v1/ledger/witnesses")
        .await
}

/// Waits until a gateway's witnesses stand as `enough` wants it.
async fn wait_for(lab: &Lab, of: &MemberId, enough: impl Fn(&Witnesses) -> bool) -> Witnesses {
    let begun = Instant::now();
    loop {
        let seen = witnesses(lab, of).await;
        if enough(&seen) {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "{seen:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn all_cosigned(seen: &Witnesses) -> bool {
    let size = seen.size;
    let has = |one: &WitnessLine| one.state == WitnessState::Cosigned && one.cosigned_size == size;
    seen.witnessed_size == Some(size) && seen.witnesses.iter().all(has)
}

fn directory(dir: &Path) -> Directory {
    let operator = fs::read_to_string(dir.join("operator/operator.jwk")).unwrap();
    let operator: VerifyingKey = serde_json::from_str(&operator).unwrap();
    let text = fs::read_to_string(dir.join("directory.jws")).unwrap();
    Directory::verify(text.trim(), &operator, 0, Clock::system().now()).unwrap()
}

fn vkey(lab: &Lab, of: &MemberId) -> Vkey {
    let directory = directory(lab.dir());
    directory.member(of).unwrap().ledger_key.parse().unwrap()
}

fn text(reply: &Reply) -> String {
    assert!(reply.status.is_success(), "{}", reply.status);
    String::from_utf8(reply.body.to_vec()).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn put_back(copied: &Path, store: &Path) {
    fs::remove_dir_all(store).unwrap();
    copy(copied, store);
}

/// How many entries of this kind a stopped or running member's ledger holds.
fn recorded(lab: &Lab, of: &MemberId, kind: EntryKind) -> usize {
    count(&lab.entries(of), kind)
}

/// Waits until a member's ledger holds an entry of this kind.
async fn wait_recorded(lab: &Lab, of: &MemberId, kind: EntryKind) {
    let begun = Instant::now();
    while recorded(lab, of, kind) == 0 {
        assert!(begun.elapsed() < PATIENCE, "{of} has recorded no {kind}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn contradiction(halt: &Halt) -> (Option<&MemberId>, &str) {
    match &halt.cause {
        Cause::Contradiction {
            shown_by,
            checkpoint,
        } => (shown_by.as_ref(), checkpoint),
        other => panic!("halted by {other:?}"),
    }
}

/// A police enquiry that has to be refused; gives the code.
async fn refusal(lab: &Lab) -> String {
    let hub = lab.raw_hub();
    let enquiry = hub.enquiry(Kind::Police, &tale("red"));
    hub.refused(Kind::Police, &enquiry).await
}

/// A ledger made up with any key: `count` entries that say `what`.
struct MadeUp {
    key: LedgerKey,
    origin: KeyName,
    leaves: Vec<stile_model::digest::Digest>,
}

impl MadeUp {
    fn new(key: LedgerKey, origin: &KeyName, what: &str, count: u64) -> Self {
        let leaf = |n| leaf_hash(format!("{what} {n}").as_bytes());
        Self {
            key,
            origin: origin.clone(),
            leaves: (0..count).map(leaf).collect(),
        }
    }

    fn head(&self, size: usize) -> String {
        let mut tree = Tree::new();
        self.leaves[..size]
            .iter()
            .for_each(|leaf| tree.append(*leaf));
        let head = Checkpoint {
            origin: self.origin.clone(),
            size: size.try_into().unwrap(),
            root: tree.root(),
        };
        head.sign(&self.key).unwrap()
    }

    fn request(&self, old: usize, size: usize) -> AddCheckpoint {
        let node = |level: u8, place: u64| {
            let (width, place) = (1_usize << level, usize::try_from(place).unwrap());
            let mut tree = Tree::new();
            let own = self.leaves.get(place * width..(place + 1) * width)?;
            own.iter().for_each(|leaf| tree.append(*leaf));
            Some(tree.root())
        };
        let (from, to) = (old.try_into().unwrap(), size.try_into().unwrap());
        AddCheckpoint {
            old: from,
            proof: consistency_proof(from, to, node).unwrap(),
            checkpoint: self.head(size),
        }
    }
}

async fn add(to: &Caller, request: &AddCheckpoint) -> Reply {
    let body = request.text().into_bytes();
    to.call(Method::POST, "/v1/witness/add-checkpoint", body)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn cosignatures_arrive_and_verify_under_the_directorys_quorum() {
    let mut lab = lab(&[Kind::Police, Kind::Health], true).await;
    let seen = wait_for(&lab, &police(), all_cosigned).await;
    let names: BTreeSet<_> = seen
        .witnesses
        .iter()
        .map(|one| one.member.clone())
        .collect();
    assert_eq!(names, BTreeSet::from([hub(), health()]));

    let served = peer(&lab, &hub(), &police());
    let note = text(&served.get("/v1/ledger/witnessed-checkpoint").await.unwrap());

    let vouched = policy_of(&directory(lab.dir()))
        .unwrap()
        .open_of(&note, &vkey(&lab, &police()))
        .unwrap();
    assert_eq!(vouched.checkpoint.size, seen.size);
    assert_eq!(vouched.cosigned.len(), 2);
    assert!(Policy::parse(&seen.policy).is_ok());
    // Both are needed, and both are there; one taken away is missed.
    let mut both = directory(lab.dir());
    both.quorum = Some(format!("group both all {HUB} {}\nquorum both\n", health()));
    let both = policy_of(&both).unwrap();
    both.open_of(&note, &vkey(&lab, &police())).unwrap();
    let short: String = note
        .lines()
        .rev()
        .skip(1)
        .map(|line| format!("{line}\n"))
        .collect();
    let short: String = short
        .lines()
        .rev()
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(both.open_of(&short, &vkey(&lab, &police())).is_err());
    let receipt = text(&served.get("/v1/ledger/receipts/0").await.unwrap());
    let receipt = stile_ledger::proof::Receipt::parse(&receipt).unwrap();
    let leaf = lab.entries(&police())[0].clone();
    let bytes = leaf.entry.to_leaf_bytes(&leaf.nonce, &leaf.body).unwrap();
    receipt.verify(&bytes, &vkey(&lab, &police())).unwrap();
    both.open_of(&receipt.checkpoint, &vkey(&lab, &police()))
        .unwrap();
    // The hub's own ledger is witnessed by the agencies.
    wait_for(&lab, &hub(), all_cosigned).await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_refuses_what_does_not_extend_the_head_it_keeps_also_after_a_restart() {
    let mut lab = lab(&[Kind::Police], false).await;
    let forger = || Forger::of(lab.dir(), Kind::Police, lab.time.clock()).ledger;
    let origin = vkey(&lab, &police()).name().clone();
    let one = MadeUp::new(forger(), &origin, "one", 20);
    let other = MadeUp::new(forger(), &origin, "other", 20);
    let to = peer(&lab, &police(), &hub());
    let witness_key = directory(lab.dir())
        .member(&hub())
        .unwrap()
        .witness_key
        .clone();
    let witness: CosignerVkey = witness_key.unwrap().parse().unwrap();

    let cosigned = add(&to, &one.request(0, 5)).await;
    let line = text(&cosigned);
    let note = stile_ledger::note::attach(&one.head(5), &line).unwrap();
    assert!(witness.cosigned(&note).unwrap().is_some());
    assert!(witness.cosigned(&one.head(5)).unwrap().is_none());
    lab.stop_one(&hub()).await;
    lab.start_one(&hub()).await;
    let to = peer(&lab, &police(), &hub());

    let elsewhere = KeyName::new("riverside.example/nobody").unwrap();
    let unknown = MadeUp::new(
        LedgerKey::from_seed(&[9; 32]).unwrap(),
        &elsewhere,
        "one",
        20,
    );
    let unsigned = MadeUp::new(LedgerKey::from_seed(&[9; 32]).unwrap(), &origin, "one", 20);
    let own = vkey(&lab, &hub()).name().clone();
    let itself = MadeUp::new(LedgerKey::from_seed(&[9; 32]).unwrap(), &own, "one", 20);
    let mut cut = one.request(5, 9);
    cut.proof.pop();
    let backwards = AddCheckpoint {
        old: 9,
        ..one.request(0, 5)
    };
    for (what, request, status) in [
        ("unknown ledger", unknown.request(5, 9), 404),
        ("its own ledger", itself.request(5, 9), 404),
        ("another key", unsigned.request(5, 9), 403),
        ("an old size above the new", backwards, 400),
        ("a stale old size", one.request(3, 9), 409),
        ("an old size from nothing", one.request(0, 9), 409),
        ("another root at the same size", other.request(5, 5), 409),
        ("another history", other.request(5, 9), 422),
        ("a proof cut short", cut, 422),
    ] {
        let reply = add(&to, &request).await;
        assert_eq!(reply.status.as_u16(), status, "{what}");
        if status == 409 {
            assert_eq!(reply.body.as_ref(), b"5\n", "{what}");
        }
    }
    let garbage = to.call(
        Method::POST,
        "/v1/witness/add-checkpoint",
        b"old x\n".to_vec(),
    );
    assert_eq!(garbage.await.unwrap().status, StatusCode::BAD_REQUEST);
    let held = to
        .get(&format!("/v1/witness/checkpoint?origin={origin}"))
        .await;
    assert_eq!(text(&held.unwrap()), one.head(5));
    // Nothing of it moved the head: the honest next step is still taken.
    assert_eq!(add(&to, &one.request(5, 9)).await.status, StatusCode::OK);
    // The fork was told apart from mere disorder: one entry for each pair of heads.
    lab.stop().await;
    assert_eq!(recorded(&lab, &hub(), EntryKind::WitnessAlarm), 3);
}

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

async fn released(lab: &Lab) -> StatusCode {
    let hub = lab.raw_hub();
    let enquiry = hub.enquiry(Kind::Police, &tale("red"));
    let reply = hub
        .post(Kind::Police, hub.sign(&enquiry).into_bytes())
        .await;
    reply.unwrap().status
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
        let listener = TcpListener::bind(parts.listen.peers).await.unwrap();
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

/// The configuration of a member's store, for opening it while its gateway is stopped.
fn store_of(lab: &Lab, kind: Kind) -> stile_store::StoreConfig {
    let parts = AgencyConfig::read(&lab.agency_dir(kind).join("agency.toml"))
        .unwrap()
        .parts;
    stile_store::StoreConfig {
        ledger_key: parts.keys.ledger_key().unwrap(),
        epoch_key: stile_store::EpochKey::open(&parts.keys.epoch).unwrap(),
        dir: parts.store.kept.dir().unwrap().to_owned(),
        origin: parts.store.origin,
        segment_bytes: parts.store.segment_bytes,
        low_space_bytes: parts.store.low_space_bytes,
    }
}
