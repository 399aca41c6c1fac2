//! Each doubt: a rule that raises it, and the same rule put right.

use super::*;
use crate::read::parse_rules;
use crate::sample::{file, today, vocabulary};

fn findings_in(text: &str, vocabulary: &Vocabulary, on: Date) -> Vec<Finding> {
    let rules =
        parse_rules("rules.toml", text, vocabulary).unwrap_or_else(|error| panic!("{error}"));
    lint(&rules, vocabulary, on)
}

/// Codes of what is found about `rules`, without those that concern every short file.
fn codes(rules: &str) -> Vec<&'static str> {
    findings_in(&file(rules), vocabulary(), today())
        .into_iter()
        .map(|finding| finding.code)
        .filter(|code| !["no_owner", "no_clause"].contains(code))
        .collect()
}

fn rule(id: &str, lines: &str) -> String {
    format!("\n[[rule]]\nid = \"{id}\"\n{lines}\n")
}

const SHARE: &str = r#"share = "police.domestic_incident.date"
as = "exact"
when = { purpose = ["s47_enquiry"], within = "24 months" }
why = "Children Act 1989 s.47(9)""#;

#[test]
fn finds_nothing_in_a_rule_that_is_right() {
    assert!(codes(&rule("A-1", SHARE)).is_empty());
}

#[test]
fn asks_for_a_source() {
    let vague = SHARE.replace("Children Act 1989 s.47(9)", "we always did");
    assert_eq!(codes(&rule("A-1", &vague)), ["ground_without_source"]);

    for none in [
        "It protects the parents. In order to help.",
        "It would be nice to know.",
    ] {
        let vague = SHARE.replace("Children Act 1989 s.47(9)", none);
        assert_eq!(
            codes(&rule("A-1", &vague)),
            ["ground_without_source"],
            "{none}"
        );
    }
    for source in [
        "AB v Hampshire",
        "CA 1989 s.47",
        "ss. 10 and 11",
        "NICE NG76",
        "Agreement, annex B",
        "Care Act",
        "Working Together 2023",
    ] {
        let named = SHARE.replace("Children Act 1989 s.47(9)", source);
        assert!(codes(&rule("A-1", &named)).is_empty(), "{source}");
    }
}

#[test]
fn doubts_a_grant_over_many_fields_that_lets_out_other_people() {
    let wide = SHARE
        .replace("incident.date", "incident.*")
        .replace("exact", "summary");
    let cap = "never_above = \"police.*\"\nof = [\"third_party\", \"complainant\"]\nas = \"known\"\nwhy = \"UK GDPR Art 5(1)(c)\"";
    let sometimes = cap.replace("why", "when = { priority = [\"red\"] }\nwhy");

    assert_eq!(codes(&rule("A-1", &wide)), ["other_people"]);
    assert!(codes(&[rule("A-1", &wide), rule("C-1", cap)].concat()).is_empty());
    assert_eq!(
        codes(&[rule("A-1", &wide), rule("C-1", &sometimes)].concat()),
        ["other_people"]
    );
}

#[test]
fn doubts_a_grant_for_a_purpose_of_consent_that_does_not_ask_for_it() {
    let early = SHARE.replace("s47_enquiry", "early_help");
    let given = early.replace("within", "consent = [\"given\"], within");
    let cap = "never_above = \"police.*\"\nas = \"none\"\nwhen = { consent = [\"refused\", \"withdrawn\"] }\nwhy = \"Haringey judgment, common law\"";
    let half = cap.replace(", \"withdrawn\"", "");

    assert_eq!(codes(&rule("A-1", &early)), ["consent_not_asked"]);
    assert!(codes(&rule("A-1", &given)).is_empty());
    assert!(codes(&[rule("A-1", &early), rule("C-1", cap)].concat()).is_empty());
    assert_eq!(
        codes(&[rule("A-1", &early), rule("C-1", &half)].concat()),
        ["consent_not_asked"]
    );
}

#[test]
fn doubts_more_than_the_default_handling_of_a_category() {
    let share = "share = \"police.intelligence.*\"\nas = \"headline\"\nwhen = { purpose = [\"s47_enquiry\"], within = \"24 months\" }\nwhy = \"3x5x2 code P\"";
    let ask = share
        .replace("share =", "ask =")
        .replace("when", "approver = \"intelligence_manager\"\nwhen");
    let known = share.replace("headline", "known");

    assert!(codes(&rule("A-1", share)).contains(&"against_handling"));
    assert!(!codes(&rule("A-1", &ask)).contains(&"against_handling"));
    assert!(!codes(&rule("A-1", &known)).contains(&"against_handling"));
}

#[test]
fn doubts_the_full_text_of_a_category_that_leaves_as_a_summary() {
    let category = vocabulary().categories.iter().find(|category| {
        category.handling == stile_model::code::Handling::Summary
            && category.id.agency_kind() == "health"
            && category.event.is_some()
            && category.field("summary").is_some()
    });
    let category = &category.unwrap().id;
    let doubted = |rung: &str| {
        let share = format!(
            "share = \"{category}.summary\"\nas = \"{rung}\"\nwhen = {{ purpose = [\"s47_enquiry\"], within = \"24 months\" }}\nwhy = \"Children Act 1989 s.47\""
        );
        let text = format!(
            "agency = \"health\"\nvocabulary = \"{}\"\n{}",
            vocabulary().version,
            rule("A-1", &share)
        );
        let found = findings_in(&text, vocabulary(), today());
        found
            .iter()
            .any(|finding| finding.code == "against_handling")
    };

    assert!(doubted("detail"));
    assert!(!doubted("summary"));
}

#[test]
fn stops_a_rule_that_shares_what_is_to_be_sealed() {
    let sealed = "share = \"police.live_investigation.date\"\nas = \"known\"\nwhen = { purpose = [\"s47_enquiry\"], within = \"24 months\" }\nwhy = \"an Act \"";

    let found = findings_in(&file(&rule("A-1", sealed)), vocabulary(), today());

    let finding = found
        .iter()
        .find(|finding| finding.code == "against_handling")
        .unwrap();
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.message.contains("police.live_investigation"));
}

#[test]
fn doubts_a_cap_that_limits_nothing_on_a_yes_or_no() {
    let cap = |rung: &str| {
        format!(
            "never_above = \"police.domestic_incident.children_present\"\nas = \"{rung}\"\nwhy = \"UK GDPR Art 5\""
        )
    };

    assert_eq!(
        codes(&rule("C-1", &cap("headline"))),
        ["cap_without_effect"]
    );
    assert!(codes(&rule("C-1", &cap("known"))).is_empty());
}

#[test]
fn doubts_an_approver_of_another_agency() {
    let ask = SHARE
        .replace("share =", "ask =")
        .replace("when", "approver = \"head_teacher\"\nwhen");
    let own = ask.replace("head_teacher", "detective_inspector");
    let any = ask.replace("head_teacher", "ig_lead");

    assert_eq!(codes(&rule("A-1", &ask)), ["approver_elsewhere"]);
    assert!(codes(&rule("A-1", &own)).is_empty());
    assert!(codes(&rule("A-1", &any)).is_empty());
}

#[test]
fn tells_what_has_lapsed_and_what_soon_will() {
    let until = |date: &str| rule("A-1", &format!("{SHARE}\nuntil = {date}"));

    assert_eq!(codes(&until("2026-11-21")), ["lapsed_rule"]);
    assert_eq!(codes(&until("2026-11-22")), ["lapses_soon"]);
    assert_eq!(codes(&until("2026-12-21")), ["lapses_soon"]);
    assert!(codes(&until("2026-12-22")).is_empty());
    let cap = "never_above = \"police.*\"\nas = \"known\"\nwhy = \"UK GDPR\"\nuntil = 2020-01-01";
    assert_eq!(codes(&rule("C-1", cap)), ["until_of_a_cap"]);
}

#[test]
fn a_file_past_its_last_day_is_an_error() {
    let text = |date: &str| format!("until = {date}\n{}", file(&rule("A-1", SHARE)));
    let found = |date: &str| {
        let found = findings_in(&text(date), vocabulary(), today());
        let mut file = found.into_iter().filter(|finding| finding.rules.is_empty());
        file.next().map(|finding| (finding.code, finding.severity))
    };

    assert_eq!(found("2026-11-21"), Some(("lapsed_file", Severity::Error)));
    assert_eq!(
        found("2026-12-01"),
        Some(("file_lapses_soon", Severity::Warning))
    );
    assert_eq!(found("2027-11-21"), None);
}

#[test]
fn names_the_rules_without_owner_once() {
    let text = file(
        &[
            rule("A-1", SHARE),
            rule("A-2", &format!("{SHARE}\nowner = \"DI, PVP\"")),
        ]
        .concat(),
    );

    let found = findings_in(&text, vocabulary(), today());

    let owner: Vec<_> = found
        .iter()
        .filter(|finding| finding.code == "no_owner")
        .collect();
    assert_eq!(owner.len(), 1);
    assert_eq!(owner[0].rules, ["A-1".parse().unwrap()]);
    assert_eq!(owner[0].place.unwrap().line, 6);
}

#[test]
fn asks_for_the_clause_where_the_agreement_is_listed() {
    let text = include_str!("../../../../policies/vocabulary.toml");
    let (text, _) = text.split_once("[[clause]]").unwrap_or((text, ""));
    let bare = Vocabulary::parse("v.toml", text).unwrap();
    let clause = "\n[[clause]]\ncode = \"4.2\"\nname = \"Section 47\"\n";
    let listed = Vocabulary::parse("v.toml", &format!("{text}{clause}")).unwrap();
    let without = file(&rule("A-1", SHARE));
    let with = file(&rule("A-1", &format!("{SHARE}\nclause = \"4.2\"")));
    let asks = |text: &str, vocabulary: &Vocabulary| {
        let found = findings_in(text, vocabulary, today());
        found.iter().any(|finding| finding.code == "no_clause")
    };

    assert!(asks(&without, &listed));
    assert!(!asks(&with, &listed));
    assert!(!asks(&without, &bare));
}

#[test]
fn tells_rules_of_one_group_that_stand_apart() {
    let three = |ids: [&str; 3]| {
        let rules: String = ids.iter().map(|id| rule(id, SHARE)).collect();
        codes(&rules)
    };

    assert_eq!(three(["A-1", "B-1", "A-2"]), ["ids_not_grouped"]);
    assert!(three(["A-1", "A-2", "B-1"]).is_empty());
}
