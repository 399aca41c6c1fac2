//! What a gateway tells machines of itself: metrics, health, and that it is about to stop.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use harness::PATIENCE;
use harness::ask::{has_answered, raise, wait_for};
use harness::process::Site;
use stile_cli::demo::partnership::HUB;
use stile_cli::demo::world::{Kind, story};
use stile_exchange::policy::NOTICES;

use crate::STILE;
use crate::tree;

const POLICE: &str = "riverside-police";

/// A port that nobody has at the moment, below those that the system hands out.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let from = 12_000 + u16::try_from(std::process::id() % 8_000).unwrap();
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, from + step)).is_ok() {
            return from + step;
        }
    }
}

/// Gives a member's gateway a metrics address, and gives the port.
pub fn watched(site: &Site, member: &str, port: u16, more: &str) -> u16 {
    site.edit(&site.config(member), |text| {
        format!("{text}\n[metrics]\nlisten = \"127.0.0.1:{port}\"\n{more}")
    });
    port
}

/// The status and body that a path has.
pub fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let status = text.split(' ').nth(1)?.parse().ok()?;
    let (_, body) = text.split_once("\r\n\r\n")?;
    Some((status, body.to_owned()))
}

pub fn metrics(port: u16) -> String {
    let (status, body) = get(port, "/metrics").unwrap();
    assert_eq!(status, 200);
    body
}

pub fn value(page: &str, sample: &str) -> i64 {
    let found = page
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    let found = found.unwrap_or_else(|| panic!("no `{sample}` in\n{page}"));
    found.parse().unwrap()
}

/// The names that a page of metrics declares.
fn declared(page: &str) -> BTreeSet<String> {
    let types = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_count_an_enquiry_and_name_nobody() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 100).await;
    let (hub, police) = (free_port(), free_port());
    watched(&site, HUB, hub, "");
    watched(&site, POLICE, police, "");
    site.start_all();
    let mut story = story();
    story.asks.retain(|kind, _| *kind == Kind::Police);
    let before = value(&metrics(police), "stile_ledger_entries_total");

    let desk = site.researcher();
    raise(&desk, &story).await;
    wait_for(&desk, &story, has_answered).await;

    let (of_hub, of_police) = (metrics(hub), metrics(police));
    assert_eq!(
        value(&of_police, "stile_enquiries_total{outcome=\"answered\"}"),
        1
    );
    assert_eq!(
        value(&of_police, "stile_enquiries_total{outcome=\"refused\"}"),
        0
    );
    assert!(value(&of_police, "stile_ledger_entries_total") > before);
    assert!(value(&of_police, "stile_policy_rulings_total") > 0);
    assert_eq!(value(&of_police, "stile_ready"), 1);
    assert_eq!(value(&of_police, "stile_source_up{source=\"niche\"}"), 1);
    for code in NOTICES {
        value(
            &of_police,
            &format!("stile_policy_notice{{code=\"{code}\"}}"),
        );
    }
    let in_90_days = value(&of_police, "stile_certificate_expiry_timestamp_seconds");
    assert!(in_90_days > 1_700_000_000);
    let of_pages = "stile_pages_certificate_expiry_timestamp_seconds";
    assert_eq!(value(&of_police, of_pages), in_90_days, "it is the same");
    for sample in [
        "door=\"api\",status=\"201\"",
        "door=\"waits\",status=\"200\"",
    ] {
        let sample = format!("stile_http_requests_total{{{sample}}}");
        assert!(value(&of_hub, &sample) > 0, "{sample}");
    }
    for page in [&of_hub, &of_police] {
        assert_names_nobody(page, &story);
    }
    site.stop_all();
}

/// No case, person or word of the story stands in a page of metrics.
fn assert_names_nobody(page: &str, story: &stile_cli::demo::world::Story) {
    assert!(!page.contains(story.case.as_str()), "{page}");
    let subjects = serde_json::to_value(&story.subjects).unwrap().to_string();
    let words = subjects.split(|sign: char| !sign.is_alphanumeric());
    let words = words.filter(|word| word.chars().next().is_some_and(char::is_uppercase));
    let mut looked_for = 0;
    for word in words.filter(|word| word.len() > 3) {
        assert!(!page.contains(word), "`{word}` stands in\n{page}");
        looked_for += 1;
    }
    assert!(looked_for > 5, "only {looked_for} words of {subjects}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn says_that_it_is_stopping_and_goes_on_answering_while_it_drains() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    let port = watched(&site, HUB, free_port(), "drain_s = 3\n");
    site.start(HUB);
    assert_eq!(
        get(port, "/health/live").unwrap(),
        (200, "live\n".to_owned())
    );
    assert_eq!(
        get(port, "/health/ready").unwrap(),
        (200, "ready\n".to_owned())
    );
    assert_eq!(get(port, "/cases").unwrap().0, 404);
    let desk = site.researcher();

    site.tell_to_stop(HUB);

    let begun = Instant::now();
    while get(port, "/health/ready").unwrap().0 != 503 {
        assert!(
            begun.elapsed() < PATIENCE,
            "it never says that it is stopping"
        );
    }
    assert_eq!(get(port, "/health/ready").unwrap().1, "stopping\n");
    let cases: serde_json::Value = desk
        .get("/api/v1/ledger/witnesses", PATIENCE)
        .await
        .unwrap();
    assert!(
        cases["size"].as_u64().unwrap() > 0,
        "a request is answered meanwhile"
    );
    site.has_stopped(HUB);
    assert!(
        get(port, "/health/live").is_none(),
        "nobody listens any more"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tells_the_service_manager_when_it_is_ready_and_when_it_stops() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    let socket = site.dir().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let heard = || {
        let mut bytes = [0; 64];
        let length = manager.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    let named = socket.display().to_string();
    site.environment(HUB, vec![("NOTIFY_SOCKET".to_owned(), named)]);

    site.start(HUB);
    assert_eq!(heard(), "READY=1");
    site.stop(HUB);
    assert_eq!(heard(), "STOPPING=1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_question_keeps_no_other_from_its_answer_and_no_gateway_from_stopping() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    let port = watched(&site, HUB, free_port(), "");
    site.start(HUB);
    let stalled: Vec<_> = (0..10)
        .map(|_| {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
            stream.write_all(b"GET /met").unwrap();
            stream
        })
        .collect();

    assert_eq!(get(port, "/health/live").unwrap().0, 200);
    site.stop(HUB);
    drop(stalled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn is_not_ready_once_the_revocation_list_is_late() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    let port = watched(&site, POLICE, free_port(), "");
    let now = stile_exchange::clock::Clock::system().now();
    let authority = stile_trust::authority::Authority::open(&site.dir().join("ca")).unwrap();
    authority.refresh_crl(now.plus_s(-6 * 86_400), 7).unwrap();
    site.start(POLICE);
    assert_eq!(get(port, "/health/ready").unwrap().0, 200);
    // Newer, and late in some seconds: long enough for it to be taken.
    let soon = stile_exchange::clock::Clock::system()
        .now()
        .plus_s(15 - 86_400);
    authority.refresh_crl(soon, 1).unwrap();

    let begun = Instant::now();
    let late = loop {
        let (status, body) = get(port, "/health/ready").unwrap();
        if status == 503 {
            break body;
        }
        assert!(begun.elapsed() < PATIENCE, "it stays ready");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(late, "revocation_list_not_in_date\n");
    assert_eq!(value(&metrics(port), "stile_ready"), 0);
    site.stop(POLICE);
}

/// The metrics that a text names, with the endings of a histogram taken off.
fn named(text: &str) -> BTreeSet<String> {
    let name = regex::Regex::new(r"\b(?:stile|process)_[a-z_]+").unwrap();
    let found = name.find_iter(text).map(|found| found.as_str());
    let ends = ["_bucket", "_sum", "_count"];
    found
        .map(|name| {
            ends.iter()
                .find_map(|end| name.strip_suffix(end))
                .unwrap_or(name)
        })
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dashboard_the_alerts_and_the_page_name_only_metrics_that_exist() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    let (hub, police) = (free_port(), free_port());
    watched(&site, HUB, hub, "");
    watched(&site, POLICE, police, "");
    // People in memory, so that their metrics are there, too.
    site.edit(&site.member_dir(POLICE).join("sources.toml"), |text| {
        format!("{text}\n[source.niche.index]\nenabled = true\n")
    });
    site.start_all();
    let mut exist = declared(&metrics(hub));
    exist.extend(declared(&metrics(police)));
    site.stop_all();

    let alerts = tree::read("config/watch/alerts.yml");
    let dashboard = tree::read("config/watch/dashboard.json");
    let page = tree::read("docs/guide/watch.md");
    let whole: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    assert!(whole["panels"].as_array().unwrap().len() >= 8);
    for (what, text) in [
        ("alerts", &alerts),
        ("dashboard", &dashboard),
        ("page", &page),
    ] {
        let named = named(text);
        let unknown: Vec<_> = named.difference(&exist).collect();
        assert!(
            unknown.is_empty(),
            "the {what} names {unknown:?}; there is {exist:?}"
        );
        assert!(named.len() >= 8, "the {what} names only {named:?}");
    }
    let told = named(&page);
    let untold: Vec<_> = exist.difference(&told).collect();
    assert!(
        untold.is_empty(),
        "docs/guide/watch.md says nothing of {untold:?}"
    );
}

#[test]
fn the_alert_rules_fire_when_they_should_by_promtool() {
    let promtool = std::env::var("STILE_PROMTOOL").unwrap_or_else(|_| "promtool".to_owned());
    let folder = tree::root().join("config/watch");
    let run = |arguments: &[&str]| {
        Command::new(&promtool)
            .args(arguments)
            .current_dir(&folder)
            .output()
    };
    let Ok(checked) = run(&["check", "rules", "alerts.yml"]) else {
        eprintln!(
            "*** promtool is not installed (Debian: prometheus): the alert rules were NOT tried ***"
        );
        return;
    };
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success(), "{said}");

    let tried = run(&["test", "rules", "alerts.test.yml"]).unwrap();

    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&tried.stdout),
        String::from_utf8_lossy(&tried.stderr)
    );
    assert!(tried.status.success(), "{said}");
}
