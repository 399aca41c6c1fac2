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
//!
//! A key in a hardware token is changed in the same steps, its label in place of the file's name, and the
//! old key is the last thing to go: whatever step a token refuses, the key of the chain in place is there.
//!
//! ```text
//! labels                                in place
//! tls      tls.next                     the old chain
//!          tls.next   tls.old           the old chain
//! tls                 tls.old           the old chain, then the new one
//! tls                                   the new chain, once `clear` destroyed the old key
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};

use stile_model::digest::Digest;
use stile_model::time::Timestamp;

use crate::TrustError;
use crate::authority::describe;
use crate::files::{self, PUBLIC};
use crate::key::{TlsKey, beside};
use crate::revocation::RevocationSet;
use crate::tls::TlsFiles;

/// One at a time: a gateway looks every few seconds whether a change is to be completed, also while it
/// makes one.
static CHANGING: Mutex<()> = Mutex::new(());

/// The key of the chain in place. Where none fits it, the key in its place.
///
/// # Errors
///
/// When a file cannot be read or holds no such key, or the token does not open.
pub fn key_in_use(files: &TlsFiles) -> Result<TlsKey, TrustError> {
    TlsKey::load_pinned(&files.key, &pin_of(&files::read(&files.chain)?)?)
}

/// The next key, where a change of keys is under way.
///
/// # Errors
///
/// When the file cannot be read or holds no such key, or the token does not open.
pub fn next_key(files: &TlsFiles) -> Result<Option<TlsKey>, TrustError> {
    TlsKey::find(&files.key.next())
}

/// Begins a change of keys: makes the next key, for its owner alone or inside the token. One that was
/// made before stays. A change that was broken off is completed first.
///
/// # Errors
///
/// When the file cannot be written or read, or the token refuses; also when it does not let keys change
/// places, which would be found out too late otherwise.
pub fn begin_change(files: &TlsFiles) -> Result<TlsKey, TrustError> {
    let _changing = changing();
    end(files)?;
    files.key.check_moves()?;
    let next = files.key.next();
    match TlsKey::find(&next)? {
        Some(key) => next.check_moves().map(|()| key),
        None => next.make_moving(),
    }
}

/// Puts a renewed chain in place, with the next key where the chain is for that one.
///
/// # Errors
///
/// [`TrustError::KeyUnusable`] when the chain is for neither key, or when a file cannot be written;
/// then what was in use stays, or [`complete`] ends the change.
pub fn install(files: &TlsFiles, chain_pem: &str) -> Result<(), TrustError> {
    let _changing = changing();
    end(files)?;
    let pin = pin_of(chain_pem)?;
    if key_in_use(files)?.pin() == pin {
        return files::write(&files.chain, chain_pem, PUBLIC);
    }
    if next_key(files)?.is_none_or(|key| key.pin() != pin) {
        return Err(TrustError::KeyUnusable(
            "the key of the chain",
            "the key in use, or the next one",
        ));
    }
    files::write(&beside(&files.chain), chain_pem, PUBLIC)?;
    files.key.take_next()?;
    put_chain(files, &pin)
}

/// Ends a change of keys that was broken off while its keys changed places, or after.
///
/// # Errors
///
/// When a file cannot be read or renamed, or the token does not open.
pub fn complete(files: &TlsFiles) -> Result<(), TrustError> {
    let _changing = changing();
    end(files)
}

fn end(files: &TlsFiles) -> Result<(), TrustError> {
    let chain = beside(&files.chain);
    if !chain.exists() {
        return Ok(());
    }
    let pin = pin_of(&files::read(&chain)?)?;
    let mut key = TlsKey::find(&files.key)?;
    if key.is_none() && next_key(files)?.is_some_and(|next| next.pin() == pin) {
        // In a token the old key gives up its label before the next one takes it.
        files.key.take_next()?;
        key = TlsKey::find(&files.key)?;
    }
    if key.is_some_and(|key| key.pin() == pin) {
        return put_chain(files, &pin);
    }
    Ok(())
}

/// Destroys the key that a change left in a token, once it is over: the chain in place is of the key in
/// place, and of the key with the pin `in_use`, which is the one that handshakes are signed with.
///
/// # Errors
///
/// When a file cannot be read, or the token does not open or does not destroy the key.
pub fn clear(files: &TlsFiles, in_use: &Digest) -> Result<(), TrustError> {
    let _changing = changing();
    if !files.key.has_old()? || pin_of(&files::read(&files.chain)?)? != *in_use {
        return Ok(());
    }
    if TlsKey::find(&files.key)?.is_some_and(|key| key.pin() == *in_use) {
        files.key.destroy_old()?;
    }
    Ok(())
}

/// Puts the chain that waits in place, unless another process has just done so.
fn put_chain(files: &TlsFiles, pin: &Digest) -> Result<(), TrustError> {
    files::rename(&beside(&files.chain), &files.chain).or_else(|error| {
        let there = files::read(&files.chain).and_then(|chain| pin_of(&chain));
        match there {
            Ok(there) if there == *pin => Ok(()),
            Ok(_) | Err(_) => Err(error),
        }
    })
}

fn pin_of(chain_pem: &str) -> Result<Digest, TrustError> {
    Ok(describe(chain_pem)?.spki_digest)
}

fn changing() -> MutexGuard<'static, ()> {
    CHANGING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What became of revocation lists that were offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Is any of them newer than what was held, and in place now?
    pub newer: bool,
    /// Our issuing certificates of which none was offered, by name.
    pub missing: Vec<String>,
}

/// Puts newer revocation lists in place, each issuer's own: a list that is not offered, or is offered
/// older, stays as it lies here beside those that are taken.
///
/// The lists are verified against the issuing certificates that are held here: whoever sent them need
/// not be trusted.
///
/// # Errors
///
/// As [`RevocationSet::load`] when none that was offered counts, and [`TrustError::CrlOlder`] when one
/// is older than that of its issuer in use and none is newer; then the lists in use stay.
pub fn install_lists(
    files: &TlsFiles,
    crl_pem: &str,
    held: &RevocationSet,
    now: Timestamp,
) -> Result<Offered, TrustError> {
    let issuers = files::read(&files.issuers)?;
    let offered = RevocationSet::load(crl_pem, &issuers, now)?;
    let newer = offered.knows_more_than(held);
    if newer {
        let lying = files::read(&files.crl).unwrap_or_default();
        // An authority that came back from a copy dates anew under a lower number; its list is not the
        // newer one, and neither is the good one. So what lies there comes first, and what is older than
        // the list in use never comes.
        let all = format!("{lying}\n{crl_pem}");
        // What lies there may be spoiled; then what was offered is all there is.
        let pem =
            newest(&all, &issuers, held, now).or_else(|_| newest(crl_pem, &issuers, held, now))?;
        files::write(&files.crl, &pem, PUBLIC)?;
    } else if let Some((held, found)) = offered.older_than(held) {
        return Err(TrustError::CrlOlder { held, found });
    }
    Ok(Offered {
        newer,
        missing: offered.missing().map(ToOwned::to_owned).collect(),
    })
}

/// Each issuer's newest list among these, as PEM; none that was made before the one held.
fn newest(
    crl_pem: &str,
    issuers_pem: &str,
    held: &RevocationSet,
    now: Timestamp,
) -> Result<String, TrustError> {
    let mut pem = String::new();
    RevocationSet::newest(crl_pem, issuers_pem, now, Some(held), |list| {
        pem.push_str(&files::pem("X509 CRL", list));
    })?;
    Ok(pem)
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

#[cfg(test)]
mod tests {
    use std::path::Path;

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
        let key_file = files.key.file().unwrap();
        let key = std::fs::read(key_file).unwrap();
        assert!(next_key(&files).unwrap().is_none());
        let chain = renewed(&made, &TlsKey::load(&files.key).unwrap());

        install(&files, &chain).unwrap();

        assert_eq!(std::fs::read_to_string(&files.chain).unwrap(), chain);
        assert_eq!(std::fs::read(key_file).unwrap(), key);
    }

    #[test]
    fn a_change_of_keys_replaces_both_and_a_broken_one_is_completed() {
        let made = Partnership::new();
        let files = made.files("police", &made.issue(&police()));
        let fresh = begin_change(&files).unwrap();
        assert_eq!(begin_change(&files).unwrap().pin(), fresh.pin());
        assert_eq!(next_key(&files).unwrap().unwrap().pin(), fresh.pin());
        let chain = renewed(&made, &fresh);
        // As after a crash between the two names.
        std::fs::write(beside(&files.chain), &chain).unwrap();
        complete(&files).unwrap();
        assert_ne!(std::fs::read_to_string(&files.chain).unwrap(), chain);
        let key_file = files.key.file().unwrap();
        std::fs::rename(beside(key_file), key_file).unwrap();
        let now = start().plus_s(DAY_S);
        assert!(TlsMaterial::load(&files, now).is_err());

        complete(&files).unwrap();

        let own = TlsMaterial::load(&files, now).unwrap().own();
        assert_eq!(own.spki_digest, fresh.pin());
        let again = begin_change(&files).unwrap();
        install(&files, &renewed(&made, &again)).unwrap();
        let own = TlsMaterial::load(&files, now).unwrap().own();
        assert_eq!(own.spki_digest, again.pin());
        assert!(!beside(key_file).exists() && !beside(&files.chain).exists());
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

        let install = |text: &str| install_lists(&files, text, &held, later);
        assert!(install(&forged).is_err());
        assert!(!install(&old).unwrap().newer);
        assert!(install(&fresh).unwrap().newer);
        assert_eq!(std::fs::read_to_string(&files.crl).unwrap(), fresh);
    }

    /// Two authorities stand for two issuing certificates of one, of which one replaces the other.
    #[test]
    fn takes_each_issuers_own_list_and_names_the_one_that_is_missing() {
        let (made, other) = (Partnership::new(), Partnership::new());
        let files = made.files("police", &made.issue(&police()));
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let two = |one: &str, two: &str| format!("{one}{two}");
        let files = TlsFiles {
            crl: made.path("own.crl"),
            issuers: made.path("both.pem"),
            roots: made.path("roots.pem"),
            ..files
        };
        let issuing = |of: &Partnership| read(&of.authority.issuing_path());
        let list = |of: &Partnership| read(&of.authority.crl_path());
        std::fs::write(&files.issuers, two(&issuing(&made), &issuing(&other))).unwrap();
        let roots = two(
            &read(&made.authority.root_path()),
            &read(&other.authority.root_path()),
        );
        std::fs::write(&files.roots, roots).unwrap();
        std::fs::write(&files.crl, two(&list(&made), &list(&other))).unwrap();
        let material = TlsMaterial::load(&files, start()).unwrap();
        let later = start().plus_s(60);
        let of_other = list(&other);
        made.authority.refresh_crl(later, 7).unwrap();

        // The hub publishes one of the two, and that is newer.
        let held = material.revocations().load_full();
        let offered = install_lists(&files, &list(&made), &held, later).unwrap();

        assert!(offered.newer);
        assert_eq!(offered.missing.len(), 1, "{:?}", offered.missing);
        assert!(offered.missing[0].contains("serial "));
        let lies = read(&files.crl);
        assert_eq!(lies, two(&list(&made), &of_other));
        material.reload_revocations(later).unwrap();
        let held = material.revocations().load_full();
        assert_eq!(held.missing().count(), 0);

        // Both, one of them for an issuer that is not held here yet: nothing is in the way of ours.
        other.authority.refresh_crl(later, 7).unwrap();
        let third = Partnership::new();
        let all = two(&list(&third), &two(&list(&made), &list(&other)));
        let offered = install_lists(&files, &all, &held, later).unwrap();
        assert!(offered.newer && offered.missing.is_empty());
        assert_eq!(read(&files.crl), two(&list(&made), &list(&other)));
    }

    #[test]
    fn takes_no_older_list_though_it_comes_with_a_newer_one_of_another_issuer() {
        let (made, other) = (Partnership::new(), Partnership::new());
        let files = made.files("police", &made.issue(&police()));
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let files = TlsFiles {
            crl: made.path("own.crl"),
            issuers: made.path("both.pem"),
            ..files
        };
        let both = [
            made.authority.issuing_path(),
            other.authority.issuing_path(),
        ];
        std::fs::write(&files.issuers, both.map(|path| read(&path)).concat()).unwrap();
        let lists = || [&made, &other].map(|of| read(&of.authority.crl_path()));
        let [old, _] = lists();
        let later = start().plus_s(60);
        made.authority.refresh_crl(later, 7).unwrap();
        let [new, before] = lists();
        std::fs::write(&files.crl, [new.clone(), before].concat()).unwrap();
        let issuers = read(&files.issuers);
        let held = RevocationSet::load(&read(&files.crl), &issuers, later).unwrap();
        other.authority.refresh_crl(later, 7).unwrap();
        let [_, other_new] = lists();

        let alone = install_lists(&files, &old, &held, later);
        assert!(
            matches!(alone, Err(TrustError::CrlOlder { .. })),
            "{alone:?}"
        );
        let offered = install_lists(&files, &format!("{old}{other_new}"), &held, later);

        assert!(offered.unwrap().newer);
        assert_eq!(read(&files.crl), format!("{new}{other_new}"));
    }

    /// The authority of one issuer came back from a copy: it dates its list anew, under a lower number.
    #[test]
    fn takes_no_list_of_a_later_date_and_a_lower_number_beside_a_newer_one_of_another_issuer() {
        let (made, other) = (Partnership::new(), Partnership::new());
        let files = made.files("police", &made.issue(&police()));
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let files = TlsFiles {
            crl: made.path("own.crl"),
            issuers: made.path("both.pem"),
            ..files
        };
        let both = [
            made.authority.issuing_path(),
            other.authority.issuing_path(),
        ];
        std::fs::write(&files.issuers, both.map(|path| read(&path)).concat()).unwrap();
        let lists = || [&made, &other].map(|of| read(&of.authority.crl_path()));
        let copy = copied(&made);
        let at = |seconds| start().plus_s(seconds);
        made.authority.refresh_crl(at(60), 7).unwrap();
        made.authority.refresh_crl(at(120), 7).unwrap();
        let [good, before] = lists();
        std::fs::write(&files.crl, [good.clone(), before].concat()).unwrap();
        let issuers = read(&files.issuers);
        let held = RevocationSet::load(&read(&files.crl), &issuers, at(120)).unwrap();
        for (name, text) in copy {
            std::fs::write(made.path("ca").join(name), text).unwrap();
        }
        made.authority.refresh_crl(at(180), 7).unwrap();
        other.authority.refresh_crl(at(180), 7).unwrap();
        let [rolled_back, newer] = lists();

        let offer = || {
            let text = format!("{rolled_back}{newer}");
            install_lists(&files, &text, &held, at(180))
        };
        assert!(offer().unwrap().newer);

        assert_eq!(read(&files.crl), format!("{good}{newer}"));
        std::fs::write(&files.crl, "spoiled\n-----BEGIN X509 CRL-----\n").unwrap();
        assert!(offer().unwrap().newer);
        assert_eq!(read(&files.crl), newer, "where what lies here is spoiled");
    }

    /// What the authority knows, to be put back later.
    fn copied(made: &Partnership) -> Vec<(std::ffi::OsString, Vec<u8>)> {
        let files = std::fs::read_dir(made.path("ca")).unwrap();
        let files = files.map(|file| file.unwrap());
        let files = files.filter(|file| file.file_type().unwrap().is_file());
        files
            .map(|file| (file.file_name(), std::fs::read(file.path()).unwrap()))
            .collect()
    }
}
