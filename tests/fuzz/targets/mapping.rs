//! Mapping files: any text is either accepted or refused with a place, never a crash.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;
use stile_sources::Mapping;

static WORDS: LazyLock<(Vocabulary, Code)> = LazyLock::new(|| {
    let text = include_str!("../../../policies/vocabulary.toml");
    let vocabulary = Vocabulary::parse("vocabulary.toml", text).expect("the shared vocabulary");
    (vocabulary, Code::new("police").expect("a code"))
});

fuzz_target!(|text: &str| {
    let (vocabulary, kind) = &*WORDS;
    if let Err(error) = Mapping::parse("sources.toml", text, vocabulary, kind) {
        assert!(!error.to_string().is_empty());
    }
});
