//! Copies on their way to a case system, from the program that ships: killed in between, and as its
//! people see it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use harness::process::Site;
use harness::{Lab, Matter, PATIENCE, tale};
use hyper::StatusCode;
use serde_json::{Value, json};
use stile_cli::demo::partnership::{HUB, RESEARCHER};
use stile_cli::demo::{SEED, World};
use stile_exchange::clock::Clock;
use stile_ledger::{EntryKind, Leaf};
use stile_model::id::MemberId;

use crate::STILE;

#[expect(dead_code, reason = "the desk's tests use the rest of it")]
#[path = "../../gateway/exchange/tests/desk/receiver.rs"]
mod receiver;

use receiver::{Does, KEY, Receiver};

const CASE: &str = "MASH-2026-00417";

fn inbox(own: &Path, does: Does) -> Receiver {
    let (chain, key) = (own.join("chain.pem"), own.join("key.pem"));
    Receiver::start(&chain, &key, &Clock::system(), does)
}

/// `[[delivery]]` for an inbox, with its key beside the configuration.
fn delivery(own: &Path, inbox: &Receiver) -> String {
    let key = own.join("mosaic.key");
    std::fs::write(&key, KEY).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    format!(
        "\n[[delivery]]\nname = \"mosaic\"\ntitle = \"Mosaic\"\naudiences = [\"receiving_team\"]\n\
         webhook = \"https://localhost:{}/inbox\"\nkey = \"mosaic.key\"\nroots = \"../ca/root.pem\"\n\
         retry_first_s = 1\n",
        inbox.at.port()
    )
}

async fn open_and_order(site: &Site) {
    let desk = site.researcher();
    let story = stile_cli::demo::world::story();
    let matter = json!({
        "id": CASE, "kind": story.case_kind, "priority": story.priority,
        "purpose": story.purpose, "consent": story.consent, "subjects": story.subjects,
    });
    let _: Value = desk.post("/api/v1/cases", &matter).await.unwrap();
    let order = json!({ "to": "mosaic", "audience": "receiving_team", "form": "json" });
    let path = format!("/api/v1/cases/{CASE}/deliveries");
    let line: Value = desk.post(&path, &order).await.unwrap();
    assert_eq!(line["standing"]["state"], "waiting");
}

async fn wait_until_delivered(site: &Site) {
    let (desk, begun) = (site.researcher(), Instant::now());
    loop {
        let path = format!("/api/v1/cases/{CASE}/deliveries");
        let lines: Value = desk.get(&path, PATIENCE).await.unwrap();
        if lines[0]["standing"]["state"] == "delivered" {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{lines}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn kinds(site: &Site) -> Vec<EntryKind> {
    let leaves = site.leaves(HUB);
    let leaves = leaves.iter().map(|leaf| Leaf::parse(leaf).unwrap());
    leaves.map(|leaf| leaf.entry.kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_killed_between_ledger_and_delivery_delivers_the_same_copy_once_it_is_back() {
    let mut site = Site::set_up(STILE, &[], 50).await;
    let own = site.member_dir(HUB);
    let inbox = inbox(&own, Does::Sleeps);
    let table = delivery(&own, &inbox);
    site.edit(&site.config(HUB), |text| format!("{text}{table}"));
    site.start(HUB);
    open_and_order(&site).await;
    // The inbox has all of it, and has not said so.
    let first = inbox.wait_for(1)[0].clone();

    site.kill(HUB);
    inbox.does(Does::Takes);
    site.start(HUB);
    wait_until_delivered(&site).await;
    site.stop(HUB);

    let got = inbox.came();
    assert_eq!(got.len(), 2);
    assert_eq!(got[1].headers["webhook-id"], first.headers["webhook-id"]);
    assert_eq!(got[1].body, first.body);
    let kinds = kinds(&site);
    let count = |kind| kinds.iter().filter(|one| **one == kind).count();
    assert_eq!(count(EntryKind::DocumentIssued), 1);
    assert_eq!(count(EntryKind::Delivered), 1);
    assert!(site.verified(HUB).is_sound());
    // What stands in the log is about the delivery, not about anybody.
    let log = site.log(HUB);
    let name = stile_cli::demo::world::story().subjects[0].names[0].clone();
    assert!(!log.contains(name.surname.reveal().as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_nobody_knows_stops_the_start() {
    let site = Site::set_up(STILE, &[], 50).await;
    site.edit(&site.config(HUB), |text| {
        format!(
            "{text}\n[[delivery]]\nname = \"records\"\naudiences = [\"receiving_team\"]\n\
             folder = \"out\"\n[delivery.on_decision]\noutcomes = [\"no_such\"]\n\
             audience = \"receiving_team\"\n"
        )
    });

    let said = site.refuses_to_start(HUB);

    assert!(
        said.contains("no_such") && said.contains("records"),
        "{said}"
    );
}

/// A hub whose people send to an inbox that does this.
async fn with_inbox(does: Does) -> (Lab, Receiver) {
    let mut kept = None;
    let world = World::generate_on(SEED, 50, Clock::system().now().date());
    let lab = Lab::start_with(&world, &[], |folder| {
        let own: PathBuf = folder.join(HUB);
        let inbox = inbox(&own, does);
        let file = own.join("hub.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}{}", delivery(&own, &inbox))).unwrap();
        kept = Some(inbox);
    });
    let lab = lab.await;
    (lab, kept.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_researcher_sends_a_copy_from_the_case_and_sees_that_it_failed() {
    let (mut lab, inbox) = with_inbox(Does::Fails).await;
    let hub = MemberId::new(HUB).unwrap();
    Matter::of(&tale("red"), CASE)
        .open(&lab.person(&hub, RESEARCHER))
        .await;
    let browser = lab.browser(&hub, RESEARCHER);
    let path = format!("/cases/{CASE}/deliver");
    let overview = browser.open(&format!("/cases/{CASE}")).await;
    assert!(overview.html.contains(&path));
    let form = browser.open(&path).await;
    assert!(form.says("Send to Mosaic"), "{}", form.words());
    assert!(form.says("Nothing has been sent yet."));
    // An audience that no system gets is not offered.
    assert!(!form.html.contains("value=\"decision_maker\""));
    let missing = browser.send(&form, &path, &[("to", "mosaic")]).await;
    assert_eq!(missing.status, StatusCode::OK);
    assert!(missing.html.contains("govuk-error-summary"));

    let fields = [
        ("to", "mosaic"),
        ("audience", "receiving_team"),
        ("language", "cy"),
        ("form", "json"),
    ];
    let sent = browser.send(&missing, &path, &fields).await;

    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    inbox.wait_for(1);
    let begun = Instant::now();
    loop {
        let overview = browser.open(&format!("/cases/{CASE}")).await;
        if overview.says("Not taken yet") && overview.says("The system said that it failed") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{}", overview.words());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    lab.stop().await;
}
