//! A hub with somebody of each duty, in a folder of its own, not listening, and a clock that moves.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use stile_exchange::clock::Clock;
use stile_exchange::enrol::RenewalSettings;
use stile_exchange::error::ExchangeError;
use stile_exchange::gateway::Gateway;
use stile_exchange::hub::desk::{Draft, Referral};
use stile_exchange::hub::{
    self, Calendar, Case, DeliverySettings, DeliveryStanding, Hub, HubSettings,
};
use stile_exchange::people::{Duty, People, Person};
use stile_exchange::retention::Schedule;
use stile_exchange::witness::{WitnessParts, WitnessSettings, Witnessing};
use stile_ledger::{CosignerKey, EntryKind, KeyName, Leaf, LedgerKey};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, Code, MemberId, PartnershipId, UserId};
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_store::{EpochKey, Store, StoreConfig};
use stile_trust::authority::Authority;
use stile_trust::directory::{Agreement, Directory, Endpoint, Member};
use stile_trust::identity::{Identity, Role};
use stile_trust::peer::Peer;
use stile_trust::serial::Serial;
use stile_trust::signing::SigningKey;
use stile_trust::tls::{TlsFiles, TlsMaterial};
use tower::ServiceExt;

pub const HUB: &str = "north-mash";
pub const POLICE: &str = "north-police";

/// One person for each duty, two researchers and two of information governance.
pub const STAFF: [(&str, &str); 10] = [
    ("r.adams", "researcher"),
    ("r.brown", "researcher"),
    ("m.clark", "hub_manager"),
    ("d.davis", "decision_maker"),
    ("a.evans", "auditor"),
    ("i.frost", "it_admin"),
    ("g.gable", "information_governance"),
    ("g.green", "information_governance"),
    ("l.hills", "ig_lead"),
    ("v.irwin", "match_reviewer"),
];

/// A hub, its clock, and the folder it lives in.
pub struct Room {
    pub hub: Arc<Hub>,
    clock: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

pub fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

pub fn user(text: &str) -> UserId {
    UserId::new(text).unwrap()
}

pub fn number(text: &str) -> CaseId {
    CaseId::new(text).unwrap()
}

pub fn member(text: &str) -> MemberId {
    MemberId::new(text).unwrap()
}

/// The person of this user name, with their duty.
pub fn person(name: &str) -> Person {
    let duty = STAFF.iter().find(|(user, _)| *user == name).unwrap().1;
    Person {
        user: user(name),
        duties: BTreeSet::from([duty.parse::<Duty>().unwrap()]),
    }
}

/// The code of a refusal.
pub fn refusal<T: std::fmt::Debug>(result: Result<T, ExchangeError>) -> String {
    result.unwrap_err().problem().code().to_owned()
}

/// A referral that opens a case about one child of this name.
pub fn referral(forename: &str, surname: &str, born: &str) -> Referral {
    let mut whole = json!({
        "referrer": {
            "name": "A. Example", "role": "class teacher", "organisation": "Elm School",
            "telephone": "01632 960001", "kind": "school", "may_be_named": "no", "may_be_told": "yes"
        },
        "channel": "telephone",
        "concern": "She came to school with a bruise on her arm and said she was afraid to go home.",
        "immediate_danger": "no",
        "kind": "significant_harm", "priority": "red", "purpose": "s47_enquiry",
        "consent": "not_sought", "override_reason": "would_prejudice_protection",
        "parents_informed": "would_raise_risk",
    });
    whole["subjects"] = json!([child(forename, surname, born)]);
    serde_json::from_value(whole).unwrap()
}

pub fn child(forename: &str, surname: &str, born: &str) -> Value {
    json!({
        "id": "s1", "role": "child", "born": {"exact": born},
        "names": [{"forenames": forename, "surname": surname, "kind": "current"}],
        "addresses": [{"line": "1 Elm Row", "postcode": "ZZ1 1ZZ"}]
    })
}

/// A referral about the one child of most tests.
pub fn about_mali() -> Referral {
    referral("Mali", "Testwood", "2018-05-09")
}

impl Room {
    pub fn new() -> Self {
        Self::delivering(|_, _| Vec::new())
    }

    /// A hub that delivers to these systems; its own certificate lies in the folder that they are given.
    pub fn delivering(systems: impl FnOnce(&Path, &Clock) -> Vec<DeliverySettings>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start: Timestamp = "2026-03-11T10:14:00Z".parse().unwrap();
        let now = Arc::new(AtomicI64::new(start.millis()));
        let moved = Arc::clone(&now);
        let clock = Clock::new(move || Timestamp::from_millis(moved.load(Ordering::SeqCst)));
        let mut hub = hub(folder.path(), start, clock);
        hub.settings.deliveries = systems(folder.path(), &hub.clock);
        Self {
            hub: Arc::new(hub),
            clock: now,
            _folder: folder,
        }
    }

    /// Another gateway of the same member, on the same store, with its own memory.
    pub fn beside(&self) -> Arc<Hub> {
        let hub = &self.hub;
        Arc::new(Hub {
            witnessing: hub.witnessing.clone(),
            me: hub.me.clone(),
            partnership: hub.partnership.clone(),
            directory: Arc::clone(&hub.directory),
            vocabulary: Arc::clone(&hub.vocabulary),
            store: hub.store.clone(),
            signing: SigningKey::generate().unwrap(),
            pseudonym_key: hub.pseudonym_key,
            tls: Arc::clone(&hub.tls),
            people: people(),
            clock: hub.clock.clone(),
            settings: hub.settings.clone(),
            live: hub::Live::new(1),
            traces: hub.traces.clone(),
        })
    }

    /// How deliveries to the one system stand in all.
    pub fn standing(&self) -> DeliveryStanding {
        let gateway = Gateway::Hub(Arc::clone(&self.hub));
        let connections = gateway.connections(&person("i.frost")).unwrap();
        connections.deliveries[0].clone()
    }

    pub fn now(&self) -> Timestamp {
        self.hub.clock.now()
    }

    /// Moves the clock on.
    pub fn hours(&self, hours: i64) {
        self.clock.fetch_add(hours * 3_600_000, Ordering::SeqCst);
    }

    /// A draft of the first researcher.
    pub async fn draft(&self, referral: Referral) -> Draft {
        let me = person("r.adams");
        let saved = self.hub.save_draft(&me, None, referral, None);
        saved.await.unwrap()
    }

    /// A case that the first researcher opened from this referral.
    pub async fn case(&self, referral: Referral) -> Case {
        let draft = self.draft(referral).await;
        let me = person("r.adams");
        let opened = self.hub.submit_draft(&me, draft.id, None);
        opened.await.unwrap()
    }

    /// Kind and reason of the entries since `from`, in order.
    pub fn entries(&self, from: u64) -> Vec<(EntryKind, Option<String>)> {
        let size = self.hub.store.head().size;
        let leaves = self.hub.store.entries(from..size).unwrap();
        let entries = leaves.iter().map(|bytes| Leaf::parse(bytes).unwrap().entry);
        entries
            .map(|entry| (entry.kind, entry.reason.map(|code| code.to_string())))
            .collect()
    }

    /// What an officer says at an address of the hub's people, and the answer.
    pub async fn says(&self, officer: &str, path: &str, body: Value) -> Value {
        let identity = Identity {
            partnership: partnership(),
            role: Role::Person,
            member: member(HUB),
            user: Some(user(officer)),
        };
        let peer = Peer {
            identity,
            serial: Serial::from_bytes(&[1, 2, 3, 4]).unwrap(),
            spki_digest: Digest::of(officer.as_bytes()),
            issuer: Digest::of(b"issuer"),
            not_after: self.now().plus_s(86_400),
        };
        let request = Request::post(path).extension(peer);
        let request = if body.is_null() {
            request.body(Body::empty())
        } else {
            let request = request.header(header::CONTENT_TYPE, "application/json");
            request.body(Body::from(body.to_string()))
        };
        let routes = hub::routes::people_routes(Arc::clone(&self.hub));
        let answer = routes.oneshot(request.unwrap()).await.unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&body).unwrap()
    }

    pub fn size(&self) -> u64 {
        self.hub.store.head().size
    }
}

fn partnership() -> PartnershipId {
    PartnershipId::new("north").unwrap()
}

fn people() -> People {
    let all = STAFF.iter().map(|(user, duty)| {
        let duties = BTreeSet::from([duty.parse::<Duty>().unwrap()]);
        (UserId::new(*user).unwrap(), duties)
    });
    People::new(member(HUB), all)
}

fn hub(folder: &Path, start: Timestamp, clock: Clock) -> Hub {
    let vocabulary = include_str!("../../../../policies/vocabulary.toml");
    let vocabulary = Vocabulary::parse("vocabulary.toml", vocabulary).unwrap();
    let directory = Arc::new(ArcSwap::from_pointee(directory(start)));
    let tls = Arc::new(tls(folder, start));
    let config = StoreConfig {
        dir: folder.join("hub"),
        origin: "north.example/hub".to_owned(),
        ledger_key: LedgerKey::from_seed(&[7; 32]).unwrap(),
        epoch_key: EpochKey::create_file(&folder.join("epoch.key")).unwrap(),
        segment_bytes: 4 << 20,
        low_space_bytes: 0,
    };
    let store = Store::open(config).unwrap().0;
    let name = KeyName::new("north.example/north-mash/witness").unwrap();
    let witnessing = Witnessing::new(WitnessParts {
        me: member(HUB),
        partnership: partnership(),
        directory: Arc::clone(&directory),
        store: store.clone(),
        tls: Arc::clone(&tls),
        key: CosignerKey::from_seed(name, &[3; 32]).unwrap(),
        people: people(),
        pseudonym_key: [1; 32],
        clock: clock.clone(),
        lines: None,
        settings: WitnessSettings {
            publish: None,
            every: Duration::from_mins(1),
            patience: Duration::from_secs(1),
            alarm_after: Duration::from_mins(1),
        },
    })
    .unwrap();
    Hub {
        witnessing,
        me: member(HUB),
        partnership: partnership(),
        directory,
        vocabulary: Arc::new(vocabulary),
        store,
        signing: SigningKey::generate().unwrap(),
        pseudonym_key: [1; 32],
        tls,
        people: people(),
        clock,
        settings: settings(),
        traces: stile_exchange::trace::Traces::default(),
        live: hub::Live::new(1),
    }
}

fn settings() -> HubSettings {
    HubSettings {
        agency_deadline: Duration::from_secs(1),
        retry_first: Duration::from_mins(1),
        retry_longest: Duration::from_mins(1),
        calendar: Calendar {
            opens: jiff::civil::time(9, 0, 0, 0),
            closes: jiff::civil::time(17, 0, 0, 0),
            holidays: Vec::new(),
        },
        retention: Schedule::default(),
        presence: hub::PresenceSettings {
            refresh: Duration::from_mins(5),
            sets_bytes: 1 << 20,
        },
        desk: hub::DeskSettings::default(),
        documents: hub::DocumentSettings {
            typesetter: "/nowhere/stile-pdf".into(),
            ..hub::DocumentSettings::default()
        },
        deliveries: Vec::new(),
        renewal: RenewalSettings::default(),
    }
}

fn directory(start: Timestamp) -> Directory {
    let one = |id: &str, role, kind: Option<&str>| Member {
        id: member(id),
        role,
        kind: kind.map(code),
        name: "North".to_owned(),
        // Port 1 of this machine: nobody answers there.
        endpoint: Endpoint::new("https://127.0.0.1:1").unwrap().into(),
        tls_pins: vec![Digest::of(id.as_bytes())],
        signing_key: SigningKey::generate().unwrap().verifying_key().clone(),
        ledger_key: LedgerKey::from_seed(&[id.len().try_into().unwrap(); 32])
            .unwrap()
            .vkey(&KeyName::new(format!("north.example/{id}")).unwrap())
            .to_string(),
        witness_key: None,
        contact: "duty desk, 01632 960016".to_owned(),
    };
    Directory {
        partnership: partnership(),
        version: 1,
        issued: start,
        valid_until: start.plus_s(365 * 86_400),
        members: vec![
            one(HUB, Role::Hub, None),
            one(POLICE, Role::Agency, Some("police")),
        ],
        agreements: vec![Agreement {
            id: code("isa_1"),
            hub: member(HUB),
            agency: member(POLICE),
            purposes: vec![code("s47_enquiry")],
            from: start.date(),
            until: start.plus_s(300 * 86_400).date(),
            reference: "ISA 1".to_owned(),
        }],
        quorum: None,
    }
}

fn tls(folder: &Path, start: Timestamp) -> TlsMaterial {
    let authority = Authority::init(&folder.join("ca"), &partnership(), start).unwrap();
    let identity = Identity {
        partnership: partnership(),
        role: Role::Hub,
        member: member(HUB),
        user: None,
    };
    let names = ["localhost".to_owned()];
    let issued = authority.issue(&identity, &names, 90, start).unwrap();
    let files = TlsFiles {
        chain: folder.join("chain.pem"),
        key: folder.join("key.pem").into(),
        roots: authority.root_path(),
        issuers: authority.issuing_path(),
        crl: authority.crl_path(),
    };
    let key = files.key.file().unwrap();
    issued.save(&files.chain, key).unwrap();
    TlsMaterial::load(&files, start).unwrap()
}
