//! What the authority hands out, and the keys that go with it.

use std::fmt;
use std::path::Path;

use rcgen::KeyPair;
use zeroize::Zeroizing;

use crate::TrustError;
use crate::files::{self, PRIVATE, PUBLIC};
use crate::serial::Serial;

/// A new certificate with the key made for it.
#[derive(Debug)]
pub struct IssuedCertificate {
    /// Leaf and issuing certificate, PEM.
    pub chain_pem: String,
    /// The private key, PKCS#8 PEM; kept nowhere else.
    pub key_pem: SecretPem,
    /// Its serial, by which it can be revoked.
    pub serial: Serial,
}

/// A new certificate for a key that stayed where it was made.
#[derive(Debug)]
pub struct SignedRequest {
    /// Leaf and issuing certificate, PEM.
    pub chain_pem: String,
    /// Its serial, by which it can be revoked.
    pub serial: Serial,
}

/// A request for a certificate, and the key that stays behind.
#[derive(Debug)]
pub struct Request {
    /// The request, PEM (PKCS#10).
    pub csr_pem: String,
    /// The private key, PKCS#8 PEM.
    pub key_pem: SecretPem,
}

/// A private key as PEM: wiped after use, never shown.
pub struct SecretPem(Zeroizing<String>);

impl SecretPem {
    pub(super) fn of(key: &KeyPair) -> Self {
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

impl IssuedCertificate {
    /// Writes chain and key to two files that must not exist yet; the key for its owner alone.
    ///
    /// # Errors
    ///
    /// When a file exists or cannot be written.
    pub fn save(&self, chain: &Path, key: &Path) -> Result<(), TrustError> {
        self.key_pem.save(key)?;
        files::create(chain, &self.chain_pem, PUBLIC)
    }
}
