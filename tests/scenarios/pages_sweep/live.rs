//! What an agency's people do on a day, with text typed everywhere that would run if it were taken for more
//! than text: each step is taken, so that what is stored and shown again is swept, too.

use harness::{Browser, Page};
use hyper::StatusCode;
use stile_cli::demo::partnership::{APPROVER, AUDITOR, LEAD, OFFICER};
use stile_ledger::EntryKind;

use super::{BAD, Desks, is_safe};
use crate::approvals::{approval, tasks};

/// The ground of a rule; marks that turn the line round are refused there.
const GROUND: &str = "\"><script>alert(1)</script>'{{913731*7919}}${913731*7919}";

/// One step: the form at `at` is sent to `to`, taken, and leads to a page that is safe.
async fn taken(
    desks: &Desks<'_>,
    user: &str,
    (at, to): (&str, &str),
    fields: &[(&str, &str)],
) -> Page {
    let browser = desks.lab.browser(&desks.member, user);
    let form = browser.open(at).await;
    assert_eq!(form.status, StatusCode::OK, "{at}: {}", form.words());
    is_safe(&form, at);
    let before = desks.done();
    let page = browser.send(&form, to, fields).await;
    is_safe(&page, to);
    let done = page.status == StatusCode::SEE_OTHER || desks.done() > before;
    assert!(done, "{to} was refused: {}", page.words());
    let Some(next) = &page.to else { return page };
    let shown = browser.open(next).await;
    is_safe(&shown, next);
    shown
}

/// The day. Gives the doors that took something.
pub(super) async fn day(desks: &Desks<'_>) -> Vec<&'static str> {
    let mut doors = Vec::new();
    approvals(desks, &mut doors).await;
    record(desks, &mut doors).await;
    policy(desks, &mut doors).await;
    doors
}

/// What waits is released, and refused, with reasons.
async fn approvals(desks: &Desks<'_>, doors: &mut Vec<&'static str>) {
    let approver = desks.lab.person(&desks.member, APPROVER);
    let all = tasks(&approver).await;
    let waiting: Vec<_> = all.iter().filter(|task| approval(task).is_some()).collect();
    assert!(!waiting.is_empty(), "nothing waits to be approved");
    for (task, verdict) in waiting.into_iter().zip(["agree", "refuse"]) {
        let at = format!("/approvals/{}", task.id);
        let grounds = [
            ("agreed_for", stile_exchange::agency::AGREED_FOR[0].0),
            ("refused_for", stile_exchange::agency::REFUSED_FOR[0].0),
        ];
        let mut fields = vec![("verdict", verdict), ("reason", BAD)];
        fields.extend(grounds);
        taken(desks, APPROVER, (&at, &at), &fields).await;
    }
    doors.push("/approvals/{id}");
}

/// Told by word of mouth, corrected, left out of a letter, held, packed.
async fn record(desks: &Desks<'_>, doors: &mut Vec<&'static str>) {
    let form = desks.lab.browser(&desks.member, APPROVER);
    let form = form.open("/told").await;
    let day = ["said-day", "said-month", "said-year"].map(|name| form.field(name).unwrap());
    let told = [
        ("case", desks.case),
        ("purpose", "s47_enquiry"),
        ("ground", "strategy_meeting"),
        ("teller", BAD),
        ("told", BAD),
        ("time", "00:01"),
        ("category", "police.domestic_incident"),
        ("account", BAD),
        ("said-day", &*day[0]),
        ("said-month", &*day[1]),
        ("said-year", &*day[2]),
    ];
    taken(desks, APPROVER, ("/told", "/told"), &told).await;
    let entries = desks.lab.entries(&desks.member);
    let place = |kind| {
        let found = entries.iter().position(|leaf| leaf.entry.kind == kind);
        found.unwrap_or_else(|| panic!("no entry of {kind}"))
    };
    let told = format!("/log/{}", place(EntryKind::VerbalDisclosure));
    let permit = format!("/log/{}", place(EntryKind::Permit));
    let at = format!("{permit}/correction");
    let wrong = [("why", "wrong_fact"), ("note", BAD), ("case", desks.case)];
    taken(desks, AUDITOR, (&at, &at), &wrong).await;
    let at = format!("{permit}/deferral");
    let lift = [("what", "lift"), ("ground", "crime")];
    taken(desks, AUDITOR, (&at, &at), &lift).await;
    let at = "/retention/hold";
    let held = [("case", desks.case), ("reason", "inquiry")];
    taken(desks, OFFICER, (at, at), &held).await;
    // What was told is opened as it was typed.
    let auditor = desks.lab.browser(&desks.member, AUDITOR);
    let entry = auditor.open(&format!("{told}?reason=audit")).await;
    let why = [("reason", "audit")];
    let opened = auditor.send(&entry, &format!("{told}/body"), &why).await;
    is_safe(&opened, "/log/{index}/body");
    assert!(opened.says("<script>"), "{}", opened.words());
    doors.extend([
        "/told",
        "/log/{index}/correction",
        "/log/{index}/deferral",
        "/log/{index}/body",
        "/retention/hold",
    ]);
}

/// Rules whose grounds hold the text are written, proposed, approved, and another change waits.
async fn policy(desks: &Desks<'_>, doors: &mut Vec<&'static str>) {
    let own = desks.lab.dir().join(desks.member.as_str());
    let rules = std::fs::read_to_string(own.join("rules.toml")).unwrap();
    let cases = std::fs::read_to_string(own.join("cases.toml")).unwrap();
    let ground = format!("why = \"{} ", GROUND.replace('"', "\\\""));
    let (once, twice) = (
        rules.replacen("why = \"", &ground, 1),
        rules.replacen("why = \"", &ground, 2),
    );
    let edit = ("/policy/edit", "/policy/edit");
    for (user, rules) in [(OFFICER, &once), (LEAD, &twice)] {
        let fields = [
            ("rules", rules.as_str()),
            ("cases", cases.as_str()),
            ("do", "save"),
        ];
        taken(desks, user, edit, &fields).await;
        let propose = ("/policy/propose", "/policy/propose");
        let shown = taken(desks, user, propose, &[("why", BAD)]).await;
        assert!(
            shown.says("<script>"),
            "why it is proposed: {}",
            shown.words()
        );
        if user == OFFICER {
            let approval = ("/policy/changes/2", "/policy/changes/2/approval");
            taken(desks, AUDITOR, approval, &[("why", BAD)]).await;
        }
    }
    let new = [
        ("id", "SWEEP-1"),
        ("verb", "never_above"),
        ("fields", "police.domestic_incident.date"),
        ("as", "year"),
        ("why", GROUND),
        ("owner", "<b>nobody</b>"),
    ];
    let new_rule = ("/policy/edit/new-rule", "/policy/edit/new-rule");
    taken(desks, OFFICER, new_rule, &new).await;
    let officer = desks.lab.browser(&desks.member, OFFICER);
    for path in [
        "/policy",
        "/policy?with=own",
        "/policy/rules",
        "/policy/edit",
        "/policy/edit/rules",
        "/policy/edit/rules/SWEEP-1",
        "/policy/cells/police.domestic_incident/s47_enquiry?with=own",
        "/policy/changes",
        "/policy/changes/2",
        "/policy/changes/3",
    ] {
        shown(&officer, path).await;
    }
    doors.extend([
        "/policy/edit",
        "/policy/propose",
        "/policy/changes/{version}/approval",
        "/policy/edit/new-rule",
    ]);
}

async fn shown(browser: &Browser, path: &str) {
    let page = browser.open(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.words());
    is_safe(&page, path);
}
