//! Openings of presence requests: written as read, and only the elements they blind are theirs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_linkage::presence::{Blinding, ELEMENTS};

fuzz_target!(|bytes: &[u8]| {
    // Any bytes as the entries of an opening, so that the head is not all that is tried.
    let mut whole = b"stile presence opening 1\n".to_vec();
    whole.extend_from_slice(bytes);
    whole.resize(Blinding::BYTES, 1);
    for bytes in [bytes, whole.as_slice()] {
        if let Ok(opening) = Blinding::from_bytes(bytes) {
            assert_eq!(opening.to_bytes().as_slice(), bytes);
            assert!(!opening.opens(&[[0; 32]; ELEMENTS]));
            assert!(!opening.opens(&[]));
            let _ = opening.finalise(&[[2; 32]; ELEMENTS]);
        }
    }
});
