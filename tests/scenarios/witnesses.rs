//! Members witness each other's ledgers: cosignatures, refusals, forks, older copies, lying
//! witnesses, and the published tree.

mod contradictions;
mod damage;
mod publication;
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
use harness::{Caller, Door, Forger, Lab, PATIENCE, problem, tale};
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

async fn released(lab: &Lab) -> StatusCode {
    let hub = lab.raw_hub();
    let enquiry = hub.enquiry(Kind::Police, &tale("red"));
    let reply = hub
        .post(Kind::Police, hub.sign(&enquiry).into_bytes())
        .await;
    reply.unwrap().status
}
