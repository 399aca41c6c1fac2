//! A directory that its own rules accept can be signed and reads back as itself.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stile_trust::directory::Directory;
use stile_trust::signing::SigningKey;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().expect("a key"));

fuzz_target!(|text: &str| {
    let written = Directory::from_toml(text, "directory.toml").ok();
    let sent = serde_json::from_str::<Directory>(text).ok();
    for directory in [written, sent].into_iter().flatten() {
        if let Ok(signed) = directory.sign(&KEY) {
            let now = directory.issued;
            let read = Directory::verify(&signed, KEY.verifying_key(), directory.version, now);
            if let Ok(read) = read {
                assert!(read == directory, "a directory changed on the way");
            }
        }
    }
});
