//! Which certificate we show: the one in force when the handshake comes.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::TlsMaterial;
use super::material::Held;

/// Our own certificate, as it is now.
#[derive(Debug)]
pub(super) struct Shown {
    held: Arc<ArcSwap<Held>>,
    with_roots: bool,
}

impl Shown {
    /// The chain up to the issuing certificate.
    pub(super) fn of(material: &TlsMaterial) -> Self {
        Self {
            held: Arc::clone(material.held()),
            with_roots: false,
        }
    }

    /// The chain and the roots.
    pub(super) fn with_roots(material: &TlsMaterial) -> Self {
        Self {
            with_roots: true,
            ..Self::of(material)
        }
    }

    fn now(&self) -> Arc<CertifiedKey> {
        let held = self.held.load();
        Arc::clone(if self.with_roots {
            &held.with_roots
        } else {
            &held.certified
        })
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }

    fn has_certs(&self) -> bool {
        true
    }
}
