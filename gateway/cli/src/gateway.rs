//! Assemble a gateway from its configuration and run it until it is told to stop.

mod common;
mod listen;
mod progress;
mod signal;
mod sources;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use stile_exchange::agency::{Agency, Live, routes as agency_routes};
use stile_exchange::clock::Clock;
use stile_exchange::gateway::Gateway;
use stile_exchange::hub::{self, Hub, routes as hub_routes};
use stile_exchange::policy::{Founding, Ground, Shadow, begin};
use stile_exchange::start::record_start;
use stile_store::Store;
use stile_trust::identity::Role;
use stile_trust::tls::TlsMaterial;
use tokio::sync::watch;

pub use self::common::store_config;
pub use self::listen::Bound;
pub use self::signal::stop_on_signal;

use self::common::Common;
use self::listen::listen;
use crate::args::ServeAgency;
use crate::config::{AgencyConfig, HubConfig};
use crate::keys::named;
use crate::output::line;
use crate::policy::read_vocabulary;
use crate::run::Failure;
use crate::source::read_mapping;

const TICK: Duration = Duration::from_secs(5);
const RECOUNT: Duration = Duration::from_mins(15);

/// Assembles an agency; every source is connected, proved read-only, and counted.
///
/// # Errors
///
/// What does not fit, naming its file.
pub async fn assemble_agency(
    config: AgencyConfig,
    clock: Clock,
) -> Result<(Arc<Agency>, Arc<TlsMaterial>), Failure> {
    let AgencyConfig {
        parts,
        kind,
        rules,
        cases,
        withhold_until_approved,
        sources,
        weights,
        shadow_every,
        settings,
    } = config;
    let common = Common::load(&parts, Role::Agency, &clock)?;
    let vocabulary = read_vocabulary(&parts.vocabulary)?;
    let read = |file: &Path| fs::read_to_string(file).map_err(|error| named(file, &error));
    let (text, cases) = (read(&rules)?, cases.as_deref().map(read).transpose()?);
    let vocabulary = Arc::new(vocabulary);
    let ground = Ground {
        store: common.store.clone(),
        key: common.signing.verifying_key().clone(),
        vocabulary: Arc::clone(&vocabulary),
        partnership: parts.partnership.clone(),
        member: parts.member.clone(),
        kind: kind.clone(),
    };
    let founding = Founding {
        name: &rules.display().to_string(),
        rules: &text,
        cases: cases.as_deref(),
        withhold_until_approved,
    };
    // Nothing is recorded on a ledger that others have seen longer.
    common.witnessing.check_at_start().await;
    let (policy, governing) = begin(ground, &common.signing, &founding, clock.now()).await?;
    let mapping = read_mapping(&sources, &vocabulary, &kind)?;
    let ready = sources::connect(&mapping, &clock).await?;
    settings
        .retention
        .check(&vocabulary)
        .map_err(|error| format!("[retention] {error}"))?;
    let agency = Agency {
        me: parts.member,
        partnership: parts.partnership,
        kind,
        directory: common.directory,
        vocabulary,
        policy: ArcSwap::new(policy),
        governing,
        shadow: Shadow::new(common.store.clone(), clock.clone(), shadow_every)?,
        sources: ready.sources,
        held: ready.held,
        frequencies: ArcSwap::from_pointee(ready.frequencies.with_weights(weights.weights)),
        weights,
        store: common.store,
        signing: common.signing,
        pseudonym_key: common.pseudonym_key,
        people: parts.people,
        clock,
        settings,
        witnessing: common.witnessing,
        live: Live::default(),
    };
    // A policy whose moment came while nothing ran is in force before anybody is answered.
    agency.policy_tick().await?;
    let agency = Arc::new(agency);
    Gateway::Agency(Arc::clone(&agency))
        .resume_erasures()
        .await?;
    record_start(
        &agency.store,
        env!("CARGO_PKG_VERSION"),
        Some(agency.policy.load().digest()),
        Some(&agency.weights),
        &agency.directory.load_full(),
        agency.clock.now(),
    )
    .await?;
    Ok((agency, common.tls))
}

/// Assembles a hub.
///
/// # Errors
///
/// What does not fit, naming its file.
pub async fn assemble_hub(
    config: HubConfig,
    clock: Clock,
) -> Result<(Arc<Hub>, Arc<TlsMaterial>), Failure> {
    let HubConfig { parts, settings } = config;
    let common = Common::load(&parts, Role::Hub, &clock)?;
    let vocabulary = read_vocabulary(&parts.vocabulary)?;
    settings
        .retention
        .check(&vocabulary)
        .map_err(|error| format!("[retention] {error}"))?;
    let start = u64::try_from(clock.now().millis()).unwrap_or(0);
    let hub = Hub {
        me: parts.member,
        partnership: parts.partnership,
        directory: common.directory,
        vocabulary: Arc::new(vocabulary),
        store: common.store,
        signing: common.signing,
        pseudonym_key: common.pseudonym_key,
        tls: Arc::clone(&common.tls),
        people: parts.people,
        clock,
        settings,
        witnessing: common.witnessing,
        live: hub::Live::new(start),
    };
    hub.witnessing.check_at_start().await;
    let hub = Arc::new(hub);
    Gateway::Hub(Arc::clone(&hub)).resume_erasures().await?;
    record_start(
        &hub.store,
        env!("CARGO_PKG_VERSION"),
        None,
        None,
        &hub.directory.load_full(),
        hub.clock.now(),
    )
    .await?;
    Ok((hub, common.tls))
}

/// Serves an agency until `stop` turns true.
///
/// # Errors
///
/// When a listener fails.
pub async fn run_agency(
    agency: Arc<Agency>,
    tls: Arc<TlsMaterial>,
    bound: Bound,
    stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let tick = {
        let (agency, tls, mut stop) = (Arc::clone(&agency), Arc::clone(&tls), stop.clone());
        async move {
            let mut counted = Instant::now();
            while !stopping(&mut stop).await {
                refresh(&tls, &agency.clock);
                if let Err(error) = agency.policy_tick().await {
                    tracing::error!(%error, "the policy in force cannot be followed; the old one stays");
                }
                if let Err(error) = agency.lapse_overdue().await {
                    tracing::error!(%error, "overdue tasks were not lapsed");
                }
                if let Err(error) = agency.record_beyond_budget(false).await {
                    tracing::error!(%error, "refusals beyond a budget were not recorded");
                }
                if counted.elapsed() >= RECOUNT {
                    sources::recount(&agency).await;
                    counted = Instant::now();
                }
                exit_if_poisoned(&agency.store);
            }
        }
    };
    let peers = agency_routes::peer_routes(Arc::clone(&agency));
    let people = agency_routes::people_routes(Arc::clone(&agency));
    let (witnessing, shadow) = (agency.witnessing.clone(), agency.shadow.clone());
    let held = agency.held.clone();
    let tick = {
        let stop = stop.clone();
        let presence = Box::pin(Arc::clone(&agency).keep_presence(stop.clone()));
        async move {
            tokio::join!(
                Box::pin(tick),
                Box::pin(witnessing.run(stop.clone())),
                Box::pin(held.run(stop.clone())),
                Box::pin(shadow.run(stop)),
                presence
            );
        }
    };
    let served = listen(
        bound,
        [
            (peers, &[Role::Hub, Role::Agency]),
            (people, &[Role::Person, Role::Person]),
        ],
        &tls,
        &agency.clock,
        stop,
        tick,
    )
    .await;
    agency.record_beyond_budget(true).await?;
    served
}

/// Serves a hub until `stop` turns true.
///
/// # Errors
///
/// When a listener fails.
pub async fn run_hub(
    hub: Arc<Hub>,
    tls: Arc<TlsMaterial>,
    bound: Bound,
    stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    hub.resume().await?;
    let tick = {
        let (hub, tls, mut stop) = (Arc::clone(&hub), Arc::clone(&tls), stop.clone());
        async move {
            // Beside the tick: a ledger of years takes long to compare.
            let mut reconciling: Option<tokio::task::JoinHandle<()>> = None;
            while !stopping(&mut stop).await {
                refresh(&tls, &hub.clock);
                if let Err(error) = hub.tell_outcomes().await {
                    tracing::error!(%error, "outcomes were not told");
                }
                if reconciling
                    .as_ref()
                    .is_none_or(tokio::task::JoinHandle::is_finished)
                {
                    reconciling = Some(tokio::spawn(reconcile(Arc::clone(&hub))));
                }
                exit_if_poisoned(&hub.store);
            }
            if let Some(task) = reconciling {
                task.abort();
                // An aborted task says so; what it had recorded stays recorded.
                let _ = task.await;
            }
        }
    };
    let peers = hub_routes::peer_routes(Arc::clone(&hub));
    let people = hub_routes::people_routes(Arc::clone(&hub));
    let (witnessing, looking) = (hub.witnessing.clone(), Arc::clone(&hub));
    let tick = {
        let stop = stop.clone();
        async move {
            tokio::join!(
                Box::pin(tick),
                Box::pin(witnessing.run(stop.clone())),
                Box::pin(looking.fetch_presence(stop))
            );
        }
    };
    let served = Box::pin(listen(
        bound,
        [
            (peers, &[Role::Agency, Role::Hub]),
            (people, &[Role::Person, Role::Person]),
        ],
        &tls,
        &hub.clock,
        stop,
        tick,
    ))
    .await;
    hub.rest().await;
    served
}

/// Compares with every agency whose day has come.
async fn reconcile(hub: Arc<Hub>) {
    if let Err(error) = hub.reconcile_due().await {
        tracing::error!(%error, "a reconciliation was not recorded");
    }
}

/// Waits one tick; says whether it is time to stop.
async fn stopping(stop: &mut watch::Receiver<bool>) -> bool {
    tokio::time::timeout(TICK, stop.wait_for(|stop| *stop))
        .await
        .is_ok()
}

/// Reads the revocation list again when its file has changed; a bad one keeps the old.
fn refresh(tls: &TlsMaterial, clock: &Clock) {
    if let Err(error) = tls.reload_revocations(clock.now()) {
        tracing::warn!(%error, "the revocation list was not reloaded; the old one stays in force");
    }
}

/// A journal that failed once is not written again: the process ends, and recovery reads what is
/// really on the disk.
fn exit_if_poisoned(store: &Store) {
    if store.is_poisoned() {
        tracing::error!("the journal cannot be written; the gateway stops so that it can recover");
        std::process::abort();
    }
}

/// `stile agency`.
///
/// # Errors
///
/// What keeps it from starting, naming its file.
pub async fn serve_agency(serve: &ServeAgency) -> Result<(), Failure> {
    crate::output::log_to_stderr();
    let mut config = AgencyConfig::read(&serve.config)?;
    config.withhold_until_approved = serve.withhold_until_approved;
    let bound = Bound::of(&config.parts).await?;
    let (agency, tls) = assemble_agency(config, Clock::system()).await?;
    // Before it says that it is ready: whoever reads that may tell it to stop.
    let stop = stop_on_signal();
    line(format_args!("agency `{}` is ready", agency.me));
    run_agency(agency, tls, bound, stop).await
}

/// `stile hub`.
///
/// # Errors
///
/// What keeps it from starting, naming its file.
pub async fn serve_hub(file: &Path) -> Result<(), Failure> {
    crate::output::log_to_stderr();
    let config = HubConfig::read(file)?;
    let bound = Bound::of(&config.parts).await?;
    let (hub, tls) = assemble_hub(config, Clock::system()).await?;
    // Before it says that it is ready: whoever reads that may tell it to stop.
    let stop = stop_on_signal();
    line(format_args!("hub `{}` is ready", hub.me));
    run_hub(hub, tls, bound, stop).await
}
