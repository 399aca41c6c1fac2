//! Keys, certificates, the revocation list and the directory.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use stile_ledger::KeyName;
use stile_model::time::Timestamp;
use stile_store::EpochPlace;
use stile_trust::TrustError;
use stile_trust::authority::{CertificateSummary, describe};
use stile_trust::directory::{Directory, Member};
use stile_trust::identity::Role;
use stile_trust::key::{KeyPlace, TlsKey};
use stile_trust::renewal::key_in_use;
use stile_trust::revocation::RevocationSet;
use stile_trust::signing::{SigningKey, VerifyingKey};
use stile_trust::tls::{TlsFiles, TlsMaterial};

use super::{Finding, agreements};
use crate::config::{Kept, Parts};
use crate::gateway::epoch_key;
use crate::run::Failure;

/// Days before an end from which it is said.
pub(super) const AHEAD_DAYS: i64 = 30;
/// Days before the end of a directory from which it is said.
const DIRECTORY_DAYS: i64 = 21;
/// Hours before a revocation list is due from which it is said.
const AHEAD_H: i64 = 48;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Every key file: is it there, is it a key, is it its owner's alone?
pub(super) fn keys(parts: &Parts) -> Vec<Finding> {
    let keys = &parts.keys;
    let mut files = vec![
        keys.signing.as_path(),
        &keys.ledger,
        &keys.pseudonym,
        &keys.witness,
    ];
    match &parts.tls.key {
        KeyPlace::File(key) => files.push(key),
        KeyPlace::Token(place) => files.push(&place.pin_file),
    }
    if let EpochPlace::File(epoch) = &keys.epoch {
        files.push(epoch);
    }
    if let Kept::Postgres { url_file, .. } = &parts.store.kept {
        files.push(url_file);
    }
    if let Some(pages) = &parts.pages {
        files.push(&pages.key);
    }
    let mut findings: Vec<_> = files.into_iter().filter_map(exposed).collect();
    let broken = [
        SigningKey::load(&keys.signing).err().map(Failure::from),
        keys.ledger_key().err(),
        keys.pseudonym_key().err(),
        keys.witness_key(&parts.store.origin).err(),
        match keys.epoch {
            EpochPlace::File(_) => epoch_key(parts).err(),
            // Each try of a PIN counts, and only the service is given a credential.
            EpochPlace::Credential { .. } | EpochPlace::Token(_) => None,
        },
    ];
    let todo = "put the key back from where it is kept under lock; never make a new one over it";
    let broken = broken.into_iter().flatten();
    findings.extend(broken.map(|error| Finding::wrong("keys", error, todo)));
    findings.extend(in_token(&parts.tls));
    if findings.is_empty() {
        let found = "every key is there and its owner's alone";
        findings.push(Finding::good("keys", found));
    }
    findings
}

/// What is wrong with a TLS key in a hardware token.
fn in_token(files: &TlsFiles) -> Option<Finding> {
    let place = &files.key;
    let KeyPlace::Token(_) = place else {
        return None;
    };
    // What is wrong with the chain has its own finding.
    let found = match read_certificate(&files.chain) {
        Ok(_) => key_in_use(files),
        Err(_) => TlsKey::load(place),
    };
    let error = found.err()?;
    let todo = "until it is mended every handshake fails: docs/guide/enrol.md, part 12";
    Some(Finding::wrong(
        "keys",
        format_args!("{place}: {error}"),
        todo,
    ))
}

/// A secret file that is missing, or that others can read.
fn exposed(path: &Path) -> Option<Finding> {
    let shown = path.display();
    match fs::metadata(path) {
        Err(error) => Some(Finding::wrong(
            "keys",
            format_args!("{shown}: {error}"),
            "put the file where the configuration names it, or correct the path",
        )),
        Ok(facts) if facts.permissions().mode() & 0o077 != 0 => Some(Finding::wrong(
            "keys",
            format_args!(
                "{shown} has mode {:04o}: others can read it",
                facts.permissions().mode() & 0o7777
            ),
            "set its mode to 0600; if anybody may have read it, replace it",
        )),
        Ok(_) => None,
    }
}

/// The gateway's certificate: does it fit everything around it, and until when?
pub(super) fn certificate(parts: &Parts, role: Role, now: Timestamp) -> Finding {
    let renew = "renew it: docs/guide/operate.md, part 5";
    let summary = match read_certificate(&parts.tls.chain) {
        Ok(summary) => summary,
        Err(error) => return Finding::wrong("certificate", error, renew),
    };
    if let Some(refusal) = &summary.refusal {
        return Finding::wrong(
            "certificate",
            refusal,
            "have it issued to the profile in certs/README.md",
        );
    }
    let ours = summary.identity.as_ref().is_some_and(|own| {
        own.role == role && own.member == parts.member && own.partnership == parts.partnership
    });
    if !ours {
        let found = format!(
            "{} is not of {role} `{}`",
            parts.tls.chain.display(),
            parts.member
        );
        return Finding::wrong("certificate", found, "put this member's certificate there");
    }
    if now < summary.not_before {
        let found = format!("it begins at {}, in the future", summary.not_before);
        return Finding::wrong("certificate", found, "check the clock of this machine");
    }
    if now > summary.not_after {
        let found = format!("it ended at {}", summary.not_after);
        return Finding::wrong("certificate", found, renew);
    }
    // Everything else: key, roots, issuers, list. What is wrong with the list has its own finding.
    if let Err(error) = TlsMaterial::load(&parts.tls, now)
        && !is_of_lists(&error)
        && list(parts, now).is_ok()
    {
        return Finding::wrong("certificate", error, "mend the file that is named");
    }
    ending("certificate", &summary, now, renew)
}

/// The certificate that browsers are shown, where there is one.
pub(super) fn pages(parts: &Parts, now: Timestamp) -> Option<Finding> {
    let pages = parts.pages.as_ref()?;
    let renew = "renew the certificate of the pages, and restart";
    Some(match read_certificate(&pages.chain) {
        Err(error) => Finding::wrong("pages", error, renew),
        Ok(summary) if now > summary.not_after => {
            let found = format!(
                "the certificate for browsers ended at {}",
                summary.not_after
            );
            Finding::wrong("pages", found, renew)
        }
        Ok(summary) => ending("pages", &summary, now, renew),
    })
}

fn read_certificate(path: &Path) -> Result<CertificateSummary, Failure> {
    let about = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| about(&error))?;
    Ok(describe(&text).map_err(|error| about(&error))?)
}

fn ending(part: &'static str, summary: &CertificateSummary, now: Timestamp, todo: &str) -> Finding {
    let left = summary.days_left(now);
    let found = format!("good for {left} more days, until {}", summary.not_after);
    if left < AHEAD_DAYS {
        Finding::soon(part, found, todo)
    } else {
        Finding::good(part, found)
    }
}

/// The revocation lists: past the due moment of its own issuer's no peer is believed.
pub(super) fn revocations(parts: &Parts, now: Timestamp) -> Vec<Finding> {
    let part = "revocation";
    let fetch = "write a new one (`stile ca refresh`) and copy crl.pem here: docs/guide/operate.md, \
                 part 4";
    let set = match list(parts, now) {
        Ok(set) => set,
        Err(error) => return vec![Finding::wrong(part, error, fetch)],
    };
    let own = own_list(parts, now);
    let mut findings: Vec<_> = set
        .missing()
        .map(|issuer| {
            let found = format!("there is no list of {issuer}: whoever it certified is refused");
            let todo =
                "put its list beside the others, or take the certificate out of `tls.issuers`";
            Finding::soon(part, found, todo)
        })
        .collect();
    if let Err(error) = own {
        let found = format!("the issuer of this gateway's own certificate: {error}");
        findings.push(Finding::wrong(part, found, fetch));
    }
    let age = now.since_millis(set.issued()).div_euclid(HOUR_MS);
    let left = set.expires().since_millis(now).div_euclid(HOUR_MS);
    let found = format!(
        "{} revoked; the list is {age} hours old and good for {left} more, until {}",
        set.len(),
        set.expires()
    );
    if left < AHEAD_H {
        findings.push(Finding::soon(part, found, fetch));
    } else if findings.is_empty() {
        findings.push(Finding::good(part, found));
    }
    findings
}

/// Is there a list of the issuer of our own certificate, and in date? What else is wrong with the
/// certificate is told there.
fn own_list(parts: &Parts, now: Timestamp) -> Result<(), TrustError> {
    match TlsMaterial::load(&parts.tls, now) {
        Err(error) if is_of_lists(&error) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

const fn is_of_lists(error: &TrustError) -> bool {
    matches!(
        error,
        TrustError::CrlExpired(_) | TrustError::CrlNotYet(_) | TrustError::UnknownIssuer(_)
    )
}

fn list(parts: &Parts, now: Timestamp) -> Result<RevocationSet, Failure> {
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let (crl, issuers) = (read(&parts.tls.crl)?, read(&parts.tls.issuers)?);
    RevocationSet::load(&crl, &issuers, now)
        .map_err(|error| format!("{}: {error}", parts.tls.crl.display()).into())
}

/// The directory: is it signed, in force, and does it say of this member what is true?
pub(super) fn directory(parts: &Parts, now: Timestamp) -> Vec<Finding> {
    let fetch = "have the operator sign the next version, put it here, and reload";
    let directory = match read_directory(parts, now) {
        Ok(directory) => directory,
        Err(error) => return vec![Finding::wrong("directory", error, fetch)],
    };
    let Some(member) = directory.member(&parts.member) else {
        let found = format!(
            "version {} does not list `{}`",
            directory.version, parts.member
        );
        let todo = "give the operator what `stile keys show` prints";
        return vec![Finding::wrong("directory", found, todo)];
    };
    let left = directory.valid_until.since_millis(now).div_euclid(DAY_MS);
    let found = format!(
        "version {}, {} members, good for {left} more days, until {}",
        directory.version,
        directory.members.len(),
        directory.valid_until
    );
    let mut findings = vec![if left < DIRECTORY_DAYS {
        Finding::soon("directory", found, fetch)
    } else {
        Finding::good("directory", found)
    }];
    findings.extend(differing(parts, member));
    findings.extend(agreements::examine(&parts.member, &directory, now));
    findings
}

fn read_directory(parts: &Parts, now: Timestamp) -> Result<Directory, Failure> {
    let files = &parts.directory;
    let about = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let operator =
        fs::read_to_string(&files.operator).map_err(|error| about(&files.operator, &error))?;
    let operator: VerifyingKey =
        serde_json::from_str(&operator).map_err(|error| about(&files.operator, &error))?;
    let text = fs::read_to_string(&files.file).map_err(|error| about(&files.file, &error))?;
    let read = Directory::verify(text.trim(), &operator, 0, now);
    Ok(read.map_err(|error| about(&files.file, &error))?)
}

/// Public keys that the directory lists otherwise than this machine has them.
fn differing(parts: &Parts, member: &Member) -> Vec<Finding> {
    let mut differ = Vec::new();
    if let Ok(key) = SigningKey::load(&parts.keys.signing)
        && *key.verifying_key() != member.signing_key
    {
        differ.push("signing key");
    }
    if let (Ok(key), Ok(name)) = (
        parts.keys.ledger_key(),
        KeyName::new(parts.store.origin.as_str()),
    ) && key.vkey(&name).to_string() != member.ledger_key
    {
        differ.push("ledger key or origin");
    }
    if let (Ok(key), Some(listed)) = (
        parts.keys.witness_key(&parts.store.origin),
        &member.witness_key,
    ) && key.vkey().to_string() != *listed
    {
        differ.push("witness key");
    }
    if let Ok(summary) = read_certificate(&parts.tls.chain)
        && !member.tls_pins.contains(&summary.spki_digest)
    {
        differ.push("certificate's pin");
    }
    if differ.is_empty() {
        return Vec::new();
    }
    let found = format!(
        "it lists another {} of this member",
        differ.join(", another ")
    );
    let todo =
        "give the operator what `stile keys show` prints; others refuse this gateway until then";
    vec![Finding::wrong("directory", found, todo)]
}
