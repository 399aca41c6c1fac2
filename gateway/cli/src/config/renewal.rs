//! `[renewal]`: how a gateway keeps its certificate, and what else it fetches from a hub.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use stile_exchange::enrol::RenewalSettings;
use stile_model::id::MemberId;

use super::parts::RawDirectory;
use crate::run::Failure;

/// The table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRenewal {
    hub: Option<MemberId>,
    every_s: u64,
}

impl Default for RawRenewal {
    fn default() -> Self {
        Self {
            hub: None,
            every_s: RenewalSettings::default().every.as_secs(),
        }
    }
}

impl RawRenewal {
    /// The settings, within bounds.
    pub(super) fn check(
        self,
        file: &Path,
        directory: &RawDirectory,
    ) -> Result<RenewalSettings, Failure> {
        if !(1..=86_400).contains(&self.every_s) {
            return Err(format!(
                "{}: `renewal.every_s` is {}; it must be 1 to 86400",
                file.display(),
                self.every_s
            )
            .into());
        }
        Ok(RenewalSettings {
            hub: self.hub,
            every: Duration::from_secs(self.every_s),
            directory: Some(directory.published(file)),
        })
    }
}
