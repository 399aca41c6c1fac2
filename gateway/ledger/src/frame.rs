//! The journal's frame: one batch of records and the signed head after it.
//!
//! ```text
//! magic "STILEFRM" ‖ version u16 ‖ payload length u32 ‖ number u64 ‖ SHA-256 of the frame before
//!   ‖ CRC-32 of the header so far
//! payload: record count u32 ‖ records ‖ head
//!   record: kind u8 ‖ length u32 ‖ body            (bodies in `record`)
//!   head:   size u64 ‖ root ‖ peak count u8 ‖ peaks ‖ length u32 ‖ signed checkpoint
//! Ed25519 over "stile-journal-frame-v1" LF ‖ SHA-256 of header and payload
//! CRC-32 of everything before it
//! ```
//!
//! Numbers are big-endian. The CRC tells a torn write from a finished one; the hash chain and the
//! signature tell tampering, also with records that are not leaves of the tree.

mod bytes;
mod record;

use std::ops::Range;

use stile_model::digest::{Digest, Running};

pub use record::{MAX_KEY, Record, Sealed};

use crate::error::LedgerError;
use crate::note::{LedgerKey, MAX_NOTE, Vkey};
use bytes::{Reader, put_bytes};

/// The first bytes of every frame.
pub const MAGIC: &[u8; 8] = b"STILEFRM";
/// Longest payload, in bytes.
pub const MAX_PAYLOAD: usize = 64 * 1024 * 1024;
/// Most records in a frame.
pub const MAX_RECORDS: usize = 65_536;
const VERSION: u16 = 1;
/// Bytes of a frame's header.
pub const HEADER: usize = 8 + 2 + 4 + 8 + 32 + 4;
const TRAILER: usize = 64 + 4;
const CONTEXT: &[u8] = b"stile-journal-frame-v1\n";

/// The ledger's head as a frame states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Number of entries after this frame.
    pub size: u64,
    /// Their Merkle tree hash.
    pub root: Digest,
    /// Roots of the complete subtrees, largest first.
    pub peaks: Vec<Digest>,
    /// The signed checkpoint of the same size and root.
    pub checkpoint: String,
}

/// One batch as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its number in the journal, from zero.
    pub number: u64,
    /// SHA-256 of the whole frame before; zeros for the first.
    pub previous: Digest,
    /// What the batch holds, in order.
    pub records: Vec<Record>,
    /// The head after it.
    pub head: Head,
}

/// A frame as bytes, with where each record lies in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The frame.
    pub bytes: Vec<u8>,
    /// Each record's place, kind and length included, as [`Record::decode`] takes it.
    pub spans: Vec<Range<usize>>,
    hash: Digest,
}

impl Encoded {
    /// What the next frame names as its `previous`: SHA-256 of the bytes.
    pub const fn hash(&self) -> Digest {
        self.hash
    }
}

/// A frame read back; only its own bytes are checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The frame.
    pub frame: Frame,
    /// Its length in bytes.
    pub length: usize,
    /// SHA-256 of its bytes.
    pub hash: Digest,
    /// Each record's place in its bytes.
    pub spans: Vec<Range<usize>>,
    signed: Digest,
    signature: [u8; 64],
}

impl Frame {
    /// The frame's bytes, signed by `key`.
    ///
    /// # Errors
    ///
    /// When the frame is beyond a bound of the format.
    pub fn encode(&self, key: &LedgerKey) -> Result<Encoded, LedgerError> {
        let records = self.records.iter().map(Record::room);
        let room = records.fold(HEADER + 4 * 1024, usize::saturating_add);
        // Reserved at once: a large frame is not copied as it grows.
        let mut bytes = Vec::with_capacity(room.min(HEADER + MAX_PAYLOAD));
        bytes.resize(HEADER, 0);
        let mut spans = Vec::with_capacity(self.records.len());
        if self.records.len() > MAX_RECORDS {
            return Err(LedgerError::Frame("more than 65,536 records"));
        }
        bytes.extend_from_slice(&count(self.records.len())?.to_be_bytes());
        for record in &self.records {
            let start = bytes.len();
            record.encode(&mut bytes)?;
            spans.push(start..bytes.len());
        }
        self.head.encode(&mut bytes)?;
        let payload = bytes.len() - HEADER;
        if payload > MAX_PAYLOAD {
            return Err(LedgerError::Frame("the payload is longer than 64 MiB"));
        }
        let header = self.header(count(payload)?);
        if let Some(place) = bytes.get_mut(..HEADER) {
            place.copy_from_slice(&header);
        }
        let mut hash = Running::over(&bytes);
        let signature = key.sign(&signed_message(&hash.so_far()));
        bytes.extend_from_slice(&signature);
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_be_bytes());
        hash.add(bytes.get(HEADER + payload..).unwrap_or_default());
        let hash = hash.so_far();
        Ok(Encoded { bytes, spans, hash })
    }

    fn header(&self, payload: u32) -> Vec<u8> {
        let mut header = MAGIC.to_vec();
        header.extend_from_slice(&VERSION.to_be_bytes());
        header.extend_from_slice(&payload.to_be_bytes());
        header.extend_from_slice(&self.number.to_be_bytes());
        header.extend_from_slice(self.previous.as_bytes());
        let crc = crc32fast::hash(&header);
        header.extend_from_slice(&crc.to_be_bytes());
        header
    }

    /// The length that the frame at the start of `bytes` says it has, in bytes; `None` without an
    /// undamaged header.
    pub fn announced(bytes: &[u8]) -> Option<usize> {
        let header = bytes.get(..HEADER)?;
        let (covered, crc) = header.split_last_chunk::<4>()?;
        let whole =
            covered.starts_with(MAGIC) && crc32fast::hash(covered) == u32::from_be_bytes(*crc);
        let payload = Reader::at(header, MAGIC.len() + 2).length().ok()?;
        (whole && payload <= MAX_PAYLOAD).then_some(HEADER + payload + TRAILER)
    }

    /// Reads the frame at the start of `bytes`; what follows it is not looked at.
    ///
    /// # Errors
    ///
    /// When the bytes are not a whole, undamaged frame within the bounds of the format.
    pub fn decode(bytes: &[u8]) -> Result<Decoded, LedgerError> {
        let Header {
            payload: payload_length,
            number,
            previous,
        } = Header::read(bytes)?;
        let whole = bytes
            .get(..HEADER + payload_length + TRAILER)
            .ok_or(LedgerError::Frame("it is cut off"))?;
        let mut trailer = Reader::at(whole, HEADER + payload_length);
        let signature = trailer.array::<64>()?;
        let covered = trailer.position();
        if crc32fast::hash(whole.get(..covered).unwrap_or_default()) != trailer.u32()? {
            return Err(LedgerError::Frame("the checksum is wrong"));
        }
        let body = whole.get(..HEADER + payload_length).unwrap_or_default();
        let Payload {
            records,
            spans,
            head,
        } = decode_payload(body)?;
        let frame = Self {
            number,
            previous,
            records,
            head,
        };
        let mut digest = Running::over(body);
        let signed = digest.so_far();
        digest.add(whole.get(body.len()..).unwrap_or_default());
        let hash = digest.so_far();
        Ok(Decoded {
            frame,
            length: whole.len(),
            hash,
            spans,
            signed,
            signature,
        })
    }
}

/// Length in bytes of the frame whose first [`HEADER`] bytes, or more, are `bytes`.
///
/// # Errors
///
/// When they are not the undamaged header of a frame within the bounds of the format.
pub fn whole_length(bytes: &[u8]) -> Result<usize, LedgerError> {
    Ok(HEADER + Header::read(bytes)?.payload + TRAILER)
}

struct Header {
    payload: usize,
    number: u64,
    previous: Digest,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, LedgerError> {
        let mut header = Reader::new(bytes);
        if header.take(8)? != MAGIC {
            return Err(LedgerError::Frame("it does not start with the frame mark"));
        }
        let version = header.u16()?;
        let payload = header.length()?;
        let number = header.u64()?;
        let previous = header.digest()?;
        let covered = header.position();
        let crc = header.u32()?;
        if crc32fast::hash(bytes.get(..covered).unwrap_or_default()) != crc {
            return Err(LedgerError::Frame("the header's checksum is wrong"));
        }
        if version != VERSION {
            return Err(LedgerError::Frame("only version 1 is known"));
        }
        if payload > MAX_PAYLOAD {
            return Err(LedgerError::Frame("the payload is longer than 64 MiB"));
        }
        Ok(Self {
            payload,
            number,
            previous,
        })
    }
}

impl Decoded {
    /// Checks the frame's own signature.
    ///
    /// # Errors
    ///
    /// When it was not signed by `vkey`.
    pub fn verify_signature(&self, vkey: &Vkey) -> Result<(), LedgerError> {
        vkey.verify(&signed_message(&self.signed), &self.signature)
    }
}

impl Head {
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), LedgerError> {
        let peaks =
            u8::try_from(self.peaks.len()).map_err(|_| LedgerError::Frame("more than 64 peaks"))?;
        out.extend_from_slice(&self.size.to_be_bytes());
        out.extend_from_slice(self.root.as_bytes());
        out.push(peaks);
        for peak in &self.peaks {
            out.extend_from_slice(peak.as_bytes());
        }
        put_bytes(out, self.checkpoint.as_bytes())
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, LedgerError> {
        let size = reader.u64()?;
        let root = reader.digest()?;
        let peaks = reader.u8()?;
        if u32::from(peaks) != size.count_ones() {
            return Err(LedgerError::Frame(
                "the number of peaks does not fit the size",
            ));
        }
        let peaks = (0..peaks)
            .map(|_| reader.digest())
            .collect::<Result<_, _>>()?;
        let checkpoint = reader.bytes(MAX_NOTE)?.to_vec();
        let checkpoint = String::from_utf8(checkpoint)
            .map_err(|_| LedgerError::Frame("the checkpoint is not text"))?;
        Ok(Self {
            size,
            root,
            peaks,
            checkpoint,
        })
    }
}

/// What a payload holds, with each record's place in the frame.
struct Payload {
    records: Vec<Record>,
    spans: Vec<Range<usize>>,
    head: Head,
}

/// Reads the payload of `body`, which starts with the header, so that spans are frame offsets.
fn decode_payload(body: &[u8]) -> Result<Payload, LedgerError> {
    let mut reader = Reader::at(body, HEADER);
    let records_count = reader.length()?;
    if records_count > MAX_RECORDS {
        return Err(LedgerError::Frame("more than 65,536 records"));
    }
    let (mut records, mut spans) = (Vec::new(), Vec::new());
    for _ in 0..records_count {
        let start = reader.position();
        records.push(Record::read(&mut reader)?);
        spans.push(start..reader.position());
    }
    let head = Head::decode(&mut reader)?;
    reader.end()?;
    Ok(Payload {
        records,
        spans,
        head,
    })
}

fn signed_message(digest: &Digest) -> Vec<u8> {
    [CONTEXT, digest.as_bytes()].concat()
}

fn count(length: usize) -> Result<u32, LedgerError> {
    u32::try_from(length).map_err(|_| LedgerError::Frame("a part is longer than 4 GiB"))
}

#[cfg(test)]
mod tests;
