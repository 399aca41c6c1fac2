//! Resources as rows of the fixed tables. What is not there, or of another form, is nothing held.

use serde_json::Value;

use super::whose;
use crate::mapping::place::FhirPlace;

type Row = Vec<Option<String>>;
/// What one resource has in a column.
type Reading = fn(&Value, &str) -> Option<String>;

/// The rows of one table that these resources give.
pub(super) fn rows(
    table: &str,
    columns: &[String],
    resources: &[Value],
    place: &FhirPlace,
) -> Vec<Row> {
    let people = || resources.iter().filter(|one| is(one, "Patient"));
    let records = |kind: &str, reading: Reading| records(kind, reading, columns, resources);
    match table {
        "patient" => people()
            .map(|patient| {
                let value = |column: &String| {
                    let system = place.identifiers.iter().find(|(c, _)| c.as_str() == column);
                    match system {
                        Some((_, system)) => identifier(patient, system),
                        None => person(patient, column),
                    }
                };
                columns.iter().map(value).collect()
            })
            .collect(),
        "patient_name" => people().flat_map(other_names).collect(),
        "appointment" => records("Appointment", appointment),
        "care_plan" => records("CarePlan", care_plan),
        "condition" => records("Condition", condition),
        "encounter" => records("Encounter", encounter),
        "flag" => records("Flag", common),
        "observation" => records("Observation", observation),
        _ => Vec::new(),
    }
}

/// Of each resource of a type one row for each patient whom it is about.
fn records(kind: &str, reading: Reading, columns: &[String], resources: &[Value]) -> Vec<Row> {
    let mut rows = Vec::new();
    for resource in resources {
        if !is(resource, kind) || is_void(resource) {
            continue;
        }
        for patient in whose::patients(resource) {
            let values = columns.iter().map(|column| match column.as_str() {
                "patient" => Some(patient.clone()),
                column => reading(resource, column),
            });
            rows.push(values.collect());
        }
    }
    rows
}

pub(super) fn is(resource: &Value, kind: &str) -> bool {
    resource.get("resourceType").and_then(Value::as_str) == Some(kind)
}

/// Does it say of itself that it should never have been written? Then it says nothing of anybody.
pub(super) fn is_void(resource: &Value) -> bool {
    const VOID: &str = "entered-in-error";
    let is = |held: Option<&Value>| held.and_then(Value::as_str) == Some(VOID);
    let verification = resource.get("verificationStatus");
    let mut codings = verification.into_iter().flat_map(|one| each(one, "coding"));
    is(resource.get("status")) || codings.any(|coding| is(coding.get("code")))
}

/// The text at a path of keys; of a list its first element.
fn text(value: &Value, path: &[&str]) -> Option<String> {
    let mut here = value;
    for key in path {
        here = here.get(key)?;
        if let Value::Array(all) = here {
            here = all.first()?;
        }
    }
    match here {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Every element of a list.
pub(super) fn each<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn joined(texts: impl Iterator<Item = String>, mark: &str) -> Option<String> {
    let texts: Vec<_> = texts.filter(|text| !text.trim().is_empty()).collect();
    (!texts.is_empty()).then(|| texts.join(mark))
}

/// A concept in words: its text, else the display, else the code.
fn words(concept: &Value) -> Option<String> {
    text(concept, &["text"])
        .or_else(|| text(concept, &["coding", "display"]))
        .or_else(|| text(concept, &["coding", "code"]))
}

fn concept(resource: &Value, key: &str) -> Option<String> {
    match resource.get(key)? {
        Value::Array(all) => joined(all.iter().filter_map(words), "; "),
        one => words(one),
    }
}

/// The code of a concept, for statuses.
fn code(resource: &Value, key: &str) -> Option<String> {
    text(resource, &[key, "coding", "code"])
}

/// `1` where the resource is marked restricted or very restricted.
fn restricted(resource: &Value) -> Option<String> {
    let meta = resource.get("meta")?;
    let marked = each(meta, "security")
        .any(|label| matches!(text(label, &["code"]).as_deref(), Some("R" | "V")));
    marked.then(|| "1".to_owned())
}

/// What every resource has.
fn common(resource: &Value, column: &str) -> Option<String> {
    match column {
        "id" => text(resource, &["id"]),
        "status" => text(resource, &["status"]),
        "category" => concept(resource, "category"),
        "code" => concept(resource, "code"),
        "description" => text(resource, &["description"]),
        "created" => text(resource, &["created"]),
        "start" => text(resource, &["period", "start"]),
        "end" => text(resource, &["period", "end"]),
        "restricted" => restricted(resource),
        _ => None,
    }
}

/// The name that a person goes by: not an old, maiden, nick or anonymous one, where there is another.
fn main_name(person: &Value) -> Option<&Value> {
    let rank = |name: &&Value| match text(name, &["use"]).as_deref() {
        Some("official") => 0,
        Some("usual") => 1,
        None => 2,
        Some("temp") => 3,
        Some(_) => 4,
    };
    each(person, "name")
        .filter(|name| name.get("family").is_some())
        .min_by_key(rank)
        .or_else(|| each(person, "name").next())
}

fn given(name: &Value) -> Option<String> {
    let words = each(name, "given")
        .filter_map(Value::as_str)
        .map(str::to_owned);
    joined(words, " ")
}

/// Where the person lives: not an old address, where there is another.
fn home(person: &Value) -> Option<&Value> {
    let rank = |place: &&Value| match text(place, &["use"]).as_deref() {
        Some("home") => 0,
        None => 1,
        Some("temp") => 2,
        Some("old") => 4,
        Some(_) => 3,
    };
    each(person, "address").min_by_key(rank)
}

fn phone(person: &Value) -> Option<String> {
    let mut telephones = each(person, "telecom").filter(|contact| {
        matches!(text(contact, &["system"]).as_deref(), Some("phone" | "sms"))
            && text(contact, &["use"]).as_deref() != Some("old")
    });
    telephones.find_map(|contact| text(contact, &["value"]))
}

fn person(patient: &Value, column: &str) -> Option<String> {
    match column {
        "family" => text(main_name(patient)?, &["family"]),
        "given" => given(main_name(patient)?),
        "birth_date" => text(patient, &["birthDate"]),
        "gender" => text(patient, &["gender"]),
        "line" => joined(
            each(home(patient)?, "line")
                .filter_map(Value::as_str)
                .map(str::to_owned),
            ", ",
        ),
        "city" => text(home(patient)?, &["city"]),
        "postcode" => text(home(patient)?, &["postalCode"]),
        "phone" => phone(patient),
        "organization" => text(patient, &["managingOrganization", "display"]),
        other => common(patient, other),
    }
}

fn identifier(patient: &Value, system: &str) -> Option<String> {
    let fits = |id: &&Value| {
        text(id, &["system"]).as_deref() == Some(system)
            && text(id, &["use"]).as_deref() != Some("old")
    };
    text(each(patient, "identifier").find(fits)?, &["value"])
}

/// Every other name: key, surname, forenames. One without a surname has the person's own.
fn other_names(patient: &Value) -> Vec<Row> {
    let own = main_name(patient);
    each(patient, "name")
        .filter(|name| own.is_none_or(|own| !std::ptr::eq(own, *name)))
        .map(|name| {
            let family = text(name, &["family"]).or_else(|| text(own?, &["family"]));
            let forenames = given(name).or_else(|| given(own?));
            vec![text(patient, &["id"]), family, forenames]
        })
        .collect()
}

fn appointment(resource: &Value, column: &str) -> Option<String> {
    match column {
        "service" => concept(resource, "serviceType"),
        "start" => text(resource, &["start"]),
        other => common(resource, other),
    }
}

fn care_plan(resource: &Value, column: &str) -> Option<String> {
    match column {
        "title" => text(resource, &["title"]),
        other => common(resource, other),
    }
}

fn condition(resource: &Value, column: &str) -> Option<String> {
    match column {
        "status" => code(resource, "clinicalStatus"),
        "verification" => code(resource, "verificationStatus"),
        "onset" => {
            text(resource, &["onsetDateTime"]).or_else(|| text(resource, &["onsetPeriod", "start"]))
        }
        "recorded" => text(resource, &["recordedDate"]),
        "note" => joined(
            each(resource, "note").filter_map(|note| text(note, &["text"])),
            "\n",
        ),
        other => common(resource, other),
    }
}

fn encounter(resource: &Value, column: &str) -> Option<String> {
    match column {
        "class" => {
            text(resource, &["class", "display"]).or_else(|| text(resource, &["class", "code"]))
        }
        "type" => concept(resource, "type"),
        "reason" => concept(resource, "reasonCode"),
        "provider" => text(resource, &["serviceProvider", "display"]),
        other => common(resource, other),
    }
}

fn observation(resource: &Value, column: &str) -> Option<String> {
    match column {
        "value" => value(resource),
        "effective" => text(resource, &["effectiveDateTime"])
            .or_else(|| text(resource, &["effectivePeriod", "start"])),
        "issued" => text(resource, &["issued"]),
        other => common(resource, other),
    }
}

/// A measured value with its unit, or what was found in words.
fn value(resource: &Value) -> Option<String> {
    if let Some(number) = text(resource, &["valueQuantity", "value"]) {
        let unit = text(resource, &["valueQuantity", "unit"]);
        return Some(unit.map_or(number.clone(), |unit| format!("{number} {unit}")));
    }
    text(resource, &["valueString"])
        .or_else(|| concept(resource, "valueCodeableConcept"))
        .or_else(|| text(resource, &["valueInteger"]))
        .or_else(|| text(resource, &["valueBoolean"]))
        .or_else(|| text(resource, &["valueDateTime"]))
}

#[cfg(test)]
pub(super) mod tests;
