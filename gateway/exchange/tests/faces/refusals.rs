//! Whatever is sent, a face refuses with a coded problem that repeats nothing of it.

use axum::http::{Method, StatusCode};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::gateways::{Face, Gateways, Reply};
use crate::schema::misfits;

/// Stands for personal data in everything sent; no answer may hold it.
const CANARY: &str = "Zyxwanda";

/// What a refusal must be; gives its code.
fn refused(face: &Face, at: &str, reply: &Reply) -> String {
    let at = format!("{} {at}", face.name);
    assert!(reply.status.is_client_error(), "{at}: {}", reply.status);
    assert_eq!(reply.kind, "application/problem+json", "{at}");
    assert_eq!(reply.cache, "no-store", "{at}");
    let problem = reply.json();
    let schema = &face.document["components"]["schemas"]["Problem"];
    assert!(
        misfits(&face.document, schema, &problem).is_empty(),
        "{at}: {problem}"
    );
    assert_eq!(problem["status"], reply.status.as_u16(), "{at}");
    let text = String::from_utf8(reply.body.clone()).unwrap();
    assert!(
        !text.to_lowercase().contains(&CANARY.to_lowercase()),
        "{at}: {text}"
    );
    let code = problem["type"]
        .as_str()
        .unwrap()
        .strip_prefix("urn:stile:problem:");
    code.unwrap().to_owned()
}

/// Every documented operation with its variables filled in: method, template, address.
fn operations(face: &Face, id: &str) -> Vec<(Method, String, String)> {
    let paths = face.document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(move |method| {
            let method = method.to_uppercase().parse().unwrap();
            let address = path.replace("{id}", id).replace("{index}", id);
            (method, path.clone(), address.replace("{path}", id))
        })
    });
    all.collect()
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let scalar = prop_oneof![
        Just(Value::Null),
        Just(Value::from(CANARY)),
        any::<i64>().prop_map(Value::from),
        "[a-z_]{0,12}".prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "id", "kind", "priority", "purpose", "consent", "subjects", "names", "agencies", "verdict",
        "reason", "enquiry", "n", "digest", CANARY,
    ]);
    let json = scalar.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6).prop_map(|map| {
                Value::Object(
                    map.into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    });
    prop_oneof![
        json.prop_map(|value| serde_json::to_vec(&value).unwrap()),
        prop::collection::vec(any::<u8>(), 0..200),
        "[0-9a-z\",:]{0,30}".prop_map(|rest| format!("{{\"{CANARY}\": {rest}").into_bytes()),
        ("[a-zA-Z0-9_-]{0,20}", "[a-zA-Z0-9_-]{0,20}")
            .prop_map(|(head, tail)| format!("{head}.{CANARY}.{tail}").into_bytes()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn refuses_garbage_bodies_at_every_address_that_reads_one() {
    let gateways = Gateways::new().await;
    let id = "5f0c2f7f8f7a4a1e9d0b3c6a7e214d58";
    let mut runner = TestRunner::new_with_rng(
        Config::with_cases(150),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let handle = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        runner
            .run(&bodies(), |body| {
                for face in &gateways.faces {
                    let id = if face.name == "hub" { "MASH-1" } else { id };
                    for (method, at, address) in operations(face, id) {
                        if method == Method::POST {
                            let kind = "application/json";
                            let reply = face.ask(method, &address, kind, body.clone());
                            refused(face, &at, &handle.block_on(reply));
                        }
                    }
                }
                Ok(())
            })
            .unwrap();
    });
}

#[tokio::test]
async fn refuses_addresses_whose_variables_have_another_shape() {
    let gateways = Gateways::new().await;
    for face in &gateways.faces {
        for id in [CANARY, "%00", "..%2Fetc", "%FF", "a%20b", "'%3B--"] {
            for (method, at, address) in operations(face, id) {
                if !at.contains("{id}") {
                    continue;
                }
                let reply = face
                    .ask(method, &address, "application/json", b"{}".to_vec())
                    .await;
                assert_eq!(refused(face, &at, &reply), "malformed", "{at} {id}");
            }
        }
    }
}

#[tokio::test]
async fn refuses_queries_that_are_not_documented() {
    let gateways = Gateways::new().await;
    let hub = gateways.hub();
    let peer = gateways.peer();
    let case = "/api/v1/cases/MASH-1";
    let enquiry = "/v1/enquiries/5f0c2f7f8f7a4a1e9d0b3c6a7e214d58/returns";
    let asked = [
        (hub, format!("{case}/progress?{CANARY}=1")),
        (hub, format!("{case}/progress?after={CANARY}")),
        (hub, format!("{case}/product?audience={CANARY}")),
        (
            hub,
            format!("{case}/product?audience=family_safe&audience=family_safe"),
        ),
        (peer, format!("{enquiry}?after=-1")),
        (peer, format!("{enquiry}?wait_s={CANARY}")),
        (peer, "/v1/offer".to_owned()),
        (peer, format!("/v1/offer?purpose={CANARY}")),
    ];
    for (face, address) in asked {
        let reply = face.ask(Method::GET, &address, "", Vec::new()).await;

        assert_eq!(refused(face, &address, &reply), "malformed", "{address}");
    }
}

#[tokio::test]
async fn refuses_a_query_everywhere_unless_its_keys_are_documented() {
    let gateways = Gateways::new().await;
    for face in &gateways.faces {
        let id = if face.name == "hub" {
            "MASH-1"
        } else {
            "5f0c2f7f8f7a4a1e9d0b3c6a7e214d58"
        };
        for (method, at, address) in operations(face, id) {
            let operation = &face.document["paths"][&at][method.as_str().to_lowercase()];
            let parameters = operation["parameters"].as_array();
            let documented = parameters
                .into_iter()
                .flatten()
                .any(|one| one["in"] == "query");
            let address = format!("{address}?{CANARY}=1");

            let reply = face
                .ask(method, &address, "application/json", b"{}".to_vec())
                .await;

            assert_eq!(refused(face, &at, &reply), "malformed", "{at}");
            let none = reply.json()["title"] == "this address takes no query";
            assert_eq!(
                none, !documented,
                "{at}: handler and document disagree on its query"
            );
        }
    }
}

#[tokio::test]
async fn names_the_documented_keys_when_a_query_is_refused() {
    let gateways = Gateways::new().await;
    let address = "/api/v1/cases/MASH-1/progress?since=1";

    let reply = gateways
        .hub()
        .ask(Method::GET, address, "", Vec::new())
        .await;

    assert_eq!(
        reply.json()["title"],
        "the query has not the documented keys and values; it may hold `after`, `wait_s`"
    );
}

#[tokio::test]
async fn gives_the_place_of_a_mistake_in_a_body_and_never_the_words() {
    let gateways = Gateways::new().await;
    let body = format!("{{\n  \"verdict\": \"{CANARY}\" }}").into_bytes();
    let address = "/api/v1/tasks/5f0c2f7f8f7a4a1e9d0b3c6a7e214d58/decision";
    let agency = gateways.agency();

    let reply = agency
        .ask(Method::POST, address, "application/json", body)
        .await;

    assert_eq!(refused(agency, address, &reply), "malformed");
    let title = reply.json()["title"].as_str().unwrap().to_owned();
    assert!(title.contains("at line 2 column"), "{title}");
}

#[tokio::test]
async fn refuses_a_body_of_another_kind() {
    let gateways = Gateways::new().await;
    for kind in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        CANARY,
    ] {
        let hub = gateways.hub();

        let reply = hub
            .ask(Method::POST, "/api/v1/cases", kind, b"{}".to_vec())
            .await;

        assert_eq!(refused(hub, kind, &reply), "malformed");
    }
}

#[tokio::test]
async fn refuses_a_body_that_is_too_long_before_reading_it_all() {
    let gateways = Gateways::new().await;
    let body = vec![b' '; 300 * 1024];
    for (face, address, code) in [
        (gateways.hub(), "/api/v1/cases", "body_too_large"),
        (gateways.peer(), "/v1/receipts", "body_too_large"),
        (gateways.peer(), "/v1/enquiries", "enquiry_too_large"),
    ] {
        let reply = face
            .ask(Method::POST, address, "application/json", body.clone())
            .await;

        assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(refused(face, address, &reply), code);
    }
}

#[tokio::test]
async fn answers_unknown_addresses_and_methods_with_problems() {
    let gateways = Gateways::new().await;
    for face in &gateways.faces {
        for address in [
            "/",
            "/api",
            "/v2/enquiries",
            "/api/v1/tasks/",
            &format!("/{CANARY}"),
        ] {
            let reply = face.ask(Method::GET, address, "", Vec::new()).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{address}");
            assert_eq!(refused(face, address, &reply), "not_found");
        }
        for (_, at, address) in operations(face, "MASH-1") {
            let reply = face.ask(Method::DELETE, &address, "", Vec::new()).await;
            assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{at}");
            assert_eq!(refused(face, &at, &reply), "method_not_allowed");
            assert!(reply.allow, "{at}");
        }
    }
}

#[tokio::test]
async fn answers_nothing_without_a_proven_peer() {
    let gateways = Gateways::new().await;
    for face in &gateways.faces {
        for (method, at, address) in operations(face, "MASH-1") {
            if method == Method::GET {
                let reply = face.ask_as_nobody(&address).await;
                assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{at}");
                assert_eq!(reply.kind, "application/problem+json", "{at}");
            }
        }
    }
}
