//! Passwords: what is accepted, and how they are kept.
//!
//! Argon2id, version 1.3, with the first of OWASP's equal choices: 19 MiB of memory, two passes, one
//! lane; 16 random bytes of salt, 32 bytes of result. The choice is kept with each password, so that a
//! later one can stand beside it.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use stile_model::id::UserId;
use zeroize::Zeroizing;

use crate::error::ExchangeError;

/// Fewest characters of a password.
pub const PASSWORD_LEAST: usize = 12;
/// Most characters of a password.
pub const PASSWORD_MOST: usize = 256;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A password as somebody typed it; wiped when it is dropped.
#[derive(Clone, Default)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes what was typed, spaces included.
    pub fn new(typed: impl Into<String>) -> Self {
        Self(Zeroizing::new(typed.into()))
    }

    /// Was nothing typed?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Is it the same as `other`? For the second field of a form, not for checking a secret.
    pub fn is_repeated_by(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }

    /// Refuses what is easily guessed. No kind of character is asked for.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self, user: &UserId) -> Result<(), PasswordFault> {
        let length = self.0.chars().count();
        if length < PASSWORD_LEAST {
            return Err(PasswordFault::TooShort);
        }
        if length > PASSWORD_MOST {
            return Err(PasswordFault::TooLong);
        }
        let plain = Zeroizing::new(folded(&self.0));
        if plain.contains(&folded(user.as_str())) {
            return Err(PasswordFault::HoldsUser);
        }
        if is_common(&plain) {
            return Err(PasswordFault::TooCommon);
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(‹redacted›)")
    }
}

/// What is wrong with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// The user's name is in it.
    HoldsUser,
    /// It is one of the passwords that are tried first.
    TooCommon,
    /// Over [`PASSWORD_MOST`] characters.
    TooLong,
    /// Under [`PASSWORD_LEAST`] characters.
    TooShort,
}

/// A password as it is kept.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hashed {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; 16],
    result: [u8; 32],
}

impl Hashed {
    /// Computes what is kept of a password; takes a tenth of a second and 19 MiB.
    pub(super) fn of(password: &Password, salt: [u8; 16]) -> Result<Self, ExchangeError> {
        let mut hashed = Self {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt,
            result: [0; 32],
        };
        hashed.result = *hashed.compute(password)?;
        Ok(hashed)
    }

    /// What a user without a password has: takes the same work, and no password is right.
    pub(super) const fn nobody() -> Self {
        Self {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: [0x5a; 16],
            result: [0; 32],
        }
    }

    /// Is it this password? Takes as long as computing it.
    pub(super) fn is(&self, password: &Password) -> Result<bool, ExchangeError> {
        let computed = self.compute(password)?;
        Ok(same(&*computed, &self.result))
    }

    fn compute(&self, password: &Password) -> Result<Zeroizing<[u8; 32]>, ExchangeError> {
        let unusable = |_| ExchangeError::Stored("password");
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32));
        let argon = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            params.map_err(unusable)?,
        );
        let mut result = Zeroizing::new([0; 32]);
        argon
            .hash_password_into(password.0.as_bytes(), &self.salt, result.as_mut())
            .map_err(unusable)?;
        Ok(result)
    }
}

/// Are they the same? Takes as long whatever they hold.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    let differs = one
        .iter()
        .zip(other)
        .fold(0, |differs, (one, other)| differs | (one ^ other));
    one.len() == other.len() && differs == 0
}

/// In lower case, without what people put between and behind words, and with the letters that figures
/// stand for.
fn folded(text: &str) -> String {
    let letters = text.chars().flat_map(char::to_lowercase);
    letters
        .filter(|letter| letter.is_alphanumeric())
        .map(|letter| match letter {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            other => other,
        })
        .collect()
}

/// A run of one or two letters, a row of the keyboard or the alphabet, or one of the words that
/// everybody takes, alone or repeated, with figures behind it.
fn is_common(folded_text: &str) -> bool {
    let mut kinds: Vec<char> = folded_text.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 4 {
        return true;
    }
    let runs = ROWS.iter().map(|row| folded(row)).collect::<Vec<_>>();
    let backwards: String = folded_text.chars().rev().collect();
    if runs
        .iter()
        .any(|row| row.contains(folded_text) || row.contains(&backwards))
    {
        return true;
    }
    let mut rest = folded_text.to_owned();
    for word in WORST {
        rest = rest.replace(&folded(word), "");
    }
    // What the words leave is not more than a year or a few figures.
    rest.chars().count() <= 5
}

/// Keyboard rows, the alphabet and the figures, twice over.
const ROWS: [&str; 6] = [
    "qwertyuiopqwertyuiop",
    "asdfghjklasdfghjkl",
    "zxcvbnmzxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "1234567890123456789012345678901234567890",
];

/// The words most often found in passwords that became known, and those of this trade.
const WORST: [&str; 44] = [
    "administrator",
    "admin",
    "arsenal",
    "baseball",
    "bristol",
    "cardiff",
    "changeme",
    "chelsea",
    "children",
    "council",
    "cymru",
    "dragon",
    "england",
    "football",
    "gateway",
    "iloveyou",
    "letmein",
    "liverpool",
    "london",
    "login",
    "manchester",
    "mash",
    "master",
    "monkey",
    "passphrase",
    "password",
    "passw0rd",
    "police",
    "princess",
    "qwerty",
    "qwertyuiop",
    "safeguarding",
    "secret",
    "security",
    "social",
    "spring",
    "stile",
    "summer",
    "sunshine",
    "superman",
    "united",
    "wales",
    "welcome",
    "winter",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> UserId {
        UserId::new("j.okafor").unwrap()
    }

    fn fault(text: &str) -> Option<PasswordFault> {
        Password::new(text).check(&user()).err()
    }

    #[test]
    fn accepts_three_random_words_with_no_figure_in_them() {
        for good in [
            "tractor violet onion",
            "applenemobiro",
            "ŵyn a mŷg ar y bwrdd",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
    }

    #[test]
    fn rejects_what_is_short_long_or_tried_first() {
        let long = "violet tractor ".repeat(20);
        for (text, expected) in [
            ("tractor vio", PasswordFault::TooShort),
            ("", PasswordFault::TooShort),
            (long.as_str(), PasswordFault::TooLong),
            ("password1234", PasswordFault::TooCommon),
            ("P4ssw0rd-2026!", PasswordFault::TooCommon),
            ("aaaaaaaaaaaaaaaa", PasswordFault::TooCommon),
            ("abababababababab", PasswordFault::TooCommon),
            ("123456789012", PasswordFault::TooCommon),
            ("qwertyuiopas", PasswordFault::TooCommon),
            ("lkjhgfdsapoiuytrewq", PasswordFault::TooCommon),
            ("letmeinletmein", PasswordFault::TooCommon),
            ("Safeguarding2026", PasswordFault::TooCommon),
            ("My J.Okafor word", PasswordFault::HoldsUser),
        ] {
            assert_eq!(fault(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn only_the_password_itself_is_right() {
        let kept = Hashed::of(&Password::new("tractor violet onion"), [3; 16]).unwrap();

        assert!(kept.is(&Password::new("tractor violet onion")).unwrap());
        for wrong in [
            "tractor violet onio",
            "Tractor violet onion",
            "tractor violet onion ",
            "",
        ] {
            assert!(!kept.is(&Password::new(wrong)).unwrap(), "{wrong}");
        }
    }

    #[test]
    fn no_password_is_nobodys_and_it_takes_the_same_work() {
        let (nobody, somebody) = (
            Hashed::nobody(),
            Hashed::of(&Password::new("tractor violet onion"), [3; 16]).unwrap(),
        );

        assert!(!nobody.is(&Password::new("")).unwrap());
        assert!(!nobody.is(&Password::new("tractor violet onion")).unwrap());
        assert_eq!(
            (nobody.memory_kib, nobody.passes, nobody.lanes),
            (somebody.memory_kib, somebody.passes, somebody.lanes)
        );
    }

    #[test]
    fn the_same_password_is_kept_differently_for_each_account() {
        let one = Hashed::of(&Password::new("tractor violet onion"), [1; 16]).unwrap();
        let other = Hashed::of(&Password::new("tractor violet onion"), [2; 16]).unwrap();

        assert_ne!(one.result, other.result);
    }

    #[test]
    fn agrees_with_another_implementation_of_argon2id() {
        // OpenSSL's, by Python: Argon2id(salt=b"\x03"*16, length=32, iterations=2, lanes=1,
        // memory_cost=19456).derive(b"tractor violet onion")
        let theirs = "fab4d4a746db823058b0b3fa89836da41da547ec5014ed0a9b2dda7ae456e7f0";

        let ours = Hashed::of(&Password::new("tractor violet onion"), [3; 16]).unwrap();

        assert_eq!(data_encoding::HEXLOWER.encode(&ours.result), theirs);
    }

    #[test]
    fn does_not_show_itself() {
        assert!(!format!("{:?}", Password::new("tractor violet")).contains("tractor"));
    }
}
