//! The other end of a connection, as its certificate proves it.

use rustls::pki_types::CertificateDer;
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use x509_parser::certificate::X509Certificate;

use crate::TrustError;
use crate::identity::{self, Identity, IdentityError};
use crate::profile;
use crate::serial::Serial;

/// The other end of a finished handshake. Read once per connection, checked on every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who it is.
    pub identity: Identity,
    /// Its certificate's serial.
    pub serial: Serial,
    /// Digest of its public key (`SubjectPublicKeyInfo`, DER): what the directory pins.
    pub spki_digest: Digest,
    /// Digest of its issuer's name and key identifier: which revocation list speaks of it.
    pub issuer: Digest,
    /// Last instant of its certificate.
    pub not_after: Timestamp,
}

impl Peer {
    /// Reads the end-entity certificate, the first of `chain`, and holds it to the profile.
    ///
    /// Only for chains a handshake of [`crate::tls`] has accepted: this proves nothing by itself.
    ///
    /// # Errors
    ///
    /// When the chain is empty, unreadable, or its first certificate breaks the profile.
    pub fn from_chain(chain: &[CertificateDer<'_>]) -> Result<Self, TrustError> {
        let leaf = chain.first().ok_or(IdentityError::NotACertificate)?;
        Self::from_certificate(leaf)
    }

    /// Reads one DER certificate and holds it to the profile.
    ///
    /// # Errors
    ///
    /// When it is unreadable or breaks the profile.
    pub fn from_certificate(der: &[u8]) -> Result<Self, TrustError> {
        Self::of(&identity::read(der)?)
    }

    fn of(certificate: &X509Certificate<'_>) -> Result<Self, TrustError> {
        let identity = profile::check_parsed(certificate)?;
        let key = profile::authority_key(certificate)?;
        Ok(Self {
            identity,
            serial: Serial::from_bytes(certificate.raw_serial())
                .ok_or(IdentityError::NotACertificate)?,
            spki_digest: Digest::of(certificate.public_key().raw),
            issuer: Digest::of_parts(&[certificate.issuer().as_raw(), key]),
            not_after: profile::validity(certificate).1,
        })
    }
}

/// The pin of a certificate: the digest of its public key, as the directory lists it.
///
/// # Errors
///
/// When the bytes are not one certificate.
pub fn pin(der: &[u8]) -> Result<Digest, TrustError> {
    Ok(Digest::of(identity::read(der)?.public_key().raw))
}
