use stile_model::code::{CategoryStatus, ConsentState};
use stile_model::digest::Digest;
use stile_model::enquiry::Enquiry;
use stile_model::id::Code;
use stile_model::returns::{Finding, Return, Withheld};
use stile_model::vocabulary::{AgencyKind, Unconfirmed, Vocabulary};

use super::{Decider, DecisionRecord, DecisionRequest, OfficerRole, Parties, RecordGap};
use crate::sample::{RULES, enquiry, set, vocabulary};

fn kind(code: &str) -> &'static AgencyKind {
    vocabulary().agency(&Code::new(code).unwrap()).unwrap()
}

fn parties(kind: &AgencyKind) -> Parties<'_> {
    Parties {
        requester: "Northshire Hub",
        holder: "Northshire Police",
        kind: Some(kind),
        agreement: "ISA 2026/4",
    }
}

fn request(enquiry: &Enquiry, code: &str) -> Result<DecisionRequest, Vec<RecordGap>> {
    DecisionRequest::of(enquiry, vocabulary(), &parties(kind(code)))
}

/// The police's form over a changed vocabulary.
fn over(from: &str, to: &str) -> Result<DecisionRequest, Vec<RecordGap>> {
    let text = include_str!("../../../../policies/vocabulary.toml");
    let at = text.find("code = \"s47_enquiry\"").unwrap();
    let changed = text[at..].replacen(from, to, 1);
    assert_ne!(changed, text[at..]);
    let text = format!("{}{changed}", &text[..at]);
    let vocabulary = Vocabulary::parse("vocabulary.toml", &text).unwrap();
    DecisionRequest::of(&enquiry(), &vocabulary, &parties(kind("police")))
}

#[test]
fn every_shipped_purpose_fills_the_form_for_every_kind_of_agency_or_is_for_competent_ones_alone() {
    for purpose in &vocabulary().purposes {
        for agency in &vocabulary().agencies {
            let mut enquiry = enquiry();
            enquiry.purpose = purpose.code.clone();

            let form = DecisionRequest::of(&enquiry, vocabulary(), &parties(agency));

            let barred = purpose.general.is_none() && agency.competent_authority.is_none();
            let what = format!("{} of {}", purpose.code, agency.kind);
            match form {
                Err(gaps) => {
                    assert!(barred, "{what}: {gaps:?}");
                    assert_eq!(gaps, [RecordGap::PartThree], "{what}");
                }
                Ok(form) => {
                    assert!(!barred, "{what}");
                    for text in [
                        &form.lawful_basis,
                        &form.condition,
                        &form.retention,
                        &form.organisation,
                        &form.held_by,
                        &form.agreement,
                        &form.purpose_name,
                        &form.requester.position,
                        &form.data[0].title,
                    ] {
                        assert!(!text.trim().is_empty(), "{what}: {form:?}");
                    }
                    assert!(!form.legal_power.is_empty() && !form.about.is_empty());
                    assert_eq!(form.part_3, form.competent_authority.is_some(), "{what}");
                }
            }
        }
    }
}

#[test]
fn an_agency_works_under_part_3_for_crime_and_under_the_general_law_for_section_47() {
    let mut crime = enquiry();
    crime.purpose = Code::new("crime_prevention").unwrap();

    let under = request(&crime, "police").unwrap();
    let general = request(&enquiry(), "police").unwrap();

    assert!(under.part_3 && under.condition.contains("Sch 8"));
    assert!(!general.part_3 && general.competent_authority.is_none());
    assert!(general.lawful_basis.contains("Art 6(1)"));
}

#[test]
fn the_record_repeats_that_counsel_has_to_confirm_a_competent_authority_where_it_rests_on_one() {
    let mut crime = enquiry();
    crime.purpose = Code::new("crime_prevention").unwrap();
    let open = |form: DecisionRequest| form.to_confirm;

    let under = open(request(&crime, "police").unwrap());
    let general = open(request(&enquiry(), "police").unwrap());

    for part in ["competent_authority", "condition", "lawful_basis", "part_3"] {
        assert!(under.iter().any(|one| one == part), "{part}: {under:?}");
    }
    assert!(!general.iter().any(|one| one == "competent_authority"));
}

#[test]
fn every_shipped_ground_that_counsel_has_not_settled_is_marked() {
    for purpose in &vocabulary().purposes {
        let grounds = || purpose.general.iter().chain(&purpose.law_enforcement);
        let marked = |part| purpose.to_confirm.contains(&part);
        let basis = grounds().any(|one| one.lawful_basis.contains("s.35"));
        let condition = grounds().any(|one| one.condition.contains("para 6"));
        assert!(
            !basis || marked(Unconfirmed::LawfulBasis),
            "{}",
            purpose.code
        );
        assert!(
            !condition || marked(Unconfirmed::Condition),
            "{}",
            purpose.code
        );
        let law = purpose.law_enforcement.is_some();
        assert!(!law || marked(Unconfirmed::PartThree), "{}", purpose.code);
    }
    for agency in &vocabulary().agencies {
        let marked = agency.to_confirm == [Unconfirmed::CompetentAuthority];
        assert_eq!(
            marked,
            agency.competent_authority.is_some(),
            "{}",
            agency.kind
        );
    }
}

#[test]
fn rejects_law_enforcement_asked_of_an_agency_that_is_no_competent_authority() {
    let mut crime = enquiry();
    crime.purpose = Code::new("crime_prevention").unwrap();

    assert_eq!(request(&crime, "health"), Err(vec![RecordGap::PartThree]));
}

#[test]
fn rejects_a_purpose_without_a_lawful_basis() {
    assert_eq!(
        over("general = {", "# {"),
        Err(vec![RecordGap::LawfulBasis])
    );
}

#[test]
fn rejects_a_purpose_that_does_not_say_how_long_it_is_kept() {
    assert_eq!(over("retention = ", "# "), Err(vec![RecordGap::Retention]));
}

#[test]
fn rejects_a_purpose_nobody_knows() {
    let mut enquiry = enquiry();
    enquiry.purpose = Code::new("curiosity").unwrap();

    assert_eq!(request(&enquiry, "police"), Err(vec![RecordGap::Purpose]));
}

#[test]
fn rejects_going_without_consent_for_no_reason_where_the_condition_wants_one() {
    let mut without = enquiry();
    without.consent.override_reason = None;
    assert_eq!(
        request(&without, "police"),
        Err(vec![RecordGap::WithoutConsent])
    );

    without.consent.state = ConsentState::Given;
    assert!(request(&without, "police").is_ok());

    without.consent.state = ConsentState::NotSought;
    without.purpose = Code::new("immediate_protection").unwrap();
    assert!(request(&without, "police").is_ok());
}

#[test]
fn rejects_a_request_without_data_or_without_a_word_why() {
    let mut nothing = enquiry();
    nothing.asks.clear();
    let mut no_word = enquiry();
    no_word.asks[0].necessity = "  ".into();

    assert_eq!(request(&nothing, "police"), Err(vec![RecordGap::Data]));
    assert_eq!(request(&no_word, "police"), Err(vec![RecordGap::Necessity]));
}

#[test]
fn rejects_parties_that_are_not_known_naming_every_field() {
    let nobody = Parties {
        requester: "",
        holder: " ",
        kind: None,
        agreement: "",
    };

    let gaps = DecisionRequest::of(&enquiry(), vocabulary(), &nobody).unwrap_err();

    assert_eq!(
        gaps,
        [
            RecordGap::Organisation,
            RecordGap::HeldBy,
            RecordGap::Agreement
        ]
    );
    assert_eq!(
        gaps[0].to_string(),
        "`organisation` (the partnership's directory names it)"
    );
}

#[test]
fn rejects_a_purpose_without_a_statute_or_a_condition() {
    let mut vocabulary = vocabulary().clone();
    for purpose in &mut vocabulary.purposes {
        purpose.legal_gateway.clear();
        if let Some(ground) = &mut purpose.general {
            ground.condition.clear();
        }
    }

    let gaps = DecisionRequest::of(&enquiry(), &vocabulary, &parties(kind("police")));

    assert_eq!(gaps, Err(vec![RecordGap::LegalPower, RecordGap::Condition]));
}

#[test]
fn the_record_names_decision_reasons_and_decider_and_nobody_asked_about() {
    let enquiry = enquiry();
    let answer = Return {
        v: 1,
        enquiry: enquiry.id,
        enquiry_digest: Digest::of(b"jws"),
        from: enquiry.to.clone(),
        to: enquiry.from.clone(),
        case: enquiry.case.clone(),
        n: 1,
        issued: enquiry.issued,
        policy: Digest::of(b"rules"),
        vocabulary: vocabulary().digest,
        subjects: Vec::new(),
        findings: vec![Finding {
            subject: "s1".parse().unwrap(),
            category: "police.domestic_incident".parse().unwrap(),
            status: CategoryStatus::Withheld,
            items: Vec::new(),
            withheld: vec![Withheld {
                field: "*".to_owned(),
                code: Code::new("no_rule").unwrap(),
            }],
            referred: None,
            capped: false,
        }],
        closed: Vec::new(),
        more: false,
    };
    let by = Decider::Person {
        by: vec![OfficerRole {
            user: "p.sharma".parse().unwrap(),
            role: Code::new("duty_safeguarding_sergeant").unwrap(),
            position: "Duty safeguarding sergeant".to_owned(),
        }],
        why: "It would endanger her".into(),
    };

    let form = request(&enquiry, "police").unwrap();
    let record = DecisionRecord::of(form, &answer, by, set(RULES).rules());

    let lines = record.lines().join("\n");
    for said in [
        "Organisation that asks: Northshire Hub (hub-northshire)",
        "Requested by: j.okafor (Hub researcher)",
        "necessary because: Recent incidents decide",
        "About: s1 (child), s2 (person_posing_risk)",
        "Lawful basis: UK GDPR Art 6(1)(c)",
        "Legal power: Children Act 1989 s.47(9)-(11)",
        "Law-enforcement processing (DPA 2018 Part 3): no",
        "Consent: not_sought; Obtaining consent would prejudice",
        "Kept: As the case",
        "Agreement: ISA 2026/4",
        "For counsel to confirm: lawful_basis",
        "police.domestic_incident of s1: withheld; * withheld: no_rule",
        "Decided by: p.sharma (Duty safeguarding sergeant)",
        "Reason given: It would endanger her",
    ] {
        assert!(lines.contains(said), "{said} in\n{lines}");
    }
    assert!(!lines.contains("Testwood") && !lines.contains("Mali"));
    assert!(!format!("{record:?}").contains("endanger"));
}
