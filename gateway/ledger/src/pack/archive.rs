//! The one file a pack travels as: a ZIP archive in which nothing is compressed and nothing varies.
//!
//! Stored files, no extra fields, no comments, dated 1980-01-01: the same files are the same bytes,
//! whoever writes them, and any desktop opens them. Reading accepts those bytes only, so nothing can
//! hide between, before or behind the files.
//!
//! **Source:** PKWARE APPNOTE.TXT 6.3.10 §4.3.7, §4.3.12, §4.3.16.

use super::File;
use crate::error::LedgerError;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Version 1.0 suffices to read it.
const VERSION: u16 = 10;
/// 1980-01-01, the earliest date the format knows.
const DATE: u16 = 0x0021;
/// Longest archive, in bytes.
pub const ARCHIVE_MAX: usize = 512 * 1024 * 1024;

/// The archive of these files, in their order.
///
/// # Errors
///
/// When there are 65,535 files or more, or they are longer than [`ARCHIVE_MAX`].
pub fn write(files: &[File]) -> Result<Vec<u8>, LedgerError> {
    let count = u16::try_from(files.len())
        .ok()
        .filter(|count| *count < u16::MAX)
        .ok_or_else(|| wrong("it would hold more than 65,534 files"))?;
    let mut bytes = Vec::new();
    let mut central = Vec::new();
    for file in files {
        let offset = length(bytes.len())?;
        let facts = facts(file)?;
        bytes.extend(LOCAL.to_le_bytes());
        bytes.extend(&facts);
        bytes.extend(file.name.as_bytes());
        bytes.extend(&file.bytes);
        central.extend(CENTRAL.to_le_bytes());
        central.extend(VERSION.to_le_bytes());
        central.extend(&facts);
        // No comment, disk 0, no attributes.
        central.extend([0; 10]);
        central.extend(offset.to_le_bytes());
        central.extend(file.name.as_bytes());
    }
    let (start, size) = (length(bytes.len())?, length(central.len())?);
    bytes.append(&mut central);
    bytes.extend(END.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    if bytes.len() > ARCHIVE_MAX {
        return Err(wrong("it would be longer than 512 MiB"));
    }
    Ok(bytes)
}

/// What the local and the central header say alike: from "version needed" to "extra length".
fn facts(file: &File) -> Result<Vec<u8>, LedgerError> {
    let size = length(file.bytes.len())?;
    let name = u16::try_from(file.name.len()).map_err(|_| wrong("a name is too long"))?;
    let mut facts = VERSION.to_le_bytes().to_vec();
    // No flags, stored, midnight.
    facts.extend([0; 6]);
    facts.extend(DATE.to_le_bytes());
    facts.extend(crc32fast::hash(&file.bytes).to_le_bytes());
    facts.extend(size.to_le_bytes());
    facts.extend(size.to_le_bytes());
    facts.extend(name.to_le_bytes());
    facts.extend([0; 2]);
    Ok(facts)
}

/// The files of an archive that [`fn@write`] made.
///
/// # Errors
///
/// When any byte is not as [`fn@write`] puts it.
pub fn read(bytes: &[u8]) -> Result<Vec<File>, LedgerError> {
    if bytes.len() > ARCHIVE_MAX {
        return Err(wrong("it is longer than 512 MiB"));
    }
    let mut files = Vec::new();
    let mut rest = bytes;
    while let Some(after) = rest.strip_prefix(&LOCAL.to_le_bytes()) {
        let (file, behind) = local(after).ok_or_else(|| wrong("a file is cut short"))?;
        files.push(file);
        rest = behind;
    }
    if files.is_empty() {
        return Err(wrong("it is not an archive of files"));
    }
    if write(&files)? == bytes {
        Ok(files)
    } else {
        Err(wrong(
            "it is not byte for byte as a pack is archived: something was changed, added or taken away",
        ))
    }
}

fn local(bytes: &[u8]) -> Option<(File, &[u8])> {
    let (facts, rest) = bytes.split_at_checked(26)?;
    let size = u32::from_le_bytes(facts.get(14..18)?.try_into().ok()?);
    let name = u16::from_le_bytes(facts.get(22..24)?.try_into().ok()?);
    let (name, rest) = rest.split_at_checked(usize::from(name))?;
    let (content, rest) = rest.split_at_checked(usize::try_from(size).ok()?)?;
    let name = std::str::from_utf8(name).ok()?;
    Some((File::of(name, content), rest))
}

fn length(bytes: usize) -> Result<u32, LedgerError> {
    u32::try_from(bytes).map_err(|_| wrong("it would be longer than 512 MiB"))
}

fn wrong(fault: &'static str) -> LedgerError {
    LedgerError::Pack {
        file: "the archive".to_owned(),
        fault,
    }
}
