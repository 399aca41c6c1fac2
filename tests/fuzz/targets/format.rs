//! The canonical form: twice is once, and the rules say the same afterwards.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stile_model::vocabulary::Vocabulary;
use stile_policy::{format_cases, format_rules, parse_rules};

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let text = include_str!("../../../policies/vocabulary.toml");
    Vocabulary::parse("vocabulary.toml", text).expect("the shared vocabulary")
});

fuzz_target!(|text: &str| {
    if let Ok(once) = format_cases("cases.toml", text) {
        assert_eq!(format_cases("cases.toml", &once).as_ref(), Ok(&once));
    }
    let once = match format_rules("rules.toml", text) {
        Ok(once) => once,
        Err(error) => {
            assert!(!error.to_string().contains("please report"), "{error}");
            return;
        }
    };
    assert_eq!(format_rules("rules.toml", &once).as_ref(), Ok(&once));
    let read = |text: &str| parse_rules("rules.toml", text, &VOCABULARY).ok();
    assert_eq!(
        read(text).map(|rules| rules.rules),
        read(&once).map(|rules| rules.rules)
    );
});
