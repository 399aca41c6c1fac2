//! Tiles and entry bundles as bytes (C2SP tlog-tiles).
//!
//! ```text
//! tile      32 bytes a hash, at most 256
//! bundle    for each entry: 2 bytes of length, big-endian ‖ the entry
//! ```

use stile_model::digest::Digest;

use crate::error::LedgerError;

/// The bytes of a tile, full or partial.
pub fn tile_bytes(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// Reads a tile of exactly `width` hashes.
///
/// # Errors
///
/// When the bytes are of another length.
pub fn read_tile(bytes: &[u8], width: u16) -> Result<Vec<Digest>, LedgerError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if hashes.len() != usize::from(width) || !rest.is_empty() {
        return Err(LedgerError::Tile("its length does not fit its width"));
    }
    Ok(hashes.iter().copied().map(Digest::from_bytes).collect())
}

/// The bytes of an entry bundle, full or partial.
///
/// # Errors
///
/// When an entry is over 65,535 bytes, or there are over 256.
pub fn bundle_bytes<'a>(
    entries: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, LedgerError> {
    let (mut bytes, mut count) = (Vec::new(), 0);
    for entry in entries {
        let length = u16::try_from(entry.len())
            .map_err(|_| LedgerError::Tile("an entry is over 65,535 bytes"))?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
        count += 1;
    }
    if count > 256 {
        return Err(LedgerError::Tile("a bundle holds at most 256 entries"));
    }
    Ok(bytes)
}

/// Reads an entry bundle of exactly `width` entries.
///
/// # Errors
///
/// When the bytes are not that many whole entries.
pub fn read_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, LedgerError> {
    let (mut rest, mut entries) = (bytes, Vec::new());
    for _ in 0..width {
        let cut = LedgerError::Tile("the bundle ends before its last entry");
        let (length, after) = rest.split_first_chunk::<2>().ok_or(cut.clone())?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(cut)?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() {
        Ok(entries)
    } else {
        Err(LedgerError::Tile("bytes follow the bundle's last entry"))
    }
}
