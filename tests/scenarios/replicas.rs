//! The page about several gateways of one agency is done, from top to bottom, with a real `PostgreSQL`
//! and a real haproxy, on what the first parts of another page make.
//!
//! What differs from what a reader does: ports are free ones, and `sudo` runs the command as whoever
//! runs the test, led to the test's server by the environment.

use std::fs;

use harness::databases::{Kind, Server};

use crate::connect::{SUDO, stand_in};
use crate::guide::{Shell, Step, compare, on_free_ports, script, steps};
use crate::tree;

/// The page.
pub const PAGE: &str = "docs/guide/replicas.md";
/// The page on which it goes on.
const FIRST: &str = "docs/guide/first-partnership.md";
/// Stands for the database's place while other ports are made free ones.
const PLACE: &str = "\u{1a}";

/// Everything of the first page up to its part 7, and the files of part 8.
fn before(page: &str) -> Vec<Step> {
    let (set_up, rest) = page.split_once("\n## 7. ").unwrap();
    let files = steps(FIRST, rest)
        .into_iter()
        .filter(|step| matches!(step, Step::Write { .. }));
    let mut before = steps(FIRST, set_up);
    before.extend(files);
    before
}

#[test]
fn several_gateways_run_on_one_postgres_behind_haproxy_as_the_page_says() {
    let server = Server::start_with(Kind::Postgres, &["fsync=on"]);
    let folder = tempfile::tempdir().unwrap();
    stand_in(&folder.path().join("programs"), SUDO);
    let url = server.url("stile_ledger", "copper-heron-31", "stile_ledger");
    let database = url.split('@').nth(1).unwrap();

    // The database's port is the server's; every other is a free one, the same on both pages.
    let page = tree::read(PAGE).replace("127.0.0.1:5432/stile_ledger", PLACE);
    let both = on_free_ports(&format!("{}\u{c}{page}", tree::read(FIRST)));
    let (first, page) = both.split_once('\u{c}').unwrap();
    let mut all = before(first);
    all.extend(steps(PAGE, &page.replace(PLACE, database)));
    let port = database.split([':', '/']).nth(1).unwrap().to_owned();
    let mut shell = Shell::start_with(
        &script(&all),
        folder.path(),
        &[
            ("PGHOST", "127.0.0.1".to_owned()),
            ("PGPORT", port),
            ("PGUSER", "postgres".to_owned()),
        ],
    );
    let well = shell.ended_well();

    let printed = |name: &str| {
        let path = folder.path().join("printed").join(name);
        fs::read_to_string(path).unwrap_or_default()
    };
    let log = |name: &str| {
        let path = folder.path().join("northvale").join(name);
        fs::read_to_string(path).unwrap_or_default()
    };
    assert!(
        well,
        "failed at {}{}{}{}",
        printed("at"),
        printed("problems"),
        log("schools/one.log"),
        log("haproxy.log")
    );
    let compared = compare(&all, &printed);
    assert!(compared >= 10, "only {compared} outputs were compared");
}

#[test]
fn the_page_and_the_sample_say_the_same_to_haproxy() {
    let sample = tree::read("config/haproxy.cfg");
    let page = tree::read(PAGE);
    let shown = crate::fences::fences(&page)
        .into_iter()
        .find(|fence| fence.file.as_deref() == Some("haproxy.cfg"))
        .unwrap();

    let said = |text: &str| {
        let lines = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim().to_owned());
        // Addresses differ, and on the page there is no log but what it prints.
        let own = ["bind", "server", "log", "global", "maxconn"];
        let lines = lines.filter(|line| {
            !line.is_empty() && !own.iter().any(|word| line.split(' ').next() == Some(word))
        });
        lines.collect::<Vec<_>>()
    };

    assert_eq!(said(&shown.body), said(&sample));
}
