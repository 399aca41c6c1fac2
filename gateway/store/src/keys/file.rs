//! Epoch keys in files: 32 bytes that only the owner may read; the next key in `NAME.next`.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::{Destroyed, EpochId, Kek};
use crate::error::StoreError;

/// The key at `path`, then the next one if it is there.
pub(super) fn read_both(path: &Path) -> Result<Vec<Kek>, StoreError> {
    let mut keys = vec![read(path)?];
    let next = next_to(path);
    if next.exists() {
        keys.push(read(&next)?);
    }
    Ok(keys)
}

/// The key in the file at `path`.
pub(super) fn read(path: &Path) -> Result<Kek, StoreError> {
    let mut file = File::open(path).map_err(StoreError::io("open the epoch key file"))?;
    let facts = file
        .metadata()
        .map_err(StoreError::io("look at the epoch key file"))?;
    if facts.permissions().mode() & 0o077 != 0 {
        return Err(StoreError::Config(
            "the epoch key file may be read by others; set its mode to 0600",
        ));
    }
    if facts.len() != 32 {
        return Err(StoreError::Config(
            "the epoch key file is not exactly 32 bytes",
        ));
    }
    let mut secret = Zeroizing::new([0; 32]);
    file.read_exact(secret.as_mut_slice())
        .map_err(StoreError::io("read the epoch key file"))?;
    Ok(Kek::from_secret(&secret))
}

/// Makes a new key in a new file, and flushes file and folder.
pub(super) fn create(path: &Path) -> Result<Kek, StoreError> {
    let secret = random()?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(StoreError::io("make the epoch key file"))?;
    file.write_all(secret.as_slice())
        .map_err(StoreError::io("write the epoch key file"))?;
    file.sync_all()
        .map_err(StoreError::io("flush the epoch key file"))?;
    sync_folder(path)?;
    Ok(Kek::from_secret(&secret))
}

/// The next key, made unless it is there.
pub(super) fn next(path: &Path) -> Result<Kek, StoreError> {
    let next = next_to(path);
    if next.exists() {
        return read(&next);
    }
    // Under another name first, so that a crash never leaves half a key under this one.
    let mut draft = next.clone().into_os_string();
    draft.push(".draft");
    let draft = PathBuf::from(draft);
    if draft.exists() {
        fs::remove_file(&draft).map_err(StoreError::io("remove an unfinished epoch key"))?;
    }
    let kek = create(&draft)?;
    fs::rename(&draft, &next).map_err(StoreError::io("name the next epoch key"))?;
    sync_folder(path)?;
    Ok(kek)
}

/// Overwrites the key at `path` and puts the next one, which must be `new`, in its place.
///
/// Overwriting reaches the same blocks on a disk that writes in place. Flash, copy-on-write file
/// systems, snapshots and backups may keep the old 32 bytes: see the guide on erasing.
pub(super) fn retire(path: &Path, new: EpochId) -> Result<Destroyed, StoreError> {
    if read(path)?.id() == new {
        return Ok(Destroyed::Yes);
    }
    let next = next_to(path);
    if read(&next)?.id() != new {
        return Err(StoreError::Config(
            "the file of the next epoch key holds another key; put the right one back",
        ));
    }
    let mut file = OpenOptions::new()
        .write(true)
        .open(path)
        .map_err(StoreError::io("open the old epoch key file"))?;
    file.write_all(random()?.as_slice())
        .and_then(|()| file.sync_all())
        .map_err(StoreError::io("overwrite the old epoch key"))?;
    fs::rename(&next, path).map_err(StoreError::io("replace the old epoch key"))?;
    sync_folder(path)?;
    Ok(Destroyed::Yes)
}

/// Where the next key stands.
pub(super) fn next_to(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".next");
    path.with_file_name(name)
}

fn random() -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let mut secret = Zeroizing::new([0; 32]);
    SystemRandom::new()
        .fill(secret.as_mut_slice())
        .map_err(|_| StoreError::Config("the system gives no random bytes"))?;
    Ok(secret)
}

fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let folder = File::open(parent).map_err(StoreError::io("open the key's folder"))?;
    folder
        .sync_all()
        .map_err(StoreError::io("flush the key's folder"))
}
