//! An answer rests on one policy from first to last, whatever is served meanwhile.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use stile_cli::demo::partnership::member;
use stile_cli::demo::world::Kind;
use stile_exchange::agency::Agency;
use stile_exchange::clock::Clock;
use stile_policy::PolicySet;

use crate::policy_ask::{RULES, lab};
use crate::suspended::{answer, assembled};

/// The ground that the other policy gives for the same rules.
const OTHER: &str = "Children Act 1989 s.17";

/// Another policy is served in the middle of an answer, each time at a later reading of the clock.
#[tokio::test(flavor = "multi_thread")]
async fn the_record_gives_the_reasons_of_the_policy_that_ruled() {
    let mut lab = lab().await;
    lab.stop_one(&member(Kind::Police).unwrap()).await;
    let left = Arc::new(AtomicI64::new(i64::MAX));
    let serves: Arc<OnceLock<(Arc<Agency>, Arc<PolicySet>)>> = Arc::default();
    let (time, count, other) = (lab.time.clock(), Arc::clone(&left), Arc::clone(&serves));
    let clock = Clock::new(move || {
        if count.fetch_sub(1, Ordering::SeqCst) == 1 {
            let (agency, other) = other.get().unwrap();
            agency.policy.store(Arc::clone(other));
        }
        time.now()
    });
    let agency = assembled(&lab, clock).await;
    let first = agency.policy.load_full();
    let other = Arc::new(with_another_ground(&agency));
    serves
        .set((Arc::clone(&agency), Arc::clone(&other)))
        .unwrap();
    let raw = lab.raw_hub();

    let mut in_flight = 0;
    for reading in (0..).map(|n| 1 << n) {
        agency.policy.store(Arc::clone(&first));
        left.store(reading, Ordering::SeqCst);
        let (_, answered) = answer(&lab, &raw, &agency).await;
        if left.swap(i64::MAX, Ordering::SeqCst) > 0 {
            assert!(reading > 1);
            break;
        }
        let body = agency.store.body(answered.index).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let reasons = body["record"]["reasons"].as_array().unwrap();
        assert!(!reasons.is_empty());
        let ruled_first = answered.answer.policy == first.digest();
        assert!(ruled_first || answered.answer.policy == other.digest());
        for reason in reasons {
            assert_eq!(reason["why"] != OTHER, ruled_first, "{reading}: {reason}");
        }
        in_flight += usize::from(ruled_first);
    }

    assert!(
        in_flight > 0,
        "the other was served before an answer under the first was recorded"
    );
    lab.stop().await;
}

fn with_another_ground(agency: &Agency) -> PolicySet {
    let rules = RULES.replace("Children Act 1989 s.47(9)", OTHER);
    let today = agency.clock.now().date();
    PolicySet::activate_for(
        Some(&agency.me),
        "rules.toml",
        &rules,
        &agency.vocabulary,
        &agency.kind,
        today,
        7,
    )
    .unwrap()
}
