//! Gateways that ask the hub for certificates: by a token, and to renew what they have.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use stile_exchange::account::Source;
use stile_exchange::enrol::{
    Application, Asks, EnrolmentLine, EnrolmentState, EnrolmentToken, GatewayRole, InviteGateway,
    InvitedGateway, Keeping, KeepingParts, Passed, Renewal, Standing,
};
use stile_exchange::error::ExchangeError;
use stile_ledger::EntryKind;
use stile_model::digest::Digest;
use stile_model::id::PartnershipId;
use stile_trust::authority::{Authority, describe};
use stile_trust::identity::Identity;
use stile_trust::key::TlsKey;
use stile_trust::peer::Peer;
use stile_trust::renewal::begin_change;
use stile_trust::serial::Serial;
use stile_trust::tls::TlsMaterial;

use crate::room::{HUB, POLICE, Room, member, person, refusal};

pub const IT: &str = "i.frost";

fn place(last: u8) -> Source {
    Source::of(Ipv4Addr::new(10, 0, 0, last).into())
}

fn identity(name: &str) -> Identity {
    Identity::agency(PartnershipId::new("north").unwrap(), member(name))
}

pub fn request(key: &TlsKey, name: &str) -> String {
    key.request(&identity(name)).unwrap()
}

fn invite(name: &str) -> InviteGateway {
    InviteGateway {
        member: member(name),
        role: GatewayRole::Agency,
        names: vec!["gateway.example".to_owned(), "10.1.2.3".to_owned()],
    }
}

pub fn authority(room: &Room) -> Authority {
    let files = room.hub.tls.files();
    Authority::open(files.roots.parent().unwrap()).unwrap()
}

async fn invited(room: &Room) -> InvitedGateway {
    let it = person(IT);
    let health = invite("north-health");
    room.hub.invite_gateway(&it, &health).await.unwrap()
}

async fn apply(
    room: &Room,
    token: &EnrolmentToken,
    key: &TlsKey,
) -> Result<Standing, ExchangeError> {
    let application = Application {
        token: token.clone(),
        request: request(key, "north-health"),
    };
    room.hub.apply(&application, place(1)).await
}

/// The authority signs for this key as for that member.
pub fn signed(room: &Room, key: &TlsKey, name: &str) -> String {
    let csr = request(key, name);
    let days = 90;
    let signed = authority(room).issue_for_request(&csr, &identity(name), &[], days, room.now());
    signed.unwrap().chain_pem
}

fn reasons(room: &Room, from: u64) -> Vec<String> {
    let entries = room.entries(from).into_iter();
    let of_kind = entries.filter(|(kind, _)| *kind == EntryKind::Enrolment);
    of_kind.map(|(_, reason)| reason.unwrap()).collect()
}

#[tokio::test]
async fn a_token_a_request_and_an_approval_give_a_certificate_and_each_is_on_record() {
    let room = Room::new();
    let from = room.size();
    let it = person(IT);
    let invited = invited(&room).await;
    let key = TlsKey::generate().unwrap();

    let asked = apply(&room, &invited.token, &key).await.unwrap();
    assert_eq!(
        (asked.state, asked.pin),
        (EnrolmentState::Waiting, key.pin())
    );
    assert!(asked.chain.is_none() && asked.authority.is_none());
    let list = room.hub.enrolments(&it).unwrap();
    let line = &list.enrolments[0];
    assert_eq!(line.state, EnrolmentState::Waiting);
    assert_eq!(line.names, invite("north-health").names);
    assert_eq!(line.pin, Some(key.pin()));
    let chain = signed(&room, &key, "north-health");
    let issued = room.hub.issue_enrolment(&it, &asked.id, &chain);
    issued.await.unwrap();

    let fetched = apply(&room, &invited.token, &key).await.unwrap();
    assert_eq!(fetched.state, EnrolmentState::Issued);
    assert_eq!(fetched.chain, Some(chain));
    let papers = fetched.authority.unwrap();
    let roots = std::fs::read_to_string(&room.hub.tls.files().roots).unwrap();
    assert_eq!(papers.roots, roots);
    assert_eq!(reasons(&room, from), ["invited", "applied", "issued"]);
    // Also by another gateway of the same member, on the same store.
    let list = room.beside().enrolments(&person("a.evans")).unwrap();
    assert_eq!(list.enrolments[0].state, EnrolmentState::Issued);
    assert_eq!(list.enrolments[0].request, None);
}

#[tokio::test]
async fn the_first_key_spends_a_token_and_no_second_one_is_taken() {
    let room = Room::new();
    let invited = invited(&room).await;
    let (mine, thiefs) = (TlsKey::generate().unwrap(), TlsKey::generate().unwrap());

    apply(&room, &invited.token, &mine).await.unwrap();

    assert_eq!(
        refusal(apply(&room, &invited.token, &thiefs).await),
        "token_spent"
    );
    // Asking again is no second use.
    let again = apply(&room, &invited.token, &mine).await.unwrap();
    assert_eq!(again.state, EnrolmentState::Waiting);
    assert_eq!(
        room.hub.enrolments(&person(IT)).unwrap().enrolments.len(),
        1
    );
}

#[tokio::test]
async fn refuses_unknown_changed_and_late_tokens_alike_and_slows_who_tries_many() {
    let room = Room::new();
    let from = room.size();
    let invited = invited(&room).await;
    let key = TlsKey::generate().unwrap();
    let token = invited.token.as_str();
    let last = if token.ends_with('A') { "E" } else { "A" };
    let changed = format!("{}{last}", &token[..token.len() - 1]);
    let unknown = format!("{}{}", "0".repeat(16), &token[16..]);
    let mut told = Vec::new();
    for wrong in ["", "nonsense", &changed, &unknown] {
        let refused = apply(&room, &EnrolmentToken::new(wrong), &key).await;
        told.push(refused.unwrap_err().problem());
    }
    room.hours(73);
    told.push(
        apply(&room, &invited.token, &key)
            .await
            .unwrap_err()
            .problem(),
    );

    for problem in &told {
        assert_eq!(problem, &told[0]);
        assert_eq!(problem.code(), "token_refused");
    }
    assert_eq!(reasons(&room, from), ["invited"]);
    let mut waits = false;
    for _ in 0..10 {
        let refused = apply(&room, &EnrolmentToken::new(&changed), &key).await;
        waits |= refusal(refused) == "too_many_attempts";
    }
    assert!(waits, "ten wrong tokens of one invitation from one place");
    let elsewhere = Application {
        token: EnrolmentToken::new(&changed),
        request: request(&key, "north-health"),
    };
    let elsewhere = room.hub.apply(&elsewhere, place(2)).await;
    assert_eq!(
        refusal(elsewhere),
        "token_refused",
        "another place waits for nobody"
    );
}

#[tokio::test]
async fn a_token_used_in_time_goes_on_to_fetch_and_bad_requests_do_not_spend_it() {
    let room = Room::new();
    let invited = invited(&room).await;
    let key = TlsKey::generate().unwrap();
    let broken = Application {
        token: invited.token.clone(),
        request: request(&key, "north-health").replace('A', "B"),
    };

    assert_eq!(
        refusal(room.hub.apply(&broken, place(1)).await),
        "request_refused"
    );
    room.hours(71);
    apply(&room, &invited.token, &key).await.unwrap();
    room.hours(48);

    let standing = apply(&room, &invited.token, &key).await.unwrap();
    assert_eq!(standing.state, EnrolmentState::Waiting);
}

#[tokio::test]
async fn takes_no_certificate_of_another_authority_member_key_or_role_and_none_that_is_revoked() {
    let room = Room::new();
    let it = person(IT);
    let (invited, again) = (invited(&room).await, invited(&room).await);
    let key = TlsKey::generate().unwrap();
    let id = apply(&room, &invited.token, &key).await.unwrap().id;
    let elsewhere = tempfile::tempdir().unwrap();
    let partnership = PartnershipId::new("north").unwrap();
    let foreign = Authority::init(&elsewhere.path().join("ca"), &partnership, room.now()).unwrap();
    let csr = request(&key, "north-health");
    let health = identity("north-health");
    let foreign = foreign.issue_for_request(&csr, &health, &[], 90, room.now());
    let as_hub = Identity::hub(partnership, member("north-health"));
    let as_hub = authority(&room).issue_for_request(&csr, &as_hub, &[], 90, room.now());
    // A revocation ends its key, so this one is asked for with another.
    let lost = TlsKey::generate().unwrap();
    let on_lost = apply(&room, &again.token, &lost).await.unwrap().id;
    let revoked = signed(&room, &lost, "north-health");
    let serial = describe(&revoked).unwrap().serial;
    authority(&room).revoke(serial, room.now()).unwrap();
    room.hub.tls.reload_revocations(room.now()).unwrap();

    for (what, chain) in [
        ("nothing", String::new()),
        ("a foreign authority's", foreign.unwrap().chain_pem),
        ("another member's", signed(&room, &key, POLICE)),
        ("another role's", as_hub.unwrap().chain_pem),
        (
            "another key's",
            signed(&room, &TlsKey::generate().unwrap(), "north-health"),
        ),
    ] {
        let taken = room.hub.issue_enrolment(&it, &id, &chain).await;
        assert_eq!(refusal(taken), "certificate_unfit", "{what}");
    }
    let taken = room.hub.issue_enrolment(&it, &on_lost, &revoked).await;
    assert_eq!(refusal(taken), "certificate_unfit", "a revoked one");
    let chain = signed(&room, &key, "north-health");
    room.hub.issue_enrolment(&it, &id, &chain).await.unwrap();
    let twice = room.hub.issue_enrolment(&it, &id, &chain).await;
    assert_eq!(refusal(twice), "enrolment_settled");
}

#[tokio::test]
async fn only_it_invites_and_settles_and_only_it_and_auditors_look() {
    let room = Room::new();
    let invited = invited(&room).await;
    let key = TlsKey::generate().unwrap();
    let id = apply(&room, &invited.token, &key).await.unwrap().id;

    for name in [
        "r.adams", "m.clark", "d.davis", "g.gable", "l.hills", "a.evans",
    ] {
        let who = person(name);
        let called = room.hub.invite_gateway(&who, &invite(POLICE)).await;
        assert_eq!(refusal(called), "role_missing", "{name}");
        let refused = room.hub.refuse_enrolment(&who, &id).await;
        assert_eq!(refusal(refused), "role_missing", "{name}");
        let issued = room.hub.issue_enrolment(&who, &id, "").await;
        assert_eq!(refusal(issued), "role_missing", "{name}");
        assert_eq!(
            room.hub.enrolments(&who).is_ok(),
            name == "a.evans",
            "{name}"
        );
    }
    let odd = InviteGateway {
        names: vec!["https://not.a.name/".to_owned()],
        ..invite(POLICE)
    };
    let odd = room.hub.invite_gateway(&person(IT), &odd).await;
    assert_eq!(refusal(odd), "out_of_bounds");
    let it = person(IT);
    room.hub.refuse_enrolment(&it, &id).await.unwrap();
    let standing = apply(&room, &invited.token, &key).await.unwrap();
    assert_eq!(standing.state, EnrolmentState::Refused);
    let unknown = "0123456789abcdef".parse().unwrap();
    let unknown = room.hub.refuse_enrolment(&it, &unknown).await;
    assert_eq!(refusal(unknown), "unknown_enrolment");
}

/// The police, as their certificate and the directory have them.
pub fn police(room: &Room, serial: u8) -> Peer {
    Peer {
        identity: identity(POLICE),
        serial: Serial::from_bytes(&[serial]).unwrap(),
        spki_digest: Digest::of(POLICE.as_bytes()),
        issuer: Digest::of(b"issuer"),
        not_after: room.now().plus_s(86_400),
    }
}

#[tokio::test]
async fn a_member_renews_under_its_own_name_whatever_its_request_says() {
    let room = Room::new();
    let from = room.size();
    let key = TlsKey::generate().unwrap();
    let renewal = Renewal {
        request: request(&key, "north-health"),
    };

    let first = room.hub.renewal(&police(&room, 1), &renewal).await.unwrap();
    let again = room.hub.renewal(&police(&room, 1), &renewal).await.unwrap();

    assert_eq!(first, again);
    let list = room.hub.enrolments(&person(IT)).unwrap();
    let line = &list.enrolments[0];
    assert_eq!(line.member, member(POLICE));
    assert_eq!(line.renews.as_deref(), Some("01"));
    assert!(line.other_key, "the certificate in force has another");
    assert_eq!(reasons(&room, from), ["renewal_applied"]);
    let stranger = Peer {
        spki_digest: Digest::of(b"not pinned"),
        ..police(&room, 1)
    };
    assert_eq!(
        refusal(room.hub.renewal(&stranger, &renewal).await),
        "untrusted"
    );
    let unlisted = Peer {
        identity: identity("north-housing"),
        ..police(&room, 1)
    };
    assert_eq!(
        refusal(room.hub.renewal(&unlisted, &renewal).await),
        "untrusted"
    );
}

#[tokio::test]
async fn a_member_cannot_fill_the_list_and_may_ask_again_a_day_after_a_refusal() {
    let room = Room::new();
    let ask = async |key: &TlsKey| {
        let request = request(key, POLICE);
        room.hub
            .renewal(&police(&room, 1), &Renewal { request })
            .await
    };
    let keys: Vec<_> = (0..5).map(|_| TlsKey::generate().unwrap()).collect();
    for key in &keys[..4] {
        ask(key).await.unwrap();
    }

    assert_eq!(refusal(ask(&keys[4]).await), "too_many_attempts");
    let first = ask(&keys[0]).await.unwrap().id;
    room.hub
        .refuse_enrolment(&person(IT), &first)
        .await
        .unwrap();
    room.hours(23);
    assert_eq!(ask(&keys[0]).await.unwrap().state, EnrolmentState::Refused);
    room.hours(2);
    let anew = ask(&keys[0]).await.unwrap();
    assert_eq!(anew.state, EnrolmentState::Waiting);
    assert_ne!(anew.id, first);
}

#[tokio::test]
async fn what_is_past_is_forgotten_and_the_token_is_nowhere_in_what_is_answered() {
    let room = Room::new();
    let invited = invited(&room).await;
    let secret = invited.token.as_str().split_once('.').unwrap().1;
    let list = serde_json::to_string(&room.hub.enrolments(&person(IT)).unwrap()).unwrap();
    assert!(list.contains(invited.id.as_str()) && !list.contains(secret));
    room.hours(31 * 24);

    let said = room
        .says(
            IT,
            "/api/v1/enrolments",
            serde_json::to_value(invite(POLICE)).unwrap(),
        )
        .await;

    assert_ne!(said["token"], Value::Null);
    let left = room.hub.enrolments(&person(IT)).unwrap().enrolments;
    assert_eq!(left.len(), 1, "the unused one is gone");
    assert_ne!(left[0].id, invited.id);
}

/// A hub whose own key the directory pins, keeping its own certificate.
fn keeping(room: &Room) -> Keeping {
    keeping_every(room, Duration::from_secs(1))
}

fn keeping_every(room: &Room, every: Duration) -> Keeping {
    let mut directory = (*room.hub.directory.load_full()).clone();
    let own = directory
        .members
        .iter_mut()
        .find(|one| one.id == member(HUB));
    own.unwrap().tls_pins = vec![room.hub.tls.own().spki_digest];
    room.hub.directory.store(Arc::new(directory));
    Keeping::new(KeepingParts {
        me: member(HUB),
        directory: Arc::clone(&room.hub.directory),
        tls: Arc::clone(&room.hub.tls),
        asks: Asks::Itself(Arc::clone(&room.hub)),
        every,
        clock: room.hub.clock.clone(),
    })
}

#[tokio::test]
async fn a_gateway_that_waits_to_look_again_looks_when_it_is_told_to() {
    const PATIENCE: Duration = Duration::from_mins(2);
    let room = Room::new();
    let keeping = Arc::new(keeping_every(&room, Duration::from_hours(24)));
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let looking = Arc::clone(&keeping);
    tokio::spawn(async move { looking.run(stopped).await });
    // Its first look is over: nothing is due.
    tokio::task::yield_now().await;
    begin_change(room.hub.tls.files()).unwrap();
    assert!(listed(&room).is_empty());

    keeping.look_now();

    let asked = async {
        while listed(&room).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.unwrap();
}

fn listed(room: &Room) -> Vec<EnrolmentLine> {
    room.hub.enrolments(&person(IT)).unwrap().enrolments
}

#[tokio::test]
async fn a_renewed_chain_that_would_not_start_is_never_put_in_place() {
    let past = {
        let room = Room::new();
        let then = room.now().plus_s(-10 * 86_400);
        let old = authority(&room).issue(&identity(POLICE), &[], 1, then);
        old.unwrap().chain_pem
    };
    let end = "-----END CERTIFICATE-----\n";
    let (ended, _) = past.split_once(end).unwrap();
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    for (what, block) in [("ended", ended), ("garbage", garbage)] {
        let room = Room::new();
        let keeping = keeping(&room);
        let Passed::Waiting(asked) = keeping.pass(true).await.unwrap() else {
            panic!("{what}: it does not wait")
        };
        let files = room.hub.tls.files();
        let key = TlsKey::load(&files.key).unwrap();
        let csr = key.request(room.hub.tls.identity()).unwrap();
        let own = room.hub.tls.identity();
        let good = authority(&room).issue_for_request(&csr, own, &[], 90, room.now());
        let good = good.unwrap().chain_pem;
        room.hub.tls.proves(&good, &key, room.now()).unwrap();
        let chain = format!("{good}{block}{end}");
        let held = std::fs::read(&files.chain).unwrap();
        // Root and list stand behind its first certificates, so the hub takes it.
        let it = person(IT);
        room.hub
            .issue_enrolment(&it, &asked.id, &chain)
            .await
            .unwrap();

        assert!(keeping.pass(true).await.is_err(), "{what}");

        assert_eq!(std::fs::read(&files.chain).unwrap(), held, "{what}");
        TlsMaterial::load(files, room.now()).unwrap();
    }
}
