//! Paths of tiles: one path for one tile, and a tree publishes exactly the paths that are within it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_ledger::tile::{TilePath, published};

fuzz_target!(|input: (&str, u16)| {
    let (text, size) = input;
    let Ok(path) = text.parse::<TilePath>() else {
        return;
    };
    assert_eq!(path.to_string(), text);
    let size = u64::from(size);
    if path.is_full() || !path.is_within(size) {
        let listed = published(0, size).any(|each| each == path);
        assert_eq!(listed, path.is_within(size));
    }
});
