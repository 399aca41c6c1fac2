use std::collections::HashSet;

use super::*;
use crate::level::{Form, Level};
use crate::normalise::name::{forenames, surname};

#[test]
fn every_line_holds_spellings_as_the_normaliser_writes_them() {
    for line in names() {
        let spellings: Vec<&str> = line.split(' ').collect();
        assert!(spellings.len() > 1, "{line}");
        for spelling in spellings {
            let as_forename = forenames(spelling) == [spelling];
            assert!(
                as_forename || surname(spelling).whole() == spelling,
                "{spelling}"
            );
            assert!(spelling.len() > 1, "{line}");
        }
    }
}

#[test]
fn no_spelling_stands_twice() {
    let mut seen = HashSet::new();
    for spelling in names().flat_map(str::split_ascii_whitespace) {
        assert!(seen.insert(spelling), "{spelling}");
    }
    assert!(seen.len() > 3_000, "{}", seen.len());
}

#[test]
fn spellings_of_one_name_have_one_usual_spelling() {
    for (a, b) in [
        ("md", "muhammad"),
        ("yousef", "yusuf"),
        ("chowdhury", "chaudhry"),
        ("cabdi", "abdi"),
        ("volodymyr", "vladimir"),
        ("gruffydd", "griffith"),
        ("caoimhe", "keeva"),
        ("ifan", "evan"),
        ("laxmi", "lakshmi"),
    ] {
        assert!(usual(a).is_some() && usual(a) == usual(b), "{a} {b}");
    }
    assert!(usual("zephyrine").is_none() && usual("").is_none());
}

#[test]
fn names_that_are_only_related_stay_apart() {
    for (a, b) in [
        ("hassan", "hussein"),
        ("jamal", "jamil"),
        ("ahmed", "mohammed"),
        ("mahmoud", "mohammed"),
        ("amina", "amira"),
        ("salma", "salim"),
        ("khalid", "khalil"),
        ("wahid", "walid"),
        ("asif", "atif"),
        ("sadiq", "siddique"),
        ("imran", "omar"),
        ("harpreet", "gurpreet"),
        ("jaspreet", "jasvinder"),
        ("alexander", "alexandra"),
        ("daniel", "danielle"),
        ("sian", "sean"),
        ("owen", "eoin"),
        ("said", "syed"),
        ("umar", "umair"),
        ("sohail", "sohaib"),
        ("naseer", "nazeer"),
        ("ahsan", "ihsan"),
        ("carol", "karol"),
        ("amelia", "emilia"),
        ("charlotte", "caroline"),
    ] {
        let level = Form::new(a).level(&Form::new(b));
        assert!(level > Level::Variant, "{a} {b}");
    }
}
