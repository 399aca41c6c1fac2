//! Tokens of enrolment: shown once, kept as a hash.
//!
//! ```text
//! token = id "." secret      id: 16 hexadecimal digits; secret: 32 random bytes, base64url
//! ```

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_trust::identity::Role;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::account::same;
use crate::error::ExchangeError;

const ID: usize = 8;
const SECRET: usize = 32;

/// What a gateway acts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GatewayRole {
    /// It answers enquiries.
    Agency,
    /// It asks.
    Hub,
}

impl GatewayRole {
    /// The role in a certificate.
    pub const fn role(self) -> Role {
        match self {
            Self::Agency => Role::Agency,
            Self::Hub => Role::Hub,
        }
    }

    /// The role of a gateway's certificate; none for a person's.
    pub const fn of(role: Role) -> Option<Self> {
        match role {
            Role::Agency => Some(Self::Agency),
            Role::Hub => Some(Self::Hub),
            Role::Person => None,
        }
    }
}

impl fmt::Display for GatewayRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role().as_str())
    }
}

impl FromStr for GatewayRole {
    type Err = EnrolmentIdError;

    fn from_str(text: &str) -> Result<Self, EnrolmentIdError> {
        match text {
            "agency" => Ok(Self::Agency),
            "hub" => Ok(Self::Hub),
            _ => Err(EnrolmentIdError("a gateway's role is `agency` or `hub`")),
        }
    }
}

/// The name of a request: 16 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
pub struct EnrolmentId(String);

/// What a text is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EnrolmentIdError(&'static str);

impl EnrolmentId {
    pub(super) fn draw() -> Result<Self, ExchangeError> {
        Ok(Self(HEXLOWER.encode(&crate::random::bytes::<ID>()?)))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EnrolmentId {
    type Err = EnrolmentIdError;

    fn from_str(text: &str) -> Result<Self, EnrolmentIdError> {
        let is_plain = |sign: char| sign.is_ascii_digit() || matches!(sign, 'a'..='f');
        if text.len() == 2 * ID && text.chars().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(EnrolmentIdError(
                "a request is named by 16 hexadecimal digits",
            ))
        }
    }
}

impl TryFrom<String> for EnrolmentId {
    type Error = EnrolmentIdError;

    fn try_from(text: String) -> Result<Self, EnrolmentIdError> {
        text.parse()
    }
}

impl From<EnrolmentId> for String {
    fn from(id: EnrolmentId) -> Self {
        id.0
    }
}

impl fmt::Display for EnrolmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What proves that somebody was invited. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct EnrolmentToken(String);

impl EnrolmentToken {
    /// Takes what somebody gave; whether it is a token is seen when it is looked up.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn draw(id: &EnrolmentId) -> Result<Self, ExchangeError> {
        let secret = Zeroizing::new(crate::random::bytes::<SECRET>()?);
        Ok(Self(format!("{id}.{}", BASE64URL_NOPAD.encode(&*secret))))
    }

    /// As it is written down.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which request it is for, and how it is kept; none when it is no token.
    pub(super) fn read(&self) -> Option<(EnrolmentId, KeptToken)> {
        let (id, secret) = self.0.trim().split_once('.')?;
        let id: EnrolmentId = id.parse().ok()?;
        let secret = Zeroizing::new(BASE64URL_NOPAD.decode(secret.as_bytes()).ok()?);
        if secret.len() != SECRET {
            return None;
        }
        let kept = Digest::of_parts(&[b"stile enrolment\n", id.0.as_bytes(), b"\n", &secret]);
        Some((id, KeptToken(kept)))
    }
}

impl fmt::Debug for EnrolmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolmentToken(‹redacted›)")
    }
}

/// A token as it is kept: for this request alone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct KeptToken(Digest);

impl KeptToken {
    /// Is it the same? Takes as long whatever they are.
    pub(super) fn is(&self, other: &Self) -> bool {
        same(self.0.as_bytes(), other.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_of_one_request_and_shows_itself_nowhere() {
        let (one, two) = (EnrolmentId::draw().unwrap(), EnrolmentId::draw().unwrap());
        let token = EnrolmentToken::draw(&one).unwrap();
        let (id, kept) = token.read().unwrap();
        let moved = EnrolmentToken::new(token.as_str().replace(one.as_str(), two.as_str()));

        assert_eq!(id, one);
        assert_eq!(token.as_str().len(), 16 + 1 + 43);
        assert!(kept.is(&token.read().unwrap().1));
        assert!(!kept.is(&moved.read().unwrap().1), "another request's");
        assert!(!format!("{token:?} {kept:?}").contains(token.as_str().split_at(17).1));
    }

    #[test]
    fn spaces_and_lines_around_a_token_do_not_matter() {
        let id = EnrolmentId::draw().unwrap();
        let token = EnrolmentToken::draw(&id).unwrap();
        let typed = EnrolmentToken::new(format!(" {}\n", token.as_str()));

        assert!(typed.read().unwrap().1.is(&token.read().unwrap().1));
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_token(text in "[0-9a-zA-Z._-]{0,70}") {
            if let Some((id, _)) = EnrolmentToken::new(text.clone()).read() {
                prop_assert!(text.starts_with(id.as_str()));
                prop_assert_eq!(text.len(), 60);
            }
        }
    }
}
