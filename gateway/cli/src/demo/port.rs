//! Ports for gateways that run on one machine.

use std::io::ErrorKind;

use stile_exchange::random;
use tokio::net::TcpListener;

use crate::run::Failure;

const FIRST: u16 = 10_000;
const COUNT: u16 = 20_000;

/// A free port. Below those that systems hand out to whoever calls somebody: a gateway that stops and
/// starts finds its own again.
pub(super) async fn port() -> Result<TcpListener, Failure> {
    loop {
        let port = FIRST + u16::from_le_bytes(random::bytes()?) % COUNT;
        match TcpListener::bind(("127.0.0.1", port)).await {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            bound => return Ok(bound?),
        }
    }
}
