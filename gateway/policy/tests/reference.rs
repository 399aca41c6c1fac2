//! The reference of the rule language is the language that the program reads, both ways.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use stile_model::vocabulary::Vocabulary;
use stile_policy::{Cases, export_rules, parse_rules};

const REFERENCE: &str = "docs/reference/rules.md";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn vocabulary() -> Vocabulary {
    Vocabulary::parse("vocabulary.toml", &read("policies/vocabulary.toml")).unwrap()
}

/// The part of the reference under the heading that begins with `heading`.
fn part(heading: &str) -> String {
    let text = read(REFERENCE);
    let start = text
        .find(&format!("\n## {heading}"))
        .unwrap_or_else(|| panic!("{REFERENCE} has no part `{heading}`"));
    let body = text.get(start + 1..).unwrap();
    let body = body.split_once('\n').unwrap().1;
    body.split("\n## ").next().unwrap().to_owned()
}

/// The word at the head of each row of a part's tables.
fn rows(heading: &str) -> BTreeSet<String> {
    part(heading)
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(word, _)| word.to_owned())
        .collect()
}

/// The words that a refusal of `zzz` allows instead.
fn allowed(refusal: &str, what: &str) -> BTreeSet<String> {
    let line = refusal
        .lines()
        .find(|line| line.contains("`zzz`") && line.contains(what))
        .unwrap_or_else(|| panic!("no refusal of `zzz` as {what} in:\n{refusal}"));
    let (_, words) = line.rsplit_once("allowed: ").unwrap();
    words.split(", ").map(str::to_owned).collect()
}

fn refused(text: &str) -> String {
    parse_rules("rules.toml", text, &vocabulary())
        .unwrap_err()
        .to_string()
}

const RULE: &str = "agency = \"police\"\nvocabulary = \"1\"\nzzz = 1\n[[rule]]\nid = \"A-1\"\nshare = \"police.conviction.date\"\nas = \"exact\"\nwhy = \"Act\"\n";

#[test]
fn lists_the_keys_of_a_file_of_a_rule_and_of_its_conditions() {
    let file = refused(RULE);
    let rule = refused(
        &RULE
            .replace("zzz = 1\n", "")
            .replace("why =", "zzz = 1\nwhy ="),
    );
    let when = refused(
        &RULE
            .replace("zzz = 1\n", "")
            .replace("why =", "when = { zzz = [\"red\"] }\nwhy ="),
    );

    assert_eq!(rows("1. A file"), allowed(&file, "key"));
    assert_eq!(rows("2. A rule"), allowed(&rule, "key"));
    assert_eq!(rows("5. Conditions"), allowed(&when, "key"));
}

#[test]
fn lists_the_words_of_every_condition_that_the_vocabulary_does_not_hold() {
    let conditions = part("5. Conditions");
    for key in ["priority", "consent", "age", "within"] {
        let text = RULE
            .replace("zzz = 1\n", "")
            .replace("why =", &format!("when = {{ {key} = \"zzz\" }}\nwhy ="));
        let row = conditions
            .lines()
            .find(|line| line.starts_with(&format!("| `{key}`")))
            .unwrap();

        let listed: BTreeSet<String> = row
            .split('`')
            .skip(3)
            .step_by(2)
            .map(str::to_owned)
            .collect();

        let what = if key == "within" { "look-back" } else { key };
        assert_eq!(listed, allowed(&refused(&text), what), "{key}");
    }
}

#[test]
fn lists_the_rungs_of_every_kind_of_field() {
    let fields = [
        ("date", "police.conviction.date"),
        ("text", "police.conviction.court"),
        ("person", "police.domestic_incident.victim_name"),
        ("number", "housing.arrears.amount"),
        ("location", "police.domestic_incident.location"),
        ("code", "police.conviction.offence"),
        ("flag", "police.domestic_incident.children_present"),
    ];
    let table = part("4. Fields and rungs");
    let header = table
        .lines()
        .find(|line| line.starts_with("| Rung"))
        .unwrap();
    let kinds: Vec<&str> = header.split('|').map(str::trim).collect();
    let general = rows("4. Fields and rungs");
    for (kind, field) in fields {
        let column = kinds.iter().position(|known| *known == kind).unwrap();
        let own = table
            .lines()
            .filter(|line| line.starts_with("| `"))
            .filter_map(|line| line.split('|').nth(column)?.split('`').nth(1))
            .map(str::to_owned);
        let listed: BTreeSet<String> = general.iter().cloned().chain(own).collect();
        let agency = field.split('.').next().unwrap();
        let text = RULE
            .replace("zzz = 1\n", "")
            .replace("police.conviction.date", field)
            .replace("\"police\"", &format!("\"{agency}\""))
            .replace("\"exact\"", "\"zzz\"");

        assert_eq!(listed, allowed(&refused(&text), "rung"), "{kind}");
    }
}

#[test]
fn lists_the_keys_of_a_case() {
    let text = "[[case]]\nname = \"a\"\nzzz = 1\nfield = \"police.conviction.date\"\npurpose = \"marac\"\nauto = \"none\"\n";

    let error = Cases::parse("cases.toml", text, &vocabulary()).unwrap_err();

    assert_eq!(rows("7. Cases"), allowed(&error.to_string(), "key"));
}

#[test]
fn lists_the_columns_of_the_table() {
    let text = read("policies/police/rules.toml");
    let table = export_rules("rules.toml", &text, &vocabulary()).unwrap();
    let header = table.lines().find(|line| line.starts_with("id,")).unwrap();
    let columns: BTreeSet<&str> = header.split(',').collect();

    let part = part("8. The table");
    let listed: BTreeSet<&str> = part
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split('|').next())
        .filter(|cell| cell.trim() != "Column")
        .flat_map(|cell| cell.split(','))
        .map(str::trim)
        .collect();

    assert_eq!(listed, columns);
}

/// Where findings are made; their codes are the only words with an underscore in quotes there.
const MAKERS: [&str; 3] = [
    "gateway/policy/src/analyse/findings.rs",
    "gateway/policy/src/lint/file.rs",
    "gateway/policy/src/lint/grant.rs",
];

/// Words in quotes of small letters with an underscore.
fn codes(text: &str) -> BTreeSet<String> {
    text.split('"')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains('_'))
        .filter(|word| {
            word.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn lists_every_finding_that_the_program_makes_and_no_other() {
    let made: BTreeSet<String> = MAKERS
        .iter()
        .flat_map(|path| codes(&read(path).replace("\\\"", "")))
        .collect();

    assert_eq!(rows("9. Findings"), made);
}

#[test]
fn findings_are_made_nowhere_else() {
    let mut others = Vec::new();
    makers(&root().join("gateway/policy/src"), &mut others);

    others.retain(|path| !MAKERS.iter().any(|known| path.ends_with(known)));
    // Where the type is, and where the lints hand on what they find.
    others.retain(|path| !path.ends_with("src/finding.rs") && !path.ends_with("src/lint.rs"));
    assert!(
        others.is_empty(),
        "findings are made in {others:?}: list those files above"
    );
}

/// Files outside tests that make a finding.
fn makers(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "tests" {
                makers(&path, found);
            }
        } else if path.extension().is_some_and(|end| end == "rs") && name != "tests.rs" {
            let text = fs::read_to_string(&path).unwrap();
            let production = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            if production.contains("Finding::new(") {
                found.push(path);
            }
        }
    }
}
