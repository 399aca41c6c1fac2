//! Where a gateway listens.

use std::fmt;
use std::str::FromStr;

use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};

const SCHEME: &str = "https://";

/// `https://host:port`: a DNS name or IP address (IPv6 in brackets) and a port, nothing more.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Endpoint {
    text: String,
    name: ServerName<'static>,
    port: u16,
}

/// The text is not an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an endpoint is `https://host:port` in lower case, without a path, and a port from 1")]
pub struct EndpointError;

impl Endpoint {
    /// Reads `https://host:port`.
    ///
    /// # Errors
    ///
    /// For every other text, including one with a path, user, query or default port.
    pub fn new(text: &str) -> Result<Self, EndpointError> {
        let (host, port) = text
            .strip_prefix(SCHEME)
            .and_then(|rest| rest.rsplit_once(':'))
            .ok_or(EndpointError)?;
        let number: u16 = port.parse().map_err(|_| EndpointError)?;
        let bare = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').filter(|host| host.contains(':')),
            None => Some(host).filter(|host| !host.contains(':')),
        }
        .ok_or(EndpointError)?;
        let lower = !bare.chars().any(|c| c.is_ascii_uppercase());
        // A port has one spelling, so that an endpoint has one text: no sign, no leading zero.
        if !lower || number == 0 || number.to_string() != port {
            return Err(EndpointError);
        }
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| EndpointError)?;
        Ok(Self {
            text: text.to_owned(),
            name,
            port: number,
        })
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name or address that the member's certificate must list.
    pub const fn server_name(&self) -> &ServerName<'static> {
        &self.name
    }

    /// Host, without brackets.
    pub fn host(&self) -> String {
        self.name.to_str().into_owned()
    }

    /// Port, from 1.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Endpoint {
    type Error = EndpointError;

    fn try_from(text: String) -> Result<Self, EndpointError> {
        Self::new(&text)
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_names_and_addresses() {
        for (text, host, port) in [
            (
                "https://gateway.police.example:8443",
                "gateway.police.example",
                8443,
            ),
            ("https://127.0.0.1:1", "127.0.0.1", 1),
            ("https://[::1]:65535", "::1", 65535),
        ] {
            let endpoint = Endpoint::new(text).unwrap();

            assert_eq!((endpoint.host().as_str(), endpoint.port()), (host, port));
            assert_eq!(endpoint.to_string(), text);
        }
    }

    #[test]
    fn rejects_everything_else() {
        for text in [
            "",
            "http://a:1",
            "https://a",
            "https://a:0",
            "https://a:65536",
            "https://a:+1",
            "https://a:01",
            "https://a:1/",
            "https://a:1/path",
            "https://user@a:1",
            "https://a?x:1",
            "https://A:1",
            "https://:1",
            "https://::1:1",
            "https://[a]:1",
            "https://a b:1",
            "https://*.a:1",
        ] {
            assert_eq!(Endpoint::new(text), Err(EndpointError), "{text}");
        }
    }
}
