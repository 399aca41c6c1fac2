use proptest::prelude::*;
use stile_model::code::{CategoryStatus, Rung};

use super::*;
use crate::assemble::assemble;
use crate::sample::{self, answers, finding, item, received, returned, sheet, shown, vocabulary};
use crate::sheet::Answer;

fn page(audience: Audience, width: usize, colour: bool) -> String {
    let now = sample::at("2026-03-11T12:00:00Z");
    let product = assemble(&sheet(), &answers(), &vocabulary(), audience, now);
    render(&product, &vocabulary(), width, colour)
}

fn hostile(value: &str, width: usize) -> String {
    let mut bad = item(value, vec![shown("summary", Rung::Detail, value)]);
    bad.provenance.system = value.to_owned();
    bad.grading = Some(value.to_owned());
    bad.recorded = Some(value.to_owned());
    let found = finding("s1", "police.incident", CategoryStatus::Shared, vec![bad]);
    let mut police = received(
        "police",
        Answer::Returned(vec![returned("police", 1, vec![found])]),
    );
    police.agency_name = value.to_owned();
    police.contact = value.to_owned();
    let now = sample::at("2026-03-11T12:00:00Z");
    let product = assemble(
        &sheet(),
        &[police],
        &vocabulary(),
        Audience::DecisionMaker,
        now,
    );
    render(&product, &vocabulary(), width, false)
}

#[test]
fn the_page_says_what_the_product_says() {
    let page = page(Audience::DecisionMaker, 120, false);

    for words in [
        "OFFICIAL-SENSITIVE · MASH-2026-00417",
        "RED priority, decision due 2026-03-11 14:14 UTC",
        "s1: Mali Testwood, Child, born 2018",
        "2026-02 (month only) · police of Riverside: Incidents (Mali Testwood)",
        "What happened: SECRETINCIDENT shouting [summary, POL-12]",
        "Niche · police officer · fact · verified · graded 1A P",
        "Agencies differ",
        "A safe address [safe_address]",
        "asked Duty sergeant, due 2026-03-11 11:00 UTC, overdue",
        "nothing that can be confirmed or denied",
        "An agency may hold more that it can neither confirm nor deny.",
        "only a name was given",
        "sha256 ",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
}

#[test]
fn the_referrer_page_has_no_empty_headings() {
    let page = page(Audience::ReferrerFeedback, 80, false);

    assert!(page.contains("Outcome: none yet"));
    for heading in [
        "People",
        "Chronology",
        "Findings",
        "Withheld",
        "Contacts",
        "Not checked",
    ] {
        assert!(!page.contains(heading), "{heading}");
    }
}

#[test]
fn colour_is_only_there_when_asked_for() {
    assert!(!page(Audience::DecisionMaker, 80, false).contains('\u{1b}'));
    assert!(page(Audience::DecisionMaker, 80, true).contains("\u{1b}[1;31mRED"));
}

#[test]
fn an_agency_cannot_write_to_the_terminal() {
    let page = hostile("x\u{1b}]0;owned\u{7}\u{9b}31m\r\u{8}\u{202e}y\u{85}z", 80);

    assert!(!page.chars().any(|c| c.is_control() && c != '\n'));
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn a_giant_value_is_wrapped_in_bounded_work() {
    let page = hostile(&"x".repeat(1_000_000), 0);

    assert!(
        page.lines()
            .filter(|line| !line.contains("sha256"))
            .all(|line| line.chars().count() <= 40)
    );
}

proptest! {
    #[test]
    fn every_line_fits_and_holds_no_control_character(value in "(?s).{0,200}", width in 0_usize..300) {
        let page = hostile(&value, width);

        let limit = width.clamp(40, 200);
        for line in page.lines().filter(|line| !line.contains("sha256")) {
            prop_assert!(line.chars().count() <= limit, "{}", line.len());
            prop_assert!(!line.chars().any(char::is_control));
        }
    }
}
