//! An agency that nothing may connect to dials its hub, and is asked over what it dialled: real
//! processes, with something between them that a test can break.

mod network;
mod refused;
mod under_load;

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use harness::ask::{has_answered, raise, wait_for};
use harness::middle::Middle;
use harness::papers::change_directory;
use harness::process::Site;
use harness::{Lab, MovableClock, PATIENCE, Page};
use stile_cli::config::{AgencyConfig, HubConfig};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{HUB, IT, dial_out, member};
use stile_cli::demo::world::{Kind, Story, World, story};
use stile_exchange::hub::State;
use stile_ledger::{EntryKind, Leaf};
use stile_model::id::{CaseId, MemberId};

use crate::STILE;

const POLICE: &str = "riverside-police";
const PEOPLE: usize = 50;
/// What happens at once, or within seconds, takes no longer, however slow the machine is.
const AT_ONCE: Duration = Duration::from_secs(30);
/// Quick, so that a test need not wait for what takes minutes in service.
const QUICK: &str = "retry_first_ms = 50\nretry_longest_s = 1\nping_s = 1\nping_wait_s = 1\n";

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

/// A question to the police alone, in a case of its own.
fn question(number: u32) -> Story {
    let mut story = story();
    story.case = CaseId::new(format!("MASH-2026-8{number:04}")).unwrap();
    story.asks.retain(|kind, _| *kind == Kind::Police);
    story
}

/// Where an agency's gateway would listen for members, if it did.
fn listens(site: &Site) -> SocketAddr {
    let parts = AgencyConfig::read(&site.config(POLICE)).unwrap().parts;
    parts.listen.peers.unwrap()
}

fn hub_address(site: &Site) -> SocketAddr {
    let parts = HubConfig::read(&site.config(HUB)).unwrap().parts;
    parts.listen.peers.unwrap()
}

/// A hub and a police gateway that dials it and listens for no member; nothing runs yet.
async fn dialling(settings: &str) -> Site {
    let site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    dial_from(&site, settings);
    site
}

fn dial_from(site: &Site, settings: &str) {
    dial_out(site.dir(), &police(), &format!("{QUICK}{settings}")).unwrap();
    site.edit(&site.config(POLICE), |text| quiet(&without_peers(&text)));
    site.edit(&site.config(HUB), |text| {
        let text = quiet(&text);
        format!("{text}\n[dial_in]\nping_s = 1\nping_wait_s = 1\n")
    });
}

/// The same, with something in between.
async fn dialling_through_a_middle(settings: &str) -> (Site, Middle) {
    let site = dialling(settings).await;
    let hub = hub_address(&site);
    let middle = Middle::start(hub).await;
    change_directory(site.dir(), |text| {
        text.replace(
            &format!("https://{hub}"),
            &format!("https://{}", middle.address),
        )
    });
    (site, middle)
}

/// Only what was dialled goes over the line that a test breaks.
fn quiet(text: &str) -> String {
    text.replace("witness_s = 10\n", "witness_s = 3600\n")
}

fn without_peers(text: &str) -> String {
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("peers = "))
        .collect();
    kept.join("\n")
}

/// How often a member's log has said so.
fn said(site: &Site, member: &str, what: &str) -> usize {
    site.log(member).matches(what).count()
}

/// Waits until a member's log has said so this often.
fn wait_until_said(site: &Site, member: &str, what: &str, times: usize) {
    let begun = Instant::now();
    while said(site, member, what) < times {
        assert!(
            begun.elapsed() < PATIENCE,
            "`{member}` did not say `{what}` {times} times: {}",
            site.log(member)
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Starts the hub, and the agency once it can be dialled; gives them back when both lines stand.
fn start_both(site: &mut Site) {
    site.start(HUB);
    site.start(POLICE);
    wait_until_said(site, HUB, "an agency dialled", 2);
}

async fn ask_and_wait(site: &Site, number: u32) {
    let story = question(number);
    raise(&site.researcher(), &story).await;
    wait_for(&site.researcher(), &story, has_answered).await;
}

fn permits(site: &Site) -> usize {
    let leaves = site.leaves(POLICE);
    let entries = leaves.iter().map(|leaf| Leaf::parse(leaf).unwrap().entry);
    entries
        .filter(|entry| entry.kind == EntryKind::Permit)
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_that_listens_for_nobody_answers_over_what_it_dialled() {
    let mut site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    let before = listens(&site);
    dial_from(&site, "");
    start_both(&mut site);

    ask_and_wait(&site, 1).await;

    assert!(
        TcpStream::connect(before).is_err(),
        "somebody listens there"
    );
    site.stop_all();
    assert!(site.verified(HUB).is_sound());
    assert!(site.verified(POLICE).is_sound());
    assert_eq!(permits(&site), 1);
    assert!(said(&site, POLICE, "a hub was dialled") >= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_goes_silent_is_noticed_by_both_ends_and_dialled_again() {
    let (mut site, middle) = dialling_through_a_middle("").await;
    start_both(&mut site);
    ask_and_wait(&site, 1).await;
    let made = middle.made();

    let lost = Instant::now();
    middle.lose();
    // Asked while the hub still believes in lines that are dead.
    ask_and_wait(&site, 2).await;

    println!("answered {:?} after the line went silent", lost.elapsed());
    wait_until_said(&site, HUB, "an agency dialled", 4);
    wait_until_said(&site, POLICE, "a hub was dialled", 4);
    assert!(middle.made() >= made + 2);
    site.stop_all();
    assert_eq!(permits(&site), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_nothing_gets_through_the_hub_says_so_at_once_and_asks_again_later() {
    let (mut site, middle) = dialling_through_a_middle("").await;
    start_both(&mut site);
    middle.shut();
    wait_until_said(&site, HUB, "a dialled connection ended", 2);
    let asked = question(1);
    raise(&site.researcher(), &asked).await;

    let begun = Instant::now();
    wait_for(
        &site.researcher(),
        &asked,
        |state| matches!(state, State::Unreachable { code, .. } if code == "unreachable"),
    )
    .await;
    assert!(begun.elapsed() < AT_ONCE);
    middle.open();

    wait_for(&site.researcher(), &asked, has_answered).await;
    site.stop_all();
    assert_eq!(permits(&site), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pings_keep_a_firewall_from_forgetting_a_line_on_which_nothing_is_asked() {
    let (mut site, middle) = dialling_through_a_middle("").await;
    middle.forget_after(Duration::from_secs(3));
    start_both(&mut site);
    let made = middle.made();

    tokio::time::sleep(Duration::from_secs(8)).await;
    ask_and_wait(&site, 1).await;

    assert_eq!(middle.made(), made, "no line was dialled anew");
    assert_eq!(said(&site, HUB, "an agency dialled"), 2);
    site.stop_all();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_was_killed_or_stopped_is_dialled_again() {
    let mut site = dialling("").await;
    start_both(&mut site);
    let asked = question(1);
    raise(&site.researcher(), &asked).await;
    site.kill(HUB);

    site.start(HUB);
    wait_for(&site.researcher(), &asked, has_answered).await;
    site.stop(HUB);
    site.start(HUB);
    ask_and_wait(&site, 2).await;

    site.stop_all();
    assert_eq!(permits(&site), 2);
    assert!(site.verified(HUB).is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_killed_while_it_answers_is_missed_at_once_and_answers_once() {
    let mut site = dialling("").await;
    // Recorded soon and released late: killed in between, it has answered nobody.
    site.edit(&site.config(POLICE), |text| {
        format!("{text}\n[answer]\nrelease_grid_ms = 5000\n")
    });
    start_both(&mut site);
    let asked = question(1);
    raise(&site.researcher(), &asked).await;
    tokio::time::sleep(Duration::from_millis(500)).await;

    let begun = Instant::now();
    site.kill(POLICE);
    wait_for(&site.researcher(), &asked, |state| match state {
        State::Unreachable { code, .. } => {
            assert_ne!(
                code.as_str(),
                "deadline",
                "an answer was waited for in vain"
            );
            true
        }
        _ => false,
    })
    .await;
    let missed = begun.elapsed();
    site.start(POLICE);
    wait_for(&site.researcher(), &asked, has_answered).await;

    println!("missed after {missed:?}");
    assert!(missed < AT_ONCE, "an answer was waited for in vain");
    site.stop_all();
    assert_eq!(permits(&site), 1);
    assert!(site.verified(POLICE).is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_that_stops_answers_what_is_under_way() {
    let mut site = dialling("").await;
    site.edit(&site.config(POLICE), |text| {
        format!("{text}\n[answer]\nrelease_grid_ms = 2000\n")
    });
    start_both(&mut site);
    let asked = question(1);
    raise(&site.researcher(), &asked).await;
    tokio::time::sleep(Duration::from_millis(500)).await;

    site.stop(POLICE);

    wait_for(&site.researcher(), &asked, has_answered).await;
    site.stop_all();
    assert_eq!(permits(&site), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_could_never_be_reached_does_not_start() {
    let site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    let config = site.config(POLICE);
    let with_both = std::fs::read_to_string(&config).unwrap();
    site.edit(&config, |text| without_peers(&text));
    let nowhere = site.refuses_to_start(POLICE);
    site.edit(&config, |text| format!("{text}\n[dial_out]\n"));
    let not_listed = site.refuses_to_start(POLICE);
    std::fs::write(&config, &with_both).unwrap();
    dial_out(site.dir(), &police(), "").unwrap();
    std::fs::write(&config, &with_both).unwrap();

    let not_configured = site.refuses_to_start(POLICE);

    assert!(nowhere.contains("`listen.peers` is missing"), "{nowhere}");
    assert!(
        not_listed.contains("is reached at `https://"),
        "{not_listed}"
    );
    assert!(
        not_configured.contains("the configuration has no `[dial_out]`"),
        "{not_configured}"
    );
}

/// A hub and these agencies in one process, of which the police dial; `edit` may change files first.
async fn lab(kinds: &[Kind], settings: &str, edit: impl FnOnce(&std::path::Path)) -> Lab {
    let clock = MovableClock::default().clock();
    let world = World::generate_on(SEED, PEOPLE, clock.now().date());
    Lab::start_with(&world, kinds, |dir| {
        dial_out(dir, &police(), &format!("{QUICK}{settings}")).unwrap();
        edit(dir);
    })
    .await
}

/// The page of connections, once it is as `enough` wants it.
async fn page_when(lab: &Lab, at: &str, enough: impl Fn(&Page) -> bool) -> Page {
    let browser = lab.browser(&MemberId::new(at).unwrap(), IT);
    let begun = Instant::now();
    loop {
        let page = browser.open("/connections").await;
        if enough(&page) {
            return page;
        }
        assert!(begun.elapsed() < PATIENCE, "{at}: {}", page.words());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

const TABLE: &str = "Connections made by dial-out";
const NONE: &str = "None: the hub cannot ask";
const FEWER: &str = "Fewer than there should be";

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_show_the_lines_and_the_hub_when_there_are_none() {
    let mut lab = lab(&[Kind::Police], "", |_| {}).await;

    for (at, other) in [
        (POLICE, "Riverside Multi-Agency Safeguarding Hub"),
        (HUB, "Riverside Police"),
    ] {
        let all = |page: &Page| page.says(TABLE) && !page.says(NONE) && !page.says(FEWER);
        let page = page_when(&lab, at, all).await;
        assert!(page.says(other), "{}", page.words());
    }
    lab.stop_one(&police()).await;

    page_when(&lab, HUB, |page| page.says(NONE)).await;
    lab.stop().await;
}
