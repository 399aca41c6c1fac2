//! A source as the people who connect it see it: a first mapping, the shapes of what it holds, and the
//! statements of a purpose. Never anybody's data.

use std::fs;
use std::path::Path;
use std::process::Output;

use harness::process::Site;
use rusqlite::Connection;
use serde_json::Value;
use stile_cli::demo::partnership::member;
use stile_cli::demo::world::Kind;

use crate::{STILE, tree};

fn printed(output: &Output) -> String {
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problems}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Postcodes and dates of birth that the database holds: what no output may have.
fn held(people: &Path) -> Vec<String> {
    let database = Connection::open(people).unwrap();
    let mut values = database
        .prepare("select home_postcode from sims_pupil union select dob from sims_pupil")
        .unwrap();
    let values = values
        .query_map([], |row| row.get::<_, Option<String>>(0))
        .unwrap();
    let values = values.filter_map(|value| value.unwrap());
    values.filter(|value| value.trim().len() >= 6).collect()
}

fn assert_nobodys(said: &str, people: &Path) {
    let held = held(people);
    assert!(held.len() > 50);
    for value in held {
        assert!(!said.contains(value.trim()), "{value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_shows_shapes_and_statements_and_nobodys_data() {
    let site = Site::set_up(STILE, &[Kind::Education], 300).await;
    let schools = member(Kind::Education).unwrap();
    let (config, people) = (
        site.config(schools.as_str()),
        site.member_dir(schools.as_str()).join("people.db"),
    );
    let run = |command: &str, more: &[&str]| {
        let mut all = vec!["source", command, "--config", config.to_str().unwrap()];
        all.extend(more);
        site.run(&all)
    };

    let sample = printed(&run("sample", &[]));
    let json = printed(&run("sample", &["--json"]));
    let plan = printed(&run("plan", &["--purpose", "s47_enquiry"]));
    let planned = printed(&run("plan", &["--purpose", "s47_enquiry", "--json"]));
    let unknown = refused(&run("plan", &["--purpose", "curiosity"]));

    assert!(sample.contains("person.surname"), "{sample}");
    assert!(sample.contains("rows, "), "{sample}");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert!(json[0]["columns"].as_array().unwrap().len() > 5);
    assert!(
        plan.contains("SELECT ") && plan.contains("| SEARCH"),
        "{plan}"
    );
    assert!(
        plan.contains("education.attendance of one person"),
        "{plan}"
    );
    let planned: Value = serde_json::from_str(&planned).unwrap();
    let statements = planned[0]["statements"].as_array().unwrap();
    assert!(statements.iter().all(|one| one["explained"].is_array()));
    assert!(unknown.contains("allowed: "), "{unknown}");
    for said in [&sample, &plan] {
        assert_nobodys(said, &people);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposed_mapping_is_written_once_and_names_nobody() {
    let site = Site::set_up(STILE, &[Kind::Education], 300).await;
    let schools = member(Kind::Education).unwrap();
    let own = site.member_dir(schools.as_str());
    let (people, file) = (own.join("people.db"), own.join("proposed.toml"));
    let vocabulary = tree::root().join("policies/vocabulary.toml");
    let init = |agency: &str| {
        site.run(&[
            "source",
            "init",
            "--sqlite",
            people.to_str().unwrap(),
            "--name",
            "own",
            "--system",
            "Own",
            "--agency",
            agency,
            "--vocabulary",
            vocabulary.to_str().unwrap(),
            "--out",
            file.to_str().unwrap(),
        ])
    };
    assert!(refused(&init("school")).contains("allowed: "));

    let told = init("education");
    let again = refused(&init("education"));

    assert!(String::from_utf8_lossy(&told.stderr).contains("lines to confirm"));
    assert!(printed(&told).is_empty());
    assert!(again.contains("proposed.toml"), "{again}");
    let text = fs::read_to_string(&file).unwrap();
    assert_nobodys(&text, &people);
    assert!(text.contains("table = \"sims_pupil\""), "{text}");
}
