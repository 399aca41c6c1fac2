//! Certificates that are renewed while gateways run, and the door at which gateways enrol.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use harness::{Caller, Door, Lab, PATIENCE, papers, problem};
use hyper::{Method, StatusCode};
use serde_json::json;
use stile_cli::config::AgencyConfig;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{HUB, IT, PARTNERSHIP, member};
use stile_cli::demo::world::{Kind, World};
use stile_cli::gateway::assemble_agency;
use stile_exchange::clock::Clock;
use stile_exchange::enrol::{EnrolmentLine, EnrolmentList, EnrolmentState, SignedChain};
use stile_model::id::{MemberId, PartnershipId};
use stile_trust::authority::{Authority, describe};
use stile_trust::identity::Identity;
use stile_trust::key::TlsKey;
use stile_trust::renewal::begin_change;

const PEOPLE: usize = 50;
const DAY_S: i64 = 86_400;
const PEEK: &str = "/v1/ledger/checkpoint";

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

async fn start(edit: impl FnOnce(&Path)) -> Lab {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    Lab::start_with(&world, &[Kind::Police], edit).await
}

pub(crate) fn append(file: &Path, more: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, format!("{text}\n{more}\n")).unwrap();
}

pub(crate) fn replace(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{}", file.display());
    std::fs::write(file, text.replace(from, to)).unwrap();
}

/// Lets the police renew with the hub, looking every second.
fn renews(dir: &Path) {
    let file = dir.join(police().as_str()).join("agency.toml");
    append(&file, &format!("[renewal]\nhub = \"{HUB}\"\nevery_s = 1"));
}

/// A certificate of nine days for the key that the police have, whose two thirds are six.
fn short(dir: &Path) {
    let own = dir.join(police().as_str());
    let key = TlsKey::load(&own.join("key.pem").into()).unwrap();
    let who = Identity::agency(PartnershipId::new(PARTNERSHIP).unwrap(), police());
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let authority = Authority::open(&dir.join("ca")).unwrap();
    let csr = key.request(&who).unwrap();
    let signed = authority.issue_for_request(&csr, &who, &names, 9, Clock::system().now());
    std::fs::write(own.join("chain.pem"), signed.unwrap().chain_pem).unwrap();
}

async fn enrolments(it: &Caller) -> Vec<EnrolmentLine> {
    let list: EnrolmentList = it.read("/api/v1/enrolments").await;
    list.enrolments
}

/// Waits until what is looked for is there.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_at_two_thirds_of_its_life_and_nobody_is_cut() {
    let mut lab = start(|dir| {
        renews(dir);
        short(dir);
    })
    .await;
    let it = lab.person(&hub(), IT);
    let own = lab.dir().join(police().as_str());
    let chain = || describe(&std::fs::read_to_string(own.join("chain.pem")).unwrap()).unwrap();
    let first = chain();
    let gateway = lab.files_in(&lab.dir().join(HUB));
    let live = lab.caller(&gateway, &police(), Door::Peers);
    assert_eq!(live.get(PEEK).await.unwrap().status, StatusCode::OK);

    lab.time.advance_s(5 * DAY_S);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(enrolments(&it).await.is_empty(), "it is not due");
    lab.time.advance_s(DAY_S + 60);
    let asked = until("nothing was asked for", async || {
        enrolments(&it).await.into_iter().next()
    })
    .await;
    assert_eq!(asked.member, police());
    assert_eq!(asked.renews, Some(first.serial.to_string()));
    assert!(!asked.other_key);
    let authority = Authority::open(&lab.dir().join("ca")).unwrap();
    let now = lab.time.clock().now();
    let csr = asked.request.unwrap();
    let signed = authority.renew(&csr, first.serial, 90, now).unwrap();
    let path = format!("/api/v1/enrolments/{}/certificate", asked.id);
    let chain_pem = signed.chain_pem;
    let () = it.taken(&path, &SignedChain { chain: chain_pem }).await;
    until("it was not put in place", async || {
        (chain().serial == signed.serial).then_some(())
    })
    .await;

    assert_eq!(chain().spki_digest, first.spki_digest, "the pin stays");
    assert_eq!(chain().names, first.names);
    assert_eq!(
        live.get(PEEK).await.unwrap().status,
        StatusCode::OK,
        "not cut"
    );
    assert_eq!(enrolments(&it).await.len(), 1, "asked for once");
    assert_eq!(enrolments(&it).await[0].state, EnrolmentState::Issued);
    // Past the end of the first one, only the second can be what the gateway shows.
    papers::refresh_list(lab.dir(), lab.time.clock().now());
    lab.time.advance_s(4 * DAY_S);
    papers::refresh_list(lab.dir(), lab.time.clock().now());
    until("the first certificate is still shown", async || {
        let gateway = lab.files_in(&lab.dir().join(HUB));
        let fresh = lab.caller(&gateway, &police(), Door::Peers);
        let answered = fresh.get(PEEK).await;
        answered.ok().filter(|reply| reply.status == StatusCode::OK)
    })
    .await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_revocation_lists_come_from_the_hub_by_themselves() {
    let mut lab = start(|dir| {
        renews(dir);
        own_list(dir);
    })
    .await;
    let own = lab.dir().join(police().as_str()).join("own-crl.pem");
    let person = lab.files_in(
        &lab.dir()
            .join(police().as_str())
            .join("people")
            .join(stile_cli::demo::partnership::APPROVER),
    );

    lab.time.advance_s(60);
    papers::revoke(lab.dir(), &person.chain, lab.time.clock().now());

    let published = std::fs::read(lab.dir().join("ca/crl.pem")).unwrap();
    until("the list was not fetched", async || {
        (std::fs::read(&own).unwrap() == published).then_some(())
    })
    .await;
    let shown = Some((person.chain.as_path(), person.key.file().unwrap()));
    let at = lab.address(&police(), Door::People);
    until("the person is still heard", async || {
        let caller = Caller::careless(lab.dir(), shown, at);
        caller.get("/api/v1/tasks").await.is_err().then_some(())
    })
    .await;
    lab.stop().await;
}

/// Gives the police a revocation list of their own.
fn own_list(dir: &Path) {
    let own = dir.join(police().as_str());
    std::fs::copy(dir.join("ca/crl.pem"), own.join("own-crl.pem")).unwrap();
    let file = own.join("agency.toml");
    replace(&file, "crl = \"../ca/crl.pem\"", "crl = \"own-crl.pem\"");
}

/// One start of the police on what lies in their folder: whether it served.
async fn starts(lab: &Lab) -> Result<(), String> {
    let file = lab.agency_dir(Kind::Police).join("agency.toml");
    let config = AgencyConfig::read(&file).unwrap();
    let assembled = assemble_agency(config, lab.time.clock()).await;
    let (agency, _) = assembled.map_err(|error| error.to_string())?;
    let closed = agency.store.closed();
    drop(agency);
    closed.await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_to_start_again_with_an_older_revocation_list_than_the_one_accepted_before() {
    let mut lab = start(own_list).await;
    lab.stop_one(&police()).await;
    let own = lab.agency_dir(Kind::Police).join("own-crl.pem");
    let older = std::fs::read(&own).unwrap();
    lab.time.advance_s(60);
    papers::refresh_list(lab.dir(), lab.time.clock().now());
    std::fs::copy(lab.dir().join("ca/crl.pem"), &own).unwrap();
    assert_eq!(starts(&lab).await, Ok(()));

    std::fs::write(&own, &older).unwrap();
    let refused = starts(&lab).await.unwrap_err();

    assert!(refused.contains("own-crl.pem"), "{refused}");
    assert!(
        refused.contains("is older than the one accepted before"),
        "{refused}"
    );
    std::fs::copy(lab.dir().join("ca/crl.pem"), &own).unwrap();
    assert_eq!(starts(&lab).await, Ok(()));

    // Where a hub is asked, another gateway of the member may have fetched the newer one before.
    renews(lab.dir());
    std::fs::write(&own, &older).unwrap();
    assert_eq!(starts(&lab).await, Ok(()));
    let published = std::fs::read(lab.dir().join("ca/crl.pem")).unwrap();
    assert_eq!(std::fs::read(&own).unwrap(), published);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_keys_that_waits_for_people_lets_no_certificate_run_out() {
    let mut lab = start(|dir| {
        renews(dir);
        short(dir);
    })
    .await;
    let it = lab.person(&hub(), IT);
    let own = lab.dir().join(police().as_str());
    let chain = || describe(&std::fs::read_to_string(own.join("chain.pem")).unwrap()).unwrap();
    let first = chain();
    let next = begin_change(&lab.files_in(&own)).unwrap().pin();
    until("the next key was not asked for", async || {
        let all = enrolments(&it).await;
        all.iter()
            .any(|one| one.other_key && one.pin == Some(next))
            .then_some(())
    })
    .await;

    lab.time.advance_s(6 * DAY_S + 60);
    let asked = until("the key in use was forgotten", async || {
        let all = enrolments(&it).await;
        all.into_iter().find(|one| !one.other_key)
    })
    .await;
    let authority = Authority::open(&lab.dir().join("ca")).unwrap();
    let (csr, now) = (asked.request.unwrap(), lab.time.clock().now());
    let signed = authority.renew(&csr, first.serial, 90, now).unwrap();
    let path = format!("/api/v1/enrolments/{}/certificate", asked.id);
    let signed_chain = SignedChain {
        chain: signed.chain_pem,
    };
    let () = it.taken(&path, &signed_chain).await;
    until("it was not put in place", async || {
        (chain().serial == signed.serial).then_some(())
    })
    .await;

    assert_eq!(chain().spki_digest, first.spki_digest, "the key in use");
    assert!(own.join("key.pem.next").exists(), "the change still waits");
    // The operator is not asked for the same key again under the new certificate.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let all = enrolments(&it).await;
    assert_eq!(all.len(), 2, "{all:?}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_asks_for_renewals_without_end_is_told_to_wait() {
    let mut lab = start(|_| {}).await;
    let own = lab.files_in(&lab.agency_dir(Kind::Police));
    let gateway = lab.caller(&own, &hub(), Door::Peers);
    let body = json!({"request": "x"});
    // However long they take, all of them come in the same minute.
    lab.time.hold();
    let mut codes = Vec::new();
    for _ in 0..610 {
        codes.push(gateway.refused("/v1/renewals", &body).await);
    }

    assert_eq!(codes.first().unwrap(), "request_refused");
    assert_eq!(codes.last().unwrap(), "too_many_attempts");
    let reply = gateway.get("/v1/authority").await.unwrap();
    assert_eq!(problem(&reply).code(), "too_many_attempts");
    lab.time.advance_s(60);
    assert_eq!(
        gateway.refused("/v1/renewals", &body).await,
        "request_refused"
    );
    lab.stop().await;
}

fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_the_door_of_enrolment_is_one_address_and_it_takes_only_what_it_says() {
    let mut lab = start(|_| {}).await;
    let door = free_port();
    lab.stop_one(&hub()).await;
    replace(
        &lab.dir().join(HUB).join("hub.toml"),
        "[listen]\n",
        &format!("[listen]\nenrolment = \"{door}\"\n"),
    );
    lab.start_one(&hub()).await;
    let stranger = Caller::careless(lab.dir(), None, door);
    let at = "/v1/enrolments";
    let before = lab.verified_entries(HUB);

    for path in [
        "/",
        PEEK,
        "/v1/renewals",
        "/v1/authority",
        "/api/v1/cases",
        "/api/v1/enrolments",
    ] {
        let reply = stranger.get(path).await.unwrap();
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(
        stranger.get(at).await.unwrap().status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    let long = json!({"token": "x", "request": "y".repeat(17 * 1024)});
    let long = stranger.post(at, &long).await.unwrap();
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    for body in ["", "[]", "{\"token\":\"x\"}", "{\"token\":1,\"request\":2}"] {
        let reply = stranger.call(Method::POST, at, body.into()).await.unwrap();
        assert_eq!(problem(&reply).code(), "malformed", "{body}");
    }
    let mut codes = Vec::new();
    for _ in 0..60 {
        codes.push(
            stranger
                .refused(at, &json!({"token": "x", "request": "y"}))
                .await,
        );
    }
    assert_eq!(codes.first().unwrap(), "token_refused");
    assert_eq!(codes.last().unwrap(), "too_many_attempts");
    assert_eq!(lab.verified_entries(HUB), before, "guesses fill no ledger");
    lab.stop().await;
}
