//! The keeping of a gateway's own certificate, assembled from its parts.

use std::sync::Arc;

use arc_swap::ArcSwap;
use stile_exchange::agency::Agency;
use stile_exchange::clock::Clock;
use stile_exchange::directory::{AskedHub, AskedParts, Fetching, Following, Footing};
use stile_exchange::enrol::{Asks, Keeping, KeepingParts, RenewalSettings};
use stile_exchange::gateway::Gateway;
use stile_exchange::hub::Hub;
use stile_model::id::MemberId;
use stile_trust::directory::Directory;
use stile_trust::tls::TlsMaterial;

use crate::run::Failure;

/// An agency's: it asks the hub of its configuration, or nobody.
pub(super) fn of_agency(agency: &Agency, tls: &Arc<TlsMaterial>) -> Result<Keeping, Failure> {
    keeping(
        &agency.me,
        &agency.directory,
        tls,
        &agency.settings.renewal,
        &agency.clock,
    )
}

/// A hub's: it asks itself, unless its configuration names another.
pub(super) fn of_hub(hub: &Arc<Hub>, tls: &Arc<TlsMaterial>) -> Result<Keeping, Failure> {
    let settings = &hub.settings.renewal;
    if settings.hub.is_some() {
        return keeping(&hub.me, &hub.directory, tls, settings, &hub.clock);
    }
    Ok(Keeping::new(KeepingParts {
        me: hub.me.clone(),
        directory: Arc::clone(&hub.directory),
        tls: Arc::clone(tls),
        asks: Asks::Itself(Arc::clone(hub)),
        every: settings.every,
        clock: hub.clock.clone(),
    }))
}

/// A member's that asks the hub of its settings, or nobody.
pub(crate) fn keeping(
    me: &MemberId,
    directory: &Arc<ArcSwap<Directory>>,
    tls: &Arc<TlsMaterial>,
    settings: &RenewalSettings,
    clock: &Clock,
) -> Result<Keeping, Failure> {
    let asks = match &settings.hub {
        Some(hub) => Asks::Other(Box::new(asked(directory, hub, tls, clock)?)),
        None => Asks::Nobody,
    };
    Ok(Keeping::new(KeepingParts {
        me: me.clone(),
        directory: Arc::clone(directory),
        tls: Arc::clone(tls),
        asks,
        every: settings.every,
        clock: clock.clone(),
    }))
}

/// Follows the directory of the hub of its configuration; none where nobody is asked.
pub(super) fn following(
    gateway: Gateway,
    footing: Footing,
    tls: &Arc<TlsMaterial>,
) -> Result<Option<Following>, Failure> {
    let (directory, settings, clock) = match &gateway {
        Gateway::Agency(agency) => (&agency.directory, &agency.settings.renewal, &agency.clock),
        Gateway::Hub(hub) => (&hub.directory, &hub.settings.renewal, &hub.clock),
    };
    let Some(fetching) = fetching(directory, settings, footing, tls, clock)? else {
        return Ok(None);
    };
    Ok(Some(Following {
        every: settings.every,
        fetching,
        gateway,
    }))
}

/// Where newer directories come from; none where nobody is asked, or the gateway itself.
pub(super) fn fetching(
    directory: &Arc<ArcSwap<Directory>>,
    settings: &RenewalSettings,
    footing: Footing,
    tls: &Arc<TlsMaterial>,
    clock: &Clock,
) -> Result<Option<Fetching>, Failure> {
    let (Some(hub), Some(published)) = (&footing.asks, &settings.directory) else {
        return Ok(None);
    };
    if *hub == footing.member {
        return Ok(None);
    }
    Ok(Some(Fetching {
        asked: asked(directory, hub, tls, clock)?,
        published: published.clone(),
        footing,
    }))
}

fn asked(
    directory: &Arc<ArcSwap<Directory>>,
    hub: &MemberId,
    tls: &Arc<TlsMaterial>,
    clock: &Clock,
) -> Result<AskedHub, Failure> {
    Ok(AskedHub::new(AskedParts {
        hub: hub.clone(),
        directory: Arc::clone(directory),
        tls: Arc::clone(tls),
        clock: clock.clone(),
    })?)
}
