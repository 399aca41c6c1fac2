//! `issued.toml`: every certificate the authority made, and the numbering of its lists.

use std::path::Path;

use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber, date_time_ymd,
};
use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::PartnershipId;
use stile_model::time::Timestamp;

use super::params::{CLOCK_SKEW_S, DAY_S, since_epoch};
use crate::TrustError;
use crate::files;
use crate::lifetime::Lifetime;
use crate::serial::Serial;

/// RFC 5280 §3.3 keeps an entry until one list after its end; this is longer than any list lasts.
const KEPT_AFTER_END_S: i64 = 60 * DAY_S;

/// One certificate the authority made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// Its serial.
    pub serial: Serial,
    /// Its holder, `stile://…`.
    pub uri: String,
    /// Its first instant; none where it was issued before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Its last instant.
    pub not_after: Timestamp,
    /// Digest of its public key; none where it was issued before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<Digest>,
    /// The DNS names and IP addresses it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// When it was revoked, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

/// The file as a whole.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    pub partnership: PartnershipId,
    /// The number of the latest list; only ever grows.
    crl_number: u64,
    /// Days until the next list.
    pub crl_days: u32,
    #[serde(default)]
    pub certificate: Vec<Issued>,
}

impl Register {
    pub const fn empty(partnership: PartnershipId, crl_days: u32) -> Self {
        Self {
            partnership,
            crl_number: 0,
            crl_days,
            certificate: Vec::new(),
        }
    }

    pub fn read(path: &Path) -> Result<Self, TrustError> {
        let text = files::read(path)?;
        toml::from_str(&text)
            .map_err(|error| crate::directory::at_place(&path.display().to_string(), &text, &error))
    }

    pub fn write(&self, path: &Path) -> Result<(), TrustError> {
        let text = toml::to_string(self)
            .map_err(|error| files::failed("write", path, std::io::Error::other(error)))?;
        files::write(path, &text, files::PRIVATE)
    }

    /// Adds a certificate and forgets those long expired.
    pub fn add(&mut self, issued: Issued, now: Timestamp) {
        self.certificate
            .retain(|issued| issued.not_after.plus_s(KEPT_AFTER_END_S) > now);
        self.certificate.push(issued);
    }

    /// The certificate of this serial.
    pub fn of(&self, serial: Serial) -> Result<&Issued, TrustError> {
        self.certificate
            .iter()
            .find(|issued| issued.serial == serial)
            .ok_or(TrustError::UnknownSerial(serial))
    }

    /// Marks a certificate as revoked, and with it every other of its key that has not ended: whoever
    /// has the key has them all. The first moment stays. Says which were not revoked before.
    pub fn revoke(&mut self, serial: Serial, now: Timestamp) -> Result<Vec<Serial>, TrustError> {
        let pin = self.of(serial)?.pin;
        let goes = |one: &Issued| {
            one.serial == serial || (pin.is_some() && one.pin == pin && one.not_after >= now)
        };
        let mut gone = Vec::new();
        for one in self.certificate.iter_mut().filter(|one| goes(one)) {
            if one.revoked_at.is_none() {
                one.revoked_at = Some(now);
                gone.push(one.serial);
            }
        }
        Ok(gone)
    }

    /// Refuses a key of which some certificate was revoked.
    pub fn check_key(&self, pin: &Digest) -> Result<(), TrustError> {
        let is_gone = |one: &&Issued| one.revoked_at.is_some() && one.pin.as_ref() == Some(pin);
        match self.certificate.iter().find(is_gone) {
            Some(gone) => Err(TrustError::KeyRevoked(gone.serial)),
            None => Ok(()),
        }
    }

    /// The certificate of this serial, when it may be renewed for this key without a person.
    pub fn renewable(
        &self,
        serial: Serial,
        pin: &Digest,
        now: Timestamp,
    ) -> Result<&Issued, TrustError> {
        let held = self.of(serial)?;
        if held.revoked_at.is_some() {
            return Err(TrustError::Revoked(serial));
        }
        if now > held.not_after {
            return Err(TrustError::Expired(held.not_after));
        }
        let unkept = |what| TrustError::Unkept { serial, what };
        if held.pin.as_ref().ok_or_else(|| unkept("its pin"))? != pin {
            return Err(TrustError::OtherKey(serial));
        }
        let from = held.not_before.ok_or_else(|| unkept("its first instant"))?;
        let until = held.not_after;
        let due = Lifetime { from, until }.renewed_from();
        if now < due {
            return Err(TrustError::NotDue { serial, due });
        }
        self.check_key(pin)?;
        Ok(held)
    }

    /// What the next list says; takes its number.
    pub fn next_crl(&mut self, now: Timestamp) -> CertificateRevocationListParams {
        self.crl_number = self.crl_number.saturating_add(1);
        let revoked_certs = self
            .certificate
            .iter()
            .filter_map(|issued| {
                Some(RevokedCertParams {
                    serial_number: SerialNumber::from_slice(issued.serial.as_bytes()),
                    revocation_time: date_time_ymd(1970, 1, 1) + since_epoch(issued.revoked_at?),
                    reason_code: None,
                    invalidity_date: None,
                })
            })
            .collect();
        let next_update = now.plus_s(i64::from(self.crl_days) * DAY_S);
        CertificateRevocationListParams {
            this_update: date_time_ymd(1970, 1, 1) + since_epoch(now.plus_s(-CLOCK_SKEW_S)),
            next_update: date_time_ymd(1970, 1, 1) + since_epoch(next_update),
            crl_number: SerialNumber::from(self.crl_number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        }
    }
}
