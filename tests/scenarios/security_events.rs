//! What is told to whoever watches a gateway for misuse: the published events, with the published keys,
//! and nobody's data.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use harness::browser::Browser;
use harness::process::Site;
use harness::{Caller, tale};
use hyper::{Method, StatusCode};
use serde_json::{Map, Value};
use stile_cli::config::HubConfig;
use stile_cli::demo::partnership::{HUB, RESEARCHER};
use stile_cli::demo::world::Kind;
use stile_exchange::security::{HAPPENED, TOLD};

use crate::{STILE, tree};

const POLICE: &str = "riverside-police";
const GUIDE: &str = "docs/guide/watch.md";

/// Has a member's gateway write its security events beside its log.
pub fn watched(site: &Site, member: &str) -> std::path::PathBuf {
    let file = site.dir().join("log").join(format!("{member}.security"));
    site.edit(&site.config(member), |text| {
        format!("{text}\n[log]\nsecurity_file = \"{}\"\n", file.display())
    });
    file
}

fn told(file: &std::path::Path) -> Vec<Map<String, Value>> {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The rows of the guide's table that begins with this head.
fn rows(head: &str) -> Vec<Vec<String>> {
    let text = tree::read(GUIDE);
    let table = text.split(head).nth(1).unwrap();
    let lines = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    lines
        .map(|line| {
            let cells = line.trim_matches('|').split(" | ");
            cells.map(|cell| cell.trim().replace('`', "")).collect()
        })
        .collect()
}

#[test]
fn the_guide_lists_every_event_with_its_severity_and_no_other() {
    let listed: BTreeMap<_, _> = rows("| Event | Severity | What happened |")
        .iter()
        .flat_map(|row| {
            let events = row[0].split(", ").map(str::to_owned);
            let severity = row[1].clone();
            events.map(move |event| (event, severity.clone()))
        })
        .collect();

    let ledger = TOLD.map(|(kind, severity)| (kind.word(), severity));
    let own = HAPPENED.map(|happened| (happened.as_str(), happened.severity()));
    let told: BTreeMap<_, _> = ledger
        .into_iter()
        .chain(own)
        .map(|(event, severity)| (event.to_owned(), severity.as_str().to_owned()))
        .collect();
    assert_eq!(listed, told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_strangers_is_a_few_lines_that_say_how_many_there_were() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    let file = watched(&site, HUB);
    site.start(HUB);
    let hub = HubConfig::read(&site.config(HUB)).unwrap().parts;
    let many = 40;

    for _ in 0..many {
        let stranger = Caller::careless(site.dir(), None, hub.listen.peers.unwrap());
        let refused = stranger.call(Method::GET, "/v1/ledger/checkpoint", Vec::new());
        refused.await.unwrap_err();
    }
    site.stop(HUB);

    let all = told(&file);
    let refused = all.iter().filter(|told| told["event"] == "peer_refused");
    let (mut lines, mut counted) = (0, 0);
    for told in refused {
        lines += 1;
        counted += match told.get("counts").and_then(Value::as_str) {
            None => 1,
            Some(more) => more.strip_prefix("more=").unwrap().parse().unwrap(),
        };
    }
    // Two a minute: the first, and how many more.
    assert!(lines < many / 2, "{all:?}");
    assert!(counted >= many, "{counted} of {many}: {all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_failed_sign_ins_and_strangers_are_told_by_the_published_keys_and_name_nobody() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    let (of_hub, of_police) = (watched(&site, HUB), watched(&site, POLICE));
    site.start_all();
    let hub = HubConfig::read(&site.config(HUB)).unwrap().parts;
    let pages = hub.pages.unwrap().listen;

    // A question that is refused, a stranger at the members' door, and a wrong password.
    let raw = site.raw_hub();
    let mut enquiry = raw.enquiry(Kind::Police, &tale("red"));
    enquiry.look_back_months = 0;
    assert_eq!(raw.refused(Kind::Police, &enquiry).await, "out_of_bounds");
    let stranger = Caller::careless(site.dir(), None, hub.listen.peers.unwrap());
    let refused = stranger.call(Method::GET, "/v1/ledger/checkpoint", Vec::new());
    refused.await.unwrap_err();
    let browser = Browser::over(Caller::careless(site.dir(), None, pages));
    let fields = [("user", RESEARCHER), ("password", "not this password")];
    let wrong = browser.post("/sign-in", &fields, "same-origin").await;
    assert_ne!(wrong.status, StatusCode::SEE_OTHER);
    site.stop_all();

    let (hub, police) = (told(&of_hub), told(&of_police));
    let has = |events: &[Map<String, Value>], event: &str, code: &str| {
        let code = Some(code).filter(|code| !code.is_empty());
        events
            .iter()
            .any(|told| told["event"] == event && told.get("code").and_then(Value::as_str) == code)
    };
    assert!(has(&police, "start", "") && has(&hub, "start", ""));
    assert!(has(&police, "refusal", "out_of_bounds"), "{police:?}");
    assert!(has(&hub, "peer_refused", "handshake_refused"), "{hub:?}");
    assert!(has(&hub, "sign_in_failed", "wrong_password"), "{hub:?}");
    let keys: BTreeSet<_> = rows("| Key | What |")
        .iter()
        .flat_map(|row| row[0].split(", ").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let refusal = police.iter().find(|told| told["event"] == "refusal");
    assert_eq!(refusal.unwrap()["peer"], HUB);
    for told in hub.iter().chain(&police) {
        let unknown: Vec<_> = told.keys().filter(|key| !keys.contains(*key)).collect();
        assert!(
            unknown.is_empty(),
            "{told:?}: {unknown:?} are not in {GUIDE}"
        );
        assert_eq!(told["v"], 1);
    }
    let all = [of_hub, of_police].map(|file| fs::read_to_string(file).unwrap());
    let story = tale("red");
    for subject in &story.subjects {
        for name in &subject.names {
            let surname = name.surname.reveal();
            assert!(all.iter().all(|text| !text.contains(surname.as_str())));
        }
    }
    for word in [RESEARCHER, "not this password", story.case.as_str()] {
        assert!(all.iter().all(|text| !text.contains(word)), "{word}");
    }
}
