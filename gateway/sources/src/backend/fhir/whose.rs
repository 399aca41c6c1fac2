//! Whose a resource is, by the references that it holds (FHIR R4 §2.3.0, References).
//!
//! ```text
//! Patient/p1, https://…/Patient/p1, Patient/p1/_history/4   the patient `p1`
//! Group/g1, or another type in `type`                       somebody or something else
//! an identifier alone, urn:uuid:…, #contained               not known
//! ```

use serde_json::Value;

use super::flat::{each, is, is_void};
use super::search;
use crate::backend::Fault;
use crate::backend::web::refused;
use crate::query::About;

/// Where a reference leads.
#[derive(Debug, PartialEq, Eq)]
enum Whose {
    Other,
    Patient(String),
    Unknown,
}

/// The ids of the patients whom a resource is about, each once.
pub(super) fn patients(resource: &Value) -> Vec<String> {
    let mut ids = Vec::new();
    for reference in references(resource) {
        if let Whose::Patient(id) = whose(reference)
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    ids
}

/// Makes sure that it is known of every resource of the type asked about whether it is the person's:
/// one whose reference was not understood must not be left out without a word.
///
/// # Errors
///
/// When of one of them it is not known.
pub(super) fn understood(resources: &[Value], about: &About) -> Result<(), Fault> {
    let About::Records { table, person } = about else {
        return Ok(());
    };
    let Some(kind) = search::kind(table) else {
        return Ok(());
    };
    let is_unclear = |resource: &Value| {
        let all: Vec<Whose> = references(resource).into_iter().map(whose).collect();
        let mut patients = all.iter();
        let is_theirs = patients.any(|one| matches!(one, Whose::Patient(id) if id == person));
        !is_theirs && (all.is_empty() || all.contains(&Whose::Unknown))
    };
    let mut asked = resources
        .iter()
        .filter(|resource| is(resource, kind) && !is_void(resource));
    if asked.any(is_unclear) {
        return Err(refused(UNCLEAR));
    }
    Ok(())
}

const UNCLEAR: &str = "a resource that does not say by a patient's id whose it is";

/// The references that say whose a resource is. An appointment has as many as there are participants.
fn references(resource: &Value) -> Vec<&Value> {
    if is(resource, "Appointment") {
        let participants = each(resource, "participant");
        return participants.filter_map(|one| one.get("actor")).collect();
    }
    resource.get("subject").into_iter().collect()
}

fn whose(reference: &Value) -> Whose {
    let text = |key| reference.get(key).and_then(Value::as_str);
    let by_address = text("reference").map_or(Whose::Unknown, referred);
    match (by_address, text("type")) {
        (Whose::Unknown, Some(kind)) if !kind.ends_with("Patient") => Whose::Other,
        (whose, _) => whose,
    }
}

fn referred(reference: &str) -> Whose {
    // A version of a resource is that resource, and its current version has been asked for.
    let address = reference
        .split_once("/_history/")
        .map_or(reference, |(address, _)| address);
    let Some((before, id)) = address.rsplit_once('/') else {
        return Whose::Unknown;
    };
    let kind = before.rsplit_once('/').map_or(before, |(_, kind)| kind);
    let is_kind = kind.starts_with(|sign: char| sign.is_ascii_uppercase())
        && kind.bytes().all(|byte| byte.is_ascii_alphabetic());
    // `Patient?identifier=…` is a search and no address.
    if address.contains('?') || !is_kind || !search::is_id(id) {
        return Whose::Unknown;
    }
    if kind == "Patient" {
        Whose::Patient(id.to_owned())
    } else {
        Whose::Other
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked() -> About {
        About::Records {
            table: "appointment".to_owned(),
            person: "baby".to_owned(),
        }
    }

    fn appointment(actors: &[Value]) -> Value {
        let participants: Vec<_> = actors.iter().map(|one| json!({ "actor": one })).collect();
        json!({ "resourceType": "Appointment", "status": "booked", "participant": participants })
    }

    #[test]
    fn a_reference_leads_to_a_patient_to_something_else_or_nobody_knows_where() {
        let patient = || Whose::Patient("a-1.b".to_owned());
        for (reference, expected) in [
            (json!({ "reference": "Patient/a-1.b" }), patient()),
            (
                json!({ "reference": "Patient/a-1.b/_history/4" }),
                patient(),
            ),
            (
                json!({ "reference": "https://fhir.example/R4/Patient/a-1.b/_history/4" }),
                patient(),
            ),
            (json!({ "reference": "Group/a-1.b" }), Whose::Other),
            (
                json!({ "type": "Group", "identifier": { "value": "7" } }),
                Whose::Other,
            ),
            (
                json!({ "reference": "urn:uuid:7", "type": "Practitioner" }),
                Whose::Other,
            ),
            (
                json!({ "type": "Patient", "identifier": { "value": "7" } }),
                Whose::Unknown,
            ),
            (json!({ "identifier": { "value": "7" } }), Whose::Unknown),
            (json!({ "reference": "#contained" }), Whose::Unknown),
            (json!({ "reference": "urn:uuid:7" }), Whose::Unknown),
            (
                json!({ "reference": "Patient?identifier=https://fhir.example/Group/7" }),
                Whose::Unknown,
            ),
            (json!({ "reference": "Patient/" }), Whose::Unknown),
            (json!({}), Whose::Unknown),
            (Value::Null, Whose::Unknown),
        ] {
            assert_eq!(whose(&reference), expected, "{reference}");
        }
    }

    #[test]
    fn an_appointment_is_of_every_patient_who_takes_part() {
        let mother = json!({ "reference": "Patient/mother" });
        let baby = json!({ "reference": "Patient/baby/_history/2" });
        let midwife = json!({ "reference": "Practitioner/p7" });

        let one = appointment(&[midwife, mother, baby.clone(), baby]);

        assert_eq!(patients(&one), ["mother", "baby"]);
        assert_eq!(understood(&[one], &asked()), Ok(()));
    }

    #[test]
    fn refuses_what_may_be_the_persons_and_does_not_say_so() {
        let by_number = json!({ "identifier": { "value": "9434765919" } });
        let mother = json!({ "reference": "Patient/mother" });
        let midwife = json!({ "reference": "Practitioner/p7" });
        let mut mistaken = appointment(&[]);
        mistaken["status"] = json!("entered-in-error");

        for (resource, is_clear) in [
            (appointment(std::slice::from_ref(&by_number)), false),
            (appointment(&[mother.clone(), by_number.clone()]), false),
            (appointment(&[]), false),
            // Somebody else's, or nobody's.
            (appointment(&[mother]), true),
            (appointment(&[midwife]), true),
            (mistaken, true),
            // Of another type than was asked for.
            (
                json!({ "resourceType": "Condition", "subject": by_number }),
                true,
            ),
        ] {
            let known = understood(std::slice::from_ref(&resource), &asked());

            assert_eq!(known.is_ok(), is_clear, "{resource}");
        }
    }
}
