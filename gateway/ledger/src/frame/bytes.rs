//! Bounded reading and writing of big-endian parts.

use stile_model::digest::Digest;

use crate::error::LedgerError;

/// Reads parts one after another and never past the end.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    pub(crate) const fn at(bytes: &'a [u8], position: usize) -> Self {
        Self { bytes, position }
    }

    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], LedgerError> {
        let cut = LedgerError::Frame("it is cut off");
        let end = self
            .position
            .checked_add(count)
            .ok_or_else(|| cut.clone())?;
        let part = self.bytes.get(self.position..end).ok_or(cut)?;
        self.position = end;
        Ok(part)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], LedgerError> {
        self.take(N)?
            .try_into()
            .map_err(|_| LedgerError::Frame("it is cut off"))
    }

    pub(crate) fn u8(&mut self) -> Result<u8, LedgerError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, LedgerError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, LedgerError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, LedgerError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn length(&mut self) -> Result<usize, LedgerError> {
        usize::try_from(self.u32()?).map_err(|_| LedgerError::Frame("a length is too large"))
    }

    pub(crate) fn digest(&mut self) -> Result<Digest, LedgerError> {
        self.array().map(Digest::from_bytes)
    }

    /// A part with its length before it, at most `longest` bytes.
    pub(crate) fn bytes(&mut self, longest: usize) -> Result<&'a [u8], LedgerError> {
        let length = self.length()?;
        if length > longest {
            return Err(LedgerError::Frame("a part is longer than its bound"));
        }
        self.take(length)
    }

    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        self.position = self.bytes.len();
        rest
    }

    pub(crate) fn end(&self) -> Result<(), LedgerError> {
        if self.position == self.bytes.len() {
            Ok(())
        } else {
            Err(LedgerError::Frame("bytes are left over"))
        }
    }
}

/// Writes a part with its length before it.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), LedgerError> {
    let length = u32::try_from(bytes.len())
        .map_err(|_| LedgerError::Frame("a part is longer than 4 GiB"))?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}
