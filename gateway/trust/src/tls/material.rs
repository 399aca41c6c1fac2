//! What a gateway brings to a handshake, loaded and checked from files.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::CertifiedKey;
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use stile_token::signing;

use super::opened::Opened;
use super::{unix_time, verify};
use crate::TrustError;
use crate::files;
use crate::identity::{self, Identity, IdentityError};
use crate::key::{KeyPlace, TlsKey};
use crate::lifetime::Lifetime;
use crate::peer::Peer;
use crate::profile;
use crate::revocation::RevocationSet;

/// Where the material is; files are PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Our certificate and the issuing certificate after it.
    pub chain: PathBuf,
    /// Our private key: PKCS#8 or SEC 1, not readable by others, or in a hardware token.
    pub key: KeyPlace,
    /// The root certificates we trust.
    pub roots: PathBuf,
    /// The issuing certificates whose lists we hold.
    pub issuers: PathBuf,
    /// One revocation list for each issuing certificate.
    pub crl: PathBuf,
}

/// Our certificate, key and roots, and the revocation lists: all shared with every configuration made
/// of them, and replaced whole while handshakes and requests go on.
#[derive(Debug)]
pub struct TlsMaterial {
    files: TlsFiles,
    identity: Identity,
    held: Arc<ArcSwap<Held>>,
    revocations: Arc<ArcSwap<RevocationSet>>,
    /// Held while lists are compared and replaced, never while files or a token are read.
    replacing: Mutex<()>,
}

impl TlsMaterial {
    /// Reads every file and proves that they fit: key to certificate, certificate to profile and
    /// roots, issuers to roots, lists to issuers, all in force at `now`.
    ///
    /// # Errors
    ///
    /// Names the file, or the rule that does not hold.
    pub fn load(files: &TlsFiles, now: Timestamp) -> Result<Self, TrustError> {
        let (held, revocations) = read_all(files, None, now)?;
        Ok(Self {
            files: files.clone(),
            identity: held.own.identity.clone(),
            held: Arc::new(ArcSwap::from_pointee(held)),
            revocations: Arc::new(ArcSwap::from_pointee(revocations)),
            replacing: Mutex::default(),
        })
    }

    /// Who we are; no reload changes it.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Where the material is.
    pub const fn files(&self) -> &TlsFiles {
        &self.files
    }

    /// Our own certificate, as a peer sees it: pin, serial and last instant.
    pub fn own(&self) -> Peer {
        self.held.load().own.clone()
    }

    /// From when until when our own certificate is good.
    pub fn lifetime(&self) -> Lifetime {
        self.held.load().lifetime
    }

    /// Is the key in a token that did not sign when it was asked last? Handshakes fail then.
    pub fn key_fails(&self) -> bool {
        let held = self.held.load();
        held.watched.as_ref().is_some_and(|key| key.is_failing())
    }

    /// Tells one set of roots from another.
    pub fn roots_digest(&self) -> Digest {
        let held = self.held.load();
        let roots: Vec<&[u8]> = held.roots.iter().map(AsRef::as_ref).collect();
        Digest::of_parts(&roots)
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
        self.take(fresh)
    }

    /// Reads every file again: a renewed certificate, a new key, root or issuer. Says whether
    /// certificate, key or roots are others than before.
    ///
    /// What is new counts from the next handshake on, in every configuration that was made of this
    /// material; connections that stand go on. Only the roots that an accepting end names to whoever
    /// dials stay those it was made with: make [`super::server_config`] anew when
    /// [`TlsMaterial::roots_digest`] is another.
    ///
    /// # Errors
    ///
    /// As [`TlsMaterial::load`] and [`TlsMaterial::reload_revocations`], and
    /// [`TrustError::WrongIdentity`] when the files are now somebody else's; nothing has changed.
    pub fn reload(&self, now: Timestamp) -> Result<bool, TrustError> {
        let (fresh, lists) = read_all(&self.files, Some(&self.held.load()), now)?;
        self.check_ours(&fresh)?;
        self.take(lists)?;
        let changed = !fresh.is_like(&self.held.load());
        if changed {
            self.held.store(Arc::new(fresh));
        }
        Ok(changed)
    }

    /// Reads a chain that was issued for some member of our partnership, and proves that our own roots
    /// and lists stand behind it.
    ///
    /// # Errors
    ///
    /// When the chain does not lead to our roots, breaks the profile, is of another partnership, not in
    /// force or revoked.
    pub fn vouches(&self, chain_pem: &str, now: Timestamp) -> Result<Peer, TrustError> {
        let chain: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(chain_pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| IdentityError::NotACertificate)?;
        let peer = Peer::from_chain(&chain)?;
        if peer.identity.partnership != self.identity.partnership {
            return Err(TrustError::WrongPartnership {
                expected: self.identity.partnership.clone(),
                found: peer.identity.partnership,
            });
        }
        self.held.load().check_chain(&chain, now)?;
        self.revocations.load().check(&peer, now)?;
        Ok(peer)
    }

    /// Proves a chain that is to replace ours with this key, by the reading that all files get at start.
    /// Nothing is written or changed.
    ///
    /// # Errors
    ///
    /// As [`TlsMaterial::reload`]: what this refuses would keep the gateway from starting again.
    pub fn proves(&self, chain_pem: &str, key: &TlsKey, now: Timestamp) -> Result<(), TrustError> {
        let chain: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(chain_pem.as_bytes())
                .collect::<Result<_, _>>()
                .map_err(|_| IdentityError::NotACertificate)?;
        let (fresh, lists) = prove(&self.files, &chain, |_| Opened::of(key), now)?;
        self.check_ours(&fresh)?;
        self.check_newer(&lists)
    }

    /// The public files by which a member knows the partnership's authority.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub fn authority_papers(&self) -> Result<AuthorityPapers, TrustError> {
        Ok(AuthorityPapers {
            roots: files::read(&self.files.roots)?,
            issuers: files::read(&self.files.issuers)?,
            crl: files::read(&self.files.crl)?,
        })
    }

    /// Compares and replaces in one step: of two readings at once the older may come last.
    fn take(&self, fresh: RevocationSet) -> Result<(), TrustError> {
        let _alone = self
            .replacing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.check_newer(&fresh)?;
        let fresh = fresh.with_kept(&self.revocations.load());
        self.revocations.store(Arc::new(fresh));
        Ok(())
    }

    fn check_ours(&self, fresh: &Held) -> Result<(), TrustError> {
        if fresh.own.identity == self.identity {
            return Ok(());
        }
        Err(TrustError::WrongIdentity {
            expected: self.identity.to_string(),
            found: fresh.own.identity.to_string(),
        })
    }

    /// Refuses lists older than those in use, so that an old copy cannot bring back who was revoked.
    fn check_newer(&self, fresh: &RevocationSet) -> Result<(), TrustError> {
        match fresh.older_than(&self.revocations.load()) {
            Some((held, found)) => Err(TrustError::CrlOlder { held, found }),
            None => Ok(()),
        }
    }

    pub(super) const fn held(&self) -> &Arc<ArcSwap<Held>> {
        &self.held
    }

    #[cfg(test)]
    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.held.load().certified)
    }
}

/// What a member needs to know the partnership's authority, all PEM and all public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityPapers {
    /// The root certificates.
    pub roots: String,
    /// The issuing certificates.
    pub issuers: String,
    /// One revocation list for each issuing certificate.
    pub crl: String,
}

/// What handshakes take from the files; replaced whole.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) certified: Arc<CertifiedKey>,
    /// The same with the roots behind the chain, for those who know no more than a root's digest.
    pub(super) with_roots: Arc<CertifiedKey>,
    /// Proves the chain of who dials us.
    pub(super) clients: Arc<dyn ClientCertVerifier>,
    /// Proves the chain of whom we dial.
    pub(super) servers: Arc<WebPkiServerVerifier>,
    own: Peer,
    lifetime: Lifetime,
    roots: Vec<CertificateDer<'static>>,
    /// The key, where it is in a token.
    watched: Option<Arc<signing::SigningKey>>,
}

impl Held {
    fn of(
        (certified, watched): (CertifiedKey, Option<Arc<signing::SigningKey>>),
        own: Peer,
        roots: Vec<CertificateDer<'static>>,
    ) -> Result<Self, TrustError> {
        let mut store = RootCertStore::empty();
        for root in &roots {
            store.add(root.clone())?;
        }
        let store = Arc::new(store);
        let leaf = certified
            .cert
            .first()
            .ok_or(IdentityError::NotACertificate)?;
        let (from, until) = profile::validity(&identity::read(leaf)?);
        let long = certified.cert.iter().chain(&roots).cloned().collect();
        Ok(Self {
            with_roots: Arc::new(CertifiedKey::new(long, Arc::clone(&certified.key))),
            clients: verify::client_chain(&store)?,
            servers: verify::server_chain(&store)?,
            certified: Arc::new(certified),
            own,
            lifetime: Lifetime { from, until },
            roots,
            watched,
        })
    }

    /// Would a peer with our roots accept this chain?
    fn check_chain(&self, chain: &[CertificateDer<'_>], now: Timestamp) -> Result<(), TrustError> {
        let (leaf, above) = chain.split_first().ok_or(IdentityError::NotACertificate)?;
        self.clients
            .verify_client_cert(leaf, above, unix_time(now))?;
        Ok(())
    }

    /// The key, when it is in a token and this chain is the one it was proved for.
    fn in_token(&self, chain: &[CertificateDer<'_>]) -> Option<Opened> {
        let watched = self.watched.as_ref().map(Arc::clone)?;
        let key = Arc::clone(&self.certified.key);
        let watched = Some(watched);
        (self.certified.cert == chain).then_some(Opened { key, watched })
    }

    fn is_like(&self, other: &Self) -> bool {
        self.certified.cert == other.certified.cert && self.roots == other.roots
    }
}

/// Reads every file. A token whose key is held for the same chain is not opened again: files are read
/// every few seconds, and a token that is away must not keep a newer revocation list away.
fn read_all(
    files: &TlsFiles,
    held: Option<&Held>,
    now: Timestamp,
) -> Result<(Held, RevocationSet), TrustError> {
    let chain = files::certificates(&files.chain)?;
    let key = |pin: &Digest| match held.and_then(|held| held.in_token(&chain)) {
        Some(opened) => Ok(opened),
        None => Opened::at(&files.key, pin),
    };
    prove(files, &chain, key, now)
}

/// Proves a chain and its key with the other files, as at start.
fn prove(
    files: &TlsFiles,
    chain: &[CertificateDer<'static>],
    key: impl FnOnce(&Digest) -> Result<Opened, TrustError>,
    now: Timestamp,
) -> Result<(Held, RevocationSet), TrustError> {
    let own = Peer::from_chain(chain)?;
    check_in_force(chain, now)?;
    let roots = files::certificates(&files.roots)?;
    let revocations = load_revocations(files, &roots, now)?;
    revocations.check(&own, now)?;
    let certified = key(&own.spki_digest)?.certify(chain)?;
    let held = Held::of(certified, own, roots)?;
    // Better asked now than at the first call.
    held.check_chain(chain, now)?;
    Ok((held, revocations))
}

/// Roots of others, all PEM in one file.
pub(super) fn read_roots(path: &Path) -> Result<RootCertStore, TrustError> {
    let mut store = RootCertStore::empty();
    for root in files::certificates(path)? {
        store.add(root)?;
    }
    Ok(store)
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

#[cfg(test)]
mod tests;
