//! Copies as files in a folder that another system reads.
//!
//! ```text
//! MASH-2026-00417-3.about.json    what it is: number, SHA-256 and the rest; first
//! MASH-2026-00417-3.pdf           the copy; when its name is there, it is whole
//! ```
//!
//! Each is written under another name (`.part`), flushed, renamed to a name that must be free, and the
//! folder is flushed. Nothing is overwritten: a file of that name with other bytes is a fault. A try that
//! was cut off leaves a `.part` file, which the next one replaces.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::json;

use super::{Fault, Parcel};

/// The two files of a copy: name and bytes.
type Files = [(String, Vec<u8>); 2];

/// Puts a copy into the folder, whole or not at all; a second time changes nothing.
pub(super) async fn drop_into(
    folder: &Path,
    parcel: &Parcel<'_>,
    deadline: Duration,
) -> Result<(), Fault> {
    let (folder, files) = (folder.to_owned(), files(parcel));
    // A share of another machine may hang for minutes: whoever waits goes on, and tries again.
    let put = tokio::task::spawn_blocking(move || put_all(&folder, files));
    let put = tokio::time::timeout(deadline, put).await;
    let put = put.map_err(|_| Fault::from("deadline"))?;
    put.map_err(|_| Fault::from("folder_failed"))?
}

fn files(parcel: &Parcel<'_>) -> Files {
    let line = &parcel.copy.line;
    let about = json!({
        "id": parcel.id,
        "case": parcel.case,
        "copy": line.number,
        "audience": line.audience,
        "language": line.language,
        "form": line.form,
        "sha256": line.digest,
        "made": line.made,
    });
    let stem = format!("{}-{}", parcel.case, line.number);
    [
        (format!("{stem}.about.json"), about.to_string().into_bytes()),
        (
            format!("{stem}.{}", line.form.extension()),
            parcel.copy.bytes.clone(),
        ),
    ]
}

fn put_all(folder: &Path, files: Files) -> Result<(), Fault> {
    for (name, bytes) in files {
        put(folder, &name, &bytes).map_err(|error| Fault::from(code(&error)))?;
    }
    Ok(())
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let (part, whole) = (folder.join(format!("{name}.part")), folder.join(name));
    match fs::read(&whole) {
        Ok(there) if there == bytes => return flush(folder),
        Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => {}
    }
    let written = write(&part, bytes).and_then(|()| rename_to_free(&part, &whole));
    if written.is_err() {
        // Nothing of a copy is left where it is of no use.
        let _ = fs::remove_file(&part);
    }
    written?;
    flush(folder)
}

fn write(part: &PathBuf, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(part)?;
    // The group is that of the folder's system: it reads, nobody else does. Said outright, since the
    // service's umask may leave out the group.
    file.set_permissions(Permissions::from_mode(0o640))?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Never over what is there: another may have come since it was looked at.
fn rename_to_free(part: &Path, whole: &Path) -> io::Result<()> {
    Ok(renameat_with(
        CWD,
        part,
        CWD,
        whole,
        RenameFlags::NOREPLACE,
    )?)
}

fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn code(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AlreadyExists => "folder_name_taken",
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "folder_missing",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "folder_not_writable"
        }
        io::ErrorKind::QuotaExceeded | io::ErrorKind::StorageFull => "folder_full",
        _ => "folder_failed",
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use stile_model::digest::Digest;
    use stile_model::id::{CaseId, UserId};
    use stile_model::time::Timestamp;
    use stile_product::{Audience, Language, Recipient};

    use super::*;
    use crate::hub::{CopyLine, Form, IssuedCopy};

    const NAMES: [&str; 2] = ["MASH-2026-00417-3.about.json", "MASH-2026-00417-3.pdf"];

    fn copy() -> IssuedCopy {
        IssuedCopy {
            line: CopyLine {
                number: 3,
                audience: Audience::ReceivingTeam,
                recipient: Recipient {
                    role: "System".to_owned(),
                    name: "records".to_owned().into(),
                    member: None,
                },
                language: Language::English,
                form: Form::Pdf,
                made: Timestamp::from_millis(0),
                by: UserId::new("j.okafor").unwrap(),
                digest: Digest::of(b"%PDF-"),
            },
            bytes: b"%PDF-".to_vec(),
        }
    }

    async fn dropped(folder: &Path) -> Result<(), Fault> {
        let (copy, case) = (copy(), CaseId::new("MASH-2026-00417").unwrap());
        let parcel = Parcel {
            copy: &copy,
            case: &case,
            id: "msg_1".to_owned(),
        };
        drop_into(folder, &parcel, Duration::from_secs(10)).await
    }

    fn names(folder: &Path) -> Vec<String> {
        let all = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = all
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn puts_a_copy_beside_its_number_and_digest() {
        let folder = tempfile::tempdir().unwrap();

        dropped(folder.path()).await.unwrap();

        assert_eq!(names(folder.path()), NAMES);
        let pdf = folder.path().join(NAMES[1]);
        assert_eq!(fs::read(&pdf).unwrap(), b"%PDF-");
        let mode = fs::metadata(&pdf).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        let about = fs::read(folder.path().join(NAMES[0])).unwrap();
        let about: serde_json::Value = serde_json::from_slice(&about).unwrap();
        assert_eq!(about["case"], "MASH-2026-00417");
        assert_eq!(about["copy"], 3);
        assert_eq!(about["sha256"], Digest::of(b"%PDF-").to_string());
        // Who asked for it is the hub's own affair.
        assert!(!about.to_string().contains("okafor"));
    }

    #[tokio::test]
    async fn a_second_time_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        dropped(folder.path()).await.unwrap();
        let pdf = folder.path().join(NAMES[1]);
        let before = fs::metadata(&pdf).unwrap().modified().unwrap();

        dropped(folder.path()).await.unwrap();

        assert_eq!(names(folder.path()), NAMES);
        assert_eq!(fs::metadata(&pdf).unwrap().modified().unwrap(), before);
    }

    #[tokio::test]
    async fn overwrites_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let pdf = folder.path().join(NAMES[1]);
        fs::write(&pdf, "somebody else's").unwrap();

        let fault = dropped(folder.path()).await.unwrap_err();

        assert_eq!(fault, Fault::from("folder_name_taken"));
        assert_eq!(fs::read(&pdf).unwrap(), b"somebody else's");
        // Nor what comes between the look and the renaming.
        let part = folder.path().join("x.part");
        fs::write(&part, "ours").unwrap();
        let error = rename_to_free(&part, &pdf).unwrap_err();
        assert_eq!(code(&error), "folder_name_taken");
        assert_eq!(fs::read(&pdf).unwrap(), b"somebody else's");
    }

    #[tokio::test]
    async fn replaces_what_a_try_left_that_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join(format!("{}.part", NAMES[1]));
        fs::write(&part, "half").unwrap();

        dropped(folder.path()).await.unwrap();

        assert_eq!(names(folder.path()), NAMES);
    }

    #[tokio::test]
    async fn says_that_the_folder_is_missing_and_makes_none() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none");

        let fault = dropped(&missing).await.unwrap_err();

        assert_eq!(fault, Fault::from("folder_missing"));
        assert!(!missing.exists());
    }

    #[test]
    fn knows_a_full_disk_by_the_fault_that_it_really_gives() {
        // A device that is always full: whatever is written to it fails as on a full disk.
        let error = OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .and_then(|mut file| file.write_all(b"%PDF-"))
            .unwrap_err();

        assert_eq!(code(&error), "folder_full");
    }
}
