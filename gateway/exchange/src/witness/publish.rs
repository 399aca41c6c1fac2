//! Publication of the ledger's tree: within a second of a new head, as static files.

use std::time::Duration;

use stile_ledger::{Checkpoint, proof};
use stile_store::{Published, Publisher, StoreError};
use tokio::sync::watch;

use super::ask::pause;
use super::{Cause, Witnessing, locked};
use crate::error::ExchangeError;

/// Longest time between a new head and its publication.
const STEP: Duration = Duration::from_millis(500);

impl Witnessing {
    /// The newest head with what cosignatures it has.
    pub(crate) fn newest(&self) -> String {
        let note = self.parts().store.signed_head();
        let head = Checkpoint::open(&note, self.vkey()).ok();
        let gathered = locked(&self.0.gathered);
        match (&gathered.newest, head) {
            (Some((cosigned, with)), Some(head)) if *cosigned == head => with.clone(),
            _ => note,
        }
    }

    /// The newest head that reached the quorum, with its cosignatures.
    pub fn witnessed(&self) -> Option<String> {
        let gathered = locked(&self.0.gathered);
        gathered.witnessed.as_ref().map(|(_, note)| note.clone())
    }

    /// The best proof of entry `index`: under the newest head that reached the quorum, or, while
    /// that one does not cover the entry, under the newest head with what cosignatures it has.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoEntry`] when the ledger is not that long.
    pub fn proof_of(&self, index: u64) -> Result<proof::Receipt, ExchangeError> {
        let store = &self.parts().store;
        let covering = {
            let gathered = locked(&self.0.gathered);
            let witnessed = gathered.witnessed.iter().chain(&gathered.newest);
            let mut covering = witnessed.filter(|(head, _)| index < head.size);
            covering.next().cloned()
        };
        if let Some((head, note)) = covering {
            return Ok(store.proof_under(index, head.size, &note)?);
        }
        let note = store.signed_head();
        let head = Checkpoint::open(&note, self.vkey())
            .map_err(|_| ExchangeError::Stored("checkpoint"))?;
        if index >= head.size {
            return Err(StoreError::NoEntry(index).into());
        }
        Ok(store.proof_under(index, head.size, &note)?)
    }

    /// Publishes until `stop` turns true.
    pub(super) async fn publish_until(&self, mut stop: watch::Receiver<bool>) {
        let Some(dir) = self.parts().settings.publish.clone() else {
            return;
        };
        let mut publisher = None;
        while !pause(&mut stop, STEP).await {
            if self.halted().is_some() {
                // After the halt the whole folder is looked at again.
                publisher = None;
                continue;
            }
            let one = publisher
                .take()
                .unwrap_or_else(|| Publisher::new(self.parts().store.clone(), &dir));
            publisher = self.publish_once(one).await;
        }
    }

    async fn publish_once(&self, mut publisher: Publisher) -> Option<Publisher> {
        let (newest, witnessed) = (self.newest(), self.witnessed());
        let done = tokio::task::spawn_blocking(move || {
            let done = publisher.publish(&newest, witnessed.as_deref());
            (publisher, done)
        });
        let (publisher, done) = done.await.ok()?;
        match done {
            Ok(Published::InStep { .. }) => Some(publisher),
            Ok(Published::Contradiction { note }) => {
                if let Err(error) = self.weigh(&note, None).await {
                    tracing::error!(%error, "the published head could not be held against the ledger");
                }
                None
            }
            Ok(Published::Differs { file }) => {
                let file = file.display().to_string();
                self.halt(Cause::PublishedFile { file }).await;
                None
            }
            Err(error) => {
                tracing::error!(%error, "the ledger's tree was not published; tried again");
                None
            }
        }
    }
}
