//! What the operator gives a new agency beside its certificate: the key that signs directories, and the
//! directory that lists the agency.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use stile_exchange::clock::Clock;
use stile_model::digest::Digest;
use stile_trust::directory::{Directory, Published};
use stile_trust::identity::Identity;
use stile_trust::signing::VerifyingKey;

use crate::args::Enrol;
use crate::config::AgencyConfig;
use crate::keys::named;
use crate::people::read;
use crate::run::Failure;

/// Both, proved against each other and against this gateway's key.
pub(super) struct Given {
    files: Published,
    operator: String,
    directory: String,
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

    /// Puts both where the configuration has them.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub(super) fn settle(&self) -> Result<(), Failure> {
        put(&self.files.operator, &self.operator)?;
        put(&self.files.file, &self.directory)
    }
}

fn about(file: &Path, what: impl std::fmt::Display) -> Failure {
    format!("{}: {what}", file.display()).into()
}

/// Writes a public file whole or not at all.
fn put(path: &Path, text: &str) -> Result<(), Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".given");
    let beside = PathBuf::from(name);
    fs::write(&beside, text).map_err(|error| named(&beside, &error))?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o644))?;
    fs::File::open(&beside)?.sync_all()?;
    fs::rename(&beside, path).map_err(|error| named(path, &error))
}
