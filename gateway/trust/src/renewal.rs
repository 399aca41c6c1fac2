//! A gateway's certificate files while they are renewed.
//!
//! ```text
//! chain.pem       key.pem         in use
//!                 key.pem.next    made for a change of keys that is under way
//! chain.pem.next                  written, and not yet in use: what a crash left, or a moment's state
//! ```
//!
//! A renewal with the same key replaces one file. A change of keys replaces two: the new chain is
//! written beside the old one, then the key is renamed, then the chain. [`complete`] ends what a crash
//! left in between; it is asked before the files are read at start.

use std::path::{Path, PathBuf};

use stile_model::time::Timestamp;

use crate::TrustError;
use crate::authority::describe;
use crate::files::{self, PUBLIC};
use crate::request::TlsKey;
use crate::revocation::RevocationSet;
use crate::tls::TlsFiles;

/// The key that a certificate is to be asked for.
#[derive(Debug)]
pub struct KeyToCertify {
    /// The key.
    pub key: TlsKey,
    /// Is it another than the one in use?
    pub changes: bool,
}

/// The key to ask a certificate for: the next one where a change of keys is under way, else the one in
/// use.
///
/// # Errors
///
/// When the file cannot be read or holds no such key.
pub fn key_to_certify(files: &TlsFiles) -> Result<KeyToCertify, TrustError> {
    let next = next(&files.key);
    let changes = next.exists();
    let key = TlsKey::load(if changes { &next } else { &files.key })?;
    Ok(KeyToCertify { key, changes })
}

/// Begins a change of keys: makes the next key, for its owner alone. One that was made before stays.
///
/// # Errors
///
/// When the file cannot be written or read.
pub fn begin_change(files: &TlsFiles) -> Result<TlsKey, TrustError> {
    let next = next(&files.key);
    if !next.exists() {
        TlsKey::generate()?.secret().save(&next)?;
    }
    TlsKey::load(&next)
}

/// Puts a renewed chain in place, with the next key where the chain is for that one.
///
/// # Errors
///
/// [`TrustError::KeyUnusable`] when the chain is for neither key, or when a file cannot be written;
/// then what was in use stays, or [`complete`] ends the change.
pub fn install(files: &TlsFiles, chain_pem: &str) -> Result<(), TrustError> {
    let pin = describe(chain_pem)?.spki_digest;
    if TlsKey::load(&files.key)?.pin() == pin {
        return files::write(&files.chain, chain_pem, PUBLIC);
    }
    let next_key = next(&files.key);
    if !next_key.exists() || TlsKey::load(&next_key)?.pin() != pin {
        return Err(TrustError::KeyUnusable(
            "the key of the chain",
            "the key in use, or the next one",
        ));
    }
    files::write(&next(&files.chain), chain_pem, PUBLIC)?;
    files::rename(&next_key, &files.key)?;
    files::rename(&next(&files.chain), &files.chain)
}

/// Ends a change of keys that was broken off after its key was put in place.
///
/// # Errors
///
/// When a file cannot be read or renamed.
pub fn complete(files: &TlsFiles) -> Result<(), TrustError> {
    let chain = next(&files.chain);
    if !chain.exists() {
        return Ok(());
    }
    let pin = describe(&files::read(&chain)?)?.spki_digest;
    if TlsKey::load(&files.key)?.pin() == pin {
        return files::rename(&chain, &files.chain);
    }
    Ok(())
}

/// Puts a newer revocation list in place; says whether it is one.
///
/// The list is verified against the issuing certificates that are held here: whoever sent it need not
/// be trusted.
///
/// # Errors
///
/// As [`RevocationSet::load`]; then the list in use stays.
pub fn install_lists(
    files: &TlsFiles,
    crl_pem: &str,
    held: &RevocationSet,
    now: Timestamp,
) -> Result<bool, TrustError> {
    let fresh = RevocationSet::load(crl_pem, &files::read(&files.issuers)?, now)?;
    if let Some((held, found)) = fresh.older_than(held) {
        return Err(TrustError::CrlOlder { held, found });
    }
    if !fresh.knows_more_than(held) {
        return Ok(false);
    }
    files::write(&files.crl, crl_pem, PUBLIC)?;
    Ok(true)
}

/// Writes what a gateway that enrolled was given: chain, roots, issuing certificates and lists.
///
/// # Errors
///
/// When a file cannot be written.
pub fn settle(
    files: &TlsFiles,
    chain_pem: &str,
    roots: &str,
    issuers: &str,
    crl: &str,
) -> Result<(), TrustError> {
    for (path, text) in [
        (&files.roots, roots),
        (&files.issuers, issuers),
        (&files.crl, crl),
        (&files.chain, chain_pem),
    ] {
        files::write(path, text, PUBLIC)?;
    }
    Ok(())
}

fn next(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".next");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{DAY_S, Partnership, police, start};
    use crate::tls::TlsMaterial;

    fn renewed(made: &Partnership, key: &TlsKey) -> String {
        let csr = key.request(&police()).unwrap();
        let names = ["localhost".to_owned()];
        let now = start().plus_s(DAY_S);
        let authority = &made.authority;
        authority
            .issue_for_request(&csr, &police(), &names, 90, now)
            .unwrap()
            .chain_pem
    }

    #[test]
    fn a_renewal_with_the_same_key_replaces_the_chain_alone() {
        let made = Partnership::new();
        let files = made.files("police", &made.issue(&police()));
        let key = std::fs::read(&files.key).unwrap();
        let asked = key_to_certify(&files).unwrap();
        assert!(!asked.changes);
        let chain = renewed(&made, &asked.key);

        install(&files, &chain).unwrap();

        assert_eq!(std::fs::read_to_string(&files.chain).unwrap(), chain);
        assert_eq!(std::fs::read(&files.key).unwrap(), key);
    }

    #[test]
    fn a_change_of_keys_replaces_both_and_a_broken_one_is_completed() {
        let made = Partnership::new();
        let files = made.files("police", &made.issue(&police()));
        let fresh = begin_change(&files).unwrap();
        assert_eq!(begin_change(&files).unwrap().pin(), fresh.pin());
        let asked = key_to_certify(&files).unwrap();
        assert!(asked.changes && asked.key.pin() == fresh.pin());
        let chain = renewed(&made, &fresh);
        // As after a crash between the two names.
        std::fs::write(next(&files.chain), &chain).unwrap();
        complete(&files).unwrap();
        assert_ne!(std::fs::read_to_string(&files.chain).unwrap(), chain);
        std::fs::rename(next(&files.key), &files.key).unwrap();
        let now = start().plus_s(DAY_S);
        assert!(TlsMaterial::load(&files, now).is_err());

        complete(&files).unwrap();

        let own = TlsMaterial::load(&files, now).unwrap().own();
        assert_eq!(own.spki_digest, fresh.pin());
        let again = begin_change(&files).unwrap();
        install(&files, &renewed(&made, &again)).unwrap();
        let own = TlsMaterial::load(&files, now).unwrap().own();
        assert_eq!(own.spki_digest, again.pin());
        assert!(!next(&files.key).exists() && !next(&files.chain).exists());
    }

    #[test]
    fn refuses_a_chain_for_a_key_that_is_not_here() {
        let made = Partnership::new();
        let files = made.files("police", &made.issue(&police()));
        let before = std::fs::read(&files.chain).unwrap();
        let stranger = renewed(&made, &TlsKey::generate().unwrap());

        let result = install(&files, &stranger);

        assert!(matches!(result, Err(TrustError::KeyUnusable(..))));
        assert_eq!(std::fs::read(&files.chain).unwrap(), before);
    }

    #[test]
    fn takes_a_newer_list_of_the_same_authority_and_no_other() {
        let made = Partnership::new();
        let files = made.files("police", &made.issue(&police()));
        let material = TlsMaterial::load(&files, start()).unwrap();
        let held = material.revocations().load_full();
        let own = made.path("own.crl");
        std::fs::copy(&files.crl, &own).unwrap();
        let files = TlsFiles { crl: own, ..files };
        let old = std::fs::read_to_string(&files.crl).unwrap();
        let later = start().plus_s(60);
        made.authority.refresh_crl(later, 7).unwrap();
        let fresh = std::fs::read_to_string(made.authority.crl_path()).unwrap();
        let foreign = Partnership::new();
        let forged = std::fs::read_to_string(foreign.authority.crl_path()).unwrap();

        assert!(install_lists(&files, &forged, &held, later).is_err());
        assert!(!install_lists(&files, &old, &held, later).unwrap());
        assert!(install_lists(&files, &fresh, &held, later).unwrap());
        assert_eq!(std::fs::read_to_string(&files.crl).unwrap(), fresh);
    }
}
