//! `tests/run --quick` starts no database server: what does start one says so in its name.

use crate::tree;

/// The words by which the quick run leaves tests out.
fn skipped(script: &str) -> Vec<&str> {
    let words: Vec<&str> = script.split_whitespace().collect();
    words
        .windows(2)
        .filter(|pair| pair[0] == "--skip")
        .map(|pair| pair[1])
        .collect()
}

/// Functions that start a server, as `path::name`.
fn starters(path: &str, text: &str) -> Vec<String> {
    let (mut name, mut found) = ("", Vec::new());
    for line in text.lines() {
        if let Some((_, rest)) = line.split_once("fn ") {
            name = rest.split(['(', '<']).next().unwrap_or_default();
        }
        let calls = line.contains("Server::start") || line.contains("Server::shared");
        if calls && !line.trim_start().starts_with("//") {
            found.push(format!("{path}::{name}"));
        }
    }
    found
}

#[test]
fn whatever_starts_a_database_is_left_out_of_the_quick_run() {
    let script = tree::read("tests/run");
    let skipped = skipped(&script);
    assert!(skipped.contains(&"judge"), "{skipped:?}");
    let files = tree::files().into_iter();
    let scenarios = files.filter(|file| {
        file.path.starts_with("tests/scenarios/") && !file.path.ends_with("/quick.rs")
    });
    let all: Vec<String> = scenarios
        .flat_map(|file| starters(&file.path, file.text.as_deref().unwrap_or_default()))
        .collect();

    assert!(all.len() > 3, "{all:?}");
    let started: Vec<_> = all
        .iter()
        .filter(|path| !skipped.iter().any(|word| path.contains(word)))
        .collect();
    assert!(started.is_empty(), "{started:?} with {skipped:?}");
}

#[test]
fn finds_who_starts_a_server() {
    let text = "fn a() {\n    b();\n}\nasync fn c(d: u8) {\n    Server::start(d);\n    // Server::start\n}\n";

    assert_eq!(starters("e.rs", text), ["e.rs::c"]);
}
