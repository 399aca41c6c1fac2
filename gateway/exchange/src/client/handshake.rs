//! The handshake of whoever dials.

use std::io::{Error, Result};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Makes a TLS connection in a task of its own: our key may be in a hardware token, whose signature holds
/// up the task that waits for it, and much else is done beside the one that dials. It ends with whoever
/// waits for it.
pub async fn shake_hands(
    tls: Arc<ClientConfig>,
    name: ServerName<'static>,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>> {
    let mut apart = JoinSet::new();
    apart.spawn(async move { TlsConnector::from(tls).connect(name, stream).await });
    match apart.join_next().await {
        Some(Ok(made)) => made,
        Some(Err(_)) | None => Err(Error::other("the handshake broke off")),
    }
}
