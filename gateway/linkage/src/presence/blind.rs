//! The hub's side: blinding a subject's keys, finishing the answers, and opening them to an auditor.

use std::collections::BTreeSet;

use stile_model::id::Code;
use voprf::{CipherSuite, EvaluationElement, Group, OprfClient, Ristretto255};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::secret::{Context, Input, Tier, Token};
use super::set::Sets;
use super::stream::Stream;
use super::{ELEMENTS, Keys, PresenceError, RECIPE_VERSION};
use crate::NORMALISER_VERSION;

/// What goes to the agency: [`ELEMENTS`] group elements that are evenly distributed whoever is
/// asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindedRequest {
    /// The elements (RFC 9496 §4.3.2), shuffled.
    pub elements: Vec<[u8; 32]>,
}

/// What an element of a request stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    /// Nobody.
    Dummy,
    /// A strong key of the subject.
    Strong,
    /// A weak key of the subject.
    Weak,
}

impl Slot {
    const fn byte(self) -> u8 {
        match self {
            Self::Dummy => 0,
            Self::Strong => 1,
            Self::Weak => 2,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Dummy),
            1 => Some(Self::Strong),
            2 => Some(Self::Weak),
            _ => None,
        }
    }
}

impl From<Tier> for Slot {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::Strong => Self::Strong,
            Tier::Weak => Self::Weak,
        }
    }
}

/// One element with its secrets.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Secret {
    #[zeroize(skip)]
    slot: Slot,
    /// A dummy's random bytes, or the input itself.
    value: [u8; 32],
    /// The blind, a scalar in its one encoding.
    scalar: [u8; 32],
}

impl Secret {
    fn input(&self) -> Input {
        match self.slot {
            Slot::Dummy => Input::dummy(&self.value),
            Slot::Strong | Slot::Weak => Input::from_bytes(self.value),
        }
    }

    /// The element that goes to the agency.
    fn blinded(&self) -> Result<[u8; 32], PresenceError> {
        let scalar = <Ristretto255 as Group>::deserialize_scalar(&self.scalar)
            .map_err(|_| PresenceError::Opening("a blind is not a scalar"))?;
        let blinded =
            OprfClient::<Ristretto255>::deterministic_blind_unchecked(self.input().bytes(), scalar)
                .map_err(|_| PresenceError::Key)?;
        Ok(blinded.message.serialize().into())
    }

    fn finish(&self, place: usize, evaluated: &[u8; 32]) -> Result<Token, PresenceError> {
        let element = EvaluationElement::deserialize(evaluated)
            .map_err(|_| PresenceError::Element { place })?;
        let client = OprfClient::<Ristretto255>::deserialize(&self.scalar)
            .map_err(|_| PresenceError::Opening("a blind is not a scalar"))?;
        let mut output = client
            .finalize(self.input().bytes(), &element)
            .map_err(|_| PresenceError::Key)?;
        let token = Token::new(&output);
        output.as_mut_slice().zeroize();
        Ok(token)
    }
}

/// The secrets of one request: what finishes the answer, and what an auditor opens it with.
///
/// No `Debug`; wiped when dropped. The blinds are evenly distributed, so without a blinding the
/// elements of a request say nothing about whom they ask for.
pub struct Blinding {
    recipe: u32,
    normaliser: u32,
    secrets: Vec<Secret>,
}

/// Blinds the keys of a subject for one agency: padded with dummies to [`ELEMENTS`] and shuffled.
///
/// `random` is 32 bytes from a secure source, used for this call and never again.
///
/// # Errors
///
/// [`PresenceError::Key`] when a blind comes out as zero, which about one call in 2^246 does.
pub fn blind(
    keys: &Keys,
    context: &Context,
    random: &[u8; 32],
) -> Result<(BlindedRequest, Blinding), PresenceError> {
    let mut scalars = Stream::new(b"stile presence blind v1", random);
    let mut dummies = Stream::new(b"stile presence padding v1", random);
    let mut order = Stream::new(b"stile presence order v1", random);
    let mut values: Vec<(Slot, [u8; 32])> = keys
        .inputs(context)
        .map(|(tier, input)| (tier.into(), *input.bytes()))
        .take(ELEMENTS)
        .collect();
    while values.len() < ELEMENTS {
        values.push((Slot::Dummy, dummies.block()));
    }
    for end in (1..values.len()).rev() {
        values.swap(end, order.below(end + 1));
    }
    let mut secrets = Vec::with_capacity(ELEMENTS);
    for (slot, value) in &mut values {
        secrets.push(Secret {
            slot: *slot,
            value: *value,
            scalar: scalar(&mut scalars)?,
        });
        value.zeroize();
    }
    let blinding = Blinding {
        recipe: RECIPE_VERSION,
        normaliser: NORMALISER_VERSION,
        secrets,
    };
    let elements = blinding.elements()?;
    Ok((BlindedRequest { elements }, blinding))
}

/// A scalar, even to within 2^-128: RFC 9497 §4.1, `HashToScalar`.
fn scalar(stream: &mut Stream) -> Result<[u8; 32], PresenceError> {
    let mut seed = stream.block();
    let made = <Ristretto255 as Group>::hash_to_scalar::<<Ristretto255 as CipherSuite>::Hash>(
        &[&seed],
        &[b"HashToScalar-", b"stile presence blind v1"],
    );
    seed.zeroize();
    let mut scalar = made.map_err(|_| PresenceError::Key)?;
    let zero = bool::from(<Ristretto255 as Group>::is_zero_scalar(scalar));
    let bytes = <Ristretto255 as Group>::serialize_scalar(scalar).into();
    scalar.zeroize();
    if zero {
        return Err(PresenceError::Key);
    }
    Ok(bytes)
}

impl Blinding {
    /// Bytes of a blinding, whoever it is about.
    pub const BYTES: usize = MAGIC.len() + 8 + ELEMENTS * ENTRY_BYTES;

    /// Finishes the agency's answer into tokens to look up.
    ///
    /// # Errors
    ///
    /// [`PresenceError::Count`] or [`PresenceError::Element`] for an answer of another shape.
    pub fn finalise(&self, evaluated: &[[u8; 32]]) -> Result<Asked, PresenceError> {
        if evaluated.len() != self.secrets.len() {
            return Err(PresenceError::Count {
                found: evaluated.len(),
            });
        }
        let tokens = self
            .secrets
            .iter()
            .zip(evaluated)
            .enumerate()
            .map(|(place, (secret, bytes))| Ok((secret.slot, secret.finish(place, bytes)?)))
            .collect::<Result<_, PresenceError>>()?;
        Ok(Asked { tokens })
    }

    /// Do the elements that an agency logged open to this, each in its place?
    ///
    /// `true` proves that the request asked for the inputs kept here and for nothing else: a blind
    /// fits one input only, and a dummy is seen to be one.
    pub fn opens(&self, elements: &[[u8; 32]]) -> bool {
        self.elements().is_ok_and(|own| own == elements)
    }

    /// Are the keys asked for exactly this person's, and all the rest dummies?
    ///
    /// # Errors
    ///
    /// [`PresenceError::Recipe`] when this build makes keys by other rules.
    pub fn is_about(&self, keys: &Keys, context: &Context) -> Result<bool, PresenceError> {
        if (self.recipe, self.normaliser) != (RECIPE_VERSION, NORMALISER_VERSION) {
            return Err(PresenceError::Recipe {
                recipe: self.recipe,
                normaliser: self.normaliser,
            });
        }
        let asked: BTreeSet<(Slot, [u8; 32])> = self
            .secrets
            .iter()
            .filter(|secret| secret.slot != Slot::Dummy)
            .map(|secret| (secret.slot, secret.value))
            .collect();
        let expected: BTreeSet<(Slot, [u8; 32])> = keys
            .inputs(context)
            .map(|(tier, input)| (tier.into(), *input.bytes()))
            .take(ELEMENTS)
            .collect();
        Ok(asked == expected)
    }

    /// The elements that went to the agency.
    fn elements(&self) -> Result<Vec<[u8; 32]>, PresenceError> {
        self.secrets.iter().map(Secret::blinded).collect()
    }

    /// [`Self::BYTES`] bytes, secret: to be kept sealed, and given to an auditor as the opening.
    pub fn to_bytes(&self) -> zeroize::Zeroizing<Vec<u8>> {
        let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(Self::BYTES));
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.recipe.to_le_bytes());
        bytes.extend_from_slice(&self.normaliser.to_le_bytes());
        for secret in &self.secrets {
            bytes.push(secret.slot.byte());
            bytes.extend_from_slice(&secret.value);
            bytes.extend_from_slice(&secret.scalar);
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`PresenceError::Opening`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PresenceError> {
        let damaged = PresenceError::Opening;
        if bytes.len() != Self::BYTES {
            return Err(damaged("it has another length"));
        }
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or(damaged("it does not start as an opening of version 1"))?;
        let (recipe, rest) = rest
            .split_first_chunk()
            .ok_or(damaged("it ends in its head"))?;
        let (normaliser, rest) = rest
            .split_first_chunk()
            .ok_or(damaged("it ends in its head"))?;
        let secrets = rest
            .chunks(ENTRY_BYTES)
            .map(read_secret)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            recipe: u32::from_le_bytes(*recipe),
            normaliser: u32::from_le_bytes(*normaliser),
            secrets,
        })
    }
}

const MAGIC: &[u8] = b"stile presence opening 1\n";
const ENTRY_BYTES: usize = 1 + 32 + 32;

fn read_secret(entry: &[u8]) -> Result<Secret, PresenceError> {
    let damaged = PresenceError::Opening;
    let (slot, rest) = entry
        .split_first()
        .ok_or(damaged("it ends in an element"))?;
    let (value, rest) = rest
        .split_first_chunk()
        .ok_or(damaged("it ends in an element"))?;
    let scalar: &[u8; 32] = rest
        .try_into()
        .map_err(|_| damaged("it ends in an element"))?;
    if <Ristretto255 as Group>::deserialize_scalar(scalar).is_err() {
        return Err(damaged("a blind is not a scalar"));
    }
    Ok(Secret {
        slot: Slot::from_byte(*slot).ok_or(damaged("an element is of no known kind"))?,
        value: *value,
        scalar: *scalar,
    })
}

/// What a look in an agency's sets found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Found {
    /// A strong key is in the set.
    Known,
    /// Only a weak key is in the set.
    Possibly,
    /// No key is in the set, which is not absence.
    Nothing,
}

/// The finished tokens of one request. No `Debug`; wiped when dropped.
pub struct Asked {
    tokens: Vec<(Slot, Token)>,
}

impl Asked {
    /// Looks every token up in both sets, the dummies too, and says what was found.
    pub fn find(&self, sets: &Sets, purpose: &Code) -> Found {
        let (mut strong, mut weak) = (false, false);
        for (slot, token) in &self.tokens {
            let in_strong = sets.strong.holds(token, purpose);
            let in_weak = sets.weak.holds(token, purpose);
            strong |= *slot == Slot::Strong && in_strong;
            weak |= *slot == Slot::Weak && in_weak;
        }
        match (strong, weak) {
            (true, _) => Found::Known,
            (false, true) => Found::Possibly,
            (false, false) => Found::Nothing,
        }
    }

    /// The tokens of the subject's keys of one tier, in no order that means anything.
    pub fn tokens(&self, tier: Tier) -> impl Iterator<Item = &Token> {
        let wanted = Slot::from(tier);
        self.tokens
            .iter()
            .filter(move |(slot, _)| *slot == wanted)
            .map(|(_, token)| token)
    }
}

#[cfg(test)]
mod tests;
