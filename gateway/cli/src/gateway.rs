//! Assemble a gateway from its configuration and run it until it is told to stop.

mod common;
mod directory;
mod keep;
mod listen;
mod lists;
mod metrics;
mod pages;
mod progress;
pub(crate) mod reload;
mod round;
mod serve;
mod signal;
mod sources;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use stile_exchange::agency::{Agency, Live, routes as agency_routes};
use stile_exchange::clock::Clock;
use stile_exchange::dial::DialOut;
use stile_exchange::enrol::enrolment_routes;
use stile_exchange::gateway::Gateway;
use stile_exchange::hub::{self, Hub, routes as hub_routes};
use stile_exchange::metrics::{Door, Meters};
use stile_exchange::policy::{Founding, Ground, Shadow, begin};
use stile_exchange::start::record_start;
use stile_trust::identity::Role;
use stile_trust::tls::TlsMaterial;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use self::common::store_config;
pub(crate) use self::common::{epoch_key, read_directory, read_tls};
pub(crate) use self::keep::keeping;
pub use self::listen::Bound;
pub use self::metrics::Telling;
pub use self::serve::{serve_agency, serve_hub};
pub use self::signal::stop_on_signal;

use self::common::{Common, look_back};
use self::listen::{Open, listen};
use self::metrics::tell;
use self::round::{Material, apart, exit_if_unfit, let_go, reconcile, stopping};
use crate::config::{AgencyConfig, HubConfig, Pages, check_outcomes};
use crate::keys::named;
use crate::policy::read_vocabulary;
use crate::run::Failure;
use crate::source::read_mapping;

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
    let common = Common::load(&parts, Role::Agency, None, &clock)?;
    let footing = directory::of_agency(&parts, &settings);
    directory::check_at_start(&common, &parts, &settings.renewal, &footing, &clock).await?;
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
    look_back(&parts, &common, &settings.renewal, &clock).await?;
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
        traces: common.traces,
        live: Live::default(),
    };
    for (source, counts) in agency.sources.iter().zip(ready.counts) {
        agency.take_counts(source.name(), counts);
    }
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
    let HubConfig {
        parts,
        settings,
        dial_in,
    } = config;
    let common = Common::load(&parts, Role::Hub, Some(dial_in), &clock)?;
    let footing = directory::of_hub(&parts, &settings.renewal);
    directory::check_at_start(&common, &parts, &settings.renewal, &footing, &clock).await?;
    let vocabulary = read_vocabulary(&parts.vocabulary)?;
    settings
        .retention
        .check(&vocabulary)
        .map_err(|error| format!("[retention] {error}"))?;
    check_outcomes(&settings.deliveries, &vocabulary)?;
    look_back(&parts, &common, &settings.renewal, &clock).await?;
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
        traces: common.traces,
        live: hub::Live::new(start),
    };
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

/// Serves an agency until `stop` turns true; then its store is closed, and the folder free.
///
/// # Errors
///
/// When a listener fails.
pub async fn run_agency(
    agency: Arc<Agency>,
    tls: Arc<TlsMaterial>,
    (mut bound, pages): (Bound, Option<Pages>),
    stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let meters = Meters::default();
    let gateway = Gateway::Agency(Arc::clone(&agency));
    let telling = tell(&mut bound, gateway.clone(), &meters, &stop);
    let keeping = Arc::new(keep::of_agency(&agency, &tls)?);
    let tick = {
        let (agency, tls, mut stop) = (Arc::clone(&agency), Arc::clone(&tls), stop.clone());
        let keeping = Arc::clone(&keeping);
        async move {
            let mut counted = Instant::now();
            // Beside the tick: millions of people take long to count.
            let mut counting = JoinSet::new();
            let mut material = Material::default();
            while !stopping(&mut stop).await {
                lists::follow(&gateway, (&tls, &mut material), &keeping).await;
                directory::follow(&gateway);
                if let Err(error) = agency.policy_tick().await {
                    tracing::error!(%error, "the policy in force cannot be followed; the old one stays");
                }
                if let Err(error) = agency.lapse_overdue().await {
                    tracing::error!(%error, "overdue tasks were not lapsed");
                }
                if let Err(error) = agency.record_counted(false).await {
                    tracing::error!(%error, "refusals that were counted were not recorded");
                }
                while counting.try_join_next().is_some() {}
                if counting.is_empty() && counted.elapsed() >= RECOUNT {
                    let agency = Arc::clone(&agency);
                    counting.spawn(async move { agency.recount().await });
                    counted = Instant::now();
                }
                exit_if_unfit(&agency.store);
            }
        }
    };
    let peers = meters.watch(Door::Peers, agency_routes::peer_routes(Arc::clone(&agency)));
    let faces = pages::of_agency(&agency, pages.as_ref(), &meters)?;
    let (witnessing, shadow) = (agency.witnessing.clone(), agency.shadow.clone());
    let held = agency.held.clone();
    let sending = agency.traces.keep_sending();
    let dialling = {
        let (routes, stop) = (peers.clone(), stop.clone());
        let dialler = DialOut::of(&agency, &tls);
        async move {
            if let Some(dialler) = dialler {
                dialler.run(routes, stop).await;
            }
        }
    };
    let tick = {
        let stop = stop.clone();
        let presence = Box::pin(Arc::clone(&agency).keep_presence(stop.clone()));
        async move {
            tokio::join!(
                Box::pin(apart(tick)),
                Box::pin(witnessing.run(stop.clone())),
                Box::pin(held.run(stop.clone())),
                Box::pin(keeping.run(stop.clone())),
                Box::pin(shadow.run(stop)),
                Box::pin(dialling),
                presence,
                telling
            );
        }
    };
    let served = Box::pin(listen(
        (bound, None),
        [
            (peers, &[Role::Hub, Role::Agency]),
            (faces.people, &[Role::Person, Role::Person]),
        ],
        Open {
            browsers: pages.as_ref().map(|pages| (pages, faces.browsers)),
            enrolment: None,
        },
        &tls,
        &agency.clock,
        stop,
        tick,
    ))
    .await;
    sending.end().await;
    agency.record_counted(true).await?;
    let closed = agency.store.closed();
    drop(agency);
    let_go(closed).await;
    served
}

/// Serves a hub until `stop` turns true; then its store is closed, and the folder free.
///
/// # Errors
///
/// When a listener fails.
pub async fn run_hub(
    hub: Arc<Hub>,
    tls: Arc<TlsMaterial>,
    (mut bound, pages): (Bound, Option<Pages>),
    stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let meters = Meters::default();
    let gateway = Gateway::Hub(Arc::clone(&hub));
    let telling = tell(&mut bound, gateway.clone(), &meters, &stop);
    hub.resume().await?;
    let desk = Arc::clone(&hub);
    // Beside the start: whoever comes first waits for it, and nobody else does.
    tokio::task::spawn_blocking(move || {
        if let Err(error) = desk.open_desk() {
            tracing::error!(%error, "the open cases were not read; the first page reads them");
        }
    });
    let keeping = Arc::new(keep::of_hub(&hub, &tls)?);
    let tick = {
        let (hub, tls, mut stop) = (Arc::clone(&hub), Arc::clone(&tls), stop.clone());
        let keeping = Arc::clone(&keeping);
        async move {
            // Beside the tick: a ledger of years takes long to compare.
            let mut reconciling: Option<tokio::task::JoinHandle<()>> = None;
            let mut material = Material::default();
            while !stopping(&mut stop).await {
                lists::follow(&gateway, (&tls, &mut material), &keeping).await;
                directory::follow(&gateway);
                if let Err(error) = hub.tell_outcomes().await {
                    tracing::error!(%error, "outcomes were not told");
                }
                if let Err(error) = hub.lapse_drafts().await {
                    tracing::error!(%error, "drafts were not taken away");
                }
                if reconciling
                    .as_ref()
                    .is_none_or(tokio::task::JoinHandle::is_finished)
                {
                    reconciling = Some(tokio::spawn(reconcile(Arc::clone(&hub))));
                }
                exit_if_unfit(&hub.store);
            }
            if let Some(task) = reconciling {
                task.abort();
                // An aborted task says so; what it had recorded stays recorded.
                let _ = task.await;
            }
        }
    };
    let peers = meters.watch(Door::Peers, hub_routes::peer_routes(Arc::clone(&hub)));
    let lines = hub.witnessing.lines().cloned();
    let faces = pages::of_hub(&hub, pages.as_ref(), &meters)?;
    let (witnessing, looking) = (hub.witnessing.clone(), Arc::clone(&hub));
    let delivering = Arc::clone(&hub);
    let sending = hub.traces.keep_sending();
    let tick = {
        let stop = stop.clone();
        async move {
            tokio::join!(
                Box::pin(apart(tick)),
                Box::pin(witnessing.run(stop.clone())),
                Box::pin(looking.fetch_presence(stop.clone())),
                Box::pin(keeping.run(stop.clone())),
                Box::pin(delivering.keep_delivering(stop)),
                telling
            );
        }
    };
    let served = Box::pin(listen(
        (bound, lines),
        [
            (peers, &[Role::Agency, Role::Hub]),
            (faces.people, &[Role::Person, Role::Person]),
        ],
        Open {
            browsers: pages.as_ref().map(|pages| (pages, faces.browsers)),
            enrolment: Some(enrolment_routes(Arc::clone(&hub))),
        },
        &tls,
        &hub.clock,
        stop,
        tick,
    ))
    .await;
    hub.rest().await;
    sending.end().await;
    let closed = hub.store.closed();
    drop(hub);
    let_go(closed).await;
    served
}
