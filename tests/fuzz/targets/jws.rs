//! No bytes of a stranger are ever taken for a document signed by our key.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stile_trust::jws;
use stile_trust::signing::SigningKey;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().expect("a key"));

fuzz_target!(|text: &str| {
    let _ = jws::peek_kid(text);
    assert!(jws::verify(text, "stile-enquiry+jws", KEY.verifying_key(), 128 * 1024).is_err());
});
