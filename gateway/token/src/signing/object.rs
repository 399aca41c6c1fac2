//! Key pairs as a token holds them: found by label or by `CKA_ID`, and looked at.

use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::{P256, unusable};
use crate::error::refused;
use crate::{TokenError, TokenPlace};

/// Bytes of an uncompressed point: 4, x, y.
const POINT: usize = 65;

/// The one private key under the label.
pub(super) fn only(
    session: &Session,
    place: &TokenPlace,
) -> Result<Option<ObjectHandle>, TokenError> {
    let wanted = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Label(place.label.clone().into_bytes()),
    ];
    match find(session, &wanted)?.as_slice() {
        [] => Ok(None),
        [private] => Ok(Some(*private)),
        _ => Err(TokenError::SeveralKeys(place.label.clone())),
    }
}

/// Private keys on a curve with this `CKA_ID`; other software may have given it to a key of its own.
pub(super) fn privates(session: &Session, id: &[u8]) -> Result<Vec<ObjectHandle>, TokenError> {
    let wanted = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(KeyType::EC),
        Attribute::Id(id.to_vec()),
    ];
    find(session, &wanted)
}

/// Public keys with this `CKA_ID`.
pub(super) fn publics(session: &Session, id: &[u8]) -> Result<Vec<ObjectHandle>, TokenError> {
    let wanted = [
        Attribute::Class(ObjectClass::PUBLIC_KEY),
        Attribute::Id(id.to_vec()),
    ];
    find(session, &wanted)
}

fn find(session: &Session, wanted: &[Attribute]) -> Result<Vec<ObjectHandle>, TokenError> {
    session
        .find_objects(wanted)
        .map_err(refused("look for the key in"))
}

/// The key's `CKA_ID`, if it is a key that was made in the token and cannot leave it.
pub(super) fn checked(
    session: &Session,
    private: ObjectHandle,
    place: &TokenPlace,
) -> Result<Vec<u8>, TokenError> {
    let wanted = [
        AttributeType::Id,
        AttributeType::KeyType,
        AttributeType::Sensitive,
        AttributeType::Extractable,
        AttributeType::AlwaysSensitive,
        AttributeType::NeverExtractable,
    ];
    let facts = session
        .get_attributes(private, &wanted)
        .map_err(refused("look at the key in"))?;
    let has = |fact: &Attribute| facts.contains(fact);
    let id = facts.iter().find_map(|fact| match fact {
        Attribute::Id(id) if !id.is_empty() => Some(id.clone()),
        _ => None,
    });
    let Some(id) = id.filter(|_| has(&Attribute::KeyType(KeyType::EC))) else {
        return Err(unusable(place));
    };
    // What a module does not say counts as no.
    if !has(&Attribute::Sensitive(true)) || !has(&Attribute::Extractable(false)) {
        return Err(TokenError::KeyLoose(place.label.clone()));
    }
    if !has(&Attribute::AlwaysSensitive(true)) || !has(&Attribute::NeverExtractable(true)) {
        return Err(TokenError::KeyImported(place.label.clone()));
    }
    Ok(id)
}

/// The public half's point.
pub(super) fn point(
    session: &Session,
    id: &[u8],
    place: &TokenPlace,
) -> Result<Vec<u8>, TokenError> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
