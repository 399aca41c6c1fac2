//! How many enquiries are looked into at once, and who waits or is turned away when there are more.
//!
//! ```text
//! places     green may take | amber too | red alone       of all, and again of those of each hub
//! all taken  wait: the most urgent first, then the hub with the fewest at work, then who came first
//! full, too  503 `busy`: the least urgent, of the hub that has most waiting, who came last
//! ```
//!
//! Nothing was looked up for what is turned away, and it counts against no budget: the hub asks again.

mod floor;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stile_model::id::MemberId;
use stile_model::problem::Problem;
use tokio::sync::oneshot;

use self::floor::{Asked, Floor, Tally, Ticket};
use crate::error::ExchangeError;
use crate::metrics::{Kind, Text};

pub(super) use self::floor::Urgency;

/// How much is looked into at once; every number is bounded when the configuration is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadSettings {
    /// Enquiries at work at once; at least 4.
    pub at_once: u32,
    /// Of those, of one hub; at least 4.
    pub per_hub: u32,
    /// Percent of either that amber and green together may take, 10 to 90.
    pub amber_share: u32,
    /// Percent of either that green may take, 10 to `amber_share`.
    pub green_share: u32,
    /// Enquiries that may wait for a place.
    pub waiting: u32,
    /// Longest that one waits.
    pub wait: Duration,
}

impl Default for LoadSettings {
    fn default() -> Self {
        Self {
            at_once: 64,
            per_hub: 48,
            amber_share: 75,
            green_share: 50,
            waiting: 256,
            wait: Duration::from_secs(2),
        }
    }
}

/// The enquiries at work and those that wait; clones are the same room.
#[derive(Debug, Clone, Default)]
pub(super) struct Room(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    floor: Floor,
    /// Who is told when they may begin; dropped, they are turned away.
    callers: HashMap<Ticket, oneshot::Sender<Place>>,
    turned_away: Turned,
}

/// Enquiries that were turned away since the start.
#[derive(Debug, Clone, Copy, Default)]
struct Turned {
    /// As many waited as may, and none of them had less claim; or one with more claim came.
    full: Tally,
    /// They waited for as long as they may.
    waited: Tally,
}

/// Leave to look into one enquiry; whoever waits may begin when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    room: Room,
    settings: LoadSettings,
    hub: MemberId,
    urgency: Urgency,
}

impl Drop for Place {
    fn drop(&mut self) {
        let told = self.room.leave(self);
        // After the lock was let go: whoever gave up meanwhile hands the place on at once.
        for (caller, place) in told {
            drop(caller.send(place));
        }
    }
}

/// Waits in the room, and is forgotten when its caller goes away.
struct Waiting {
    room: Room,
    ticket: Ticket,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut inner = self.room.inner();
        inner.floor.give_up(self.ticket);
        // The sender holds nothing that needs the lock.
        inner.callers.remove(&self.ticket);
    }
}

impl Room {
    /// A place for an enquiry of `hub`, at once or after a wait.
    ///
    /// # Errors
    ///
    /// `busy`, with when to ask again; nothing was looked up.
    pub(super) async fn enter(
        &self,
        settings: &LoadSettings,
        hub: &MemberId,
        urgency: Urgency,
    ) -> Result<Place, ExchangeError> {
        let Some((waiting, told)) = self.ask(settings, hub, urgency)? else {
            return Ok(self.place(settings, hub.clone(), urgency));
        };
        let place = match tokio::time::timeout(settings.wait, told).await {
            Ok(Ok(place)) => Ok(place),
            // Somebody with more claim came.
            Ok(Err(_)) => {
                *self.inner().turned_away.full.at(urgency) += 1;
                Err(busy(urgency))
            }
            Err(_) => {
                *self.inner().turned_away.waited.at(urgency) += 1;
                Err(busy(urgency))
            }
        };
        drop(waiting);
        place
    }

    /// Nothing where it may begin at once; else its ticket, and where it is told.
    fn ask(
        &self,
        settings: &LoadSettings,
        hub: &MemberId,
        urgency: Urgency,
    ) -> Result<Option<(Waiting, oneshot::Receiver<Place>)>, ExchangeError> {
        let mut inner = self.inner();
        match inner.floor.ask(settings, hub, urgency) {
            Asked::Begins => Ok(None),
            Asked::TurnedAway => {
                *inner.turned_away.full.at(urgency) += 1;
                Err(busy(urgency))
            }
            Asked::Waits { ticket, instead_of } => {
                if let Some(gone) = instead_of {
                    inner.callers.remove(&gone);
                }
                let (caller, told) = oneshot::channel();
                inner.callers.insert(ticket, caller);
                let room = self.clone();
                Ok(Some((Waiting { room, ticket }, told)))
            }
        }
    }

    fn leave(&self, place: &Place) -> Vec<(oneshot::Sender<Place>, Place)> {
        let mut inner = self.inner();
        let begin = inner
            .floor
            .leave(&place.settings, &place.hub, place.urgency);
        let told = begin.into_iter().filter_map(|(ticket, hub, urgency)| {
            let caller = inner.callers.remove(&ticket)?;
            Some((caller, self.place(&place.settings, hub, urgency)))
        });
        told.collect()
    }

    fn place(&self, settings: &LoadSettings, hub: MemberId, urgency: Urgency) -> Place {
        Place {
            room: self.clone(),
            settings: *settings,
            hub,
            urgency,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Never held across a wait or a call that could panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes how full it is.
    pub(super) fn write(&self, settings: &LoadSettings, text: &mut Text) {
        let (at_work, waiting, turned) = {
            let inner = self.inner();
            (
                inner.floor.at_work(),
                inner.floor.waiting(),
                inner.turned_away,
            )
        };
        let help = "Enquiries that may be at work at once.";
        text.gauge("stile_enquiry_places", help, settings.at_once);
        let gauges = [
            (
                "stile_enquiries_at_work",
                "Enquiries being looked into, by urgency.",
                at_work,
            ),
            (
                "stile_enquiries_waiting",
                "Enquiries that wait for a place, by urgency.",
                waiting,
            ),
        ];
        for (name, help, tally) in gauges {
            text.family(name, Kind::Gauge, help);
            for urgency in Urgency::ALL {
                text.sample(name, &[("urgency", urgency.as_str())], tally.of(urgency));
            }
        }
        let name = "stile_enquiries_turned_away_total";
        let help = "Enquiries told to come again, by urgency: no room to wait, or waited in vain.";
        text.family(name, Kind::Counter, help);
        for (why, tally) in [("full", turned.full), ("waited", turned.waited)] {
            for urgency in Urgency::ALL {
                let labels = [("urgency", urgency.as_str()), ("why", why)];
                text.sample(name, &labels, tally.of(urgency));
            }
        }
    }
}

/// Told to come again: the more urgent, the sooner.
pub(super) fn busy(urgency: Urgency) -> ExchangeError {
    let again_s = match urgency {
        Urgency::Green => 15,
        Urgency::Amber => 5,
        Urgency::Red => 1,
    };
    let problem = Problem::new(
        "busy",
        503,
        "the agency looks into as many enquiries as it can; ask again, as `retry-after` says",
    );
    ExchangeError::Refused(Box::new(problem.again_after(again_s)))
}

#[cfg(test)]
mod tests;
