//! Calls another gateway (or, from the command line, one's own) over mutual TLS.
//!
//! One HTTP/2 connection is kept and shared; a dead one is replaced. Every call has a deadline.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use stile_trust::directory::Endpoint;
use stile_trust::peer::Peer;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

use crate::server::Guard;
use crate::wire::ENVELOPE_MAX_BYTES;

/// Why a call gave no answer. Whether the other end did something is not known unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No TCP connection.
    #[error("`{0}` cannot be reached: {1}")]
    Connect(String, std::io::ErrorKind),
    /// The deadline passed.
    #[error("`{0}` did not answer in time")]
    Deadline(String),
    /// The answer broke off or is not HTTP.
    #[error("the connection to `{0}` broke: {1}")]
    Http(String, String),
    /// The answer is longer than allowed.
    #[error("the answer of `{0}` is too long")]
    TooLong(String),
    /// The TLS handshake failed: wrong certificate, revoked, wrong member.
    #[error("`{0}` is not trusted or does not trust us: {1}")]
    Tls(String, String),
}

impl ClientError {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Connect(..) => "unreachable",
            Self::Deadline(_) => "deadline",
            Self::Http(..) => "broken_off",
            Self::TooLong(_) => "answer_too_large",
            Self::Tls(..) => "not_trusted",
        }
    }
}

/// An answer: status and whole body.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// The body, at most as long as the caller reads.
    pub body: Bytes,
}

/// A caller of one gateway.
#[derive(Debug)]
pub struct Client {
    endpoint: Endpoint,
    tls: Arc<ClientConfig>,
    guard: Option<Guard>,
    longest: usize,
    connection: Mutex<Option<Connection>>,
}

/// A live connection and who is at its other end.
#[derive(Debug, Clone)]
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    peer: Peer,
}

impl Client {
    /// A caller of `endpoint`; `tls` fixes exactly whom it may meet there.
    pub fn new(endpoint: Endpoint, tls: Arc<ClientConfig>) -> Self {
        Self {
            endpoint,
            tls,
            guard: None,
            longest: ENVELOPE_MAX_BYTES,
            connection: Mutex::new(None),
        }
    }

    /// The same, looking at every call whether the other end's certificate still counts: a
    /// connection outlives many calls.
    pub fn watched(endpoint: Endpoint, tls: Arc<ClientConfig>, guard: Guard) -> Self {
        Self {
            guard: Some(guard),
            ..Self::new(endpoint, tls)
        }
    }

    /// The same, reading answers of up to `longest` bytes instead of [`ENVELOPE_MAX_BYTES`].
    pub fn reading_up_to(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// Sends a request and reads the whole answer within `deadline`.
    ///
    /// # Errors
    ///
    /// What went wrong, without the request's content.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        deadline: Duration,
    ) -> Result<Reply, ClientError> {
        let call = self.call_once(method, path, headers, body);
        tokio::time::timeout(deadline, call)
            .await
            .unwrap_or_else(|_| Err(ClientError::Deadline(self.name())))
    }

    fn name(&self) -> String {
        self.endpoint.as_str().to_owned()
    }

    fn broken(&self, error: &hyper::Error) -> ClientError {
        ClientError::Http(self.name(), error.to_string())
    }

    async fn call_once(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Reply, ClientError> {
        let Connection { mut sender, peer } = self.connection().await?;
        let uri = format!("{}{path}", self.endpoint.as_str().trim_end_matches('/'));
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| ClientError::Http(self.name(), error.to_string()))?;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| self.broken(&error))?;
        let status = response.status();
        let limited = Limited::new(response.into_body(), self.longest)
            .collect()
            .await;
        let body = limited.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => self.broken(&error),
            Err(_) => ClientError::TooLong(self.name()),
        })?;
        if !self.still_good(&peer) {
            let why = "its certificate was revoked meanwhile".to_owned();
            return Err(ClientError::Tls(self.name(), why));
        }
        Ok(Reply {
            status,
            body: body.to_bytes(),
        })
    }

    fn still_good(&self, peer: &Peer) -> bool {
        self.guard
            .as_ref()
            .is_none_or(|guard| guard.still_good(peer))
    }

    async fn connection(&self) -> Result<Connection, ClientError> {
        let mut kept = self.connection.lock().await;
        let good = |live: &&Connection| !live.sender.is_closed() && self.still_good(&live.peer);
        if let Some(live) = kept.as_ref().filter(good) {
            return Ok(live.clone());
        }
        *kept = None;
        let live = self.connect().await?;
        *kept = Some(live.clone());
        Ok(live)
    }

    async fn connect(&self) -> Result<Connection, ClientError> {
        let refused = |error: std::io::Error| ClientError::Connect(self.name(), error.kind());
        let address = (self.endpoint.host(), self.endpoint.port());
        let stream = TcpStream::connect(address).await.map_err(refused)?;
        stream.set_nodelay(true).map_err(refused)?;
        let name = self.endpoint.server_name().clone();
        let stream = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, stream)
            .await
            .map_err(|error| ClientError::Tls(self.name(), error.to_string()))?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let peer = Peer::from_chain(chain)
            .map_err(|error| ClientError::Tls(self.name(), error.to_string()))?;
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10))
            .keep_alive_while_idle(true)
            // One unread answer must not hold up the others on the connection.
            .initial_stream_window_size(256 * 1024)
            .initial_connection_window_size(16 * 1024 * 1024)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.broken(&error))?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a peer ended");
            }
        });
        Ok(Connection { sender, peer })
    }
}
