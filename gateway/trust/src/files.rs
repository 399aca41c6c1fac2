//! Reading and writing key, certificate and list files.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

use crate::TrustError;

/// Readable by everyone, written by the owner.
pub const PUBLIC: u32 = 0o644;
/// The owner's alone.
pub const PRIVATE: u32 = 0o600;
/// What a key file may not allow: anything to others, writing to the group.
const EXPOSED: u32 = 0o027;
/// Characters of a line of PEM (RFC 7468 §2).
const PEM_LINE: usize = 64;
/// More than any file here needs; a wrong path must not fill memory.
const LARGEST: u64 = 64 << 20;

/// Reads a text file of at most 64 MiB.
pub fn read(path: &Path) -> Result<String, TrustError> {
    let all = || {
        let file = File::open(path)?;
        // Room for all of it at once, so that growing leaves no copies of a key behind.
        let room = file.metadata()?.len().min(LARGEST);
        let mut text = String::with_capacity(usize::try_from(room).unwrap_or(0).saturating_add(1));
        file.take(LARGEST).read_to_string(&mut text)?;
        Ok(text)
    };
    all().map_err(|source| failed("read", path, source))
}

/// Reads a private key file, refusing one that others can read.
pub fn read_key(path: &Path) -> Result<Zeroizing<String>, TrustError> {
    let mode = std::fs::metadata(path)
        .map_err(|source| failed("read", path, source))?
        .permissions()
        .mode();
    if mode & EXPOSED != 0 {
        return Err(TrustError::KeyExposed(path.to_owned()));
    }
    read(path).map(Zeroizing::new)
}

/// Writes `text` whole or not at all: a new file beside it, flushed, then renamed over it. No link is
/// followed, and the mode is this one under any mask.
pub fn write(path: &Path, text: &str, mode: u32) -> Result<(), TrustError> {
    let fresh = beside(path);
    let result = write_new(&fresh, text, mode)
        .and_then(|()| std::fs::rename(&fresh, path))
        .and_then(|()| flush_folder(path));
    result.map_err(|source| failed("write", path, source))
}

/// Gives a file another name in its folder, over whatever has it.
pub fn rename(from: &Path, to: &Path) -> Result<(), TrustError> {
    std::fs::rename(from, to)
        .and_then(|()| flush_folder(to))
        .map_err(|source| failed("rename", to, source))
}

/// Writes a file that must not be there yet.
pub fn create(path: &Path, text: &str, mode: u32) -> Result<(), TrustError> {
    write_new_exclusive(path, text, mode)
        .and_then(|()| flush_folder(path))
        .map_err(|source| failed("create", path, source))
}

/// Every certificate of a PEM file, in order; at least one.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let text = read(path)?;
    let wrong = || TrustError::Pem {
        path: path.to_owned(),
        expected: "a PEM file of certificates",
    };
    let found: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| wrong())?;
    if found.is_empty() {
        Err(wrong())
    } else {
        Ok(found)
    }
}

/// Bytes as PEM (RFC 7468) under this label; a copy in memory is the caller's to wipe.
pub fn pem(label: &str, der: &[u8]) -> String {
    let body = Zeroizing::new(BASE64.encode(der));
    // Room for all of it, so that growing leaves no copies of a key behind.
    let mut pem = String::with_capacity(body.len() + body.len() / PEM_LINE + 2 * label.len() + 40);
    pem.push_str("-----BEGIN ");
    pem.push_str(label);
    pem.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(PEM_LINE).unwrap_or((rest, ""));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
    pem
}

/// Names the file and what was being done.
pub fn failed(action: &'static str, path: &Path, source: std::io::Error) -> TrustError {
    TrustError::File {
        action,
        path: path.to_owned(),
        source,
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

fn write_new(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    // A file left by a crash may have another mode; start from none.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_new_exclusive(path, text, mode)
}

fn write_new_exclusive(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn flush_folder(path: &Path) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
