//! The same over networks of the kernel, with a router between hub and agency that loses packets, goes
//! silent, and forgets. Where the machine allows no such network, this says so and proves nothing.

use std::time::{Duration, Instant};

use harness::papers::change_directory;
use harness::process::Site;
use harness::segments::{HUB_NAME, Segments, in_its_own_network};
use stile_cli::demo::partnership::HUB;

use super::{
    POLICE, ask_and_wait, dialling, hub_address, permits, said, start_both, wait_until_said,
};

/// A hub and an agency in a network of its own, to which nobody can connect.
async fn apart() -> Option<(Site, Segments)> {
    let segments = match Segments::new() {
        Ok(segments) => segments,
        Err(why) => {
            eprintln!("NOT RUN: no network of its own can be made here: {why}");
            return None;
        }
    };
    let mut site = dialling("").await;
    let hub = hub_address(&site);
    let everywhere = format!("0.0.0.0:{}", hub.port());
    site.edit(&site.config(HUB), |text| {
        text.replace(
            &format!("peers = \"{hub}\""),
            &format!("peers = \"{everywhere}\""),
        )
    });
    change_directory(site.dir(), |text| {
        text.replace(
            &format!("https://{hub}"),
            &format!("https://{HUB_NAME}:{}", hub.port()),
        )
    });
    site.start_through(POLICE, segments.inside());
    Some((site, segments))
}

#[test]
fn answers_across_a_router_that_loses_packets_goes_silent_and_forgets() {
    in_its_own_network("dial_out::network::story_of_a_bad_router");
}

#[test]
fn without_pings_the_same_router_forgets_the_line() {
    in_its_own_network("dial_out::network::story_of_a_line_without_pings");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by `answers_across_a_router_that_loses_packets_goes_silent_and_forgets`"]
async fn story_of_a_bad_router() {
    let Some((mut site, segments)) = apart().await else {
        return;
    };
    start_both(&mut site);
    ask_and_wait(&site, 1).await;

    segments.lose_percent(5);
    for number in 2..6 {
        let begun = Instant::now();
        ask_and_wait(&site, number).await;
        println!("answered in {:?} at 5 % loss", begun.elapsed());
    }
    segments.mend();

    let before = said(&site, POLICE, "a hub was dialled");
    segments.go_silent();
    wait_until_said(&site, HUB, "a dialled connection ended", 2);
    segments.mend();
    wait_until_said(&site, POLICE, "a hub was dialled", before + 2);
    ask_and_wait(&site, 6).await;

    // Forgotten after two seconds without a packet, and there is one every second.
    segments.forget_after_s(2);
    let dialled = said(&site, POLICE, "a hub was dialled");
    tokio::time::sleep(Duration::from_secs(7)).await;
    ask_and_wait(&site, 7).await;
    assert_eq!(said(&site, POLICE, "a hub was dialled"), dialled);

    site.stop_all();
    assert_eq!(permits(&site), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by `without_pings_the_same_router_forgets_the_line`"]
async fn story_of_a_line_without_pings() {
    let Some((mut site, segments)) = apart().await else {
        return;
    };
    for (member, table) in [(HUB, "dial_in"), (POLICE, "dial_out")] {
        site.edit(&site.config(member), |text| {
            let (before, own) = text.split_once(&format!("[{table}]")).unwrap();
            format!(
                "{before}[{table}]{}",
                own.replace("ping_s = 1\n", "ping_s = 6\n")
            )
        });
    }
    start_both(&mut site);

    segments.forget_after_s(2);
    wait_until_said(&site, HUB, "a dialled connection ended", 2);
    wait_until_said(&site, POLICE, "a hub was dialled", 4);

    ask_and_wait(&site, 1).await;
    site.stop_all();
}
