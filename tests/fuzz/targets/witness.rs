//! Requests to a witness: what parses prints back as it was, and nothing is accepted that the ledger
//! has not signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_ledger::note::SignedNote;
use stile_ledger::witness::{AddCheckpoint, Verdict, decide};
use stile_ledger::{Checkpoint, KeyName, LedgerKey};

fuzz_target!(|text: &str| {
    let Ok(request) = AddCheckpoint::parse(text) else {
        return;
    };
    assert_eq!(request.text(), text);
    // A key of the very ledger that the request names: the fuzzer has not got its private half.
    let Some(head) = SignedNote::parse(&request.checkpoint)
        .and_then(|note| Checkpoint::parse(note.text))
        .ok()
    else {
        return;
    };
    if let Ok(key) = LedgerKey::from_seed(&[1; 32]) {
        let vkey = key.vkey(&head.origin);
        assert_eq!(decide(&request, &[vkey], None), Verdict::Unsigned);
    }
    let other = KeyName::new("stile.example/fuzz")
        .and_then(|name| LedgerKey::from_seed(&[1; 32]).map(|key| key.vkey(&name)));
    if let Ok(other) = other
        && *other.name() != head.origin
    {
        assert_eq!(decide(&request, &[other], None), Verdict::UnknownLog);
    }
});
