//! An agency that a test can make lie: real certificate, any answer.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use stile_cli::config::AgencyConfig;
use stile_cli::demo::partnership::member;
use stile_cli::demo::world::Kind;
use stile_exchange::clock::Clock;
use stile_exchange::server::{ALPN, Guard, serve};
use stile_exchange::wire::Envelope;
use stile_ledger::tree::{Tree, leaf_hash};
use stile_ledger::{Checkpoint, Entry, EntryKind, LedgerKey, Vkey, proof};
use stile_model::digest::Digest;
use stile_model::enquiry::Enquiry;
use stile_model::id::MemberId;
use stile_model::returns::{Finding, RETURN_TYP, Return};
use stile_trust::identity::Role;
use stile_trust::jws;
use stile_trust::signing::SigningKey;
use stile_trust::tls::{TlsMaterial, server_config};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What a fake agency is asked: the exact bytes and what they say.
#[derive(Debug, Clone)]
pub struct Question {
    /// The compact JWS.
    pub jws: String,
    /// Its payload.
    pub enquiry: Enquiry,
}

/// What a fake agency does with a question.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// Answers 200 with this body.
    Body(Vec<u8>),
    /// Never answers.
    Silence,
}

type Reacts = Arc<dyn Fn(&Question) -> Reaction + Send + Sync>;

/// A fake agency at the real one's address.
pub struct Fake {
    stop: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Fake {
    /// Serves in place of a stopped agency, with its certificate.
    pub async fn start(
        dir: &Path,
        kind: Kind,
        clock: &Clock,
        reacts: impl Fn(&Question) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        let reacts: Reacts = Arc::new(reacts);
        let routes = Router::new()
            .route("/v1/enquiries", post(answer))
            .route("/v1/receipts", post(async || StatusCode::NO_CONTENT))
            .with_state(reacts);
        Self::serving(dir, kind, clock, routes).await
    }

    /// Serves these routes in place of a stopped agency, with its certificate.
    pub async fn serving(dir: &Path, kind: Kind, clock: &Clock, routes: Router) -> Self {
        let own = dir.join(member(kind).unwrap().as_str());
        let parts = AgencyConfig::read(&own.join("agency.toml")).unwrap().parts;
        let material = TlsMaterial::load(&parts.tls, clock.now()).unwrap();
        let tls = server_config(&material, &[Role::Hub], ALPN, clock.source()).unwrap();
        let guard = Guard {
            revocations: Arc::clone(material.revocations()),
            clock: clock.clone(),
        };
        let listener = TcpListener::bind(parts.listen.peers.unwrap())
            .await
            .unwrap();
        let (stop, stopped) = watch::channel(false);
        let tls = Arc::new(ArcSwap::new(tls));
        let task = tokio::spawn(serve(listener, tls, routes, guard, stopped));
        Self { stop, task }
    }

    /// Stops serving at once, whatever is under way.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        self.task.abort();
        let _ = self.task.await;
    }
}

async fn answer(State(reacts): State<Reacts>, jws: String) -> (StatusCode, Vec<u8>) {
    let payload = jws.split('.').nth(1).unwrap();
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
    let enquiry = serde_json::from_slice(&payload).unwrap();
    match reacts(&Question { jws, enquiry }) {
        Reaction::Body(body) => (StatusCode::OK, body),
        Reaction::Silence => std::future::pending().await,
    }
}

/// Makes answers with an agency's own keys, which a test may replace.
pub struct Forger {
    /// Signs returns.
    pub signing: SigningKey,
    /// Signs the ledger's heads.
    pub ledger: LedgerKey,
    vkey: Vkey,
    me: MemberId,
    clock: Clock,
}

impl Forger {
    /// Takes an agency's own keys.
    pub fn of(dir: &Path, kind: Kind, clock: Clock) -> Self {
        let me = member(kind).unwrap();
        let own = dir.join(me.as_str());
        let parts = AgencyConfig::read(&own.join("agency.toml")).unwrap().parts;
        let vkey = std::fs::read_to_string(own.join("ledger.vkey")).unwrap();
        Self {
            signing: SigningKey::load(&parts.keys.signing).unwrap(),
            ledger: parts.keys.ledger_key().unwrap(),
            vkey: vkey.trim().parse().unwrap(),
            me,
            clock,
        }
    }

    /// A return that belongs to the question.
    pub fn answer(&self, question: &Question, findings: &[Finding]) -> Return {
        Return {
            v: 1,
            enquiry: question.enquiry.id,
            enquiry_digest: Digest::of(question.jws.as_bytes()),
            from: self.me.clone(),
            to: question.enquiry.from.clone(),
            case: question.enquiry.case.clone(),
            n: 1,
            issued: self.clock.now(),
            policy: Digest::of(b"policy"),
            vocabulary: Digest::of(b"vocabulary"),
            subjects: Vec::new(),
            findings: findings.to_vec(),
            closed: Vec::new(),
            more: false,
        }
    }

    /// The permit of a return.
    pub fn permit(&self, answer: &Return) -> Entry {
        Entry {
            digest: Some(Digest::of(&serde_json::to_vec(answer).unwrap())),
            ..Entry::new(EntryKind::Permit, self.clock.now())
        }
    }

    /// An envelope with `answer`, proved by a ledger that holds only `entry`.
    pub fn envelope(&self, answer: &Return, entry: &Entry) -> Envelope {
        let payload = serde_json::to_vec(answer).unwrap();
        self.envelope_of(RETURN_TYP, &payload, entry)
    }

    /// An envelope with a document of type `typ`, proved by a ledger that holds only `entry`.
    pub fn envelope_of(&self, typ: &str, payload: &[u8], entry: &Entry) -> Envelope {
        let nonce = *Digest::of(payload).as_bytes();
        let leaf = entry.to_leaf_bytes(&nonce, &Digest::of(b"body")).unwrap();
        let mut tree = Tree::new();
        tree.append(leaf_hash(&leaf));
        let head = Checkpoint {
            origin: self.vkey.name().clone(),
            size: 1,
            root: tree.root(),
        };
        let receipt = proof::Receipt {
            index: 0,
            inclusion: Vec::new(),
            checkpoint: head.sign(&self.ledger).unwrap(),
        };
        Envelope {
            answer: jws::sign(&self.signing, typ, payload).unwrap(),
            leaf: BASE64.encode(&leaf),
            receipt: receipt.text(),
            consistency: Vec::new(),
            pad: String::new(),
        }
    }

    /// An answer in which everything is true.
    pub fn honest(&self, question: &Question, findings: &[Finding]) -> Envelope {
        let answer = self.answer(question, findings);
        self.envelope(&answer, &self.permit(&answer))
    }
}
