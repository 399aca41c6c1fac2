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

/// The page of one answer from one agency to a case that asked it everything.
fn page_of(findings: Vec<stile_model::returns::Finding>) -> String {
    let housing = received(
        "housing",
        Answer::Returned(vec![returned("housing", 1, findings)]),
    );
    let mut sheet = sheet();
    sheet.asks = vec![sample::ask(
        "housing",
        &["housing.tenancy", "housing.noise"],
    )];
    let now = sample::at("2026-03-11T12:00:00Z");
    let audience = Audience::DecisionMaker;
    let product = assemble(&sheet, &[housing], &vocabulary(), audience, now);
    render(&product, &vocabulary(), 120, false)
}

#[test]
fn what_is_true_now_stands_before_what_happened() {
    let tenancy = item("T-1", vec![shown("date", Rung::Detail, "2019-05-01")]);
    let noise = item(
        "N-1",
        vec![
            shown("date", Rung::Detail, "2026-01-02"),
            shown("text", Rung::Summary, "Banging"),
        ],
    );

    let page = page_of(vec![
        finding(
            "s2",
            "housing.tenancy",
            CategoryStatus::Shared,
            vec![tenancy],
        ),
        finding("s2", "housing.noise", CategoryStatus::Shared, vec![noise]),
    ]);

    let (now, past) = page.split_once("Chronology").unwrap();
    assert!(now.contains("Current position\n"), "{page}");
    assert!(
        now.contains("housing of Riverside: Tenancy (Carys Testwood)"),
        "{page}"
    );
    assert!(now.contains("Date started: 2019-05-01"), "{page}");
    assert!(
        past.contains("2026-01-02 · housing of Riverside: Noise"),
        "{page}"
    );
    assert!(!page.contains("undated"), "{page}");
}

#[test]
fn an_event_without_its_date_is_undated_and_not_what_is_true_now() {
    let noise = item("N-1", vec![shown("text", Rung::Summary, "Banging")]);

    let page = page_of(vec![finding(
        "s2",
        "housing.noise",
        CategoryStatus::Shared,
        vec![noise],
    )]);

    assert!(
        page.contains("undated · housing of Riverside: Noise"),
        "{page}"
    );
    assert!(!page.contains("Current position"), "{page}");
}

#[test]
fn an_item_of_which_only_the_date_is_shown_says_so() {
    let dated = || item("N-1", vec![shown("date", Rung::Summary, "2026-01")]);
    let mut waiting = finding(
        "s2",
        "housing.noise",
        CategoryStatus::PartlyShared,
        vec![dated()],
    );
    waiting.referred = Some(stile_model::returns::Referred {
        fields: vec!["text".to_owned()],
        approvers: vec![sample::code("duty_sergeant")],
        due: sample::at("2026-03-11T13:00:00Z"),
    });
    let over = finding(
        "s2",
        "housing.noise",
        CategoryStatus::PartlyShared,
        vec![dated()],
    );

    let [waiting, over] = [waiting, over].map(|finding| page_of(vec![finding]));

    assert!(
        waiting.contains("    Held; nothing more may be shown yet.\n"),
        "{waiting}"
    );
    assert!(
        over.contains("    Held; nothing more may be shown.\n"),
        "{over}"
    );
}

#[test]
fn an_item_without_fields_says_that_nothing_is_recorded_in_them() {
    let bare = item("N-1", Vec::new());

    let page = page_of(vec![finding(
        "s2",
        "housing.noise",
        CategoryStatus::Shared,
        vec![bare],
    )]);

    assert!(
        page.contains("undated · housing of Riverside: Noise"),
        "{page}"
    );
    assert!(
        page.contains("    Held; nothing is recorded in the fields that may be shown.\n"),
        "{page}"
    );
    assert!(!page.contains("no record: Noise"), "{page}");
}

#[test]
fn findings_take_one_line_for_each_person() {
    let some = |category, status, items| finding("s1", category, status, items);
    let tenancy = || item("T-1", vec![shown("date", Rung::Detail, "2019-05-01")]);
    let mut more = some(
        "housing.tenancy",
        CategoryStatus::Shared,
        vec![tenancy(), tenancy()],
    );
    more.capped = true;

    let page = page_of(vec![
        more,
        some("housing.noise", CategoryStatus::NoRecord, Vec::new()),
        finding(
            "s2",
            "housing.tenancy",
            CategoryStatus::Referred,
            Vec::new(),
        ),
        finding("s2", "housing.noise", CategoryStatus::Withheld, Vec::new()),
    ]);

    for line in [
        "    Mali Testwood: found; shared: Tenancy (2 items, more exist); no record: Noise\n",
        "; with a decision-maker: Tenancy;\n    withheld: Noise\n",
        "  housing of Riverside (Mali Testwood): no record: Noise\n",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
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
