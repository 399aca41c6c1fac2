//! Who may ask what of the policy: every address against every role, and nobody else.

use std::collections::BTreeSet;
use std::path::Path;

use harness::ledger::count;
use harness::papers::{self, identity};
use harness::{Caller, Door, Lab, problem};
use hyper::StatusCode;
use serde_json::{Value, json};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::member;
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::routes::PEOPLE_DOCUMENT;
use stile_exchange::clock::Clock;
use stile_ledger::EntryKind;
use stile_model::id::MemberId;
use stile_trust::identity::Role;

use crate::policy_ask::{CASES, RULES};

const POLICY: &str = "/api/v1/policy/";
/// Every role, and whether it reads the policy and changes it.
const ROLES: [(&str, bool, bool); 9] = [
    ("approver:detective_inspector", false, false),
    ("auditor", true, false),
    ("decision_maker", false, false),
    ("hub_manager", false, false),
    ("ig_lead", true, true),
    ("information_governance", true, true),
    ("it_admin", false, false),
    ("match_reviewer", false, false),
    ("researcher", false, false),
];

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn user(role: &str) -> String {
    role.replace([':', '_'], "-")
}

/// The police with one person for each role.
async fn lab() -> Lab {
    let now = Clock::system().now();
    let world = World::generate_on(SEED, 50, now.date());
    Lab::start_with(&world, &[Kind::Police], |dir: &Path| {
        let own = dir.join(police().as_str());
        std::fs::write(own.join("rules.toml"), RULES).unwrap();
        std::fs::write(own.join("cases.toml"), CASES).unwrap();
        let file = own.join("agency.toml");
        let mut text = std::fs::read_to_string(&file).unwrap();
        for (role, _, _) in ROLES {
            let user = user(role);
            text = format!("{text}\n[[person]]\nuser = \"{user}\"\nroles = [\"{role}\"]\n");
            let who = identity(Role::Person, police().as_str(), Some(&user));
            papers::issue(dir, &user, &who, 90, now);
        }
        std::fs::write(&file, text).unwrap();
    })
    .await
}

/// An address with a body that it reads; no body where it is only read.
fn addresses() -> Vec<(&'static str, &'static str, Option<Value>, bool)> {
    let why = json!({ "reason": "Checked against the agreements" });
    let look = json!({ "reason": "audit" });
    let question = json!({ "question": {
        "field": "police.conviction.date", "purpose": "s47_enquiry",
    } });
    let who = json!({ "field": "police.conviction.date", "at_least": "known" });
    let propose = json!({ "rules": "", "cases": "", "reason": "A trial of nothing at all" });
    let back = json!({ "to": 99, "reason": "A trial of nothing at all" });
    let read = |path, body| (path, path, body, false);
    let change = |path, body| (path, path, body, true);
    vec![
        read("check", Some(json!({}))),
        read("diff", Some(json!({ "new": RULES }))),
        (
            "enquiries/{id}/decisions",
            "enquiries/0199b1f0000070008000000000000000/decisions",
            Some(look.clone()),
            false,
        ),
        (
            "enquiries/{id}/explanation",
            "enquiries/0199b1f0000070008000000000000000/explanation",
            Some(look.clone()),
            false,
        ),
        read("explain", Some(question)),
        read("export", Some(json!({}))),
        read("format", Some(json!({ "text": RULES }))),
        read("history", None),
        read("import", Some(json!({ "table": "no table" }))),
        read("in-force", None),
        read("proposals", None),
        change("proposals", Some(propose)),
        ("proposals/{version}", "proposals/99", None, false),
        (
            "proposals/{version}/activation",
            "proposals/99/activation",
            Some(json!({})),
            true,
        ),
        (
            "proposals/{version}/approval",
            "proposals/99/approval",
            Some(why.clone()),
            true,
        ),
        (
            "proposals/{version}/rejection",
            "proposals/99/rejection",
            Some(why),
            true,
        ),
        read("replay", Some(json!({ "reason": "audit", "rules": RULES }))),
        read("review", Some(look)),
        change("rollback", Some(back)),
        read("rules", None),
        read("test", Some(json!({ "depth": "cases" }))),
        read("who-can", Some(who)),
    ]
}

/// The code of the refusal; none where it was answered.
async fn said(desk: &Caller, path: &str, body: Option<&Value>) -> Option<String> {
    let path = format!("{POLICY}{path}");
    let reply = match body {
        Some(body) => desk.post(&path, body).await,
        None => desk.get(&path).await,
    };
    let reply = reply.unwrap();
    (reply.status != StatusCode::OK).then(|| problem(&reply).code().to_owned())
}

#[test]
fn the_table_has_every_address_of_the_policy_and_no_other() {
    let document: Value = serde_json::from_str(&PEOPLE_DOCUMENT).unwrap();
    let mut published = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(path) = path.strip_prefix(POLICY) else {
            continue;
        };
        for method in ["get", "post", "put", "patch", "delete"] {
            if !item[method].is_null() {
                published.insert((path.to_owned(), method));
            }
        }
    }

    let tried = addresses().into_iter().map(|(published, _, body, _)| {
        let method = if body.is_some() { "post" } else { "get" };
        (published.to_owned(), method)
    });

    assert_eq!(tried.collect::<BTreeSet<_>>(), published);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_of_the_policy_is_closed_to_every_role_but_those_it_is_for() {
    let mut lab = lab().await;
    let reads = |lab: &Lab| count(&lab.entries(&police()), EntryKind::AccessToLog);

    for (role, may_read, may_change) in ROLES {
        let files = lab.files_in(&lab.dir().join("papers").join(user(role)));
        let desk = lab.caller(&files, &police(), Door::People);
        let before = reads(&lab);
        for (_, path, body, changes) in addresses() {
            let code = said(&desk, path, body.as_ref()).await;
            let code = code.as_deref();
            let may = if changes { may_change } else { may_read };
            if may {
                let wrong = ["role_missing", "malformed", "unknown_person", "not_found"];
                assert!(
                    code.is_none_or(|code| !wrong.contains(&code)),
                    "{role} {path}: {code:?}"
                );
            } else {
                assert_eq!(code, Some("role_missing"), "{role} {path}");
            }
        }
        // A replay and a review are readings of the log; a refusal reads nothing.
        let expected = if may_read { 2 } else { 0 };
        assert_eq!(reads(&lab) - before, expected, "{role}");
    }
    lab.stop().await;
}
