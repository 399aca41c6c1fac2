mod properties;

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
    for (a, b) in [
        ("Saint John", "St. John"),
        ("O\u{2bc}Neill", "O\u{b4}Neill"),
        ("Ó Briain", "O'Briain"),
        ("Ní Bhriain", "NiBhriain"),
        ("D'Souza", "D Souza"),
        ("ferch Llywelyn", "Ferch-Llywelyn"),
        ("Mac an Bhaird", "MacAnBhaird"),
        ("bin Laden", "Bin-Laden"),
    ] {
        assert_eq!(surname(a).whole(), surname(b).whole(), "{a}");
    }
}

#[test]
fn folds_accents_composed_or_not_and_other_scripts() {
    for (text, folded) in [
        ("Siân Mair", "sian mair"),
        ("Sia\u{302}n", "sian"),
        ("Siobhán", "siobhan"),
        ("Llŷr", "llyr"),
        ("Łucja", "lucja"),
        ("Ștefan", "stefan"),
        ("Søren", "soren"),
        ("Ｊｏｈｎ", "john"),
        ("Олена", "olena"),
        ("Ffion", "ffion"),
        ("Ann\u{200b}a", "anna"),
    ] {
        assert_eq!(forenames(text).join(" "), folded, "{text}");
    }
}

#[test]
fn leaves_titles_generations_and_the_word_between_two_surnames_out() {
    assert_eq!(surname("Mr Smith Jr").whole(), "smith");
    assert_eq!(surname("Smith (née Jones)").parts(), ["smith", "jones"]);
    assert_eq!(surname("Smith formerly Jones").parts(), ["smith", "jones"]);
    assert_eq!(forenames("Dr John Jnr"), ["john"]);
}

#[test]
fn refuses_to_take_a_surname_for_a_title_or_a_word_between() {
    assert_eq!(surname("Nee").whole(), "nee");
    assert_eq!(surname("Nee-Smith").parts(), ["nee", "smith"]);
    assert_eq!(surname("Senior").whole(), "senior");
    assert_eq!(surname("Saint").whole(), "saint");
    assert_eq!(surname("Master").whole(), "master");
}

#[test]
fn what_brothers_share_stands_behind_their_own_forename() {
    for (text, read) in [
        ("Mohammed Ali", "ali mohammed"),
        ("Md. Ali", "ali mohammed"),
        ("Mohd Ali Raza", "ali raza mohammed"),
        ("Muhammad Abdul Karim", "karim mohammed abdul"),
        ("Syed Hassan", "hassan syed"),
        ("Mst Fatema", "fatema mosammat"),
        ("Abdul Rahman", "rahman abdul"),
        ("Abdulrahman", "rahman abdul"),
        ("Abdur-Rahman", "rahman abdul"),
        ("Abdurrahman", "rahman abdul"),
        ("Abdirahman", "rahman abdul"),
        ("Abdelaziz", "aziz abdul"),
        ("Abdussalam", "salam abdul"),
        ("Abdullatif", "latif abdul"),
    ] {
        assert_eq!(forenames(text).join(" "), read, "{text}");
    }
}

#[test]
fn refuses_to_move_a_forename_that_stands_alone_or_is_a_name_of_its_own() {
    for (text, read) in [
        ("Mohammed", "mohammed"),
        ("Md", "md"),
        ("Mohammed A", "mohammed a"),
        ("Ali Mohammed", "ali mohammed"),
        ("Abdul", "abdul"),
        ("Abdullah", "abdullah"),
        ("Abdallah", "abdallah"),
        ("Abdulahi", "abdulahi"),
        ("Abdoulaye", "abdoulaye"),
        ("Abdillahi", "abdillahi"),
        ("Abdi", "abdi"),
        ("Abdiel", "abdiel"),
        ("Abdou", "abdou"),
        ("Abdeali", "abdeali"),
    ] {
        assert_eq!(forenames(text).join(" "), read, "{text}");
    }
}

#[test]
fn keeps_singh_kaur_and_begum_as_the_surnames_they_are() {
    for text in ["Singh", "Kaur", "Begum", "Khatun", "Bibi", "Ahmed"] {
        assert_eq!(surname(text).whole(), text.to_lowercase());
    }
    assert_eq!(surname("Kaur Gill").parts(), ["kaur", "gill"]);
    assert_eq!(forenames("Harpreet Kaur"), ["harpreet", "kaur"]);
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
        "N/K",
        "n/a",
        "Not stated",
        "B/O Amira",
        "XXX",
        "Miss",
        "No Forename",
        "Do not use",
        "",
    ] {
        assert!(placeholder::is_forename(text), "{text}");
    }
    for text in [
        "Unknown",
        "Declined",
        "Resident",
        "of House",
        "N/A",
        "Not stated",
        "zz",
        "No surname",
        "",
    ] {
        assert!(surname(text).is_empty(), "{text}");
    }
}

#[test]
fn refuses_to_take_a_real_name_for_a_placeholder() {
    assert_eq!(forenames("Baby Amira"), ["amira"]);
    assert_eq!(forenames("Mrs Amira"), ["amira"]);
    assert_eq!(surname("Male").whole(), "male");
    assert_eq!(surname("Young").whole(), "young");
    assert_eq!(forenames("X"), ["x"]);
    assert_eq!(forenames("Master John"), ["john"]);
    assert_eq!(forenames("Xavi"), ["xavi"]);
    assert_eq!(surname("Given").whole(), "given");
}

#[test]
fn reads_postcodes_however_spaced_and_repairs_only_what_is_certain() {
    for (text, full) in [
        ("sw1a1aa", "SW1A 1AA"),
        ("M1 1AE", "M1 1AE"),
        ("B33  8TH", "B33 8TH"),
        ("LS1O 2AB", "LS10 2AB"),
        ("CF1O IAB", "CF10 1AB"),
        ("LSIO 2AB", "LS10 2AB"),
        ("LIO 2AB", "L10 2AB"),
        ("WIA IAA", "W1A 1AA"),
        ("S01 4AB", "SO1 4AB"),
        ("0X1 2JD", "OX1 2JD"),
        ("ＳＷ１Ａ １ＡＡ", "SW1A 1AA"),
        ("LS1-2AB", "LS1 2AB"),
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
        "ZZ99 3VZ",
        "2Z99 3VZ",
        "BF1 3AA",
        "NFA",
        "",
        "12345",
        "SW1A",
        "AAAA 1AA",
        "unknown",
        "LS1 2A1",
        "LS1 20B",
        "BFPO 801",
        "SW1A 1AAX",
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
        "07700 900123 ext 4",
        "07700 900123 / 01632 960123",
        "mobile: 07700 900123 (mum)",
        "٠٧٧٠٠ ٩٠٠١٢٣",
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
        "07700 9001234567",
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

#[test]
fn no_fixed_abode_is_no_address() {
    for line in [
        "NFA",
        "cr NFA",
        "No fixed abode",
        "No Fixed Address, Leeds",
        "of no fixed abode",
        "Unknown",
        "Not known",
        "N/K",
        "Homeless",
        "Address withheld",
        "Sofa-surfing with friends",
        "",
    ] {
        assert!(address(line).is_empty(), "{line}");
    }
}

#[test]
fn refuses_to_take_a_street_for_no_address() {
    for line in [
        "No 4 Elm Road",
        "Known Street 3",
        "None Such Road",
        "Noah Close",
    ] {
        assert!(!address(line).is_empty(), "{line}");
    }
}
