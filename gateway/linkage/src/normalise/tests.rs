use proptest::prelude::*;

use super::address::address;
use super::name::{forenames, name, surname};
use super::phone::phone;
use super::placeholder;
use super::postcode::postcode;

#[test]
fn writes_particles_accents_and_macs_one_way() {
    for (a, b) in [
        ("O'Brien", "O BRIEN"),
        ("O’Brien", "obrien"),
        ("MacDonald", "Mc Donald"),
        ("van der Berg", "Vanderberg"),
        ("al-Hassan", "Al Hassan"),
        ("ap Rhys", "AP RHYS"),
        ("Łukasik", "lukasik"),
        ("Smith-Jones", "Smith Jones"),
    ] {
        assert_eq!(surname(a).whole(), surname(b).whole(), "{a}");
    }
    assert_eq!(forenames("Siân Mair"), ["sian", "mair"]);
}

#[test]
fn keeps_surnames_that_only_look_like_macs() {
    assert_eq!(surname("Mace").whole(), "mace");
    assert_eq!(surname("Mack").whole(), "mack");
    assert_eq!(surname("8rown").whole(), "rown");
}

#[test]
fn keeps_the_parts_of_a_double_barrelled_surname() {
    assert_eq!(surname("Smith-Jones").parts(), ["smith", "jones"]);
    assert_eq!(
        surname("O'Neill-Mac Carthy").parts(),
        ["oneill", "mccarthy"]
    );
}

#[test]
fn placeholders_are_missing_and_never_names() {
    for text in [
        "Baby",
        "Twin 1",
        "Twin Two",
        "Infant",
        "Unborn",
        "Not known",
        "NK",
        "Baby of Amira",
        "Male",
        "TBC",
        "",
    ] {
        assert!(placeholder::is_forename(text), "{text}");
    }
    for text in ["Unknown", "Declined", "Resident", "of House", "N/A", ""] {
        assert!(surname(text).is_empty(), "{text}");
    }
}

#[test]
fn refuses_to_take_a_real_name_for_a_placeholder() {
    assert_eq!(forenames("Baby Amira"), ["amira"]);
    assert_eq!(forenames("Mrs Amira"), ["amira"]);
    assert_eq!(surname("Male").whole(), "male");
    assert_eq!(surname("Young").whole(), "young");
}

#[test]
fn reads_postcodes_however_spaced_and_repairs_only_what_is_certain() {
    for (text, full) in [
        ("sw1a1aa", "SW1A 1AA"),
        ("M1 1AE", "M1 1AE"),
        ("B33  8TH", "B33 8TH"),
        ("LS1O 2AB", "LS10 2AB"),
        ("CF1O IAB", "CF10 1AB"),
    ] {
        assert_eq!(
            postcode(text).map(|code| code.full()).as_deref(),
            Some(full),
            "{text}"
        );
    }
    assert_eq!(
        postcode("SW1A 1AA").map(|code| code.sector()).as_deref(),
        Some("SW1A 1")
    );
}

#[test]
fn refuses_dummy_and_foreign_postcodes() {
    for text in [
        "ZZ99 3VZ", "BF1 3AA", "NFA", "", "12345", "SW1A", "AAAA 1AA", "unknown",
    ] {
        assert!(postcode(text).is_none(), "{text}");
    }
}

#[test]
fn reads_uk_telephone_numbers_one_way() {
    for text in [
        "07700 900123",
        "+44 7700 900123",
        "+44 (0)7700 900123",
        "0044 7700900123",
        "447700900123",
    ] {
        assert_eq!(phone(text).as_deref(), Some("+447700900123"), "{text}");
    }
    assert_eq!(phone("+48 22 123 45 67").as_deref(), Some("+48221234567"));
}

#[test]
fn refuses_fillers_and_fragments_of_telephone_numbers() {
    for text in [
        "",
        "00000000000",
        "07000000000",
        "01234",
        "ask mother",
        "7700 900123",
    ] {
        assert!(phone(text).is_none(), "{text}");
    }
}

#[test]
fn reads_house_and_street_and_leaves_the_town_out() {
    let line = address("Flat 2, 14b Elm Rd, Leeds");

    assert_eq!(line.numbers(), ["2", "14b"]);
    assert_eq!(line.street(), ["elm"]);
}

#[test]
fn hostile_lengths_are_cut() {
    let long = "a b-c' ".repeat(100_000);

    assert!(name(&long).len() <= super::MAX_CHARS);
    assert!(forenames(&long).len() <= super::MAX_TOKENS);
    assert!(address(&long).street().len() <= super::MAX_TOKENS);
    assert!(surname(&"ß".repeat(1_000_000)).whole().len() <= super::MAX_CHARS);
}

proptest! {
    #[test]
    fn normalising_twice_is_normalising_once(text in "\\PC{0,80}") {
        let once = name(&text);
        prop_assert_eq!(name(&once), once.clone());
        let given = forenames(&text).join(" ");
        prop_assert_eq!(forenames(&given).join(" "), given.clone());
        let family = surname(&text).parts().join(" ");
        prop_assert_eq!(surname(&family).parts().join(" "), family.clone());
    }

    #[test]
    fn normalising_words_twice_is_normalising_once(
        words in prop::collection::vec(prop::sample::select(vec![
            "mac", "mc", "o", "de", "r", "st", "baby", "of", "one", "mr", "smith", "mace", "unknown", "not", "al",
        ]), 0..9)
    ) {
        let text = words.join(" ");
        let given = forenames(&text).join(" ");
        prop_assert_eq!(forenames(&given).join(" "), given.clone());
        let family = surname(&text).parts().join(" ");
        prop_assert_eq!(surname(&family).parts().join(" "), family.clone());
    }

    #[test]
    fn codes_and_numbers_read_back_as_written(text in "[A-Z0-9 ]{0,9}", digits in "0[1-9][0-9]{8,9}") {
        if let Some(code) = postcode(&text) {
            prop_assert!(postcode(&code.full()) == Some(code));
        }
        if let Some(number) = phone(&digits) {
            prop_assert_eq!(phone(&number), Some(number.clone()));
        }
    }
}
