//! What holds of every text: normalised once is normalised for good, and never beyond its limit.

use proptest::prelude::*;

use super::super::address::{self, address};
use super::super::name::{forenames, name, surname};
use super::super::phone::phone;
use super::super::placeholder::is_forename;
use super::super::postcode::postcode;
use super::super::{MAX_CHARS, MAX_TOKENS};
use crate::identifier::{nhs_number, upn};

/// Any text at all, and text of the characters that mean something to the normaliser.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,120}",
        "[a-zA-Z0-9' ,./()+-]{0,90}",
        "[\u{300}-\u{36f}\u{600}-\u{6ff}\u{900}-\u{97f}\u{1e00}-\u{1eff}a-z ]{0,80}",
    ]
}

/// Words that the rules for names look at, in any order.
fn words_of_rules() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "mac",
        "mc",
        "o",
        "de",
        "r",
        "st",
        "saint",
        "baby",
        "of",
        "one",
        "mr",
        "smith",
        "mace",
        "unknown",
        "not",
        "al",
        "nee",
        "jr",
        "ii",
        "md",
        "mohammed",
        "syed",
        "abdul",
        "abdulkarim",
        "abdulabdurrahman",
        "abdullah",
        "xx",
        "b",
        "n",
        "k",
        "no",
        "name",
        "given",
        "stated",
        "do",
        "use",
        "miss",
        "twin",
        "macmacdonald",
        "first",
        "zzz",
        "lady",
    ]);
    prop::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

fn names_settle(text: &str) -> Result<(), TestCaseError> {
    let whole = name(text);
    prop_assert_eq!(name(&whole), whole.clone());
    let given = forenames(text);
    prop_assert!(given.len() <= MAX_TOKENS && given.join(" ").len() <= MAX_CHARS);
    prop_assert_eq!(forenames(&given.join(" ")), given.clone());
    prop_assert_eq!(is_forename(text), given.is_empty());
    let family = surname(text);
    prop_assert!(family.parts().len() <= MAX_TOKENS && family.whole().len() <= MAX_CHARS);
    let again = surname(&family.parts().join(" "));
    prop_assert_eq!(again.parts(), family.parts());
    let letters = |word: &String| !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase());
    prop_assert!(given.iter().chain(family.parts()).all(letters));
    Ok(())
}

proptest! {
    #[test]
    fn names_settle_and_keep_to_their_limits(text in text()) {
        names_settle(&text)?;
    }

    #[test]
    fn names_made_of_the_words_of_the_rules_settle(text in words_of_rules()) {
        names_settle(&text)?;
    }

    #[test]
    fn addresses_settle_and_keep_to_their_limits(text in text()) {
        let line = address(&text);
        prop_assert!(line.joined().len() <= address::MAX_CHARS);
        prop_assert!(line.numbers().len() <= 4 && line.street().len() <= MAX_TOKENS);
        prop_assert!(address(&line.joined()) == line, "{:?}", line.joined());
    }

    #[test]
    fn codes_and_numbers_settle(text in text()) {
        if let Some(code) = postcode(&text) {
            prop_assert!(code.full().len() <= 8);
            prop_assert!(postcode(&code.full()) == Some(code));
        }
        if let Some(number) = phone(&text) {
            prop_assert!(number.len() <= 16);
            prop_assert_eq!(phone(&number), Some(number.clone()));
        }
        if let Some(number) = nhs_number(&text) {
            prop_assert!(number.reveal().len() == 10);
            prop_assert!(nhs_number(number.reveal()) == Some(number));
        }
        if let Some(number) = upn(&text) {
            prop_assert!(number.reveal().len() == 13);
            prop_assert!(upn(number.reveal()) == Some(number));
        }
    }

    #[test]
    fn what_looks_like_a_code_settles(text in "[A-Z01IO9 ]{5,9}", digits in "(00|\\+|0|44)[0-9]{7,13}") {
        if let Some(code) = postcode(&text) {
            prop_assert!(postcode(&code.full()) == Some(code));
        }
        if let Some(number) = phone(&digits) {
            prop_assert_eq!(phone(&number), Some(number.clone()));
        }
    }
}
