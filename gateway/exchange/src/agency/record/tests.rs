//! Tests of the decision record of a later return.

use stile_model::code::{CategoryStatus, ConsentState, Nature};
use stile_model::id::{CaseId, MemberId, SubjectId};
use stile_model::returns::{Finding, Item};
use stile_model::subject::Provenance;
use stile_policy::OfficerRole;
use stile_store::StoreError;

use super::*;
use crate::error::refuse;

fn request(organisation: &str) -> DecisionRequest {
    DecisionRequest {
        enquiry: EnquiryId::from_bytes([1; 16]),
        case: CaseId::new("MASH-2026-00417").unwrap(),
        organisation: organisation.to_owned(),
        member: MemberId::new("riverside-hub").unwrap(),
        requester: OfficerRole {
            user: UserId::new("a.researcher").unwrap(),
            role: Code::new("researcher").unwrap(),
            position: "Researcher".to_owned(),
        },
        authoriser: None,
        requested: Timestamp::from_millis(0),
        data: Vec::new(),
        about: Vec::new(),
        look_back_months: 24,
        held_by: "Police".to_owned(),
        purpose: Code::new("s47_enquiry").unwrap(),
        purpose_name: "Section 47 enquiry".to_owned(),
        lawful_basis: "UK GDPR Art 6(1)(e)".to_owned(),
        legal_power: Vec::new(),
        condition: "DPA 2018 Sch 1 para 18".to_owned(),
        part_3: false,
        competent_authority: None,
        consent: ConsentState::Given,
        without_consent: None,
        retention: "One year".to_owned(),
        agreement: "ISA 2026/4".to_owned(),
        to_confirm: Vec::new(),
    }
}

fn answer(items: Vec<Item>) -> Return {
    let finding = Finding {
        subject: SubjectId::new("s1").unwrap(),
        category: "police.domestic_incident".parse().unwrap(),
        status: CategoryStatus::Withheld,
        items,
        withheld: Vec::new(),
        referred: None,
        capped: false,
    };
    Return {
        v: 1,
        enquiry: EnquiryId::from_bytes([1; 16]),
        enquiry_digest: Digest::of(b"enquiry"),
        from: MemberId::new("riverside-police").unwrap(),
        to: MemberId::new("riverside-hub").unwrap(),
        case: CaseId::new("MASH-2026-00417").unwrap(),
        n: 2,
        issued: Timestamp::from_millis(0),
        policy: Digest::of(b"policy"),
        vocabulary: Digest::of(b"vocabulary"),
        subjects: Vec::new(),
        findings: vec![finding],
        closed: Vec::new(),
        more: false,
    }
}

fn item() -> Item {
    Item {
        reference: "R".to_owned(),
        provenance: Provenance {
            system: "Niche".to_owned(),
            author: Code::new("police_officer").unwrap(),
            nature: Nature::Fact,
            verification: Code::new("verified").unwrap(),
        },
        recorded: None,
        grading: None,
        handling: Vec::new(),
        fields: Vec::new(),
    }
}

fn first() -> DecisionRecord {
    DecisionRecord {
        request: request("as first filled"),
        n: 1,
        at: Timestamp::from_millis(0),
        decided: Vec::new(),
        by: Decider::Time,
        policy: Digest::of(b"policy"),
        reasons: Vec::new(),
    }
}

fn gone() -> Result<DecisionRequest, ExchangeError> {
    Err(refuse("decision_record_incomplete", 422, "lacks a basis"))
}

#[test]
fn the_form_is_filled_anew_or_is_that_of_the_first_decision() {
    let now = filled_or_first(Ok(request("as filled now")), &answer(vec![item()]), || {
        panic!("nothing to be looked up")
    });
    let then = filled_or_first(gone(), &answer(vec![item()]), || Ok(vec![first()]));

    assert_eq!(now.unwrap(), Some(request("as filled now")));
    assert_eq!(then.unwrap(), Some(request("as first filled")));
}

#[test]
fn a_store_that_cannot_be_read_is_no_missing_form() {
    for items in [Vec::new(), vec![item()]] {
        let read = filled_or_first(gone(), &answer(items), || {
            Err(StoreError::AlreadyThere(Tree::Returns).into())
        });

        assert!(
            matches!(read, Err(ExchangeError::Unrecorded(_))),
            "{read:?}"
        );
    }
}

#[test]
fn where_the_form_is_gone_no_record_leaves_and_that_nothing_does_may_be_told() {
    let with = filled_or_first(gone(), &answer(vec![item()]), || Ok(Vec::new()));
    let without = filled_or_first(gone(), &answer(Vec::new()), || Ok(Vec::new()));

    let refused = with.unwrap_err().problem();
    assert_eq!(refused.code(), "decision_record_incomplete");
    assert_eq!(without.unwrap(), None);
}
