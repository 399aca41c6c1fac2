//! A hub and an agency assembled from real parts in a folder of their own, not listening.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use stile_exchange::agency::{self, Agency, AgencySettings};
use stile_exchange::clock::Clock;
use stile_exchange::enrol::RenewalSettings;
use stile_exchange::held::AllHeld;
use stile_exchange::hub::{self, Calendar, Hub, HubSettings};
use stile_exchange::people::People;
use stile_exchange::policy::{Founding, Ground, Shadow, begin};
use stile_exchange::retention::Schedule;
use stile_exchange::witness::{WitnessParts, WitnessSettings, Witnessing};
use stile_ledger::{CosignerKey, KeyName, LedgerKey};
use stile_linkage::{Frequencies, Thresholds};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId, PartnershipId, UserId};
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_product::Audience;
use stile_store::{EpochKey, Store, StoreConfig};
use stile_trust::authority::Authority;
use stile_trust::directory::{Agreement, Directory, Endpoint, Member};
use stile_trust::identity::{Identity, Role};
use stile_trust::peer::Peer;
use stile_trust::serial::Serial;
use stile_trust::signing::SigningKey;
use stile_trust::tls::{TlsFiles, TlsMaterial};
use tower::ServiceExt;

use crate::pause::Pause;

const HUB: &str = "north-mash";
const POLICE: &str = "north-police";
/// Two who look after information governance.
pub const OFFICERS: [&str; 2] = ["a.price", "b.rees"];
/// Who reads the ledger.
pub const AUDITOR: &str = "c.auditor";
/// The rules the agency begins with.
pub const RULES: &str = r#"
agency = "police"
vocabulary = "1"
approval_hours = 4
sealed_contact = "detective_inspector"

[[rule]]
id = "A-1"
share = "police.domestic_incident.date"
as = "exact"
when = { purpose = ["s47_enquiry"], within = "24 months" }
why = "Children Act 1989 s.47(9)"
"#;

/// 2026-03-11T10:14:00Z.
pub fn now() -> Timestamp {
    "2026-03-11T10:14:00Z".parse().unwrap()
}

fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

fn member(text: &str) -> MemberId {
    MemberId::new(text).unwrap()
}

fn partnership() -> PartnershipId {
    PartnershipId::new("north").unwrap()
}

/// One face of one gateway, with the caller it trusts.
pub struct Face {
    /// For messages of failing tests.
    pub name: &'static str,
    /// The published document.
    pub document: Value,
    routes: Router,
    peer: Peer,
}

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    pub kind: String,
    pub cache: String,
    pub allow: bool,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Face {
    /// The answer to one request of the trusted caller.
    pub async fn ask(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if !kind.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let request = request.extension(self.peer.clone());
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// The answer to a request that no proven peer sent.
    pub async fn ask_as_nobody(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let (response, body) = response.into_parts();
        let text = |name| {
            let value = response.headers.get(name);
            value.map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        Reply {
            status: response.status,
            kind: text(header::CONTENT_TYPE),
            cache: text(header::CACHE_CONTROL),
            allow: response.headers.contains_key(header::ALLOW),
            body: body.collect().await.unwrap().to_bytes().into(),
        }
    }
}

/// The four faces.
pub struct Gateways {
    pub faces: [Face; 4],
    /// The agency's store.
    pub store: Store,
    /// The hub's store.
    pub hub_store: Store,
    /// The agency's clock.
    pub pause: Pause,
    agency: Arc<Agency>,
    hub: Arc<Hub>,
    _folder: tempfile::TempDir,
}

impl Gateways {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vocabulary = include_str!("../../../../policies/vocabulary.toml");
        let vocabulary = Arc::new(Vocabulary::parse("vocabulary.toml", vocabulary).unwrap());
        let directory = Arc::new(ArcSwap::from_pointee(directory()));
        let tls = Arc::new(tls(folder.path()));
        let hub = Arc::new(hub(folder.path(), &vocabulary, &directory, &tls));
        let pause = Pause::default();
        let agency = agency(folder.path(), vocabulary, directory, &tls, pause.clock());
        let agency = Arc::new(agency.await);
        let face = |name, document: &str, routes, peer| Face {
            name,
            document: serde_json::from_str(document).unwrap(),
            routes,
            peer,
        };
        let faces = [
            face(
                "hub",
                &hub::routes::PEOPLE_DOCUMENT,
                hub::routes::people_routes(Arc::clone(&hub)),
                peer(Role::Person, HUB, Some("j.okafor")),
            ),
            face(
                "agency",
                &agency::routes::PEOPLE_DOCUMENT,
                agency::routes::people_routes(Arc::clone(&agency)),
                peer(Role::Person, POLICE, Some("j.okafor")),
            ),
            face(
                "peer",
                &agency::routes::PEER_DOCUMENT,
                agency::routes::peer_routes(Arc::clone(&agency)),
                peer(Role::Hub, HUB, None),
            ),
            face(
                "hub_peer",
                &hub::routes::PEER_DOCUMENT,
                hub::routes::peer_routes(Arc::clone(&hub)),
                peer(Role::Agency, POLICE, None),
            ),
        ];
        Self {
            faces,
            store: agency.store.clone(),
            hub_store: hub.store.clone(),
            pause,
            agency,
            hub,
            _folder: folder,
        }
    }

    /// What the agency does every few seconds: brings into force what is due.
    pub async fn try_again(&self) {
        self.agency.policy_tick().await.unwrap();
    }

    /// What the hub does every few seconds: hands over copies that are due.
    pub async fn deliver(&self) {
        self.hub.deliver_due(&code("records")).await;
    }

    /// The agency's face for people, as one of its officers uses it.
    pub fn officer(&self, user: &str) -> Face {
        Face {
            name: "officer",
            document: self.agency().document.clone(),
            routes: agency::routes::people_routes(Arc::clone(&self.agency)),
            peer: peer(Role::Person, POLICE, Some(user)),
        }
    }

    /// The hub's face for people, as one of them uses it.
    pub fn hub_person(&self, user: &str) -> Face {
        Face {
            name: "person of the hub",
            document: self.hub().document.clone(),
            routes: hub::routes::people_routes(Arc::clone(&self.hub)),
            peer: peer(Role::Person, HUB, Some(user)),
        }
    }

    pub fn hub(&self) -> &Face {
        &self.faces[0]
    }

    pub fn agency(&self) -> &Face {
        &self.faces[1]
    }

    pub fn peer(&self) -> &Face {
        &self.faces[2]
    }
}

fn peer(role: Role, at: &str, user: Option<&str>) -> Peer {
    Peer {
        identity: Identity {
            partnership: partnership(),
            role,
            member: member(at),
            user: user.map(|user| UserId::new(user).unwrap()),
        },
        serial: Serial::from_bytes(&[1, 2, 3, 4]).unwrap(),
        spki_digest: Digest::of(at.as_bytes()),
        issuer: Digest::of(b"issuer"),
        not_after: now().plus_s(86_400),
    }
}

fn directory() -> Directory {
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
        contact: "duty desk".to_owned(),
    };
    Directory {
        partnership: partnership(),
        version: 1,
        issued: now(),
        valid_until: now().plus_s(30 * 86_400),
        members: vec![
            one(HUB, Role::Hub, None),
            one(POLICE, Role::Agency, Some("police")),
        ],
        agreements: vec![Agreement {
            id: code("isa_1"),
            hub: member(HUB),
            agency: member(POLICE),
            purposes: vec![code("s47_enquiry")],
            from: now().date(),
            until: now().plus_s(300 * 86_400).date(),
            reference: "ISA 1".to_owned(),
        }],
        quorum: None,
    }
}

fn people(at: &str) -> People {
    let somebody = |user: &str, duties: &[&str]| {
        let duties: BTreeSet<_> = duties.iter().map(|duty| duty.parse().unwrap()).collect();
        (UserId::new(user).unwrap(), duties)
    };
    People::new(
        member(at),
        [
            somebody("j.okafor", &["researcher", "match_reviewer"]),
            somebody(OFFICERS[0], &["information_governance"]),
            somebody(OFFICERS[1], &["information_governance"]),
            somebody(AUDITOR, &["auditor"]),
        ],
    )
}

fn store(folder: &Path, name: &str) -> Store {
    let config = StoreConfig {
        dir: folder.join(name),
        origin: format!("north.example/{name}"),
        ledger_key: LedgerKey::from_seed(&[7; 32]).unwrap(),
        epoch_key: EpochKey::from_bytes([8; 32]),
        segment_bytes: 64 * 1024,
        low_space_bytes: 0,
    };
    Store::open(config).unwrap().0
}

fn witnessing(
    at: &str,
    store: &Store,
    directory: &Arc<ArcSwap<Directory>>,
    tls: &Arc<TlsMaterial>,
) -> Witnessing {
    let name = KeyName::new(format!("north.example/{at}/witness")).unwrap();
    Witnessing::new(WitnessParts {
        me: member(at),
        partnership: partnership(),
        directory: Arc::clone(directory),
        store: store.clone(),
        tls: Arc::clone(tls),
        key: CosignerKey::from_seed(name, &[3; 32]).unwrap(),
        people: people(at),
        pseudonym_key: [1; 32],
        clock: Clock::new(now),
        lines: None,
        settings: WitnessSettings {
            publish: None,
            every: Duration::from_mins(1),
            patience: Duration::from_secs(1),
            alarm_after: Duration::from_mins(1),
        },
    })
    .unwrap()
}

fn hub(
    folder: &Path,
    vocabulary: &Arc<Vocabulary>,
    directory: &Arc<ArcSwap<Directory>>,
    tls: &Arc<TlsMaterial>,
) -> Hub {
    let store = store(folder, "hub");
    Hub {
        witnessing: witnessing(HUB, &store, directory, tls),
        me: member(HUB),
        partnership: partnership(),
        directory: Arc::clone(directory),
        vocabulary: Arc::clone(vocabulary),
        store,
        signing: SigningKey::generate().unwrap(),
        pseudonym_key: [1; 32],
        tls: Arc::clone(tls),
        people: people(HUB),
        clock: Clock::new(now),
        settings: HubSettings {
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
                typesetter: folder.join("no-typesetter"),
                ..hub::DocumentSettings::default()
            },
            renewal: RenewalSettings::default(),
            deliveries: vec![hub::DeliverySettings {
                name: code("records"),
                title: "Records".to_owned(),
                to: hub::Destination::Folder(folder.join("records")),
                audiences: BTreeSet::from([Audience::ReceivingTeam]),
                on_decision: None,
                deadline: Duration::from_secs(10),
                retry_first: Duration::from_secs(10),
                retry_longest: Duration::from_mins(1),
                give_up: Duration::from_hours(1),
            }],
        },
        traces: stile_exchange::trace::Traces::default(),
        live: hub::Live::new(1),
    }
}

fn tls(folder: &Path) -> TlsMaterial {
    let authority = Authority::init(&folder.join("ca"), &partnership(), now()).unwrap();
    let identity = Identity {
        partnership: partnership(),
        role: Role::Hub,
        member: member(HUB),
        user: None,
    };
    let names = ["localhost".to_owned()];
    let issued = authority.issue(&identity, &names, 90, now()).unwrap();
    let files = TlsFiles {
        chain: folder.join("chain.pem"),
        key: folder.join("key.pem").into(),
        roots: authority.root_path(),
        issuers: authority.issuing_path(),
        crl: authority.crl_path(),
    };
    let key = files.key.file().unwrap();
    issued.save(&files.chain, key).unwrap();
    TlsMaterial::load(&files, now()).unwrap()
}

async fn agency(
    folder: &Path,
    vocabulary: Arc<Vocabulary>,
    directory: Arc<ArcSwap<Directory>>,
    tls: &Arc<TlsMaterial>,
    clock: Clock,
) -> Agency {
    let store = store(folder, "agency");
    let kind = code("police");
    let signing = SigningKey::generate().unwrap();
    let ground = Ground {
        store: store.clone(),
        key: signing.verifying_key().clone(),
        vocabulary: Arc::clone(&vocabulary),
        partnership: partnership(),
        member: member(POLICE),
        kind: kind.clone(),
    };
    let founding = Founding {
        name: "rules.toml",
        rules: RULES,
        cases: None,
        withhold_until_approved: false,
    };
    let (policy, governing) = begin(ground, &signing, &founding, now()).await.unwrap();
    Agency {
        witnessing: witnessing(POLICE, &store, &directory, tls),
        me: member(POLICE),
        partnership: partnership(),
        kind,
        directory,
        vocabulary,
        policy: ArcSwap::new(policy),
        governing,
        shadow: Shadow::new(store.clone(), Clock::new(now), 1).unwrap(),
        sources: Vec::new(),
        held: AllHeld::default(),
        frequencies: ArcSwap::from_pointee(Frequencies::new(&[])),
        weights: stile_linkage::WeightsFile::default(),
        store,
        signing,
        pseudonym_key: [2; 32],
        people: people(POLICE),
        clock,
        settings: AgencySettings {
            release_grid_ms: 0,
            fresh_s: 300,
            ahead_s: 60,
            hourly_budget: 1_000,
            thresholds: Thresholds::default(),
            match_hours: 24,
            sealed_contact: code("detective_inspector"),
            retention: Schedule::default(),
            presence: None,
            break_glass: None,
            dial_out: None,
            renewal: RenewalSettings::default(),
            load: agency::LoadSettings::default(),
        },
        traces: stile_exchange::trace::Traces::default(),
        live: agency::Live::default(),
    }
}
