//! `[presence]` of `config/agency.toml`.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use stile_exchange::agency::{PresenceSettings, PresenceWay};

use super::parts::beside;
use crate::run::Failure;

/// Longest contact, in characters.
const CONTACT_MAX: usize = 200;

/// The table as written; without it nothing is offered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPresence {
    form: PresenceWay,
    #[serde(default)]
    contact: String,
    #[serde(default = "epoch_days")]
    epoch_days: u32,
    #[serde(default = "refresh_min")]
    refresh_min: u32,
    #[serde(default = "per_case_day")]
    per_case_day: u32,
    #[serde(default = "per_hub_day")]
    per_hub_day: u32,
    #[serde(default = "per_minute")]
    per_minute: u32,
    dir: Option<PathBuf>,
}

const fn epoch_days() -> u32 {
    7
}

const fn refresh_min() -> u32 {
    60
}

const fn per_case_day() -> u32 {
    24
}

const fn per_hub_day() -> u32 {
    500
}

const fn per_minute() -> u32 {
    60
}

impl RawPresence {
    /// The settings, every number within its bounds.
    pub(super) fn check(self, file: &Path) -> Result<PresenceSettings, Failure> {
        for (key, value, least, most) in [
            ("epoch_days", self.epoch_days, 1, 31),
            ("refresh_min", self.refresh_min, 1, 1_440),
            ("per_case_day", self.per_case_day, 1, 1_000),
            ("per_hub_day", self.per_hub_day, 1, 10_000),
            ("per_minute", self.per_minute, 1, 10_000),
        ] {
            if !(least..=most).contains(&value) {
                let file = file.display();
                return Err(Failure::from(format!(
                    "{file}: `presence.{key}` is {value}; it must be {least} to {most}"
                )));
            }
        }
        if self.contact.chars().count() > CONTACT_MAX || self.contact.chars().any(char::is_control)
        {
            let file = file.display();
            return Err(Failure::from(format!(
                "{file}: `presence.contact` must be one line of at most {CONTACT_MAX} characters"
            )));
        }
        Ok(PresenceSettings {
            form: self.form,
            contact: self.contact,
            epoch_days: self.epoch_days,
            refresh_min: self.refresh_min,
            per_case_day: self.per_case_day,
            per_hub_day: self.per_hub_day,
            per_minute: self.per_minute,
            dir: self.dir.map(|dir| beside(file, dir)),
        })
    }
}
