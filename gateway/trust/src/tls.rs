//! Every TLS configuration of the gateway; no other module names a cipher, group or verifier.
//!
//! TLS 1.3 only, ring for everything but the hybrid key exchange: X25519MLKEM768 (AWS-LC) first,
//! because what is recorded today stays sensitive for a lifetime, X25519 for peers without it.
//! Resumption is off in both directions: a resumed connection would skip the revocation check.
//! webpki's own lists are not used; [`crate::revocation`] says why.
//!
//! What [`TlsMaterial`] holds is looked up at each handshake, so a renewed certificate or a second root
//! counts at once in configurations that were made before it.
//!
//! A peer that offers no ALPN at all is not refused by TLS: whoever accepts a connection compares
//! `alpn_protocol()` with what it serves.

mod enrolling;
mod material;
mod opened;
mod shown;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs, ring};
use rustls::pki_types::UnixTime;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::SingleCertAndKey;
use rustls::time_provider::TimeProvider;
use rustls::version::TLS13;
pub use rustls::{ClientConfig, ServerConfig};
use stile_model::time::Timestamp;

pub use enrolling::{Anchor, enrolling_config, enrolment_config};
pub use material::{AuthorityPapers, TlsFiles, TlsMaterial};

use crate::TrustError;
use crate::identity::{Identity, Role};
use shown::Shown;
use verify::{Accepted, Rules};
#[cfg(test)]
pub(crate) use verify::{client_chain, server_chain};

/// The ring provider with the hybrid group first.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768, ring::kx_group::X25519],
        ..ring::default_provider()
    })
}

/// Settings for the accepting end: a client certificate is demanded, and its holder must be of
/// our partnership and in one of the roles of `accept`.
///
/// `alpn` lists the protocols in order of preference; `now` is the only clock.
///
/// # Errors
///
/// When rustls refuses the material, or ours cannot serve (a person's certificate).
pub fn server_config(
    material: &TlsMaterial,
    accept: &[Role],
    alpn: &[&[u8]],
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
) -> Result<Arc<ServerConfig>, TrustError> {
    check_serves(material)?;
    let rules = Rules::new(material, Accepted::Roles(accept.to_vec()));
    let verifier = verify::client_verifier(material, rules);
    accepting(Some(verifier), Arc::new(Shown::of(material)), alpn, now)
}

/// Settings for the end that browsers dial: nobody is asked for a certificate, and the gateway shows
/// the one in `chain` (PEM, own certificate first) with the key in `key` (PEM), which browsers of this
/// member trust.
///
/// `alpn` lists the protocols in order of preference; `now` is the only clock. TLS 1.3 only.
///
/// # Errors
///
/// When a file cannot be read, others can read the key, or the two do not fit each other.
pub fn browser_config(
    chain: &Path,
    key: &Path,
    alpn: &[&[u8]],
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
) -> Result<Arc<ServerConfig>, TrustError> {
    let certified = opened::read_certified(chain, key)?;
    accepting(None, Arc::new(SingleCertAndKey::from(certified)), alpn, now)
}

/// What every accepting end has: TLS 1.3, nothing resumed and nothing early. Without `clients` nobody
/// is asked for a certificate.
fn accepting(
    clients: Option<Arc<dyn ClientCertVerifier>>,
    shown: Arc<dyn ResolvesServerCert>,
    alpn: &[&[u8]],
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
) -> Result<Arc<ServerConfig>, TrustError> {
    let config = ServerConfig::builder_with_details(provider(), Arc::new(Clock(now)))
        .with_protocol_versions(&[&TLS13])?;
    let mut config = match clients {
        Some(clients) => config.with_client_cert_verifier(clients),
        None => config.with_no_client_auth(),
    }
    .with_cert_resolver(shown);
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

/// Refuses to serve under a person's certificate.
fn check_serves(material: &TlsMaterial) -> Result<(), TrustError> {
    match material.identity().role {
        Role::Agency | Role::Hub => Ok(()),
        Role::Person => Err(TrustError::WrongRole(Role::Person)),
    }
}

/// Settings for the dialling end: the server must be exactly `expect`, reached under a name or
/// address its certificate lists.
///
/// `alpn` lists the protocols in order of preference; `now` is the only clock.
///
/// # Errors
///
/// When rustls refuses the material.
pub fn client_config(
    material: &TlsMaterial,
    expect: &Identity,
    alpn: &[&[u8]],
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
) -> Result<Arc<ClientConfig>, TrustError> {
    let rules = Rules::new(material, Accepted::Exactly(expect.clone()));
    let verifier = verify::server_verifier(material, rules);
    let mut config = ClientConfig::builder_with_details(provider(), Arc::new(Clock(now)))
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(Arc::new(Shown::of(material)));
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

/// Settings for calling a service outside the partnership, such as an identity provider: it must show a
/// certificate for its name under one of the roots in `roots` (PEM). Revocation is not looked up, so
/// the file should hold few roots. TLS 1.3 only, HTTP/1.1.
///
/// # Errors
///
/// When the file cannot be read or holds no certificate.
pub fn outside_config(
    roots: &Path,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
) -> Result<Arc<ClientConfig>, TrustError> {
    let mut config = ClientConfig::builder_with_details(provider(), Arc::new(Clock(now)))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(material::read_roots(roots)?)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// rustls's clock, read from ours.
struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(unix_time((self.0)()))
    }
}

/// rustls's form of an instant; 1970 for anything earlier, when no certificate is valid yet.
fn unix_time(now: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_millis(
        u64::try_from(now.millis()).unwrap_or(0),
    ))
}
