//! The connection to a gateway at its address: one, shared by all calls, replaced when it is dead.

use std::sync::Arc;
use std::time::Duration;

use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use stile_trust::TrustError;
use stile_trust::directory::Endpoint;
use stile_trust::peer::Peer;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::ClientError;
use super::handshake::shake_hands;
use super::queue::{self, Requests};

/// An address and the connection to it.
#[derive(Debug)]
pub(super) struct Direct {
    endpoint: Endpoint,
    tls: Arc<ClientConfig>,
    kept: Mutex<Option<Arc<Connection>>>,
}

/// A live connection and who is at its other end.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) requests: Requests,
    pub(super) peer: Peer,
}

impl Direct {
    pub(super) fn new(endpoint: Endpoint, tls: Arc<ClientConfig>) -> Self {
        Self {
            endpoint,
            tls,
            kept: Mutex::new(None),
        }
    }

    pub(super) fn name(&self) -> String {
        self.endpoint.as_str().to_owned()
    }

    /// The connection kept, if it lives and `check` still passes its peer; else a new one, whose peer
    /// passed it before anything was sent.
    pub(super) async fn connection(
        &self,
        check: impl Fn(&Peer) -> Result<(), TrustError>,
    ) -> Result<Arc<Connection>, ClientError> {
        let mut kept = self.kept.lock().await;
        let lives =
            |live: &&Arc<Connection>| !live.requests.is_closed() && check(&live.peer).is_ok();
        if let Some(live) = kept.as_ref().filter(lives) {
            return Ok(Arc::clone(live));
        }
        *kept = None;
        let live = Arc::new(self.connect(check).await?);
        *kept = Some(Arc::clone(&live));
        Ok(live)
    }

    /// Uses this connection no more.
    pub(super) async fn forget(&self, dead: &Arc<Connection>) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|live| Arc::ptr_eq(live, dead)) {
            *kept = None;
        }
    }

    async fn connect(
        &self,
        check: impl Fn(&Peer) -> Result<(), TrustError>,
    ) -> Result<Connection, ClientError> {
        let refused = |error: std::io::Error| ClientError::Connect(self.name(), error.kind());
        let address = (self.endpoint.host(), self.endpoint.port());
        let stream = TcpStream::connect(address).await.map_err(refused)?;
        stream.set_nodelay(true).map_err(refused)?;
        let name = self.endpoint.server_name().clone();
        let stream = shake_hands(Arc::clone(&self.tls), name, stream)
            .await
            .map_err(|error| ClientError::Tls(self.name(), error.to_string()))?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let peer = Peer::from_chain(chain)
            .and_then(|peer| check(&peer).map(|()| peer))
            .map_err(|error| ClientError::Tls(self.name(), error.to_string()))?;
        let made = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10))
            .keep_alive_while_idle(true)
            // One unread answer must not hold up the others on the connection.
            .initial_stream_window_size(256 * 1024)
            .initial_connection_window_size(16 * 1024 * 1024)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| ClientError::Http(self.name(), error.to_string()))?;
        let (requests, connection) = queue::of(made);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a peer ended");
            }
        });
        Ok(Connection { requests, peer })
    }
}
