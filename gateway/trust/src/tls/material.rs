//! What a gateway brings to a handshake, loaded and checked from files.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use stile_model::time::Timestamp;

use super::{provider, unix_time, verify};
use crate::TrustError;
use crate::files;
use crate::identity::{self, Identity, IdentityError};
use crate::peer::Peer;
use crate::profile;
use crate::revocation::RevocationSet;

/// Where the material is, all PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Our certificate and the issuing certificate after it.
    pub chain: PathBuf,
    /// Our private key (PKCS#8, SEC 1), not readable by others.
    pub key: PathBuf,
    /// The root certificates we trust.
    pub roots: PathBuf,
    /// The issuing certificates whose lists we hold.
    pub issuers: PathBuf,
    /// One revocation list for each issuing certificate.
    pub crl: PathBuf,
}

/// Our certificate, key and roots, and the revocation lists shared with every configuration.
#[derive(Debug)]
pub struct TlsMaterial {
    files: TlsFiles,
    certified: Arc<CertifiedKey>,
    own: Peer,
    roots: Arc<RootCertStore>,
    revocations: Arc<ArcSwap<RevocationSet>>,
}

impl TlsMaterial {
    /// Reads every file and proves that they fit: key to certificate, certificate to profile and
    /// roots, issuers to roots, lists to issuers, all in force at `now`.
    ///
    /// # Errors
    ///
    /// Names the file, or the rule that does not hold.
    pub fn load(files: &TlsFiles, now: Timestamp) -> Result<Self, TrustError> {
        let chain = files::certificates(&files.chain)?;
        let own = Peer::from_chain(&chain)?;
        check_in_force(&chain, now)?;
        let roots = files::certificates(&files.roots)?;
        let revocations = load_revocations(files, &roots, now)?;
        revocations.check(&own, now)?;
        let certified = Arc::new(CertifiedKey::from_der(
            chain,
            read_key(files)?,
            &provider(),
        )?);
        let mut store = RootCertStore::empty();
        for root in roots {
            store.add(root)?;
        }
        let roots = Arc::new(store);
        let revocations = Arc::new(ArcSwap::from_pointee(revocations));
        let material = Self {
            files: files.clone(),
            certified,
            own,
            roots,
            revocations,
        };
        material.check_chain(now)?;
        Ok(material)
    }

    /// Who we are.
    pub const fn identity(&self) -> &Identity {
        &self.own.identity
    }

    /// Our own certificate, as a peer sees it: pin, serial and last instant.
    pub const fn own(&self) -> &Peer {
        &self.own
    }

    /// The revocation lists in use; keep the `Arc` and load from it on every request.
    pub const fn revocations(&self) -> &Arc<ArcSwap<RevocationSet>> {
        &self.revocations
    }

    /// Reads the lists again and swaps them in for every configuration made from this material.
    ///
    /// # Errors
    ///
    /// When a file is unreadable, forged, expired, or older than what is held; the old lists stay.
    pub fn reload_revocations(&self, now: Timestamp) -> Result<(), TrustError> {
        let roots = files::certificates(&self.files.roots)?;
        let fresh = load_revocations(&self.files, &roots, now)?;
        self.replace_revocations(Arc::new(fresh))
    }

    /// Reads every file again: a renewed certificate, a new key, root or issuer.
    ///
    /// The result shares the revocation lists with this material, so that connections made under
    /// either are judged by the same ones. Make new configurations of it.
    ///
    /// # Errors
    ///
    /// As [`TlsMaterial::load`] and [`TlsMaterial::reload_revocations`], and
    /// [`TrustError::WrongIdentity`] when the files are now somebody else's; nothing has changed.
    pub fn reload(&self, now: Timestamp) -> Result<Self, TrustError> {
        let fresh = Self::load(&self.files, now)?;
        if fresh.identity() != self.identity() {
            return Err(TrustError::WrongIdentity {
                expected: self.identity().to_string(),
                found: fresh.identity().to_string(),
            });
        }
        self.replace_revocations(fresh.revocations.load_full())?;
        Ok(Self {
            revocations: Arc::clone(&self.revocations),
            ..fresh
        })
    }

    fn replace_revocations(&self, fresh: Arc<RevocationSet>) -> Result<(), TrustError> {
        let held = self.revocations.load();
        if fresh.issued() < held.issued() {
            return Err(TrustError::CrlOlder {
                held: held.issued(),
                found: fresh.issued(),
            });
        }
        self.revocations.store(fresh);
        Ok(())
    }

    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    pub(super) fn roots(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.roots)
    }

    /// Would a peer with our roots accept our own chain? Better asked now than at the first call.
    fn check_chain(&self, now: Timestamp) -> Result<(), TrustError> {
        let (leaf, above) = self
            .certified
            .cert
            .split_first()
            .ok_or(IdentityError::NotACertificate)?;
        verify::chain_verifier(self)?.verify_client_cert(leaf, above, unix_time(now))?;
        Ok(())
    }
}

fn read_key(files: &TlsFiles) -> Result<PrivateKeyDer<'static>, TrustError> {
    let text = files::read_key(&files.key)?;
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| TrustError::Pem {
        path: files.key.clone(),
        expected: "a private key in PEM",
    })
}

fn check_in_force(chain: &[CertificateDer<'_>], now: Timestamp) -> Result<(), TrustError> {
    for der in chain {
        let (from, until) = profile::validity(&identity::read(der)?);
        if now < from || now > until {
            return Err(TrustError::NotInForce { from, until });
        }
    }
    Ok(())
}

fn load_revocations(
    files: &TlsFiles,
    roots: &[CertificateDer<'_>],
    now: Timestamp,
) -> Result<RevocationSet, TrustError> {
    let issuers = files::certificates(&files.issuers)?;
    if !issuers.iter().all(|issuer| is_under_a_root(issuer, roots)) {
        return Err(TrustError::Pem {
            path: files.issuers.clone(),
            expected: "signed by the roots in use",
        });
    }
    RevocationSet::load(
        &files::read(&files.crl)?,
        &files::read(&files.issuers)?,
        now,
    )
}

fn is_under_a_root(issuer: &CertificateDer<'_>, roots: &[CertificateDer<'_>]) -> bool {
    let Ok(issuer) = identity::read(issuer) else {
        return false;
    };
    roots.iter().any(|root| {
        identity::read(root).is_ok_and(|root| {
            root.subject().as_raw() == issuer.issuer().as_raw()
                && issuer.verify_signature(Some(root.public_key())).is_ok()
        })
    })
}
