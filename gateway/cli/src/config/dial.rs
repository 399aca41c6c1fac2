//! `[dial_out]` of an agency and `[dial_in]` of a hub.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use stile_exchange::dial::{DialSettings, LineSettings};
use stile_model::id::MemberId;

use super::parts::Listen;
use crate::run::Failure;

/// `[dial_out]` as written; without it nobody is dialled.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawDialOut {
    hubs: Option<BTreeSet<MemberId>>,
    connections: u64,
    renew_s: u64,
    ping_s: u64,
    ping_wait_s: u64,
    retry_first_ms: u64,
    retry_longest_s: u64,
}

impl Default for RawDialOut {
    fn default() -> Self {
        Self {
            hubs: None,
            connections: 2,
            renew_s: 3_600,
            ping_s: 15,
            ping_wait_s: 7,
            retry_first_ms: 100,
            retry_longest_s: 10,
        }
    }
}

impl RawDialOut {
    /// The settings, every number within its bounds.
    pub(super) fn check(self, file: &Path) -> Result<DialSettings, Failure> {
        within(
            file,
            "dial_out",
            &[
                ("connections", self.connections, 1, 4),
                ("renew_s", self.renew_s, 2, 86_400),
                ("ping_s", self.ping_s, 1, 60),
                ("ping_wait_s", self.ping_wait_s, 1, 60),
                ("retry_first_ms", self.retry_first_ms, 10, 60_000),
                ("retry_longest_s", self.retry_longest_s, 1, 3_600),
            ],
        )?;
        if self.hubs.as_ref().is_some_and(BTreeSet::is_empty) {
            return Err(format!(
                "{}: `dial_out.hubs` names nobody; leave it out to dial every hub of an agreement",
                file.display()
            )
            .into());
        }
        Ok(DialSettings {
            hubs: self.hubs,
            connections: usize::try_from(self.connections)?,
            renew: Duration::from_secs(self.renew_s),
            ping: Duration::from_secs(self.ping_s),
            ping_wait: Duration::from_secs(self.ping_wait_s),
            retry_first: Duration::from_millis(self.retry_first_ms),
            retry_longest: Duration::from_secs(self.retry_longest_s),
        })
    }
}

/// `[dial_in]` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawDialIn {
    ping_s: u64,
    ping_wait_s: u64,
}

impl Default for RawDialIn {
    fn default() -> Self {
        Self {
            ping_s: 15,
            ping_wait_s: 7,
        }
    }
}

impl RawDialIn {
    /// The settings, every number within its bounds.
    pub(super) fn check(&self, file: &Path) -> Result<LineSettings, Failure> {
        within(
            file,
            "dial_in",
            &[
                ("ping_s", self.ping_s, 1, 60),
                ("ping_wait_s", self.ping_wait_s, 1, 60),
            ],
        )?;
        Ok(LineSettings {
            ping: Duration::from_secs(self.ping_s),
            ping_wait: Duration::from_secs(self.ping_wait_s),
        })
    }
}

/// A hub, and an agency that does not dial, must listen for members.
pub(super) fn check_listens(file: &Path, listen: &Listen, dials: bool) -> Result<(), Failure> {
    if listen.peers.is_some() || dials {
        return Ok(());
    }
    Err(format!(
        "{}: `listen.peers` is missing; only an agency with `[dial_out]` may leave it out",
        file.display()
    )
    .into())
}

fn within(file: &Path, table: &str, keys: &[(&str, u64, u64, u64)]) -> Result<(), Failure> {
    for (key, value, least, most) in keys {
        if !(least..=most).contains(&value) {
            return Err(format!(
                "{}: `{table}.{key}` is {value}; it must be {least} to {most}",
                file.display()
            )
            .into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(text: &str) -> Result<DialSettings, String> {
        let raw: RawDialOut = toml::from_str(text).map_err(|error| error.to_string())?;
        raw.check(Path::new("agency.toml"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn every_key_has_a_usual_value_within_its_own_bounds() {
        let usual = out("").unwrap();

        assert_eq!((usual.hubs, usual.connections), (None, 2));
        assert!(usual.ping + usual.ping_wait < Duration::from_mins(1));
        assert!(RawDialIn::default().check(Path::new("hub.toml")).is_ok());
    }

    #[test]
    fn rejects_what_is_out_of_bounds_and_says_the_bounds() {
        for (text, says) in [
            (
                "connections = 0",
                "`dial_out.connections` is 0; it must be 1 to 4",
            ),
            ("connections = 5", "must be 1 to 4"),
            ("renew_s = 1", "must be 2 to 86400"),
            ("ping_s = 0", "must be 1 to 60"),
            ("ping_wait_s = 61", "must be 1 to 60"),
            ("retry_first_ms = 1", "must be 10 to 60000"),
            ("retry_longest_s = 0", "must be 1 to 3600"),
            ("hubs = []", "names nobody"),
            ("hub = \"a\"", "unknown field `hub`"),
        ] {
            let refused = out(text).unwrap_err();

            assert!(refused.contains(says), "{text}: {refused}");
        }
    }

    #[test]
    fn only_an_agency_that_dials_needs_no_address_for_members() {
        let file = Path::new("agency.toml");
        let none = Listen {
            enrolment: None,
            peers: None,
            people: ([127, 0, 0, 1], 1).into(),
        };
        let some = Listen {
            peers: Some(none.people),
            ..none
        };

        assert!(check_listens(file, &none, true).is_ok());
        assert!(check_listens(file, &some, false).is_ok());
        let refused = check_listens(file, &none, false).unwrap_err().to_string();
        assert!(refused.contains("`listen.peers` is missing"), "{refused}");
    }
}
