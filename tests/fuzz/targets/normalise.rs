//! The normaliser: what is normalised stays as it is, and never grows beyond its limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_linkage::identifier::{nhs_number, upn};
use stile_linkage::normalise::address::{self, address};
use stile_linkage::normalise::name::{forenames, name, surname};
use stile_linkage::normalise::phone::phone;
use stile_linkage::normalise::placeholder::is_forename;
use stile_linkage::normalise::postcode::postcode;
use stile_linkage::normalise::{MAX_CHARS, MAX_TOKENS};

fuzz_target!(|text: &str| {
    names(text);
    places(text);
    numbers(text);
});

fn names(text: &str) {
    let whole = name(text);
    assert!(whole.len() <= MAX_CHARS);
    assert_eq!(name(&whole), whole);
    let given = forenames(text);
    assert!(given.len() <= MAX_TOKENS && given.join(" ").len() <= MAX_CHARS);
    assert_eq!(forenames(&given.join(" ")), given);
    assert_eq!(is_forename(text), given.is_empty());
    let family = surname(text);
    assert!(family.parts().len() <= MAX_TOKENS && family.whole().len() <= MAX_CHARS);
    assert!(surname(&family.parts().join(" ")) == family);
    assert!(
        given
            .iter()
            .chain(family.parts())
            .all(|word| !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase()))
    );
}

fn places(text: &str) {
    let line = address(text);
    assert!(line.joined().len() <= address::MAX_CHARS);
    assert!(address(&line.joined()) == line);
    if let Some(code) = postcode(text) {
        assert!(code.full().len() <= 8 && code.full().starts_with(&code.sector()));
        assert!(postcode(&code.full()) == Some(code));
    }
}

fn numbers(text: &str) {
    if let Some(number) = phone(text) {
        assert!(number.starts_with('+') && number.len() <= 16);
        assert_eq!(phone(&number), Some(number));
    }
    if let Some(number) = nhs_number(text) {
        assert_eq!(number.reveal().len(), 10);
        assert!(nhs_number(number.reveal()) == Some(number));
    }
    if let Some(number) = upn(text) {
        assert_eq!(number.reveal().len(), 13);
        assert!(upn(number.reveal()) == Some(number));
    }
}
