//! Inspection packs: an archive that is read is the one that would be written, a manifest has one
//! spelling, and no pack of a stranger verifies under our key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_ledger::LedgerKey;
use stile_ledger::pack::{self, File, MANIFEST, Manifest, SIGNATURE, archive};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(files) = archive::read(bytes) {
        assert!(archive::write(&files).expect("it was read") == bytes);
        refused(&files);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(manifest) = Manifest::parse(text) {
        assert_eq!(manifest.text(), text);
    }
    // What stands before a blank line is the manifest, the rest its signature.
    if let Some((manifest, note)) = text.split_once("\n\n") {
        let manifest = format!("{manifest}\n");
        refused(&[File::of(MANIFEST, manifest), File::of(SIGNATURE, note)]);
    }
});

fn refused(files: &[File]) {
    let manifest = files
        .first()
        .and_then(|file| std::str::from_utf8(&file.bytes).ok());
    let origin = manifest
        .and_then(|text| Manifest::parse(text).ok())
        .map(|read| read.origin);
    if let (Some(origin), Ok(key)) = (origin, LedgerKey::from_seed(&[1; 32])) {
        assert!(pack::verify(files, &key.vkey(&origin)).is_err());
    }
}
