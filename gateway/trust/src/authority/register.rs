//! `issued.toml`: every certificate the authority made, and the numbering of its lists.

use std::path::Path;

use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber, date_time_ymd,
};
use serde::{Deserialize, Serialize};
use stile_model::id::PartnershipId;
use stile_model::time::Timestamp;

use super::params::{CLOCK_SKEW_S, DAY_S, since_epoch};
use crate::TrustError;
use crate::files;
use crate::identity::Identity;
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
    /// Its last instant.
    pub not_after: Timestamp,
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
    pub fn add(
        &mut self,
        serial: Serial,
        identity: &Identity,
        not_after: Timestamp,
        now: Timestamp,
    ) {
        self.certificate
            .retain(|issued| issued.not_after.plus_s(KEPT_AFTER_END_S) > now);
        let uri = identity.to_string();
        self.certificate.push(Issued {
            serial,
            uri,
            not_after,
            revoked_at: None,
        });
    }

    /// Marks a certificate as revoked; the first moment stays.
    pub fn revoke(&mut self, serial: Serial, now: Timestamp) -> Result<(), TrustError> {
        let issued = self
            .certificate
            .iter_mut()
            .find(|issued| issued.serial == serial)
            .ok_or(TrustError::UnknownSerial(serial))?;
        issued.revoked_at.get_or_insert(now);
        Ok(())
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
