//! Browsers that signed somebody in before: a cookie that proves it.
//!
//! ```text
//! cookie = token "." token …        at most 4, the newest first: several people share a desk
//! token  = base64url(16 random bytes, first 16 bytes of HMAC-SHA-256(key, random, user))
//! ```
//!
//! Such a cookie opens nothing. Wrong attempts from its browser are counted apart from those of
//! strangers, so that nobody who merely knows a name keeps its owner out (`slow`). Nothing is kept of
//! it here.

use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use stile_model::id::UserId;

use super::password::same;
use super::slow::Source;
use super::{Accounts, Attempt, Secret};
use crate::error::ExchangeError;

/// Tokens of one cookie.
const TOKENS_MOST: usize = 4;
const RANDOM: usize = 16;

/// A browser that signed a user in before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Device([u8; RANDOM]);

impl Device {
    #[cfg(test)]
    pub(super) const fn from_bytes(bytes: [u8; RANDOM]) -> Self {
        Self(bytes)
    }
}

/// Where an attempt to sign in comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The place.
    pub source: Source,
    /// What the browser holds of earlier sign-ins, as [`Accounts::remembering`] gave it; empty where it
    /// holds nothing.
    pub cookie: &'a str,
}

impl From<Source> for Origin<'_> {
    fn from(source: Source) -> Self {
        Self { source, cookie: "" }
    }
}

impl Accounts<'_> {
    /// What a browser is to hold from now on that has signed this user in and holds `cookie`.
    ///
    /// # Errors
    ///
    /// When the operating system gives no randomness.
    pub fn remembering(&self, cookie: &str, user: &UserId) -> Result<String, ExchangeError> {
        let random: [u8; RANDOM] = crate::random::bytes()?;
        let tag = self.tag(&random, user.as_str());
        let bytes: Vec<u8> = random.into_iter().chain(tag).collect();
        let new = BASE64URL_NOPAD.encode(&bytes);
        let others = tokens(cookie)
            .filter(|(_, bytes)| self.device_of(bytes, user.as_str()).is_none())
            .map(|(text, _)| text);
        let all: Vec<_> = std::iter::once(new.as_str())
            .chain(others)
            .take(TOKENS_MOST)
            .collect();
        Ok(all.join("."))
    }

    /// An attempt at a name from somewhere.
    pub(super) fn of<'a>(&self, user: &'a str, origin: Origin<'_>, secret: Secret) -> Attempt<'a> {
        let mut devices = tokens(origin.cookie);
        Attempt {
            device: devices.find_map(|(_, bytes)| self.device_of(&bytes, user)),
            source: origin.source,
            secret,
            user,
        }
    }

    fn device_of(&self, bytes: &[u8], user: &str) -> Option<Device> {
        let (random, tag) = bytes.split_first_chunk::<RANDOM>()?;
        same(&self.tag(random, user), tag).then_some(Device(*random))
    }

    fn tag(&self, random: &[u8; RANDOM], user: &str) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.scribe.pseudonym_key);
        // A text that no pseudonym begins with: the key serves both.
        let said = [b"stile device\n".as_slice(), random, user.as_bytes()].concat();
        hmac::sign(&key, &said)
            .as_ref()
            .iter()
            .take(RANDOM)
            .copied()
            .collect()
    }
}

fn tokens(cookie: &str) -> impl Iterator<Item = (&str, Vec<u8>)> {
    let parts = cookie.split('.').take(TOKENS_MOST);
    parts.filter_map(|text| {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        (bytes.len() == 2 * RANDOM).then_some((text, bytes))
    })
}
