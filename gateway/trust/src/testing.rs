//! A whole partnership in a private folder, for the tests of this crate.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use stile_model::id::{MemberId, PartnershipId, UserId};
use stile_model::time::Timestamp;

use crate::authority::{Authority, IssuedCertificate};
use crate::identity::Identity;
use crate::tls::{TlsFiles, TlsMaterial};

pub const DAY_S: i64 = 86_400;

/// 2026-03-11T10:14:00Z.
pub fn start() -> Timestamp {
    "2026-03-11T10:14:00Z".parse().unwrap()
}

pub fn partnership() -> PartnershipId {
    PartnershipId::new("north").unwrap()
}

pub fn member(id: &str) -> MemberId {
    MemberId::new(id).unwrap()
}

pub fn hub() -> Identity {
    Identity::hub(partnership(), member("north-mash"))
}

pub fn police() -> Identity {
    Identity::agency(partnership(), member("north-police"))
}

pub fn officer() -> Identity {
    Identity::person(
        partnership(),
        member("north-police"),
        UserId::new("u.417").unwrap(),
    )
}

/// A clock that moves only when told to.
#[derive(Clone)]
pub struct MovableClock(Arc<AtomicI64>);

impl MovableClock {
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(start().millis())))
    }

    pub fn move_to(&self, now: Timestamp) {
        self.0.store(now.millis(), Ordering::SeqCst);
    }

    pub fn now(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let millis = Arc::clone(&self.0);
        Arc::new(move || Timestamp::from_millis(millis.load(Ordering::SeqCst)))
    }
}

/// An authority and the files of its members.
pub struct Partnership {
    pub folder: tempfile::TempDir,
    pub authority: Authority,
}

impl Partnership {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority =
            Authority::init(&folder.path().join("ca"), &partnership(), start()).unwrap();
        Self { folder, authority }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn issue(&self, identity: &Identity) -> IssuedCertificate {
        self.authority
            .issue(identity, &["localhost".to_owned()], 90, start())
            .unwrap()
    }

    /// Writes the certificate's files under `name` and says where they are.
    pub fn files(&self, name: &str, issued: &IssuedCertificate) -> TlsFiles {
        let files = TlsFiles {
            chain: self.path(&format!("{name}.pem")),
            key: self.path(&format!("{name}.key")).into(),
            roots: self.authority.root_path(),
            issuers: self.authority.issuing_path(),
            crl: self.authority.crl_path(),
        };
        let key = files.key.file().unwrap();
        issued.save(&files.chain, key).unwrap();
        files
    }

    pub fn material(&self, name: &str, identity: &Identity) -> TlsMaterial {
        TlsMaterial::load(&self.files(name, &self.issue(identity)), start()).unwrap()
    }

    /// The issuing certificate with its key, to sign what the authority would not.
    pub fn issuing(&self) -> (Issuer<'static, KeyPair>, String) {
        self.issuer("issuing")
    }

    pub fn root(&self) -> (Issuer<'static, KeyPair>, String) {
        self.issuer("root")
    }

    /// Signs exactly these parameters with the issuing key, for a fresh P-256 key.
    pub fn forge(&self, params: &CertificateParams) -> CertifiedKey {
        self.forge_for(params, &KeyPair::generate().unwrap())
    }

    pub fn forge_for(&self, params: &CertificateParams, key: &KeyPair) -> CertifiedKey {
        let (issuer, issuing_pem) = self.issuing();
        let leaf = params.signed_by(key, &issuer).unwrap();
        certified(
            &format!("{}{issuing_pem}", leaf.pem()),
            &key.serialize_pem(),
        )
    }

    fn issuer(&self, tier: &str) -> (Issuer<'static, KeyPair>, String) {
        let read = |ending: &str| {
            std::fs::read_to_string(self.path("ca").join(format!("{tier}.{ending}"))).unwrap()
        };
        let key = KeyPair::from_pem(&read("key")).unwrap();
        (
            Issuer::from_ca_cert_pem(&read("pem"), key).unwrap(),
            read("pem"),
        )
    }
}

/// Chain and key as rustls takes them.
pub fn certified(chain_pem: &str, key_pem: &str) -> CertifiedKey {
    let chain = CertificateDer::pem_slice_iter(chain_pem.as_bytes());
    CertifiedKey::from_der(
        chain.collect::<Result<_, _>>().unwrap(),
        PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).unwrap(),
        &crate::tls::provider(),
    )
    .unwrap()
}
