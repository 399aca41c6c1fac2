//! A hub that a test can make misbehave: real certificate and keys, any bytes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::BASE64;
use hyper::{Method, StatusCode};
use stile_cli::config::HubConfig;
use stile_cli::demo::partnership::{HUB, PARTNERSHIP, RESEARCHER, member};
use stile_cli::demo::world::{Kind, Story};
use stile_exchange::client::{Client, ClientError, Reply};
use stile_exchange::clock::Clock;
use stile_exchange::random::enquiry_id;
use stile_exchange::server::ALPN;
use stile_exchange::wire::Envelope;
use stile_ledger::{Leaf, Vkey, proof};
use stile_model::digest::Digest;
use stile_model::enquiry::{ENQUIRY_TYP, Enquiry, Officer};
use stile_model::id::{Code, MemberId, PartnershipId, UserId};
use stile_model::problem::Problem;
use stile_model::returns::{RETURN_TYP, Return};
use stile_trust::directory::Directory;
use stile_trust::identity::{Identity, Role};
use stile_trust::jws;
use stile_trust::signing::{SigningKey, VerifyingKey};
use stile_trust::tls::{TlsFiles, TlsMaterial, client_config};

use crate::PATIENCE;

/// An answer whose signature, receipt and digest have been checked.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The body as it came.
    pub body: Vec<u8>,
    /// The envelope.
    pub envelope: Envelope,
    /// The return.
    pub answer: Return,
    /// The ledger entry that permitted it.
    pub leaf: Leaf,
    /// Its place in the agency's ledger.
    pub index: u64,
}

/// A hub with the real hub's certificate and keys.
pub struct RawHub {
    /// Which hub it says it is.
    pub me: MemberId,
    clock: Clock,
    tls: TlsMaterial,
    /// The hub's signing key.
    pub signing: SigningKey,
    directory: Directory,
    clients: std::sync::Mutex<HashMap<MemberId, Arc<Client>>>,
}

impl RawHub {
    /// Takes the hub's files from a partnership's folder.
    pub fn open(dir: &Path, clock: Clock) -> Self {
        let config = HubConfig::read(&dir.join(HUB).join("hub.toml")).unwrap();
        Self::with_tls(dir, clock, &config.parts.tls)
    }

    /// The same, but presenting another certificate.
    pub fn with_tls(dir: &Path, clock: Clock, tls: &TlsFiles) -> Self {
        Self::of(dir, clock, tls, MemberId::new(HUB).unwrap())
    }

    /// The hub whose signing key is in the folder of `me`, presenting this certificate.
    pub fn of(dir: &Path, clock: Clock, tls: &TlsFiles, me: MemberId) -> Self {
        let tls = TlsMaterial::load(tls, clock.now()).unwrap();
        let operator = std::fs::read_to_string(dir.join("operator/operator.jwk")).unwrap();
        let operator: VerifyingKey = serde_json::from_str(&operator).unwrap();
        let text = std::fs::read_to_string(dir.join("directory.jws")).unwrap();
        let directory = Directory::verify(text.trim(), &operator, 0, clock.now()).unwrap();
        let signing = SigningKey::load(&dir.join(me.as_str()).join("signing.key")).unwrap();
        Self {
            me,
            clock,
            tls,
            signing,
            directory,
            clients: std::sync::Mutex::default(),
        }
    }

    /// A good enquiry of a story for one agency, with a fresh id and the current time.
    pub fn enquiry(&self, kind: Kind, story: &Story) -> Enquiry {
        let now = self.clock.now();
        Enquiry {
            v: 1,
            id: enquiry_id().unwrap(),
            partnership: PartnershipId::new(PARTNERSHIP).unwrap(),
            from: self.me.clone(),
            to: member(kind).unwrap(),
            case: story.case.clone(),
            case_kind: story.case_kind.clone(),
            priority: story.priority,
            purpose: story.purpose.clone(),
            consent: story.consent.clone(),
            subjects: story.subjects.clone(),
            asks: story.asks.get(&kind).cloned().unwrap_or_default(),
            look_back_months: story.look_back_months,
            requester: Officer {
                user: UserId::new(RESEARCHER).unwrap(),
                role: Code::new("researcher").unwrap(),
            },
            authoriser: None,
            issued: now,
            expires: now.plus_s(72 * 3_600),
        }
    }

    /// Signs an enquiry with the hub's key.
    pub fn sign(&self, enquiry: &Enquiry) -> String {
        jws::sign(
            &self.signing,
            ENQUIRY_TYP,
            &serde_json::to_vec(enquiry).unwrap(),
        )
        .unwrap()
    }

    /// Sends any bytes as an enquiry.
    ///
    /// # Errors
    ///
    /// When there is no HTTP answer at all.
    pub async fn post(&self, kind: Kind, body: Vec<u8>) -> Result<Reply, ClientError> {
        self.call(kind, Method::POST, "/v1/enquiries", body).await
    }

    /// Makes any call to an agency's peer address.
    ///
    /// # Errors
    ///
    /// When there is no HTTP answer at all.
    pub async fn call(
        &self,
        kind: Kind,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Reply, ClientError> {
        let headers = [("content-type", "application/json".to_owned())];
        self.client(kind)
            .call(method, path, &headers, body, PATIENCE)
            .await
    }

    fn client(&self, kind: Kind) -> Arc<Client> {
        let agency = member(kind).unwrap();
        let mut clients = self.clients.lock().unwrap();
        let made = clients.entry(agency.clone()).or_insert_with(|| {
            let expect = Identity {
                partnership: PartnershipId::new(PARTNERSHIP).unwrap(),
                role: Role::Agency,
                member: agency.clone(),
                user: None,
            };
            let tls = client_config(&self.tls, &expect, ALPN, self.clock.source()).unwrap();
            let member = self.directory.member(&agency).unwrap();
            let endpoint = member.endpoint.endpoint().unwrap().clone();
            Arc::new(Client::new(endpoint, tls))
        });
        Arc::clone(made)
    }

    /// Forgets its connections, so that the next call makes a new one.
    pub fn hang_up(&mut self) {
        self.clients.lock().unwrap().clear();
    }

    /// Signs, sends, and proves the answer as a hub must.
    pub async fn ask(&self, kind: Kind, enquiry: &Enquiry) -> Answered {
        let reply = self
            .post(kind, self.sign(enquiry).into_bytes())
            .await
            .unwrap();
        assert_eq!(reply.status, StatusCode::OK, "{:?}", problem(&reply));
        self.prove(kind, &reply)
    }

    /// Return `n` of an enquiry, waiting up to `wait_s` seconds; none when there is none.
    pub async fn later(
        &self,
        kind: Kind,
        enquiry: &Enquiry,
        after: u32,
        wait_s: u32,
    ) -> Option<Answered> {
        let path = format!(
            "/v1/enquiries/{}/returns?after={after}&wait_s={wait_s}",
            enquiry.id
        );
        let reply = self
            .call(kind, Method::GET, &path, Vec::new())
            .await
            .unwrap();
        (reply.status == StatusCode::OK).then(|| self.prove(kind, &reply))
    }

    /// Checks signature, digest and receipt of an answer.
    pub fn prove(&self, kind: Kind, reply: &Reply) -> Answered {
        let envelope: Envelope = serde_json::from_slice(&reply.body).unwrap();
        let agency = self.directory.member(&member(kind).unwrap()).unwrap();
        let payload = jws::verify(
            &envelope.answer,
            RETURN_TYP,
            &agency.signing_key,
            usize::MAX,
        )
        .unwrap();
        let bytes = BASE64.decode(envelope.leaf.as_bytes()).unwrap();
        let leaf = Leaf::parse(&bytes).unwrap();
        assert_eq!(
            leaf.entry.digest,
            Some(Digest::of(&payload)),
            "the permit names this return"
        );
        let vkey: Vkey = agency.ledger_key.parse().unwrap();
        let receipt = proof::Receipt::parse(&envelope.receipt).unwrap();
        receipt.verify(&bytes, &vkey).unwrap();
        Answered {
            body: reply.body.to_vec(),
            answer: serde_json::from_slice(&payload).unwrap(),
            leaf,
            index: receipt.index,
            envelope,
        }
    }

    /// Sends an enquiry that must be refused, and gives the problem's code.
    pub async fn refused(&self, kind: Kind, enquiry: &Enquiry) -> String {
        let reply = self
            .post(kind, self.sign(enquiry).into_bytes())
            .await
            .unwrap();
        problem(&reply).code().to_owned()
    }
}

/// The problem document of a refusal.
pub fn problem(reply: &Reply) -> Problem {
    assert!(
        !reply.status.is_success(),
        "a refusal was expected, not {}",
        reply.status
    );
    serde_json::from_slice(&reply.body).unwrap()
}

/// The TLS files of any certificate beside a partnership's authority.
pub fn tls_files(dir: &Path, chain: PathBuf, key: PathBuf) -> TlsFiles {
    TlsFiles {
        chain,
        key: key.into(),
        roots: dir.join("ca/root.pem"),
        issuers: dir.join("ca/issuing.pem"),
        crl: dir.join("ca/crl.pem"),
    }
}
