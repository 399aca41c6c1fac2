//! An identity that parses prints back to the same URI; a certificate never crashes the reader.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_trust::identity::Identity;

fuzz_target!(|bytes: &[u8]| {
    let _ = Identity::from_certificate(bytes);
    if let Ok(uri) = std::str::from_utf8(bytes)
        && let Ok(identity) = Identity::parse(uri)
    {
        assert_eq!(identity.to_string(), uri);
    }
});
