//! AES-256 keys that wrap and unwrap inside the token.
//!
//! Successive keys bear the same label and differ in `CKA_ID`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use crate::error::refused;
use crate::open::{fresh_id, open};
use crate::{TokenError, TokenPlace};

/// An open token, for the keys under one label.
#[derive(Debug, Clone)]
pub struct SealingToken {
    session: Arc<Mutex<Session>>,
    label: String,
}

/// A key inside an open token.
#[derive(Debug, Clone)]
pub struct SealingKey {
    token: SealingToken,
    object: ObjectHandle,
}

impl SealingToken {
    /// Opens the token and logs in.
    ///
    /// # Errors
    ///
    /// When the module, the token or the PIN is not right.
    pub fn open(place: &TokenPlace) -> Result<Self, TokenError> {
        Ok(Self {
            session: Arc::new(Mutex::new(open(place)?)),
            label: place.label.clone(),
        })
    }

    /// Every key under the label with its `CKA_ID`, in the order of `CKA_ID`.
    ///
    /// # Errors
    ///
    /// When a key is not as it should be, or two cannot be told apart.
    pub fn keys(&self) -> Result<Vec<(Vec<u8>, SealingKey)>, TokenError> {
        let mut found = self.objects()?;
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        if found
            .windows(2)
            .any(|two| matches!(two, [one, other] if one.0 == other.0))
        {
            return Err(TokenError::SeveralKeys(self.label.clone()));
        }
        let key = |(id, object)| (id, self.key(object));
        Ok(found.into_iter().map(key).collect())
    }

    /// Makes a key that cannot leave the token; its `CKA_ID` comes first.
    ///
    /// # Errors
    ///
    /// When the token refuses.
    pub fn make(&self) -> Result<(Vec<u8>, SealingKey), TokenError> {
        let id = fresh_id()?;
        let template = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::ValueLen(32.into()),
            Attribute::Label(self.label.clone().into_bytes()),
            Attribute::Id(id.clone()),
        ];
        let object = self
            .session()
            .generate_key(&Mechanism::AesKeyGen, &template)
            .map_err(refused("make a key in"))?;
        Ok((id, self.key(object)))
    }

    /// Destroys the key whose `CKA_ID` this is, and says whether it is gone.
    ///
    /// # Errors
    ///
    /// When the token refuses.
    pub fn destroy(&self, is_old: impl Fn(&[u8]) -> bool) -> Result<bool, TokenError> {
        let old = self.objects()?.into_iter().find(|(id, _)| is_old(id));
        if let Some((_, object)) = old {
            self.session()
                .destroy_object(object)
                .map_err(refused("destroy the old key in"))?;
        }
        Ok(!self.objects()?.iter().any(|(id, _)| is_old(id)))
    }

    fn key(&self, object: ObjectHandle) -> SealingKey {
        let token = self.clone();
        SealingKey { token, object }
    }

    fn objects(&self) -> Result<Vec<(Vec<u8>, ObjectHandle)>, TokenError> {
        let session = self.session();
        let wanted = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Label(self.label.clone().into_bytes()),
        ];
        let objects = session
            .find_objects(&wanted)
            .map_err(refused("look for the key in"))?;
        objects
            .into_iter()
            .map(|object| Ok((self.checked(&session, object)?, object)))
            .collect()
    }

    /// The key's `CKA_ID`, if it is a key that cannot leave the token.
    fn checked(&self, session: &Session, object: ObjectHandle) -> Result<Vec<u8>, TokenError> {
        let wanted = [
            AttributeType::Id,
            AttributeType::Sensitive,
            AttributeType::Extractable,
            AttributeType::ValueLen,
        ];
        let facts = session
            .get_attributes(object, &wanted)
            .map_err(refused("look at the key in"))?;
        let (mut id, mut sensitive, mut extractable, mut long) = (Vec::new(), false, true, false);
        for fact in facts {
            match fact {
                Attribute::Id(bytes) => id = bytes,
                Attribute::Sensitive(yes) => sensitive = yes,
                Attribute::Extractable(yes) => extractable = yes,
                Attribute::ValueLen(bytes) => long = bytes == 32.into(),
                _ => {}
            }
        }
        let label = self.label.clone();
        if id.is_empty() || !long {
            let expected = "of 32 bytes, with a CKA_ID";
            return Err(TokenError::KeyUnusable { label, expected });
        }
        if !sensitive || extractable {
            return Err(TokenError::KeyLoose(label));
        }
        Ok(id)
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SealingKey {
    /// Ciphertext and tag.
    ///
    /// # Errors
    ///
    /// When the token refuses.
    pub fn encrypt(
        &self,
        mut nonce: [u8; 12],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, TokenError> {
        let mechanism = gcm(&mut nonce, aad)?;
        self.token
            .session()
            .encrypt(&mechanism, self.object, plain)
            .map_err(refused("wrap a key in"))
    }

    /// The plain bytes.
    ///
    /// # Errors
    ///
    /// When the token refuses: a wrong tag and a broken token look alike to some modules.
    pub fn decrypt(
        &self,
        mut nonce: [u8; 12],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, TokenError> {
        let mechanism = gcm(&mut nonce, aad)?;
        self.token
            .session()
            .decrypt(&mechanism, self.object, sealed)
            .map_err(refused("open a key in"))
    }
}

fn gcm<'a>(nonce: &'a mut [u8; 12], aad: &'a [u8]) -> Result<Mechanism<'a>, TokenError> {
    GcmParams::new(nonce, aad, 128.into())
        .map(Mechanism::AesGcm)
        .map_err(refused("name a key to"))
}
