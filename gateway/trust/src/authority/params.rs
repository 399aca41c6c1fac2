//! What goes into each kind of certificate.

use std::net::IpAddr;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyUsagePurpose, SanType, SerialNumber, date_time_ymd,
};
use rustls::pki_types::DnsName;
use stile_model::id::PartnershipId;
use stile_model::time::Timestamp;

use crate::TrustError;
use crate::identity::{Identity, Role};
use crate::profile::LONGEST_LIFETIME_DAYS;
use crate::serial::Serial;

pub const DAY_S: i64 = 86_400;
/// How far a reader's clock may lag before it finds what we sign to be of the future.
pub const CLOCK_SKEW_S: i64 = 300;
const ROOT_DAYS: i64 = 3_652;
const ISSUING_DAYS: i64 = 1_095;

/// The root: signs issuing certificates only.
pub fn root(partnership: &PartnershipId, serial: Serial, now: Timestamp) -> CertificateParams {
    authority(partnership, "root", 1, serial, now, ROOT_DAYS)
}

/// The issuing certificate: signs leaves and the revocation list.
pub fn issuing(partnership: &PartnershipId, serial: Serial, now: Timestamp) -> CertificateParams {
    authority(partnership, "issuing", 0, serial, now, ISSUING_DAYS)
}

/// A request: only the key counts, the rest tells an operator who asks.
pub fn request(identity: &Identity) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(&identity.partnership, identity.member.as_str());
    params
}

/// A gateway's or person's certificate.
pub fn leaf(
    identity: &Identity,
    names: &[String],
    serial: Serial,
    now: Timestamp,
    not_after: Timestamp,
) -> Result<CertificateParams, TrustError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(&identity.partnership, identity.member.as_str());
    params.serial_number = Some(SerialNumber::from_slice(serial.as_bytes()));
    params.not_before = date_time_ymd(1970, 1, 1) + since_epoch(now.plus_s(-CLOCK_SKEW_S));
    params.not_after = date_time_ymd(1970, 1, 1) + since_epoch(not_after);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = match identity.role {
        Role::Agency | Role::Hub => {
            vec![
                ExtendedKeyUsagePurpose::ClientAuth,
                ExtendedKeyUsagePurpose::ServerAuth,
            ]
        }
        Role::Person => vec![ExtendedKeyUsagePurpose::ClientAuth],
    };
    params.use_authority_key_identifier_extension = true;
    params.subject_alt_names = vec![SanType::URI(identity.to_string().try_into()?)];
    for name in names {
        params.subject_alt_names.push(alternative_name(name)?);
    }
    Ok(params)
}

/// The last instant of a certificate of `days` days made at `now`.
///
/// # Errors
///
/// When `days` is out of range or the issuing certificate ends sooner.
pub fn not_after(
    days: u32,
    now: Timestamp,
    issuing_ends: Timestamp,
) -> Result<Timestamp, TrustError> {
    // One day less than the profile allows, for the skew before `now`.
    let longest = LONGEST_LIFETIME_DAYS - 1;
    if days == 0 || i64::from(days) > longest {
        return Err(TrustError::Lifetime {
            days,
            why: format!("give 1 to {longest} days"),
        });
    }
    let ends = now.plus_s(i64::from(days) * DAY_S);
    if ends > issuing_ends {
        let why = format!("the issuing certificate ends at `{issuing_ends}`");
        return Err(TrustError::Lifetime { days, why });
    }
    Ok(ends)
}

/// Seconds from 1970 to an instant; none for anything earlier. Added to 1970 it is the form
/// of an instant that rcgen takes, whose type rcgen does not name.
pub fn since_epoch(at: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(at.millis().div_euclid(1_000)).unwrap_or(0))
}

fn authority(
    partnership: &PartnershipId,
    tier: &str,
    below: u8,
    serial: Serial,
    now: Timestamp,
    days: i64,
) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(partnership, &format!("Stile {tier} for {partnership}"));
    params.serial_number = Some(SerialNumber::from_slice(serial.as_bytes()));
    params.not_before = date_time_ymd(1970, 1, 1) + since_epoch(now.plus_s(-CLOCK_SKEW_S));
    params.not_after = date_time_ymd(1970, 1, 1) + since_epoch(now.plus_s(days * DAY_S));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params
}

fn name(partnership: &PartnershipId, common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, partnership.as_str());
    name.push(DnType::CommonName, common);
    name
}

fn alternative_name(name: &str) -> Result<SanType, TrustError> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let refused = || TrustError::Name(name.chars().take(253).collect());
    DnsName::try_from(name).map_err(|_| refused())?;
    Ok(SanType::DnsName(name.try_into()?))
}
