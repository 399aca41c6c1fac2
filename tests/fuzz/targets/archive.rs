//! Continuity statements of archived segments: what parses prints back as it was, is no checkpoint, and
//! never verifies under our key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_ledger::archive::Statement;
use stile_ledger::{Checkpoint, LedgerKey};

fuzz_target!(|text: &str| {
    let Ok(statement) = Statement::parse(text) else {
        return;
    };
    assert_eq!(statement.text(), text);
    assert!(Checkpoint::parse(text).is_err());
    if let Ok(key) = LedgerKey::from_seed(&[1; 32]) {
        let vkey = key.vkey(&statement.origin);
        assert!(Statement::open(text, &vkey).is_err());
    }
});
