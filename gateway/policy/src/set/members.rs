//! Rules for one named member, categories an agency closes, clauses of the agreement.

use stile_model::code::{Existence, Rung};
use stile_model::id::{CategoryId, MemberId, RuleId};
use stile_model::vocabulary::Vocabulary;

use super::PolicySet;
use crate::error::PolicyError;
use crate::read::parse_rules;
use crate::sample::{Asked, compile, file, today, vocabulary};

const TWO_FORCES: &str = r#"
[[rule]]
id = "A-1"
share = "police.domestic_incident.date"
as = "exact"
when = { within = "24 months", agency = ["riverside-police"] }
why = "Agreement of one force"

[[rule]]
id = "C-1"
never_above = "police.domestic_incident.date"
as = "year"
when = { agency = ["northern-police"] }
why = "The other force's limit"

[[rule]]
id = "A-2"
share = "police.domestic_incident.date"
as = "month"
when = { within = "24 months" }
why = "Both"
"#;

fn told_by(member: Option<&str>) -> Rung {
    let member = member.map(|name| MemberId::new(name).unwrap());
    let set = PolicySet::compile_for(
        "rules.toml",
        &file(TWO_FORCES),
        vocabulary(),
        member.as_ref(),
    )
    .unwrap();
    Asked::of("police.domestic_incident.date").of_set(&set).auto
}

#[test]
fn a_rule_for_one_member_binds_no_other() {
    assert_eq!(told_by(Some("riverside-police")), Rung::Detail);
    assert_eq!(told_by(Some("northern-police")), Rung::Headline);
    assert_eq!(told_by(Some("transport-police")), Rung::Summary);
}

#[test]
fn where_the_member_is_not_known_grants_for_one_go_and_caps_for_one_stay() {
    assert_eq!(told_by(None), Rung::Headline);
}

#[test]
fn what_is_published_is_what_binds_and_officers_read_all_of_it() {
    let member = MemberId::new("riverside-police").unwrap();
    let police = "police".parse().unwrap();
    let set = PolicySet::activate_for(
        Some(&member),
        "rules.toml",
        &file(TWO_FORCES),
        vocabulary(),
        &police,
        today(),
        7,
    )
    .unwrap();

    assert!(set.casbin_csv().contains("p, A-1, "));
    assert!(!set.casbin_csv().contains("p, C-1, "));
    assert!(
        set.plain_english()
            .contains("where northern-police holds it")
    );
}

#[test]
fn refuses_a_policy_none_of_whose_rules_bind_the_member() {
    let text = file(TWO_FORCES.split("[[rule]]\nid = \"C-1\"").next().unwrap());
    let member = MemberId::new("transport-police").unwrap();

    let error = PolicySet::compile_for("rules.toml", &text, vocabulary(), Some(&member));

    assert!(matches!(error, Err(PolicyError::Rules { .. })));
}

#[test]
fn refuses_a_member_name_that_cannot_be_one() {
    let text = TWO_FORCES.replace("northern-police", "Northern Police");

    let error = compile(&text).unwrap_err().to_string();

    assert!(
        error.contains("rules.toml:16:20: `Northern Police`"),
        "{error}"
    );
}

fn closing(categories: &str) -> Result<PolicySet, PolicyError> {
    let text = file(TWO_FORCES).replace(
        "vocabulary = \"1\"\n",
        &format!("vocabulary = \"1\"\nclosed = {categories}\n"),
    );
    PolicySet::compile("rules.toml", &text, vocabulary())
}

fn existence(set: &PolicySet, category: &str) -> Existence {
    set.existence(&CategoryId::new(category).unwrap())
}

#[test]
fn an_agency_closes_a_category_that_the_vocabulary_leaves_open() {
    let open = compile(TWO_FORCES).unwrap();
    let closed = closing(r#"["police.conviction"]"#).unwrap();

    assert_eq!(existence(&open, "police.conviction"), Existence::Open);
    assert_eq!(existence(&closed, "police.conviction"), Existence::Closed);
    assert_eq!(
        existence(&closed, "police.domestic_incident"),
        Existence::Open
    );
    assert!(
        closed
            .plain_english()
            .contains("never says whether anything is held of: convictions"),
        "{}",
        closed.plain_english()
    );
}

#[test]
fn what_the_vocabulary_closes_or_another_agency_holds_is_closed_whatever_the_file_says() {
    let set = compile(TWO_FORCES).unwrap();
    let by_vocabulary = vocabulary()
        .categories
        .iter()
        .find(|category| {
            category.existence == Existence::Closed && category.id.agency_kind() == "police"
        })
        .unwrap();

    assert_eq!(set.existence(&by_vocabulary.id), Existence::Closed);
    assert_eq!(existence(&set, "health.no_such_thing"), Existence::Closed);
    assert_eq!(existence(&set, "police.no_such_thing"), Existence::Closed);
    let again = closing(&format!("[\"{}\"]", by_vocabulary.id)).unwrap_err();
    assert!(again.to_string().contains("closed by the vocabulary"));
}

#[test]
fn refuses_to_close_what_is_not_this_agencys() {
    for (list, said) in [
        (
            r#"["police.convictoin"]"#,
            "did you mean `police.conviction`?",
        ),
        (r#"["health.gp_registration"]"#, "open"),
        (r#"["police.conviction.date"]"#, "open"),
        ("[]", "empty list"),
        ("true", "text in quotes"),
        (r#"["police.conviction", "police.conviction"]"#, "twice"),
    ] {
        let error = closing(list).unwrap_err().to_string();

        assert!(error.contains("rules.toml:3:"), "{list}: {error}");
        assert!(error.contains(said), "{list}: {error}");
    }
}

/// The partnership's vocabulary with two clauses of its agreement.
fn with_clauses() -> Vocabulary {
    let text = include_str!("../../../../policies/vocabulary.toml");
    let (first, _) = text.split_once("[[clause]]").unwrap_or((text, ""));
    let clauses = "[[clause]]\ncode = \"4.1\"\nname = \"Children\"\n[[clause]]\ncode = \"4.10\"\nname = \"Adults\"\n";
    Vocabulary::parse("vocabulary.toml", &format!("{first}\n{clauses}")).unwrap()
}

fn resting_on(clause: &str, vocabulary: &Vocabulary) -> Result<PolicySet, PolicyError> {
    let text = file(TWO_FORCES).replacen("why", &format!("clause = {clause}\nwhy"), 1);
    PolicySet::compile("rules.toml", &text, vocabulary)
}

#[test]
fn a_rule_names_the_clauses_it_rests_on() {
    let vocabulary = with_clauses();

    let set = resting_on(r#"["4.1", "4.10"]"#, &vocabulary).unwrap();

    let rule = set.rules().rules.first();
    assert!(rule.is_none_or(|rule| rule.id.as_str() != "A-1"));
    assert!(
        set.plain_english()
            .contains("Agreement, clauses 4.1, 4.10.")
    );
    assert!(resting_on("\"4.1\"", &vocabulary).is_ok());
}

#[test]
fn refuses_a_clause_that_the_agreement_does_not_have() {
    let vocabulary = with_clauses();

    let error = resting_on("\"4.2\"", &vocabulary).unwrap_err().to_string();

    assert!(error.contains("rules.toml:10:10: `4.2`"), "{error}");
    assert!(error.contains("allowed: 4.1, 4.10"), "{error}");
    assert!(resting_on("4.1", &vocabulary).is_err());
}

#[test]
fn every_rule_keeps_its_place() {
    let rules = parse_rules("rules.toml", &file(TWO_FORCES), vocabulary()).unwrap();

    let place = |id: &str| {
        rules
            .place(&RuleId::new(id).unwrap())
            .map(|place| (place.line, place.column))
    };
    assert_eq!(place("A-1"), Some((6, 6)));
    assert_eq!(place("C-1"), Some((13, 6)));
    assert_eq!(place("X-9"), None);
}
