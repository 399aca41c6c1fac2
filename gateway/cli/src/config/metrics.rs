//! `[metrics]`: where a gateway tells how it is.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::run::Failure;

/// Longest that a gateway goes on after it was told to stop, in seconds.
const DRAIN_S: u64 = 300;

/// The table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMetrics {
    listen: SocketAddr,
    #[serde(default)]
    drain_s: u64,
}

/// Where a gateway tells how it is, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metrics {
    /// Address and port, without TLS: loopback, or the inside network.
    pub listen: SocketAddr,
    /// How long it goes on answering after it was told to stop, and says that it is not ready, so
    /// that a load balancer sends nobody any more.
    pub drain: Duration,
}

impl Metrics {
    /// Does it listen on every address of the machine, so that whoever reaches one can read it?
    pub const fn is_open(&self) -> bool {
        self.listen.ip().is_unspecified()
    }
}

impl RawMetrics {
    /// Checks what is written.
    pub(super) fn check(self, file: &Path) -> Result<Metrics, Failure> {
        if self.drain_s > DRAIN_S {
            let (file, given) = (file.display(), self.drain_s);
            return Err(
                format!("{file}: `metrics.drain_s` is {given}; it must be 0 to {DRAIN_S}").into(),
            );
        }
        Ok(Metrics {
            listen: self.listen,
            drain: Duration::from_secs(self.drain_s),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Metrics, String> {
        let raw: RawMetrics = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        raw.check(Path::new("/etc/stile/hub.toml"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn stops_at_once_unless_told_otherwise() {
        let metrics = check("listen = \"127.0.0.1:9464\"").unwrap();

        assert_eq!(metrics.drain, Duration::ZERO);
    }

    #[test]
    fn only_every_address_at_once_is_open_to_all_whom_the_machine_is() {
        for (listen, open) in [
            ("0.0.0.0:9464", true),
            ("[::]:9464", true),
            ("127.0.0.1:9464", false),
            ("10.20.0.7:9464", false),
        ] {
            let metrics = check(&format!("listen = \"{listen}\"")).unwrap();
            assert_eq!(metrics.is_open(), open, "{listen}");
        }
    }

    #[test]
    fn rejects_a_drain_out_of_bounds_an_address_without_port_and_an_unknown_key() {
        for (text, part) in [
            (
                "listen = \"127.0.0.1:9464\"\ndrain_s = 301",
                "`metrics.drain_s`",
            ),
            ("listen = \"127.0.0.1\"", "socket address"),
            (
                "listen = \"127.0.0.1:9464\"\npath = \"/m\"",
                "unknown field",
            ),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
