//! Every role at every door: who is not named at a door does not get in, and who is not signed in is
//! sent to sign in.

use harness::{Browser, Lab, Page};
use hyper::{Method, StatusCode};
use stile_cli::config::{AgencyConfig, HubConfig};
use stile_cli::demo::partnership::{HUB, member};
use stile_cli::demo::world::Kind;
use stile_exchange::people::{People, Person};
use stile_model::id::MemberId;
use stile_portal::doors::{Rule, Who};
use stile_portal::{agency, hub};

/// Something for every variable part of a path; what is not there is not found, which is no refusal.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{category}" => "police.domestic_incident",
        "{purpose}" => "s47_enquiry",
        "{index}" | "{number}" | "{version}" => "1",
        part if part.starts_with('{') => "MASH-2026-00001",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn tried(browser: &Browser, rule: &Rule) -> Page {
    let path = filled(rule.path);
    if rule.method == Method::GET {
        browser.open(&path).await
    } else {
        browser
            .post(&path, &[("nonce", "of nobody")], "same-origin")
            .await
    }
}

fn people(lab: &Lab, member: &MemberId) -> People {
    let own = lab.dir().join(member.as_str());
    if member.as_str() == HUB {
        HubConfig::read(&own.join("hub.toml")).unwrap().parts.people
    } else {
        AgencyConfig::read(&own.join("agency.toml"))
            .unwrap()
            .parts
            .people
    }
}

/// Tries everybody who works at a member at every door; how often nobody and somebody got in.
async fn try_everybody(lab: &Lab, member: &MemberId, rules: &[Rule]) -> (usize, usize) {
    let people = people(lab, member);
    let everybody: Vec<Person> = people
        .users()
        .map(|user| people.listed(user).unwrap())
        .collect();
    let (mut refused, mut admitted) = (0, 0);
    for person in &everybody {
        let browser = lab.browser(member, person.user.as_str());
        for rule in rules {
            let page = tried(&browser, rule).await;
            let (user, method, path) = (&person.user, &rule.method, rule.path);
            if rule.who.admits(Some(person)) {
                admitted += 1;
                assert!(
                    !page.status.is_server_error(),
                    "{method} {path} breaks for {user}: {}",
                    page.words()
                );
            } else {
                refused += 1;
                assert_eq!(
                    page.status,
                    StatusCode::FORBIDDEN,
                    "{method} {path} lets {user} in"
                );
                assert!(page.says("You may not open this page"), "{method} {path}");
            }
        }
    }
    (refused, admitted)
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_everybody_whom_a_door_of_the_hub_does_not_name() {
    let mut lab = Lab::start(&[], 50).await;

    let (refused, admitted) =
        try_everybody(&lab, &MemberId::new(HUB).unwrap(), hub::doors().rules()).await;

    assert!(
        refused > 20 && admitted > 20,
        "{refused} refused, {admitted} admitted"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_everybody_whom_a_door_of_an_agency_does_not_name() {
    let mut lab = Lab::start(&[Kind::Police], 50).await;

    let (refused, admitted) = try_everybody(
        &lab,
        &member(Kind::Police).unwrap(),
        agency::doors().rules(),
    )
    .await;

    assert!(
        refused > 20 && admitted > 20,
        "{refused} refused, {admitted} admitted"
    );
    lab.stop().await;
}

#[test]
fn only_signing_in_and_help_are_open_to_anyone() {
    let open = [
        "/accessibility",
        "/assets",
        "/help",
        "/privacy",
        "/sign-in",
        "/sign-out",
    ];
    let (hub, agency) = (hub::doors(), agency::doors());
    for rule in hub.rules().iter().chain(agency.rules()) {
        if rule.who == Who::Anyone {
            let known = open
                .iter()
                .any(|known| rule.path == *known || rule.path.starts_with(&format!("{known}/")));
            assert!(known, "{} {} is open to anyone", rule.method, rule.path);
        }
    }
}
