//! Verifiers: webpki first, then our profile, partnership, role or identity, and revocation.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore,
    SignatureScheme,
};
use stile_model::id::PartnershipId;
use stile_model::time::Timestamp;

use super::material::Held;
use super::{TlsMaterial, provider};
use crate::TrustError;
use crate::identity::{Identity, Role};
use crate::peer::Peer;
use crate::revocation::RevocationSet;

/// Whom one end of a connection accepts.
#[derive(Debug)]
pub enum Accepted {
    /// Only this one.
    Exactly(Identity),
    /// Anyone of our partnership in these roles.
    Roles(Vec<Role>),
}

/// What webpki does not ask.
#[derive(Debug)]
pub struct Rules {
    accepted: Accepted,
    partnership: PartnershipId,
    revocations: Arc<ArcSwap<RevocationSet>>,
}

impl Rules {
    pub fn new(material: &TlsMaterial, accepted: Accepted) -> Self {
        Self {
            accepted,
            partnership: material.identity().partnership.clone(),
            revocations: Arc::clone(material.revocations()),
        }
    }

    fn check(&self, leaf: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
        self.admit(leaf, now).map_err(refusal)
    }

    fn admit(&self, leaf: &CertificateDer<'_>, now: UnixTime) -> Result<(), TrustError> {
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let now = Timestamp::from_millis(seconds.saturating_mul(1_000));
        let peer = Peer::from_certificate(leaf)?;
        if peer.identity.partnership != self.partnership {
            return Err(TrustError::WrongPartnership {
                expected: self.partnership.clone(),
                found: peer.identity.partnership,
            });
        }
        match &self.accepted {
            Accepted::Exactly(expected) if *expected != peer.identity => {
                return Err(TrustError::WrongIdentity {
                    expected: expected.to_string(),
                    found: peer.identity.to_string(),
                });
            }
            Accepted::Roles(roles) if !roles.contains(&peer.identity.role) => {
                return Err(TrustError::WrongRole(peer.identity.role));
            }
            Accepted::Exactly(_) | Accepted::Roles(_) => {}
        }
        self.revocations.load().check(&peer, now)
    }
}

/// The rustls error that sends the fitting alert; ours stays inside it where none fits.
fn refusal(error: TrustError) -> Error {
    Error::InvalidCertificate(match error {
        TrustError::Revoked(_) => CertificateError::Revoked,
        TrustError::CrlExpired(_) => CertificateError::ExpiredRevocationList,
        TrustError::UnknownIssuer(_) => CertificateError::UnknownRevocationStatus,
        other => CertificateError::Other(OtherError(Arc::new(other))),
    })
}

/// Proves that a chain leads to these roots and may be a client's; no more.
pub(crate) fn client_chain(
    roots: &Arc<RootCertStore>,
) -> Result<Arc<dyn ClientCertVerifier>, TrustError> {
    WebPkiClientVerifier::builder_with_provider(Arc::clone(roots), provider())
        .build()
        .map_err(|error| Error::General(error.to_string()).into())
}

/// Proves that a chain leads to these roots and may be a server's of the name dialled; no more.
pub(crate) fn server_chain(
    roots: &Arc<RootCertStore>,
) -> Result<Arc<WebPkiServerVerifier>, TrustError> {
    WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), provider())
        .build()
        .map_err(|error| Error::General(error.to_string()).into())
}

/// The verifier of the accepting end. The roots that it names to who dials are those of now.
pub fn client_verifier(material: &TlsMaterial, rules: Rules) -> Arc<dyn ClientCertVerifier> {
    let held = Arc::clone(material.held());
    let hints = held.load().clients.root_hint_subjects().to_vec();
    Arc::new(ClientVerifier { held, hints, rules })
}

/// The verifier of the dialling end.
pub fn server_verifier(material: &TlsMaterial, rules: Rules) -> Arc<dyn ServerCertVerifier> {
    Arc::new(ServerVerifier {
        held: Arc::clone(material.held()),
        rules,
    })
}

#[derive(Debug)]
struct ClientVerifier {
    held: Arc<ArcSwap<Held>>,
    hints: Vec<DistinguishedName>,
    rules: Rules,
}

impl ClientCertVerifier for ClientVerifier {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let chain = Arc::clone(&self.held.load().clients);
        let verified = chain.verify_client_cert(leaf, above, now)?;
        self.rules.check(leaf, now)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.held
            .load()
            .clients
            .verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.held
            .load()
            .clients
            .verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.held.load().clients.supported_verify_schemes()
    }
}

#[derive(Debug)]
struct ServerVerifier {
    held: Arc<ArcSwap<Held>>,
    rules: Rules,
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = Arc::clone(&self.held.load().servers);
        let verified = chain.verify_server_cert(leaf, above, name, ocsp, now)?;
        self.rules.check(leaf, now)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.held
            .load()
            .servers
            .verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.held
            .load()
            .servers
            .verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.held.load().servers.supported_verify_schemes()
    }
}
