//! Codes that are used once: of an invitation, and for the day the app is lost.
//!
//! Letters and figures of base32 in groups of four. They are random and long enough (128 and 80 bits)
//! that a plain hash keeps them.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::UserId;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::password::same;
use super::totp::grouped;
use crate::error::ExchangeError;

/// Recovery codes that an account is given.
pub const RECOVERY_CODES: usize = 10;

/// The code of an invitation: 26 letters and figures, groups and case do not matter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct InvitationCode(String);

impl InvitationCode {
    pub(super) fn draw() -> Result<Self, ExchangeError> {
        let bytes = Zeroizing::new(crate::random::bytes::<16>()?);
        Ok(Self(grouped(&BASE32_NOPAD.encode(&*bytes))))
    }

    /// As it is written down.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for InvitationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationCode(‹redacted›)")
    }
}

/// New recovery codes: 16 letters and figures each.
pub(super) fn draw_recovery() -> Result<Vec<String>, ExchangeError> {
    let draw = |_| {
        let bytes = Zeroizing::new(crate::random::bytes::<10>()?);
        Ok(grouped(&BASE32_NOPAD.encode(&*bytes)))
    };
    (0..RECOVERY_CODES).map(draw).collect()
}

/// A code as it is kept: for this user and this use alone.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Kept(Digest);

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Invitation,
    Recovery,
}

impl Kept {
    pub(super) fn of(typed: &str, user: &UserId, of_use: Use) -> Self {
        let context: &[u8] = match of_use {
            Use::Invitation => b"stile invitation\n",
            Use::Recovery => b"stile recovery code\n",
        };
        let plain = Zeroizing::new(plain(typed));
        Self(Digest::of_parts(&[
            context,
            user.as_str().as_bytes(),
            b"\n",
            plain.as_bytes(),
        ]))
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        same(self.0.as_bytes(), other.0.as_bytes())
    }
}

/// Without groups and case, and with the figures that are no base32 read as the letters they are
/// mistaken for.
fn plain(typed: &str) -> String {
    typed
        .chars()
        .filter(|sign| !sign.is_whitespace() && *sign != '-')
        .map(|sign| match sign.to_ascii_uppercase() {
            '0' => 'O',
            '1' => 'I',
            '8' => 'B',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserId {
        UserId::new(name).unwrap()
    }

    #[test]
    fn groups_case_and_look_alikes_do_not_matter() {
        let kept = Kept::of("ABIO 2345", &user("a"), Use::Recovery);

        for typed in ["abio2345", "ABIO-2345", " 8 1 0 2345", "a8io2345"] {
            let same = kept.is(&Kept::of(typed, &user("a"), Use::Recovery));
            assert_eq!(same, typed != " 8 1 0 2345", "{typed}");
        }
    }

    #[test]
    fn a_code_is_of_one_user_and_one_use() {
        let kept = Kept::of("ABCD 2345", &user("a"), Use::Recovery);

        assert!(!kept.is(&Kept::of("ABCD 2345", &user("b"), Use::Recovery)));
        assert!(!kept.is(&Kept::of("ABCD 2345", &user("a"), Use::Invitation)));
    }

    #[test]
    fn no_two_codes_are_alike_and_none_shows_itself() {
        let mut codes = draw_recovery().unwrap();
        codes.sort();
        codes.dedup();
        let invitation = InvitationCode::draw().unwrap();

        assert_eq!(codes.len(), RECOVERY_CODES);
        assert_eq!(codes[0].len(), 19);
        assert_eq!(invitation.as_str().replace(' ', "").len(), 26);
        assert!(!format!("{invitation:?}").contains(invitation.as_str()));
    }
}
