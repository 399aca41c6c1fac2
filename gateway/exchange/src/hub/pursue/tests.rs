use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::HeaderValue;

use super::*;

fn reply(after: Option<&'static str>) -> Reply {
    let mut headers = HeaderMap::new();
    if let Some(after) = after {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(after));
    }
    Reply {
        status: StatusCode::SERVICE_UNAVAILABLE,
        headers,
        body: Bytes::new(),
    }
}

#[test]
fn an_agency_says_in_whole_seconds_when_to_ask_again() {
    for (said, wait) in [("0", 0), ("1", 1), ("200", 200)] {
        assert_eq!(said_wait(&reply(Some(said))), Duration::from_secs(wait));
    }
}

#[test]
fn what_is_not_readable_says_nothing() {
    for said in [
        None,
        Some(""),
        Some("soon"),
        Some("-1"),
        Some("Wed, 21 Oct 2026 07:28:00 GMT"),
    ] {
        assert_eq!(said_wait(&reply(said)), Duration::ZERO, "{said:?}");
    }
}
