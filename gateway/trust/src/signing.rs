//! Keys that sign documents, apart from the TLS keys: ECDSA P-256 (RFC 7518 §3.4).

use std::fmt;
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::TrustError;
use crate::files;

/// Length of one coordinate of a P-256 point, in bytes.
const COORDINATE: usize = 32;

/// A P-256 private key for documents. `Debug` shows the thumbprint only.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    pkcs8: Zeroizing<Vec<u8>>,
    public: VerifyingKey,
    random: SystemRandom,
}

impl SigningKey {
    /// Makes a new key from the system's randomness.
    ///
    /// # Errors
    ///
    /// [`TrustError::Random`] when the system gives none.
    pub fn generate() -> Result<Self, TrustError> {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| TrustError::Random("make a signing key"))?;
        Self::from_pkcs8(Zeroizing::new(document.as_ref().to_vec()))
    }

    /// Reads a PKCS#8 PEM file that nobody else can read.
    ///
    /// # Errors
    ///
    /// When the file is missing, open to others, or not a P-256 key in PKCS#8 PEM.
    pub fn load(path: &Path) -> Result<Self, TrustError> {
        let text = files::read_key(path)?;
        Self::from_pem(&text).map_err(|_| TrustError::Pem {
            path: path.to_owned(),
            expected: "a P-256 private key in PKCS#8 PEM",
        })
    }

    /// Reads PKCS#8 PEM.
    ///
    /// # Errors
    ///
    /// [`TrustError::KeyUnusable`] when it is anything but a P-256 key in PKCS#8 PEM.
    pub fn from_pem(text: &str) -> Result<Self, TrustError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| unusable())?;
        Self::from_pkcs8(Zeroizing::new(der.secret_pkcs8_der().to_vec()))
    }

    /// Writes the key to a file that must not exist yet, for its owner alone (0600).
    ///
    /// # Errors
    ///
    /// When the file exists or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TrustError> {
        files::create(path, &self.to_pem(), files::PRIVATE)
    }

    /// The key as PKCS#8 PEM, wiped from memory after use.
    pub fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(files::pem("PRIVATE KEY", &self.pkcs8))
    }

    /// The public half.
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// The RFC 7638 thumbprint of the public half.
    pub fn kid(&self) -> String {
        self.public.kid()
    }

    /// Signs `message`: `r ‖ s`, 64 bytes.
    ///
    /// # Errors
    ///
    /// [`TrustError::Random`] when the system gives no randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TrustError> {
        self.pair
            .sign(&self.random, message)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| TrustError::Random("sign"))
    }

    fn from_pkcs8(pkcs8: Zeroizing<Vec<u8>>) -> Result<Self, TrustError> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &random)
            .map_err(|_| unusable())?;
        let public = VerifyingKey::from_point(pair.public_key().as_ref())?;
        Ok(Self {
            pair,
            pkcs8,
            public,
            random,
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid())
    }
}

/// A P-256 public key for documents; in JSON and TOML a JWK (RFC 7517).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Jwk", try_from = "Jwk")]
pub struct VerifyingKey {
    x: [u8; COORDINATE],
    y: [u8; COORDINATE],
}

/// A P-256 public key as JSON Web Key: `{"kty":"EC","crv":"P-256","x":"…","y":"…"}`.
///
/// A private member (`d`) or any other key is refused when reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    /// Always `EC`.
    pub kty: String,
    /// Always `P-256`.
    pub crv: String,
    /// First coordinate, 32 bytes in base64url without padding.
    pub x: String,
    /// Second coordinate, 32 bytes in base64url without padding.
    pub y: String,
}

impl VerifyingKey {
    /// Reads a JWK.
    ///
    /// # Errors
    ///
    /// [`TrustError::KeyUnusable`] unless it is an `EC` key on `P-256` with 32-byte coordinates.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, TrustError> {
        if jwk.kty != "EC" || jwk.crv != "P-256" {
            return Err(unusable_jwk());
        }
        Ok(Self {
            x: coordinate(&jwk.x)?,
            y: coordinate(&jwk.y)?,
        })
    }

    /// The key as a JWK.
    pub fn to_jwk(&self) -> Jwk {
        Jwk {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x: BASE64URL_NOPAD.encode(&self.x),
            y: BASE64URL_NOPAD.encode(&self.y),
        }
    }

    /// The RFC 7638 thumbprint: SHA-256 over the required members in order, base64url.
    pub fn kid(&self) -> String {
        let Jwk { kty, crv, x, y } = self.to_jwk();
        let canonical = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#);
        BASE64URL_NOPAD.encode(stile_model::digest::Digest::of(canonical.as_bytes()).as_bytes())
    }

    /// Is `signature` (`r ‖ s`, 64 bytes) this key's over `message`?
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let point = [&[0x04], self.x.as_slice(), self.y.as_slice()].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(message, signature)
            .is_ok()
    }

    fn from_point(point: &[u8]) -> Result<Self, TrustError> {
        let (0x04, rest) = point.split_first().ok_or_else(unusable)? else {
            return Err(unusable());
        };
        let (x, y) = rest.split_at_checked(COORDINATE).ok_or_else(unusable)?;
        let x = x.try_into().map_err(|_| unusable())?;
        let y = y.try_into().map_err(|_| unusable())?;
        Ok(Self { x, y })
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.kid())
    }
}

impl From<VerifyingKey> for Jwk {
    fn from(key: VerifyingKey) -> Self {
        key.to_jwk()
    }
}

impl TryFrom<Jwk> for VerifyingKey {
    type Error = TrustError;

    fn try_from(jwk: Jwk) -> Result<Self, TrustError> {
        Self::from_jwk(&jwk)
    }
}

fn coordinate(text: &str) -> Result<[u8; COORDINATE], TrustError> {
    let bytes = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| unusable_jwk())?;
    bytes.try_into().map_err(|_| unusable_jwk())
}

const fn unusable() -> TrustError {
    TrustError::KeyUnusable("the signing key", "a P-256 private key in PKCS#8 PEM")
}

const fn unusable_jwk() -> TrustError {
    TrustError::KeyUnusable(
        "the JWK",
        "kty `EC`, crv `P-256` and 32-byte x and y in base64url",
    )
}

#[cfg(test)]
mod tests;
