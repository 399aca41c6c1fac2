//! How deliveries stand in all, for the people who run the gateway: counts and times, no case.

use stile_model::id::Code;
use stile_model::time::Timestamp;

use super::{DeliverySettings, DeliveryState, Destination};
use crate::error::ExchangeError;
use crate::hub::Hub;

/// How deliveries to one system stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryStanding {
    /// Its name in the configuration.
    pub name: Code,
    /// What people call it.
    pub title: String,
    /// With what a webhook is signed, as its receiver needs it: `whpk_…`; none of a folder.
    pub key: Option<String>,
    /// Copies that wait.
    pub waiting: usize,
    /// Since when the oldest of them does.
    pub oldest: Option<Timestamp>,
    /// Why one of them failed last: a code.
    pub fault: Option<String>,
    /// Copies that were given up and not ordered again.
    pub given_up: usize,
}

impl Hub {
    /// How deliveries stand, system by system as configured.
    pub(crate) fn delivery_standings(&self) -> Result<Vec<DeliveryStanding>, ExchangeError> {
        let all = self.settings.deliveries.iter();
        all.map(|one| self.delivery_standing(one)).collect()
    }

    fn delivery_standing(&self, one: &DeliverySettings) -> Result<DeliveryStanding, ExchangeError> {
        let waiting = self.waiting(&one.name)?;
        let fault = waiting.iter().find_map(|kept| match &kept.line.state {
            DeliveryState::Waiting { fault, .. } => fault.clone(),
            DeliveryState::Delivered { .. } | DeliveryState::GivenUp { .. } => None,
        });
        Ok(DeliveryStanding {
            name: one.name.clone(),
            title: one.title.clone(),
            key: match &one.to {
                Destination::Folder(_) => None,
                Destination::Webhook { key, .. } => Some(key.public()),
            },
            waiting: waiting.len(),
            oldest: waiting.iter().map(|kept| kept.line.since).min(),
            fault,
            given_up: self.lost(&one.name)?.len(),
        })
    }
}
