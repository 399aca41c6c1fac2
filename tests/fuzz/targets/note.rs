//! Signed notes, checkpoints and verifier keys: what parses prints back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_ledger::note::SignedNote;
use stile_ledger::{Checkpoint, Vkey};

fuzz_target!(|text: &str| {
    let _ = SignedNote::parse(text);
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.text(), text);
    }
    if let Ok(vkey) = text.parse::<Vkey>() {
        assert_eq!(vkey.to_string(), text);
        let _ = vkey.open_note(text);
    }
});
