//! Calls another gateway (or, from the command line, one's own) over mutual TLS.
//!
//! One HTTP/2 connection is kept and shared; a dead one is replaced. An agency that dials out is called
//! over what it dialled. Nothing is sent before the directory in use admits the other end. Every call
//! has a deadline. A request that was never sent, because the other end was just saying goodbye, goes
//! over another connection; one that may have been heard does not.

mod direct;
mod handshake;
pub(crate) mod queue;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use rustls::ClientConfig;
use stile_model::id::MemberId;
use stile_trust::TrustError;
use stile_trust::directory::Endpoint;
use stile_trust::peer::Peer;

use self::direct::{Connection, Direct};
use self::queue::{Question, Requests, was_not_taken};
use crate::dial::{Lane, Lease, Lines};
use crate::wire::ENVELOPE_MAX_BYTES;

pub(crate) use handshake::shake_hands;
pub use watch::Watch;

/// Connections tried for one request that none of them takes.
const TRIES: u8 = 3;

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
    /// Its headers.
    pub headers: HeaderMap,
    /// The body, at most as long as the caller reads.
    pub body: Bytes,
}

/// A caller of one gateway.
#[derive(Debug)]
pub struct Client {
    way: Way,
    watch: Option<Watch>,
    longest: usize,
}

/// How the gateway is reached.
#[derive(Debug)]
enum Way {
    /// Over what it dialled.
    Dialled {
        lines: Lines,
        member: MemberId,
        lane: Lane,
    },
    /// At its address.
    Direct(Direct),
}

/// What carries one request; it is under way until this is dropped.
enum Carrier {
    Dialled(Lease),
    Direct(Arc<Connection>),
}

impl Carrier {
    fn requests(&self) -> &Requests {
        match self {
            Self::Dialled(lease) => lease.requests(),
            Self::Direct(connection) => &connection.requests,
        }
    }

    fn peer(&self) -> &Peer {
        match self {
            Self::Dialled(lease) => lease.peer(),
            Self::Direct(connection) => &connection.peer,
        }
    }
}

impl Client {
    /// A caller of `endpoint`; `tls` fixes exactly whom it may meet there. For people and for those who
    /// have no directory yet: a gateway's calls of another are [`Self::watched`].
    pub fn new(endpoint: Endpoint, tls: Arc<ClientConfig>) -> Self {
        Self {
            way: Way::Direct(Direct::new(endpoint, tls)),
            watch: None,
            longest: ENVELOPE_MAX_BYTES,
        }
    }

    /// The same, looking before every call and after it whether the other end's certificate counts:
    /// on a new connection, too, and again later, because a connection outlives many calls.
    pub fn watched(endpoint: Endpoint, tls: Arc<ClientConfig>, watch: Watch) -> Self {
        Self {
            watch: Some(watch),
            ..Self::new(endpoint, tls)
        }
    }

    /// A caller of an agency that dials out, over the connections of `lines`, which look at every call
    /// whether its certificate still counts and the directory still admits it.
    pub fn dialled(lines: Lines, member: MemberId, lane: Lane) -> Self {
        Self {
            watch: None,
            way: Way::Dialled {
                lines,
                member,
                lane,
            },
            longest: ENVELOPE_MAX_BYTES,
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
        match &self.way {
            Way::Dialled { member, .. } => member.as_str().to_owned(),
            Way::Direct(direct) => direct.name(),
        }
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
        let uri = match &self.way {
            // Nobody resolves it: the request goes over the connection that the member dialled.
            Way::Dialled { member, .. } => format!("https://{member}{path}"),
            Way::Direct(direct) => format!("{}{path}", direct.name().trim_end_matches('/')),
        };
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| ClientError::Http(self.name(), error.to_string()))?;
        let (response, carrier) = self.send(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let limited = Limited::new(response.into_body(), self.longest)
            .collect()
            .await;
        let body = limited.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => self.broken(&error),
            Err(_) => ClientError::TooLong(self.name()),
        })?;
        self.check(carrier.peer())
            .map_err(|error| ClientError::Tls(self.name(), error.to_string()))?;
        Ok(Reply {
            status,
            headers,
            body: body.to_bytes(),
        })
    }

    /// Sends the request over the first connection that takes it.
    async fn send(&self, request: Question) -> Result<(Response<Incoming>, Carrier), ClientError> {
        let mut tries = 1;
        loop {
            let carrier = self.carrier().await?;
            let refused = match carrier.requests().send(request.clone()).await {
                Ok(response) => return Ok((response, carrier)),
                Err(refused) => refused,
            };
            if tries == TRIES || !was_not_taken(&refused) {
                return Err(self.broken(refused.error()));
            }
            tries += 1;
            match (&self.way, carrier) {
                (_, Carrier::Dialled(lease)) => lease.turned_away(),
                (Way::Direct(direct), Carrier::Direct(over)) => direct.forget(&over).await,
                (Way::Dialled { .. }, Carrier::Direct(_)) => {}
            }
        }
    }

    async fn carrier(&self) -> Result<Carrier, ClientError> {
        match &self.way {
            Way::Dialled {
                lines,
                member,
                lane,
            } => Ok(Carrier::Dialled(lines.lease(member, *lane).await?)),
            Way::Direct(direct) => {
                let check = |peer: &Peer| self.check(peer);
                Ok(Carrier::Direct(direct.connection(check).await?))
            }
        }
    }

    /// Does the other end count, by what is in force now?
    fn check(&self, peer: &Peer) -> Result<(), TrustError> {
        match (&self.way, &self.watch) {
            (Way::Dialled { lines, .. }, _) => lines.admitted(peer).map(drop),
            (Way::Direct(_), Some(watch)) => watch.check(peer),
            (Way::Direct(_), None) => Ok(()),
        }
    }
}
