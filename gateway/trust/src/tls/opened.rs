//! Our private key, opened for handshakes, and beside its certificate.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use stile_model::digest::Digest;
use stile_token::signing;

use super::provider;
use crate::TrustError;
use crate::files;
use crate::key::{KeyPlace, TlsKey};

/// Our key, ready for handshakes.
pub(super) struct Opened {
    pub(super) key: Arc<dyn SigningKey>,
    /// Where a key in a token says how it is.
    pub(super) watched: Option<Arc<signing::SigningKey>>,
}

impl Opened {
    /// Opens it where it is; in a token, the one with this pin.
    pub(super) fn at(place: &KeyPlace, pin: &Digest) -> Result<Self, TrustError> {
        match place {
            KeyPlace::File(path) => Ok(Self {
                key: provider().key_provider.load_private_key(read_key(path)?)?,
                watched: None,
            }),
            KeyPlace::Token(_) => Self::of(&TlsKey::load_pinned(place, pin)?),
        }
    }

    pub(super) fn of(key: &TlsKey) -> Result<Self, TrustError> {
        Ok(Self {
            key: key.for_handshakes()?,
            watched: key.watched(),
        })
    }

    /// With the chain, when that is of this key.
    pub(super) fn certify(
        self,
        chain: &[CertificateDer<'static>],
    ) -> Result<(CertifiedKey, Option<Arc<signing::SigningKey>>), TrustError> {
        let certified = CertifiedKey::new(chain.to_vec(), self.key);
        match certified.keys_match() {
            Ok(()) => Ok((certified, self.watched)),
            Err(rustls::Error::InconsistentKeys(_)) => Err(TrustError::KeyMismatch),
            Err(error) => Err(error.into()),
        }
    }
}

/// A certificate that others issued for browsers, with its key; nothing is asked of its profile.
pub(super) fn read_certified(chain: &Path, key: &Path) -> Result<Arc<CertifiedKey>, TrustError> {
    let chain = files::certificates(chain)?;
    Ok(Arc::new(CertifiedKey::from_der(
        chain,
        read_key(key)?,
        &provider(),
    )?))
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TrustError> {
    let text = files::read_key(path)?;
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| TrustError::Pem {
        path: path.to_owned(),
        expected: "a private key in PEM",
    })
}
