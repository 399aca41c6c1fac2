//! Officers ask why policy rules as it does and what its cases prove, of the policy in force and of
//! texts they are still writing; on the command line and over the API.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use harness::{Caller, Lab};
use hyper::StatusCode;
use serde_json::{Value, json};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, AUDITOR, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::clock::Clock;

use crate::STILE;

const PEOPLE: usize = 50;
pub(crate) const RULES: &str = r#"agency = "police"
vocabulary = "1"
sealed_contact = "detective_inspector"

[[rule]]
id = "S47-01"
share = "police.domestic_incident.date"
as = "exact"
when = { purpose = ["s47_enquiry"], priority = ["red", "amber"], within = "24 months" }
why = "Children Act 1989 s.47(9)"

[[rule]]
id = "SEAL-01"
seal = "police.live_investigation.*"
why = "Criminal Procedure and Investigations Act 1996"
"#;
pub(crate) const CASES: &str = r#"[given]
purpose = "s47_enquiry"
priority = "red"
recency = "to_3m"

[[case]]
name = "the date of an incident"
field = "police.domestic_incident.date"
auto = "exact"
"#;

pub(crate) async fn lab() -> Lab {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    Lab::start_with(&world, &[Kind::Police], |dir: &Path| {
        let own = dir.join(member(Kind::Police).unwrap().as_str());
        std::fs::write(own.join("rules.toml"), RULES).unwrap();
        std::fs::write(own.join("cases.toml"), CASES).unwrap();
    })
    .await
}

pub(crate) fn desk(lab: &Lab, user: &str) -> Caller {
    lab.person(&member(Kind::Police).unwrap(), user)
}

pub(crate) async fn ask(desk: &Caller, path: &str, body: &Value) -> Value {
    desk.taken(&format!("/api/v1/policy/{path}"), body).await
}

pub(crate) async fn refused(desk: &Caller, path: &str, body: &Value) -> (StatusCode, String) {
    desk.refusal(&format!("/api/v1/policy/{path}"), body).await
}

fn question(field: &str, priority: &str) -> Value {
    json!({ "question": {
        "field": field, "purpose": "s47_enquiry", "priority": priority, "recency": "to_3m",
    } })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_asks_why_and_what_would_change_it() {
    let mut lab = lab().await;
    let auditor = desk(&lab, AUDITOR);
    let date = "police.domestic_incident.date";

    let green = ask(&auditor, "explain", &question(date, "green")).await;
    let sealed = ask(
        &auditor,
        "explain",
        &question("police.live_investigation.date", "red"),
    )
    .await;
    let silent = ask(
        &auditor,
        "explain",
        &question("police.conviction.date", "red"),
    )
    .await;
    let mut drafted = question(date, "green");
    drafted["rules"] = json!(RULES.replace(", priority = [\"red\", \"amber\"]", ""));
    let drafted = ask(&auditor, "explain", &drafted).await;

    assert_eq!(green["auto"], "none");
    assert_eq!(green["nearly"][0]["rule"], "S47-01");
    assert_eq!(
        green["changes"][0]["conditions"][0],
        "the case were rated amber or red"
    );
    assert_eq!(drafted["auto"], "detail");
    assert_eq!(sealed["sealed"], true);
    assert_eq!(sealed["requester"], silent["requester"]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_puts_cases_to_the_policy_in_force_and_to_a_draft() {
    let mut lab = lab().await;
    let auditor = desk(&lab, AUDITOR);

    let kept = ask(&auditor, "test", &json!({ "depth": "mutations" })).await;
    let stricter = RULES.replace("\"exact\"", "\"month\"");
    let drafted = ask(
        &auditor,
        "test",
        &json!({ "rules": stricter, "depth": "cases" }),
    )
    .await;

    assert_eq!(kept["cases"][0]["passed"], true);
    assert_eq!(kept["coverage"]["untouched"], json!(["SEAL-01"]));
    assert!(kept["mutation"]["changes"].as_u64().unwrap() > 3);
    assert_eq!(drafted["cases"][0]["passed"], false);
    assert_eq!(
        drafted["cases"][0]["fixes"],
        json!(["S47-01 is raised to `detail`"])
    );
    assert_eq!(drafted["mutation"], Value::Null);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_other_people_other_words_and_texts_with_mistakes() {
    let mut lab = lab().await;
    let (auditor, approver) = (desk(&lab, AUDITOR), desk(&lab, APPROVER));
    let asked = question("police.domestic_incident.date", "red");
    let wrong = json!({ "rules": RULES.replace("share", "shore"), "depth": "cases" });

    let forbidden = [
        refused(&approver, "explain", &asked).await,
        refused(&approver, "test", &json!({ "depth": "cases" })).await,
    ];
    let unknown = refused(&auditor, "explain", &question("police.x.y", "red")).await;
    let mistaken = refused(&auditor, "test", &wrong).await;

    for (status, code) in forbidden {
        assert_eq!(
            (status, code.as_str()),
            (StatusCode::FORBIDDEN, "role_missing")
        );
    }
    assert_eq!(
        unknown,
        (StatusCode::UNPROCESSABLE_ENTITY, "unknown_word".to_owned())
    );
    assert_eq!(
        mistaken,
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            "policy_refused".to_owned()
        )
    );
    lab.stop().await;
}

/// A folder with the rules and cases, and the vocabulary's path.
pub(crate) fn files(cases: &str) -> (tempfile::TempDir, [String; 2]) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("rules.toml"), RULES).unwrap();
    std::fs::write(dir.path().join("cases.toml"), cases).unwrap();
    let vocabulary: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/vocabulary.toml");
    let rules = dir.path().join("rules.toml");
    let paths = [
        format!("--rules={}", rules.display()),
        format!("--vocabulary={}", vocabulary.display()),
    ];
    (dir, paths)
}

pub(crate) fn stile(command: &str, paths: &[String; 2], more: &[&str]) -> Output {
    let [rules, vocabulary] = paths;
    Command::new(STILE)
        .args(["policy", command, rules, vocabulary])
        .args(more)
        .output()
        .unwrap()
}

#[test]
fn the_command_line_tests_cases_and_fails_with_them() {
    let (_good, paths) = files(CASES);
    let (_bad, wrong) = files(&CASES.replace("auto = \"exact\"", "auto = \"year\""));

    let passes = stile("test", &paths, &[]);
    let weak = stile("test", &paths, &["--at-least=98"]);
    let suggested = stile("test", &paths, &["--suggest"]);
    let fails = stile("test", &wrong, &["--quick", "--json"]);

    assert!(passes.status.success());
    let text = String::from_utf8(passes.stdout).unwrap();
    assert!(
        text.starts_with("pass  the date of an incident\nAll 1 cases pass.\n"),
        "{text}"
    );
    assert!(!weak.status.success());
    // What is proposed, pasted, is enough.
    let more = String::from_utf8(suggested.stdout).unwrap();
    let (_strong, strong) = files(&format!("{CASES}\n{more}"));
    for share in ["nan", "inf", "200", "-1", "100.1", "most"] {
        let refused = stile("test", &strong, &[&format!("--at-least={share}")]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{share}: {said}");
        assert!(said.contains("give a number from 0 to 100"), "{said}");
    }
    let strong = stile("test", &strong, &["--at-least=100"]);
    assert!(
        strong.status.success(),
        "{}",
        String::from_utf8_lossy(&strong.stderr)
    );
    assert!(!fails.status.success());
    let report: Value = serde_json::from_slice(&fails.stdout).unwrap();
    assert_eq!(report["cases"][0]["passed"], false);
}

#[test]
fn the_command_line_explains_to_the_holder_and_to_the_requester() {
    let (_dir, paths) = files(CASES);
    let asked = |field: &str, more: &[&str]| {
        let field = format!("--field={field}");
        let mut words = vec![
            field.as_str(),
            "--purpose=s47_enquiry",
            "--priority=green",
            "--recency=to_3m",
        ];
        words.extend(more);
        stile("explain", &paths, &words)
    };

    let holder = asked("police.domestic_incident.date", &[]);
    let sealed = asked("police.live_investigation.date", &["--for-requester"]);
    let silent = asked("police.conviction.date", &["--for-requester"]);
    let misspelt = asked("police.domestic_incident.dote", &[]);

    let text = String::from_utf8(holder.stdout).unwrap();
    assert!(
        text.contains("S47-01 would apply if the case were rated amber or red."),
        "{text}"
    );
    assert!(sealed.status.success() && !sealed.stdout.is_empty());
    assert_eq!(sealed.stdout, silent.stdout);
    assert!(!misspelt.status.success());
    let told = String::from_utf8(misspelt.stderr).unwrap();
    assert!(
        told.contains("did you mean `police.domestic_incident.date`?"),
        "{told}"
    );
}
