//! Which of an issuer's lists it is, and which of two is the newer.

use std::fmt;

use serde::{Deserialize, Serialize};
use stile_model::time::Timestamp;

use crate::serial::Serial;

/// Which of an issuer's lists it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// When it was made.
    pub this_update: Timestamp,
    /// Its number, where it has one: each list of an issuer has a higher one (RFC 5280 §5.2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Serial>,
}

impl Edition {
    /// Was it made before `other`? Under a lower number it was, whatever its date: an authority that
    /// came back from a copy dates anew, and has forgotten whom it revoked.
    pub fn is_before(&self, other: &Self) -> bool {
        let lower = |(ours, theirs): (Serial, Serial)| ours < theirs;
        self.this_update < other.this_update || self.number.zip(other.number).is_some_and(lower)
    }

    /// Was it made after `other`?
    pub fn is_after(&self, other: &Self) -> bool {
        *self != *other && other.is_before(self) && !self.is_before(other)
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.this_update)?;
        match self.number {
            Some(number) => write!(f, " with number `{number}`"),
            None => Ok(()),
        }
    }
}
