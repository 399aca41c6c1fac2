//! Whom a gateway that calls another one believes, and whom one that is called: at every call, and as
//! long as it lasts.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::{get, post};
use stile_exchange::client::{Client, ClientError, Reply, Watch};
use stile_exchange::clock::Clock;
use stile_exchange::server::{ALPN, Guard, serve};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId, PartnershipId};
use stile_trust::authority::Authority;
use stile_trust::directory::{Directory, Endpoint, Member};
use stile_trust::identity::{Identity, Role};
use stile_trust::signing::SigningKey;
use stile_trust::tls::{TlsFiles, TlsMaterial, client_config, server_config};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

const POLICE: &str = "north-police";
const PATIENCE: Duration = Duration::from_secs(20);
/// More connections than one address may have in their handshakes: a third of 1,024.
const MANY: usize = 400;
/// Less than a handshake may take.
const AT_ONCE: Duration = Duration::from_secs(8);

fn partnership() -> PartnershipId {
    PartnershipId::new("north").unwrap()
}

fn member(id: &str) -> MemberId {
    MemberId::new(id).unwrap()
}

fn police() -> Identity {
    Identity::agency(partnership(), member(POLICE))
}

/// A directory that lists the police alone, with these keys.
fn directory(pins: &[Digest]) -> Directory {
    let now = Clock::system().now();
    Directory {
        partnership: partnership(),
        version: 1,
        issued: now.plus_s(-60),
        valid_until: now.plus_s(86_400),
        members: vec![Member {
            id: member(POLICE),
            role: Role::Agency,
            kind: Some(Code::new("police").unwrap()),
            name: "North".to_owned(),
            endpoint: Endpoint::new("https://127.0.0.1:1").unwrap().into(),
            tls_pins: pins.to_vec(),
            signing_key: SigningKey::generate().unwrap().verifying_key().clone(),
            ledger_key: "unused".to_owned(),
            witness_key: None,
            contact: "duty desk".to_owned(),
        }],
        agreements: Vec::new(),
        quorum: None,
    }
}

fn material(authority: &Authority, folder: &Path, name: &str, who: &Identity) -> TlsMaterial {
    let now = Clock::system().now();
    let issued = authority
        .issue(who, &["127.0.0.1".to_owned()], 90, now)
        .unwrap();
    let files = TlsFiles {
        chain: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")).into(),
        roots: authority.root_path(),
        issuers: authority.issuing_path(),
        crl: authority.crl_path(),
    };
    let key = files.key.file().unwrap();
    issued.save(&files.chain, key).unwrap();
    TlsMaterial::load(&files, now).unwrap()
}

/// An agency's gateway that counts what it is asked, and callers of it.
struct Pair {
    client: Client,
    /// Where the agency listens.
    at: SocketAddr,
    /// Of another hub.
    other: Client,
    hub: TlsMaterial,
    agency: TlsMaterial,
    authority: Authority,
    directory: Arc<ArcSwap<Directory>>,
    /// The key that the agency shows.
    shown: Digest,
    heard: Arc<AtomicUsize>,
    /// Lets those be answered who asked slowly.
    release: Arc<Notify>,
    stop: watch::Sender<bool>,
    served: JoinHandle<std::io::Result<()>>,
    _folder: tempfile::TempDir,
}

impl Pair {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let authority =
            Authority::init(&folder.path().join("ca"), &partnership(), clock.now()).unwrap();
        let [hub, south] = ["north-mash", "south-mash"].map(|name| {
            let who = Identity::hub(partnership(), member(name));
            material(&authority, folder.path(), name, &who)
        });
        let agency = material(&authority, folder.path(), "agency", &police());
        let heard = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&heard);
        let answer = async move || {
            count.fetch_add(1, Ordering::SeqCst);
            StatusCode::NO_CONTENT
        };
        let release = Arc::new(Notify::new());
        let (count, released) = (Arc::clone(&heard), Arc::clone(&release));
        let slow = async move || {
            let released = released.notified();
            count.fetch_add(1, Ordering::SeqCst);
            released.await;
            StatusCode::NO_CONTENT
        };
        let routes = Router::new()
            .route("/v1/enquiries", post(answer))
            .route("/v1/slow", get(slow));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let tls = server_config(&agency, &[Role::Hub], ALPN, clock.source()).unwrap();
        let tls = Arc::new(ArcSwap::new(tls));
        let (stop, stopped) = watch::channel(false);
        let served = serve(listener, tls, routes, guard(&agency, &clock), stopped);
        let directory = Arc::new(ArcSwap::from_pointee(directory(&[])));
        let endpoint = Endpoint::new(&format!("https://{at}")).unwrap();
        let caller = |of: &TlsMaterial| {
            let followed = Watch {
                guard: guard(of, &clock),
                directory: Arc::clone(&directory),
            };
            let config = client_config(of, &police(), ALPN, clock.source()).unwrap();
            Client::watched(endpoint.clone(), config, followed)
        };
        Self {
            client: caller(&hub),
            at,
            other: caller(&south),
            shown: agency.own().spki_digest,
            served: tokio::spawn(served),
            _folder: folder,
            hub,
            agency,
            authority,
            directory,
            heard,
            release,
            stop,
        }
    }

    /// Works from another directory from now on.
    fn follow(&self, directory: Directory) {
        self.directory.store(Arc::new(directory));
    }

    async fn ask(&self) -> Result<Reply, ClientError> {
        let body = b"{}".to_vec();
        self.client
            .call(Method::POST, "/v1/enquiries", &[], body, PATIENCE)
            .await
    }

    async fn is_refused(&self, why: &str) {
        let before = self.heard.load(Ordering::SeqCst);
        match self.ask().await {
            Err(ClientError::Tls(_, said)) => assert!(said.contains(why), "{said}"),
            other => panic!("not refused: {other:?}"),
        }
        assert_eq!(self.heard.load(Ordering::SeqCst), before, "it heard of it");
    }

    async fn is_answered(&self) {
        let reply = self.ask().await.unwrap();
        assert_eq!(reply.status, StatusCode::NO_CONTENT);
    }

    async fn stop(self) {
        self.stop.send(true).unwrap();
        drop((self.client, self.other));
        self.served.await.unwrap().unwrap();
    }
}

fn guard(material: &TlsMaterial, clock: &Clock) -> Guard {
    Guard {
        revocations: Arc::clone(material.revocations()),
        clock: clock.clone(),
    }
}

#[tokio::test]
async fn sends_nothing_to_a_key_of_the_right_member_that_the_directory_does_not_pin() {
    let pair = Pair::start().await;
    pair.follow(directory(&[Digest::of(b"another key of the agency")]));

    // Never on a first connection, nor on the next.
    pair.is_refused("pin").await;
    pair.is_refused("pin").await;
    assert_eq!(pair.heard.load(Ordering::SeqCst), 0);

    pair.follow(directory(&[pair.shown]));
    pair.is_answered().await;
    assert_eq!(pair.heard.load(Ordering::SeqCst), 1);
    pair.stop().await;
}

#[tokio::test]
async fn sends_nothing_over_a_live_connection_once_the_directory_has_dropped_its_key() {
    let pair = Pair::start().await;
    let (pinned, shown) = (directory(&[pair.shown]), pair.shown);
    pair.follow(pinned.clone());
    pair.is_answered().await;

    pair.follow(directory(&[Digest::of(b"its next key")]));
    pair.is_refused("pin").await;
    pair.follow(directory(&[shown, Digest::of(b"its next key")]));
    pair.is_answered().await;
    pair.follow(Directory {
        members: Vec::new(),
        ..pinned.clone()
    });
    pair.is_refused("is not a member").await;
    pair.follow(Directory {
        valid_until: pinned.issued.plus_s(1),
        ..pinned
    });
    pair.is_refused("expired").await;
    pair.stop().await;
}

async fn asks_slowly(client: &Client) -> Result<Reply, ClientError> {
    client
        .call(Method::GET, "/v1/slow", &[], Vec::new(), PATIENCE)
        .await
}

#[tokio::test]
async fn cuts_a_revoked_caller_off_also_while_it_only_finishes_what_is_under_way() {
    let pair = Pair::start().await;
    pair.follow(directory(&[pair.shown]));
    let (revoked, other) = tokio::join!(
        async {
            let asked = asks_slowly(&pair.client).await;
            // Had both been cut because the listener was done, this would come too late.
            pair.release.notify_waiters();
            asked
        },
        async {
            let ((), asked) = tokio::join!(
                async {
                    while pair.heard.load(Ordering::SeqCst) < 2 {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    pair.stop.send(true).unwrap();
                    let now = Clock::system().now();
                    pair.authority.revoke(pair.hub.own().serial, now).unwrap();
                    pair.agency.reload_revocations(now).unwrap();
                },
                asks_slowly(&pair.other),
            );
            asked
        },
    );

    assert!(matches!(revoked, Err(ClientError::Http(..))), "{revoked:?}");
    assert_eq!(other.unwrap().status, StatusCode::NO_CONTENT);
    pair.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_address_that_finishes_no_handshake_is_turned_away_and_shuts_no_member_out() {
    let pair = Pair::start().await;
    pair.follow(directory(&[pair.shown]));
    let mut silent = Vec::new();
    for _ in 0..MANY {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 2], 0))).unwrap();
        silent.push(socket.connect(pair.at).await.unwrap());
    }
    let mut last = silent.pop().unwrap();

    let ended = tokio::time::timeout(AT_ONCE, last.read(&mut [0])).await;

    assert!(ended.is_ok(), "the last was let in");
    pair.is_answered().await;
    drop(silent);
    pair.stop().await;
}
