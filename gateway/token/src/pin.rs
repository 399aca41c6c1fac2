//! The user PIN, read from its file, and what a token said to it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Error, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki::error::{Error as ModuleError, RvError};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::TokenInfo;
use cryptoki::types::AuthPin;
use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::error::refused;
use crate::{TokenError, TokenPlace};

/// Bytes of the longest PIN.
const LONGEST: usize = 255;
/// Bytes of a PIN file that are read: more than any with its line end.
const READ: u64 = 512;

/// PINs that were refused: of which token, in which file, and what they were, as a digest.
static REFUSED: Mutex<Option<Refused>> = Mutex::new(None);

type Refused = HashMap<(String, PathBuf), Vec<u8>>;

/// Logs in, one login after another: two keys of one token must not spend two of its tries on a PIN
/// that is wrong.
pub(crate) struct Login<'a> {
    place: &'a TokenPlace,
    pin: AuthPin,
    digest: Vec<u8>,
    refused: MutexGuard<'static, Option<Refused>>,
}

impl<'a> Login<'a> {
    /// Waits for its turn and reads the PIN, if it is not the one that the token refused.
    pub(crate) fn prepare(place: &'a TokenPlace) -> Result<Self, TokenError> {
        let refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
        let pin = read(place)?;
        let digest = digest(&SHA256, pin.as_bytes()).as_ref().to_vec();
        let known = refused.as_ref().and_then(|all| all.get(&kept_as(place)));
        if known == Some(&digest) {
            return Err(pin_refused(place));
        }
        Ok(Self {
            place,
            pin: AuthPin::new(pin.as_str().into()),
            digest,
            refused,
        })
    }

    /// Logs in, where no session of this process has: a login counts for all of them.
    pub(crate) fn log_in(self, session: &Session, facts: &TokenInfo) -> Result<(), TokenError> {
        let state = session
            .get_session_info()
            .map_err(refused("look at a session with"))?
            .session_state();
        if matches!(state, SessionState::RwUser | SessionState::RoUser) {
            return Ok(());
        }
        self.check_tries(facts)?;
        match session.login(UserType::User, Some(&self.pin)) {
            Ok(()) | Err(ModuleError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// A token that counts wrong PINs says so, until somebody logs in with the right one. Whatever
    /// starts again and again must not spend the tries that are left.
    fn check_tries(&self, facts: &TokenInfo) -> Result<(), TokenError> {
        let token = self.place.token.clone();
        if facts.user_pin_locked() {
            return Err(TokenError::PinLocked(token));
        }
        if facts.user_pin_count_low() || facts.user_pin_final_try() {
            let path = self.place.pin_file.clone();
            return Err(TokenError::PinDoubted { token, path });
        }
        Ok(())
    }

    /// Remembers a PIN that is wrong: a gateway that tried it at every handshake would lock the token.
    fn failed(mut self, error: ModuleError) -> TokenError {
        let (token, path) = kept_as(self.place);
        let ModuleError::Pkcs11(said, _) = &error else {
            return refused("log in to")(error);
        };
        match said {
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => {
                let all = self.refused.get_or_insert_default();
                all.insert(kept_as(self.place), self.digest);
                pin_refused(self.place)
            }
            RvError::PinLocked => TokenError::PinLocked(token),
            RvError::PinExpired => TokenError::PinExpired { token, path },
            RvError::UserPinNotInitialized => TokenError::PinUnset { token, path },
            _ => refused("log in to")(error),
        }
    }
}

/// The PIN, of a file that is its owner's alone.
fn read(place: &TokenPlace) -> Result<Zeroizing<String>, TokenError> {
    let path = &place.pin_file;
    let failed = |source| TokenError::PinFile {
        path: path.clone(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(TokenError::PinExposed(path.clone()));
    }
    // Room for all of it at once, so that growing leaves no copies behind.
    let mut text = Zeroizing::new(String::with_capacity(2 * LONGEST + 3));
    file.take(READ).read_to_string(&mut text).map_err(failed)?;
    let long = text.trim_end_matches(['\r', '\n']).len();
    if !(1..=LONGEST).contains(&long) {
        let wrong = "it must be one line of 1 to 255 bytes";
        return Err(failed(Error::other(wrong)));
    }
    text.truncate(long);
    Ok(text)
}

fn kept_as(place: &TokenPlace) -> (String, PathBuf) {
    (place.token.clone(), place.pin_file.clone())
}

fn pin_refused(place: &TokenPlace) -> TokenError {
    let (token, path) = kept_as(place);
    TokenError::PinRefused { token, path }
}
