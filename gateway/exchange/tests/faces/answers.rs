//! What the faces really answer fits what they publish.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use stile_store::{Batch, Tree};

use crate::gateways::{Face, Gateways, OFFICERS, RULES, Reply};
use crate::schema::misfits;

pub fn fits(face: &Face, method: &str, path: &str, reply: &Reply) {
    let operation = &face.document["paths"][path][method];
    let response = &operation["responses"][reply.status.as_str()];
    assert!(
        response.is_object(),
        "{method} {path}: {} is not published",
        reply.status
    );
    let content = response["content"].as_object().unwrap();
    let kind = reply.kind.split(';').next().unwrap();
    let schema = &content[kind]["schema"];
    let found = misfits(&face.document, schema, &reply.json());
    assert!(found.is_empty(), "{method} {path}: {found:#?}");
    assert_eq!(reply.cache, "no-store", "{method} {path}");
}

/// Cases that rules with a date by the year pass.
pub const CASES: &str = r#"
[given]
purpose = "s47_enquiry"
recency = "to_3m"

[[case]]
name = "the date of an incident"
field = "police.domestic_incident.date"
auto = "year"
"#;

pub fn matter() -> Value {
    json!({
        "id": "MASH-2026-00417",
        "kind": "child_in_need_of_protection",
        "priority": "red",
        "purpose": "s47_enquiry",
        "consent": { "state": "not_sought", "override_reason": "risk_of_harm" },
        "subjects": [{
            "id": "s1",
            "role": "child",
            "names": [{ "forenames": "Mali", "surname": "Testwood", "kind": "current" }],
            "born": { "exact": "2018-05-09" },
        }],
    })
}

pub fn question() -> Value {
    json!({
        "agencies": [{
            "agency": "north-police",
            "asks": [{
                "category": "police.domestic_incident",
                "necessity": "Recent incidents decide whether the child is safe tonight",
            }],
        }],
        "look_back_months": 24,
        "expires_in_h": 24,
    })
}

pub async fn post(face: &Face, path: &str, body: &Value) -> Reply {
    let body = serde_json::to_vec(body).unwrap();
    face.ask(Method::POST, path, "application/json", body).await
}

pub async fn get(face: &Face, path: &str) -> Reply {
    face.ask(Method::GET, path, "", Vec::new()).await
}

/// The case kind and override reason of the shipped vocabulary, whatever it calls them.
pub fn with_known_words(mut matter: Value) -> Value {
    let text = include_str!("../../../../policies/vocabulary.toml");
    let words = stile_model::vocabulary::Vocabulary::parse("vocabulary.toml", text).unwrap();
    matter["kind"] = json!(words.case_kinds[0].code.as_str());
    matter["consent"]["override_reason"] = json!(words.overrides[0].code.as_str());
    matter
}

#[tokio::test]
async fn the_hub_answers_as_published_from_case_to_product() {
    let gateways = Gateways::new().await;
    let hub = gateways.hub();

    let agencies = get(hub, "/api/v1/agencies").await;
    fits(hub, "get", "/api/v1/agencies", &agencies);
    assert_eq!(agencies.json()[0]["id"], "north-police");

    let matter = with_known_words(matter());
    let opened = post(hub, "/api/v1/cases", &matter).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.json());
    fits(hub, "post", "/api/v1/cases", &opened);
    let again = post(hub, "/api/v1/cases", &matter).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    fits(hub, "post", "/api/v1/cases", &again);

    let case = "/api/v1/cases/MASH-2026-00417";
    fits(hub, "get", "/api/v1/cases/{id}", &get(hub, case).await);
    let raised = post(hub, &format!("{case}/enquiries"), &question()).await;
    assert_eq!(raised.status, StatusCode::ACCEPTED, "{}", raised.json());
    fits(hub, "post", "/api/v1/cases/{id}/enquiries", &raised);

    let progress = get(hub, &format!("{case}/progress")).await;
    assert_eq!(progress.json()["agencies"][0]["agency"], "north-police");
    fits(hub, "get", "/api/v1/cases/{id}/progress", &progress);
    for audience in [
        "decision_maker",
        "family_safe",
        "receiving_team",
        "referrer_feedback",
    ] {
        let product = get(hub, &format!("{case}/product?audience={audience}")).await;
        assert_eq!(product.json()["audience"], audience);
        fits(hub, "get", "/api/v1/cases/{id}/product", &product);
    }
}

#[tokio::test]
async fn the_agency_answers_as_published() {
    let gateways = Gateways::new().await;
    let (agency, peer) = (gateways.agency(), gateways.peer());

    fits(
        agency,
        "get",
        "/api/v1/tasks",
        &get(agency, "/api/v1/tasks").await,
    );
    let offer = get(peer, "/v1/offer?purpose=s47_enquiry").await;
    assert_eq!(offer.status, StatusCode::OK);
    fits(peer, "get", "/v1/offer", &offer);
    let unopened = get(peer, "/v1/offer?purpose=early_help").await;
    assert_eq!(unopened.status, StatusCode::FORBIDDEN);
    fits(peer, "get", "/v1/offer", &unopened);
    let head = get(peer, "/v1/ledger/checkpoint").await;
    assert_eq!(head.status, StatusCode::OK);
    assert!(head.kind.starts_with("text/plain"));
}

#[tokio::test]
async fn every_face_serves_its_own_document() {
    let gateways = Gateways::new().await;
    for face in &gateways.faces {
        let path = if face.name.ends_with("peer") {
            "/v1/openapi.json"
        } else {
            "/api/v1/openapi.json"
        };

        let reply = get(face, path).await;

        assert_eq!(reply.status, StatusCode::OK, "{}", face.name);
        assert_eq!(reply.json(), face.document, "{}", face.name);
    }
}

#[tokio::test]
async fn an_approval_stands_and_is_answered_though_another_version_cannot_be_tried() {
    let gateways = Gateways::new().await;
    let [one, other] = OFFICERS.map(|user| gateways.officer(user));
    let why = "Agreed at the information governance group of this month.";
    let rules = RULES.replace("exact", "year");
    let proposed = post(
        &one,
        "/api/v1/policy/proposals",
        &json!({ "rules": rules, "cases": CASES, "reason": why }),
    )
    .await;
    assert_eq!(proposed.json()["proposal"]["version"], 2);
    // Another version is due at a moment that cannot be read.
    let due = b"due/00000000000000000001".to_vec();
    let batch = Batch::put(Tree::Policies, due.clone(), Some(b"soon".to_vec()));
    gateways.store.commit(batch).await.unwrap();

    let path = "/api/v1/policy/proposals/{version}/approval";
    let approved = post(
        &other,
        &path.replace("{version}", "2"),
        &json!({ "reason": why }),
    )
    .await;

    assert_eq!(approved.status, StatusCode::OK);
    fits(&other, "post", path, &approved);
    let said = approved.json();
    assert_eq!(said["state"], "approved");
    assert_eq!(said["approvals"][0]["act"]["by"], OFFICERS[1]);
    // Once that is mended, the next try brings it into force.
    let batch = Batch::put(Tree::Policies, due, None);
    gateways.store.commit(batch).await.unwrap();
    gateways.try_again().await;
    let now = get(&one, "/api/v1/policy/in-force").await.json();
    assert_eq!(now["version"], 2);
}
