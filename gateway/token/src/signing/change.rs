//! What a change of keys does to a token: labels move from key pair to key pair, and the one that
//! nobody needs any more is destroyed.

use cryptoki::error::Error;
use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::Session;

use super::object::{checked, only, publics};
use crate::error::refused;
use crate::open::open;
use crate::{TokenError, TokenPlace};

/// Both halves of a key pair.
struct Pair {
    publics: Vec<ObjectHandle>,
    private: ObjectHandle,
}

impl Pair {
    /// The pair under the label, if there is one that may be used here.
    fn under(session: &Session, place: &TokenPlace) -> Result<Option<Self>, TokenError> {
        let Some(private) = only(session, place)? else {
            return Ok(None);
        };
        let id = checked(session, private, place)?;
        let publics = publics(session, &id)?;
        Ok(Some(Self { publics, private }))
    }

    /// The private half is the last: it is looked for by its label, and asked again, this goes on.
    fn halves(self) -> impl Iterator<Item = ObjectHandle> {
        self.publics.into_iter().chain([self.private])
    }

    fn label(self, session: &Session, label: &str) -> Result<(), Error> {
        let label = [Attribute::Label(label.as_bytes().to_vec())];
        self.halves()
            .try_for_each(|half| session.update_attributes(half, &label))
    }
}

/// Is there a private key under the label? It is not looked at.
///
/// # Errors
///
/// When the token does not open, or several keys bear the label.
pub fn exists(place: &TokenPlace) -> Result<bool, TokenError> {
    Ok(only(&open(place)?, place)?.is_some())
}

/// Proves that the label of the key pair, if there is one, can be changed: it is set to what it is.
///
/// # Errors
///
/// [`TokenError::LabelFixed`] when the token refuses; nothing has changed.
pub fn check_label(place: &TokenPlace) -> Result<(), TokenError> {
    let session = open(place)?;
    let Some(pair) = Pair::under(&session, place)? else {
        return Ok(());
    };
    let set = pair.label(&session, &place.label);
    set.map_err(|source| TokenError::LabelFixed {
        label: place.label.clone(),
        source,
    })
}

/// Gives the key pair under `from` the label of `to`. Where there is none, nothing is done.
///
/// # Errors
///
/// When a key bears that label already, or the token refuses; asked again, it goes on from there.
pub fn relabel(from: &TokenPlace, to: &TokenPlace) -> Result<(), TokenError> {
    let session = open(from)?;
    let Some(pair) = Pair::under(&session, from)? else {
        return Ok(());
    };
    if only(&session, to)?.is_some() {
        return Err(TokenError::KeyLeft(to.label.clone()));
    }
    pair.label(&session, &to.label)
        .map_err(refused("change the label of a key in"))
}

/// Destroys the key pair under the label, if there is one.
///
/// # Errors
///
/// When the token refuses; asked again, it goes on from there.
pub fn destroy(place: &TokenPlace) -> Result<(), TokenError> {
    let session = open(place)?;
    let Some(pair) = Pair::under(&session, place)? else {
        return Ok(());
    };
    pair.halves()
        .try_for_each(|half| session.destroy_object(half))
        .map_err(refused("destroy the old key in"))
}
