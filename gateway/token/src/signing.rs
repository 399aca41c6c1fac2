//! P-256 keys that sign inside the token.
//!
//! A token that is away when something is to be signed is looked for again each time, so that it may be
//! taken out and put back while a gateway runs. What is not signed meanwhile fails.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use crate::error::refused;
use crate::open::{fresh_id, open};
use crate::{TokenError, TokenPlace};

/// The object identifier of P-256 in DER, as `CKA_EC_PARAMS` has it (RFC 5480 §2.1.1.1).
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// Bytes of an uncompressed point: 4, x, y.
const POINT: usize = 65;
/// Bytes of `r` and of `s`.
const HALF: usize = 32;
/// What a key is called in errors.
const KIND: &str = "P-256 key pair";

/// A key pair whose private half is in a token. `Debug` shows nothing secret: there is nothing here.
#[derive(Debug)]
pub struct SigningKey {
    place: TokenPlace,
    id: Vec<u8>,
    point: Vec<u8>,
    held: Mutex<Option<Held>>,
    failing: AtomicBool,
}

/// The private half, in an open session.
#[derive(Debug)]
struct Held {
    session: Session,
    private: ObjectHandle,
}

impl SigningKey {
    /// The key under the label, if there is one, proved by a signature.
    ///
    /// # Errors
    ///
    /// When the module, the token or the PIN is not right, several keys bear the label, or the key is
    /// not P-256, could leave the token, or does not sign.
    pub fn find(place: &TokenPlace) -> Result<Option<Self>, TokenError> {
        let session = open(place)?;
        let Some(private) = only(&session, place)? else {
            return Ok(None);
        };
        let id = checked(&session, private, place)?;
        let point = point(&session, &id, place)?;
        let key = Self {
            place: place.clone(),
            id,
            point,
            held: Mutex::new(Some(Held { session, private })),
            failing: AtomicBool::new(false),
        };
        key.prove()?;
        Ok(Some(key))
    }

    /// The key under the label.
    ///
    /// # Errors
    ///
    /// As [`SigningKey::find`], and when there is none.
    pub fn open(place: &TokenPlace) -> Result<Self, TokenError> {
        Self::find(place)?.ok_or_else(|| missing(place))
    }

    /// Makes a key pair whose private half cannot leave the token.
    ///
    /// # Errors
    ///
    /// When there is a key under the label already, or the token refuses.
    pub fn make(place: &TokenPlace) -> Result<Self, TokenError> {
        let session = open(place)?;
        if only(&session, place)?.is_some() {
            return Err(TokenError::KeyExists(place.label.clone()));
        }
        let id = fresh_id()?;
        let label = Attribute::Label(place.label.clone().into_bytes());
        let public = [
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Verify(true),
            Attribute::EcParams(P256.to_vec()),
            Attribute::Id(id.clone()),
            label.clone(),
        ];
        let private = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            Attribute::Id(id),
            label,
        ];
        session
            .generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)
            .map_err(refused("make a key in"))?;
        drop(session);
        Self::open(place)
    }

    /// The public half: an uncompressed point.
    pub fn point(&self) -> &[u8] {
        &self.point
    }

    /// Did the last signature fail?
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Signs with ECDSA over SHA-256: a DER sequence of `r` and `s`.
    ///
    /// # Errors
    ///
    /// When the token is away or refuses, also after it was opened anew.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let signed = self.sign_here(digest(&SHA256, message).as_ref());
        self.failing.store(signed.is_err(), Ordering::Relaxed);
        signed.and_then(|pair| der(&pair).ok_or_else(|| self.unusable()))
    }

    fn sign_here(&self, digest: &[u8]) -> Result<Vec<u8>, TokenError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Ok(signed)) = held.as_ref().map(|held| held.sign(digest)) {
            return Ok(signed);
        }
        // Whatever was wrong: the token may have been away, and be back.
        *held = None;
        let again = self.reopen()?;
        let signed = again.sign(digest)?;
        *held = Some(again);
        Ok(signed)
    }

    fn reopen(&self) -> Result<Held, TokenError> {
        let session = open(&self.place)?;
        let wanted = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Id(self.id.clone()),
        ];
        let found = session
            .find_objects(&wanted)
            .map_err(refused("look for the key in"))?;
        let private = found.first().copied().ok_or_else(|| missing(&self.place))?;
        Ok(Held { session, private })
    }

    /// Signs and verifies: a public key beside a private one of another pair would otherwise be found
    /// out by peers only.
    ///
    /// # Errors
    ///
    /// When the token does not sign, or the halves do not fit.
    pub fn prove(&self) -> Result<(), TokenError> {
        const WORDS: &[u8] = b"stile-token-proof-v1";
        let signed = self.sign(WORDS)?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.point)
            .verify(WORDS, &signed)
            .map_err(|_| self.unusable())
    }

    fn unusable(&self) -> TokenError {
        unusable(&self.place)
    }
}

impl Held {
    fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, TokenError> {
        self.session
            .sign(&Mechanism::Ecdsa, self.private, digest)
            .map_err(refused("sign in"))
    }
}

/// Puts the key under `next` into the place of the one under `place`: that one is destroyed first, then
/// the label of the other is changed. Where there is none under `next`, nothing is done.
///
/// # Errors
///
/// When the token refuses; asked again, it goes on from there.
pub fn replace(place: &TokenPlace, next: &TokenPlace) -> Result<(), TokenError> {
    let session = open(place)?;
    let Some(fresh) = only(&session, next)? else {
        return Ok(());
    };
    let id = checked(&session, fresh, next)?;
    if let Some(old) = only(&session, place)? {
        let old_id = checked(&session, old, place)?;
        let both = [vec![old], publics(&session, &old_id)?].concat();
        for object in both {
            session
                .destroy_object(object)
                .map_err(refused("destroy the old key in"))?;
        }
    }
    let label = [Attribute::Label(place.label.clone().into_bytes())];
    for object in [publics(&session, &id)?, vec![fresh]].concat() {
        session
            .update_attributes(object, &label)
            .map_err(refused("change the label of a key in"))?;
    }
    Ok(())
}

/// The one private key under the label.
fn only(session: &Session, place: &TokenPlace) -> Result<Option<ObjectHandle>, TokenError> {
    let wanted = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Label(place.label.clone().into_bytes()),
    ];
    let found = session
        .find_objects(&wanted)
        .map_err(refused("look for the key in"))?;
    match found.as_slice() {
        [] => Ok(None),
        [private] => Ok(Some(*private)),
        _ => Err(TokenError::SeveralKeys(place.label.clone())),
    }
}

fn publics(session: &Session, id: &[u8]) -> Result<Vec<ObjectHandle>, TokenError> {
    let wanted = [
        Attribute::Class(ObjectClass::PUBLIC_KEY),
        Attribute::Id(id.to_vec()),
    ];
    session
        .find_objects(&wanted)
        .map_err(refused("look for the public key in"))
}

/// The key's `CKA_ID`, if it is a key that cannot leave the token.
fn checked(
    session: &Session,
    private: ObjectHandle,
    place: &TokenPlace,
) -> Result<Vec<u8>, TokenError> {
    let wanted = [
        AttributeType::Id,
        AttributeType::KeyType,
        AttributeType::Sensitive,
        AttributeType::Extractable,
    ];
    let facts = session
        .get_attributes(private, &wanted)
        .map_err(refused("look at the key in"))?;
    let (mut id, mut sensitive, mut extractable, mut curve) = (Vec::new(), false, true, false);
    for fact in facts {
        match fact {
            Attribute::Id(bytes) => id = bytes,
            Attribute::KeyType(kind) => curve = kind == KeyType::EC,
            Attribute::Sensitive(yes) => sensitive = yes,
            Attribute::Extractable(yes) => extractable = yes,
            _ => {}
        }
    }
    if id.is_empty() || !curve {
        return Err(unusable(place));
    }
    if !sensitive || extractable {
        return Err(TokenError::KeyLoose(place.label.clone()));
    }
    Ok(id)
}

/// The public half's point.
fn point(session: &Session, id: &[u8], place: &TokenPlace) -> Result<Vec<u8>, TokenError> {
    let publics = publics(session, id)?;
    let [public] = publics.as_slice() else {
        return Err(unusable(place));
    };
    let facts = session
        .get_attributes(*public, &[AttributeType::EcParams, AttributeType::EcPoint])
        .map_err(refused("look at the public key in"))?;
    let (mut curve, mut found) = (false, None);
    for fact in facts {
        match fact {
            Attribute::EcParams(bytes) => curve = bytes == P256,
            Attribute::EcPoint(bytes) => found = bare(&bytes).map(<[u8]>::to_vec),
            _ => {}
        }
    }
    found.filter(|_| curve).ok_or_else(|| unusable(place))
}

/// The point, with or without the octet string around it: modules differ.
fn bare(bytes: &[u8]) -> Option<&[u8]> {
    let point = match bytes {
        [0x04, 0x41, point @ ..] if point.len() == POINT => point,
        point => point,
    };
    (point.len() == POINT && point.first() == Some(&0x04)).then_some(point)
}

/// `r ‖ s` as a DER sequence (RFC 3279 §2.2.3).
fn der(pair: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = pair
        .split_at_checked(HALF)
        .filter(|(_, s)| s.len() == HALF)?;
    let body = [integer(r)?, integer(s)?].concat();
    let mut sequence = vec![0x30, u8::try_from(body.len()).ok()?];
    sequence.extend(body);
    Some(sequence)
}

/// An unsigned number of at most 32 bytes as a DER integer.
fn integer(bytes: &[u8]) -> Option<Vec<u8>> {
    let first = bytes.iter().position(|byte| *byte != 0)?;
    let bytes = bytes.get(first..)?;
    let sign = usize::from(bytes.first()? >= &0x80);
    let mut integer = vec![0x02, u8::try_from(bytes.len() + sign).ok()?];
    integer.extend(std::iter::repeat_n(0, sign));
    integer.extend(bytes);
    Some(integer)
}

fn missing(place: &TokenPlace) -> TokenError {
    TokenError::NoKey {
        kind: KIND,
        token: place.token.clone(),
        label: place.label.clone(),
    }
}

fn unusable(place: &TokenPlace) -> TokenError {
    TokenError::KeyUnusable {
        label: place.label.clone(),
        expected: "a key pair on P-256 with one CKA_ID for both halves, which signs",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_written_as_the_shortest_integers() {
        let mut pair = [0; 64];
        pair[31] = 0x80;
        pair[32] = 0x7f;

        let der = der(&pair).unwrap();

        let mut expected = vec![0x30, 0x26, 0x02, 0x02, 0x00, 0x80, 0x02, 0x20, 0x7f];
        expected.extend([0; 31]);
        assert_eq!(der, expected);
    }

    #[test]
    fn refuses_a_signature_of_another_length_or_of_nought() {
        assert_eq!(der(&[1; 63]), None);
        assert_eq!(der(&[1; 65]), None);
        assert_eq!(der(&[0; 64]), None);
    }

    #[test]
    fn a_point_is_read_with_and_without_its_wrapping_and_no_other() {
        let point = [vec![4], vec![7; 64]].concat();
        let wrapped = [vec![4, 0x41], point.clone()].concat();

        assert_eq!(bare(&point), Some(point.as_slice()));
        assert_eq!(bare(&wrapped), Some(point.as_slice()));
        assert_eq!(bare(&point[1..]), None);
        assert_eq!(bare(&[vec![2], vec![7; 32]].concat()), None);
    }
}
