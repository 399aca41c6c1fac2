use serde_json::json;

use super::*;

/// A server of which nothing is set but where it is.
pub(in crate::backend::fhir) fn place() -> FhirPlace {
    FhirPlace {
        base: "https://fhir.example".into(),
        roots: None,
        token_file: None,
        identifiers: Vec::new(),
    }
}

/// The columns of each row, with nothing as an empty text.
fn read(table: &str, columns: &[&str], resources: &[Value]) -> Vec<Vec<String>> {
    let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    let rows = rows(table, &columns, resources, &place());
    let shown =
        |row: Row| -> Vec<String> { row.into_iter().map(Option::unwrap_or_default).collect() };
    rows.into_iter().map(shown).collect()
}

#[test]
fn what_was_entered_in_error_is_no_row_of_any_table() {
    let own = json!({ "reference": "Patient/p1" });
    let mistaken = |kind: &str| {
        json!({
            "resourceType": kind, "id": "x1", "status": "entered-in-error", "subject": own,
            "participant": [{ "actor": own }],
        })
    };
    for (table, kind) in [
        ("appointment", "Appointment"),
        ("care_plan", "CarePlan"),
        ("encounter", "Encounter"),
        ("flag", "Flag"),
        ("observation", "Observation"),
    ] {
        let mut sound = mistaken(kind);
        sound["status"] = json!("final");
        sound["id"] = json!("x2");

        let rows = read(table, &["id", "patient"], &[mistaken(kind), sound]);

        assert_eq!(rows, [["x2", "p1"]], "{table}");
    }
}

#[test]
fn a_condition_that_any_coding_calls_an_error_is_no_row() {
    let condition = |id: &str, codes: &[&str]| {
        let codings: Vec<_> = codes.iter().map(|code| json!({ "code": code })).collect();
        json!({
            "resourceType": "Condition", "id": id, "subject": { "reference": "Patient/p1" },
            "verificationStatus": { "coding": codings },
        })
    };

    let rows = read(
        "condition",
        &["id", "verification"],
        &[
            condition("c1", &["local-7", "entered-in-error"]),
            condition("c2", &["confirmed"]),
            condition("c3", &[]),
        ],
    );

    assert_eq!(rows, [["c2", "confirmed"], ["c3", ""]]);
}

#[test]
fn an_appointment_of_two_patients_is_a_row_of_each() {
    let actor = |reference: &str| json!({ "actor": { "reference": reference } });
    let appointment = json!({
        "resourceType": "Appointment", "id": "a1", "status": "noshow",
        "participant": [
            actor("Practitioner/m7"),
            actor("https://fhir.example/Patient/mother"),
            actor("Patient/baby/_history/3"),
            { "type": [{ "text": "interpreter" }] },
        ],
    });

    let rows = read("appointment", &["id", "patient", "status"], &[appointment]);

    assert_eq!(rows, [["a1", "mother", "noshow"], ["a1", "baby", "noshow"]]);
}
