//! Certificates and directories a test makes beside those of the demo.

use std::path::{Path, PathBuf};

use stile_cli::demo::partnership::{HUB, PARTNERSHIP};
use stile_cli::keys::{KeyFiles, card};
use stile_model::id::{MemberId, PartnershipId, UserId};
use stile_model::time::Timestamp;
use stile_trust::authority::{Authority, describe};
use stile_trust::directory::Directory;
use stile_trust::identity::{Identity, Role};
use stile_trust::signing::SigningKey;
use stile_trust::tls::TlsFiles;

use crate::rogue::tls_files;

/// Another hub that [`second_hub`] makes.
pub const SECOND_HUB: &str = "eastside-hub";

/// An identity of the partnership.
pub fn identity(role: Role, member: &str, user: Option<&str>) -> Identity {
    Identity {
        partnership: PartnershipId::new(PARTNERSHIP).unwrap(),
        role,
        member: MemberId::new(member).unwrap(),
        user: user.map(|user| UserId::new(user).unwrap()),
    }
}

/// Issues a certificate by the partnership's authority, kept in `dir/papers/<name>`.
pub fn issue(dir: &Path, name: &str, who: &Identity, days: u32, now: Timestamp) -> TlsFiles {
    let (chain, key) = issue_by(&dir.join("ca"), dir, name, who, days, now);
    tls_files(dir, chain, key)
}

/// Issues the same names by an authority of its own, which nobody trusts: chain and key.
pub fn issue_by_a_stranger(
    dir: &Path,
    name: &str,
    who: &Identity,
    now: Timestamp,
) -> (PathBuf, PathBuf) {
    let ca = dir.join("papers/strangers-ca");
    if !ca.exists() {
        Authority::init(&ca, &who.partnership, now).unwrap();
    }
    issue_by(&ca, dir, name, who, 90, now)
}

fn issue_by(
    ca: &Path,
    dir: &Path,
    name: &str,
    who: &Identity,
    days: u32,
    now: Timestamp,
) -> (PathBuf, PathBuf) {
    let own = dir.join("papers").join(name);
    std::fs::create_dir_all(&own).unwrap();
    let names = match who.role {
        Role::Person => Vec::new(),
        Role::Agency | Role::Hub => vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
    };
    let authority = Authority::open(ca).unwrap();
    let issued = authority.issue(who, &names, days, now).unwrap();
    let (chain, key) = (own.join("chain.pem"), own.join("key.pem"));
    issued.save(&chain, &key).unwrap();
    (chain, key)
}

/// Revokes the certificate in this file and publishes the list that every gateway reads.
pub fn revoke(dir: &Path, chain: &Path, now: Timestamp) {
    let text = std::fs::read_to_string(chain).unwrap();
    let serial = describe(&text).unwrap().serial;
    let authority = Authority::open(&dir.join("ca")).unwrap();
    authority.revoke(serial, now).unwrap();
}

/// Publishes the revocation list anew, good for seven days from `now`.
pub fn refresh_list(dir: &Path, now: Timestamp) {
    let authority = Authority::open(&dir.join("ca")).unwrap();
    authority.refresh_crl(now, 7).unwrap();
}

/// Changes the directory and signs it again, before a gateway reads it.
pub fn change_directory(dir: &Path, change: impl FnOnce(String) -> String) {
    let file = dir.join("directory.toml");
    let text = change(std::fs::read_to_string(&file).unwrap());
    std::fs::write(&file, &text).unwrap();
    let operator = SigningKey::load(&dir.join("operator/operator.key")).unwrap();
    let directory = Directory::from_toml(&text, "directory.toml").unwrap();
    std::fs::write(
        dir.join("directory.jws"),
        directory.sign(&operator).unwrap(),
    )
    .unwrap();
}

/// Adds a second hub with the same agreements as the first, and gives its certificate.
pub fn second_hub(dir: &Path, now: Timestamp) -> TlsFiles {
    let own = dir.join(SECOND_HUB);
    std::fs::create_dir_all(&own).unwrap();
    let files = issue(
        dir,
        SECOND_HUB,
        &identity(Role::Hub, SECOND_HUB, None),
        90,
        now,
    );
    let keys = KeyFiles::in_folder(&own);
    keys.make().unwrap();
    let card = card(
        &keys,
        &format!("{PARTNERSHIP}.example/{SECOND_HUB}"),
        &files.chain,
    )
    .unwrap();
    change_directory(dir, |text| {
        let mut longer = format!(
            "{text}\n[[member]]\nid = \"{SECOND_HUB}\"\nrole = \"hub\"\nname = \"Eastside Hub\"\n\
             endpoint = \"https://127.0.0.1:9\"\ncontact = \"hub desk, 01632 960002\"\n{card}\n"
        );
        for agreement in text.split("\n[[agreement]]").skip(1) {
            let other = agreement.replace("id = \"isa_", "id = \"two_").replace(
                &format!("hub = \"{HUB}\""),
                &format!("hub = \"{SECOND_HUB}\""),
            );
            longer = format!("{longer}\n[[agreement]]{other}");
        }
        longer
    });
    files
}
