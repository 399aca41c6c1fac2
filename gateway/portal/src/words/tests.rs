use super::*;

#[test]
fn a_path_tells_its_language() {
    assert_eq!(
        Language::of_path("/cases/1"),
        (Language::English, "/cases/1")
    );
    assert_eq!(
        Language::of_path("/cy/cases/1"),
        (Language::Cymraeg, "/cases/1")
    );
    assert_eq!(Language::of_path("/cy"), (Language::Cymraeg, "/"));
}

#[test]
fn rejects_to_see_welsh_in_a_word_that_begins_alike() {
    assert_eq!(Language::of_path("/cycles"), (Language::English, "/cycles"));
}

#[test]
fn both_languages_are_read_and_differ() {
    let catalogue = Catalogue::built_in().unwrap();
    let said = |language| catalogue.words(language).say("common-sign-out");
    assert_eq!(said(Language::English), "Sign out");
    assert_ne!(said(Language::Cymraeg), said(Language::English));
}
