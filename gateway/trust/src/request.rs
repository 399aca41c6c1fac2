//! Requests for certificates (PKCS#10).
//!
//! Only the key of a request counts. Who gets a certificate, and for which names, is what an operator
//! approved; what a request says about that is not read.
//!
//! **Source:** RFC 2986 (PKCS#10), RFC 7468 (PEM), RFC 5280 §4.1.2.7 (the public key that is pinned).

use std::fmt;
use std::path::Path;

use rcgen::{CertificateSigningRequestParams, KeyPair, PublicKey, PublicKeyData};
use stile_model::digest::Digest;
use zeroize::Zeroizing;

use crate::TrustError;
use crate::files::{self, PRIVATE};

/// Longest request that is read, in bytes of PEM: a P-256 request takes some 500.
pub const LONGEST: usize = 8 * 1024;

/// Somebody's request: a key, and the proof that its private half signed.
pub struct CertificateRequest {
    key: PublicKey,
    pin: Digest,
}

impl CertificateRequest {
    /// Reads a request in PEM.
    ///
    /// # Errors
    ///
    /// [`TrustError::RequestRefused`] when it is too long or malformed or its own signature does not
    /// fit, [`TrustError::KeyUnusable`] when its key is neither P-256 nor Ed25519.
    pub fn read(pem: &str) -> Result<Self, TrustError> {
        if pem.len() > LONGEST {
            return Err(TrustError::RequestRefused);
        }
        let params = CertificateSigningRequestParams::from_pem(pem);
        let key = params.map_err(|_| TrustError::RequestRefused)?.public_key;
        let kind = key.algorithm();
        if kind != &rcgen::PKCS_ECDSA_P256_SHA256 && kind != &rcgen::PKCS_ED25519 {
            return Err(TrustError::KeyUnusable(
                "the request's key",
                "P-256 or Ed25519",
            ));
        }
        let pin = Digest::of(&key.subject_public_key_info());
        Ok(Self { key, pin })
    }

    /// The digest of its public key, as the directory pins it: what people compare.
    pub const fn pin(&self) -> Digest {
        self.pin
    }

    pub(crate) const fn key(&self) -> &PublicKey {
        &self.key
    }
}

impl fmt::Debug for CertificateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateRequest({})", self.pin)
    }
}

/// A private key as PEM: wiped after use, never shown.
pub struct SecretPem(Zeroizing<String>);

impl SecretPem {
    pub(crate) fn of(key: &KeyPair) -> Self {
        Self(Zeroizing::new(key.serialize_pem()))
    }

    /// The text, for the one place that writes it down.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Writes the key to a file that must not exist yet, for its owner alone (0600).
    ///
    /// # Errors
    ///
    /// When the file exists or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TrustError> {
        files::create(path, &self.0, PRIVATE)
    }
}

impl fmt::Debug for SecretPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretPem(‹redacted›)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::key::TlsKey;
    use crate::testing::police;

    #[test]
    fn a_request_carries_the_pin_of_the_key_that_made_it() {
        let key = TlsKey::generate().unwrap();
        let one = key.request(&police()).unwrap();
        let again = key.request(&police()).unwrap();

        assert_eq!(CertificateRequest::read(&one).unwrap().pin(), key.pin());
        assert_eq!(CertificateRequest::read(&again).unwrap().pin(), key.pin());
    }

    #[test]
    fn refuses_a_request_that_is_too_long_or_whose_signature_does_not_fit() {
        let pem = TlsKey::generate().unwrap().request(&police()).unwrap();
        let long = format!("{}{pem}", "x".repeat(LONGEST));
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = data_encoding::BASE64.decode(body.as_bytes()).unwrap();

        assert!(matches!(
            CertificateRequest::read(&long),
            Err(TrustError::RequestRefused)
        ));
        for at in (0..der.len()).step_by(7) {
            let mut changed = der.clone();
            changed[at] ^= 1;
            let read = CertificateRequest::read(&files::pem("CERTIFICATE REQUEST", &changed));
            assert!(read.is_err(), "byte {at}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_no_request(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let text = String::from_utf8_lossy(&bytes);
            prop_assert!(CertificateRequest::read(&text).is_err());
            let framed = files::pem("CERTIFICATE REQUEST", &bytes);
            prop_assert!(CertificateRequest::read(&framed).is_err());
        }
    }
}
