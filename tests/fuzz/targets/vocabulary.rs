//! Vocabulary files: any text is either accepted or refused with a place, never a crash.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_model::vocabulary::Vocabulary;

fuzz_target!(|text: &str| {
    if let Err(error) = Vocabulary::parse("vocabulary.toml", text) {
        assert!(!error.to_string().is_empty());
    }
});
