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
use tokio::task::{JoinHandle, JoinSet};

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
        tracing::error!(%error, "a reconciliation could not be worked out or recorded");
        // Where nothing can be recorded, not even when to try again, whole ledgers are read for nothing.
        tokio::time::sleep(UNRECORDED).await;
    }
}

/// How long it waits after a comparison that came to nothing.
const UNRECORDED: Duration = Duration::from_mins(5);

/// Does this in a task of its own, so that whatever takes long in it keeps no door from opening; it ends
/// with whoever waits for it.
pub(super) async fn apart(work: impl Future<Output = ()> + Send + 'static) {
    let mut own = JoinSet::new();
    own.spawn(work);
    if let Some(Err(error)) = own.join_next().await
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// Waits one tick; says whether it is time to stop.
pub(super) async fn stopping(stop: &mut watch::Receiver<bool>) -> bool {
    tokio::time::timeout(TICK, stop.wait_for(|stop| *stop))
        .await
        .is_ok()
}

/// Certificate, key, roots and lists, which are read again each round.
#[derive(Default)]
pub(super) struct Material {
    /// What the last round did not wait for any longer: a hardware token may hang.
    hangs: Option<JoinHandle<()>>,
}

impl Material {
    /// Completes a change of keys that was broken off, and reads everything again; what does not hold
    /// keeps the old. While a hardware token hangs, the lists are read all the same.
    pub(super) async fn refresh(&mut self, tls: &Arc<TlsMaterial>, now: Timestamp) {
        let own = Arc::clone(tls);
        self.turn(
            TICK,
            move || refresh_here(&own, now),
            || refresh_lists(tls, now),
        )
        .await;
    }

    /// Does all of it, or only `meanwhile` while what was begun earlier goes on.
    async fn turn(
        &mut self,
        longest: Duration,
        all: impl FnOnce() + Send + 'static,
        meanwhile: impl FnOnce(),
    ) {
        if self.hangs.as_ref().is_some_and(|last| !last.is_finished()) {
            meanwhile();
            return;
        }
        let mut done = tokio::task::spawn_blocking(all);
        match tokio::time::timeout(longest, &mut done).await {
            Ok(Ok(())) => self.hangs = None,
            Ok(Err(error)) => {
                tracing::error!(%error, "certificate and roots were not reloaded; the old ones stay in use");
            }
            Err(_) => {
                tracing::warn!(
                    "certificate and key are still being read: does the hardware token answer?"
                );
                self.hangs = Some(done);
            }
        }
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
    refresh_lists(tls, now);
}

fn refresh_lists(tls: &TlsMaterial, now: Timestamp) {
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
    match check_format(store) {
        // For who only tells what was seen, such as the metrics.
        Ok(()) => store.look_again(),
        Err(error @ ExchangeError::Newer { .. }) => {
            tracing::error!(%error, "a newer program works on this store; this gateway stops");
            std::process::exit(1);
        }
        // A store that cannot be read at the moment is looked at again.
        Err(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn what_hangs_is_not_waited_for_and_not_begun_twice_and_the_lists_are_read_meanwhile() {
        const SHORT: Duration = Duration::from_millis(20);
        let mut material = Material::default();
        let (let_go, hung) = mpsc::channel::<()>();
        let lists = std::cell::Cell::new(0);
        let read = || lists.set(lists.get() + 1);

        let hangs = move || {
            let _ = hung.recv();
        };
        material.turn(SHORT, hangs, read).await;
        for _ in 0..2 {
            material.turn(SHORT, || panic!("begun twice"), read).await;
        }
        assert_eq!(lists.get(), 2);

        drop(let_go);
        while !material.hangs.as_ref().unwrap().is_finished() {
            tokio::time::sleep(SHORT).await;
        }
        let (tell, told) = mpsc::channel();
        material
            .turn(
                Duration::from_secs(20),
                move || tell.send(()).unwrap(),
                read,
            )
            .await;
        assert_eq!(told.try_recv(), Ok(()));
        assert!(material.hangs.is_none());
        assert_eq!(lists.get(), 2);
    }
}
