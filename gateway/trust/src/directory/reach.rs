//! How a member's gateway is reached.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::endpoint::{Endpoint, EndpointError};

const DIALS_OUT: &str = "dial_out";

/// `https://host:port`, or `dial_out`: an agency that nothing may connect to dials its hubs, which
/// then call it over the connections it made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Reach {
    /// Whoever calls connects to this address.
    At(Endpoint),
    /// Nobody connects to it; its hubs alone call it, and only after it dialled them.
    DialsOut,
}

/// The text says neither where a gateway listens nor that it dials out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}; or `dial_out` for an agency that dials its hubs")]
pub struct ReachError(#[from] EndpointError);

impl Reach {
    /// The address, where there is one.
    pub const fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Self::At(endpoint) => Some(endpoint),
            Self::DialsOut => None,
        }
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::At(endpoint) => endpoint.as_str(),
            Self::DialsOut => DIALS_OUT,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Endpoint> for Reach {
    fn from(endpoint: Endpoint) -> Self {
        Self::At(endpoint)
    }
}

impl FromStr for Reach {
    type Err = ReachError;

    fn from_str(text: &str) -> Result<Self, ReachError> {
        if text == DIALS_OUT {
            return Ok(Self::DialsOut);
        }
        Ok(Self::At(Endpoint::new(text)?))
    }
}

impl TryFrom<String> for Reach {
    type Error = ReachError;

    fn try_from(text: String) -> Result<Self, ReachError> {
        text.parse()
    }
}

impl From<Reach> for String {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::At(endpoint) => endpoint.into(),
            Reach::DialsOut => DIALS_OUT.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_the_word_for_dialling_out_read_back_as_written() {
        for text in ["https://gateway.police.example:8443", "dial_out"] {
            let reach: Reach = text.parse().unwrap();

            assert_eq!(reach.to_string(), text);
            assert_eq!(String::from(reach.clone()), text);
            assert_eq!(reach.endpoint().is_none(), text == "dial_out");
        }
    }

    #[test]
    fn rejects_every_other_word_and_says_what_is_allowed() {
        for text in ["", "dial-out", "Dial_out", "dial_out ", "https://a", "none"] {
            let refused = text.parse::<Reach>().unwrap_err().to_string();

            assert!(refused.contains("`https://host:port`"), "{text}: {refused}");
            assert!(refused.contains("`dial_out`"), "{text}: {refused}");
        }
    }
}
