//! A token's key as rustls and rcgen ask for one.

use std::sync::Arc;

use rcgen::{PKCS_ECDSA_P256_SHA256, PublicKeyData};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, OtherError, SignatureAlgorithm, SignatureScheme};
use stile_token::{TokenError, signing};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

/// The only scheme of such a key.
const SCHEME: SignatureScheme = SignatureScheme::ECDSA_NISTP256_SHA256;

/// A key pair whose private half is in a token.
#[derive(Clone, Debug)]
pub(super) struct TokenKey(Arc<signing::SigningKey>);

impl TokenKey {
    pub(super) fn of(key: signing::SigningKey) -> Self {
        Self(Arc::new(key))
    }

    pub(super) fn prove(&self) -> Result<(), TokenError> {
        self.0.prove()
    }

    pub(super) fn shared(&self) -> Arc<signing::SigningKey> {
        Arc::clone(&self.0)
    }
}

impl PublicKeyData for TokenKey {
    fn der_bytes(&self) -> &[u8] {
        self.0.point()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for TokenKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        // Why is asked again by whoever made the request: the library's error carries nothing.
        apart(|| self.0.sign(message)).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

impl SigningKey for TokenKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let fits = offered.contains(&SCHEME);
        fits.then(|| -> Box<dyn Signer> { Box::new(self.clone()) })
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(self.subject_public_key_info().into())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for TokenKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        apart(|| self.0.sign(message)).map_err(|error| Error::Other(OtherError(Arc::new(error))))
    }

    fn scheme(&self) -> SignatureScheme {
        SCHEME
    }
}

/// Waits without stopping the runtime's other tasks: a token may be slow, or hang, and handshakes ask for
/// a signature on the threads that answer.
fn apart<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current() {
        Ok(here) if here.runtime_flavor() == RuntimeFlavor::MultiThread => block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn whoever_waits_for_a_token_keeps_no_other_task_waiting() {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let (tell, told) = mpsc::channel();

        let waits = runtime
            .spawn(async move { apart(|| told.recv_timeout(Duration::from_secs(20)).is_ok()) });
        runtime.spawn(async move { tell.send(()) });

        assert!(runtime.block_on(waits).unwrap());
    }
}
