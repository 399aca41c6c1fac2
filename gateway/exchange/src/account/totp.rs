//! One-time codes that an app shows: RFC 6238 with SHA-1, six figures, a new one every 30 seconds.
//!
//! That is the one choice every app has. The code before and the one after the present are right too,
//! for clocks that are a little off; each is right once.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use ring::hmac;
use serde::{Deserialize, Serialize};
use stile_model::time::Timestamp;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::password::same;
use crate::error::ExchangeError;

const STEP_MS: i64 = 30_000;
/// Steps that a clock may be off, each way.
const OFF: i64 = 1;

/// What the app and the gateway both know: 160 random bits.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Seed([u8; 20]);

impl Seed {
    /// A new one.
    ///
    /// # Errors
    ///
    /// When the operating system gives no randomness.
    pub fn draw() -> Result<Self, ExchangeError> {
        Ok(Self(crate::random::bytes()?))
    }

    /// From bytes.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// For typing into an app by hand: 32 letters and figures in groups of four.
    pub fn text(&self) -> String {
        grouped(&BASE32_NOPAD.encode(&self.0))
    }

    /// What the picture for the app's camera says: which gateway, whose account, and the seed.
    ///
    /// `gateway` and `user` are letters, figures, `-` and `.` only.
    pub fn address(&self, gateway: &str, user: &str) -> String {
        let seed = BASE32_NOPAD.encode(&self.0);
        format!(
            "otpauth://totp/{gateway}:{user}?secret={seed}&issuer={gateway}&algorithm=SHA1&digits=6&period=30"
        )
    }

    /// The code of a moment, as the app shows it.
    pub fn at(&self, now: Timestamp) -> Digits {
        self.of_step(step(now))
    }

    /// The step at which these digits are right, if it is near `now` and after `last`, the newest one
    /// that was used.
    pub(super) fn accepts(&self, digits: &Digits, last: i64, now: Timestamp) -> Option<i64> {
        let present = step(now);
        // Every step is computed whichever is right.
        let right: Vec<i64> = (present - OFF..=present + OFF)
            .filter(|step| same(self.of_step(*step).0.as_bytes(), digits.0.as_bytes()))
            .collect();
        right.into_iter().find(|step| *step > last)
    }

    fn of_step(&self, step: i64) -> Digits {
        // RFC 4226 §5.3.
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
        let part = tag.get(offset..).and_then(<[u8]>::first_chunk::<4>);
        let number = u32::from_be_bytes(part.copied().unwrap_or_default()) & 0x7fff_ffff;
        Digits(format!("{:06}", number % 1_000_000))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(‹redacted›)")
    }
}

/// Six figures, as somebody typed them; spaces do not count.
#[derive(Clone, PartialEq, Eq)]
pub struct Digits(String);

impl Digits {
    /// Reads what was typed; none when it is not six figures.
    pub fn read(typed: &str) -> Option<Self> {
        let digits: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
        let fits = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit());
        fits.then_some(Self(digits))
    }

    /// The figures.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits(‹redacted›)")
    }
}

/// The number of 30-second steps since 1970.
const fn step(now: Timestamp) -> i64 {
    now.millis().div_euclid(STEP_MS)
}

/// In groups of four, for reading aloud and typing.
pub(super) fn grouped(text: &str) -> String {
    let mut all = String::new();
    for (place, letter) in text.chars().enumerate() {
        if place > 0 && place.is_multiple_of(4) {
            all.push(' ');
        }
        all.push(letter);
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at_s(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn seed() -> Seed {
        Seed::from_bytes(*b"12345678901234567890")
    }

    #[test]
    fn gives_the_codes_of_rfc_6238_appendix_b() {
        // The last six of the eight figures printed there, for SHA-1.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(seed().at(at_s(seconds)).as_str(), code);
        }
    }

    #[test]
    fn accepts_the_codes_before_and_after_and_none_further_off() {
        let now = at_s(1_234_567_890);
        for (off_s, right) in [
            (-60, false),
            (-30, true),
            (0, true),
            (30, true),
            (60, false),
        ] {
            let digits = seed().at(now.plus_s(off_s));

            assert_eq!(seed().accepts(&digits, 0, now).is_some(), right, "{off_s}");
        }
    }

    #[test]
    fn reads_six_figures_with_spaces_and_nothing_else() {
        for typed in ["123456", "123 456", " 123456 "] {
            assert_eq!(Digits::read(typed).unwrap().as_str(), "123456");
        }
        for typed in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(Digits::read(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_code_is_never_accepted_twice(bytes: [u8; 20], seconds in 0_i64..4_000_000_000, later in 0_i64..90) {
            let (seed, now) = (Seed::from_bytes(bytes), at_s(seconds));
            let digits = seed.at(now);
            let first = seed.accepts(&digits, -1, now);
            prop_assert!(first.is_some());

            let again = seed.accepts(&digits, first.unwrap(), now.plus_s(later));

            // The figures may by chance be those of a later step as well; that step is another code.
            prop_assert!(again.is_none_or(|step| step > first.unwrap()));
        }
    }

    #[test]
    fn the_picture_names_the_gateway_the_user_and_the_seed() {
        let address = seed().address("riverside-hub", "h-1007");

        assert_eq!(
            address,
            "otpauth://totp/riverside-hub:h-1007?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=riverside-hub&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(seed().text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }
}
