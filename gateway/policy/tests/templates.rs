//! Every template in `policies/`: its cases hold, Casbin agrees, and what is generated is current.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

use stile_model::id::Code;
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use stile_policy::{Cases, Depth, PolicySet, Severity, TestReport, analyse, lint, parse_rules};

const KINDS: [&str; 9] = [
    "adult_social_care",
    "domestic_abuse_service",
    "education",
    "health",
    "housing",
    "police",
    "probation",
    "social_care",
    "youth_justice",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
}

fn read(path: &str) -> String {
    fs::read_to_string(folder().join(path))
        .unwrap_or_else(|error| panic!("policies/{path}: {error}"))
}

fn vocabulary() -> Vocabulary {
    Vocabulary::parse("policies/vocabulary.toml", &read("vocabulary.toml"))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn today() -> Date {
    Date::new(2026, 11, 22).unwrap()
}

fn activate(kind: &str) -> PolicySet {
    let name = format!("policies/{kind}/rules.toml");
    let code = Code::new(kind).unwrap();
    PolicySet::activate(
        &name,
        &read(&format!("{kind}/rules.toml")),
        &vocabulary(),
        &code,
        today(),
        7,
    )
    .unwrap_or_else(|error| panic!("{error}"))
}

/// What is generated must be what is committed; `STILE_REGENERATE=1` writes it instead.
fn is_current(path: &str, text: &str) {
    let file = folder().join(path);
    if std::env::var_os("STILE_REGENERATE").is_some() {
        fs::write(&file, text).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == text,
        "policies/{path} is not current; run STILE_REGENERATE=1 cargo test -p stile-policy"
    );
}

fn holds(kind: &str) {
    let set = activate(kind);

    let name = format!("policies/{kind}/cases.toml");
    let cases = Cases::parse(&name, &read(&format!("{kind}/cases.toml")), &vocabulary())
        .unwrap_or_else(|error| panic!("{error}"));
    cases
        .check(&set, &vocabulary(), today())
        .unwrap_or_else(|error| panic!("{error}"));

    is_current(&format!("{kind}/model.conf"), set.casbin_model());
    is_current(&format!("{kind}/policy.csv"), set.casbin_csv());
    is_current(&format!("{kind}/README.md"), set.plain_english());
}

#[test]
fn every_kind_of_agency_has_a_template() {
    let mut kinds: Vec<String> = vocabulary()
        .agencies
        .iter()
        .map(|agency| agency.kind.to_string())
        .collect();
    kinds.sort();

    assert_eq!(kinds, KINDS);
}

#[test]
fn the_adult_social_care_template_holds() {
    holds("adult_social_care");
}

#[test]
fn the_domestic_abuse_service_template_holds() {
    holds("domestic_abuse_service");
}

#[test]
fn the_education_template_holds() {
    holds("education");
}

#[test]
fn the_health_template_holds() {
    holds("health");
}

#[test]
fn the_housing_template_holds() {
    holds("housing");
}

#[test]
fn the_police_template_holds() {
    holds("police");
}

#[test]
fn the_probation_template_holds() {
    holds("probation");
}

#[test]
fn the_social_care_template_holds() {
    holds("social_care");
}

#[test]
fn the_youth_justice_template_holds() {
    holds("youth_justice");
}

#[test]
fn a_template_is_refused_for_another_kind_of_agency() {
    let text = read("police/rules.toml");
    let health = Code::new("health").unwrap();

    let error =
        PolicySet::activate("rules.toml", &text, &vocabulary(), &health, today(), 7).unwrap_err();

    assert_eq!(
        error.to_string(),
        "`rules.toml` holds rules for `police`, but this agency is of kind `health`"
    );
}

/// Who learns of a hit that must not be shown to exist: the role of the kind of agency, unless the
/// category has a row of its own.
const ALERTED: [(&str, &str); 19] = [
    ("adult_social_care", "safeguarding_adults_manager"),
    ("domestic_abuse_service", "domestic_abuse_service_manager"),
    ("domestic_abuse_service.accommodation", "refuge_manager"),
    ("education", "designated_safeguarding_lead"),
    ("health", "caldicott_guardian"),
    ("health.drug_treatment", "named_doctor"),
    ("health.s_flag", "named_nurse"),
    ("housing", "housing_safeguarding_lead"),
    ("housing.refuge", "domestic_abuse_coordinator"),
    ("police", "detective_inspector"),
    ("police.covert_source", "intelligence_manager"),
    ("police.intelligence_conditions", "intelligence_manager"),
    ("police.live_investigation", "disclosure_officer"),
    ("probation", "senior_probation_officer"),
    ("probation.victim_contact", "victim_liaison_manager"),
    ("social_care", "principal_social_worker"),
    ("social_care.adoption", "adoption_manager"),
    ("youth_justice", "yot_manager"),
    ("youth_justice.victim", "restorative_justice_lead"),
];

#[test]
fn a_sealed_hit_in_each_category_alerts_the_role_meant_for_it_and_nobody_of_another_agency() {
    let vocabulary = vocabulary();
    let role_of = |word: &str| {
        let row = ALERTED.iter().find(|(own, _)| *own == word);
        row.map(|(_, role)| *role)
    };
    for kind in KINDS {
        let set = activate(kind);
        for category in &vocabulary.categories {
            let meant = role_of(category.id.as_str()).or_else(|| role_of(kind));
            let meant = meant.filter(|_| category.id.agency_kind() == kind);
            let told = set.sealed_contact(&category.id).map(Code::as_str);
            assert_eq!(told, meant, "{} of {kind}", category.id);
        }
    }
    for (own, _) in ALERTED {
        let mut categories = vocabulary.categories.iter();
        let known = KINDS.contains(&own) || categories.any(|one| one.id.as_str() == own);
        assert!(known, "`{own}` is in no template");
    }
}

/// Fewest small changes of single rules that the cases of a template notice, in per cent.
const NOTICED: f64 = 98.0;

/// What the cases of a template prove.
fn proves(kind: &str) {
    let name = format!("policies/{kind}/cases.toml");
    let cases = Cases::parse(&name, &read(&format!("{kind}/cases.toml")), &vocabulary())
        .unwrap_or_else(|error| panic!("{error}"));
    let report = TestReport::of(
        &activate(kind),
        &vocabulary(),
        &cases,
        today(),
        Depth::Mutations,
        &mut |_, _| {},
    );

    let idle = [&report.coverage.applied_only, &report.coverage.untouched];
    assert!(
        idle.iter().all(|rules| rules.is_empty()),
        "{kind}: no case needs {idle:?}"
    );
    let mutation = report.mutation.unwrap();
    let noticed = mutation.by_cases();
    assert!(
        noticed >= NOTICED,
        "{kind}: the cases notice {noticed:.1} %, fewer than {NOTICED}\n{}",
        mutation.plain_english()
    );
    assert_eq!(
        mutation.noticed_by_either, mutation.changes,
        "{kind}: a change that neither cases nor boundary questions notice"
    );
    assert!(mutation.changes > 100, "{kind}: only {}", mutation.changes);
}

#[test]
fn the_cases_of_police_social_care_and_health_notice_nearly_every_small_change() {
    ["police", "social_care", "health"]
        .into_iter()
        .for_each(proves);
}

#[test]
fn the_cases_of_education_housing_and_probation_notice_nearly_every_small_change() {
    ["education", "housing", "probation"]
        .into_iter()
        .for_each(proves);
}

#[test]
fn the_cases_of_the_other_templates_notice_nearly_every_small_change() {
    [
        "adult_social_care",
        "domestic_abuse_service",
        "youth_justice",
    ]
    .into_iter()
    .for_each(proves);
}

#[test]
fn no_template_gives_cause_for_an_error_or_a_warning() {
    let mut doubts = Vec::new();
    for kind in KINDS {
        let name = format!("policies/{kind}/rules.toml");
        let rules = parse_rules(&name, &read(&format!("{kind}/rules.toml")), &vocabulary())
            .unwrap_or_else(|error| panic!("{error}"));
        let mut found = lint(&rules, &vocabulary(), today());
        found.extend(analyse(&activate(kind), &vocabulary(), today()).findings);
        let serious = found
            .into_iter()
            .filter(|finding| finding.severity != Severity::Note);
        doubts.extend(
            serious.map(|finding| format!("{kind}: {}: {}", finding.code, finding.message)),
        );
    }

    assert!(doubts.is_empty(), "{}", doubts.join("\n"));
}
