//! Says what is in a certificate, for people.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;

use crate::TrustError;
use crate::identity::{self, Identity, IdentityError};
use crate::profile::{self, ProfileRefusal};
use crate::serial::Serial;

/// What a certificate says, read without trusting it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSummary {
    /// Is it a certificate authority's?
    pub authority: bool,
    /// Digest of the whole certificate (DER): by it a root is told beforehand.
    pub digest: Digest,
    /// Its holder, when it names one.
    pub identity: Option<Identity>,
    /// The issuer's name.
    pub issuer: String,
    /// The DNS names and IP addresses it is for.
    pub names: Vec<String>,
    /// Its last instant.
    pub not_after: Timestamp,
    /// Its first instant.
    pub not_before: Timestamp,
    /// Which rule of the profile it breaks, if any; an authority's always breaks one.
    pub refusal: Option<ProfileRefusal>,
    /// Its serial.
    pub serial: Serial,
    /// Digest of its public key: the pin for the directory.
    pub spki_digest: Digest,
}

impl CertificateSummary {
    /// Whole days from `now` to the last instant; negative when it is past.
    pub const fn days_left(&self, now: Timestamp) -> i64 {
        self.not_after.since_millis(now).div_euclid(86_400_000)
    }
}

/// Reads the first certificate of a PEM text.
///
/// # Errors
///
/// When there is none, or it cannot be read.
pub fn describe(pem: &str) -> Result<CertificateSummary, TrustError> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| IdentityError::NotACertificate)?;
    let certificate = identity::read(&der)?;
    let (not_before, not_after) = profile::validity(&certificate);
    Ok(CertificateSummary {
        authority: certificate.is_ca(),
        digest: Digest::of(&der),
        identity: Identity::of(&certificate).ok(),
        issuer: certificate.issuer().to_string(),
        names: names(&certificate),
        not_after,
        not_before,
        refusal: profile::check_parsed(&certificate).err(),
        serial: Serial::from_bytes(certificate.raw_serial())
            .ok_or(IdentityError::NotACertificate)?,
        spki_digest: Digest::of(certificate.public_key().raw),
    })
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    };
    extension
        .value
        .general_names
        .iter()
        .filter_map(name)
        .collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}
