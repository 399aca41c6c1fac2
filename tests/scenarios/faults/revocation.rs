//! The revocation list's file is spoiled: the list in force stays in force, and the log says so.

use std::fs;
use std::time::Duration;

use stile_cli::demo::world::Kind;
use stile_exchange::clock::Clock;
use stile_trust::authority::{Authority, describe};

use super::{POLICE, police, police_story, until};

/// Longest that somebody who was revoked may still be answered.
const WITHIN_SECONDS: Duration = Duration::from_secs(30);
const KEPT: &str = "the old one stays in force";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spoiled_revocation_list_keeps_the_old_one_and_a_good_one_replaces_it() {
    let mut site = police().await;
    let (file, chain) = (
        site.dir().join("ca/crl.pem"),
        site.member_dir("riverside-hub").join("chain.pem"),
    );
    let good = fs::read(&file).unwrap();
    site.start(POLICE);
    let hub = site.raw_hub();
    let enquiry = || hub.enquiry(Kind::Police, &police_story());
    hub.ask(Kind::Police, &enquiry()).await;

    for spoiled in [
        b"garbage".to_vec(),
        Vec::new(),
        good[..good.len() / 2].to_vec(),
    ] {
        let told = site.log(POLICE).matches(KEPT).count();
        fs::write(&file, spoiled).unwrap();
        until("the spoiled list is logged", || {
            site.log(POLICE).matches(KEPT).count() > told
        })
        .await;
        hub.ask(Kind::Police, &enquiry()).await;
    }

    // A gateway that starts now has no list to fall back on, so it does not start.
    site.stop(POLICE);
    let said = site.refuses_to_start(POLICE);
    assert!(said.contains("revocation list"), "{said}");
    assert!(said.contains("crl.pem"), "{said}");
    fs::write(&file, &good).unwrap();
    site.start(POLICE);
    let hub = site.raw_hub();
    hub.ask(Kind::Police, &hub.enquiry(Kind::Police, &police_story()))
        .await;

    let now = Clock::system().now();
    let authority = Authority::open(&site.dir().join("ca")).unwrap();
    let hubs = describe(&fs::read_to_string(&chain).unwrap()).unwrap();
    authority.revoke(hubs.serial, now).unwrap();
    let question = hub.sign(&hub.enquiry(Kind::Police, &police_story()));
    let begun = std::time::Instant::now();
    loop {
        match hub.post(Kind::Police, question.clone().into_bytes()).await {
            Ok(reply) if reply.status.is_success() => {
                assert!(
                    begun.elapsed() < WITHIN_SECONDS,
                    "a revoked hub is answered"
                );
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Ok(_) | Err(_) => break,
        }
    }
}
