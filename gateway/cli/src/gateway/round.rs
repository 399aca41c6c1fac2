//! What every gateway does again and again while it runs, and how it ends.

use std::sync::Arc;
use std::time::Duration;

use stile_exchange::error::ExchangeError;
use stile_exchange::hub::Hub;
use stile_exchange::start::check_format;
use stile_model::time::Timestamp;
use stile_store::Store;
use stile_trust::renewal::complete;
use stile_trust::tls::TlsMaterial;
use tokio::sync::watch;

const TICK: Duration = Duration::from_secs(5);
/// Longest that a gateway which has stopped waits for what still holds its store.
const LET_GO: Duration = Duration::from_secs(20);

/// Waits until nothing holds the store: a request that was answered a moment ago may not have gone yet.
pub(super) async fn let_go(closed: impl Future<Output = ()>) {
    if tokio::time::timeout(LET_GO, closed).await.is_err() {
        tracing::warn!(
            "the store was not closed in time; its folder is free when the process ends"
        );
    }
}

/// Compares with every agency whose day has come.
pub(super) async fn reconcile(hub: Arc<Hub>) {
    if let Err(error) = hub.reconcile_due().await {
        tracing::error!(%error, "a reconciliation was not recorded");
    }
}

/// Waits one tick; says whether it is time to stop.
pub(super) async fn stopping(stop: &mut watch::Receiver<bool>) -> bool {
    tokio::time::timeout(TICK, stop.wait_for(|stop| *stop))
        .await
        .is_ok()
}

/// Completes a change of keys that was broken off, and reads certificate, key, roots and lists again; what
/// does not hold keeps the old ones. A hardware token may be asked, and hang, so others answer meanwhile.
pub(super) async fn refresh(tls: &Arc<TlsMaterial>, now: Timestamp) {
    let tls = Arc::clone(tls);
    let done = tokio::task::spawn_blocking(move || refresh_here(&tls, now)).await;
    if let Err(error) = done {
        tracing::error!(%error, "certificate and roots were not reloaded; the old ones stay in use");
    }
}

fn refresh_here(tls: &TlsMaterial, now: Timestamp) {
    if let Err(error) = complete(tls.files()) {
        tracing::warn!(%error, "a change of keys is not complete; it is tried again");
    }
    match tls.reload(now) {
        Ok(true) => {
            let own = tls.own();
            tracing::info!(serial = %own.serial, until = %own.not_after, "another certificate, or other roots, are in use");
            return;
        }
        Ok(false) => return,
        Err(error) => {
            tracing::warn!(%error, "certificate and roots were not reloaded; the old ones stay in use");
        }
    }
    // A chain that does not hold must not keep a list away.
    if let Err(error) = tls.reload_revocations(now) {
        tracing::warn!(%error, "the revocation list was not reloaded; the old one stays in force");
    }
}

/// Ends the process when it must not go on with its store.
///
/// A journal that failed once is not written again: recovery reads what is really on the disk. And what
/// a newer program has begun to write is not read: what cannot be read might be taken for absent.
/// Whoever asked asks again, and comes to the newer one.
pub(super) fn exit_if_unfit(store: &Store) {
    if store.is_poisoned() {
        tracing::error!("the journal cannot be written; the gateway stops so that it can recover");
        std::process::abort();
    }
    // A store that cannot be read at the moment is looked at again.
    if let Err(error @ ExchangeError::Newer { .. }) = check_format(store) {
        tracing::error!(%error, "a newer program works on this store; this gateway stops");
        std::process::exit(1);
    }
}
