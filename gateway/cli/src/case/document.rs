//! A numbered copy into a file.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use stile_exchange::hub::{CopyLine, IssueCopy};
use stile_model::digest::Digest;
use stile_model::id::CaseId;

use crate::args::Document;
use crate::output::{self, line};
use crate::people::Desk;
use crate::run::Failure;

/// Longest copy that is read, in bytes.
const LONGEST: usize = 33 * 1024 * 1024;
/// Longest wait for a copy: it may have to be typeset again.
const WAIT: Duration = Duration::from_mins(3);

/// Makes or fetches a copy and writes it.
///
/// # Errors
///
/// What the hub refused, that the bytes are not those of the ledger, or that the file exists.
pub(super) async fn run(command: Document) -> Result<(), Failure> {
    let id = CaseId::new(command.id)?;
    let desk = Desk::open_for(&command.connect.person, LONGEST)?;
    let path = format!("/api/v1/cases/{id}/copies");
    let copy = match (&command.wanted, command.number) {
        (Some(file), _) => {
            let wanted: IssueCopy = crate::config::read(file)?;
            desk.post::<CopyLine>(&path, &wanted).await?
        }
        (None, number) => {
            let number = number.unwrap_or_default();
            let all: Vec<CopyLine> = desk.get(&path, WAIT).await?;
            let found = all.into_iter().find(|copy| copy.number == number);
            found.ok_or_else(|| format!("{id} has no copy {number}"))?
        }
    };
    let bytes = desk
        .get_bytes(&format!("{path}/{}", copy.number), WAIT)
        .await?;
    if Digest::of(&bytes) != copy.digest {
        return Err("the copy that came is not the one in the hub's ledger".into());
    }
    write(&command.output, &bytes)?;
    if command.connect.json {
        output::json(&copy);
    } else {
        line(format_args!(
            "copy {} of {id}, {} bytes, sha256 {}",
            copy.number,
            bytes.len(),
            copy.digest
        ));
    }
    Ok(())
}

/// Writes a new file that only its owner can read.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| crate::keys::named(path, &error))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|error| crate::keys::named(path, &error))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn writes_a_file_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.pdf");

        write(&path, b"%PDF-").unwrap();

        assert_eq!(std::fs::read(&path).unwrap(), b"%PDF-");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn rejects_a_file_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.pdf");
        std::fs::write(&path, "mine").unwrap();

        let error = write(&path, b"%PDF-").unwrap_err().to_string();

        assert!(error.contains("copy.pdf"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    }
}
