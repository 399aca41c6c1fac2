//! What the authority hands out, and the keys that go with it.

use std::path::Path;

use crate::TrustError;
use crate::files::{self, PUBLIC};
use crate::request::SecretPem;
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
