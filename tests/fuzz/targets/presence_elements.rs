//! Elements of presence requests: evaluated into as many elements, or refused, and never the identity.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stile_linkage::presence::{ELEMENTS, PresenceError, SecretKey};

static KEY: LazyLock<SecretKey> =
    LazyLock::new(|| SecretKey::derive(&[7; 32], b"fuzz").expect("a key"));

/// The canonical generator of the group (RFC 9496, appendix A.1).
const GENERATOR: [u8; 32] = [
    0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9, 0x61, 0xc5, 0x00, 0x51, 0x5f,
    0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82, 0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76,
];

fuzz_target!(|bytes: &[u8]| {
    let mut elements: Vec<[u8; 32]> = bytes
        .chunks_exact(32)
        .filter_map(|chunk| chunk.try_into().ok())
        .collect();
    if elements.len() != ELEMENTS {
        let found = elements.len();
        assert_eq!(KEY.evaluate(&elements), Err(PresenceError::Count { found }));
    }
    elements.resize(ELEMENTS, GENERATOR);
    if let Ok(evaluated) = KEY.evaluate(&elements) {
        assert_eq!(evaluated.len(), ELEMENTS);
        assert!(evaluated.iter().all(|element| *element != [0; 32]));
        // What is evaluated is in the one encoding itself.
        assert!(KEY.evaluate(&evaluated).is_ok());
    }
});
