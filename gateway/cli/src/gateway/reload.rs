//! Another directory on SIGHUP (`systemctl reload`), while requests run.
//!
//! Revocation lists are looked at by themselves, rules change by approval, and everything else is
//! read at start: what cannot be swapped whole is not swapped at all.

use stile_exchange::clock::Clock;
use stile_exchange::directory::Footing;
use stile_exchange::gateway::Gateway;
use stile_model::id::PartnershipId;
use stile_trust::directory::Published;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::common::{about, read_directory_of};
use super::directory;
use super::signal::stopped;
use crate::config::Parts;
use crate::run::Failure;

/// Reads the directory again when it is told to.
pub(super) struct Reload {
    files: Published,
    partnership: PartnershipId,
    told: Signal,
}

impl Reload {
    /// Catches the signal from now on, which would end the process otherwise.
    ///
    /// # Errors
    ///
    /// When it cannot be caught.
    pub(super) fn of(parts: &Parts) -> Result<Self, Failure> {
        Ok(Self {
            files: parts.directory.clone(),
            partnership: parts.partnership.clone(),
            told: signal(SignalKind::hangup())?,
        })
    }

    /// Follows every signal until `stop` turns true, taking what fits `footing`.
    pub(super) async fn run(
        mut self,
        gateway: Gateway,
        footing: Footing,
        mut stop: watch::Receiver<bool>,
    ) {
        loop {
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return,
                told = self.told.recv() => if told.is_none() { return },
            }
            match self.once(&gateway, &footing).await {
                Ok(Some(version)) => tracing::info!(version, "another directory is in use"),
                Ok(None) => tracing::info!("the directory is the one in use"),
                Err(error) => {
                    tracing::error!(%error, "the directory was not reloaded; the old one stays in use");
                }
            }
        }
    }

    /// The version that is in use from now on, where it is another.
    async fn once(&self, gateway: &Gateway, footing: &Footing) -> Result<Option<u64>, Failure> {
        let of = (&self.partnership, footing);
        take(&self.files, of, gateway, &Clock::system()).await
    }
}

/// What a gateway does when it is told to: the version that is in use from now on, where it is another.
///
/// # Errors
///
/// When the directory does not hold, does not fit the configuration or could not be recorded; the old
/// one stays in use.
pub(crate) async fn read_again(
    parts: &Parts,
    gateway: &Gateway,
    clock: &Clock,
) -> Result<Option<u64>, Failure> {
    let footing = directory::of_gateway(parts, gateway);
    let of = (&parts.partnership, &footing);
    take(&parts.directory, of, gateway, clock).await
}

async fn take(
    files: &Published,
    (partnership, footing): (&PartnershipId, &Footing),
    gateway: &Gateway,
    clock: &Clock,
) -> Result<Option<u64>, Failure> {
    let turn = gateway.directory_turn().await;
    let fresh = read_directory_of(files, (partnership, &footing.member), clock)?;
    // There would be no way back: the next start would refuse this one, and the one before as older.
    footing
        .check(&fresh)
        .map_err(|unfit| about(&files.file, unfit))?;
    let version = fresh.version;
    Ok(turn.follow(fresh).await?.then_some(version))
}
