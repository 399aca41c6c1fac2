//! Blind presence: who knows this person, without telling an agency that does not.
//!
//! An agency turns composite keys of everyone it may name into tokens under its own secret key and
//! gives the hub a [`Set`] of them. The hub blinds the keys of its subject ([`blind`]), the agency
//! evaluates them without learning who is asked about ([`SecretKey::evaluate`]), and the hub looks
//! the finished tokens up in the set it already has ([`Asked::find`]).
//!
//! ```text
//! key     = kind | normalised parts                                 `keys_of_subject`, `keys_of_row`
//! input   = SHA-256("stile presence input v1" agency epoch recipe normaliser tier key)
//! output  = OPRF(secret key of the epoch, input)                    RFC 9497 §3.3.1, mode 0
//! token   = first 8 bytes of SHA-256("stile presence token v1" output)
//! member  = first 8 bytes of SHA-256("stile presence member v1" purpose token)
//! set     = binary fuse filter, 32 bits a fingerprint, over members and random padding
//! ```
//!
//! A miss is not absence: keys are exact, so some people who are held are not found.
//!
//! Everything that blinds or pads takes 32 random bytes as an argument; the same bytes must never
//! be used twice.
//!
//! Source: RFC 9497 (suite ristretto255-SHA512, mode OPRF); Graf and Lemire, "Binary Fuse Filters:
//! Fast and Smaller Than Xor Filters" (2022).

mod blind;
mod builder;
mod error;
mod recipe;
mod secret;
mod set;
mod stream;

pub use blind::{Asked, BlindedRequest, Blinding, Found, blind};
pub use builder::{Builder, Done, MOST_PURPOSES, Progress, Published, Purposes};
pub use error::PresenceError;
pub use recipe::{Keys, keys_of_row, keys_of_subject};
pub use secret::{Context, Input, SecretKey, Tier, Token};
pub use set::{MOST_MEMBERS, Set, Sets};

/// Version of how keys are made; with [`crate::NORMALISER_VERSION`] a part of every input.
pub const RECIPE_VERSION: u32 = 1;

/// Most keys of a subject that prove as much as matching would.
pub const STRONG_ELEMENTS: usize = 40;

/// Most keys of a subject that only suggest.
pub const WEAK_ELEMENTS: usize = 24;

/// Elements in every blind request, whoever is asked about.
pub const ELEMENTS: usize = STRONG_ELEMENTS + WEAK_ELEMENTS;

/// Bytes of one element on the wire.
pub const ELEMENT_BYTES: usize = 32;
