//! A session with a token, logged in.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use ring::rand::{SecureRandom, SystemRandom};

use crate::error::refused;
use crate::{TokenError, TokenPlace};

/// Bytes of a `CKA_ID` that is made here.
const ID: usize = 8;

/// PINs that were refused: of which token, in which file, and when that was written.
static REFUSED: Mutex<Option<HashMap<(String, PathBuf), SystemTime>>> = Mutex::new(None);

/// Opens the token and logs in.
pub(crate) fn open(place: &TokenPlace) -> Result<Session, TokenError> {
    let pin = Pin::read(place)?;
    let library = library(&place.module)?;
    let slot = slot(&library, &place.token)?;
    let session = library
        .open_rw_session(slot)
        .map_err(refused("open a session with"))?;
    match session.login(UserType::User, Some(&pin.text)) {
        // Another session of this process has logged in: that counts for all of them.
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
        Err(Error::Pkcs11(
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange | RvError::PinLocked,
            _,
        )) => Err(pin.was_refused(place)),
        Err(error) => Err(refused("log in to")(error)),
    }
}

/// A new `CKA_ID`.
pub(crate) fn fresh_id() -> Result<Vec<u8>, TokenError> {
    let mut id = [0; ID];
    SystemRandom::new()
        .fill(&mut id)
        .map_err(|_| TokenError::Random)?;
    Ok(id.to_vec())
}

fn slot(library: &Pkcs11, label: &str) -> Result<Slot, TokenError> {
    let slots = library
        .get_slots_with_token()
        .map_err(refused("look for"))?;
    let mut found = Vec::new();
    for slot in slots {
        let facts = library.get_token_info(slot).map_err(refused("look at"))?;
        if facts.label().trim_end() == label {
            found.push(slot);
        }
    }
    match found.as_slice() {
        [slot] => Ok(*slot),
        [] => Err(TokenError::NoToken(label.to_owned())),
        _ => Err(TokenError::SeveralTokens(label.to_owned())),
    }
}

/// The module, loaded and initialised once in a process.
fn library(module: &Path) -> Result<Pkcs11, TokenError> {
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

struct Pin {
    text: AuthPin,
    written: SystemTime,
}

impl Pin {
    fn read(place: &TokenPlace) -> Result<Self, TokenError> {
        let path = &place.pin_file;
        let failed = |source| TokenError::PinFile {
            path: path.clone(),
            source,
        };
        let facts = File::open(path)
            .and_then(|file| file.metadata())
            .map_err(failed)?;
        if facts.permissions().mode() & 0o077 != 0 {
            return Err(TokenError::PinExposed(path.clone()));
        }
        let written = facts.modified().map_err(failed)?;
        if with_refused(|refused| refused.get(&Self::kept_as(place)) == Some(&written)) {
            return Err(Self::refusal(place));
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        let pin = text.trim_end_matches(['\r', '\n']);
        if !(1..=255).contains(&pin.len()) {
            let wrong = "it must be one line of 1 to 255 bytes";
            return Err(failed(std::io::Error::other(wrong)));
        }
        Ok(Self {
            text: AuthPin::new(pin.into()),
            written,
        })
    }

    /// Remembers that this PIN is wrong: a gateway that tried it at every handshake would lock the token.
    fn was_refused(&self, place: &TokenPlace) -> TokenError {
        with_refused(|refused| refused.insert(Self::kept_as(place), self.written));
        Self::refusal(place)
    }

    fn kept_as(place: &TokenPlace) -> (String, PathBuf) {
        (place.token.clone(), place.pin_file.clone())
    }

    fn refusal(place: &TokenPlace) -> TokenError {
        TokenError::PinRefused {
            token: place.token.clone(),
            path: place.pin_file.clone(),
        }
    }
}

fn with_refused<T>(with: impl FnOnce(&mut HashMap<(String, PathBuf), SystemTime>) -> T) -> T {
    let mut refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
    with(refused.get_or_insert_default())
}
