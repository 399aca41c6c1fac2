//! The address of a webhook.

use std::fmt;
use std::str::FromStr;

use rustls::pki_types::ServerName;

/// An address: `https://records.riverside.example:8443/inbox`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress {
    host: String,
    port: u16,
    path: String,
    name: ServerName<'static>,
}

/// A text is no address of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected `https://host/path` or `https://host:port/path`, without user, query or fragment"
)]
pub struct AddressError;

impl WebAddress {
    /// Name or number of the machine.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, 443 when none is written.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The path, with its slash.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Name and port as the header `host` has them (RFC 9112 §3.2).
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        match self.port {
            443 => host,
            port => format!("{host}:{port}"),
        }
    }

    /// The name that the certificate must have.
    pub const fn server_name(&self) -> &ServerName<'static> {
        &self.name
    }
}

impl FromStr for WebAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let rest = text.strip_prefix("https://").ok_or(AddressError)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let is_plain =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '.' | '_' | '~');
        if !path.chars().all(is_plain) {
            return Err(AddressError);
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && !authority.ends_with(']') => {
                (host, port.parse().map_err(|_| AddressError)?)
            }
            _ => (authority, 443),
        };
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let name = ServerName::try_from(host.to_owned()).map_err(|_| AddressError)?;
        Ok(Self {
            host: host.to_owned(),
            port,
            path: format!("/{path}"),
            name,
        })
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}{}", self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_address() {
        let address: WebAddress = "https://records.example:8443/in/box".parse().unwrap();

        assert_eq!(
            (address.host(), address.port(), address.path()),
            ("records.example", 8443, "/in/box")
        );
        assert_eq!(address.to_string(), "https://records.example:8443/in/box");
        let short: WebAddress = "https://10.1.2.3".parse().unwrap();
        assert_eq!((short.port(), short.path()), (443, "/"));
        let six: WebAddress = "https://[fd00::1]:8443/x".parse().unwrap();
        assert_eq!((six.host(), six.port()), ("fd00::1", 8443));
        assert_eq!(six.to_string(), "https://[fd00::1]:8443/x");
    }

    #[test]
    fn rejects_what_is_no_address() {
        for text in [
            "",
            "http://records.example/",
            "https://",
            "https:///inbox",
            "https://user@records.example/",
            "https://records.example/?a=b",
            "https://records.example/#a",
            "https://records.example/a b",
            "https://records.example:/",
            "https://records.example:99999/",
            "https://records.example/\r\nx",
        ] {
            assert_eq!(text.parse::<WebAddress>(), Err(AddressError), "{text:?}");
        }
    }
}
