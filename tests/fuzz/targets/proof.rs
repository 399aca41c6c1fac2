//! Receipts: what parses prints back as it was, and none that a stranger made verifies.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stile_ledger::proof::Receipt;
use stile_ledger::{KeyName, LedgerKey, Vkey};

static VKEY: LazyLock<Vkey> = LazyLock::new(|| {
    let name = KeyName::new("stile/fuzz/agency").expect("a name");
    LedgerKey::from_seed(&[7; 32]).expect("a key").vkey(&name)
});

fuzz_target!(|text: &str| {
    if let Ok(receipt) = Receipt::parse(text) {
        assert_eq!(receipt.text(), text);
        assert!(receipt.verify(b"leaf", &VKEY).is_err());
    }
});
