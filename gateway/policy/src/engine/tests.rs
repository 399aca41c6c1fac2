//! Casbin alone: what it is given, what it must never be given, and that it cannot be brought down.

use proptest::prelude::*;

use super::*;
use crate::sample::{RULES, set};

/// What fails open, runs code from a cell, compiles patterns or panics on odd input.
const BANNED_IN_MODEL: &[&str] = &[
    "eval",
    "regexMatch",
    "keyMatch2",
    "keyMatch3",
    "keyMatch4",
    "keyMatch5",
    "keyGet",
    "ipMatch",
    "globMatch",
    "g(",
    "g2",
    "priority(",
    "role_definition",
    "p2",
    "r2",
    "m2",
    "e2",
];
/// Interfaces of Casbin that were seen to fail open.
const BANNED_IN_SOURCE: &[&str] = &[
    "CachedEnforcer",
    "enforce_ex",
    "EnforceContext",
    "enable_enforce",
    "load_policy",
    "FileAdapter",
    "save_policy",
    "get_filtered_policy",
    "set_effector",
    "add_policy",
    "remove_policy",
    "enforce_mut",
];

#[test]
fn any_of_matches_whole_words_only() {
    assert!(any_of("red", "*"));
    assert!(any_of("red", "amber|red"));
    assert!(!any_of("red", "redd|re"));
    assert!(!any_of("red", ""));
}

#[test]
fn at_most_refuses_what_is_no_rung() {
    assert!(at_most("2:headline", "3:summary"));
    assert!(at_most("3:summary", "3:summary"));
    assert!(!at_most("4:detail", "3:summary"));
    assert!(!at_most("9", "9"));
    assert!(!at_most("", "4:detail"));
    assert!(!at_most("1:known", "detail"));
}

#[test]
fn the_model_names_nothing_that_fails_open() {
    let matcher = publish::MODEL.split("[matchers]").nth(1).unwrap();
    for banned in BANNED_IN_MODEL {
        assert!(!matcher.contains(banned), "{banned}");
    }
    // A `#` would cut the matcher short, and another effect would panic when first asked.
    assert!(!matcher.contains('#') && publish::MODEL.is_ascii());
    assert!(
        publish::MODEL
            .contains("\ne = some(where (p.eft == allow)) && !some(where (p.eft == deny))\n")
    );
}

#[test]
fn the_source_uses_no_interface_that_fails_open() {
    for source in [
        include_str!("../engine.rs"),
        include_str!("../panel.rs"),
        include_str!("../opinion.rs"),
        include_str!("../agree.rs"),
    ] {
        for banned in BANNED_IN_SOURCE {
            assert!(!source.contains(banned), "{banned}");
        }
    }
}

#[test]
fn refuses_a_policy_without_rows_which_could_match_as_a_blank_one() {
    for text in ["", "# p, A-1\n"] {
        assert!(matches!(
            Engine::load(text),
            Err(PolicyError::Published { .. })
        ));
    }
}

#[test]
fn a_blank_word_matches_no_row_that_names_words() {
    let engine = Engine::load(set(RULES).casbin_csv()).unwrap();
    let blank = Request {
        words: vec![String::new(); DIMENSIONS + 3],
    };

    for rung in Rung::ALL.iter().copied() {
        assert!(!engine.allows(&blank, true, rung).unwrap() || rung == Rung::None);
    }
}

#[test]
fn a_request_of_another_length_is_an_error_and_no_answer() {
    let engine = Engine::load(set(RULES).casbin_csv()).unwrap();
    for length in [0, 5, DIMENSIONS + 2, DIMENSIONS + 4] {
        let request = Request {
            words: vec!["unknown".to_owned(); length],
        };

        assert!(
            engine.allows(&request, true, Rung::Known).is_err(),
            "{length}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn answers_any_words_without_a_panic_or_an_error(words in proptest::collection::vec("[ -~]{0,40}", DIMENSIONS + 3)) {
        let engine = Engine::load(set(RULES).casbin_csv()).unwrap();
        let request = Request { words };

        for ask in [true, false] {
            for rung in Rung::ALL.iter().copied() {
                prop_assert!(engine.allows(&request, ask, rung).is_ok());
            }
        }
    }
}
