//! A partnership's certificate authority in a folder.
//!
//! ```text
//! root.pem     root.key       10 years; take the key off the machine after `init`
//! issuing.pem  issuing.key    3 years; signs certificates and the revocation list
//! crl.pem                     the revocation list, due again after its days
//! issued.toml                 every certificate made: serial, uri, its two ends, pin, names, revoked_at
//! ```
//!
//! Order of effects: a certificate is in `issued.toml`, flushed, before it is handed out, so every
//! one that exists can be revoked; a revocation is there before the list is signed, so a crash
//! between the two is mended by the next [`Authority::refresh_crl`].

mod describe;
mod made;
pub(crate) mod params;
mod register;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};

use rcgen::{Issuer, KeyPair, PublicKeyData};
use ring::rand::{SecureRandom, SystemRandom};
use stile_model::id::PartnershipId;
use stile_model::time::Timestamp;

pub use describe::{CertificateSummary, describe};
pub use made::{IssuedCertificate, SignedRequest};
pub use register::Issued;

use crate::TrustError;
use crate::files::{self, PRIVATE, PUBLIC};
use crate::identity::Identity;
use crate::peer::Peer;
use crate::request::{CertificateRequest, SecretPem};
use crate::serial::Serial;
use register::Register;

/// The usual lifetime of a certificate, in days.
pub const USUAL_LIFETIME_DAYS: u32 = 90;
/// The usual time until the next revocation list, in days.
pub const USUAL_CRL_DAYS: u32 = 7;

/// A certificate authority's folder. Keys are read when needed and not held.
#[derive(Debug)]
pub struct Authority {
    dir: PathBuf,
    partnership: PartnershipId,
}

impl Authority {
    /// Makes the authority: root, issuing certificate, empty revocation list, register.
    ///
    /// # Errors
    ///
    /// [`TrustError::AuthorityExists`] when any of its files is there; nothing is overwritten.
    pub fn init(
        dir: &Path,
        partnership: &PartnershipId,
        now: Timestamp,
    ) -> Result<Self, TrustError> {
        let authority = Self {
            dir: dir.to_owned(),
            partnership: partnership.clone(),
        };
        if ALL_FILES.iter().any(|name| dir.join(name).exists()) {
            return Err(TrustError::AuthorityExists(dir.to_owned()));
        }
        make_private_folder(dir)?;
        let _lock = authority.lock()?;
        let (root_key, issuing_key) = (KeyPair::generate()?, KeyPair::generate()?);
        let root_params = params::root(partnership, random_serial()?, now);
        let root = root_params.self_signed(&root_key)?;
        let root_issuer = Issuer::from_params(&root_params, &root_key);
        let issuing = params::issuing(partnership, random_serial()?, now)
            .signed_by(&issuing_key, &root_issuer)?;
        files::create(
            &authority.path(ROOT_KEY),
            SecretPem::of(&root_key).reveal(),
            PRIVATE,
        )?;
        files::create(
            &authority.path(ISSUING_KEY),
            SecretPem::of(&issuing_key).reveal(),
            PRIVATE,
        )?;
        files::create(&authority.path(ROOT), &root.pem(), PUBLIC)?;
        files::create(&authority.path(ISSUING), &issuing.pem(), PUBLIC)?;
        authority.publish(
            &mut Register::empty(partnership.clone(), USUAL_CRL_DAYS),
            now,
        )?;
        Ok(authority)
    }

    /// Opens an authority made by [`Authority::init`].
    ///
    /// # Errors
    ///
    /// When a file is missing or malformed.
    pub fn open(dir: &Path) -> Result<Self, TrustError> {
        let register = Register::read(&dir.join(REGISTER))?;
        let authority = Self {
            dir: dir.to_owned(),
            partnership: register.partnership,
        };
        files::certificates(&authority.path(ROOT))?;
        files::certificates(&authority.path(ISSUING))?;
        Ok(authority)
    }

    /// The partnership whose members this authority vouches for.
    pub const fn partnership(&self) -> &PartnershipId {
        &self.partnership
    }

    /// Every certificate issued that has not long expired, oldest first.
    ///
    /// # Errors
    ///
    /// When the register cannot be read.
    pub fn issued(&self) -> Result<Vec<Issued>, TrustError> {
        Ok(Register::read(&self.path(REGISTER))?.certificate)
    }

    /// Makes a P-256 key and a certificate for `identity`.
    ///
    /// `names` are the DNS names and IP addresses the holder is reached at; none for a holder that
    /// only dials out. `lifetime_days` is 1 to 397.
    ///
    /// # Errors
    ///
    /// When the identity is of another partnership or malformed, a name or the lifetime is
    /// refused, or the register cannot be written; then there is no certificate.
    pub fn issue(
        &self,
        identity: &Identity,
        names: &[String],
        lifetime_days: u32,
        now: Timestamp,
    ) -> Result<IssuedCertificate, TrustError> {
        let key = KeyPair::generate()?;
        let SignedRequest { chain_pem, serial } =
            self.certify(&key, identity, names, lifetime_days, now)?;
        Ok(IssuedCertificate {
            chain_pem,
            key_pem: SecretPem::of(&key),
            serial,
        })
    }

    /// Makes a certificate for the key of a request whose private half stays at the member.
    ///
    /// Only the key is taken from the request. Identity and names are what the operator approved.
    ///
    /// # Errors
    ///
    /// As [`Authority::issue`], when the request is malformed, its self-signature does not fit or its
    /// key is neither P-256 nor Ed25519, and [`TrustError::KeyRevoked`] when a certificate of that key
    /// was revoked.
    pub fn issue_for_request(
        &self,
        csr_pem: &str,
        identity: &Identity,
        names: &[String],
        lifetime_days: u32,
        now: Timestamp,
    ) -> Result<SignedRequest, TrustError> {
        let request = CertificateRequest::read(csr_pem)?;
        self.certify(request.key(), identity, names, lifetime_days, now)
    }

    /// Makes the next certificate for a holder whose key stays the same: holder and names are those of
    /// the certificate `renewed`. Nobody's word counts but the register's own, so whoever carries the
    /// request can gain nothing by it. Before two thirds of that certificate's life there is none: a
    /// stolen key gains no certificates beside the one that its holder knows of.
    ///
    /// # Errors
    ///
    /// [`TrustError::UnknownSerial`], [`TrustError::Revoked`], [`TrustError::KeyRevoked`] or
    /// [`TrustError::Expired`] for what cannot be renewed, [`TrustError::NotDue`] for what need not be
    /// yet, [`TrustError::OtherKey`] when the request is for another key, [`TrustError::Unkept`] when an
    /// older register lacks what that takes, and as [`Authority::issue_for_request`].
    pub fn renew(
        &self,
        csr_pem: &str,
        renewed: Serial,
        lifetime_days: u32,
        now: Timestamp,
    ) -> Result<SignedRequest, TrustError> {
        let request = CertificateRequest::read(csr_pem)?;
        let _lock = self.lock()?;
        let register = Register::read(&self.path(REGISTER))?;
        let held = register.renewable(renewed, &request.pin(), now)?;
        let (identity, names) = (Identity::parse(&held.uri)?, held.names.clone());
        self.sign(
            register,
            request.key(),
            &identity,
            &names,
            lifetime_days,
            now,
        )
    }

    /// Revokes a certificate, with every other of its key that has not ended, and publishes a new list.
    /// Says which were not revoked before. No certificate is made for that key any more.
    ///
    /// # Errors
    ///
    /// [`TrustError::UnknownSerial`] when this authority did not issue it, or when a file cannot
    /// be written; then gateways still hold the old list.
    pub fn revoke(&self, serial: Serial, now: Timestamp) -> Result<Vec<Serial>, TrustError> {
        let _lock = self.lock()?;
        let mut register = Register::read(&self.path(REGISTER))?;
        let gone = register.revoke(serial, now)?;
        self.publish(&mut register, now)?;
        Ok(gone)
    }

    /// Publishes the list anew, due again in `days` (1 to 30); later revocations keep that period.
    ///
    /// # Errors
    ///
    /// When `days` is out of range or a file cannot be written.
    pub fn refresh_crl(&self, now: Timestamp, days: u32) -> Result<(), TrustError> {
        if !(1..=LONGEST_CRL_DAYS).contains(&days) {
            let why = format!("a revocation list is due again after 1 to {LONGEST_CRL_DAYS} days");
            return Err(TrustError::Lifetime { days, why });
        }
        let _lock = self.lock()?;
        let mut register = Register::read(&self.path(REGISTER))?;
        register.crl_days = days;
        self.publish(&mut register, now)
    }

    /// The root certificate's file: what gateways trust.
    pub fn root_path(&self) -> PathBuf {
        self.path(ROOT)
    }

    /// The issuing certificate's file: what revocation lists are verified with.
    pub fn issuing_path(&self) -> PathBuf {
        self.path(ISSUING)
    }

    /// The revocation list's file.
    pub fn crl_path(&self) -> PathBuf {
        self.path(CRL)
    }

    fn certify(
        &self,
        key: &impl PublicKeyData,
        identity: &Identity,
        names: &[String],
        lifetime_days: u32,
        now: Timestamp,
    ) -> Result<SignedRequest, TrustError> {
        let _lock = self.lock()?;
        let register = Register::read(&self.path(REGISTER))?;
        self.sign(register, key, identity, names, lifetime_days, now)
    }

    /// Signs and registers; the folder is locked since the register was read.
    fn sign(
        &self,
        mut register: Register,
        key: &impl PublicKeyData,
        identity: &Identity,
        names: &[String],
        lifetime_days: u32,
        now: Timestamp,
    ) -> Result<SignedRequest, TrustError> {
        self.check_identity(identity)?;
        let issuing_pem = files::read(&self.path(ISSUING))?;
        let not_after = params::not_after(lifetime_days, now, describe(&issuing_pem)?.not_after)?;
        let serial = random_serial()?;
        let params = params::leaf(identity, names, serial, now, not_after)?;
        let leaf = params.signed_by(key, &self.issuer(&issuing_pem)?)?;
        let chain_pem = format!("{}{issuing_pem}", leaf.pem());
        // Our own profile is the judge of what we hand out, too.
        let peer = Peer::from_certificate(leaf.der())?;
        register.check_key(&peer.spki_digest)?;
        let issued = Issued {
            serial,
            uri: identity.to_string(),
            not_before: Some(now.plus_s(-params::CLOCK_SKEW_S)),
            not_after,
            pin: Some(peer.spki_digest),
            names: names.to_vec(),
            revoked_at: None,
        };
        register.add(issued, now);
        register.write(&self.path(REGISTER))?;
        Ok(SignedRequest { chain_pem, serial })
    }

    fn check_identity(&self, identity: &Identity) -> Result<(), TrustError> {
        if identity.partnership != self.partnership {
            return Err(TrustError::WrongPartnership {
                expected: self.partnership.clone(),
                found: identity.partnership.clone(),
            });
        }
        // A literal may name a person without a user; only what reads back may be certified.
        if Identity::parse(&identity.to_string())? != *identity {
            return Err(crate::identity::IdentityError::Shape.into());
        }
        Ok(())
    }

    /// Writes the register, then the list that follows from it.
    fn publish(&self, register: &mut Register, now: Timestamp) -> Result<(), TrustError> {
        let crl = register.next_crl(now);
        register.write(&self.path(REGISTER))?;
        let issuing_pem = files::read(&self.path(ISSUING))?;
        let signed = crl.signed_by(&self.issuer(&issuing_pem)?)?;
        files::write(&self.path(CRL), &signed.pem()?, PUBLIC)
    }

    fn issuer(&self, issuing_pem: &str) -> Result<Issuer<'static, KeyPair>, TrustError> {
        let path = self.path(ISSUING_KEY);
        let key = KeyPair::from_pem(&files::read_key(&path)?).map_err(|_| TrustError::Pem {
            path,
            expected: "a private key in PKCS#8 PEM",
        })?;
        Ok(Issuer::from_ca_cert_pem(issuing_pem, key)?)
    }

    /// One writer at a time, across processes; released when dropped.
    fn lock(&self) -> Result<File, TrustError> {
        File::open(&self.dir)
            .and_then(|folder| folder.lock().map(|()| folder))
            .map_err(|source| files::failed("lock", &self.dir, source))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

const ROOT: &str = "root.pem";
const ROOT_KEY: &str = "root.key";
const ISSUING: &str = "issuing.pem";
const ISSUING_KEY: &str = "issuing.key";
const CRL: &str = "crl.pem";
const REGISTER: &str = "issued.toml";
const ALL_FILES: [&str; 6] = [ROOT, ROOT_KEY, ISSUING, ISSUING_KEY, CRL, REGISTER];
const LONGEST_CRL_DAYS: u32 = 30;
const SERIAL_BYTES: usize = 16;

/// 16 random bytes, positive and of full length, so that every serial prints alike.
fn random_serial() -> Result<Serial, TrustError> {
    let failed = TrustError::Random("make a serial");
    let mut bytes = [0; SERIAL_BYTES];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| TrustError::Random("make a serial"))?;
    let [first, ..] = &mut bytes;
    *first = (*first & 0x7f) | 0x40;
    Serial::from_bytes(&bytes).ok_or(failed)
}

fn make_private_folder(dir: &Path) -> Result<(), TrustError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| files::failed("create", dir, source))
}
