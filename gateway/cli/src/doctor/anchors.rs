//! What a gateway believes before anything else: the operator's key, and the roots of the authority.
//!
//! Whoever can replace these chooses the members whom the gateway believes. So a gateway that was broken
//! into must not be able to: the files are another user's, or its service keeps them read-only.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use stile_exchange::enrol::RenewalSettings;
use stile_trust::identity::Role;

use super::Finding;
use crate::config::Parts;

const PART: &str = "anchors";
/// Folders that the service manager makes for a service, and where they lie.
const MADE: [(&str, &str); 4] = [
    ("StateDirectory", "/var/lib"),
    ("LogsDirectory", "/var/log"),
    ("CacheDirectory", "/var/cache"),
    ("RuntimeDirectory", "/run"),
];

/// Can the gateway's own user replace them?
pub(super) fn examine(parts: &Parts, role: Role) -> Finding {
    // Its secret keys are nobody's but its own, so their owner is whom it runs as.
    let Ok(key) = fs::metadata(&parts.keys.signing) else {
        let todo = "put the signing key where the configuration names it";
        return Finding::unknown(PART, "whom the gateway runs as is not known", todo);
    };
    let mut anchors = vec![parts.directory.operator.clone(), parts.tls.roots.clone()];
    anchors.retain(|path| is_replaceable(path, key.uid()));
    if anchors.is_empty() {
        let found = "the operator's key and the roots are not the gateway's to write";
        return Finding::good(PART, found);
    }
    let unit = service(role);
    anchors.retain(|path| !unit.as_deref().is_some_and(|unit| is_kept(unit, path)));
    if anchors.is_empty() {
        let found = "the service keeps the operator's key and the roots read-only";
        return Finding::good(PART, found);
    }
    let named: Vec<_> = anchors
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let found = format!(
        "whoever breaks into the gateway can replace {}, and so choose whom it believes",
        named.join(" and ")
    );
    let todo = "name them in `ReadOnlyPaths` of its service, or give them and their folder to root: \
                docs/guide/install.md, part 4";
    Finding::soon(PART, found, todo)
}

/// Can the gateway write the newer directory that it fetches? Else none ever counts.
pub(super) fn fetched(parts: &Parts, role: Role, renewal: &RenewalSettings) -> Option<Finding> {
    let file = renewal
        .directory
        .as_ref()
        .map(|published| &published.file)?;
    if renewal.hub.as_ref().is_none_or(|hub| *hub == parts.member) {
        return None;
    }
    let part = "renewal";
    let Ok(key) = fs::metadata(&parts.keys.signing) else {
        let todo = "put the signing key where the configuration names it";
        return Some(Finding::unknown(
            part,
            "whom the gateway runs as is not known",
            todo,
        ));
    };
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let open = fs::metadata(folder).is_ok_and(|facts| is_writable(&facts, key.uid()));
    let kept = service(role).is_some_and(|unit| is_kept(&unit, file));
    if open && !kept {
        let found = "the gateway can write the directories that it fetches";
        return Some(Finding::good(part, found));
    }
    let found = format!(
        "{} is not the gateway's to write: no directory that it fetches counts",
        folder.display()
    );
    let todo = "put `directory.file` into a folder of the gateway's own, which its service lets it write, \
                such as /etc/stile/partnership: docs/guide/install.md, part 4";
    Some(Finding::soon(part, found, todo))
}

/// Can `user` write the file, or put another in its place? One that is not there is its own fault's.
fn is_replaceable(path: &Path, user: u32) -> bool {
    let Ok(path) = fs::canonicalize(path) else {
        return false;
    };
    let mut entry = match fs::metadata(&path) {
        Ok(facts) if is_writable(&facts, user) => return true,
        Ok(facts) => facts,
        Err(_) => return false,
    };
    for folder in path.ancestors().skip(1) {
        let Ok(facts) = fs::metadata(folder) else {
            return false;
        };
        // In a folder like /tmp nobody may rename what others have put there.
        let sticky = facts.mode() & 0o1000 != 0;
        let others = ![entry.uid(), facts.uid(), 0].contains(&user);
        if is_writable(&facts, user) && !(sticky && others) {
            return true;
        }
        entry = facts;
    }
    false
}

/// An owner can give itself leave; of which groups `user` is, is not asked.
fn is_writable(facts: &Metadata, user: u32) -> bool {
    user == 0 || facts.uid() == user || facts.mode() & 0o022 != 0
}

/// What the service manager says of the packaged service, where there is one.
fn service(role: Role) -> Option<String> {
    let asked = Command::new("systemctl")
        .args([
            "show",
            "--property=ProtectSystem,ReadOnlyPaths,ReadWritePaths,StateDirectory,LogsDirectory,\
             CacheDirectory,RuntimeDirectory",
        ])
        .arg(format!("stile-{role}"))
        .output();
    let said = asked.ok().filter(|said| said.status.success())?;
    Some(String::from_utf8_lossy(&said.stdout).into_owned())
}

/// Does the service keep this file read-only? The longest path that covers it decides.
fn is_kept(unit: &str, path: &Path) -> bool {
    let of = |key: &str| {
        let line = unit.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|line| line.strip_prefix('=')).unwrap_or("")
    };
    let covers = |key: &str, within: &str| {
        let named = of(key).split_whitespace();
        let paths = named.map(|path| Path::new(within).join(path.trim_start_matches(['-', '+'])));
        let covering = paths.filter(|above| path.starts_with(above));
        covering.map(|above| above.components().count()).max()
    };
    // Folders that the manager makes for the service are its to write, whatever else it may.
    let writes = [("ReadWritePaths", "/")].into_iter().chain(MADE);
    let writes = writes.filter_map(|(key, within)| covers(key, within)).max();
    match (covers("ReadOnlyPaths", "/"), writes) {
        (Some(read), Some(write)) => read >= write,
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => of("ProtectSystem") == "strict",
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const UNIT: &str = "ReadWritePaths=/etc/stile/keys -/etc/stile/partnership\n\
                        ReadOnlyPaths=-/etc/stile/partnership/root.pem\nProtectSystem=strict\n\
                        StateDirectory=stile\nLogsDirectory=stile stile-extra\n";

    #[test]
    fn a_service_keeps_what_it_names_and_what_it_lets_nobody_write() {
        let kept = |path: &str| is_kept(UNIT, Path::new(path));

        assert!(kept("/etc/stile/partnership/root.pem"));
        assert!(kept("/etc/stile/operator.jwk"));
        assert!(!kept("/etc/stile/partnership/operator.jwk"));
        assert!(!is_kept("", Path::new("/etc/stile/operator.jwk")));
        for made in [
            "/var/lib/stile/operator.jwk",
            "/var/log/stile-extra/operator.jwk",
        ] {
            assert!(!kept(made), "{made} is in a folder made for the service");
        }
        assert!(kept("/var/lib/other/operator.jwk"));
        assert!(
            kept("/etc/stile/directory.jws"),
            "a fetched one would not be written"
        );
        assert!(!kept("/etc/stile/partnership/directory.jws"));
    }

    #[test]
    fn a_file_is_replaceable_by_its_owner_by_those_it_lets_and_by_whoever_may_write_a_folder_above()
    {
        let folder = tempfile::tempdir().unwrap();
        let (own, file) = (
            folder.path().join("own"),
            folder.path().join("own/root.pem"),
        );
        fs::create_dir(&own).unwrap();
        fs::write(&file, "x").unwrap();
        let mode =
            |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        mode(&own, 0o755);
        mode(&file, 0o644);
        let owner = fs::metadata(&file).unwrap().uid();
        let another = owner + 1;

        assert!(is_replaceable(&file, owner));
        assert!(is_replaceable(&file, 0));
        assert!(!is_replaceable(&file, another));
        mode(&file, 0o664);
        assert!(is_replaceable(&file, another), "the file");
        mode(&file, 0o644);
        mode(&own, 0o777);
        assert!(is_replaceable(&file, another), "its folder");
        mode(&own, 0o755);
        mode(folder.path(), 0o777);
        assert!(is_replaceable(&file, another), "the folder above");
        mode(folder.path(), 0o1777);
        assert!(!is_replaceable(&file, another), "like /tmp");
    }
}
