//! Fetching: the newest signed directory, from a hub, over the connection that both certificates prove.
//!
//! **Order of effects:** verified first; then the file, which the next start reads; then the change is
//! recorded, and counts. A gateway that dies in between starts with the newer file.

use std::time::Duration;

use hyper::{Method, StatusCode};
use stile_model::time::Timestamp;
use stile_store::Store;
use stile_trust::TrustError;
use stile_trust::directory::{Directory, DirectoryFault, LONGEST, Published};
use tokio::sync::watch;

use super::{AskedHub, Footing};
use crate::error::{ExchangeError, refuse};
use crate::gateway::Gateway;
use crate::server::stopped;
use crate::start::check_directory;
use crate::witness::policy_of;

const PATIENCE: Duration = Duration::from_secs(30);

/// Where newer directories come from, and what they must fit.
#[derive(Debug)]
pub struct Fetching {
    /// The gateway's own file, and the operator.
    pub published: Published,
    /// The hub that is asked.
    pub asked: AskedHub,
    /// What the configuration says.
    pub footing: Footing,
}

/// Follows the directory that a hub gives out.
#[derive(Debug)]
pub struct Following {
    /// Who follows.
    pub gateway: Gateway,
    /// From where.
    pub fetching: Fetching,
    /// How often.
    pub every: Duration,
}

impl Following {
    /// Looks every so often until `stop` turns true, and at once when another gateway of this member is
    /// seen to have a newer one.
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
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return,
                () = self.gateway.asks_for_directory() => {}
                () = tokio::time::sleep(self.every) => {}
            }
        }
    }

    /// Asks once; the version that is in use from now on, where it is another.
    ///
    /// # Errors
    ///
    /// When the hub cannot be reached, what it gives does not hold or does not fit the configuration,
    /// or it could not be written or recorded; the directory in use stays.
    pub async fn pass(&self) -> Result<Option<u64>, ExchangeError> {
        let above = self.gateway.directory().version;
        let Some(text) = self.fetching.text_above(above).await? else {
            return Ok(None);
        };
        // The answer took its time: another directory may be in use by now, or lie in the file.
        let turn = self.gateway.directory_turn().await;
        let (held, now) = (self.gateway.directory(), self.gateway.now());
        let Some(fresh) = self.fetching.proved(&text, &held, now)? else {
            return Ok(None);
        };
        self.fetching.keep(&text, &fresh, now)?;
        let version = fresh.version;
        Ok(turn.follow(fresh).await?.then_some(version))
    }
}

impl Fetching {
    /// For a gateway that starts with an older directory than its store has seen: the hub's, proved and
    /// in the place of the file; none where the hub has no higher one than `held`.
    ///
    /// # Errors
    ///
    /// When the hub cannot be reached, or what it gives does not hold, does not fit the configuration,
    /// is older than the store has seen, too, or cannot be written; the file is as it was.
    pub async fn at_start(
        &self,
        held: &Directory,
        store: &Store,
        now: Timestamp,
    ) -> Result<Option<Directory>, ExchangeError> {
        let Some(text) = self.text_above(held.version).await? else {
            return Ok(None);
        };
        let Some(fresh) = self.proved(&text, held, now)? else {
            return Ok(None);
        };
        check_directory(store, &fresh)?;
        self.keep(&text, &fresh, now)?;
        Ok(Some(fresh))
    }

    /// What the hub gives out above this version, as it sent it.
    async fn text_above(&self, version: u64) -> Result<Option<String>, ExchangeError> {
        let path = format!("/v1/directory?above={version}");
        let client = self.asked.client()?;
        let asked = client.call(Method::GET, &path, &[], Vec::new(), PATIENCE);
        let reply = asked.await?;
        if reply.status == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        let text = std::str::from_utf8(&reply.body).unwrap_or_default();
        if reply.status != StatusCode::OK || text.len() > LONGEST {
            return Err(not_given());
        }
        Ok(Some(text.to_owned()))
    }

    /// The directory in `text`, if it may take the place of the one `held` and the next start would take
    /// it, too.
    fn proved(
        &self,
        text: &str,
        held: &Directory,
        now: Timestamp,
    ) -> Result<Option<Directory>, ExchangeError> {
        let fresh = self
            .published
            .newer(text, held, &self.footing.member, now)?;
        let Some(fresh) = fresh else {
            return Ok(None);
        };
        policy_of(&fresh).map_err(|_| not_given())?;
        self.footing.check(&fresh)?;
        Ok(Some(fresh))
    }

    /// Writes it, unless the operator has put a newer one there in the meantime, which the gateway is
    /// told of by and by.
    fn keep(&self, text: &str, fresh: &Directory, now: Timestamp) -> Result<(), TrustError> {
        match self.published.written(now) {
            Ok(lies) if lies == *fresh || lies.version > fresh.version => Ok(()),
            Ok(lies) if lies.version == fresh.version => {
                Err(DirectoryFault::Reissued(fresh.version).into())
            }
            Ok(_) | Err(_) => self.published.keep(text),
        }
    }
}

fn not_given() -> ExchangeError {
    refuse(
        "directory_unavailable",
        503,
        "the hub gave no directory that can be worked from",
    )
}
