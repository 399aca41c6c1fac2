//! Officers ask exact questions of a policy: what is doubtful in it, who can see a field, and what a
//! change changes; on the command line and over the API.

use std::process::Command;

use hyper::StatusCode;
use serde_json::{Value, json};
use stile_cli::demo::partnership::{APPROVER, AUDITOR};

use crate::STILE;
use crate::policy_ask::{CASES, RULES, ask, desk, files, lab, refused, stile};

const DATE: &str = "police.domestic_incident.date";

/// A rule beneath the one that is there.
const BENEATH: &str = r#"
[[rule]]
id = "S47-09"
share = "police.domestic_incident.date"
as = "year"
when = { purpose = ["s47_enquiry"], priority = ["red"], within = "12 months" }
why = "Children Act 1989 s.47(9)"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_learns_what_is_doubtful_who_can_see_and_what_a_draft_changes() {
    let mut lab = lab().await;
    let auditor = desk(&lab, AUDITOR);
    let wider = RULES.replace("24 months", "60 months");

    let doubts = ask(
        &auditor,
        "check",
        &json!({ "rules": format!("{RULES}{BENEATH}") }),
    )
    .await;
    let kept = ask(&auditor, "check", &json!({})).await;
    let who = ask(
        &auditor,
        "who-can",
        &json!({ "field": DATE, "at_least": "summary" }),
    )
    .await;
    let changed = ask(&auditor, "diff", &json!({ "new": wider })).await;
    let same = ask(&auditor, "diff", &json!({ "new": RULES })).await;

    let redundant = |answer: &Value| {
        let findings = answer["findings"].as_array().unwrap().clone();
        findings
            .into_iter()
            .find(|own| own["code"] == "redundant_rule")
    };
    let found = redundant(&doubts).unwrap();
    assert_eq!(found["rules"], json!(["S47-09", "S47-01"]));
    assert_eq!(found["place"]["line"], 18);
    assert_eq!(redundant(&kept), None);
    assert_eq!(who["access"][0]["auto"], "detail");
    assert_eq!(who["access"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&changed["effect"], &same["effect"]),
        (&json!("more"), &json!("same"))
    );
    assert_eq!(changed["changes"][0]["fields"], json!([DATE]));
    assert_eq!(same["changes"], json!([]));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_takes_rules_to_a_table_and_back_and_has_texts_put_in_canonical_form() {
    let mut lab = lab().await;
    let auditor = desk(&lab, AUDITOR);
    let untidy = RULES.replace(" = ", "   =  ");

    let tidy = ask(&auditor, "format", &json!({ "text": untidy })).await;
    let table = ask(&auditor, "export", &json!({ "rules": RULES })).await;
    let table = table["text"].as_str().unwrap().to_owned();
    let back = json!({ "table": table.replace("24 months", "12 months"), "into": RULES });
    let back = ask(&auditor, "import", &back).await;
    let (was, wrong) = ("s47_enquiry", "s47_enquirry");
    let slip = json!({ "table": table.replace(was, wrong) });
    let slip = refused(&auditor, "import", &slip).await;

    let canonical = ask(&auditor, "format", &json!({ "text": RULES })).await;
    assert_eq!(tidy, canonical);
    assert!(table.contains("s47_enquiry"));
    assert_eq!(back["changed"], json!(["S47-01"]));
    assert_eq!(back["removed"], json!([]));
    assert!(back["text"].as_str().unwrap().contains("12 months"));
    assert_eq!(
        slip,
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            "policy_refused".to_owned()
        )
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_other_people_other_fields_and_rules_with_mistakes() {
    let mut lab = lab().await;
    let (auditor, approver) = (desk(&lab, AUDITOR), desk(&lab, APPROVER));
    let who = json!({ "field": DATE, "at_least": "known" });

    let forbidden = [
        refused(&approver, "check", &json!({})).await,
        refused(&approver, "who-can", &who).await,
        refused(&approver, "diff", &json!({ "new": RULES })).await,
    ];
    let unknown = json!({ "field": "health.contact.date", "at_least": "known" });
    let unknown = refused(&auditor, "who-can", &unknown).await;
    let mistaken = refused(&auditor, "diff", &json!({ "new": "agency = 1" })).await;

    for (status, code) in forbidden {
        assert_eq!(
            (status, code.as_str()),
            (StatusCode::FORBIDDEN, "role_missing")
        );
    }
    assert_eq!(
        unknown,
        (StatusCode::UNPROCESSABLE_ENTITY, "unknown_field".to_owned())
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

#[test]
fn the_command_line_checks_and_is_strict_when_told() {
    let (dir, paths) = files(CASES);
    std::fs::write(dir.path().join("rules.toml"), format!("{RULES}{BENEATH}")).unwrap();

    let check = stile("check", &paths, &[]);
    let strict = stile("check", &paths, &["--strict"]);
    let programs = stile("check", &paths, &["--json"]);

    let text = String::from_utf8(check.stdout).unwrap();
    assert!(check.status.success(), "{text}");
    assert!(
        text.contains("rules.toml:18:6: warning: `S47-09` never changes what is disclosed"),
        "{text}"
    );
    assert!(
        text.contains("good; Casbin and the gateway agree; digest "),
        "{text}"
    );
    assert!(!strict.status.success());
    let found: Value = serde_json::from_slice(&programs.stdout).unwrap();
    assert!(
        found["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|own| own["code"] == "redundant_rule")
    );
}

#[test]
fn the_command_line_says_who_can_see_a_field_and_what_a_change_changes() {
    let (dir, paths) = files(CASES);
    let new = dir.path().join("new.toml");
    std::fs::write(&new, RULES.replace("[\"red\", \"amber\"]", "\"red\"")).unwrap();

    let who = stile("who-can", &paths, &[DATE, "--at-least=detail"]);
    let nobody = stile("who-can", &paths, &["police.live_investigation.date"]);
    let unknown = stile("who-can", &paths, &["police.no.such"]);
    let changed = Command::new(STILE)
        .args(["policy", "diff", &paths[1]])
        .args([&dir.path().join("rules.toml"), &new])
        .output()
        .unwrap();

    let text = String::from_utf8(who.stdout).unwrap();
    assert!(
        text.contains("* for section 47 enquiry, rated amber or red, from the last 24 months: it as held (S47-01)\nNobody else."),
        "{text}"
    );
    assert!(
        String::from_utf8(nobody.stdout)
            .unwrap()
            .starts_with("nobody: no rule lets ")
    );
    assert!(!unknown.status.success());
    let text = String::from_utf8(changed.stdout).unwrap();
    assert!(
        text.starts_with(
            "The change discloses LESS.\nRules changed: S47-01.\n* less: date of the incident"
        ),
        "{text}"
    );
}
