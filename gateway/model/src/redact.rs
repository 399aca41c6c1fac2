//! Values that must never reach a log, an error or a panic message.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Holds personal data; `Debug` prints `‹redacted›` and there is no `Display`.
///
/// Serialising gives the value: a return carries it on purpose, a log line never does.
#[derive(
    Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
#[schema(as = Personal, description = "Personal data: never in a log, an error or an address.")]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// Wraps `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Gives the value to code that has a reason to see it.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// Gives the value up.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Redacted<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl From<&str> for Redacted<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹redacted›")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_withholds_the_value() {
        let name: Redacted<String> = "Mali Testwood".into();

        assert!(!format!("{name:?}").contains("Mali"));
    }
}
