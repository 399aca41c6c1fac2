//! Journal frames and records: no bytes crash the decoder or make it claim more than it was given.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_ledger::frame::{Frame, Record};

fuzz_target!(|bytes: &[u8]| {
    let _ = Record::decode(bytes);
    if let Ok(decoded) = Frame::decode(bytes) {
        assert!(decoded.length <= bytes.len());
        assert!(
            decoded
                .spans
                .iter()
                .all(|span| span.start <= span.end && span.end <= decoded.length)
        );
    }
});
