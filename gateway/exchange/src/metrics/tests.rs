use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use tower::ServiceExt;

use super::*;

fn routes() -> Router {
    Router::new()
        .route("/v1/enquiries", post(|| async { StatusCode::CREATED }))
        .route("/refused", get(|| async { StatusCode::FORBIDDEN }))
}

/// The routes behind two doors, and what counts there.
fn watched() -> (Meters, Router, Router) {
    let meters = Meters::default();
    let peers = meters.watch(Door::Peers, routes());
    let api = meters.watch(Door::Api, routes());
    (meters, peers, api)
}

async fn ask(routes: &Router, method: &str, path: &str) {
    let request = Request::builder().method(method).uri(path);
    let request = request.body(Body::empty()).unwrap();
    routes.clone().oneshot(request).await.unwrap();
}

fn written(meters: &Meters) -> String {
    let mut text = Text::default();
    meters.write(&mut text);
    text.finish()
}

fn value(text: &str, sample: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(sample));
    line?.trim().parse().ok()
}

#[tokio::test]
async fn counts_requests_by_door_and_status_and_enquiries_by_outcome() {
    let (meters, peers, api) = watched();

    ask(&peers, "POST", "/v1/enquiries").await;
    ask(&peers, "POST", "/v1/enquiries").await;
    ask(&peers, "GET", "/refused").await;
    ask(&api, "POST", "/v1/enquiries").await;

    let text = written(&meters);
    let requests = |door, status| {
        let sample = format!("stile_http_requests_total{{door=\"{door}\",status=\"{status}\"}} ");
        value(&text, &sample)
    };
    assert_eq!(requests("enquiries", 201), Some(2));
    assert_eq!(requests("peers", 201), None, "enquiries are apart");
    assert_eq!(requests("peers", 403), Some(1));
    assert_eq!(requests("api", 201), Some(1));
    let answered = value(&text, "stile_enquiries_total{outcome=\"answered\"} ");
    assert_eq!(answered, Some(2), "only what hubs sent is an enquiry");
    for door in ["enquiries", "peers"] {
        let sample = format!("stile_http_requests_in_flight{{door=\"{door}\"}} ");
        assert_eq!(value(&text, &sample), Some(0), "{door}");
    }
}

#[tokio::test]
async fn a_long_poll_slows_no_door_and_an_enquiry_is_one_whatever_stands_behind_its_path() {
    let (meters, peers, api) = watched();

    ask(&api, "GET", "/refused?after=2&wait_s=25").await;
    ask(&peers, "GET", "/refused?wait_s=25").await;
    ask(&peers, "POST", "/v1/enquiries?wait_s=25").await;

    let text = written(&meters);
    let took = |door| {
        let sample = format!("stile_http_request_duration_seconds_count{{door=\"{door}\"}} ");
        value(&text, &sample)
    };
    assert_eq!((took("api"), took("peers")), (Some(0), Some(0)));
    assert_eq!((took("waits"), took("enquiries")), (Some(2), Some(1)));
    let answered = value(&text, "stile_enquiries_total{outcome=\"answered\"} ");
    assert_eq!(answered, Some(1));
}

#[tokio::test]
async fn the_last_bucket_of_a_histogram_is_its_count() {
    let meters = Meters::default();
    let peers = meters.watch(Door::Peers, routes());
    for _ in 0..3 {
        ask(&peers, "GET", "/refused").await;
    }

    let text = written(&meters);
    let name = "stile_http_request_duration_seconds";
    let bucket = |le: &str| {
        value(
            &text,
            &format!("{name}_bucket{{door=\"peers\",le=\"{le}\"}} "),
        )
    };
    assert_eq!(bucket("+Inf"), Some(3));
    assert_eq!(
        value(&text, &format!("{name}_count{{door=\"peers\"}} ")),
        Some(3)
    );
    let mut before = 0;
    for line in text
        .lines()
        .filter(|line| line.contains("_bucket{door=\"peers\""))
    {
        let count: u64 = line.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(count >= before, "buckets are cumulative: {line}");
        before = count;
    }
}

#[tokio::test]
async fn nothing_of_an_address_is_kept() {
    let meters = Meters::default();
    let pages = meters.watch(Door::Pages, routes());

    ask(&pages, "GET", "/cases/NV-2026-0001?name=Asha").await;

    let text = written(&meters);
    assert!(
        !text.contains("NV-2026") && !text.contains("Asha"),
        "{text}"
    );
    let missing = "stile_http_requests_total{door=\"pages\",status=\"404\"} ";
    assert_eq!(value(&text, missing), Some(1));
}

#[test]
fn a_label_cannot_end_its_own_quotation() {
    let mut text = Text::default();
    text.family("stile_x", Kind::Gauge, "x");
    text.sample("stile_x", &[("source", "a\"} 1\nb\\")], 2);

    assert!(
        text.finish()
            .ends_with("stile_x{source=\"a\\\"} 1\\nb\\\\\"} 2\n")
    );
}
