//! P-256 keys that sign inside the token.
//!
//! A token that is away when something is to be signed is looked for again each time, so that it may be
//! taken out and put back while a gateway runs. What is not signed meanwhile fails. A key that is open is
//! known by its `CKA_ID` and its public half, so that its label may change.

mod change;
mod der;
mod object;
mod queue;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::Session;
use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use self::der::der;
use self::object::{checked, only, point, privates};
use self::queue::{MOST, Queue};
use crate::error::refused;
use crate::open::{fresh_id, open};
use crate::{TokenError, TokenPlace};

pub use self::change::{check_label, destroy, exists, relabel};

/// The object identifier of P-256 in DER, as `CKA_EC_PARAMS` has it (RFC 5480 §2.1.1.1).
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// What a key is called in errors.
const KIND: &str = "P-256 key pair";
/// What is signed to see that a key signs.
const WORDS: &[u8] = b"stile-token-proof-v1";

/// A key pair whose private half is in a token. `Debug` shows nothing secret: there is nothing here.
#[derive(Debug)]
pub struct SigningKey {
    place: TokenPlace,
    id: Vec<u8>,
    point: Vec<u8>,
    held: Mutex<Option<Held>>,
    queue: Queue,
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
    /// not P-256, could leave the token or was not made there, or does not sign.
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
            queue: Queue::default(),
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

    /// Signs with ECDSA over SHA-256: a DER sequence of `r` and `s`. It waits for the token, and for
    /// whoever asked before.
    ///
    /// # Errors
    ///
    /// When the token is away or refuses, also after it was opened anew; [`TokenError::Busy`] at once
    /// when many wait already.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let signed = self
            .in_turn(message)
            .and_then(|pair| der(&pair).ok_or_else(|| self.unusable()));
        self.failing.store(signed.is_err(), Ordering::Relaxed);
        signed
    }

    /// Signs and verifies: a public key beside a private one of another pair would otherwise be found
    /// out by peers only.
    ///
    /// # Errors
    ///
    /// When the token does not sign, or the halves do not fit.
    pub fn prove(&self) -> Result<(), TokenError> {
        let signed = self.in_turn(WORDS);
        let proved = signed.and_then(|pair| self.verify(WORDS, &pair));
        self.failing.store(proved.is_err(), Ordering::Relaxed);
        proved
    }

    /// `r ‖ s`, once it is this caller's turn.
    fn in_turn(&self, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let _place = self.queue.enter().ok_or_else(|| TokenError::Busy {
            token: self.place.token.clone(),
            most: MOST,
        })?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let here = held.as_ref();
        if let Some(Ok(signed)) = here.map(|here| sign(&here.session, here.private, message)) {
            return Ok(signed);
        }
        // Whatever was wrong: the token may have been away, and be back.
        *held = None;
        let (again, signed) = self.reopen(message)?;
        *held = Some(again);
        Ok(signed)
    }

    /// Opens the token anew and signs. What came back need not be what was taken out: the key must be
    /// kept as it was, and its first signature must be of this public half.
    fn reopen(&self, message: &[u8]) -> Result<(Held, Vec<u8>), TokenError> {
        let session = open(&self.place)?;
        let mut failed = missing(&self.place);
        for private in privates(&session, &self.id)? {
            match self.try_key(&session, private, message) {
                Ok(signed) => return Ok((Held { session, private }, signed)),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn try_key(
        &self,
        session: &Session,
        private: ObjectHandle,
        message: &[u8],
    ) -> Result<Vec<u8>, TokenError> {
        checked(session, private, &self.place)?;
        let signed = sign(session, private, message)?;
        self.verify(message, &signed)?;
        Ok(signed)
    }

    fn verify(&self, message: &[u8], pair: &[u8]) -> Result<(), TokenError> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.point)
            .verify(message, pair)
            .map_err(|_| self.unusable())
    }

    fn unusable(&self) -> TokenError {
        unusable(&self.place)
    }
}

/// `r ‖ s`.
fn sign(session: &Session, private: ObjectHandle, message: &[u8]) -> Result<Vec<u8>, TokenError> {
    let digest = digest(&SHA256, message);
    session
        .sign(&Mechanism::Ecdsa, private, digest.as_ref())
        .map_err(refused("sign in"))
}

/// What to say of a key that is not there.
pub fn missing(place: &TokenPlace) -> TokenError {
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
