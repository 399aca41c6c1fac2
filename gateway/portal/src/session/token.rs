//! The token that a browser holds, and its digest, which is all that is kept here.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use stile_exchange::error::ExchangeError;
use stile_exchange::random;
use stile_model::digest::Digest;
use zeroize::Zeroizing;

/// 256 random bits that stand for a session.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// A new one.
    ///
    /// # Errors
    ///
    /// When the operating system gives no randomness.
    pub fn draw() -> Result<Self, ExchangeError> {
        Ok(Self::from_bytes(&random::bytes()?))
    }

    /// From bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(BASE64URL_NOPAD.encode(bytes)))
    }

    /// Reads what a browser sent; none when it is no token.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        let bytes: &[u8; 32] = bytes.as_slice().try_into().ok()?;
        Some(Self::from_bytes(bytes))
    }

    /// As the browser keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What opens the forms that are kept for this browser.
    pub(crate) fn secret(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// What is kept of it here.
    pub(super) fn digest(&self) -> Digest {
        Digest::of_parts(&[b"stile session\n", self.0.as_bytes()])
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(‹redacted›)")
    }
}
