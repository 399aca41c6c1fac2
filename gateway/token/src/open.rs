//! A session with a token, logged in.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::Session;
use cryptoki::slot::{Slot, TokenInfo};
use ring::rand::{SecureRandom, SystemRandom};

use crate::error::refused;
use crate::pin::Login;
use crate::{TokenError, TokenPlace};

/// Bytes of a `CKA_ID` that is made here.
const ID: usize = 8;

/// Opens the token and logs in.
pub(crate) fn open(place: &TokenPlace) -> Result<Session, TokenError> {
    let login = Login::prepare(place)?;
    let library = library(&place.module)?;
    let (slot, facts) = slot(&library, &place.token)?;
    let session = library
        .open_rw_session(slot)
        .map_err(refused("open a session with"))?;
    login.log_in(&session, &facts)?;
    Ok(session)
}

/// A new `CKA_ID`.
pub(crate) fn fresh_id() -> Result<Vec<u8>, TokenError> {
    let mut id = [0; ID];
    SystemRandom::new()
        .fill(&mut id)
        .map_err(|_| TokenError::Random)?;
    Ok(id.to_vec())
}

fn slot(library: &Pkcs11, label: &str) -> Result<(Slot, TokenInfo), TokenError> {
    let slots = library
        .get_slots_with_token()
        .map_err(refused("look for"))?;
    let (mut found, mut unread) = (Vec::new(), None);
    for slot in slots {
        match library.get_token_info(slot) {
            Ok(facts) if facts.label().trim_end() == label => found.push((slot, facts)),
            Ok(_) => {}
            // A foreign token that does not answer must not keep ours away.
            Err(error) => unread = Some(error),
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(TokenError::SeveralTokens(label.to_owned())),
        (None, _) => {
            Err(unread.map_or_else(|| TokenError::NoToken(label.to_owned()), refused("look at")))
        }
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
