//! Which certificates no longer count.
//!
//! webpki hashes a whole list again on every handshake (2 ms at 100,000 entries) and never looks
//! at it on a live or resumed connection. Here a list is verified once, when loaded, into a set;
//! the handshake and every request then cost one look-up.

use std::collections::{HashMap, HashSet};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::{
    OID_X509_EXT_DELTA_CRL_INDICATOR, OID_X509_EXT_ISSUER_DISTRIBUTION_POINT,
    OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
};
use x509_parser::prelude::{FromDer, ParsedExtension};
use x509_parser::revocation_list::CertificateRevocationList;

use crate::TrustError;
use crate::identity;
use crate::peer::Peer;
use crate::profile::at;
use crate::serial::Serial;

/// The verified revocation lists of every issuing certificate in use.
///
/// Fails closed: past a list's next update, and for an issuer without a list, nothing passes.
#[derive(Debug)]
pub struct RevocationSet {
    lists: HashMap<Digest, List>,
}

#[derive(Debug)]
struct List {
    revoked: HashSet<Serial>,
    this_update: Timestamp,
    next_update: Timestamp,
}

impl RevocationSet {
    /// Verifies the lists in `crl_pem` against the issuing certificates in `issuers_pem`.
    ///
    /// Either may hold several PEM blocks, so that two issuing certificates can overlap while one
    /// replaces the other. Every issuer needs exactly one list.
    ///
    /// # Errors
    ///
    /// When a text is not PEM, a signature fails, a list is expired or starts after `now`, is a
    /// delta or partial list, or an issuer and the lists do not match one to one.
    pub fn load(crl_pem: &str, issuers_pem: &str, now: Timestamp) -> Result<Self, TrustError> {
        let issuers: Vec<CertificateDer<'_>> =
            CertificateDer::pem_slice_iter(issuers_pem.as_bytes())
                .collect::<Result<_, _>>()
                .map_err(|_| TrustError::CrlUnusable("the issuing certificates are not PEM"))?;
        let crls: Vec<CertificateRevocationListDer<'_>> =
            CertificateRevocationListDer::pem_slice_iter(crl_pem.as_bytes())
                .collect::<Result<_, _>>()
                .map_err(|_| TrustError::CrlUnusable("it is not PEM"))?;
        if issuers.is_empty() || issuers.len() != crls.len() {
            return Err(TrustError::CrlUnusable(
                "each issuing certificate needs exactly one list",
            ));
        }
        let mut lists = HashMap::new();
        for issuer in &issuers {
            let (name, list) = list_of(issuer, &crls)?;
            if lists.insert(name, list).is_some() {
                return Err(TrustError::CrlUnusable(
                    "an issuing certificate appears twice",
                ));
            }
        }
        let set = Self { lists };
        set.check_dates(now)?;
        Ok(set)
    }

    /// Is this serial on any of the lists? Says nothing about whether the lists are in date.
    pub fn is_revoked(&self, serial: &Serial) -> bool {
        self.lists
            .values()
            .any(|list| list.revoked.contains(serial))
    }

    /// The first instant at which one of the lists is too old and its certificates are refused.
    pub fn expires(&self) -> Timestamp {
        let earliest = self.lists.values().map(|list| list.next_update).min();
        earliest.unwrap_or(Timestamp::from_millis(0))
    }

    /// The earliest `thisUpdate` of the lists: how old the knowledge is.
    pub fn issued(&self) -> Timestamp {
        let earliest = self.lists.values().map(|list| list.this_update).min();
        earliest.unwrap_or(Timestamp::from_millis(0))
    }

    /// The first list of `held` that this set would replace by an older one of the same issuer: when
    /// the held one was made, and when ours. An issuer that comes or goes replaces nothing.
    pub fn older_than(&self, held: &Self) -> Option<(Timestamp, Timestamp)> {
        held.lists.iter().find_map(|(issuer, list)| {
            let ours = self.lists.get(issuer)?;
            let is_older = ours.this_update < list.this_update;
            is_older.then_some((list.this_update, ours.this_update))
        })
    }

    /// Does this set know of an issuer something newer than `held`?
    pub fn knows_more_than(&self, held: &Self) -> bool {
        self.lists.iter().any(|(issuer, list)| {
            let theirs = held.lists.get(issuer);
            theirs.is_none_or(|theirs| list.this_update > theirs.this_update)
        })
    }

    /// How many certificates are revoked.
    pub fn len(&self) -> usize {
        self.lists.values().map(|list| list.revoked.len()).sum()
    }

    /// Is no certificate revoked?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// May `peer` still be heard at `now`? Call it for each request; two hash look-ups.
    ///
    /// # Errors
    ///
    /// [`TrustError::Expired`] past the certificate's end, [`TrustError::UnknownIssuer`] when
    /// no list covers it, [`TrustError::CrlExpired`] or [`TrustError::CrlNotYet`] when the list is
    /// not in date, [`TrustError::Revoked`] when it is on the list.
    pub fn check(&self, peer: &Peer, now: Timestamp) -> Result<(), TrustError> {
        let list = self
            .lists
            .get(&peer.issuer)
            .ok_or(TrustError::UnknownIssuer(peer.serial))?;
        list.check_dates(now)?;
        if list.revoked.contains(&peer.serial) {
            return Err(TrustError::Revoked(peer.serial));
        }
        if now > peer.not_after {
            return Err(TrustError::Expired(peer.not_after));
        }
        Ok(())
    }

    fn check_dates(&self, now: Timestamp) -> Result<(), TrustError> {
        self.lists
            .values()
            .try_for_each(|list| list.check_dates(now))
    }
}

impl List {
    fn check_dates(&self, now: Timestamp) -> Result<(), TrustError> {
        if now < self.this_update {
            return Err(TrustError::CrlNotYet(self.this_update));
        }
        if now >= self.next_update {
            return Err(TrustError::CrlExpired(self.next_update));
        }
        Ok(())
    }
}

/// The one list of `crls` that names `issuer`, verified with its key, and the issuer's digest.
fn list_of(
    issuer: &CertificateDer<'_>,
    crls: &[CertificateRevocationListDer<'_>],
) -> Result<(Digest, List), TrustError> {
    let issuer = identity::read(issuer)?;
    let mut forged = false;
    for der in crls {
        let Ok(([], crl)) = CertificateRevocationList::from_der(der) else {
            return Err(TrustError::CrlUnusable("it cannot be read"));
        };
        if crl.issuer().as_raw() != issuer.subject().as_raw() {
            continue;
        }
        // A successor issuing certificate may bear the same name; only the key decides.
        if is_signed_by(&crl, &issuer) {
            return Ok((issuer_digest(&issuer)?, list(&crl)?));
        }
        forged = true;
    }
    Err(if forged {
        TrustError::CrlForged
    } else {
        TrustError::CrlUnusable("no list is from the issuing certificate")
    })
}

/// RFC 5280 §5.1.1.2: the algorithm outside the signature repeats the one inside it. A signature is
/// whole bytes; the parser does not look at the count of unused bits.
fn is_signed_by(crl: &CertificateRevocationList<'_>, issuer: &X509Certificate<'_>) -> bool {
    crl.signature_algorithm == crl.tbs_cert_list.signature
        && crl.signature_value.unused_bits == 0
        && crl.verify_signature(issuer.public_key()).is_ok()
}

fn issuer_digest(issuer: &X509Certificate<'_>) -> Result<Digest, TrustError> {
    let signs_lists = issuer
        .key_usage()
        .ok()
        .flatten()
        .is_some_and(|usage| usage.value.crl_sign());
    if !signs_lists {
        return Err(TrustError::CrlUnusable(
            "the issuing certificate may not sign lists",
        ));
    }
    let key = issuer
        .get_extension_unique(&OID_X509_EXT_SUBJECT_KEY_IDENTIFIER)
        .ok()
        .flatten()
        .and_then(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(key) => Some(key.0),
            _ => None,
        })
        .ok_or(TrustError::CrlUnusable(
            "the issuing certificate has no key identifier",
        ))?;
    Ok(Digest::of_parts(&[issuer.subject().as_raw(), key]))
}

fn list(crl: &CertificateRevocationList<'_>) -> Result<List, TrustError> {
    let partial = crl.extensions().iter().any(|extension| {
        extension.oid == OID_X509_EXT_DELTA_CRL_INDICATOR
            || extension.oid == OID_X509_EXT_ISSUER_DISTRIBUTION_POINT
    });
    if partial {
        return Err(TrustError::CrlUnusable(
            "it is a delta or partial list; a full one is needed",
        ));
    }
    let next_update = crl.next_update().ok_or(TrustError::CrlUnusable(
        "it does not say when the next is due",
    ))?;
    let revoked = crl
        .iter_revoked_certificates()
        .map(|entry| {
            Serial::from_bytes(entry.raw_serial())
                .ok_or(TrustError::CrlUnusable("an entry's serial is malformed"))
        })
        .collect::<Result<_, _>>()?;
    Ok(List {
        revoked,
        this_update: at(crl.last_update().timestamp()),
        next_update: at(next_update.timestamp()),
    })
}

#[cfg(test)]
mod tests;
