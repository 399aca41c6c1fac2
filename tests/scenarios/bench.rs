//! `stile bench` against a real database server: what it measures is answered, recorded and checked, and
//! nothing of it stays. What the figures say is no test's business.

use std::process::Command;

use harness::databases::{Kind, Server};

/// The cells of every row of a Markdown table that begins with a number.
fn rows(printed: &str) -> Vec<Vec<&str>> {
    printed
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|cells| cells[0].parse::<usize>().is_ok())
        .collect()
}

#[test]
fn an_agency_over_postgres_is_measured_beside_a_server_that_runs_the_same_statements() {
    let server = Server::start(Kind::Postgres);

    let measured = Command::new(crate::STILE)
        .args(["bench", "enquiry", "--people", "60", "--rounds", "1"])
        .args(["--postgres", &server.superuser_url("postgres")])
        .args(["--sources", "2", "--hubs", "2", "--rules", "3"])
        .output()
        .unwrap();

    let printed = String::from_utf8_lossy(&measured.stdout);
    let problems = String::from_utf8_lossy(&measured.stderr);
    assert!(measured.status.success(), "{printed}{problems}");
    let rows = rows(&printed);
    assert_eq!(rows.len(), 6 + 3, "{printed}");
    let statements: Vec<usize> = rows.iter().map(|row| row[5].parse().unwrap()).collect();
    // People, sources, hubs and rules of the rows in which something has grown.
    let grown: Vec<_> = rows[6..].iter().map(|row| row[..4].join(" ")).collect();
    assert_eq!(grown, ["60 2 1 0", "60 1 2 0", "60 1 1 3"]);
    assert!(statements[0] >= 2, "{printed}");
    assert!(
        statements[6] > statements[0],
        "twice the systems: {printed}"
    );
    assert_eq!(statements[7..], [statements[0]; 2], "{printed}");
    // Of many at once a slow machine leaves something unchecked, as it must, and the table says so.
    for row in rows.iter().filter(|row| row[6] == "1") {
        assert_eq!(
            row.iter().rfind(|cell| !cell.is_empty()),
            Some(&"0"),
            "{row:?}"
        );
    }
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'stile%'";
    assert_eq!(server.sql("postgres", left).trim(), "0");
}

#[test]
fn without_a_server_nothing_grows() {
    let refused = Command::new(crate::STILE)
        .args(["bench", "enquiry", "--sources", "2"])
        .output()
        .unwrap();

    assert!(!refused.status.success());
    let problems = String::from_utf8_lossy(&refused.stderr);
    assert!(problems.contains("--postgres"), "{problems}");
}
