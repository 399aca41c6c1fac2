//! Files of cases: any text is either accepted or refused with a place, never a crash.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stile_model::vocabulary::Vocabulary;
use stile_policy::Cases;

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let text = include_str!("../../../policies/vocabulary.toml");
    Vocabulary::parse("vocabulary.toml", text).expect("the shared vocabulary")
});

fuzz_target!(|text: &str| {
    if let Err(error) = Cases::parse("cases.toml", text, &VOCABULARY) {
        assert!(error.to_string().starts_with("cases.toml:"));
    }
});
