//! Cosigner keys and cosignatures: what parses prints back as it was, and a line made by somebody
//! without the witness's key never verifies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_ledger::note::{SignatureLine, SignedNote, attach};
use stile_ledger::{CosignerKey, CosignerVkey, KeyName};

const HEAD: &str = "stile.example/police\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

fuzz_target!(|input: (&str, Vec<u8>)| {
    let (text, signature) = input;
    if let Ok(vkey) = text.parse::<CosignerVkey>() {
        assert_eq!(vkey.to_string(), text);
    }
    if let Ok(lines) = SignatureLine::parse_all(text) {
        let printed: String = lines.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(printed, text);
    }
    if let Ok(note) = SignedNote::parse(text) {
        assert_eq!(note.to_string(), text);
    }
    let Some(witness) = KeyName::new("stile.example/witness")
        .and_then(|name| CosignerKey::from_seed(name, &[1; 32]))
        .ok()
    else {
        return;
    };
    let vkey = witness.vkey();
    assert!(!matches!(vkey.cosigned(text), Ok(Some(_))));
    let line = SignatureLine {
        name: vkey.name().as_str(),
        key_hash: vkey.key_hash(),
        signature,
    };
    let forged = format!("{HEAD}\n{line}\n");
    assert!(!matches!(vkey.cosigned(&forged), Ok(Some(_))));
    let _ = attach(&forged, text);
});
