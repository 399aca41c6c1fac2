//! Entry bundles and tiles: what reads prints back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_ledger::tile::{bundle_bytes, read_bundle, read_tile, tile_bytes};

fuzz_target!(|input: (u8, &[u8])| {
    let (width, bytes) = (u16::from(input.0) + 1, input.1);
    if let Ok(entries) = read_bundle(bytes, width) {
        assert_eq!(entries.len(), usize::from(width));
        assert_eq!(bundle_bytes(entries).as_deref(), Ok(bytes));
    }
    if let Ok(hashes) = read_tile(bytes, width) {
        assert_eq!(tile_bytes(&hashes), bytes);
    }
});
