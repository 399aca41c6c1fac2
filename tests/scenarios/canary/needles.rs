//! Finds strings as they are, in either case, and in the encodings bytes travel in.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding, HEXLOWER, HEXUPPER};
use regex::bytes::{Regex, RegexBuilder};

/// Strings to look for, in every form.
pub struct Needles {
    pattern: Regex,
    /// Each form, with the string it stands for.
    meaning: BTreeMap<String, String>,
}

impl Needles {
    /// All of `strings`.
    pub fn of(strings: &[String]) -> Self {
        let mut meaning = BTreeMap::new();
        for string in strings {
            for form in forms(string) {
                meaning.insert(form, string.clone());
            }
        }
        let every: Vec<_> = meaning.keys().map(|form| regex::escape(form)).collect();
        let pattern = RegexBuilder::new(&every.join("|"))
            .size_limit(1 << 29)
            .build()
            .unwrap();
        Self { pattern, meaning }
    }

    /// The first string found, and where.
    pub fn first_in<'a>(&self, places: &'a BTreeMap<String, Vec<u8>>) -> Option<(&str, &'a str)> {
        places.iter().find_map(|(place, bytes)| {
            let found = self.pattern.find(bytes)?;
            let form = std::str::from_utf8(found.as_bytes()).unwrap();
            Some((self.meaning[form].as_str(), place.as_str()))
        })
    }
}

fn forms(string: &str) -> BTreeSet<String> {
    let spelled = [
        string.to_owned(),
        string.to_ascii_lowercase(),
        string.to_ascii_uppercase(),
    ];
    let mut forms = BTreeSet::new();
    for text in spelled {
        for encoding in [&BASE64_NOPAD, &BASE64URL_NOPAD] {
            forms.extend((0..3).map(|offset| aligned(encoding, &text, offset)));
        }
        forms.insert(HEXLOWER.encode(text.as_bytes()));
        forms.insert(HEXUPPER.encode(text.as_bytes()));
        forms.insert(text.bytes().map(|byte| format!("%{byte:02X}")).collect());
        forms.insert(text.replace('-', "%2D"));
        forms.insert(text);
    }
    forms
}

/// The characters that `text` gives in base 64 when `offset` bytes come before it, without those
/// that depend on its neighbours.
fn aligned(encoding: &Encoding, text: &str, offset: usize) -> String {
    let bytes = [&[0; 2][..offset], text.as_bytes()].concat();
    let first = (offset * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    encoding.encode(&bytes)[first..last].to_owned()
}

#[test]
fn finds_a_string_in_every_form_and_at_every_alignment() {
    let needles = Needles::of(&["CANARY-0042-9a~?".to_owned()]);
    for plain in ["CANARY-0042-9a~?", "canary-0042-9a~?", "CANARY-0042-9A~?"] {
        for before in ["", "a", "ab", "abc"] {
            let whole = format!("{before}{plain}, and more");
            let carried = [
                whole.clone(),
                BASE64_NOPAD.encode(whole.as_bytes()),
                BASE64URL_NOPAD.encode(whole.as_bytes()),
                HEXLOWER.encode(whole.as_bytes()),
                HEXUPPER.encode(whole.as_bytes()),
            ];
            for text in carried {
                let places = BTreeMap::from([("here".to_owned(), text.clone().into_bytes())]);
                assert!(needles.first_in(&places).is_some(), "not found in `{text}`");
            }
        }
    }
}

#[test]
fn does_not_find_what_is_not_there() {
    let needles = Needles::of(&["CANARY-0042-9a7c".to_owned()]);
    let places = BTreeMap::from([("here".to_owned(), b"CANARY-0043-9a7c".to_vec())]);

    assert_eq!(needles.first_in(&places), None);
}
