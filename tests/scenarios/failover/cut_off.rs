//! One of two gateways loses its way to the database, which the other still has.

use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use harness::forward::Forwarder;

use super::{Ground, PATIENCE, POLICE, Replica, free, private};
use crate::watch::{get, metrics, value};

/// A gateway that reaches the database by a way of its own, `way`.
fn led_by(way: SocketAddr, ground: &Ground) -> (Replica, SocketAddr) {
    let url = ground.database.superuser_url("ledger");
    let at = url.rsplit(['@', '/']).nth(1).unwrap();
    let own = ground.site.member_dir(POLICE).join("two.url");
    private(&own, &url.replace(at, &way.to_string()));
    let replica = Replica::of("two", &ground.site);
    let text = fs::read_to_string(&replica.config).unwrap();
    fs::write(&replica.config, text.replace("ledger.url", "two.url")).unwrap();
    (replica, at.parse().unwrap())
}

/// Waits until a gateway answers a balancer like this.
async fn says(replica: &Replica, status: u16, why: &str) {
    let begun = Instant::now();
    loop {
        let said = get(replica.metrics.port(), "/health/ready");
        if said == Some((status, why.to_owned())) {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "`{}` says {said:?}",
            replica.name
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_cut_off_from_the_database_is_not_ready_and_the_other_stays_ready() {
    let ground = Ground::lay().await;
    let way = free();
    let (mut two, database) = led_by(way, &ground);
    let mut one = Replica::of("one", &ground.site);
    let led = Forwarder::start(way, &[database]).await;
    one.start();
    two.start();
    says(&two, 200, "ready\n").await;

    drop(led);
    says(&two, 503, "database_unreachable\n").await;

    let page = metrics(two.metrics.port());
    assert_eq!(value(&page, "stile_ready"), 0);
    assert!(value(&page, "stile_ledger_entries_total") > 0);
    says(&one, 200, "ready\n").await;
    let _led = Forwarder::start(way, &[database]).await;
    says(&two, 200, "ready\n").await;
}
