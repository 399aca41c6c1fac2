//! Epoch keys in a hardware token, by PKCS#11 (OASIS, v2.40 and later).
//!
//! The key is an AES-256 object that the token never gives out: wrapping and unwrapping happen inside
//! (`CKM_AES_GCM`, 128-bit tag). Keys of successive epochs bear the same label and differ in `CKA_ID`.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use ring::rand::{SecureRandom, SystemRandom};

use super::{EpochId, Kek};
use crate::error::StoreError;

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

/// An open token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    session: Arc<Mutex<Session>>,
    label: String,
}

/// A key inside an open token.
#[derive(Debug, Clone)]
pub(super) struct TokenKey {
    token: Token,
    object: ObjectHandle,
}

impl Token {
    /// Opens the token and logs in.
    pub(super) fn open(place: &TokenPlace) -> Result<Self, StoreError> {
        let pin = read_pin(&place.pin_file)?;
        let library = library(&place.module)?;
        let slot = slot(&library, &place.token)?;
        let session = library
            .open_rw_session(slot)
            .map_err(refused("open a session with"))?;
        match session.login(UserType::User, Some(&pin)) {
            // Another session of this process has logged in: that counts for all of them.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => return Err(refused("log in to")(error)),
        }
        Ok(Self {
            session: Arc::new(Mutex::new(session)),
            label: place.label.clone(),
        })
    }

    /// Every key under the label, in the order of `CKA_ID`.
    pub(super) fn keys(&self) -> Result<Vec<Kek>, StoreError> {
        let mut found = Vec::new();
        for (id, object) in self.objects()? {
            let token = self.clone();
            found.push((id, object, token));
        }
        found.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        if found
            .windows(2)
            .any(|two| matches!(two, [one, other] if one.0 == other.0))
        {
            return Err(StoreError::Config(
                "two keys of the token bear the same label and the same CKA_ID",
            ));
        }
        let keys = found
            .into_iter()
            .map(|(id, object, token)| Kek::in_token(token_id(&id), TokenKey { token, object }));
        Ok(keys.collect())
    }

    fn objects(&self) -> Result<Vec<(Vec<u8>, ObjectHandle)>, StoreError> {
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
            .map(|object| Ok((checked(&session, object)?, object)))
            .collect()
    }

    /// Makes a key that cannot leave the token.
    pub(super) fn make(&self) -> Result<Kek, StoreError> {
        let mut id = [0; 8];
        SystemRandom::new()
            .fill(&mut id)
            .map_err(|_| StoreError::Config("the system gives no random bytes"))?;
        let template = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::ValueLen(32.into()),
            Attribute::Label(self.label.clone().into_bytes()),
            Attribute::Id(id.to_vec()),
        ];
        let object = self
            .session()
            .generate_key(&Mechanism::AesKeyGen, &template)
            .map_err(refused("make a key in"))?;
        let token = self.clone();
        Ok(Kek::in_token(token_id(&id), TokenKey { token, object }))
    }

    /// Destroys the key `old`, and looks that it is gone.
    pub(super) fn destroy(&self, old: EpochId) -> Result<(), StoreError> {
        let here = |(id, _): &(Vec<u8>, ObjectHandle)| token_id(id) == old;
        if let Some((_, object)) = self.objects()?.into_iter().find(|key| here(key)) {
            self.session()
                .destroy_object(object)
                .map_err(refused("destroy the old key in"))?;
        }
        if self.objects()?.iter().any(here) {
            return Err(StoreError::Config(
                "the token still holds the old epoch key after destroying it",
            ));
        }
        Ok(())
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenKey {
    /// Ciphertext and tag.
    pub(super) fn encrypt(
        &self,
        mut nonce: [u8; 12],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let mechanism = gcm(&mut nonce, aad)?;
        self.token
            .session()
            .encrypt(&mechanism, self.object, plain)
            .map_err(refused("wrap a key in"))
    }

    /// The plain bytes. A wrong tag and a broken token look alike to some modules: both are
    /// [`StoreError::Sealed`].
    pub(super) fn decrypt(
        &self,
        mut nonce: [u8; 12],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let mechanism = gcm(&mut nonce, aad)?;
        self.token
            .session()
            .decrypt(&mechanism, self.object, sealed)
            .map_err(|_| StoreError::Sealed)
    }
}

fn gcm<'a>(nonce: &'a mut [u8; 12], aad: &'a [u8]) -> Result<Mechanism<'a>, StoreError> {
    GcmParams::new(nonce, aad, 128.into())
        .map(Mechanism::AesGcm)
        .map_err(refused("name a key to"))
}

fn token_id(id: &[u8]) -> EpochId {
    EpochId::of("stile-epoch-token-v1", id)
}

/// The key's `CKA_ID`, if it is a key that cannot leave the token.
fn checked(session: &Session, object: ObjectHandle) -> Result<Vec<u8>, StoreError> {
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
    if id.is_empty() || !long {
        return Err(StoreError::Config(
            "the token's epoch key must be of 32 bytes and have a CKA_ID",
        ));
    }
    if !sensitive || extractable {
        return Err(StoreError::Config(
            "the token would give the epoch key out; make one that is sensitive and not extractable",
        ));
    }
    Ok(id)
}

fn slot(library: &Pkcs11, label: &str) -> Result<Slot, StoreError> {
    let slots = library
        .get_slots_with_token()
        .map_err(refused("list the tokens of"))?;
    let mut found = Vec::new();
    for slot in slots {
        let facts = library
            .get_token_info(slot)
            .map_err(refused("look at a token of"))?;
        if facts.label().trim_end() == label {
            found.push(slot);
        }
    }
    match found.as_slice() {
        [slot] => Ok(*slot),
        [] => Err(StoreError::Config("no token has the label that was given")),
        _ => Err(StoreError::Config(
            "several tokens have the label that was given; give each its own",
        )),
    }
}

/// The module, loaded and initialised once in a process.
fn library(module: &Path) -> Result<Pkcs11, StoreError> {
    static LOADED: Mutex<Option<HashMap<PathBuf, Pkcs11>>> = Mutex::new(None);
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let loaded = loaded.get_or_insert_default();
    if let Some(library) = loaded.get(module) {
        return Ok(library.clone());
    }
    let library = Pkcs11::new(module).map_err(refused("load the module of"))?;
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, Function::Initialize)) => {}
        Err(error) => return Err(refused("start the module of")(error)),
    }
    loaded.insert(module.to_owned(), library.clone());
    Ok(library)
}

fn read_pin(path: &Path) -> Result<AuthPin, StoreError> {
    let file = File::open(path).map_err(StoreError::io("open the PIN file"))?;
    let facts = file
        .metadata()
        .map_err(StoreError::io("look at the PIN file"))?;
    if facts.permissions().mode() & 0o077 != 0 {
        return Err(StoreError::Config(
            "the PIN file may be read by others; set its mode to 0600",
        ));
    }
    let text = fs::read_to_string(path).map_err(StoreError::io("read the PIN file"))?;
    let pin = text.trim_end_matches(['\r', '\n']);
    if !(1..=255).contains(&pin.len()) {
        return Err(StoreError::Config("the PIN file holds no PIN"));
    }
    Ok(AuthPin::new(pin.into()))
}

fn refused(doing: &'static str) -> impl FnOnce(Error) -> StoreError {
    move |source| StoreError::Token { doing, source }
}
