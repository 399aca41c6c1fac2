//! Certificate serial numbers.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize};

/// The longest serial RFC 5280 §4.1.2.2 allows, in bytes.
const LONGEST: usize = 20;

/// A certificate's serial number: 1 to 20 bytes, leading zeros without meaning.
///
/// Printed as lower-case hexadecimal; fixed in size, so that a look-up allocates nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Serial([u8; LONGEST]);

impl Serial {
    /// Takes the big-endian bytes of a serial; none when empty or longer than 20 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let start = bytes.iter().position(|byte| *byte != 0)?;
        let significant = bytes.get(start..)?;
        let mut serial = [0; LONGEST];
        serial
            .get_mut(LONGEST.checked_sub(significant.len())?..)?
            .copy_from_slice(significant);
        Some(Self(serial))
    }

    /// The bytes without leading zeros.
    pub fn as_bytes(&self) -> &[u8] {
        let start = self.0.iter().position(|byte| *byte != 0).unwrap_or(LONGEST);
        self.0.get(start..).unwrap_or_default()
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(self.as_bytes()))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The text is not a serial number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a serial is 2 to 40 hexadecimal digits, in pairs, not all zero")]
pub struct SerialError;

impl FromStr for Serial {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Self, SerialError> {
        let bytes = HEXLOWER_PERMISSIVE
            .decode(text.as_bytes())
            .map_err(|_| SerialError)?;
        Self::from_bytes(&bytes).ok_or(SerialError)
    }
}

impl TryFrom<String> for Serial {
    type Error = SerialError;

    fn try_from(text: String) -> Result<Self, SerialError> {
        text.parse()
    }
}

impl From<Serial> for String {
    fn from(serial: Serial) -> Self {
        serial.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_do_not_make_another_serial() {
        assert_eq!(
            Serial::from_bytes(&[0, 0x80, 1]),
            Serial::from_bytes(&[0x80, 1])
        );
        assert_eq!("008001".parse::<Serial>().unwrap().to_string(), "8001");
    }

    #[test]
    fn rejects_empty_zero_and_overlong_serials() {
        assert_eq!(Serial::from_bytes(&[]), None);
        assert_eq!(Serial::from_bytes(&[0, 0]), None);
        assert_eq!(Serial::from_bytes(&[1; 21]), None);
        assert_eq!("abc".parse::<Serial>(), Err(SerialError));
        assert_eq!("zz".parse::<Serial>(), Err(SerialError));
    }
}
