//! Officers work at once: what takes long keeps nobody from changing the policy.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::answers::{CASES, fits, get, post};
use crate::gateways::{Gateways, OFFICERS, RULES};

const PROPOSALS: &str = "/api/v1/policy/proposals";
const WHY: &str = "Agreed at the information governance group of this month.";
/// Longer than any step takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Rules with a date by `rung`, and a case that says so.
fn order(rung: &str) -> Value {
    let (rules, cases) = (RULES.replace("exact", rung), CASES.replace("year", rung));
    json!({ "rules": rules, "cases": cases, "reason": WHY })
}

/// While one officer's order is compared with version 2, another brings version 3 into force.
async fn is_told_to_look_again(path: &'static str, asked: Value, skip: usize) {
    let gateways = Gateways::new().await;
    let [one, other] = OFFICERS.map(|user| gateways.officer(user));
    let approve = async |version: u64| {
        let path = format!("{PROPOSALS}/{version}/approval");
        let approved = post(&other, &path, &json!({ "reason": WHY })).await;
        assert_eq!(approved.json()["state"], "in_force");
    };
    post(&one, PROPOSALS, &order("month")).await;
    approve(2).await;
    let waits = post(&one, PROPOSALS, &order("year")).await.json();
    assert_eq!(waits["proposal"]["version"], 3);

    let (there, let_on) = gateways.pause.after(skip);
    let (third, body) = (gateways.officer(OFFICERS[0]), asked.clone());
    let order = tokio::spawn(async move { post(&third, path, &body).await });
    let reached = tokio::task::spawn_blocking(move || there.recv_timeout(PATIENCE));
    reached.await.unwrap().unwrap();
    let approved = tokio::time::timeout(PATIENCE, approve(3)).await;
    approved.expect("nobody's turn is kept while texts are compared");
    let_on.send(()).unwrap();

    let refused = order.await.unwrap();
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.json());
    fits(&one, "post", path, &refused);
    let kind = refused.json()["type"].as_str().unwrap().to_owned();
    assert!(kind.ends_with("policy_overtaken"), "{kind}");
    let kept = get(&one, PROPOSALS).await.json();
    assert_eq!(kept["proposals"].as_array().unwrap().len(), 2, "not kept");
    // Held against what is in force now it is taken.
    let again = post(&one, path, &asked).await;
    assert_eq!(again.json()["proposal"]["base"], 3, "{}", again.json());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_proposal_keeps_nobody_from_approving_and_is_never_about_what_was_replaced() {
    // The first to read the clock looks at `active_from`.
    is_told_to_look_again(PROPOSALS, order("known"), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn going_back_keeps_nobody_from_approving_and_is_never_about_what_was_replaced() {
    let back = json!({ "to": 1, "reason": WHY });
    is_told_to_look_again("/api/v1/policy/rollback", back, 0).await;
}
