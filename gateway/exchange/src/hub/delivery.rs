//! Delivering copies to a system of the partnership: a webhook or a folder.
//!
//! ```text
//! copy numbered and recorded ─┐ one batch
//!                  kept as waiting ─► tried ─► delivered
//!                         ▲             │
//!                         └─ next try ◄─┤ failed: the pause doubles
//!                                       └─► given up, with an alarm
//! ```
//!
//! A person orders it, or a decision does where the configuration says so. What waits is kept, sealed
//! under the case's key, and survives a restart; erasing the case takes it along. The system may get
//! the same copy more than once, always under the same name, and must take it once. How a delivery
//! ended is an entry of its own in the ledger (`delivered`, `failed`).

mod address;
mod folder;
mod order;
mod queue;
mod standing;
mod tries;
mod webhook;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use serde::{Deserialize, Serialize};
use stile_model::id::{CaseId, Code, UserId};
use stile_model::time::Timestamp;
use stile_product::{Audience, Language};
use stile_trust::TrustError;
use stile_trust::tls::outside_config;
use stile_trust::webhook::WebhookKey;
use utoipa::ToSchema;

use super::copy::Form;
use crate::clock::Clock;
pub use address::{AddressError, WebAddress};
pub use standing::DeliveryStanding;

/// One system, as `[[delivery]]` of the configuration names it.
#[derive(Debug, Clone)]
pub struct DeliverySettings {
    /// Its name among the deliveries; also the recipient that its copies name.
    pub name: Code,
    /// What people call it: `Mosaic`.
    pub title: String,
    /// Where copies go.
    pub to: Destination,
    /// For whom it may get copies.
    pub audiences: BTreeSet<Audience>,
    /// What it gets by itself once a case is decided.
    pub on_decision: Option<OnDecision>,
    /// How long one try may take.
    pub deadline: Duration,
    /// First pause after a failure; doubles up to `retry_longest`, and varies by up to half.
    pub retry_first: Duration,
    /// Longest pause.
    pub retry_longest: Duration,
    /// How long it is tried.
    pub give_up: Duration,
}

/// What a system gets once a case is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDecision {
    /// The outcomes of which it is told.
    pub outcomes: BTreeSet<Code>,
    /// What the copy may say.
    pub audience: Audience,
    /// Language of the copy's own words.
    pub language: Language,
    /// As what it is given.
    pub form: Form,
}

/// Where copies go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Files appear whole in a folder of this machine.
    Folder(PathBuf),
    /// Each copy is posted to an address.
    Webhook {
        /// The address.
        address: WebAddress,
        /// What signs.
        key: Arc<WebhookKey>,
        /// The roots that its certificate must lead to.
        tls: Arc<ClientConfig>,
    },
}

impl Destination {
    /// A webhook whose certificate must lead to one of the roots in `roots` (PEM), signed with the
    /// Ed25519 key in `key` (PKCS#8 PEM).
    ///
    /// # Errors
    ///
    /// When a file cannot be read, others can read the key, or it is not what it should be.
    pub fn webhook(
        address: WebAddress,
        key: &Path,
        roots: &Path,
        clock: &Clock,
    ) -> Result<Self, TrustError> {
        Ok(Self::Webhook {
            address,
            key: Arc::new(WebhookKey::load(key)?),
            tls: outside_config(roots, clock.source())?,
        })
    }
}

/// What is to be delivered, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    /// Name of the delivery in the configuration.
    pub to: Code,
    /// What the copy may say.
    pub audience: Audience,
    /// Language of its own words; English when left out.
    #[serde(default)]
    pub language: Language,
    /// As what it is given; PDF when left out.
    #[serde(default)]
    pub form: Form,
}

/// How a delivery stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeliveryState {
    /// The system took it.
    Delivered {
        /// When it said so.
        at: Timestamp,
    },
    /// It was not taken in time; a person must act.
    GivenUp {
        /// When it was last tried.
        at: Timestamp,
        /// Why the last try failed: a code.
        fault: String,
    },
    /// It is tried, or tried again.
    Waiting {
        /// When next.
        next: Timestamp,
        /// Why the last try failed: a code; nothing before the first.
        fault: Option<String>,
    },
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryLine {
    /// The case.
    pub case: CaseId,
    /// What is delivered, and where.
    pub order: Deliver,
    /// Who ordered it, or decided what brought it about.
    pub by: UserId,
    /// When it was last ordered.
    pub since: Timestamp,
    /// The number of the copy, once it is made.
    pub number: Option<u32>,
    /// Tries since it was ordered.
    pub tries: u32,
    /// How it stands.
    #[serde(rename = "standing")]
    pub state: DeliveryState,
}

/// Why a try failed: a stable code, which holds nothing of the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault(String);

impl From<&str> for Fault {
    fn from(code: &str) -> Self {
        Self(code.to_owned())
    }
}

/// One copy on its way.
struct Parcel<'a> {
    /// What it is, and its bytes.
    copy: &'a super::IssuedCopy,
    case: &'a CaseId,
    /// The same at every try.
    id: String,
}
