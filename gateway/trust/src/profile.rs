//! What every certificate must look like, checked after webpki, which asks for less.
//!
//! webpki accepts a leaf without extended key usage, with keyCertSign, of any lifetime, and with
//! any number of URIs; each would widen what a stolen or mistaken certificate can do.

#[cfg(test)]
mod limbo;

use stile_model::time::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ED25519, OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER,
};
use x509_parser::prelude::ParsedExtension;

use crate::identity::{self, Identity, IdentityError, Role};

/// The longest lifetime of a certificate, in days.
pub const LONGEST_LIFETIME_DAYS: i64 = 398;

const DAY_S: i64 = 86_400;
/// An uncompressed P-256 point (SEC 1 §2.3.3): `04 ‖ x ‖ y`.
const P256_POINT: usize = 65;
const ED25519_KEY: usize = 32;

/// Which rule of the profile a certificate breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileRefusal {
    /// It is a certificate authority.
    #[error("it is a certificate authority's, not a gateway's or person's")]
    Authority,
    /// An extension is broken or appears twice.
    #[error("extension `{0}` is malformed or repeated")]
    Extension(&'static str),
    /// The holder cannot be read.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The key is neither P-256 nor Ed25519.
    #[error("its key is neither P-256 nor Ed25519")]
    KeyKind,
    /// It lives longer than allowed.
    #[error("it lives `{0}` days, more than 398")]
    Lifetime(i64),
    /// It does not say which key signed it, so no revocation list can be matched to it.
    #[error("it has no authority key identifier")]
    NoAuthorityKey,
    /// It may not act as a TLS client.
    #[error("extended key usage does not list clientAuth")]
    NoClientAuth,
    /// It may not sign handshakes.
    #[error("key usage does not list digitalSignature")]
    NoDigitalSignature,
    /// It may not act as a TLS server, as every gateway does.
    #[error("extended key usage does not list serverAuth")]
    NoServerAuth,
    /// It may sign certificates or revocation lists.
    #[error("key usage lists keyCertSign or cRLSign")]
    SignsCertificates,
}

/// Holds a DER certificate to the profile and gives its holder.
///
/// # Errors
///
/// The first rule it breaks.
pub fn check(der: &[u8]) -> Result<Identity, ProfileRefusal> {
    check_parsed(&identity::read(der)?)
}

/// Holds a parsed certificate to the profile and gives its holder.
pub(crate) fn check_parsed(certificate: &X509Certificate<'_>) -> Result<Identity, ProfileRefusal> {
    let identity = Identity::of(certificate)?;
    check_not_authority(certificate)?;
    check_key_usage(certificate)?;
    check_extended_key_usage(certificate, identity.role)?;
    check_key_kind(certificate)?;
    check_lifetime(certificate)?;
    authority_key(certificate)?;
    Ok(identity)
}

/// The key identifier of the key that signed `certificate`.
pub(crate) fn authority_key<'a>(
    certificate: &'a X509Certificate<'_>,
) -> Result<&'a [u8], ProfileRefusal> {
    certificate
        .get_extension_unique(&OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER)
        .map_err(|_| ProfileRefusal::Extension("authorityKeyIdentifier"))?
        .and_then(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(key) => key.key_identifier.as_ref(),
            _ => None,
        })
        .map(|key| key.0)
        .ok_or(ProfileRefusal::NoAuthorityKey)
}

/// First and last instant of a certificate's validity.
pub(crate) fn validity(certificate: &X509Certificate<'_>) -> (Timestamp, Timestamp) {
    let validity = certificate.validity();
    (
        at(validity.not_before.timestamp()),
        at(validity.not_after.timestamp()),
    )
}

/// The instant `seconds` after 1970.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

fn check_not_authority(certificate: &X509Certificate<'_>) -> Result<(), ProfileRefusal> {
    let constraints = certificate
        .basic_constraints()
        .map_err(|_| ProfileRefusal::Extension("basicConstraints"))?;
    if constraints.is_some_and(|constraints| constraints.value.ca) {
        return Err(ProfileRefusal::Authority);
    }
    Ok(())
}

fn check_key_usage(certificate: &X509Certificate<'_>) -> Result<(), ProfileRefusal> {
    let usage = certificate
        .key_usage()
        .map_err(|_| ProfileRefusal::Extension("keyUsage"))?
        .ok_or(ProfileRefusal::NoDigitalSignature)?
        .value;
    if usage.key_cert_sign() || usage.crl_sign() {
        return Err(ProfileRefusal::SignsCertificates);
    }
    if usage.digital_signature() {
        Ok(())
    } else {
        Err(ProfileRefusal::NoDigitalSignature)
    }
}

fn check_extended_key_usage(
    certificate: &X509Certificate<'_>,
    role: Role,
) -> Result<(), ProfileRefusal> {
    let usage = certificate
        .extended_key_usage()
        .map_err(|_| ProfileRefusal::Extension("extendedKeyUsage"))?
        .ok_or(ProfileRefusal::NoClientAuth)?
        .value;
    if !usage.client_auth {
        return Err(ProfileRefusal::NoClientAuth);
    }
    match role {
        Role::Agency | Role::Hub if !usage.server_auth => Err(ProfileRefusal::NoServerAuth),
        Role::Agency | Role::Hub | Role::Person => Ok(()),
    }
}

fn check_key_kind(certificate: &X509Certificate<'_>) -> Result<(), ProfileRefusal> {
    let key = certificate.public_key();
    let bytes: &[u8] = &key.subject_public_key.data;
    let kind = &key.algorithm.algorithm;
    let curve = key
        .algorithm
        .parameters
        .as_ref()
        .and_then(|curve| curve.as_oid().ok());
    let p256 = *kind == OID_KEY_TYPE_EC_PUBLIC_KEY
        && curve.is_some_and(|curve| curve == OID_EC_P256)
        && bytes.len() == P256_POINT;
    let ed25519 = *kind == OID_SIG_ED25519 && bytes.len() == ED25519_KEY;
    if p256 || ed25519 {
        Ok(())
    } else {
        Err(ProfileRefusal::KeyKind)
    }
}

fn check_lifetime(certificate: &X509Certificate<'_>) -> Result<(), ProfileRefusal> {
    let validity = certificate.validity();
    let seconds = validity
        .not_after
        .timestamp()
        .saturating_sub(validity.not_before.timestamp());
    if seconds > LONGEST_LIFETIME_DAYS * DAY_S {
        return Err(ProfileRefusal::Lifetime(seconds / DAY_S));
    }
    Ok(())
}
