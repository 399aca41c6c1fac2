//! `[load]` of `config/agency.toml`.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use stile_exchange::agency::LoadSettings;

use crate::run::Failure;

/// The table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLoad {
    at_once: u32,
    per_hub: Option<u32>,
    amber_share: u32,
    green_share: u32,
    waiting: u32,
    wait_ms: u32,
}

impl Default for RawLoad {
    fn default() -> Self {
        let usual = LoadSettings::default();
        Self {
            at_once: usual.at_once,
            per_hub: None,
            amber_share: usual.amber_share,
            green_share: usual.green_share,
            waiting: usual.waiting,
            wait_ms: u32::try_from(usual.wait.as_millis()).unwrap_or(u32::MAX),
        }
    }
}

impl RawLoad {
    /// The settings, every number within its bounds. One hub has three quarters of the places where
    /// nothing is said.
    pub(super) fn check(self, file: &Path) -> Result<LoadSettings, Failure> {
        let per_hub = self.per_hub.unwrap_or((self.at_once / 4 * 3).max(4));
        for (key, value, least, most) in [
            ("at_once", self.at_once, 4, 1_000),
            ("per_hub", per_hub, 4, self.at_once),
            ("amber_share", self.amber_share, 10, 90),
            ("green_share", self.green_share, 10, self.amber_share),
            ("waiting", self.waiting, 0, 10_000),
            ("wait_ms", self.wait_ms, 0, 30_000),
        ] {
            if !(least..=most).contains(&value) {
                return Err(Failure::from(format!(
                    "{}: `load.{key}` is {value}; it must be {least} to {most}",
                    file.display()
                )));
            }
        }
        Ok(LoadSettings {
            at_once: self.at_once,
            per_hub,
            amber_share: self.amber_share,
            green_share: self.green_share,
            waiting: self.waiting,
            wait: Duration::from_millis(self.wait_ms.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<LoadSettings, Failure> {
        let raw: RawLoad = toml::from_str(text).unwrap();
        raw.check(Path::new("agency.toml"))
    }

    #[test]
    fn nothing_said_is_the_usual() {
        assert_eq!(checked("").unwrap(), LoadSettings::default());
    }

    #[test]
    fn one_hub_has_three_quarters_of_the_places_and_never_fewer_than_four() {
        for (at_once, per_hub) in [(4, 4), (8, 6), (100, 75)] {
            let settings = checked(&format!("at_once = {at_once}")).unwrap();

            assert_eq!(settings.per_hub, per_hub);
        }
    }

    #[test]
    fn refuses_what_is_out_of_bounds_or_leaves_red_nothing() {
        for (text, says) in [
            ("at_once = 3", "`load.at_once` is 3; it must be 4 to 1000"),
            ("at_once = 8\nper_hub = 9", "must be 4 to 8"),
            ("amber_share = 91", "must be 10 to 90"),
            ("amber_share = 40\ngreen_share = 41", "must be 10 to 40"),
            ("waiting = 10001", "must be 0 to 10000"),
            ("wait_ms = 30001", "must be 0 to 30000"),
        ] {
            let said = checked(text).unwrap_err().to_string();

            assert!(said.contains(says), "{said}");
        }
    }
}
