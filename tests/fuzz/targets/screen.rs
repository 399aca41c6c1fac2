//! The text screen: a protected address or telephone never survives, and redaction is settled.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stile_product::{Screen, ScreenParts};

static SCREEN: LazyLock<Screen> = LazyLock::new(|| {
    Screen::new(ScreenParts {
        protected_addresses: vec!["4 Elm Row, Thornbury".into()],
        protected_postcodes: vec!["RV1 2AB".into()],
        protected_phones: vec!["07700 900123".into()],
        protected_schools: vec!["Oakfield Primary School".into()],
        subject_names: vec!["Mali Testwood".into()],
        other_names: vec!["Gwen Complainant".into()],
    })
});

fuzz_target!(|text: &str| {
    let once = SCREEN.redact(text).text;
    for planted in [
        "4 Elm Row, Thornbury",
        "RV1 2AB",
        "07700 900123",
        "Gwen Complainant",
    ] {
        assert!(!once.contains(planted), "something protected survived");
    }
    let twice = SCREEN.redact(&once).text;
    assert_eq!(once, twice, "redaction is not settled");
    let _ = SCREEN.trips_hard(text);
});
