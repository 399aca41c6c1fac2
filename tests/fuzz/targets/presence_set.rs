//! Presence sets: accepted and asked for any member without a panic, or refused; written as read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_linkage::presence::Set;

fuzz_target!(|input: (u64, &[u8])| {
    let (member, bytes) = input;
    if let Ok(set) = Set::from_bytes(bytes) {
        let _ = set.contains(member);
        assert_eq!(set.bytes(), bytes.len());
        assert_eq!(set.to_bytes(), bytes);
    }
});
