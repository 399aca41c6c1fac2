//! The keeping of a gateway's own certificate, assembled from its parts.

use std::sync::Arc;

use arc_swap::ArcSwap;
use stile_exchange::agency::Agency;
use stile_exchange::client::{Client, Watch};
use stile_exchange::clock::Clock;
use stile_exchange::directory::Following;
use stile_exchange::enrol::{Asks, Keeping, KeepingParts, RenewalSettings};
use stile_exchange::gateway::Gateway;
use stile_exchange::hub::Hub;
use stile_exchange::server::{ALPN, Guard};
use stile_model::id::MemberId;
use stile_trust::directory::Directory;
use stile_trust::identity::{Identity, Role};
use stile_trust::tls::{TlsMaterial, client_config};

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
        Some(hub) => Asks::Other(Box::new(caller(directory, hub, tls, clock)?)),
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
pub(super) fn following(gateway: Gateway, tls: &TlsMaterial) -> Result<Option<Following>, Failure> {
    let (me, directory, settings, clock) = match &gateway {
        Gateway::Agency(agency) => (
            &agency.me,
            &agency.directory,
            &agency.settings.renewal,
            &agency.clock,
        ),
        Gateway::Hub(hub) => (&hub.me, &hub.directory, &hub.settings.renewal, &hub.clock),
    };
    let (Some(asked), Some(published)) = (&settings.hub, &settings.directory) else {
        return Ok(None);
    };
    if asked == me {
        return Ok(None);
    }
    let (published, every) = (published.clone(), settings.every);
    let client = caller(directory, asked, tls, clock)?;
    Ok(Some(Following {
        client,
        published,
        every,
        gateway,
    }))
}

fn caller(
    followed: &Arc<ArcSwap<Directory>>,
    hub: &MemberId,
    tls: &TlsMaterial,
    clock: &Clock,
) -> Result<Client, Failure> {
    let directory = followed.load();
    let member = directory
        .member(hub)
        .filter(|member| member.role == Role::Hub)
        .ok_or_else(|| format!("`renewal.hub`: the directory lists no hub `{hub}`"))?;
    let expect = Identity::hub(directory.partnership.clone(), hub.clone());
    let config = client_config(tls, &expect, ALPN, clock.source())?;
    let watch = Watch {
        guard: Guard {
            revocations: Arc::clone(tls.revocations()),
            clock: clock.clone(),
        },
        directory: Arc::clone(followed),
    };
    let endpoint = member.endpoint.endpoint();
    let endpoint = endpoint.ok_or("`renewal.hub`: the directory gives no address of that hub")?;
    Ok(Client::watched(endpoint.clone(), config, watch))
}
