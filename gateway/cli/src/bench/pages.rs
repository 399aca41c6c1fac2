//! The hub's pages under many people at once: how long the gateway takes over each, how many bytes a
//! browser is sent, beside a server that only sends the same bytes.
//!
//! ```text
//! browsers ─ TLS 1.3, HTTP/2 ─► the pages' listener ─► the hub's pages ─► a store with open cases
//!                               the same listener   ─► the same bytes from memory    (the floor)
//! ```
//!
//! Every browser has a connection and a session of its own, and opens one page after another with a rest
//! between. What is timed at the gateway is from the request's head to the finished answer; at the
//! browser, from sending to the last byte. Nobody was asked about the measured case, so its product is
//! short.

mod browsers;
mod served;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stile_exchange::clock::Clock;
use stile_exchange::hub::{Hub, OpenCase};
use stile_model::id::{CaseId, UserId};
use stile_portal::session::{Limits, Means, Token};
use stile_portal::{PagesSettings, Site, hub_pages};

use self::browsers::{Seen, Visitors};
use self::served::{Served, floor};
use super::Pages;
use super::figures::{self, head, millis, row};
use super::ground::Ground;
use crate::config::HubConfig;
use crate::demo::Partnership;
use crate::demo::partnership::{HUB, RESEARCHER};
use crate::demo::world::story;
use crate::gateway::assemble_hub;
use crate::output::line;
use crate::run::Failure;

/// Runs the measurement.
///
/// # Errors
///
/// What could not be set up, or the first answer that is not the page.
pub(super) async fn run(bench: &Pages) -> Result<(), Failure> {
    let (ground, clock) = (Ground::at(&bench.place)?, Clock::system());
    let dir = ground.folder("partnership")?;
    // Its files alone are used.
    drop(Partnership::set_up_seats(&dir, &[], &clock).await?);
    let file = dir.join(HUB).join("hub.toml");
    let (hub, _) = assemble_hub(HubConfig::read(&file)?, clock.clone()).await?;
    let case = open_cases(&hub, bench.cases).await?;
    let (site, routes) = hub_pages(Arc::clone(&hub), settings(bench.people))?;
    let tokens = sign_in(&site, bench.people, clock.now())?;
    let served = Served::start(&file, routes, &clock).await?;
    let measured = measure(bench, &file, &clock, (&served, &case, &tokens)).await;
    let stopped = served.stop().await;
    figures::load("after");
    measured.and(stopped)
}

/// The pages that people have open most.
fn pages(case: &CaseId) -> [(&'static str, String); 4] {
    [
        ("queue", "/queue".to_owned()),
        ("case", format!("/cases/{case}")),
        ("builder", format!("/cases/{case}/ask")),
        ("product", format!("/cases/{case}/product")),
    ]
}

async fn measure(
    bench: &Pages,
    file: &Path,
    clock: &Clock,
    (served, case, tokens): (&Served, &CaseId, &[Token]),
) -> Result<(), Failure> {
    let visitors = Visitors::of(file, clock, tokens)?;
    head(&[
        "page",
        "people",
        "opened",
        "gateway p50 ms",
        "gateway p99 ms",
        "browser p50 ms",
        "browser p99 ms",
        "floor p50 ms",
        "floor p99 ms",
        "bytes",
        "bytes first time",
    ]);
    let time = Duration::from_secs(bench.seconds);
    let rest = Duration::from_millis(bench.rest_ms);
    for (name, path) in pages(case) {
        let first = visitors.first_time(served.endpoint(), &path).await?;
        served.forget();
        let seen = visitors.open(served.endpoint(), &path, time, rest).await?;
        let taken = served.taken();
        let bare = Served::start(file, floor(&path, first.page.clone()), clock).await?;
        let least = visitors.open(bare.endpoint(), &path, time, rest).await;
        bare.stop().await?;
        let least: Seen = least?;
        row(&[
            name.to_owned(),
            bench.people.to_string(),
            seen.laps.len().to_string(),
            millis(taken.percentile(50)),
            millis(taken.percentile(99)),
            millis(seen.laps.percentile(50)),
            millis(seen.laps.percentile(99)),
            millis(least.laps.percentile(50)),
            millis(least.laps.percentile(99)),
            first.page.len().to_string(),
            (first.page.len() + first.files).to_string(),
        ]);
    }
    Ok(())
}

fn settings(people: usize) -> PagesSettings {
    PagesSettings {
        member_name: "Riverside hub".to_owned(),
        limits: Limits {
            per_person: people,
            ..Limits::default()
        },
        provider: None,
    }
}

/// A session for every browser.
fn sign_in(
    site: &Site,
    people: usize,
    now: stile_model::time::Timestamp,
) -> Result<Vec<Token>, Failure> {
    let user = UserId::new(RESEARCHER)?;
    let mut tokens = Vec::with_capacity(people);
    for _ in 0..people {
        let token = Token::draw()?;
        let (sessions, user) = (&site.sessions, user.clone());
        sessions.begin(None, &token, user, Means::Provider, now);
        tokens.push(token);
    }
    Ok(tokens)
}

/// Opens cases, each about somebody else; gives the last.
async fn open_cases(hub: &Hub, count: usize) -> Result<CaseId, Failure> {
    let started = Instant::now();
    let (story, person) = (story(), hub.people.listed(&UserId::new(RESEARCHER)?)?);
    let mut last = None;
    for number in 1..=count {
        let mut subject = story.subjects.first().cloned().ok_or("a story of nobody")?;
        subject.born = None;
        subject.addresses.clear();
        subject.phones.clear();
        subject.identifiers.clear();
        for name in &mut subject.names {
            name.surname = surname(number).into();
        }
        let matter = OpenCase {
            id: CaseId::new(format!("BENCH-{number:05}"))?,
            kind: story.case_kind.clone(),
            priority: story.priority,
            purpose: story.purpose.clone(),
            consent: story.consent.clone(),
            subjects: vec![subject],
        };
        last = Some(hub.open_case(&person, matter).await?.matter.id);
    }
    line(format_args!(
        "open cases: {count} ({:.1} s)\n",
        started.elapsed().as_secs_f64()
    ));
    last.ok_or_else(|| "there must be a case".into())
}

/// A name that no other number has: letters alone, as names are.
fn surname(number: usize) -> String {
    let mut rest = number;
    let mut letters = String::from("Ben");
    while rest > 0 {
        let letter = u8::try_from(rest % 20).unwrap_or_default();
        letters.push(char::from(b'a' + letter));
        rest /= 20;
    }
    letters
}
