//! The published documents: current, whole, and in agreement with the reference of problems.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;
use stile_exchange::enrol::ENROLMENT_DOCUMENT;
use stile_exchange::{agency, hub};

use crate::schema::resolve;

fn documents() -> [(&'static str, &'static str); 4] {
    [
        ("agency", &agency::routes::PEOPLE_DOCUMENT),
        ("hub", &hub::routes::PEOPLE_DOCUMENT),
        ("hub_peer", &hub::routes::PEER_DOCUMENT),
        ("peer", &agency::routes::PEER_DOCUMENT),
    ]
}

/// The face at which nobody shows a certificate.
fn open_document() -> (&'static str, &'static str) {
    ("enrolment", &ENROLMENT_DOCUMENT)
}

fn parsed() -> impl Iterator<Item = (&'static str, Value)> {
    let documents = documents().into_iter();
    documents.map(|(name, text)| (name, serde_json::from_str(text).unwrap()))
}

fn reference(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference")
        .join(path)
}

/// Calls `each` with every value inside `value`, itself included.
fn walk<'a>(value: &'a Value, each: &mut impl FnMut(&'a Value)) {
    each(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, each)),
        Value::Object(object) => object.values().for_each(|item| walk(item, each)),
        _ => {}
    }
}

/// Every operation: its name for messages, its path, itself.
fn operations(name: &str, document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| {
            (
                format!("{name}: {method} {path}"),
                path.clone(),
                operation.clone(),
            )
        })
    });
    all.collect()
}

/// The codes named in the description of a response.
fn codes(description: &str) -> BTreeSet<String> {
    let words = description.split('`').skip(1).step_by(2);
    words.map(ToOwned::to_owned).collect()
}

/// Code and status in each row of one numbered section of the reference.
fn listed(sections: &[&str]) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(reference("problems.md")).unwrap();
    let chosen = text
        .split("\n## ")
        .filter(|part| sections.iter().any(|number| part.starts_with(number)));
    let rows = chosen
        .flat_map(str::lines)
        .filter(|line| line.starts_with("| `"));
    let rows = rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        (cells[1].trim_matches('`').to_owned(), cells[2].to_owned())
    });
    rows.collect()
}

/// What is generated must be what is committed; `STILE_REGENERATE=1` writes it instead.
#[test]
fn generated_documents_are_current() {
    for (name, text) in documents().into_iter().chain([open_document()]) {
        let file = reference(&format!("openapi/{name}.json"));
        if std::env::var_os("STILE_REGENERATE").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, text).unwrap();
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            committed == text,
            "docs/reference/openapi/{name}.json is not current; run \
             STILE_REGENERATE=1 cargo test -p stile-exchange"
        );
    }
}

#[test]
fn every_document_is_openapi_3_1_with_a_certificate_on_every_address() {
    for (name, document) in parsed() {
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        assert!(!document["info"]["title"].as_str().unwrap().is_empty());
        assert!(!document["info"]["version"].as_str().unwrap().is_empty());
        assert!(document["security"][0]["certificate"].is_array(), "{name}");
        let scheme = &document["components"]["securitySchemes"]["certificate"];
        assert_eq!(scheme["type"], "mutualTLS", "{name}");
        for (at, _, operation) in operations(name, &document) {
            assert!(operation.get("security").is_none(), "{at} is open");
        }
    }
}

#[test]
fn the_door_without_a_certificate_has_one_address_and_its_refusals_are_in_the_reference() {
    let document: Value = serde_json::from_str(open_document().1).unwrap();
    let listed = listed(&["1.", "4.", "12."]);

    assert!(document.get("security").is_none());
    let of_all = operations("enrolment", &document);
    let [(at, path, operation)] = of_all.as_slice() else {
        panic!("{} addresses", of_all.len());
    };
    assert_eq!(path, "/v1/enrolments");
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let schema = resolve(&document, &schema["$ref"]);
    assert_eq!(schema["additionalProperties"], false, "{at}");
    let mut met = BTreeSet::new();
    for (status, response) in operation["responses"].as_object().unwrap() {
        for code in codes(response["description"].as_str().unwrap()) {
            assert_eq!(listed.get(&code), Some(status), "{at}: `{code}`");
            met.insert(code);
        }
    }
    for code in [
        "request_refused",
        "token_refused",
        "token_spent",
        "too_many_attempts",
    ] {
        assert!(met.contains(code), "{code}");
    }
}

#[test]
fn every_operation_has_a_name_a_summary_and_answers() {
    for (name, document) in parsed() {
        let operations = operations(name, &document);
        assert!(operations.len() >= 4, "{name}");
        let names: BTreeSet<_> = operations
            .iter()
            .map(|(_, _, operation)| operation["operationId"].to_string())
            .collect();
        assert_eq!(names.len(), operations.len(), "{name}: two share a name");
        for (at, _, operation) in operations {
            assert!(operation["summary"].is_string(), "{at}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{at}"
            );
            assert!(responses.contains_key("403"), "{at}");
            assert!(responses.contains_key("500"), "{at}");
        }
    }
}

#[test]
fn every_variable_of_an_address_is_a_required_parameter_with_a_shape() {
    for (name, document) in parsed() {
        for (at, path, operation) in operations(name, &document) {
            let parameters = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let of_path: BTreeSet<_> = parameters
                .iter()
                .filter(|one| one["in"] == "path")
                .map(|one| one["name"].as_str().unwrap())
                .collect();
            let wanted: BTreeSet<_> = path.split(['{', '}']).skip(1).step_by(2).collect();
            assert_eq!(of_path, wanted, "{at}");
            for one in &parameters {
                assert!(one["description"].is_string(), "{at} {}", one["name"]);
                assert!(one["schema"].is_object(), "{at} {}", one["name"]);
                let always = ["epoch", "origin", "purpose"].map(Value::from);
                let needed = one["in"] == "path" || always.contains(&one["name"]);
                assert_eq!(one["required"], needed, "{at} {}", one["name"]);
            }
        }
    }
}

#[test]
fn every_reference_resolves_and_every_schema_is_used_or_signed() {
    for (name, document) in parsed() {
        let mut used = BTreeSet::new();
        walk(&document, &mut |value| {
            if let Some(reference) = value.get("$ref") {
                assert!(resolve(&document, reference).is_object(), "{name}");
                used.insert(
                    reference
                        .as_str()
                        .unwrap()
                        .rsplit('/')
                        .next()
                        .unwrap()
                        .to_owned(),
                );
            }
        });
        let payloads = [
            "Enquiry",
            "PresenceAnswer",
            "PresenceRequest",
            "PresenceSet",
            "Return",
        ]
        .map(ToOwned::to_owned);
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for schema in schemas.keys() {
            assert!(
                used.contains(schema) || payloads.contains(schema),
                "{name}: nothing speaks of `{schema}`"
            );
        }
    }
}

#[test]
fn every_key_is_described_and_no_description_holds_source_code_links() {
    for (name, document) in parsed() {
        walk(&document, &mut |value| {
            let description = value.get("description").and_then(Value::as_str);
            let description = description.unwrap_or_default();
            assert!(!description.contains("[`"), "{name}: {description}");
            let Some(properties) = value.get("properties").and_then(Value::as_object) else {
                return;
            };
            for (key, property) in properties {
                let tagged = key == "state" && property.get("enum").is_some();
                // The keys of an externally tagged choice are described one level up.
                let choice = properties.len() == 1 && value.get("description").is_some();
                let or_null = property["oneOf"][0]["description"].is_string();
                assert!(
                    property["description"].is_string() || or_null || tagged || choice,
                    "{name}: `{key}` is not described: {property}"
                );
            }
        });
    }
}

#[test]
fn bodies_that_people_and_peers_send_are_closed() {
    for (name, document) in parsed() {
        for (at, _, operation) in operations(name, &document) {
            let content = &operation["requestBody"]["content"];
            let Some(schema) = content.get("application/json") else {
                continue;
            };
            let schema = resolve(&document, &schema["schema"]["$ref"]);
            assert_eq!(schema["additionalProperties"], false, "{at}");
        }
    }
}

#[test]
fn refusals_are_problem_documents_whose_codes_and_statuses_are_in_the_reference() {
    let listed = listed(&[
        "1.", "2.", "3.", "4.", "5.", "6.", "7.", "8.", "9.", "10.", "11.", "12.",
    ]);
    for (name, document) in parsed() {
        for (at, _, operation) in operations(name, &document) {
            for (status, response) in operation["responses"].as_object().unwrap() {
                if status.as_str() < "400" {
                    continue;
                }
                if response["content"]["text/x.tlog.size"].is_object() {
                    // C2SP tlog-witness says what this refusal looks like.
                    continue;
                }
                let schema = &response["content"]["application/problem+json"]["schema"];
                assert_eq!(
                    schema["$ref"], "#/components/schemas/Problem",
                    "{at} {status}"
                );
                let codes = codes(response["description"].as_str().unwrap());
                assert!(!codes.is_empty(), "{at} {status}");
                for code in codes {
                    assert_eq!(listed.get(&code), Some(status), "{at}: `{code}`");
                }
            }
        }
    }
}

#[test]
fn every_problem_of_the_reference_can_be_met_somewhere() {
    // Not of one address: what no route answers.
    let mut met: BTreeSet<_> = ["method_not_allowed", "not_found"]
        .map(ToOwned::to_owned)
        .into();
    for (name, document) in parsed() {
        for (_, _, operation) in operations(name, &document) {
            for (_, response) in operation["responses"].as_object().unwrap() {
                met.extend(codes(response["description"].as_str().unwrap()));
            }
        }
    }

    for code in listed(&["1.", "2.", "3.", "4.", "6.", "7."]).keys() {
        assert!(met.contains(code), "no address is said to answer `{code}`");
    }
}
