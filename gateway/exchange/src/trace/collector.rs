//! The address of a collector: on this machine, or behind TLS.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use rustls::pki_types::ServerName;

use crate::hub::WebAddress;

/// Where a collector takes traces: `http://127.0.0.1:4318/v1/traces`, or any `https` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    way: Way,
    path: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// Without TLS, to an address that never leaves the machine.
    Here(SocketAddr),
    /// With TLS.
    There(WebAddress),
}

/// A text is no address of a collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CollectorError {
    /// It is no such address at all.
    #[error(
        "expected `http://127.0.0.1:4318/v1/traces` on this machine, or `https://host:port/v1/traces`, \
         without user, query or fragment"
    )]
    Address,
    /// Without TLS, and not certainly on this machine.
    #[error(
        "without TLS only a collector on this machine is sent to, by its number: `127.0.0.1` or `[::1]` \
         with a port; use `https` for any other"
    )]
    Open,
}

impl Collector {
    /// Does what is sent go through TLS?
    pub const fn is_tls(&self) -> bool {
        matches!(self.way, Way::There(_))
    }

    /// Host and port to connect to.
    pub(super) fn place(&self) -> (String, u16) {
        match &self.way {
            Way::Here(address) => (address.ip().to_string(), address.port()),
            Way::There(address) => (address.host().to_owned(), address.port()),
        }
    }

    /// The name that its certificate must have; none without TLS.
    pub(super) const fn server_name(&self) -> Option<&ServerName<'static>> {
        match &self.way {
            Way::Here(_) => None,
            Way::There(address) => Some(address.server_name()),
        }
    }

    /// The header `host`.
    pub(super) fn authority(&self) -> String {
        match &self.way {
            Way::Here(address) => address.to_string(),
            Way::There(address) => address.authority(),
        }
    }

    /// The path, with its slash.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

impl FromStr for Collector {
    type Err = CollectorError;

    fn from_str(text: &str) -> Result<Self, CollectorError> {
        let plain = text.strip_prefix("http://");
        // What an address may be made of is the same for both.
        let secure = plain.map_or_else(|| text.to_owned(), |rest| format!("https://{rest}"));
        let address: WebAddress = secure.parse().map_err(|_| CollectorError::Address)?;
        let path = address.path().to_owned();
        let way = match plain {
            None => Way::There(address),
            Some(rest) => {
                let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
                // A name could come to mean another machine.
                let here: SocketAddr = authority.parse().map_err(|_| CollectorError::Open)?;
                if !here.ip().is_loopback() {
                    return Err(CollectorError::Open);
                }
                Way::Here(here)
            }
        };
        Ok(Self { way, path })
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls() { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_this_machine_without_tls_and_others_with_it() {
        for (text, is_tls) in [
            ("http://127.0.0.1:4318/v1/traces", false),
            ("http://[::1]:4318/v1/traces", false),
            ("https://otel.police.example:4318/v1/traces", true),
            ("https://otel.police.example/v1/traces", true),
            ("https://10.20.0.9:4318/v1/traces", true),
        ] {
            let collector: Collector = text.parse().unwrap();

            assert_eq!(collector.is_tls(), is_tls);
            assert_eq!(collector.path(), "/v1/traces");
            assert_eq!(collector.to_string(), text);
        }
    }

    #[test]
    fn rejects_a_plain_address_that_may_be_another_machine() {
        for text in [
            "http://10.20.0.9:4318/v1/traces",
            "http://0.0.0.0:4318/v1/traces",
            "http://otel.police.example:4318/v1/traces",
            "http://localhost:4318/v1/traces",
            "http://127.0.0.1/v1/traces",
            "http://[::ffff:10.0.0.1]:4318/v1/traces",
        ] {
            assert_eq!(
                text.parse::<Collector>(),
                Err(CollectorError::Open),
                "{text}"
            );
        }
    }

    #[test]
    fn rejects_what_is_no_address() {
        for text in [
            "",
            "127.0.0.1:4318",
            "grpc://127.0.0.1:4317",
            "https://user:word@otel.example/v1/traces",
            "https://otel.example/v1/traces?key=word",
            "http://127.0.0.1:4318/v1/traces#x",
            "http://127.0.0.1:99999/",
            "https:///v1/traces",
        ] {
            assert_eq!(
                text.parse::<Collector>(),
                Err(CollectorError::Address),
                "{text}"
            );
        }
    }
}
