//! What the operator gives a new agency beside its certificate: the key that signs directories, and the
//! directory that lists the agency.

use std::fs;
use std::path::Path;

use stile_exchange::clock::Clock;
use stile_model::digest::Digest;
use stile_trust::directory::{Directory, Published};
use stile_trust::identity::Identity;
use stile_trust::signing::VerifyingKey;

use crate::args::Enrol;
use crate::config::AgencyConfig;
use crate::people::read;
use crate::run::Failure;

/// Both, proved against each other and against this gateway's key.
pub(super) struct Given {
    pub(super) files: Published,
    pub(super) operator: String,
    pub(super) directory: String,
}

impl Given {
    /// Reads what was brought here; none where nothing was.
    ///
    /// # Errors
    ///
    /// When the directory is not signed by that key, not in force, older than the one that is here, of
    /// another partnership, or does not list this member with this key; and when another operator's key
    /// is here already.
    pub(super) fn of(
        asked: &Enrol,
        identity: &Identity,
        pin: &Digest,
        clock: &Clock,
    ) -> Result<Option<Self>, Failure> {
        let (Some(config), Some(operator), Some(directory)) =
            (&asked.config, &asked.operator, &asked.directory)
        else {
            return Ok(None);
        };
        let files = AgencyConfig::read(config)?.parts.directory;
        let given = Self {
            operator: read(operator)?,
            directory: read(directory)?,
            files,
        };
        let key: VerifyingKey =
            serde_json::from_str(&given.operator).map_err(|error| about(operator, error))?;
        given.check_operator(&key)?;
        let least = given.held(&key, clock);
        let fresh = Directory::verify(given.directory.trim(), &key, least, clock.now())
            .map_err(|error| about(directory, error))?;
        if fresh.partnership != identity.partnership {
            return Err(about(directory, "the directory is of another partnership"));
        }
        let member = fresh.member(&identity.member);
        if member.is_none_or(|member| !member.tls_pins.contains(pin)) {
            let unpinned = format!(
                "the directory does not list `{}` with the key that is here, {pin}; send `member.toml` to the operator again",
                identity.member
            );
            return Err(about(directory, unpinned));
        }
        Ok(Some(given))
    }

    /// The key that is here, if any, must be the same: whoever could exchange it could list anybody.
    fn check_operator(&self, key: &VerifyingKey) -> Result<(), Failure> {
        let file = &self.files.operator;
        if !file.exists() {
            return Ok(());
        }
        let held: VerifyingKey =
            serde_json::from_str(&read(file)?).map_err(|error| about(file, error))?;
        if held == *key {
            return Ok(());
        }
        Err(about(
            file,
            "the key of another operator is here; remove it if it is wrong",
        ))
    }

    /// The version of the directory that is here; 0 where none is in force.
    fn held(&self, key: &VerifyingKey, clock: &Clock) -> u64 {
        let text = fs::read_to_string(&self.files.file).unwrap_or_default();
        let held = Directory::verify(text.trim(), key, 0, clock.now());
        held.map_or(0, |held| held.version)
    }

    /// Puts both where the configuration has them. The folder may be the gateway's own, and this be
    /// done by root: a link that lies there is replaced, and not followed.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub(super) fn settle(&self) -> Result<(), Failure> {
        self.files.keep_operator(&self.operator)?;
        Ok(self.files.keep(&self.directory)?)
    }
}

fn about(file: &Path, what: impl std::fmt::Display) -> Failure {
    format!("{}: {what}", file.display()).into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn what_was_given_is_put_in_the_place_of_links_and_written_through_none() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let given = Given {
            files: Published {
                file: at("directory.jws"),
                operator: at("operator.jwk"),
            },
            operator: "key".to_owned(),
            directory: "directory".to_owned(),
        };
        fs::write(at("another's"), "untouched").unwrap();
        for name in ["directory.jws", "operator.jwk"] {
            for link in [
                name.to_owned(),
                format!("{name}.new"),
                format!("{name}.given"),
            ] {
                symlink(at("another's"), at(&link)).unwrap();
            }
        }

        given.settle().unwrap();

        assert_eq!(fs::read_to_string(at("another's")).unwrap(), "untouched");
        for (name, text) in [("directory.jws", "directory"), ("operator.jwk", "key")] {
            let facts = fs::symlink_metadata(at(name)).unwrap();
            assert!(facts.is_file(), "{name}");
            assert_eq!(facts.permissions().mode() & 0o777, 0o644, "{name}");
            assert_eq!(fs::read_to_string(at(name)).unwrap(), text);
        }
    }
}
