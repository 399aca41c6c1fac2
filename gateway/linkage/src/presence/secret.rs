//! The agency's key of one epoch, and the tokens made with it.

use std::fmt;

use stile_model::id::{Code, MemberId};
use voprf::{BlindedElement, OprfServer, Ristretto255};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::stream::{cut, hash, short};
use super::{ELEMENTS, PresenceError, RECIPE_VERSION};
use crate::NORMALISER_VERSION;

/// What a token found in a set says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Known.
    Strong,
    /// Possibly known.
    Weak,
}

impl Tier {
    const fn word(self) -> &'static [u8] {
        match self {
            Self::Strong => b"strong",
            Self::Weak => b"weak",
        }
    }
}

/// Whose key and which key; bound into every input with the versions of recipe and normaliser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The agency that evaluates.
    pub agency: MemberId,
    /// Number of the epoch: the life of one secret key.
    pub epoch: u32,
}

impl Context {
    /// The OPRF's input for one key.
    pub(super) fn input(&self, tier: Tier, key: &str) -> Input {
        Input(hash(&[
            b"stile presence input v1",
            self.agency.as_str().as_bytes(),
            &self.epoch.to_le_bytes(),
            &RECIPE_VERSION.to_le_bytes(),
            &NORMALISER_VERSION.to_le_bytes(),
            tier.word(),
            key.as_bytes(),
        ]))
    }
}

/// The OPRF's input for one key of a person: a digest that a guess at the person can confirm.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct Input([u8; 32]);

impl Input {
    /// An input that stands for nobody: `value` is random, and no key of a person hashes alike.
    pub(super) fn dummy(value: &[u8; 32]) -> Self {
        Self(hash(&[b"stile presence dummy v1", value]))
    }

    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 bits by which the input is remembered.
    pub(super) fn mark(&self) -> u64 {
        cut(&self.0)
    }
}

/// The OPRF's output for one key, cut to 64 bits.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Token(u64);

impl Token {
    /// Cuts the OPRF's output.
    pub(super) fn new(output: &[u8]) -> Self {
        Self(short(&[b"stile presence token v1", output]))
    }

    pub(super) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(super) const fn bits(&self) -> u64 {
        self.0
    }

    /// The member that a set for `purpose` holds for this token.
    ///
    /// Two sets cannot be compared by their members; whoever has the token itself can try it in
    /// either.
    pub fn under(&self, purpose: &Code) -> u64 {
        short(&[
            b"stile presence member v1",
            purpose.as_str().as_bytes(),
            &self.0.to_le_bytes(),
        ])
    }
}

/// The secret OPRF key of one epoch. Wiped when dropped.
pub struct SecretKey(OprfServer<Ristretto255>);

impl SecretKey {
    /// Derives the key (RFC 9497 §3.2.1, `DeriveKeyPair`).
    ///
    /// # Errors
    ///
    /// [`PresenceError::Key`] when no key comes of these bytes or `info` is longer than 65,000.
    pub fn derive(seed: &[u8; 32], info: &[u8]) -> Result<Self, PresenceError> {
        OprfServer::new_from_seed(seed, info)
            .map(Self)
            .map_err(|_| PresenceError::Key)
    }

    /// Evaluates the blinded elements of one request, in order, whoever they are about.
    ///
    /// # Errors
    ///
    /// [`PresenceError::Count`] unless there are exactly [`ELEMENTS`]; [`PresenceError::Element`]
    /// for the identity and for bytes that are not the one encoding of an element. Nothing is
    /// evaluated then.
    pub fn evaluate(&self, elements: &[[u8; 32]]) -> Result<Vec<[u8; 32]>, PresenceError> {
        if elements.len() != ELEMENTS {
            return Err(PresenceError::Count {
                found: elements.len(),
            });
        }
        let read: Vec<BlindedElement<Ristretto255>> = elements
            .iter()
            .enumerate()
            .map(|(place, bytes)| {
                BlindedElement::deserialize(bytes).map_err(|_| PresenceError::Element { place })
            })
            .collect::<Result<_, _>>()?;
        Ok(read
            .iter()
            .map(|element| self.0.blind_evaluate(element).serialize().into())
            .collect())
    }

    /// The token of one input, made without blinding: how an agency fills its sets.
    ///
    /// # Errors
    ///
    /// [`PresenceError::Key`] when the input hashes to the identity, which no input is known to.
    pub fn token(&self, input: &Input) -> Result<Token, PresenceError> {
        let mut output = self
            .0
            .evaluate(input.bytes())
            .map_err(|_| PresenceError::Key)?;
        let token = Token::new(&output);
        output.as_mut_slice().zeroize();
        Ok(token)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(‹redacted›)")
    }
}

#[cfg(test)]
mod tests;
