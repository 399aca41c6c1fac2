//! The directory that a gateway starts with: it is the newest that its store has seen, and fits the
//! configuration. And whether it still is the newest while the gateway runs.

use std::sync::Arc;

use stile_exchange::agency::AgencySettings;
use stile_exchange::clock::Clock;
use stile_exchange::directory::{Footing, Ways};
use stile_exchange::enrol::RenewalSettings;
use stile_exchange::error::ExchangeError;
use stile_exchange::gateway::Gateway;
use stile_exchange::start::check_directory;
use stile_trust::TrustError;
use stile_trust::directory::{Directory, DirectoryFault};

use super::common::{Common, about};
use super::keep::fetching;
use crate::config::Parts;
use crate::run::Failure;

/// What an agency's configuration says of it.
pub(super) fn of_agency(parts: &Parts, settings: &AgencySettings) -> Footing {
    let ways = Ways {
        listens: parts.listen.peers.is_some(),
        dials: settings.dial_out.is_some(),
    };
    Footing {
        ways: Some(ways),
        ..of_hub(parts, &settings.renewal)
    }
}

/// What a hub's configuration says of it.
pub(super) fn of_hub(parts: &Parts, renewal: &RenewalSettings) -> Footing {
    Footing {
        member: parts.member.clone(),
        asks: renewal.hub.clone(),
        ways: None,
    }
}

/// What the configuration of a gateway that runs says of it.
pub(super) fn of_gateway(parts: &Parts, gateway: &Gateway) -> Footing {
    match gateway {
        Gateway::Agency(agency) => of_agency(parts, &agency.settings),
        Gateway::Hub(hub) => of_hub(parts, &hub.settings.renewal),
    }
}

/// Refuses a directory that is older than one this member worked from, or that does not fit the
/// configuration. One that is older here, because another gateway on the store was given the newer one,
/// is fetched first, where a hub is asked.
///
/// # Errors
///
/// Names the directory's file; nothing was recorded.
pub(super) async fn check_at_start(
    common: &Common,
    parts: &Parts,
    renewal: &RenewalSettings,
    footing: &Footing,
    clock: &Clock,
) -> Result<(), Failure> {
    let file = &parts.directory.file;
    // An older one would bring back whom a newer one took away.
    if let Err(error) = check_directory(&common.store, &common.directory.load()) {
        if !is_rollback(&error) {
            return Err(about(file, error));
        }
        let Some(fresh) = fetched(common, renewal, footing, clock).await else {
            return Err(about(file, error));
        };
        tracing::info!(
            version = fresh.version,
            "the newer directory was fetched from the hub"
        );
        common.directory.store(Arc::new(fresh));
    }
    let fits = footing.check(&common.directory.load());
    fits.map_err(|unfit| about(file, unfit))
}

/// Looks whether another gateway of this member works from a newer directory, which is then asked for at
/// once, where a hub is asked.
pub(super) fn follow(gateway: &Gateway) {
    if let Err(error) = gateway.note_directory() {
        tracing::warn!(%error, "it was not seen which directory other gateways of this member work from");
    }
}

fn is_rollback(error: &ExchangeError) -> bool {
    matches!(
        error,
        ExchangeError::Untrusted(TrustError::Directory(DirectoryFault::Rollback { .. }))
    )
}

/// The hub's directory, asked for once by the one that is here: in force, if older.
async fn fetched(
    common: &Common,
    renewal: &RenewalSettings,
    footing: &Footing,
    clock: &Clock,
) -> Option<Directory> {
    let Common {
        directory,
        store,
        tls,
        ..
    } = common;
    let fetching = fetching(directory, renewal, footing.clone(), tls, clock);
    let fresh = match fetching {
        Ok(Some(fetching)) => {
            let held = directory.load_full();
            let fresh = fetching.at_start(&held, store, clock.now()).await;
            fresh.map_err(Into::into)
        }
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    fresh.unwrap_or_else(|error: Failure| {
        tracing::warn!(%error, "no directory was fetched from the hub");
        None
    })
}
