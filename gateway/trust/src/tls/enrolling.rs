//! The one door at which nobody shows a certificate yet: enrolment.
//!
//! Whoever enrols has no certificate and no revocation list. It knows the partnership's root, as a file
//! or by its SHA-256 that was given to it on another way, and holds the hub to it: there is no trust on
//! first use. The hub shows its chain with the root behind it, so that a digest is enough.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore,
    ServerConfig, SignatureScheme,
};
use stile_model::digest::Digest;
use stile_model::id::PartnershipId;
use stile_model::time::Timestamp;

use super::shown::Shown;
use super::{Clock, TlsMaterial, accepting, check_serves, provider, verify};
use crate::TrustError;
use crate::identity::Role;
use crate::peer::Peer;

/// What is known of the partnership's root before anything else is.
#[derive(Debug, Clone)]
pub enum Anchor {
    /// SHA-256 of the root certificate (DER).
    Digest(Digest),
    /// The root certificates themselves, PEM.
    Roots(String),
}

impl Anchor {
    /// Is this one of the roots that are meant?
    ///
    /// # Errors
    ///
    /// When what is known is not PEM.
    pub fn knows(&self, root: &CertificateDer<'_>) -> Result<bool, TrustError> {
        match self {
            Self::Digest(digest) => Ok(Digest::of(root) == *digest),
            Self::Roots(pem) => Ok(certificates(pem)?.iter().any(|known| known == root)),
        }
    }

    /// The roots of a PEM text that are meant, as PEM: what else is in it is nobody's word.
    ///
    /// # Errors
    ///
    /// When either text is not PEM, or none of `offered` is meant.
    pub fn chosen(&self, offered: &str) -> Result<String, TrustError> {
        let mut chosen = String::new();
        for root in certificates(offered)? {
            if self.knows(&root)? {
                chosen.push_str(&pem(&root));
            }
        }
        if chosen.is_empty() {
            return Err(TrustError::RootUnknown);
        }
        Ok(chosen)
    }

    /// The store of roots to judge a chain by, when these certificates came with it.
    fn store(&self, shown: &[CertificateDer<'_>]) -> Result<RootCertStore, TrustError> {
        let mut store = RootCertStore::empty();
        match self {
            Self::Digest(digest) => {
                let root = shown.iter().find(|one| Digest::of(one) == *digest);
                store.add(root.ok_or(TrustError::RootUnknown)?.clone().into_owned())?;
            }
            Self::Roots(pem) => {
                for root in certificates(pem)? {
                    store.add(root)?;
                }
            }
        }
        Ok(store)
    }
}

/// Settings for the accepting end of enrolment: nobody is asked for a certificate, and ours is shown
/// with the roots.
///
/// # Errors
///
/// When ours cannot serve (a person's certificate).
pub fn enrolment_config(
    material: &TlsMaterial,
    alpn: &[&[u8]],
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
) -> Result<Arc<ServerConfig>, TrustError> {
    check_serves(material)?;
    accepting(None, Arc::new(Shown::with_roots(material)), alpn, now)
}

/// Settings for whoever enrols: the other end must be a hub of `partnership` under the root that
/// `anchor` names, by a certificate of our profile for the name dialled. Whether it was revoked is not
/// known yet.
///
/// # Errors
///
/// When rustls refuses the settings.
pub fn enrolling_config(
    anchor: Anchor,
    partnership: &PartnershipId,
    alpn: &[&[u8]],
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
) -> Result<Arc<ClientConfig>, TrustError> {
    let verifier = HubOf {
        anchor,
        partnership: partnership.clone(),
    };
    let mut config = ClientConfig::builder_with_details(provider(), Arc::new(Clock(now)))
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

/// Accepts a hub of one partnership.
#[derive(Debug)]
struct HubOf {
    anchor: Anchor,
    partnership: PartnershipId,
}

impl HubOf {
    fn admit(&self, leaf: &CertificateDer<'_>) -> Result<(), TrustError> {
        let identity = Peer::from_certificate(leaf)?.identity;
        if identity.partnership != self.partnership {
            return Err(TrustError::WrongPartnership {
                expected: self.partnership.clone(),
                found: identity.partnership,
            });
        }
        match identity.role {
            Role::Hub => Ok(()),
            role @ (Role::Agency | Role::Person) => Err(TrustError::WrongRole(role)),
        }
    }
}

impl ServerCertVerifier for HubOf {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let store = Arc::new(self.anchor.store(above).map_err(ours)?);
        let chain = verify::server_chain(&store).map_err(ours)?;
        let verified = chain.verify_server_cert(leaf, above, name, ocsp, now)?;
        self.admit(leaf).map_err(ours)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = provider().signature_verification_algorithms;
        verify_tls12_signature(message, cert, signed, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = provider().signature_verification_algorithms;
        verify_tls13_signature(message, cert, signed, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn ours(error: TrustError) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(error))))
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| TrustError::RootUnknown)
}

fn pem(der: &CertificateDer<'_>) -> String {
    crate::files::pem("CERTIFICATE", der)
}
