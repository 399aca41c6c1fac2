//! A FHIR server as a source. The server here is our own and small: it keeps resources in the forms
//! of HL7's examples and answers the searches that the specification defines for them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use stile_model::id::{CategoryId, Code};
use stile_model::redact::Redacted;
use stile_model::subject::{CandidateQuery, Own, PersonRow, Value as Held};
use stile_sources::{Limits, Source, SourceError, SourceMapping};
use tokio::net::TcpListener;
use tokio::sync::Barrier;

use crate::faults::{comes_back_by_itself, cool_down, is_left_alone};
use crate::served::{Call, Certified, Ill, Moody};
use crate::world::{known, vocabulary};

const MAPPING: &str = r#"
[source.ehr]
kind = "fhir"
base = "{base}"
{roots}
token_file = "{secret}"
system = "EHR"
identifier_systems = { nhs_number = "https://fhir.nhs.uk/Id/nhs-number" }
[source.ehr.person]
table = "patient"
key = "id"
forename = "given"
surname = "family"
dob = "birth_date"
sex = "gender"
address = ["line", "city"]
postcode = "postcode"
phone = "phone"
protected = "restricted"
identifiers = { nhs_number = "nhs_number" }
aliases = { table = "patient_name", subject = "patient", surname = "family", forename = "given" }
[source.ehr.category."health.registration"]
table = "condition"
key = "id"
subject = "patient"
ended = "onset"
recorded = "recorded"
sealed = "restricted"
fields = { practice = "code" }
provenance = { author = "clinician", nature = "fact", verification = "verified" }
"#;

fn category() -> CategoryId {
    CategoryId::new("health.registration").unwrap()
}

/// What the server gives beside what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    Astray,
    Contradicts,
    Cut,
    Elsewhere,
    Endless,
    NoBundle,
    Outcome,
    Renewed,
    Twice,
}

async fn served() -> Moody<Mood> {
    Moody::serving(None, Mood::Well, answer).await
}

fn mapping(world: &Moody<Mood>) -> SourceMapping {
    world.read(MAPPING, "/R4", "hunter2\n")
}

async fn source(world: &Moody<Mood>) -> Source {
    world.connect(&mapping(world)).await.unwrap()
}

fn answer(origin: &str, call: &Call, mood: Mood) -> (u16, String) {
    let base = &format!("{origin}/R4");
    let is = |wanted: Mood| mood == wanted;
    let reply = |status: u16, body: String| (status, body);
    if is(Mood::NoBundle) {
        return reply(
            200,
            json!({ "resourceType": "Patient", "id": "p1" }).to_string(),
        );
    }
    if is(Mood::Outcome) {
        let issue = json!([{ "severity": "error", "diagnostics": "no such patient Testwood" }]);
        let outcome = json!({ "resourceType": "OperationOutcome", "issue": issue });
        return reply(200, outcome.to_string());
    }
    let (method, uri) = call.line.split_once(' ').unwrap();
    let uri: hyper::Uri = uri.parse().unwrap();
    if uri.path() == "/R4/metadata" {
        let said = json!({ "resourceType": "CapabilityStatement", "fhirVersion": "4.0.1" });
        return reply(200, said.to_string());
    }
    // A next page is the search again with an offset, as many servers do it.
    let (kind, form) = if method == "POST" {
        let kind = uri
            .path()
            .strip_prefix("/R4/")
            .unwrap()
            .strip_suffix("/_search")
            .unwrap();
        (kind.to_owned(), call.body.clone())
    } else {
        let kind = uri.path().strip_prefix("/R4/next/").unwrap();
        (kind.to_owned(), uri.query().unwrap().to_owned())
    };
    let mut asked: HashMap<String, String> = form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect();
    let offset: usize = asked
        .remove("offset")
        .map_or(0, |text| text.parse().unwrap());
    let found: Vec<Value> = resources()
        .into_iter()
        .filter(|resource| resource["resourceType"] == kind.as_str() && fits(resource, &asked))
        .flat_map(|resource| versions(resource, mood))
        .collect();
    let page: Vec<Value> = found.iter().skip(offset).take(2).cloned().collect();
    let mut links = vec![json!({ "relation": "self", "url": format!("{base}/{kind}") })];
    if is(Mood::Astray) {
        links.push(json!({ "relation": "next", "url": { "href": base } }));
    } else if offset + 2 < found.len() || is(Mood::Endless) || is(Mood::Elsewhere) {
        let offset = if is(Mood::Endless) { 0 } else { offset + 2 };
        let base = if is(Mood::Elsewhere) {
            "http://127.0.0.1:1/R4"
        } else {
            base
        };
        let url = format!("{base}/next/{kind}?{form}&offset={offset}");
        links.push(json!({ "relation": "next", "url": url }));
    }
    let entry: Vec<_> = page
        .into_iter()
        .map(|resource| json!({ "resource": resource }))
        .collect();
    // What it leaves out of its list it counts.
    let total = found.len() + usize::from(is(Mood::Cut));
    let bundle = json!({
        "resourceType": "Bundle", "type": "searchset", "total": total, "link": links, "entry": entry,
    });
    reply(200, bundle.to_string())
}

/// A resource as often as the server gives it, the older version first.
fn versions(resource: Value, mood: Mood) -> Vec<Value> {
    let version = |text: &str, updated: Option<&str>| {
        let mut one = resource.clone();
        one["code"] = json!({ "text": text });
        if let Some(updated) = updated {
            one["meta"]["lastUpdated"] = json!(updated);
        }
        one
    };
    match mood {
        Mood::Contradicts => vec![version("One", None), version("Other", None)],
        Mood::Renewed => vec![
            version("Older", Some("2026-02-01T10:30:00+01:00")),
            version("Newer", Some("2026-02-01T10:00:00Z")),
        ],
        Mood::Twice => vec![resource.clone(), resource],
        _ => vec![resource],
    }
}

/// The search parameters of R4 that we send, as the specification defines them.
fn fits(resource: &Value, asked: &HashMap<String, String>) -> bool {
    let any = |value: &str, test: &dyn Fn(&str) -> bool| value.split(',').any(test);
    asked.iter().all(|(name, value)| match name.as_str() {
        "_id" => any(value, &|id| resource["id"] == id),
        // `patient` is too generous on purpose: what is of somebody else must not come through.
        "_count" | "patient" => true,
        "birthdate" => any(value, &|day| resource["birthDate"] == day),
        "address-postalcode" => any(value, &|code| resource["address"][0]["postalCode"] == code),
        "phone" => any(value, &|phone| resource["telecom"][0]["value"] == phone),
        "identifier" => any(value, &|token| {
            let (system, value) = token.split_once('|').unwrap();
            let ids = resource["identifier"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            ids.iter()
                .any(|id| id["system"] == system && id["value"] == value)
        }),
        "family" | "given" => {
            let names = resource["name"].as_array().cloned().unwrap_or_default();
            any(value, &|start| {
                names.iter().any(|held| {
                    let held = held[name.as_str()].to_string().to_lowercase();
                    held.contains(&start.to_lowercase())
                })
            })
        }
        other => panic!("{other} is no parameter that this server knows"),
    })
}

fn resources() -> Vec<Value> {
    let condition = |id: &str, patient: &str, onset: Value, more: Value| {
        let mut condition = json!({
            "resourceType": "Condition", "id": id,
            "clinicalStatus": { "coding": [{ "code": "active" }] },
            "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "39065001", "display": "Burn of ear" }] },
            "subject": { "reference": format!("Patient/{patient}") },
        });
        condition["onsetDateTime"] = onset;
        for (key, value) in more.as_object().unwrap() {
            condition[key] = value.clone();
        }
        condition
    };
    vec![
        json!({
            "resourceType": "Patient", "id": "p1",
            "identifier": [
                { "use": "usual", "system": "urn:oid:1.2.36.146.595.217.0.1", "value": "12345" },
                { "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919" },
            ],
            "name": [
                { "use": "maiden", "family": "Windsor", "given": ["Mali"] },
                { "use": "official", "family": "TESTWOOD", "given": ["Mali", "Ann"] },
                { "use": "usual", "given": ["Mal"] },
            ],
            "telecom": [{ "system": "phone", "value": "020 7946 0001" }],
            "gender": "female", "birthDate": "2018-05-09",
            "address": [{ "use": "home", "line": ["4 Elm Row", "Flat 2"], "city": "Merton", "postalCode": "SW19 1AA" }],
        }),
        json!({
            "resourceType": "Patient", "id": "p2", "name": [{ "family": "Testwood", "given": ["Dilys"] }],
            "birthDate": "1990-01-31",
            "meta": { "security": [{ "code": "R" }] },
        }),
        json!({ "resourceType": "Patient", "id": "p3", "name": [{ "text": "Nobody" }] }),
        json!({
            "resourceType": "Patient", "id": "p4", "birthDate": "1990-03-02",
            "name": [
                { "use": "official", "family": "Williams", "given": ["Sarah", "Louise"] },
                { "use": "nickname", "given": ["Sal"] },
            ],
        }),
        json!({
            "resourceType": "Patient", "id": "p5", "birthDate": "1985-07-01",
            "name": [{ "family": "PRICE", "given": ["SIÂN"] }],
        }),
        appointment("a1", "noshow", &["p1", "p2"]),
        appointment("a2", "fulfilled", &["p1"]),
        appointment("a3", "entered-in-error", &["p1"]),
        condition(
            "c1",
            "p1",
            json!("2026-01-10"),
            json!({ "recordedDate": "2026-01-11T23:30:00Z" }),
        ),
        condition(
            "c2",
            "p1",
            json!("2024-06-01T10:00:00+01:00"),
            json!({ "code": { "text": "Asthma" } }),
        ),
        condition(
            "c3",
            "p1",
            json!("2020"),
            json!({ "meta": { "security": [{ "code": "V" }] } }),
        ),
        condition("c4", "p2", json!("2026-01-10"), json!({})),
        condition(
            "c5",
            "p1",
            Value::Null,
            json!({ "subject": { "reference": "Group/p1" } }),
        ),
        condition(
            "c6",
            "p1",
            json!("2026-01-12"),
            json!({ "verificationStatus": { "coding": [{ "code": "entered-in-error" }] } }),
        ),
    ]
}

fn appointment(id: &str, status: &str, patients: &[&str]) -> Value {
    let actor = |address: String| json!({ "actor": { "reference": address } });
    let patients = patients.iter().map(|id| actor(format!("Patient/{id}")));
    let all: Vec<_> = std::iter::once(actor("Practitioner/m7".to_owned()))
        .chain(patients)
        .collect();
    json!({
        "resourceType": "Appointment", "id": id, "status": status, "participant": all,
        "serviceType": [{ "text": "Health visiting" }],
    })
}

fn words(words: &[&str]) -> Vec<Redacted<String>> {
    words.iter().map(|word| Redacted::from(*word)).collect()
}

async fn found(source: &Source, query: CandidateQuery) -> Vec<PersonRow> {
    source.candidates(&known(&query)).await.unwrap()
}

#[tokio::test]
async fn finds_people_by_identities_and_pairs_in_any_case() {
    let world = served().await;
    let source = source(&world).await;
    let none = CandidateQuery::default;
    let keys = |people: Vec<PersonRow>| -> Vec<String> {
        people.iter().map(|row| row.key.reveal().clone()).collect()
    };

    for (query, expected) in [
        (
            CandidateQuery {
                identifiers: vec![(Code::new("nhs_number").unwrap(), words(&["9434765919"]))],
                ..none()
            },
            vec!["p1"],
        ),
        (
            CandidateQuery {
                surnames: words(&["Testwood"]),
                born: vec![date(2018, 5, 9), date(1990, 1, 31)],
                ..none()
            },
            vec!["p1", "p2"],
        ),
        (
            CandidateQuery {
                surnames: words(&["Windsor"]),
                forenames: words(&["Mali"]),
                ..none()
            },
            vec!["p1"],
        ),
        (
            CandidateQuery {
                phones: words(&["020 7946 0001"]),
                ..none()
            },
            vec!["p1"],
        ),
        (
            CandidateQuery {
                surnames: words(&["Test"]),
                born: vec![date(2018, 5, 9)],
                ..none()
            },
            // By the start of a surname: who is meant, matching decides.
            vec!["p1"],
        ),
    ] {
        assert_eq!(
            keys(found(&source, query.clone()).await),
            expected,
            "{query:?}"
        );
    }
}

#[tokio::test]
async fn whom_the_servers_own_searches_bring_is_a_candidate_whatever_the_names_held() {
    let world = served().await;
    let source = source(&world).await;
    let sarah = date(1990, 3, 2);
    for (surname, forenames, born, expected) in [
        // Held by another surname and by two given names.
        ("Jones", ["SARAH", "Sarah"], sarah, "p4"),
        ("Jones", ["SARAH LOUISE", "Sarah Louise"], sarah, "p4"),
        ("Evans", ["Siân", "siân"], date(1985, 7, 1), "p5"),
    ] {
        let query = CandidateQuery {
            surnames: words(&[surname]),
            forenames: words(&forenames),
            born: vec![born],
            ..CandidateQuery::default()
        };

        let people = found(&source, query).await;

        let keys: Vec<_> = people.iter().map(|row| row.key.reveal().as_str()).collect();
        assert_eq!(keys, [expected]);
        let others: &[&str] = if expected == "p4" {
            &["Sal|Williams"]
        } else {
            &[]
        };
        assert_eq!(people[0].aliases, words(others));
    }
}

#[tokio::test]
async fn of_more_people_than_are_looked_at_those_who_fit_best_come_first_and_it_is_said() {
    let world = served().await;
    let limits = Limits {
        candidates: 1,
        ..Limits::default()
    };
    let source = world.limited(&mapping(&world), limits).await.unwrap();
    let query = |born: Vec<Date>| CandidateQuery {
        surnames: words(&["Testwood"]),
        born,
        ..CandidateQuery::default()
    };
    let both = vec![date(2018, 5, 9), date(1990, 1, 31)];

    let (both, only) = (known(&query(both)), known(&query(vec![date(2018, 5, 9)])));
    let many = source.look_for(&both).await.unwrap();
    let one = source.look_for(&only).await.unwrap();

    assert_eq!((many.people.len(), many.capped), (1, true));
    assert_eq!((one.people.len(), one.capped), (1, false));

    // Each brings the first by key, too, who has the number or the place alone.
    let dilys = CandidateQuery {
        surnames: words(&["Testwood"]),
        forenames: words(&["Dilys"]),
        born: vec![date(1990, 1, 31)],
        own: Own {
            surnames: 1,
            forenames: 1,
            born: 1,
        },
        phones: words(&["020 7946 0001"]),
        ..CandidateQuery::default()
    };
    let by_a_start_of_the_name = CandidateQuery {
        surnames: words(&["Test"]),
        postcodes: words(&["SW19 1AA"]),
        born: vec![date(1990, 1, 31)],
        ..CandidateQuery::default()
    };
    for query in [dilys, by_a_start_of_the_name] {
        let found = source.look_for(&known(&query)).await.unwrap();
        assert_eq!(found.people[0].key.reveal(), "p2", "{query:?}");
        assert!(found.capped, "{query:?}");
    }
}

#[tokio::test]
async fn reads_a_person_with_other_names_and_protection() {
    let world = served().await;
    let source = source(&world).await;

    let people = source
        .people_of(&words(&["p1", "p2", "p9", "../x"]))
        .await
        .unwrap();

    let [mali, dilys] = people.as_slice() else {
        panic!("two people");
    };
    assert_eq!(mali.surname.reveal(), "TESTWOOD");
    assert_eq!(mali.forenames.reveal(), "Mali Ann");
    assert_eq!(mali.aliases, words(&["Mali|Windsor", "Mal|TESTWOOD"]));
    assert_eq!(mali.born, Some(date(2018, 5, 9)));
    assert_eq!(mali.address.reveal(), "4 Elm Row, Flat 2, Merton");
    assert_eq!(mali.identifiers[0].1.reveal(), "9434765919");
    assert!(!mali.protected && dilys.protected);
}

#[tokio::test]
async fn reads_one_persons_records_over_all_pages_and_no_others() {
    let world = served().await;
    let source = source(&world).await;
    let fields = ["practice".to_owned()];

    let all = source
        .records(&"p1".into(), &category(), &fields, None)
        .await
        .unwrap();
    let recent = Some(date(2025, 1, 1));
    let recent = source
        .records(&"p1".into(), &category(), &fields, recent)
        .await
        .unwrap();

    let keys = |records: &stile_sources::Records| -> Vec<String> {
        records
            .records
            .iter()
            .map(|one| one.key.reveal().clone())
            .collect()
    };
    assert_eq!(keys(&all), ["c3", "c2", "c1"]);
    assert!(all.records[0].sealed && all.records[0].event.is_none());
    assert_eq!(all.records[2].event, Some(date(2026, 1, 10)));
    assert_eq!(all.records[2].recorded, Some(date(2026, 1, 11)));
    assert_eq!(keys(&recent), ["c3", "c1"], "the undated may be within");
}

const MISSED: &str = r#"[source.ehr.category."health.registration"]
table = "appointment"
key = "id"
subject = "patient"
only = { status = ["noshow"] }
fields = { practice = "service" }
provenance = { author = "clinician", nature = "fact", verification = "verified" }
"#;

#[tokio::test]
async fn of_appointments_those_of_the_status_mapped_are_read_of_whoever_takes_part() {
    let world = served().await;
    let (above, _) = MAPPING.split_once("[source.ehr.category").unwrap();
    let mapping = world.read(&format!("{above}{MISSED}"), "/R4", "hunter2\n");
    let source = world.connect(&mapping).await.unwrap();

    // The second of two patients, as a baby beside the mother, has it as the first has.
    for person in ["p1", "p2"] {
        let read = source
            .records(&person.into(), &category(), &["practice".to_owned()], None)
            .await
            .unwrap();

        let keys = read.records.iter().map(|one| one.key.reveal().as_str());
        assert_eq!(keys.collect::<Vec<_>>(), ["a1"], "{person}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_not_said_to_hold_nothing() {
    let world = served().await;
    let source = source(&world).await;
    let category = source.categories().next().unwrap().clone();

    for key in ["", "a/b", "../x"] {
        let read = source.records(&key.into(), &category, &[], None).await;
        let error = read.unwrap_err();
        assert!(error.to_string().contains("cannot be asked for"), "{error}");
    }
    let before = world.server.asked().len();
    let surname = CandidateQuery {
        surnames: words(&["Testwood"]),
        ..CandidateQuery::default()
    };
    for too_little in [
        surname.clone(),
        CandidateQuery {
            surnames: words(&[" "]),
            forenames: words(&["Mali"]),
            ..CandidateQuery::default()
        },
        // The dates are those that another system holds.
        CandidateQuery {
            born: vec![date(2018, 5, 9)],
            born_in_part: true,
            ..surname
        },
    ] {
        let error = source.candidates(&known(&too_little)).await.unwrap_err();
        assert_eq!(error.code(), "unasked");
        assert!(error.to_string().contains("too little is known"), "{error}");
    }
    assert_eq!(world.server.asked().len(), before);
}

#[tokio::test]
async fn a_server_whose_own_page_answers_while_people_do_not_stays_left_alone() {
    let world = Moody::serving(None, Mood::Well, |origin, call, mood| {
        if mood == Mood::Cut && call.line.contains("/Patient/") {
            return (503, String::new());
        }
        answer(origin, call, Mood::Well)
    })
    .await;
    let source = source(&world).await;
    world.turns(Mood::Cut);
    is_left_alone(&source).await;
    let before = world.server.asked().len();

    cool_down().await;
    while world.server.asked().len() < before + 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;

    assert!(world.server.asked()[before].line.contains("/metadata"));
    assert!(source.is_resting());
    world.turns(Mood::Well);
    comes_back_by_itself(&source).await;
    assert_eq!(source.people_of(&words(&["p1"])).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_check_reads_somebody_and_counts_nobody() {
    let world = served().await;
    let source = source(&world).await;

    let report = source.check(&vocabulary()).await.unwrap();

    assert_eq!(report.findings, []);
    assert!(report.usable() && report.round_trip);
    assert_eq!(source.counts().await.unwrap().people, 0);
    let error = source.all_people(None, 100).await.unwrap_err();
    assert!(
        error.to_string().contains("searched for one by one"),
        "{error}"
    );
}

#[tokio::test]
async fn no_name_stands_in_an_address_and_the_token_in_every_call() {
    let world = served().await;
    let source = source(&world).await;
    let query = CandidateQuery {
        surnames: words(&["Testwood"]),
        postcodes: words(&["SW19 1AA"]),
        ..CandidateQuery::default()
    };

    found(&source, query).await;

    let asked = world.server.asked();
    assert!(asked.len() >= 2);
    for call in &asked {
        let line = &call.line;
        assert!(
            !line.contains("Testwood") && !line.contains("SW19"),
            "{line}"
        );
        assert_eq!(call.header("authorization"), "Bearer hunter2");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_is_an_error_without_its_text() {
    let world = served().await;
    let source = source(&world).await;
    for (mood, code, told) in [
        (
            Ok(Mood::Astray),
            "refused",
            "a next page without an address",
        ),
        (Ok(Mood::Contradicts), "refused", "neither is later"),
        (Ok(Mood::Cut), "refused", "fewer resources than it counted"),
        (
            Ok(Mood::Elsewhere),
            "refused",
            "a next page on another server",
        ),
        (Ok(Mood::Endless), "too_much", "more than 20 pages"),
        (Ok(Mood::NoBundle), "refused", "no bundle"),
        (Ok(Mood::Outcome), "refused", "operation outcome"),
    ]
    .into_iter()
    .chain(Ill::ALL.map(|(ill, code, told)| (Err(ill), code, told)))
    {
        world.feels(mood);
        let read = source
            .records(&"p1".into(), &category(), &["practice".to_owned()], None)
            .await;

        let error = read.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(told), "{error}");
        assert!(!format!("{error} {error:?}").contains("Testwood"));
    }
    world.turns(Mood::Well);
    let read = source
        .records(&"p1".into(), &category(), &["practice".to_owned()], None)
        .await;
    assert!(read.is_ok());
}

#[tokio::test]
async fn of_two_versions_of_a_resource_the_later_counts_and_one_given_twice_is_one() {
    let world = served().await;
    let source = source(&world).await;
    for (mood, expected) in [
        (Mood::Renewed, ["Newer", "Newer", "Newer"]),
        (Mood::Twice, ["Burn of ear", "Asthma", "Burn of ear"]),
    ] {
        world.turns(mood);
        let fields = ["practice".to_owned()];
        let read = source
            .records(&"p1".into(), &category(), &fields, None)
            .await
            .unwrap();

        let shown: Vec<_> = read
            .records
            .into_iter()
            .flat_map(|one| one.values)
            .collect();
        let expected = expected.map(|text| ("practice".to_owned(), Held::Text(text.into())));
        assert_eq!(shown, expected, "{mood:?}");
        let people = source.people_of(&words(&["p1"])).await.unwrap();
        assert_eq!(people.len(), 1, "{mood:?}");
        assert_eq!(people[0].aliases.len(), 2, "{mood:?}");
    }
}

#[tokio::test]
async fn more_bytes_than_a_question_may_bring_are_refused_and_nothing_is_taken_from_them() {
    let world = served().await;
    let limits = Limits {
        answer_bytes: 1_500,
        ..Limits::default()
    };
    let source = world.limited(&mapping(&world), limits).await.unwrap();

    // Each page is less, all of them together are more.
    let read = source
        .records(&"p1".into(), &category(), &["practice".to_owned()], None)
        .await;

    let error = read.unwrap_err();
    assert_eq!(error.code(), "too_much");
    assert!(
        error
            .to_string()
            .contains("longer than 1500 bytes together"),
        "{error}"
    );
    assert!(world.server.asked().len() > 2, "the first page was taken");
    assert_eq!(source.people_of(&words(&["p2"])).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_no_fhir_server_is_refused_at_the_start() {
    let world = served().await;
    for (mood, code) in [
        (Ok(Mood::NoBundle), "mapping"),
        (Err(Ill::Forbidden), "refused"),
        (Err(Ill::Overloaded), "unreachable"),
    ] {
        world.feels(mood);
        let error = Source::connect(&mapping(&world), Limits::default())
            .await
            .unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn https_without_roots_is_refused_before_anything_is_sent() {
    let world = served().await;
    let mut mapping = mapping(&world);
    let stile_sources::Place::Fhir(place) = &mut mapping.place else {
        panic!("a FHIR server");
    };
    place.base = place.base.replace("http://", "https://");

    let error = Source::connect(&mapping, Limits::default())
        .await
        .unwrap_err();

    assert!(matches!(error, SourceError::Mapping { .. }), "{error}");
    assert!(world.server.asked().is_empty());
}

/// The address of a server that answers no search before four have come.
async fn answering_in_fours() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let four = Arc::new(Barrier::new(4));
    let service = service_fn(move |request: Request<Incoming>| {
        let four = Arc::clone(&four);
        async move {
            let said = if request.method() == Method::GET {
                json!({ "resourceType": "CapabilityStatement", "fhirVersion": "4.0.1" })
            } else {
                four.wait().await;
                json!({ "resourceType": "Bundle" })
            };
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(said.to_string()))))
        }
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answering = http1::Builder::new();
            let answered = answering.serve_connection(TokioIo::new(stream), service.clone());
            tokio::spawn(answered);
        }
    });
    origin
}

#[tokio::test]
async fn four_searches_of_one_question_are_under_way_at_once() {
    let world = served().await;
    let mut mapping = mapping(&world);
    let stile_sources::Place::Fhir(place) = &mut mapping.place else {
        panic!("a FHIR server");
    };
    place.base = format!("{}/R4", answering_in_fours().await);
    let source = Source::connect(&mapping, Limits::default()).await.unwrap();
    // A telephone number, and three pairs of three details.
    let query = CandidateQuery {
        surnames: words(&["Testwood"]),
        forenames: words(&["Mali"]),
        born: vec![date(2018, 5, 9)],
        phones: words(&["020 7946 0001"]),
        ..CandidateQuery::default()
    };

    assert_eq!(found(&source, query).await, []);
}

#[tokio::test]
async fn a_server_is_asked_over_tls_page_after_page() {
    let certified = Certified::new();
    let world = Moody::serving(Some(&certified), Mood::Well, answer).await;
    let source = source(&world).await;

    let records = source
        .records(&"p1".into(), &category(), &["practice".to_owned()], None)
        .await
        .unwrap();

    assert!(world.server.origin.starts_with("https://"));
    assert_eq!(records.records.len(), 3);
}
