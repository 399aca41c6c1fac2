//! `stile agency` and `stile hub`: from a configuration file to a gateway that runs until it is told to
//! stop.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use stile_exchange::clock::Clock;
use stile_exchange::directory::Footing;
use stile_exchange::gateway::Gateway;
use stile_exchange::security::keep_counting;
use stile_trust::identity::Role;
use stile_trust::tls::TlsMaterial;
use tokio::sync::watch;

use super::directory;
use super::keep::following;
use super::reload::Reload;
use super::signal::{after, notify};
use super::{Bound, assemble_agency, assemble_hub, run_agency, run_hub, stop_on_signal};
use crate::args::ServeAgency;
use crate::config::{AgencyConfig, HubConfig};
use crate::output::line;
use crate::run::Failure;

/// `stile agency`.
///
/// # Errors
///
/// What keeps it from starting, naming its file.
pub async fn serve_agency(serve: &ServeAgency) -> Result<(), Failure> {
    let file = serve.config.as_deref().ok_or("`--config` is missing")?;
    let mut config = AgencyConfig::read(file)?;
    config.withhold_until_approved = serve.withhold_until_approved;
    let _logging = crate::log::start(&config.parts, Role::Agency)?;
    let reload = Reload::of(&config.parts)?;
    let footing = directory::of_agency(&config.parts, &config.settings);
    let drain = config
        .parts
        .metrics
        .map_or(Duration::ZERO, |metrics| metrics.drain);
    let mut doors = (Bound::of(&config.parts).await?, config.parts.pages.clone());
    let (agency, tls) = Box::pin(assemble_agency(config, Clock::system())).await?;
    // Before it says that it is ready: whoever reads that may tell it to stop.
    let stop = until_told(&mut doors.0, drain);
    line(format_args!("agency `{}` is ready", agency.me));
    let gateway = Gateway::Agency(Arc::clone(&agency));
    follow(gateway, footing, &tls, reload, &stop)?;
    notify("READY=1");
    Box::pin(run_agency(agency, tls, doors, stop)).await
}

/// `stile hub`.
///
/// # Errors
///
/// What keeps it from starting, naming its file.
pub async fn serve_hub(file: &Path) -> Result<(), Failure> {
    let config = HubConfig::read(file)?;
    let _logging = crate::log::start(&config.parts, Role::Hub)?;
    let reload = Reload::of(&config.parts)?;
    let footing = directory::of_hub(&config.parts, &config.settings.renewal);
    let drain = config
        .parts
        .metrics
        .map_or(Duration::ZERO, |metrics| metrics.drain);
    let mut doors = (Bound::of(&config.parts).await?, config.parts.pages.clone());
    let (hub, tls) = assemble_hub(config, Clock::system()).await?;
    // Before it says that it is ready: whoever reads that may tell it to stop.
    let stop = until_told(&mut doors.0, drain);
    line(format_args!("hub `{}` is ready", hub.me));
    let gateway = Gateway::Hub(Arc::clone(&hub));
    follow(gateway, footing, &tls, reload, &stop)?;
    notify("READY=1");
    Box::pin(run_hub(hub, tls, doors, stop)).await
}

/// Follows other directories until `stop` turns true: those put in place here, and the hub's; and tells
/// how many security events were only counted.
fn follow(
    gateway: Gateway,
    footing: Footing,
    tls: &Arc<TlsMaterial>,
    reload: Reload,
    stop: &watch::Receiver<bool>,
) -> Result<(), Failure> {
    if let Some(following) = following(gateway.clone(), footing.clone(), tls)? {
        tokio::spawn(following.run(stop.clone()));
    }
    tokio::spawn(reload.run(gateway, footing, stop.clone()));
    tokio::spawn(keep_counting(stop.clone()));
    Ok(())
}

/// Turns true when the gateway is to stop; until then, once it was told to, it says that it is not
/// ready.
fn until_told(bound: &mut Bound, drain: Duration) -> watch::Receiver<bool> {
    let told = stop_on_signal();
    if let Some(telling) = &mut bound.metrics {
        telling.stops_when(told.clone());
    }
    after(told, drain)
}
