//! Casbin's own implementations in Python and JavaScript load what is published for every template
//! and give Stile's answers to questions on the edges of every rule.
//!
//! Only the two published files and the questions go in, and only answers come out
//! (`tests/oracles/casbin-*`). Where an implementation cannot be had, the test says so loudly.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stile_model::id::Code;
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use stile_policy::{Example, PolicySet};

/// Questions put to each implementation about each template.
const QUESTIONS: usize = 2_000;
/// Kept in the build folder, so that it is made once.
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn source(file: &str) -> PathBuf {
    top().join("tests/oracles").join(file)
}

/// The kinds of agency with published rules.
fn kinds() -> Vec<String> {
    let folders = fs::read_dir(top().join("policies")).unwrap();
    let mut kinds: Vec<String> = folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("policy.csv").is_file())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    kinds
}

/// An implementation of Casbin, ready to be asked.
struct Judge {
    command: Vec<PathBuf>,
}

impl Judge {
    fn python() -> Option<Self> {
        let wanted = fs::read_to_string(source("casbin-python/requirements.txt")).unwrap();
        let home = Path::new(SCRATCH).join("casbin-python");
        let python = home.join("bin/python3");
        let judge = Self {
            command: vec![python.clone(), source("casbin-python/ask.py")],
        };
        let mark = home.join("installed");
        if fs::read_to_string(&mark).is_ok_and(|have| have == wanted) {
            return Some(judge);
        }
        let made = Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&home)
            .output();
        if !made.as_ref().is_ok_and(|made| made.status.success()) {
            return skipped("Python's Casbin", "apt-get install python3-venv");
        }
        let installed = Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--require-hashes", "-r"])
            .arg(source("casbin-python/requirements.txt"))
            .output()
            .unwrap();
        if !installed.status.success() {
            return skipped("Python's Casbin", &said(&installed));
        }
        fs::write(mark, wanted).unwrap();
        Some(judge)
    }

    fn node() -> Option<Self> {
        let home = Path::new(SCRATCH).join("casbin-node");
        let wanted = fs::read_to_string(source("casbin-node/package-lock.json")).unwrap();
        let judge = Self {
            command: vec!["node".into(), home.join("ask.mjs")],
        };
        fs::create_dir_all(&home).unwrap();
        for file in ["ask.mjs", "package.json", "package-lock.json"] {
            fs::copy(source("casbin-node").join(file), home.join(file)).unwrap();
        }
        let mark = home.join("installed");
        let node = Command::new("node").arg("--version").output();
        if !node.is_ok_and(|node| node.status.success()) {
            return skipped("JavaScript's Casbin", "apt-get install nodejs npm");
        }
        if fs::read_to_string(&mark).is_ok_and(|have| have == wanted) {
            return Some(judge);
        }
        // The lock file has the hash of every package, and no script of theirs is run.
        let installed = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&home)
            .output();
        match installed {
            Ok(installed) if installed.status.success() => {
                fs::write(mark, wanted).unwrap();
                Some(judge)
            }
            Ok(installed) => skipped("JavaScript's Casbin", &said(&installed)),
            Err(_) => skipped("JavaScript's Casbin", "apt-get install nodejs npm"),
        }
    }

    /// The number of rows loaded, and the answers in the order of the questions.
    fn answers(&self, model: &Path, policy: &Path, questions: &Path) -> (usize, Vec<bool>) {
        let output = Command::new(self.command.first().unwrap())
            .args(self.command.iter().skip(1))
            .args([model, policy, questions])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines = text.lines();
        let rows = lines.next().unwrap().parse().unwrap();
        (rows, lines.map(|line| line.parse().unwrap()).collect())
    }

    /// Puts the questions on the edges of every template's rules.
    fn is_right(&self, name: &str) {
        let dir = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(top().join("policies/vocabulary.toml")).unwrap();
        let vocabulary = Vocabulary::parse("policies/vocabulary.toml", &text).unwrap();
        let today = Date::new(2026, 11, 22).unwrap();
        let kinds = kinds();
        assert!(kinds.len() >= 7, "{kinds:?}");
        for kind in kinds {
            let folder = top().join("policies").join(&kind);
            let rules = fs::read_to_string(folder.join("rules.toml")).unwrap();
            let code = Code::new(kind.as_str()).unwrap();
            let set = PolicySet::activate("rules.toml", &rules, &vocabulary, &code, today, 7)
                .unwrap_or_else(|error| panic!("{kind}: {error}"));
            let examples = set.examples(today, 11, QUESTIONS);
            assert!(examples.len() > QUESTIONS / 2, "{kind}: {}", examples.len());
            let questions = dir.path().join(&kind);
            fs::write(&questions, lines(&examples)).unwrap();
            // Another test holds the committed files to these.
            let (model, policy) = (dir.path().join("model.conf"), dir.path().join("policy.csv"));
            fs::write(&model, set.casbin_model()).unwrap();
            fs::write(&policy, set.casbin_csv()).unwrap();

            let (rows, answers) = self.answers(&model, &policy, &questions);

            assert_eq!(rows, set.rules().rules.len(), "{name}, {kind}: rows");
            assert_eq!(answers.len(), examples.len(), "{name}, {kind}");
            for (example, answer) in examples.iter().zip(answers) {
                assert_eq!(
                    answer, example.allowed,
                    "{name} disagrees, {kind}: {:?}",
                    example.request
                );
            }
        }
    }

    /// Of a policy with one cap taken away, at least one answer is another.
    fn notices_a_lost_row(&self) {
        let dir = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(top().join("policies/vocabulary.toml")).unwrap();
        let vocabulary = Vocabulary::parse("policies/vocabulary.toml", &text).unwrap();
        let folder = top().join("policies/police");
        let rules = fs::read_to_string(folder.join("rules.toml")).unwrap();
        let today = Date::new(2026, 11, 22).unwrap();
        let kind = Code::new("police").unwrap();
        let set = PolicySet::activate("rules.toml", &rules, &vocabulary, &kind, today, 7).unwrap();
        let examples = set.examples(today, 11, QUESTIONS);
        let questions = dir.path().join("questions");
        fs::write(&questions, lines(&examples)).unwrap();
        let published = set.casbin_csv();
        let lost = published
            .lines()
            .find(|line| line.contains(", never_above, "))
            .unwrap();
        let (model, policy) = (dir.path().join("model.conf"), dir.path().join("policy.csv"));
        fs::write(&model, set.casbin_model()).unwrap();
        fs::write(&policy, published.replace(&format!("{lost}\n"), "")).unwrap();

        let (_, answers) = self.answers(&model, &policy, &questions);

        let expected = examples.iter().map(|example| example.allowed);
        assert!(!answers.into_iter().eq(expected), "not missed: {lost}");
    }
}

fn lines(examples: &[Example]) -> String {
    let mut text = String::new();
    for example in examples {
        text.push_str(&serde_json::to_string(&example.request).unwrap());
        text.push('\n');
    }
    text
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr)
        .trim_end()
        .to_owned()
}

/// Said past the test runner, which shows nothing of a test that passes.
fn skipped(what: &str, why: &str) -> Option<Judge> {
    let said = format!("\nSKIPPED: {what} did NOT run: {why}\n");
    std::io::stderr().write_all(said.as_bytes()).unwrap();
    None
}

#[test]
fn python_judge_agrees_on_every_template_and_misses_a_lost_row() {
    if let Some(judge) = Judge::python() {
        judge.is_right("Python's Casbin");
        judge.notices_a_lost_row();
    }
}

#[test]
fn node_judge_agrees_on_every_template_and_misses_a_lost_row() {
    if let Some(judge) = Judge::node() {
        judge.is_right("JavaScript's Casbin");
        judge.notices_a_lost_row();
    }
}
