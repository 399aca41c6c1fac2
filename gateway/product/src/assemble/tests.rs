use stile_model::code::{CategoryStatus, MatchStatus, Rung};
use stile_model::returns::Return;

use super::*;
use crate::product::Precision;
use crate::sample::{self, answers, finding, item, received, returned, sheet, shown, vocabulary};
use crate::sheet::Answer;

fn now() -> Timestamp {
    sample::at("2026-03-11T12:00:00Z")
}

fn product(audience: Audience) -> Product {
    assemble(&sheet(), &answers(), &vocabulary(), audience, now())
}

fn json(product: &Product) -> String {
    String::from_utf8(product.to_bytes()).unwrap()
}

/// A product made from the police's findings alone.
fn from_police(returns: Vec<Return>) -> Product {
    let received = [received("police", Answer::Returned(returns))];
    assemble(
        &sheet(),
        &received,
        &vocabulary(),
        Audience::DecisionMaker,
        now(),
    )
}

#[test]
fn the_same_returns_in_any_order_give_the_same_bytes() {
    let mut reversed = answers();
    reversed.reverse();

    for audience in Audience::ALL {
        let again = assemble(&sheet(), &reversed, &vocabulary(), audience, now());
        assert_eq!(again.to_bytes(), product(audience).to_bytes());
        assert_eq!(again.digest(), product(audience).digest());
    }
}

#[test]
fn a_product_reads_back_as_it_was_written() {
    for audience in Audience::ALL {
        let made = product(audience);
        let read: Product = serde_json::from_slice(&made.to_bytes()).unwrap();
        assert_eq!(read, made);
    }
}

#[test]
fn the_chronology_is_by_shown_date_with_coarse_dates_first_and_undated_last() {
    let chronology = product(Audience::DecisionMaker).chronology;

    let order: Vec<_> = chronology
        .iter()
        .map(|event| (event.provenance.reference.as_str(), event.precision))
        .collect();
    assert_eq!(
        order,
        [
            ("INT-1", Precision::Year),
            ("PPN-2", Precision::Month),
            ("ED-1", Precision::Day),
            ("PPN-1", Precision::Day),
            ("ED-2", Precision::Undated),
            ("PPN-3", Precision::Undated),
        ]
    );
}

#[test]
fn the_first_of_a_month_follows_the_month_itself() {
    let date = |reference: &str, rung, when: &str| item(reference, vec![shown("date", rung, when)]);
    let items = vec![
        date("day", Rung::Detail, "2026-01-01"),
        date("month", Rung::Summary, "2026-01"),
        date("year", Rung::Headline, "2026"),
        date("nonsense", Rung::Detail, "2026-13-01"),
        date("spaces", Rung::Detail, "  no  "),
    ];
    let found = finding("s1", "police.incident", CategoryStatus::Shared, items);

    let chronology = from_police(vec![returned("police", 1, vec![found])]).chronology;

    let order: Vec<_> = chronology
        .iter()
        .map(|event| event.provenance.reference.as_str())
        .collect();
    assert_eq!(order, ["year", "month", "day", "nonsense", "spaces"]);
}

#[test]
fn the_same_day_is_an_agreement_and_differing_codes_are_a_contradiction() {
    let made = product(Audience::DecisionMaker);

    assert_eq!(made.agreements.len(), 1);
    assert_eq!(
        made.agreements[0].point.reveal(),
        "Events on the same day, 2026-02-24"
    );
    let [difference] = made.contradictions.as_slice() else {
        panic!("one difference")
    };
    let says: Vec<_> = difference
        .says
        .iter()
        .map(|(agency, value)| (agency.as_str(), value.reveal().as_str()))
        .collect();
    assert_eq!(
        says,
        [
            ("health of Riverside", "medium"),
            ("police of Riverside", "high")
        ]
    );
}

#[test]
fn codes_shown_at_different_rungs_or_by_one_agency_are_not_compared() {
    let one = |reference: &str, value| {
        item(
            reference,
            vec![
                shown("date", Rung::Detail, "2026-02-01"),
                shown("risk", Rung::Detail, value),
            ],
        )
    };
    let found = finding(
        "s1",
        "police.incident",
        CategoryStatus::Shared,
        vec![one("a", "high"), one("b", "medium")],
    );
    assert!(
        from_police(vec![returned("police", 1, vec![found])])
            .contradictions
            .is_empty()
    );

    let police = item("p", vec![shown("risk", Rung::Headline, "serious")]);
    let health = item("h", vec![shown("risk", Rung::Detail, "high")]);
    let both = [
        received(
            "police",
            Answer::Returned(vec![returned(
                "police",
                1,
                vec![finding(
                    "s1",
                    "police.incident",
                    CategoryStatus::Shared,
                    vec![police],
                )],
            )]),
        ),
        received(
            "health",
            Answer::Returned(vec![returned(
                "health",
                1,
                vec![finding(
                    "s1",
                    "health.attendance",
                    CategoryStatus::Shared,
                    vec![health],
                )],
            )]),
        ),
    ];
    let made = assemble(
        &sheet(),
        &both,
        &vocabulary(),
        Audience::DecisionMaker,
        now(),
    );
    assert!(made.contradictions.is_empty() && made.agreements.is_empty());
}

#[test]
fn withheld_says_why_and_what_would_change_it() {
    let made = product(Audience::DecisionMaker);

    let [line] = made.withheld.as_slice() else {
        panic!("one line")
    };
    assert_eq!(
        (line.what.as_str(), line.why.code.as_str()),
        ("Where", "safe_address")
    );
    assert_eq!(line.why.words, "A safe address");
    assert_eq!(line.would_change, "Nothing while the flag stands.");
}

#[test]
fn referred_names_who_decides_and_is_overdue_after_its_time() {
    let made = product(Audience::DecisionMaker);

    let [line] = made.referred.as_slice() else {
        panic!("one line")
    };
    assert_eq!(line.approvers[0].words, "Duty sergeant");
    assert_eq!(line.fields, ["What happened"]);
    assert!(line.overdue);
    let early = assemble(
        &sheet(),
        &answers(),
        &vocabulary(),
        Audience::DecisionMaker,
        sample::at("2026-03-11T11:00:00Z"),
    );
    assert!(!early.referred[0].overdue);
}

#[test]
fn a_later_finding_replaces_the_earlier_for_its_subject_and_category_only() {
    let old = finding(
        "s1",
        "police.incident",
        CategoryStatus::Shared,
        vec![item("OLD", vec![shown("risk", Rung::Detail, "high")])],
    );
    let kept = finding(
        "s2",
        "police.incident",
        CategoryStatus::Shared,
        vec![item("KEPT", vec![])],
    );
    let new = finding(
        "s1",
        "police.incident",
        CategoryStatus::Shared,
        vec![item("NEW", vec![])],
    );
    let first = returned("police", 1, vec![old, kept]);
    let mut second = returned("police", 2, vec![new]);
    second.subjects.clear();

    // Even when the later one is handed over first.
    let made = from_police(vec![second, first]);

    let text = json(&made);
    assert!(text.contains("NEW") && text.contains("KEPT") && !text.contains("OLD"));
    assert_eq!(made.agencies[0].last_return, Some(2));
    assert_eq!(
        made.agencies[0].matches.len(),
        2,
        "what was not repeated stands"
    );
}

#[test]
fn findings_that_nobody_asked_for_are_set_aside_and_counted() {
    let odd = |subject, category| {
        finding(
            subject,
            category,
            CategoryStatus::Shared,
            vec![item("STRAY", vec![shown("risk", Rung::Detail, "STRAY")])],
        )
    };
    let mut other_case = returned("police", 2, vec![odd("s1", "police.incident")]);
    other_case.case = "MASH-2026-99999".parse().unwrap();
    let forged = returned("health", 3, vec![odd("s1", "police.incident")]);
    let findings = vec![
        odd("s9", "police.incident"),
        odd("s1", "health.attendance"),
        odd("s1", "police.unheard_of"),
    ];

    let made = from_police(vec![returned("police", 1, findings), other_case, forged]);

    assert!(!json(&made).contains("STRAY"));
    assert_eq!(made.counts.unwrap().set_aside, 5);
    assert!(
        made.notices
            .iter()
            .any(|notice| notice.starts_with("5 findings"))
    );
}

#[test]
fn a_field_the_vocabulary_does_not_know_is_not_shown() {
    let stray = item(
        "R",
        vec![
            shown("home_address", Rung::Detail, "STRAY"),
            shown("risk", Rung::Detail, "high"),
        ],
    );
    let found = finding("s1", "police.incident", CategoryStatus::Shared, vec![stray]);

    let made = from_police(vec![returned("police", 1, vec![found])]);

    assert!(!json(&made).contains("STRAY"));
    assert_eq!(made.chronology[0].fields.len(), 1);
}

#[test]
fn every_way_of_not_answering_is_a_gap_with_its_reason() {
    let received = [
        received(
            "police",
            Answer::Pending {
                due: sample::at("2026-03-11T13:00:00Z"),
            },
        ),
        received(
            "health",
            Answer::Unreachable {
                code: "tls".to_owned(),
                last_tried: sample::at("2026-03-11T11:00:00Z"),
                next_try: Some(sample::at("2026-03-11T12:30:00Z")),
            },
        ),
    ];

    let made = assemble(
        &sheet(),
        &received,
        &vocabulary(),
        Audience::DecisionMaker,
        now(),
    );

    let why: Vec<_> = made
        .gaps
        .iter()
        .map(|gap| {
            (
                gap.agency.as_str(),
                gap.why.code.as_str(),
                gap.next.is_some(),
            )
        })
        .collect();
    assert_eq!(
        why,
        [
            ("health", "tls", true),
            ("housing", "not_sent", false),
            ("police", "pending", true)
        ]
    );
    assert_eq!(made.counts.unwrap().answered, 0);
}

#[test]
fn a_refusal_is_a_gap_that_carries_its_title() {
    let refused = Answer::Refused {
        code: "not_fresh".to_owned(),
        title: "the enquiry is \u{1b}[2Jstale".to_owned(),
    };

    let made = assemble(
        &sheet(),
        &[received("police", refused)],
        &vocabulary(),
        Audience::DecisionMaker,
        now(),
    );

    let gap = made
        .gaps
        .iter()
        .find(|gap| gap.agency.as_str() == "police")
        .unwrap();
    assert_eq!(
        gap.why.words,
        "the agency refused the enquiry: the enquiry is  [2Jstale"
    );
}

#[test]
fn what_is_not_checked_not_mentioned_or_not_confirmed_is_a_gap() {
    let mut answer = returned(
        "police",
        1,
        vec![finding(
            "s1",
            "police.incident",
            CategoryStatus::NotChecked,
            Vec::new(),
        )],
    );
    answer.subjects[1].status = MatchStatus::Possible;

    let made = from_police(vec![answer]);

    let why: Vec<_> = made
        .gaps
        .iter()
        .filter(|gap| gap.agency.as_str() == "police")
        .map(|gap| gap.why.code.as_str())
        .collect();
    assert_eq!(
        why,
        [
            "not_checked",
            "match_to_confirm",
            "not_mentioned",
            "match_to_confirm"
        ]
    );
    assert_eq!(made.agencies[0].status.code, "match_to_confirm");
}

#[test]
fn not_found_on_a_weak_query_says_so() {
    let made = product(Audience::DecisionMaker);

    let police = made
        .agencies
        .iter()
        .find(|section| section.agency.as_str() == "police")
        .unwrap();
    let weak = police.matches[1].weak.as_ref().unwrap();
    assert_eq!(
        weak.words,
        "only a name was given, so not being found says little"
    );
}

#[test]
fn who_could_not_be_looked_for_is_not_said_to_be_not_found() {
    let of = |weak: &str| {
        let mut answer = returned("police", 1, Vec::new());
        answer.subjects[1].status = MatchStatus::None;
        answer.subjects[1].weak = Some(Code::new(weak).unwrap());
        let made = from_police(vec![answer]);
        let line = &made.agencies[0].matches[1];
        let why = line.weak.as_ref().unwrap().words.clone();
        (line.words.clone(), why)
    };

    assert_eq!(
        of("not_looked_for"),
        (
            "not looked for".to_owned(),
            "none of the agency's systems could be asked".to_owned()
        )
    );
    let (words, why) = of("partly_looked_for");
    assert_eq!(words, "not found");
    assert!(why.contains("some of the agency's systems could not be asked"));
}

#[test]
fn a_closed_category_neither_confirms_nor_denies() {
    let made = product(Audience::DecisionMaker);

    assert!(made.notices.contains(&NEITHER.to_owned()));
    let refuge: Vec<_> = made
        .no_record
        .iter()
        .filter(|line| line.agency.as_str() == "housing")
        .collect();
    assert_eq!(refuge.len(), 2);
    assert!(
        refuge
            .iter()
            .all(|line| line.words == "nothing that can be confirmed or denied")
    );
    let mut open = sheet();
    open.asks.retain(|ask| ask.agency.as_str() != "housing");
    let made = assemble(
        &open,
        &answers(),
        &vocabulary(),
        Audience::DecisionMaker,
        now(),
    );
    assert!(!made.notices.contains(&NEITHER.to_owned()));
}

#[test]
fn what_an_agency_closes_for_itself_neither_confirms_nor_denies() {
    let mut open = sheet();
    open.asks.retain(|ask| ask.agency.as_str() != "housing");
    let assembled = |close: bool| {
        let mut answers = answers();
        for received in &mut answers {
            if let Answer::Returned(returns) = &mut received.answer
                && close
            {
                for answer in returns {
                    let asks = open.asks.iter().flat_map(|ask| &ask.asks);
                    answer.closed = asks.map(|ask| ask.category.clone()).collect();
                }
            }
        }
        let audience = Audience::DecisionMaker;
        assemble(&open, &answers, &vocabulary(), audience, now())
    };
    let matches = |made: &Product| -> usize {
        let sections = made.agencies.iter();
        sections.map(|section| section.matches.len()).sum()
    };

    let (before, after) = (assembled(false), assembled(true));

    assert!(!before.notices.contains(&NEITHER.to_owned()));
    assert!(after.notices.contains(&NEITHER.to_owned()));
    assert!(matches(&before) > 0);
    assert_eq!(matches(&after), 0);
}

#[test]
fn being_known_to_an_agency_asked_only_closed_categories_is_not_said() {
    let made = product(Audience::DecisionMaker);

    let matches = |agency: &str| {
        let section = made
            .agencies
            .iter()
            .find(|section| section.agency.as_str() == agency);
        section.unwrap().matches.len()
    };
    assert_eq!((matches("housing"), matches("police")), (0, 2));
}

#[test]
fn the_fixed_sentence_does_not_depend_on_what_came_back() {
    let made = assemble(&sheet(), &[], &vocabulary(), Audience::DecisionMaker, now());

    assert!(made.notices.contains(&NEITHER.to_owned()));
}

#[test]
fn subjects_are_named_by_the_hub_and_never_by_a_return() {
    let made = product(Audience::DecisionMaker);

    assert_eq!(made.subjects[0].name.reveal(), "Mali Testwood");
    assert!(
        made.chronology
            .iter()
            .all(|event| event.subject_name.reveal().ends_with("Testwood"))
    );
}

#[test]
fn the_receiving_team_sees_no_intelligence_and_no_grading() {
    let made = product(Audience::ReceivingTeam);

    let text = json(&made);
    for word in ["SECRETINTEL", "ntelligence", "1A P"] {
        assert!(!text.contains(word), "{word}");
    }
    assert!(text.contains("SECRETINCIDENT") && made.withheld.len() == 1);
}

#[test]
fn the_receiving_team_is_told_what_it_must_not_pass_on() {
    let mut marked = item("M", vec![shown("date", Rung::Detail, "2026-02-24")]);
    marked.handling = vec![sample::code("no_onward_disclosure")];
    let status = CategoryStatus::Shared;
    let found = finding("s1", "police.incident", status, vec![marked]);
    let answer = Answer::Returned(vec![returned("police", 1, vec![found])]);
    let received = [received("police", answer)];
    let audience = Audience::ReceivingTeam;

    let made = assemble(&sheet(), &received, &vocabulary(), audience, now());

    let marks = &made.chronology[0].provenance.handling;
    assert_eq!(marks[0].code, "no_onward_disclosure");
    assert!(!marks[0].words.is_empty());
}

#[test]
fn a_graded_item_under_another_category_is_kept_from_the_receiving_team() {
    let mut graded = item("G", vec![shown("summary", Rung::Detail, "SECRETINTEL")]);
    graded.grading = Some("1A C".to_owned());
    let found = finding(
        "s1",
        "police.incident",
        CategoryStatus::Shared,
        vec![graded],
    );
    let received = [received(
        "police",
        Answer::Returned(vec![returned("police", 1, vec![found])]),
    )];

    let made = assemble(
        &sheet(),
        &received,
        &vocabulary(),
        Audience::ReceivingTeam,
        now(),
    );

    assert!(!json(&made).contains("SECRETINTEL"));
    assert!(
        made.agencies[0].findings.is_empty(),
        "not even `shared, 0 items`"
    );
    let mentioned = |gap: &&crate::Gap| {
        gap.what == "Incidents"
            && gap
                .subject_name
                .as_ref()
                .is_some_and(|name| name.reveal().starts_with("Mali"))
    };
    assert!(made.gaps.iter().find(mentioned).is_none(), "nor as a gap");
}

#[test]
fn places_and_prose_never_reach_a_family() {
    let fields = vec![
        shown("date", Rung::Detail, "2026-02-24"),
        shown("location", Rung::Summary, "SW1A"),
        shown("summary", Rung::Detail, "SECRETPROSE"),
    ];
    let found = finding(
        "s1",
        "police.incident",
        CategoryStatus::Shared,
        vec![item("R", fields)],
    );
    let received = [received(
        "police",
        Answer::Returned(vec![returned("police", 1, vec![found])]),
    )];

    let made = assemble(
        &sheet(),
        &received,
        &vocabulary(),
        Audience::FamilySafe,
        now(),
    );

    let text = json(&made);
    assert!(!text.contains("SW1A") && !text.contains("SECRETPROSE") && text.contains("2026-02-24"));
}

#[test]
fn the_family_sees_nothing_of_others_intelligence_withheld_or_marked() {
    let made = product(Audience::FamilySafe);

    let text = json(&made);
    for word in [
        "SECRETINCIDENT",
        "SECRETGUARDED",
        "SECRETINTEL",
        "SECRETMOTHER",
        "ntelligence",
        "another person",
        "Victim",
        "safe_address",
        "uty sergeant",
        "efuge",
        "housing",
        "Carys",
        "POL-12",
        "s47",
        "prejudice",
    ] {
        assert!(!text.contains(word), "{word}");
    }
    assert_eq!(
        made.chronology.len(),
        3,
        "the child's own dates and codes are there"
    );
    assert!(text.contains("\"high\"") && text.contains("2026-02-24"));
    assert!(made.withheld.is_empty() && made.referred.is_empty() && made.gaps.is_empty());
    assert!(made.counts.is_none() && made.agencies.is_empty() && made.contradictions.is_empty());
    assert_eq!(made.subjects.len(), 1);
}

#[test]
fn the_referrer_is_told_that_it_was_considered_and_nothing_else() {
    let made = product(Audience::ReferrerFeedback);

    let same_without_returns = assemble(
        &sheet(),
        &[],
        &vocabulary(),
        Audience::ReferrerFeedback,
        now(),
    );
    assert_eq!(
        made.to_bytes(),
        same_without_returns.to_bytes(),
        "no partner data can be in it"
    );
    let text = json(&made);
    for word in ["Testwood", "police", "health", "SECRET", "red", "s47"] {
        assert!(
            !text.contains(word) || word == "red" && !text.contains("\"red\""),
            "{word}"
        );
    }
    assert_eq!(made.notices.len(), 1);
}

#[test]
fn the_outcome_is_told_once_decided() {
    let mut decided = sheet();
    decided.outcome = Some(sample::code("strategy"));

    let made = assemble(
        &decided,
        &[],
        &vocabulary(),
        Audience::ReferrerFeedback,
        now(),
    );

    assert_eq!(made.outcome.unwrap().words, "Strategy discussion");
}

#[test]
fn debug_of_a_product_shows_no_name_and_no_value() {
    let printed = format!("{:?}", product(Audience::DecisionMaker));

    for word in ["Testwood", "Mali", "SECRET", "2018"] {
        assert!(!printed.contains(word), "{word}");
    }
}

/// A product for a decision-maker with one item of this category, so marked and graded.
fn with_one(category: &str, handling: &[&str], grading: Option<&str>) -> Product {
    let mut one = item("G", vec![shown("date", Rung::Detail, "2026-02-24")]);
    one.handling = handling.iter().map(|mark| sample::code(mark)).collect();
    one.grading = grading.map(str::to_owned);
    let made = finding("s1", category, CategoryStatus::Shared, vec![one]);
    let agency = category.split_once('.').unwrap().0;
    let answer = Answer::Returned(vec![returned(agency, 1, vec![made])]);
    let received = [received(agency, answer)];
    let audience = Audience::DecisionMaker;
    let made = assemble(&sheet(), &received, &vocabulary(), audience, now());
    assert_eq!(made.chronology.len(), 1, "{category}");
    made
}

#[test]
fn guards_what_is_sealed_intelligence_graded_marked_or_of_an_unknown_category() {
    let marked = |mark| with_one("police.incident", &[mark], None);
    let mut unknown = with_one("police.incident", &[], None);
    unknown.chronology[0].category = "police.unheard_of".parse().unwrap();

    for (why, made) in [
        ("sealed", with_one("housing.refuge", &[], None)),
        ("intelligence", with_one("police.intelligence", &[], None)),
        ("graded", with_one("police.incident", &[], Some("1A P"))),
        ("family", marked("do_not_disclose_to_family")),
        ("onward", marked("no_onward_disclosure")),
        ("unknown", unknown),
    ] {
        assert!(is_guarded(&made, &vocabulary()), "{why}");
    }
}

#[test]
fn guards_nothing_that_is_ordinary_and_no_product_that_says_nothing() {
    let ordinary = with_one("police.incident", &[], None);
    let nothing = product(Audience::ReferrerFeedback);

    assert!(!is_guarded(&ordinary, &vocabulary()));
    assert!(!is_guarded(&nothing, &vocabulary()));
}
