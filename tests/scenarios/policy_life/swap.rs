//! Policies change while a hub asks without pause: every answer is of one policy, and the ledger
//! holds no permit under rules that another policy had already followed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use stile_cli::demo::partnership::{AUDITOR, LEAD, OFFICER};
use stile_exchange::policy::Proposed;
use stile_ledger::EntryKind;
use stile_model::code::Rung;
use stile_model::digest::Digest;

use super::{
    WHY, approve, ask, cases, date_rungs, desk, in_force, lab, police, posted, propose, rules,
};

const ASKERS: usize = 4;
const ROUNDS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_of_two_policies_or_of_one_that_was_followed() {
    let mut lab = lab().await;
    let stop = Arc::new(AtomicBool::new(false));
    let raw = Arc::new(lab.raw_hub());
    let askers: Vec<_> = (0..ASKERS)
        .map(|_| {
            let (raw, stop) = (Arc::clone(&raw), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut answers = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    answers.push(ask(&raw).await.1);
                }
                answers
            })
        })
        .collect();
    let people = [AUDITOR, OFFICER, LEAD].map(|user| desk(&lab, user));
    let exact = in_force(&lab).await.digests.rules;
    let mut version = 1;
    for _ in 0..ROUNDS {
        let less = propose(&people[0], &rules("year", true), &cases("year")).await;
        approve(&people[1], less.version).await;
        let back = json!({ "to": version, "reason": WHY });
        let more: Proposed = posted(&people[0], "rollback", &back).await;
        let more = more.proposal.unwrap().version;
        approve(&people[1], more).await;
        approve(&people[2], more).await;
        version = in_force(&lab).await.version;
        assert_eq!(version, more);
    }
    stop.store(true, Ordering::SeqCst);
    let mut of_each = [0, 0];
    for asker in askers {
        for answered in asker.await.unwrap() {
            let is_exact = answered.answer.policy == exact;
            of_each[usize::from(is_exact)] += 1;
            for rung in date_rungs(&answered) {
                assert_eq!(rung == Rung::Detail, is_exact, "{:?}", answered.answer);
            }
        }
    }
    assert!(of_each.iter().all(|count| *count > 0), "{of_each:?}");
    lab.stop().await;
    let mut now: Option<Digest> = None;
    for leaf in lab.entries(&police()) {
        match leaf.entry.kind {
            EntryKind::PolicyChange => now = leaf.entry.policy,
            EntryKind::Permit => assert_eq!(leaf.entry.policy, now),
            _ => {}
        }
    }
}
