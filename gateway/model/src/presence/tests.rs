use serde_json::{Value, json};

use super::*;

fn asked(forename: &str) -> PresenceRequest {
    serde_json::from_value(json!({
        "version": 1,
        "id": "5f0c2f7f8f7a4a1e9d0b3c6a7e214d58",
        "agency": "north-police",
        "hub": "north-hub",
        "case_tag": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "purpose": "s47_enquiry",
        "basis": { "state": "not_sought", "override_reason": "risk_of_harm" },
        "issued_at": "2026-05-09T10:00:00.000Z",
        "expires_at": "2026-05-09T10:05:00.000Z",
        "form": { "asked": { "subject": {
            "id": "s1",
            "role": "child",
            "names": [{ "forenames": forename, "surname": "Testwood", "kind": "current" }],
        } } },
        "pad": "",
    }))
    .unwrap()
}

fn answer(form: PresenceAnswerForm) -> PresenceAnswer {
    let request = asked("Mali");
    PresenceAnswer {
        version: 1,
        id: request.id,
        request_digest: request.case_tag,
        agency: request.agency,
        issued_at: request.issued_at,
        form,
        pad: String::new(),
    }
}

#[test]
fn requests_of_one_form_have_one_length_whoever_is_asked_about() {
    for forename in ["Al", "Alexandrina Victoria"] {
        let bytes = asked(forename).to_padded_json().unwrap();

        assert_eq!(bytes.len(), ASKED_REQUEST_BYTES);
        let read: PresenceRequest = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read.form, asked(forename).form);
    }
    let blind = PresenceRequest {
        form: PresenceForm::Blind {
            epoch: 7,
            recipe: 1,
            normaliser: 1,
            elements: vec![Element::from_bytes([9; 32]); 64],
        },
        ..asked("Al")
    };
    assert_eq!(blind.to_padded_json().unwrap().len(), BLIND_REQUEST_BYTES);
}

#[test]
fn answers_have_one_length_whatever_they_say() {
    let evaluated = vec![Element::from_bytes([9; 32]); 64];
    for form in [
        PresenceAnswerForm::Asked { may_know: true },
        PresenceAnswerForm::Asked { may_know: false },
        PresenceAnswerForm::Blind {
            epoch: u32::MAX,
            evaluated,
        },
    ] {
        let bytes = answer(form).to_padded_json().unwrap();

        assert_eq!(bytes.len(), ANSWER_BYTES);
    }
}

#[test]
fn what_does_not_fit_its_length_is_not_written() {
    let long = "x".repeat(ASKED_REQUEST_BYTES);

    assert_eq!(asked(&long).to_padded_json(), None);
}

#[test]
fn rejects_an_element_that_is_not_32_bytes_in_its_one_spelling() {
    let good = String::from(Element::from_bytes([7; 32]));
    assert_eq!(good.len(), 44);
    assert!(Element::try_from(good.clone()).is_ok());
    for bad in [
        "",
        "AAAA",
        &good.replace('=', ""),
        &format!("{good}A"),
        &good.replace('B', "-"),
        &BASE64.encode(&[7; 33]),
    ] {
        let read: Result<Element, _> = serde_json::from_value(Value::from(bad));
        assert!(read.is_err(), "{bad}");
    }
}

#[test]
fn rejects_keys_that_are_not_documented() {
    let mut value = serde_json::to_value(asked("Mali")).unwrap();
    value["more"] = json!(1);
    assert!(serde_json::from_value::<PresenceRequest>(value).is_err());

    let mut value = serde_json::to_value(asked("Mali")).unwrap();
    value["form"] = json!({"blind": {"epoch": 1, "recipe": 1, "normaliser": 1}});
    assert!(serde_json::from_value::<PresenceRequest>(value).is_err());
}

#[test]
fn debug_withholds_the_person() {
    assert!(!format!("{:?}", asked("Mali")).contains("Mali"));
}
