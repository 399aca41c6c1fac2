//! Numbered copies: recorded before they are given, the same again, and refused where they must be.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use stile_ledger::EntryKind;
use stile_model::digest::Digest;
use stile_model::id::CaseId;
use stile_store::{Batch, Put, Store, Tree};

use crate::answers::{fits, get, matter, post, question, with_known_words};
use crate::gateways::{AUDITOR, Face, Gateways, OFFICERS};

const CASE: &str = "/api/v1/cases/MASH-2026-00417";
const COPIES: &str = "/api/v1/cases/{id}/copies";
const COPY: &str = "/api/v1/cases/{id}/copies/{number}";

/// Gateways whose hub has one open case.
async fn with_case() -> Gateways {
    let gateways = Gateways::new().await;
    let opened = post(gateways.hub(), "/api/v1/cases", &with_known_words(matter())).await;
    assert_eq!(opened.status, StatusCode::CREATED);
    gateways
}

fn wanted(audience: &str, name: &str) -> Value {
    json!({
        "audience": audience,
        "recipient": { "role": "Team manager", "name": name, "member": "north-police" },
        "form": "json",
    })
}

async fn issue(hub: &Face, wanted: &Value) -> Value {
    let reply = post(hub, &format!("{CASE}/copies"), wanted).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json());
    fits(hub, "post", COPIES, &reply);
    reply.json()
}

/// The code of a refusal.
fn code(reply: &crate::gateways::Reply) -> String {
    let problem = reply.json();
    let kind = problem["type"].as_str().unwrap();
    kind.rsplit(':').next().unwrap().to_owned()
}

/// Every leaf of a ledger.
fn leaves(store: &Store) -> Vec<Value> {
    (0..store.head().size)
        .map(|index| serde_json::from_slice(store.receipt_for(index).unwrap().leaf()).unwrap())
        .collect()
}

fn issued(store: &Store) -> Vec<Value> {
    let mut leaves = leaves(store);
    leaves.retain(|leaf| leaf["type"] == EntryKind::DocumentIssued.word());
    leaves
}

#[tokio::test]
async fn a_copy_is_numbered_recorded_and_the_same_whenever_it_is_read() {
    let gateways = with_case().await;
    let hub = gateways.hub();

    let copy = issue(hub, &wanted("decision_maker", "s-2001")).await;

    assert_eq!(copy["number"], 1);
    let entries = issued(&gateways.hub_store);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["digest"], copy["digest"]);
    assert_eq!(entries[0]["reason"], "decision_maker");
    assert_eq!(entries[0]["counts"]["copy"], 1);
    let leaf = entries[0].to_string();
    assert!(
        !leaf.contains("north-police"),
        "committed to, not told: {leaf}"
    );
    for _ in 0..2 {
        let bytes = get(hub, &format!("{CASE}/copies/1")).await;
        assert_eq!(bytes.status, StatusCode::OK);
        fits(hub, "get", COPY, &bytes);
        assert_eq!(Digest::of(&bytes.body).to_string(), copy["digest"]);
        let document = bytes.json();
        assert_eq!(document["number"], 1);
        assert_eq!(document["recipient"]["name"], "s-2001");
        assert_eq!(document["product"]["case"], "MASH-2026-00417");
    }
    // To read it again is to consult it, not to disclose it again.
    assert_eq!(issued(&gateways.hub_store).len(), 1);
    let read = leaves(&gateways.hub_store);
    let read = read.iter().filter(|leaf| leaf["reason"] == "copy");
    assert_eq!(read.count(), 2);
}

#[tokio::test]
async fn the_leaf_of_a_copy_names_no_person() {
    let gateways = with_case().await;

    issue(gateways.hub(), &wanted("decision_maker", "Carys Recipient")).await;

    let text = serde_json::to_string(&leaves(&gateways.hub_store)).unwrap();
    for name in ["Carys", "Mali", "Testwood", "Team manager", "MASH-2026"] {
        assert!(!text.contains(name), "{name}");
    }
}

#[tokio::test]
async fn asking_again_for_the_same_gives_the_same_copy_and_another_recipient_another() {
    let gateways = with_case().await;
    let hub = gateways.hub();
    let first = issue(hub, &wanted("decision_maker", "s-2001")).await;

    assert_eq!(issue(hub, &wanted("decision_maker", "s-2001")).await, first);
    assert_eq!(
        issue(hub, &wanted("decision_maker", "s-2002")).await["number"],
        2
    );
    assert_eq!(
        issue(hub, &wanted("family_safe", "s-2001")).await["number"],
        3
    );
    let mut welsh = wanted("decision_maker", "s-2001");
    welsh["language"] = json!("cy");
    assert_eq!(issue(hub, &welsh).await["number"], 4);

    let all = get(hub, &format!("{CASE}/copies")).await;
    fits(hub, "get", COPIES, &all);
    let numbers: Vec<_> = all
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|copy| copy["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert_eq!(issued(&gateways.hub_store).len(), 4);
}

#[tokio::test]
async fn copies_asked_for_at_once_have_numbers_of_their_own() {
    let gateways = with_case().await;
    let hub = gateways.hub();
    let names: Vec<_> = (0..8).map(|place| format!("s-{place}")).collect();

    let all = names.iter().map(|name| async move {
        issue(hub, &wanted("decision_maker", name)).await["number"]
            .as_u64()
            .unwrap()
    });
    let mut numbers = futures_util::future::join_all(all).await;

    numbers.sort_unstable();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_pdf_that_cannot_be_typeset_leaves_nothing_behind() {
    let gateways = with_case().await;
    let hub = gateways.hub();
    let mut pdf = wanted("decision_maker", "s-2001");
    pdf["form"] = json!("pdf");
    let before = gateways.hub_store.head().size;

    // The hub of these tests has no typesetter.
    let reply = post(hub, &format!("{CASE}/copies"), &pdf).await;

    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(code(&reply), "document_not_typeset");
    assert_eq!(gateways.hub_store.head().size, before);
    let copy = issue(hub, &wanted("decision_maker", "s-2001")).await;
    assert_eq!(copy["number"], 1);
}

#[tokio::test]
async fn refuses_copies_of_nothing_for_nobody_and_by_others() {
    let gateways = with_case().await;
    let hub = gateways.hub();
    let before = gateways.hub_store.head().size;
    let copy = wanted("decision_maker", "s-2001");

    let reply = post(hub, "/api/v1/cases/MASH-2026-99999/copies", &copy).await;
    assert_eq!(code(&reply), "unknown_case");
    for path in [
        "/api/v1/cases/MASH-2026-99999/copies",
        "/api/v1/cases/MASH-2026-99999/copies/1",
    ] {
        assert_eq!(code(&get(hub, path).await), "unknown_case");
    }
    assert_eq!(
        code(&get(hub, &format!("{CASE}/copies/1")).await),
        "unknown_copy"
    );
    for name in ["", "two\nlines", &"x".repeat(121)] {
        let reply = post(
            hub,
            &format!("{CASE}/copies"),
            &wanted("decision_maker", name),
        )
        .await;
        assert_eq!(code(&reply), "out_of_bounds");
    }
    let officer = gateways.hub_person(OFFICERS[0]);
    assert_eq!(
        code(&post(&officer, &format!("{CASE}/copies"), &copy).await),
        "role_missing"
    );
    for path in ["copies", "copies/1"] {
        assert_eq!(
            code(&get(&officer, &format!("{CASE}/{path}")).await),
            "role_missing"
        );
    }
    let reply = hub
        .ask(
            Method::POST,
            &format!("{CASE}/copies"),
            "application/json",
            b"{".to_vec(),
        )
        .await;
    assert_eq!(code(&reply), "malformed");

    assert_eq!(gateways.hub_store.head().size, before);
}

#[tokio::test]
async fn a_referrers_copy_has_nothing_of_a_partner() {
    let gateways = with_case().await;
    let hub = gateways.hub();

    issue(hub, &wanted("referrer_feedback", "school-17")).await;
    let document = get(hub, &format!("{CASE}/copies/1")).await.json();

    let product = &document["product"];
    for part in [
        "chronology",
        "agencies",
        "withheld",
        "referred",
        "gaps",
        "no_record",
        "contacts",
        "subjects",
    ] {
        assert_eq!(product[part], json!([]), "{part}");
    }
    assert_eq!(document["presence"], json!([]));
}

/// What was disclosed about the child of the case.
async fn account(gateways: &Gateways) -> Value {
    let auditor = gateways.hub_person(AUDITOR);
    let ask = json!({
        "reason": "access_request",
        "person": { "forenames": "Mali", "surname": "Testwood", "born": "2018-05-09" },
    });
    let reply = post(&auditor, "/api/v1/ledger/subject", &ask).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.json());
    fits(&auditor, "post", "/api/v1/ledger/subject", &reply);
    reply.json()
}

/// One item about the child of the case, as a copy has it.
fn told(category: &str, title: &str, mark: Option<&str>) -> Value {
    let marks = mark.map(|mark| json!({ "code": mark, "words": "Marked" }));
    let marks: Vec<_> = marks.into_iter().collect();
    json!({
        "when": "2026-02-24",
        "precision": "day",
        "agency": "north-police",
        "agency_name": "North",
        "subject": "s1",
        "subject_name": "Mali Testwood",
        "category": category,
        "title": title,
        "fields": [],
        "provenance": {
            "system": "Niche",
            "author": "Officer",
            "nature": "fact",
            "verification": "Checked",
            "grading": null,
            "recorded": null,
            "handling": marks,
            "reference": "A-1",
        },
    })
}

/// Makes the case's first copy for the police, which says this one thing: no agency answers the hub of
/// these tests, so it is put into the copy as kept.
async fn issued_with(gateways: &Gateways, event: Value) {
    issue(gateways.hub(), &wanted("receiving_team", "s-2001")).await;
    let store = &gateways.hub_store;
    let case = CaseId::new("MASH-2026-00417").unwrap();
    let key = [b"copy/MASH-2026-00417\0".as_slice(), &1_u32.to_be_bytes()].concat();
    let bytes = store.get(Tree::Copies, &key).unwrap().unwrap();
    let mut kept: Value = serde_json::from_slice(&bytes).unwrap();
    kept["document"]["product"]["chronology"] = json!([event]);
    let put = Put {
        tree: Tree::Copies,
        key,
        value: Some(serde_json::to_vec(&kept).unwrap()),
        case: Some(case),
    };
    let batch = Batch {
        puts: vec![put],
        ..Batch::default()
    };
    store.commit(batch).await.unwrap();
}

/// That the one copy is kept from the letter until somebody decides, and that the officer sees it.
async fn waits_for_a_decision(gateways: &Gateways, before: &Value, category: Option<&str>) {
    let after = account(gateways).await;
    let disclosed = after["disclosures"].as_array().unwrap();
    assert_eq!(disclosed.len(), 1, "{after}");
    assert_eq!(disclosed[0]["kept_back"], "decide", "{after}");
    assert_eq!(disclosed[0]["in_letter"], false);
    if let Some(category) = category {
        assert_eq!(disclosed[0]["categories"][0]["id"], category);
    }
    assert_eq!(after["letter"], before["letter"], "a letter tells of it");
}

#[tokio::test]
async fn an_account_tells_of_every_copy_for_another_member_and_to_whom() {
    let gateways = with_case().await;
    issued_with(
        &gateways,
        told("police.domestic_incident", "Domestic incidents", None),
    )
    .await;
    issue(gateways.hub(), &wanted("decision_maker", "Carys Recipient")).await;

    let account = account(&gateways).await;

    let disclosed = account["disclosures"].as_array().unwrap();
    assert_eq!(disclosed.len(), 2, "{account}");
    for one in disclosed {
        assert_eq!(one["kind"], "document_issued");
        assert_eq!(one["in_letter"], true, "{one}");
        assert_eq!(one["kept_back"], Value::Null);
        assert_eq!(one["recipients"][0]["id"], "north-police");
    }
    let category = &disclosed[0]["categories"][0];
    assert_eq!(category["id"], "police.domestic_incident");
    let letter = account["letter"].as_str().unwrap();
    let title = category["title"].as_str().unwrap();
    assert!(
        letter.contains(&format!("a written account with: {title}")),
        "{letter}"
    );
    for part in ["Carys", "Team manager", "s-2001", "MASH-2026"] {
        assert!(!letter.contains(part), "{part}\n{letter}");
    }
}

#[tokio::test]
async fn withholds_from_the_letter_copies_with_something_sealed_barred_or_intelligence() {
    for category in [
        "police.live_investigation",
        "health.protected_identity",
        "police.intelligence",
    ] {
        let gateways = with_case().await;
        let before = account(&gateways).await;
        issued_with(&gateways, told(category, "Something", None)).await;

        waits_for_a_decision(&gateways, &before, Some(category)).await;
    }
}

#[tokio::test]
async fn withholds_from_the_letter_copies_with_something_not_for_the_family_or_for_nobody_else() {
    for mark in ["do_not_disclose_to_family", "no_onward_disclosure"] {
        let gateways = with_case().await;
        let before = account(&gateways).await;
        let category = "police.domestic_incident";
        issued_with(&gateways, told(category, "Something", Some(mark))).await;

        waits_for_a_decision(&gateways, &before, Some(category)).await;
    }
}

#[tokio::test]
async fn withholds_from_the_letter_copies_for_somebody_of_no_member() {
    let gateways = with_case().await;
    let before = account(&gateways).await;
    let mut outside = wanted("decision_maker", "Carys Recipient");
    outside["recipient"]
        .as_object_mut()
        .unwrap()
        .remove("member");
    issue(gateways.hub(), &outside).await;

    waits_for_a_decision(&gateways, &before, None).await;
}

#[tokio::test]
async fn withholds_from_the_letter_copies_of_a_case_of_which_something_else_is_deferred() {
    let gateways = with_case().await;
    let hub = gateways.hub();
    let none = account(&gateways).await["letter"].clone();
    let raised = post(hub, &format!("{CASE}/enquiries"), &question()).await;
    assert_eq!(raised.status, StatusCode::ACCEPTED, "{}", raised.json());
    let sent = account(&gateways).await["disclosures"][0].clone();
    assert_eq!(sent["kind"], "enquiry_sent");
    let at = format!("/api/v1/ledger/entries/{}/deferral", sent["index"]);
    let officer = gateways.hub_person(OFFICERS[0]);
    let deferral = json!({ "ground": "crime", "until": "2026-04-01" });
    let reply = post(&officer, &at, &deferral).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.json());
    issue(hub, &wanted("receiving_team", "s-2001")).await;

    let after = account(&gateways).await;

    let copy = &after["disclosures"][1];
    assert_eq!(copy["kind"], "document_issued");
    assert_eq!(copy["kept_back"], "decide", "{after}");
    assert_eq!(copy["in_letter"], false);
    assert_eq!(after["letter"], none, "a letter tells of a deferred matter");
    // Once it is told again, so is the copy.
    let reply = post(&officer, &at, &json!({ "ground": "crime" })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.json());
    let told = account(&gateways).await;
    assert_eq!(told["disclosures"][1]["kept_back"], Value::Null);
    assert_eq!(told["disclosures"][1]["in_letter"], true);
}

#[tokio::test]
async fn withholds_from_the_letter_copies_for_whoever_referred_and_for_the_hubs_own_people() {
    let gateways = with_case().await;
    let before = account(&gateways).await;
    let mut own = wanted("decision_maker", "s-2001");
    own["recipient"]["member"] = json!("north-mash");
    issue(gateways.hub(), &wanted("referrer_feedback", "school-17")).await;
    issue(gateways.hub(), &own).await;

    let after = account(&gateways).await;

    let kept: Vec<_> = after["disclosures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["kept_back"].clone(), one["in_letter"].clone()))
        .collect();
    let no = json!(false);
    assert_eq!(
        kept,
        [(json!("referrer"), no.clone()), (json!("own_use"), no)],
        "the officer sees both"
    );
    assert_eq!(
        after["letter"], before["letter"],
        "a letter tells that somebody spoke"
    );
}

#[tokio::test]
async fn a_copy_is_left_out_of_a_letter_for_a_time_where_an_officer_says_so() {
    let gateways = with_case().await;
    let none = account(&gateways).await["letter"].clone();
    issue(gateways.hub(), &wanted("receiving_team", "s-2001")).await;
    let told = account(&gateways).await;
    assert_ne!(told["letter"], none);
    let index = told["disclosures"][0]["index"].as_u64().unwrap();
    let officer = gateways.hub_person(OFFICERS[0]);
    let at = format!("/api/v1/ledger/entries/{index}/deferral");

    let reply = post(
        &officer,
        &at,
        &json!({ "ground": "crime", "until": "2026-04-01" }),
    )
    .await;

    assert_eq!(reply.status, StatusCode::OK, "{}", reply.json());
    assert_eq!(account(&gateways).await["letter"], none);
}

#[tokio::test]
async fn a_copy_for_a_member_that_the_directory_lacks_is_refused_and_not_recorded() {
    let gateways = with_case().await;
    let mut stranger = wanted("decision_maker", "s-2001");
    stranger["recipient"]["member"] = json!("south-police");

    let reply = post(gateways.hub(), &format!("{CASE}/copies"), &stranger).await;

    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    fits(gateways.hub(), "post", COPIES, &reply);
    assert_eq!(code(&reply), "unknown_member");
    assert!(issued(&gateways.hub_store).is_empty());
    stranger["recipient"]
        .as_object_mut()
        .unwrap()
        .remove("member");
    issue(gateways.hub(), &stranger).await;
}

#[tokio::test]
async fn deliveries_answer_as_published_while_they_wait_and_when_they_fail() {
    const PATH: &str = "/api/v1/cases/{id}/deliveries";
    let gateways = with_case().await;
    let hub = gateways.hub();
    let order = |audience: &str| json!({ "to": "records", "audience": audience, "form": "json" });
    let none = get(hub, &format!("{CASE}/deliveries")).await;
    fits(hub, "get", PATH, &none);
    assert_eq!(none.json(), json!([]));

    let kept = post(hub, &format!("{CASE}/deliveries"), &order("receiving_team")).await;

    assert_eq!(kept.status, StatusCode::ACCEPTED, "{}", kept.json());
    fits(hub, "post", PATH, &kept);
    assert_eq!(kept.json()["standing"]["state"], "waiting");
    // The folder is not there.
    gateways.deliver().await;
    let failed = get(hub, &format!("{CASE}/deliveries")).await;
    fits(hub, "get", PATH, &failed);
    assert_eq!(failed.json()[0]["standing"]["fault"], "folder_missing");
    let refused = post(hub, &format!("{CASE}/deliveries"), &order("decision_maker")).await;
    assert_eq!(code(&refused), "audience_not_delivered");
    fits(hub, "post", PATH, &refused);
}
