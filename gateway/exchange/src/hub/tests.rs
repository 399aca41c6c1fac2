//! What tests of several parts of the hub begin with.

use serde_json::json;
use stile_model::id::EnquiryId;

use super::progress::{Sent, State};

/// A question to the police, which may be asked until it expires, and where it stands.
pub(super) fn sent(id: u8, issued: &str, expires: &str, state: State) -> Sent {
    let enquiry = json!({
        "v": 1,
        "id": EnquiryId::from_bytes([id; 16]),
        "partnership": "north",
        "from": "north-mash",
        "to": "north-police",
        "case": "MASH-2026-00417",
        "case_kind": "child_in_need_of_protection",
        "priority": "red",
        "purpose": "s47_enquiry",
        "consent": { "state": "not_sought", "override_reason": "risk_of_harm" },
        "subjects": [],
        "asks": [],
        "look_back_months": 24,
        "requester": { "user": "j.okafor", "role": "researcher" },
        "issued": issued,
        "expires": expires,
    });
    Sent {
        enquiry: serde_json::from_value(enquiry).unwrap(),
        jws: String::new(),
        state,
        since: issued.parse().unwrap(),
        n: 0,
        more: true,
        first: None,
    }
}
