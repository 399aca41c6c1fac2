//! Presence: telling a hub whether the agency knows somebody, before anybody is enquired about.
//!
//! ```text
//! policy ─► knowable: of whom, for which purpose, it may be known that something is held
//! blind:  people ─build─► sets under the epoch's secret key ─► the hub, ahead of any question
//!         blinded keys ─admit─► evaluate ─record─► release       nobody is looked up
//! asked:  a person     ─admit─► look for ─► one bit ─record─► release
//! ```
//!
//! Only what row 3 of `docs/decisions/0004-existence.md` lets be known is in a set or makes the bit
//! true; a sealed person is neither. Who must know is told that a sealed person was named.

mod admit;
mod alert;
mod answer;
mod build;
mod cache;
mod epoch;
mod knowable;
mod members;
mod routes;
mod set;
mod spend;
mod stored;

use std::path::PathBuf;
use std::sync::Arc;

use stile_linkage::NORMALISER_VERSION;
use stile_linkage::presence::RECIPE_VERSION;
use stile_model::code::ConsentState;
use stile_model::id::{Code, MemberId};
use stile_model::presence::{OfferedForm, PresenceOffer};
use stile_model::time::{Date, Timestamp};

use self::knowable::Asked;
use super::Agency;
use super::footing::Footing;
use crate::error::{ExchangeError, refuse};

pub(super) use routes::face;
pub(super) use stored::cases;

/// How an agency lets itself be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresenceWay {
    /// It is told who is asked about, and runs the full matcher.
    Asked,
    /// It does not learn who is asked about.
    Blind,
}

/// How hubs may ask whether somebody is known; every number is bounded when the configuration is
/// read.
#[derive(Debug, Clone)]
pub struct PresenceSettings {
    /// With or without the agency's learning who is asked about.
    pub form: PresenceWay,
    /// A desk to speak to: role and telephone, no person's name; empty for none.
    pub contact: String,
    /// Life of one secret key, in days.
    pub epoch_days: u32,
    /// Minutes between two rounds through the agency's people.
    pub refresh_min: u32,
    /// Requests of one case in a day.
    pub per_case_day: u32,
    /// Requests of one hub in a day.
    pub per_hub_day: u32,
    /// Requests of one hub in a minute.
    pub per_minute: u32,
    /// Folder where the sets are kept encrypted, so that a restart serves them at once; none where
    /// they are made anew.
    pub dir: Option<PathBuf>,
}

/// What this process remembers of presence; only the epochs' seeds are in the store.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// The keys that are accepted.
    keys: arc_swap::ArcSwapOption<epoch::Keys>,
    /// The sets that are published.
    sets: arc_swap::ArcSwapOption<set::PublishedSets>,
    /// Of whom it may be known, so that it is not ruled on for every request.
    rulings: std::sync::Mutex<knowable::Rulings>,
    /// Fills the sets; keeps the tokens of the epoch.
    builder: tokio::sync::Mutex<Option<build::Filling>>,
    spent: std::sync::Mutex<spend::Spent>,
}

/// Seconds for which an offer stands.
const OFFER_STANDS_S: i64 = 3_600;

impl Agency {
    /// What this hub may ask of presence for a purpose, by policy alone.
    ///
    /// # Errors
    ///
    /// `purpose_not_open`.
    pub(super) async fn presence_offer(
        self: &Arc<Self>,
        hub: &MemberId,
        purpose: &Code,
    ) -> Result<PresenceOffer, ExchangeError> {
        let now = self.clock.now();
        let open = self
            .directory
            .load()
            .agreement(hub, &self.me, purpose, now.date())
            .is_ok();
        if !open {
            return Err(refuse(
                "purpose_not_open",
                403,
                "no agreement opens this purpose to this hub",
            ));
        }
        let form = self.presence_form(hub, purpose, now).await?;
        let settings = self.settings.presence.as_ref();
        let sets = self.live.presence.sets.load();
        Ok(PresenceOffer {
            version: 1,
            agency: self.me.clone(),
            purpose: purpose.clone(),
            form,
            contact: settings
                .filter(|_| form != OfferedForm::NotOffered)
                .map(|settings| settings.contact.clone())
                .unwrap_or_default(),
            epoch: sets
                .as_ref()
                .filter(|_| form == OfferedForm::Blind)
                .map(|sets| sets.epoch),
            recipe: RECIPE_VERSION,
            normaliser: NORMALISER_VERSION,
            until: now.plus_s(OFFER_STANDS_S),
            pad: String::new(),
        })
    }

    /// How a hub may ask for a purpose; not at all while releases are halted or policy is suspended.
    async fn presence_form(
        self: &Arc<Self>,
        hub: &MemberId,
        purpose: &Code,
        now: Timestamp,
    ) -> Result<OfferedForm, ExchangeError> {
        let Some(settings) = &self.settings.presence else {
            return Ok(OfferedForm::NotOffered);
        };
        if self.witnessing.may_release().is_err() {
            return Ok(OfferedForm::NotOffered);
        }
        let (footing, today) = (self.footing(), now.date());
        let (form, is_offered) = match settings.form {
            PresenceWay::Asked => (
                OfferedForm::Asked,
                self.asks_of_anybody(&footing, (hub, purpose), today)
                    .await?,
            ),
            PresenceWay::Blind => (
                OfferedForm::Blind,
                self.knowable_ahead(&footing, today).await?.offers(purpose),
            ),
        };
        Ok(if is_offered {
            form
        } else {
            OfferedForm::NotOffered
        })
    }

    /// May anything be known of anybody, on whatever consent a request of this hub and purpose rests?
    async fn asks_of_anybody(
        self: &Arc<Self>,
        footing: &Footing,
        (hub, purpose): (&MemberId, &Code),
        today: Date,
    ) -> Result<bool, ExchangeError> {
        for consent in ConsentState::ALL {
            let asked = Asked {
                hub: hub.clone(),
                purpose: purpose.clone(),
                consent: *consent,
                role: None,
            };
            if !self.ages_asked(footing, asked, today).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn presence_settings(&self) -> Result<&PresenceSettings, ExchangeError> {
        self.settings.presence.as_ref().ok_or_else(not_offered)
    }

    /// Keeps keys, sets and counts up to date until `stop` turns true; returns at once where nothing
    /// is offered.
    pub async fn keep_presence(self: Arc<Self>, mut stop: tokio::sync::watch::Receiver<bool>) {
        if self.settings.presence.is_none() {
            return;
        }
        self.read_cached_sets().await;
        loop {
            tokio::select! {
                // A sender that is gone means that the gateway is going, too.
                _ = stop.wait_for(|stop| *stop) => return,
                stepped = self.presence_step() => {
                    if let Err(error) = stepped {
                        tracing::warn!(%error, "the presence sets were not renewed; tried again");
                    }
                }
            }
            let pause = tokio::time::timeout(build::STEP, stop.wait_for(|stop| *stop));
            if pause.await.is_ok() {
                return;
            }
        }
    }
}

fn not_offered() -> ExchangeError {
    refuse(
        "presence_not_offered",
        403,
        "this agency does not offer presence in this form for this purpose; see its offer",
    )
}

fn unavailable() -> ExchangeError {
    refuse(
        "presence_unavailable",
        503,
        "presence cannot be answered at the moment; ask again later",
    )
}
