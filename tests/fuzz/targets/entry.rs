//! Ledger entries: a leaf that parses is the one encoding of what it says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_ledger::Leaf;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(leaf) = Leaf::parse(bytes) {
        let again = leaf
            .entry
            .to_leaf_bytes(&leaf.nonce, &leaf.body)
            .expect("it was a leaf");
        assert_eq!(again, bytes);
    }
});
