//! Tables from a spreadsheet: any bytes are refused with a row, or are rules that go out and come
//! back the same.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stile_model::vocabulary::Vocabulary;
use stile_policy::{export_rules, import_rules};

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let text = include_str!("../../../policies/vocabulary.toml");
    Vocabulary::parse("vocabulary.toml", text).expect("the shared vocabulary")
});

fuzz_target!(|bytes: &[u8]| {
    match import_rules("rules.csv", bytes, &VOCABULARY, None) {
        Ok(imported) => {
            let table = export_rules("rules.toml", &imported.text, &VOCABULARY)
                .expect("what was read can be written");
            let again = import_rules("rules.csv", table.as_bytes(), &VOCABULARY, None)
                .expect("what was written can be read");
            assert_eq!(again.text, imported.text);
        }
        Err(error) => assert!(error.to_string().starts_with("rules.csv: row")),
    }
});
