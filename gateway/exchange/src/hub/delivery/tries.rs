//! Trying what is due, one system beside the other, and keeping how it ended.

use std::sync::Arc;
use std::time::Duration;

use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::Code;
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry};
use tokio::sync::watch;

use super::queue::Kept;
use super::{DeliveryLine, DeliverySettings, DeliveryState, Destination, Fault, Parcel};
use super::{folder, webhook};
use crate::error::ExchangeError;
use crate::evidence::{counts, reason};
use crate::hub::{Hub, IssuedCopy};
use crate::random;
use crate::subjects;

/// From one look at what is due to the next.
const PAUSE: Duration = Duration::from_secs(2);

impl Hub {
    /// Delivers until `stop` turns true. A system that does not answer holds up no other; what was under
    /// way is tried again at the next start, under the same name.
    pub async fn keep_delivering(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let each = self.settings.deliveries.iter().map(|one| {
            let (hub, mut stop) = (Arc::clone(&self), stop.clone());
            async move {
                loop {
                    let due = async {
                        hub.deliver_due(&one.name).await;
                        tokio::time::sleep(PAUSE).await;
                    };
                    tokio::select! {
                        () = due => {}
                        _ = stop.wait_for(|stop| *stop) => break,
                    }
                }
            }
        });
        futures_util::future::join_all(each).await;
    }

    /// Tries every delivery to a system that is due.
    pub async fn deliver_due(&self, to: &Code) {
        if self.witnessing.may_release().is_err() {
            return;
        }
        let done = async {
            for kept in self.waiting(to)? {
                if self.may_be_tried(&kept.line) {
                    self.try_once(kept).await?;
                }
            }
            Ok::<(), ExchangeError>(())
        };
        if let Err(error) = done.await {
            tracing::error!(delivery = %to, %error, "deliveries were not tried");
        }
    }

    fn may_be_tried(&self, line: &DeliveryLine) -> bool {
        match line.state {
            DeliveryState::Waiting { next, .. } => next <= self.clock.now(),
            DeliveryState::Delivered { .. } | DeliveryState::GivenUp { .. } => false,
        }
    }

    async fn try_once(&self, mut kept: Kept) -> Result<(), ExchangeError> {
        kept.line.tries = kept.line.tries.saturating_add(1);
        let done = self.hand_over(&mut kept).await;
        let now = self.clock.now();
        let fault = done.as_ref().err().map(|Fault(code)| code.clone());
        kept.line.state = match done {
            Ok(()) => DeliveryState::Delivered { at: now },
            Err(fault) => self.after_failure(&kept.line, fault, now)?,
        };
        let (to, tries) = (&kept.line.order.to, kept.line.tries);
        match (&kept.line.state, fault) {
            (DeliveryState::GivenUp { .. }, Some(fault)) => {
                tracing::error!(delivery = %to, tries, %fault, "a copy was not delivered and is given up");
            }
            (_, Some(fault)) => {
                tracing::warn!(delivery = %to, tries, %fault, "a copy was not delivered; it is tried again");
            }
            (_, None) => {}
        }
        self.keep_try(&kept, done_digest(self, &kept)).await
    }

    /// Keeps how a try ended, and records it when it was the last; nothing of a case that was erased
    /// meanwhile.
    async fn keep_try(&self, kept: &Kept, digest: Option<Digest>) -> Result<(), ExchangeError> {
        let _turn = self.live.keeping().lock().await;
        let case = &kept.line.case;
        if self.kept_delivery(case, &kept.origin)?.is_none() {
            return Ok(());
        }
        let batch = Batch {
            entries: self.end_of(&kept.line, digest)?.into_iter().collect(),
            puts: kept.puts()?,
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        self.changed(case);
        Ok(())
    }

    /// The entry that says how a delivery ended.
    fn end_of(
        &self,
        line: &DeliveryLine,
        digest: Option<Digest>,
    ) -> Result<Option<PendingEntry>, ExchangeError> {
        let (kind, at, why) = match &line.state {
            DeliveryState::Delivered { at } => (EntryKind::Delivered, *at, "delivery"),
            DeliveryState::GivenUp { at, fault } => (EntryKind::Failed, *at, fault.as_str()),
            DeliveryState::Waiting { .. } => return Ok(None),
        };
        let case = self.case(&line.case)?;
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let mut counted = vec![("tries", number(line.tries))];
        counted.extend(line.number.map(|copy| ("copy", number(copy))));
        let entry = Entry {
            reason: reason(why),
            counts: counts(&counted),
            digest,
            ..self
                .scribe()
                .of_case(kind, &line.case, &case.matter.purpose, at)
        };
        Ok(Some(PendingEntry {
            entry,
            body: serde_json::to_vec(line).map_err(|_| ExchangeError::Stored("delivery"))?,
            case: Some(line.case.clone()),
            subjects: subjects::keys_of_all(&case.matter.subjects),
        }))
    }

    fn after_failure(
        &self,
        line: &DeliveryLine,
        Fault(fault): Fault,
        now: Timestamp,
    ) -> Result<DeliveryState, ExchangeError> {
        let Some(settings) = self.delivery(&line.order.to) else {
            return Ok(DeliveryState::GivenUp { at: now, fault });
        };
        let tried = u128::try_from(now.since_millis(line.since)).unwrap_or(0);
        if tried >= settings.give_up.as_millis() {
            return Ok(DeliveryState::GivenUp { at: now, fault });
        }
        let [draw] = random::bytes()?;
        let pause = pause(settings, line.tries, draw);
        let seconds = i64::try_from(pause.as_secs().max(1)).unwrap_or(i64::MAX);
        Ok(DeliveryState::Waiting {
            next: now.plus_s(seconds),
            fault: Some(fault),
        })
    }

    /// Makes the copy where a decision ordered it, and hands it over.
    async fn hand_over(&self, kept: &mut Kept) -> Result<(), Fault> {
        let line = &kept.line;
        self.must_be_open_to(&line.order)
            .map_err(|error| refused(&error))?;
        let settings = self.delivery(&line.order.to);
        let settings = settings.ok_or_else(|| Fault::from("unknown_delivery"))?;
        let number = match line.number {
            Some(number) => number,
            None => self.made(kept).await?,
        };
        let line = &kept.line;
        let copy = self
            .kept_copy(&line.case, number)
            .map_err(|error| refused(&error))?;
        let bytes = self
            .bytes_again(&copy)
            .await
            .map_err(|error| refused(&error))?;
        let copy = IssuedCopy {
            line: copy.line,
            bytes,
        };
        let id = [
            self.me.as_str().as_bytes(),
            line.order.to.as_str().as_bytes(),
            copy.line.digest.as_bytes(),
        ];
        let parcel = Parcel {
            id: format!("msg_{}", Digest::of_parts(&id)),
            case: &line.case,
            copy: &copy,
        };
        match &settings.to {
            Destination::Folder(folder) => {
                folder::drop_into(folder, &parcel, settings.deadline).await
            }
            Destination::Webhook { address, key, tls } => {
                let call = webhook::Call {
                    address,
                    key,
                    tls,
                    deadline: settings.deadline,
                };
                webhook::post(&call, &parcel, self.clock.now()).await
            }
        }
    }

    /// Makes the copy that a decision ordered, in the name of who decided, and keeps its number with it.
    async fn made(&self, kept: &mut Kept) -> Result<u32, Fault> {
        let person = self
            .people
            .listed(&kept.line.by)
            .map_err(|error| refused(&error))?;
        let beside = |copy: &super::super::CopyLine| {
            let mut with = kept.clone();
            with.line.number = Some(copy.number);
            with.puts()
        };
        let wanted = self.wanted(&kept.line.order);
        let copy = self.issue_copy_beside(&person, &kept.line.case, &wanted, &beside);
        let number = copy.await.map_err(|error| refused(&error))?.line.number;
        kept.line.number = Some(number);
        Ok(number)
    }
}

/// The digest of the copy, if it was made.
fn done_digest(hub: &Hub, kept: &Kept) -> Option<Digest> {
    let copy = hub.kept_copy(&kept.line.case, kept.line.number?);
    copy.ok().map(|copy| copy.line.digest)
}

/// The code of a refusal.
fn refused(error: &ExchangeError) -> Fault {
    Fault::from(error.problem().code())
}

/// How long to wait after so many tries: twice as long each time, and by chance up to half less, so that
/// what failed together does not come back together.
fn pause(settings: &DeliverySettings, tries: u32, draw: u8) -> Duration {
    let doubled = 1_u32
        .checked_shl(tries.saturating_sub(1).min(20))
        .unwrap_or(u32::MAX);
    let whole = settings.retry_first.saturating_mul(doubled);
    let half = whole.min(settings.retry_longest) / 2;
    half.saturating_add(half.saturating_mul(u32::from(draw)) / u32::from(u8::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;

    fn settings(first: u64, longest: u64) -> DeliverySettings {
        DeliverySettings {
            name: Code::new("mosaic").unwrap(),
            title: "Mosaic".to_owned(),
            to: Destination::Folder(PathBuf::from("out")),
            audiences: BTreeSet::new(),
            on_decision: None,
            deadline: Duration::from_secs(1),
            retry_first: Duration::from_secs(first),
            retry_longest: Duration::from_secs(longest),
            give_up: Duration::from_hours(1),
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let settings = settings(10, 60);
        let whole: Vec<_> = (1..=5)
            .map(|tries| pause(&settings, tries, u8::MAX).as_secs())
            .collect();
        let least: Vec<_> = (1..=5)
            .map(|tries| pause(&settings, tries, 0).as_secs())
            .collect();

        assert_eq!(whole, [10, 20, 40, 60, 60]);
        assert_eq!(least, [5, 10, 20, 30, 30]);
    }

    proptest! {
        #[test]
        fn no_pause_is_longer_than_the_longest(
            first in 1_u64..3_600, longest in 1_u64..86_400, tries in 0_u32.., draw: u8,
        ) {
            let pause = pause(&settings(first, longest), tries, draw);

            prop_assert!(pause <= Duration::from_secs(longest));
            prop_assert!(pause * 2 >= Duration::from_secs(first.min(longest)));
        }
    }
}
