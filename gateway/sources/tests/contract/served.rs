//! A small HTTP server of our own on a port of its own, over TLS where a test wants it.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use stile_model::id::Code;
use stile_sources::{Limits, Mapping, Source, SourceError, SourceMapping};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::world::vocabulary;

/// One call as it arrived.
#[derive(Debug, Clone)]
pub struct Call {
    /// Method and address.
    pub line: String,
    pub headers: hyper::HeaderMap,
    pub body: String,
}

impl Call {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

/// An answer; `None` never comes.
pub type Reply = Option<(u16, String)>;

/// A certificate for this machine, and what trusts it.
pub struct Certified {
    acceptor: TlsAcceptor,
    client: Arc<ClientConfig>,
}

impl Certified {
    pub fn new() -> Self {
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_key = KeyPair::generate().unwrap();
        let root_certificate = root.self_signed(&root_key).unwrap();
        let mut own = CertificateParams::default();
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        own.subject_alt_names = vec![SanType::IpAddress(here)];
        let key = KeyPair::generate().unwrap();
        let certificate = own.signed_by(&key, &Issuer::new(root, root_key)).unwrap();

        let chain = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(root_certificate.der().clone()).unwrap();
        Self {
            acceptor: TlsAcceptor::from(Arc::new(server)),
            client: trusting(roots),
        }
    }

    /// Settings that trust this certificate.
    pub fn client(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.client)
    }
}

fn trusting(roots: RootCertStore) -> Arc<ClientConfig> {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// One server.
pub struct Served {
    /// `http://127.0.0.1:port`, or `https://…`.
    pub origin: String,
    asked: Arc<Mutex<Vec<Call>>>,
    beside: Arc<Mutex<Beside>>,
}

/// Headers that are sent with every answer.
type Beside = Vec<(&'static str, &'static str)>;

type Answering = Arc<dyn Fn(&Call) -> Option<(u16, Beside, String)> + Send + Sync>;

impl Served {
    pub async fn start(
        certified: Option<&Certified>,
        answer: impl Fn(&str, &Call) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if certified.is_some() { "https" } else { "http" };
        let origin = format!("{scheme}://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Call>>> = Arc::default();
        let (own, heard) = (origin.clone(), Arc::clone(&asked));
        let beside: Arc<Mutex<Beside>> = Arc::default();
        let sent = Arc::clone(&beside);
        let answer: Answering = Arc::new(move |call: &Call| {
            heard.lock().unwrap().push(call.clone());
            let (status, body) = answer(&own, call)?;
            Some((status, sent.lock().unwrap().clone(), body))
        });
        let acceptor = certified.map(|certified| certified.acceptor.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, answer) = (acceptor.clone(), Arc::clone(&answer));
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(stream, answer).await,
                        // Who does not trust the certificate goes away.
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(stream, answer).await;
                            }
                        }
                    }
                });
            }
        });
        Self {
            origin,
            asked,
            beside,
        }
    }

    /// Sends these headers with every answer from now on.
    pub fn sends(&self, beside: &[(&'static str, &'static str)]) {
        *self.beside.lock().unwrap() = beside.to_vec();
    }

    /// Every call so far.
    pub fn asked(&self) -> Vec<Call> {
        self.asked.lock().unwrap().clone()
    }
}

/// What a server does instead of answering, whatever it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ill {
    Forbidden,
    Hangs,
    Huge,
    Moved,
    NoJson,
    Overloaded,
}

impl Ill {
    /// Each with the code of the error and what the error tells.
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Forbidden, "refused", "http 403"),
        (Self::Hangs, "deadline", "did not answer within 3000 ms"),
        (Self::Huge, "too_much", "longer than 8 MiB"),
        (Self::Moved, "refused", "http 302"),
        (Self::NoJson, "refused", "no JSON"),
        (Self::Overloaded, "unreachable", "cannot be reached"),
    ];

    fn reply(self) -> Reply {
        Some(match self {
            Self::Forbidden => (403, "Testwood".into()),
            Self::Hangs => return None,
            Self::Huge => (200, " ".repeat(8 * 1_024 * 1_024 + 1)),
            Self::Moved => (302, String::new()),
            Self::NoJson => (200, "<html>Testwood</html>".into()),
            Self::Overloaded => (503, String::new()),
        })
    }
}

/// A server as a source, which does what a test says: it is ill, or in one of its own moods.
pub struct Moody<M> {
    pub server: Served,
    mood: Arc<Mutex<Result<M, Ill>>>,
    pub tls: Option<Arc<ClientConfig>>,
    pub folder: TempDir,
}

impl<M: Copy + Send + 'static> Moody<M> {
    /// In the mood `well` first.
    pub async fn serving(
        certified: Option<&Certified>,
        well: M,
        answer: impl Fn(&str, &Call, M) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let mood: Arc<Mutex<Result<M, Ill>>> = Arc::new(Mutex::new(Ok(well)));
        let feels = Arc::clone(&mood);
        let server = Served::start(certified, move |origin, call| {
            let mood = *feels.lock().unwrap();
            match mood {
                Ok(mood) => Some(answer(origin, call, mood)),
                Err(ill) => ill.reply(),
            }
        });
        Self {
            server: server.await,
            mood,
            tls: certified.map(Certified::client),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn turns(&self, mood: M) {
        self.feels(Ok(mood));
    }

    pub fn feels(&self, mood: Result<M, Ill>) {
        *self.mood.lock().unwrap() = mood;
    }

    /// The one source of this text, with the server's address below `path`, its roots where it needs
    /// any, and the file of a secret in their places.
    pub fn read(&self, text: &str, path: &str, secret: &str) -> SourceMapping {
        let file = self.secret();
        std::fs::write(&file, secret).unwrap();
        let roots = if self.tls.is_some() {
            "roots = \"roots.pem\""
        } else {
            ""
        };
        let text = text
            .replace("{base}", &format!("{}{path}", self.server.origin))
            .replace("{roots}", roots)
            .replace("{secret}", &file.display().to_string());
        let health = Code::new("health").unwrap();
        let mapping = Mapping::parse("sources.toml", &text, &vocabulary(), &health);
        mapping.unwrap_or_else(|e| panic!("{e}")).sources.remove(0)
    }

    /// The file of what shows who asks.
    pub fn secret(&self) -> PathBuf {
        self.folder.path().join("secret")
    }

    /// Connected, within these limits but for the deadline.
    pub async fn limited(
        &self,
        mapping: &SourceMapping,
        limits: Limits,
    ) -> Result<Source, SourceError> {
        let limits = Limits {
            deadline_ms: 3_000,
            ..limits
        };
        Source::connect_over(mapping, limits, self.tls.clone()).await
    }

    pub async fn connect(&self, mapping: &SourceMapping) -> Result<Source, SourceError> {
        self.limited(mapping, Limits::default()).await
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, answer: Answering) {
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = Arc::clone(&answer);
        async move { Ok::<_, Infallible>(reply(request, &answer).await) }
    });
    let http = hyper::server::conn::http1::Builder::new();
    // Whoever asked may have gone.
    http.serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}

async fn reply(request: Request<Incoming>, answer: &Answering) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let call = Call {
        line: format!("{} {}", parts.method, parts.uri),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let Some((status, beside, body)) = answer(&call) else {
        return std::future::pending().await;
    };
    let mut response = Response::builder()
        .status(status)
        .header("location", "http://127.0.0.1:1/");
    for (name, value) in beside {
        response = response.header(name, value);
    }
    response.body(Full::new(Bytes::from(body))).unwrap()
}
