//! One client of one gateway, with any certificate or none; answers come as they are.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use hyper::{Method, StatusCode};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stile_exchange::client::{Client, ClientError, Reply};
use stile_exchange::clock::Clock;
use stile_exchange::server::ALPN;
use stile_trust::identity::Identity;
use stile_trust::tls::{TlsFiles, TlsMaterial, client_config};

use crate::PATIENCE;
use crate::rogue::problem;

/// A client of one gateway.
pub struct Caller(Client);

/// How a careless client speaks: one that shows this certificate and key, or none.
pub fn careless_tls(dir: &Path, shown: Option<(&Path, &Path)>, alpn: &[&[u8]]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(dir.join("ca/root.pem")).unwrap() {
        roots.add(root.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match shown {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let chain = CertificateDer::pem_file_iter(chain).unwrap();
            let chain = chain.collect::<Result<_, _>>().unwrap();
            let key = PrivateKeyDer::from_pem_file(key).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    config
}

impl Caller {
    /// A well-behaved client: it meets exactly `expect` and nobody else.
    pub fn with(files: &TlsFiles, expect: &Identity, at: SocketAddr, clock: &Clock) -> Self {
        let material = TlsMaterial::load(files, clock.now()).unwrap();
        let tls = client_config(&material, expect, ALPN, clock.source()).unwrap();
        Self::to(at, tls)
    }

    /// A client that shows any certificate and key, or none, and only checks that the server is of
    /// the partnership's authority: so that it is the server that must refuse.
    pub fn careless(dir: &Path, shown: Option<(&Path, &Path)>, at: SocketAddr) -> Self {
        Self::to(at, Arc::new(careless_tls(dir, shown, ALPN)))
    }

    fn to(at: SocketAddr, tls: Arc<ClientConfig>) -> Self {
        let endpoint = format!("https://{at}").parse().unwrap();
        Self(Client::new(endpoint, tls))
    }

    /// Makes a call.
    ///
    /// # Errors
    ///
    /// When there is no HTTP answer at all.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Reply, ClientError> {
        let headers = [("content-type", "application/json".to_owned())];
        self.call_with(method, path, &headers, body).await
    }

    /// Makes a call with these headers.
    ///
    /// # Errors
    ///
    /// When there is no HTTP answer at all.
    pub async fn call_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Reply, ClientError> {
        self.0.call(method, path, headers, body, PATIENCE).await
    }

    /// Reads.
    ///
    /// # Errors
    ///
    /// When there is no HTTP answer at all.
    pub async fn get(&self, path: &str) -> Result<Reply, ClientError> {
        self.call(Method::GET, path, Vec::new()).await
    }

    /// Sends a document.
    ///
    /// # Errors
    ///
    /// When there is no HTTP answer at all.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Result<Reply, ClientError> {
        let body = serde_json::to_vec(body).unwrap();
        self.call(Method::POST, path, body).await
    }

    /// Sends a document that must be taken; the answer, of which an empty one reads as `null`.
    pub async fn taken<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> T {
        let reply = self.post(path, body).await.unwrap();
        let expected = if reply.body.is_empty() {
            StatusCode::NO_CONTENT
        } else {
            StatusCode::OK
        };
        said(path, &reply, expected)
    }

    /// Sends a document that must make something new; the answer.
    pub async fn created<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> T {
        let reply = self.post(path, body).await.unwrap();
        said(path, &reply, StatusCode::CREATED)
    }

    /// Sends a document that must be refused; the problem's code.
    pub async fn refused(&self, path: &str, body: &impl Serialize) -> String {
        self.refusal(path, body).await.1
    }

    /// Sends a document that must be refused; the status and the problem's code.
    pub async fn refusal(&self, path: &str, body: &impl Serialize) -> (StatusCode, String) {
        let reply = self.post(path, body).await.unwrap();
        assert!(!reply.status.is_success(), "{path} was taken");
        (reply.status, problem(&reply).code().to_owned())
    }

    /// Reads a document that must come.
    pub async fn read<T: DeserializeOwned>(&self, path: &str) -> T {
        let reply = self.get(path).await.unwrap();
        assert!(reply.status.is_success(), "{path}: {}", reply.status);
        serde_json::from_slice(&reply.body).unwrap()
    }
}

/// What an answer that must have this status says; an empty one reads as `null`.
fn said<T: DeserializeOwned>(path: &str, reply: &Reply, expected: StatusCode) -> T {
    let said = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, expected, "{path}: {said}");
    serde_json::from_str(if said.is_empty() { "null" } else { &said }).unwrap()
}
