//! Fetching: the newest signed directory, from a hub, over the connection that both certificates prove.
//!
//! **Order of effects:** verified first; then the file, which the next start reads; then the change is
//! recorded, and counts. A gateway that dies in between starts with the newer file.

use std::time::Duration;

use hyper::{Method, StatusCode};
use stile_trust::directory::{LONGEST, Published};
use tokio::sync::watch;

use crate::client::Client;
use crate::error::{ExchangeError, refuse};
use crate::gateway::Gateway;
use crate::server::stopped;
use crate::witness::policy_of;

const PATIENCE: Duration = Duration::from_secs(30);

/// Follows the directory that a hub gives out.
#[derive(Debug)]
pub struct Following {
    /// Who follows.
    pub gateway: Gateway,
    /// Its own file, and the operator.
    pub published: Published,
    /// The hub that is asked.
    pub client: Client,
    /// How often.
    pub every: Duration,
}

impl Following {
    /// Looks every so often until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            let passed = tokio::select! {
                biased;
                () = stopped(&mut stop) => return,
                passed = self.pass() => passed,
            };
            match passed {
                Ok(Some(version)) => tracing::info!(version, "another directory is in use"),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "no directory was taken from the hub; the one in use stays");
                }
            }
            let wait = tokio::time::timeout(self.every, stopped(&mut stop));
            if wait.await.is_ok() {
                return;
            }
        }
    }

    /// Asks once; the version that is in use from now on, where it is another.
    ///
    /// # Errors
    ///
    /// When the hub cannot be reached, what it gives does not hold, or it could not be written or
    /// recorded; the directory in use stays.
    pub async fn pass(&self) -> Result<Option<u64>, ExchangeError> {
        let held = self.gateway.directory();
        let path = format!("/v1/directory?above={}", held.version);
        let asked = self
            .client
            .call(Method::GET, &path, &[], Vec::new(), PATIENCE);
        let reply = asked.await?;
        if reply.status == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        let text = std::str::from_utf8(&reply.body).unwrap_or_default();
        if reply.status != StatusCode::OK || text.len() > LONGEST {
            return Err(not_given());
        }
        let (me, now) = (self.gateway.me(), self.gateway.now());
        let Some(fresh) = self.published.newer(text, &held, me, now)? else {
            return Ok(None);
        };
        policy_of(&fresh).map_err(|_| not_given())?;
        self.published.keep(text)?;
        let version = fresh.version;
        let taken = self.gateway.follow_directory(fresh).await?;
        Ok(taken.then_some(version))
    }
}

fn not_given() -> ExchangeError {
    refuse(
        "directory_unavailable",
        503,
        "the hub gave no directory that can be worked from",
    )
}
