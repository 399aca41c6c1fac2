//! The private key that a gateway proves itself with: in a file, or in a hardware token that signs.
//!
//! While a key is changed, the next one stands beside the one in use: the file's name, or the label in
//! the token, with `.next` after it. In a token the one that was replaced stands there, too, until nobody
//! uses it, with `.old` after its label.

mod token;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{KeyPair, PublicKeyData};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use stile_model::digest::Digest;
use stile_token::{TokenError, TokenPlace, signing};

use self::token::TokenKey;
use crate::TrustError;
use crate::authority::params;
use crate::files;
use crate::identity::Identity;
use crate::request::SecretPem;
use crate::tls::provider;

/// What the name of the next key ends with.
const NEXT: &str = ".next";
/// What the label of the key that was replaced ends with.
const OLD: &str = ".old";

/// Where a TLS key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// A PEM file that nobody else can read.
    File(PathBuf),
    /// In a hardware token: a key pair on P-256 that never comes out of it.
    Token(TokenPlace),
}

impl KeyPlace {
    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Token(_) => None,
        }
    }

    /// Where the next key stands while keys are changed.
    pub(crate) fn next(&self) -> Self {
        match self {
            Self::File(path) => Self::File(beside(path)),
            Self::Token(place) => Self::Token(labelled(place, NEXT)),
        }
    }

    /// Puts the next key, where there is one, into the place of this one. A file is then gone for good; in
    /// a token the key stays beside it, as the old one.
    pub(crate) fn take_next(&self) -> Result<(), TrustError> {
        match self {
            Self::File(path) => files::rename(&beside(path), path),
            Self::Token(place) => {
                let next = labelled(place, NEXT);
                if signing::exists(&next)? {
                    signing::relabel(place, &labelled(place, OLD))?;
                    signing::relabel(&next, place)?;
                }
                Ok(())
            }
        }
    }

    /// Proves that the key here may change places with another.
    pub(crate) fn check_moves(&self) -> Result<(), TrustError> {
        match self {
            Self::File(_) => Ok(()),
            Self::Token(place) => Ok(signing::check_label(place)?),
        }
    }

    /// Makes a key here that may change places with another, or none.
    pub(crate) fn make_moving(&self) -> Result<TlsKey, TrustError> {
        let key = TlsKey::make(self)?;
        if let (Err(error), Self::Token(place)) = (self.check_moves(), self) {
            signing::destroy(place)?;
            return Err(error);
        }
        Ok(key)
    }

    /// Is there a key that was replaced?
    pub(crate) fn has_old(&self) -> Result<bool, TrustError> {
        match self {
            Self::File(_) => Ok(false),
            Self::Token(place) => Ok(signing::exists(&labelled(place, OLD))?),
        }
    }

    /// Destroys the key that was replaced.
    pub(crate) fn destroy_old(&self) -> Result<(), TrustError> {
        match self {
            Self::File(_) => Ok(()),
            Self::Token(place) => Ok(signing::destroy(&labelled(place, OLD))?),
        }
    }
}

impl From<PathBuf> for KeyPlace {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Token(place) => place.fmt(f),
        }
    }
}

/// A gateway's own TLS key, P-256 or Ed25519; in a token P-256. `Debug` shows its pin only.
pub struct TlsKey(Kept);

enum Kept {
    Here(Box<KeyPair>),
    Token(TokenKey),
}

impl TlsKey {
    /// Makes a P-256 key that is kept nowhere yet.
    ///
    /// # Errors
    ///
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, TrustError> {
        Ok(Self(Kept::Here(Box::new(KeyPair::generate()?))))
    }

    /// Makes a P-256 key where there is none: in a file for its owner alone (0600), or inside the token.
    ///
    /// # Errors
    ///
    /// When there is a key already, or, in a token, one of a change of keys; the file cannot be written,
    /// or the token refuses.
    pub fn make(place: &KeyPlace) -> Result<Self, TrustError> {
        match place {
            KeyPlace::File(path) => {
                let pair = KeyPair::generate()?;
                SecretPem::of(&pair).save(path)?;
                Ok(Self(Kept::Here(Box::new(pair))))
            }
            KeyPlace::Token(place) => {
                if let Some(found) = elsewhere(place)? {
                    return Err(found.into());
                }
                let key = signing::SigningKey::make(place)?;
                Ok(Self(Kept::Token(TokenKey::of(key))))
            }
        }
    }

    /// Opens the key: a PKCS#8 PEM file that nobody else can read, or a token's key.
    ///
    /// # Errors
    ///
    /// When it is missing, open to others, or no such key.
    pub fn load(place: &KeyPlace) -> Result<Self, TrustError> {
        match place {
            KeyPlace::File(path) => Self::read(path),
            KeyPlace::Token(place) => {
                if let Some(key) = Self::find_in(place)? {
                    return Ok(key);
                }
                let missing = || signing::missing(place);
                Err(elsewhere(place)?.unwrap_or_else(missing).into())
            }
        }
    }

    /// Opens the key with this pin: in a token it may be the next or the old one, where a change of keys
    /// was broken off. Where none has it, opens the key in place.
    ///
    /// # Errors
    ///
    /// As [`TlsKey::load`].
    pub(crate) fn load_pinned(place: &KeyPlace, pin: &Digest) -> Result<Self, TrustError> {
        let KeyPlace::Token(token) = place else {
            return Self::load(place);
        };
        let here = Self::find_in(token)?;
        if let Some(key) = here.filter(|key| key.pin() == *pin) {
            return Ok(key);
        }
        for end in [OLD, NEXT] {
            let there = Self::find_in(&labelled(token, end))?;
            if let Some(key) = there.filter(|key| key.pin() == *pin) {
                return Ok(key);
            }
        }
        Self::load(place)
    }

    /// The key, if there is one.
    ///
    /// # Errors
    ///
    /// As [`TlsKey::load`], but for a key that is missing.
    pub fn find(place: &KeyPlace) -> Result<Option<Self>, TrustError> {
        match place {
            KeyPlace::File(path) => path.exists().then(|| Self::read(path)).transpose(),
            KeyPlace::Token(place) => Self::find_in(place),
        }
    }

    fn find_in(place: &TokenPlace) -> Result<Option<Self>, TrustError> {
        let found = signing::SigningKey::find(place)?;
        Ok(found.map(|key| Self(Kept::Token(TokenKey::of(key)))))
    }

    fn read(path: &Path) -> Result<Self, TrustError> {
        let text = files::read_key(path)?;
        let pair = KeyPair::from_pem(&text).map_err(|_| TrustError::Pem {
            path: path.to_owned(),
            expected: "a P-256 or Ed25519 private key in PKCS#8 PEM",
        })?;
        Ok(Self(Kept::Here(Box::new(pair))))
    }

    /// The digest of its public half, as the directory pins it.
    pub fn pin(&self) -> Digest {
        Digest::of(&match &self.0 {
            Kept::Here(pair) => pair.subject_public_key_info(),
            Kept::Token(key) => key.subject_public_key_info(),
        })
    }

    /// A request for a certificate of this key, PEM. It names who asks, for an operator to see.
    ///
    /// # Errors
    ///
    /// When the system gives no randomness, or the token does not sign.
    pub fn request(&self, identity: &Identity) -> Result<String, TrustError> {
        let params = params::request(identity);
        let request = match &self.0 {
            Kept::Here(pair) => params.serialize_request(pair.as_ref())?,
            Kept::Token(key) => match params.serialize_request(key) {
                Ok(request) => request,
                Err(error) => {
                    key.prove()?;
                    return Err(error.into());
                }
            },
        };
        Ok(request.pem()?)
    }

    /// The private half as PEM; none of a key in a token.
    pub fn secret(&self) -> Option<SecretPem> {
        match &self.0 {
            Kept::Here(pair) => Some(SecretPem::of(pair)),
            Kept::Token(_) => None,
        }
    }

    /// The key as handshakes use it.
    pub(crate) fn for_handshakes(&self) -> Result<Arc<dyn rustls::sign::SigningKey>, TrustError> {
        match &self.0 {
            Kept::Here(pair) => {
                let der = PrivatePkcs8KeyDer::from(pair.serialize_der());
                let key = PrivateKeyDer::from(der);
                Ok(provider().key_provider.load_private_key(key)?)
            }
            Kept::Token(key) => Ok(Arc::new(key.clone())),
        }
    }

    /// Where a token's key says whether its last signature failed; none of a key in a file.
    pub(crate) fn watched(&self) -> Option<Arc<signing::SigningKey>> {
        match &self.0 {
            Kept::Here(_) => None,
            Kept::Token(key) => Some(key.shared()),
        }
    }
}

impl fmt::Debug for TlsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsKey({})", self.pin())
    }
}

fn labelled(place: &TokenPlace, end: &str) -> TokenPlace {
    TokenPlace {
        label: format!("{}{end}", place.label),
        ..place.clone()
    }
}

/// What to say of a key that is not here while a change of keys has one beside its place.
fn elsewhere(place: &TokenPlace) -> Result<Option<TokenError>, TrustError> {
    for there in [labelled(place, OLD), labelled(place, NEXT)] {
        if signing::exists(&there)? {
            return Ok(Some(TokenError::KeyElsewhere {
                token: place.token.clone(),
                label: place.label.clone(),
                found: there.label,
            }));
        }
    }
    Ok(None)
}

/// The name of what stands beside a file while it is replaced.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(NEXT);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_for_its_owner_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let place = KeyPlace::from(path.clone());
        assert!(TlsKey::find(&place).unwrap().is_none());
        let key = TlsKey::make(&place).unwrap();

        assert_eq!(TlsKey::load(&place).unwrap().pin(), key.pin());
        assert_eq!(TlsKey::find(&place).unwrap().unwrap().pin(), key.pin());
        assert!(!format!("{key:?} {:?}", key.secret()).contains("PRIVATE"));
        let exposed = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        std::fs::set_permissions(&path, exposed).unwrap();
        assert!(matches!(
            TlsKey::load(&place),
            Err(TrustError::KeyExposed(_))
        ));
    }

    #[test]
    fn refuses_to_make_a_key_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let place = KeyPlace::from(folder.path().join("key.pem"));
        let key = TlsKey::make(&place).unwrap();

        assert!(TlsKey::make(&place).is_err());
        assert_eq!(TlsKey::load(&place).unwrap().pin(), key.pin());
    }
}
