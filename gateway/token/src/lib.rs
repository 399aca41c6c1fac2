//! Keys in a hardware token, by PKCS#11 (OASIS, v2.40 and later): they never come out of it.
//!
//! **Does:** opens a token by module, label and PIN file ([`TokenPlace`]), and works with two kinds of
//! keys in it: AES-256 keys that wrap and unwrap ([`sealing`]) and P-256 keys that sign ([`signing`]).
//! A key that the token would give out is refused, and so is a PIN that might lock it.
//!
//! **Leaves to others:** what is wrapped (`store`) and what is signed (`trust`).
//!
//! **Format:**
//!
//! ```text
//! sealing   CKK_AES, 32 bytes; CKM_AES_GCM with a tag of 128 bits; several keys may bear the label
//! signing   CKK_EC on P-256; CKM_ECDSA over SHA-256, given back as a DER sequence of r and s; one
//!           private key bears the label, and the public key has the same CKA_ID
//! both      CKA_SENSITIVE, not CKA_EXTRACTABLE, with a CKA_ID
//! labels    of signing keys: LABEL in use; LABEL.next and LABEL.old beside it while keys are changed
//! ```
//!
//! **Source:** PKCS #11 Cryptographic Token Interface, OASIS, v2.40 and v3.1; RFC 5480 §2.2 and RFC 3279
//! §2.2.3 (points and signatures on elliptic curves).

mod error;
mod open;
mod pin;
pub mod sealing;
pub mod signing;

use std::fmt;
use std::path::PathBuf;

pub use error::TokenError;

/// Which keys of which token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPlace {
    /// The PKCS#11 module, a shared library.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The keys' label.
    pub label: String,
    /// A file with the user PIN, which only its owner may read; a line end is left out.
    pub pin_file: PathBuf,
}

impl fmt::Display for TokenPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key `{}` of token `{}`", self.label, self.token)
    }
}
