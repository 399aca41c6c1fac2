//! Which certificates no longer count.
//!
//! webpki hashes a whole list again on every handshake (2 ms at 100,000 entries) and never looks
//! at it on a live or resumed connection. Here a list is verified once, when loaded, into a set;
//! the handshake and every request then cost one look-up.

mod edition;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

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

pub use edition::Edition;

/// The verified revocation lists of every issuing certificate in use.
///
/// Fails closed: past a list's next update, and for an issuer without a list, nothing passes.
#[derive(Debug)]
pub struct RevocationSet {
    lists: HashMap<Digest, Arc<List>>,
    /// Issuing certificates without a list, by issuer.
    missing: Vec<(Digest, String)>,
}

#[derive(Debug)]
struct List {
    revoked: HashSet<Serial>,
    edition: Edition,
    next_update: Timestamp,
}

impl RevocationSet {
    /// Verifies the lists in `crl_pem` against the issuing certificates in `issuers_pem`.
    ///
    /// Either may hold several PEM blocks, so that two issuing certificates can overlap while one
    /// replaces the other. Each issuer's newest list counts; those of nobody here, and those that start
    /// after `now`, are left aside. An issuer without one is [`RevocationSet::missing`], and whoever it certified is refused.
    ///
    /// # Errors
    ///
    /// When a text is not PEM, a list cannot be read or is a delta or partial list, or no issuer has a
    /// list whose signature holds and which is in date.
    pub fn load(crl_pem: &str, issuers_pem: &str, now: Timestamp) -> Result<Self, TrustError> {
        Self::newest(crl_pem, issuers_pem, now, None, |_| {})
    }

    /// The same, without what was made before the list of its issuer in `held`, giving `taken` each list
    /// that counts, as DER. Of two lists neither of which is the newer, the first counts.
    ///
    /// # Errors
    ///
    /// As [`RevocationSet::load`].
    pub(crate) fn newest(
        crl_pem: &str,
        issuers_pem: &str,
        now: Timestamp,
        held: Option<&Self>,
        mut taken: impl FnMut(&[u8]),
    ) -> Result<Self, TrustError> {
        let issuers: Vec<CertificateDer<'_>> =
            CertificateDer::pem_slice_iter(issuers_pem.as_bytes())
                .collect::<Result<_, _>>()
                .map_err(|_| TrustError::CrlUnusable("the issuing certificates are not PEM"))?;
        let ders: Vec<CertificateRevocationListDer<'_>> =
            CertificateRevocationListDer::pem_slice_iter(crl_pem.as_bytes())
                .collect::<Result<_, _>>()
                .map_err(|_| TrustError::CrlUnusable("it is not PEM"))?;
        let crls: Vec<_> = ders.iter().map(read).collect::<Result<_, _>>()?;
        let (mut lists, mut missing) = (HashMap::new(), Vec::new());
        let (mut forged, mut not_yet) = (false, None);
        for issuer in &issuers {
            let issuer = identity::read(issuer)?;
            let digest = issuer_digest(&issuer)?;
            let held = held.and_then(|held| held.lists.get(&digest));
            let held = held.map(|list| list.edition);
            let Newest {
                list: newest,
                later,
            } = newest_of(&issuer, &crls, held, now)?;
            not_yet = not_yet.or(later);
            let twice = if let Some((list, from)) = newest {
                taken(from);
                lists.insert(digest, Arc::new(list)).is_some()
            } else {
                forged |= crls.iter().any(|one| is_named(&one.crl, &issuer));
                let twice = missing.iter().any(|(known, _)| *known == digest);
                missing.push((digest, named(&issuer)));
                twice
            };
            if twice {
                return Err(TrustError::CrlUnusable(
                    "an issuing certificate appears twice",
                ));
            }
        }
        let set = Self { lists, missing };
        if set.lists.is_empty() {
            return Err(match (not_yet, forged) {
                (Some(begins), _) => TrustError::CrlNotYet(begins),
                (None, true) => TrustError::CrlForged,
                (None, false) => {
                    TrustError::CrlUnusable("no list is from an issuing certificate held here")
                }
            });
        }
        set.check_some_in_date(now)?;
        Ok(set)
    }

    /// The issuing certificates without a list, as a person would name them.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.missing.iter().map(|(_, name)| name.as_str())
    }

    /// Which list of each issuer it holds.
    pub fn editions(&self) -> impl Iterator<Item = (&Digest, Edition)> {
        let lists = self.lists.iter();
        lists.map(|(issuer, list)| (issuer, list.edition))
    }

    /// The same, with the lists of `held` for issuers that are still in use and have none here: a file
    /// from which one was left out takes away nothing that is known.
    pub(crate) fn with_kept(mut self, held: &Self) -> Self {
        for (issuer, _) in &self.missing {
            if let Some(list) = held.lists.get(issuer) {
                self.lists.insert(*issuer, Arc::clone(list));
            }
        }
        self
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
        let earliest = self.lists.values().map(|list| list.edition.this_update);
        let earliest = earliest.min();
        earliest.unwrap_or(Timestamp::from_millis(0))
    }

    /// The first list of `held` that this set would replace by an older one of the same issuer: the
    /// held one, and ours. An issuer that comes or goes replaces nothing.
    pub fn older_than(&self, held: &Self) -> Option<(Edition, Edition)> {
        held.editions().find_map(|(issuer, held)| {
            let ours = self.lists.get(issuer)?.edition;
            ours.is_before(&held).then_some((held, ours))
        })
    }

    /// Does this set know of an issuer something newer than `held`?
    pub fn knows_more_than(&self, held: &Self) -> bool {
        self.editions().any(|(issuer, ours)| {
            let theirs = held.lists.get(issuer);
            theirs.is_none_or(|theirs| ours.is_after(&theirs.edition))
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

    /// An issuer whose lists have ended must not keep the others' from being taken; each is looked at
    /// again when it is asked. All of them have begun: if the one that ends last has ended, all have.
    fn check_some_in_date(&self, now: Timestamp) -> Result<(), TrustError> {
        let last = self.lists.values().max_by_key(|list| list.next_update);
        last.map_or(Ok(()), |list| list.check_dates(now))
    }
}

impl List {
    fn check_dates(&self, now: Timestamp) -> Result<(), TrustError> {
        let begins = self.edition.this_update;
        if now < begins {
            return Err(TrustError::CrlNotYet(begins));
        }
        if now >= self.next_update {
            return Err(TrustError::CrlExpired(self.next_update));
        }
        Ok(())
    }
}

/// A list as read, and the bytes it was read from.
struct Read<'a> {
    crl: CertificateRevocationList<'a>,
    der: &'a [u8],
}

fn read<'a>(der: &'a CertificateRevocationListDer<'_>) -> Result<Read<'a>, TrustError> {
    match CertificateRevocationList::from_der(der) {
        Ok(([], crl)) => Ok(Read { crl, der }),
        _ => Err(TrustError::CrlUnusable("it cannot be read")),
    }
}

fn is_named(crl: &CertificateRevocationList<'_>, issuer: &X509Certificate<'_>) -> bool {
    crl.issuer().as_raw() == issuer.subject().as_raw()
}

/// An issuer's newest list.
struct Newest<'a> {
    /// With its bytes.
    list: Option<(List, &'a [u8])>,
    /// When the last one begins that has not begun.
    later: Option<Timestamp>,
}

/// The newest list that `issuer` signed, that has begun and was not made before `held`.
///
/// # Errors
///
/// When one of them is no full list.
fn newest_of<'a>(
    issuer: &X509Certificate<'_>,
    crls: &[Read<'a>],
    held: Option<Edition>,
    now: Timestamp,
) -> Result<Newest<'a>, TrustError> {
    let mut newest = Newest {
        list: None,
        later: None,
    };
    // A successor issuing certificate may bear the same name; only the key decides.
    let own = |one: &&Read<'_>| is_named(&one.crl, issuer) && is_signed_by(&one.crl, issuer);
    for one in crls.iter().filter(own) {
        let list = list(&one.crl)?;
        let begins = list.edition.this_update;
        let counts = |found: &(List, &[u8])| list.edition.is_after(&found.0.edition);
        if now < begins {
            newest.later = newest.later.max(Some(begins));
        } else if !held.is_some_and(|held| list.edition.is_before(&held))
            && newest.list.as_ref().is_none_or(counts)
        {
            newest.list = Some((list, one.der));
        }
    }
    Ok(newest)
}

/// What a person calls an issuing certificate.
fn named(issuer: &X509Certificate<'_>) -> String {
    let serial = Serial::from_bytes(issuer.raw_serial());
    let serial = serial.map_or_else(String::new, |serial| format!(", serial {serial}"));
    format!("{}{serial}", issuer.subject())
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
    // Zero is as good as none: nothing is lower.
    let number = crl
        .crl_number()
        .and_then(|number| Serial::from_bytes(&number.to_bytes_be()));
    Ok(List {
        revoked,
        edition: Edition {
            this_update: at(crl.last_update().timestamp()),
            number,
        },
        next_update: at(next_update.timestamp()),
    })
}

#[cfg(test)]
mod tests;
