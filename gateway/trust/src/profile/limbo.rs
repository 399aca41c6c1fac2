//! x509-limbo's certificates against what we take at both ends: webpki, then the profile, then the lists.
//!
//! The suite is generated, large and not ours: `STILE_LIMBO` names a `limbo.json`, and the test says so
//! where there is none. docs/security.md has the commit and the results.
//!
//! No certificate of the suite names a member and most live for centuries, so each would be refused for
//! that alone. What is compared here is everything else.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use serde::Deserialize;

use super::*;
use crate::revocation::RevocationSet;
use crate::serial::Serial;
use crate::tls::{client_chain, server_chain};

#[derive(Deserialize)]
struct Suite {
    testcases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    validation_kind: String,
    expected_peer_name: Option<PeerName>,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_time: Option<String>,
    expected_result: String,
    crls: Vec<String>,
}

#[derive(Deserialize)]
struct PeerName {
    value: String,
}

#[test]
fn takes_no_certificate_that_x509_limbo_refuses() {
    let Ok(file) = std::env::var("STILE_LIMBO") else {
        println!("*** STILE_LIMBO names no limbo.json: x509-limbo was NOT run ***");
        return;
    };
    let text = std::fs::read_to_string(file).unwrap();
    let suite: Suite = serde_json::from_str(&text).unwrap();
    assert!(suite.testcases.len() > 150, "not the whole suite");
    let mut sums = BTreeMap::<String, usize>::new();
    let mut taken = Vec::new();
    for case in &suite.testcases {
        let refused = case.refused_by();
        let says = match &refused {
            Some(by) => format!("expected {}, refused: {by}", case.expected_result),
            None => format!("expected {}, taken", case.expected_result),
        };
        println!("{}: {says}", case.id);
        *sums.entry(says).or_default() += 1;
        let wrong = refused.is_none() && case.expected_result == "FAILURE";
        if wrong {
            taken.push(case.id.as_str());
        }
        assert!(case.whole().is_err(), "`{}` names a member", case.id);
    }
    for (says, count) in sums {
        println!("{count:>4} {says}");
    }
    assert!(taken.is_empty(), "taken: {taken:?}");
}

impl Case {
    /// The first that refuses it, but for the holder and the lifetime.
    fn refused_by(&self) -> Option<String> {
        let Some(leaf) = der(&self.peer_certificate) else {
            return Some("not PEM".to_owned());
        };
        if let Err(error) = self.chain(&leaf) {
            return Some(format!("chain, {error}"));
        }
        let parsed = match identity::read(&leaf) {
            Ok(parsed) => parsed,
            Err(error) => return Some(format!("profile, {error}")),
        };
        let shape = [
            check_not_authority(&parsed),
            check_key_usage(&parsed),
            check_key_kind(&parsed),
            authority_key(&parsed).map(drop),
        ];
        let broken = shape.into_iter().find_map(Result::err);
        // Last, since most of the suite's certificates are servers' alone.
        let usage = || check_extended_key_usage(&parsed, Role::Person).err();
        self.listed(&parsed)
            .or_else(|| Some(format!("profile, {}", broken.or_else(usage)?)))
    }

    fn chain(&self, leaf: &CertificateDer<'_>) -> Result<(), String> {
        let mut roots = RootCertStore::empty();
        for root in &self.trusted_certs {
            let root = der(root).ok_or("root is not PEM")?;
            roots.add(root).map_err(|error| error.to_string())?;
        }
        let above: Vec<CertificateDer<'_>> = self
            .untrusted_intermediates
            .iter()
            .filter_map(|pem| der(pem))
            .collect();
        let (roots, now) = (Arc::new(roots), self.instant());
        let verified = if self.validation_kind == "CLIENT" {
            let verifier = client_chain(&roots).map_err(|error| error.to_string())?;
            verifier.verify_client_cert(leaf, &above, now).map(drop)
        } else {
            let name = self.expected_peer_name.as_ref().ok_or("no name expected")?;
            let name = ServerName::try_from(name.value.as_str()).map_err(|_| "no name")?;
            let verifier = server_chain(&roots).map_err(|error| error.to_string())?;
            let proof = verifier.verify_server_cert(leaf, &above, &name, &[], now);
            proof.map(drop)
        };
        verified.map_err(|error| error.to_string())
    }

    fn listed(&self, leaf: &X509Certificate<'_>) -> Option<String> {
        if self.crls.is_empty() {
            return None;
        }
        let now = at(i64::try_from(self.instant().as_secs()).unwrap());
        let issuers = self.trusted_certs.join("\n");
        let set = match RevocationSet::load(&self.crls.join("\n"), &issuers, now) {
            Ok(set) => set,
            Err(error) => return Some(format!("lists, {error}")),
        };
        let Some(serial) = Serial::from_bytes(leaf.raw_serial()) else {
            return Some("lists, serial number".to_owned());
        };
        set.is_revoked(&serial).then(|| "lists, revoked".to_owned())
    }

    /// What a caller who shows it really meets.
    fn whole(&self) -> Result<Identity, ProfileRefusal> {
        let leaf = der(&self.peer_certificate).ok_or(IdentityError::NotACertificate)?;
        check(&leaf)
    }

    fn instant(&self) -> UnixTime {
        let at = self.validation_time.as_ref().map_or_else(
            || "2026-11-23T00:00:00Z".parse().unwrap(),
            |text| text.parse::<jiff::Timestamp>().unwrap(),
        );
        let seconds = u64::try_from(at.as_second()).unwrap();
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds))
    }
}

fn der(pem: &str) -> Option<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(pem.as_bytes()).ok()
}
