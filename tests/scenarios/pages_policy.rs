//! The policy through the pages: what is shared, what would happen if, and how officers change it.

use std::path::Path;

use harness::Lab;
use harness::browser::{Browser, Page};
use harness::ledger::count;
use hyper::StatusCode;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, AUDITOR, LEAD, OFFICER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::clock::Clock;
use stile_ledger::EntryKind;
use stile_model::id::MemberId;

use crate::policy_life::{cases, rules};

const WHY: &str = "Agreed at the information governance group of this month.";

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

/// The police with dates of incidents as they are.
async fn lab() -> Lab {
    let world = World::generate_on(SEED, 50, Clock::system().now().date());
    Lab::start_with(&world, &[Kind::Police], |dir: &Path| {
        let own = dir.join(police().as_str());
        std::fs::write(own.join("rules.toml"), rules("exact", true)).unwrap();
        std::fs::write(own.join("cases.toml"), cases("exact")).unwrap();
    })
    .await
}

fn desk(lab: &Lab, user: &str) -> Browser {
    lab.browser(&police(), user)
}

/// Writes both texts, and presses a button.
async fn write(desk: &Browser, rules: &str, cases: &str, does: &str) -> Page {
    let page = desk.open("/policy/edit").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.words());
    let fields = [("rules", rules), ("cases", cases), ("do", does)];
    desk.send(&page, "/policy/edit", &fields).await
}

/// Opens the page where a form led.
async fn follow(desk: &Browser, page: &Page) -> Page {
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.words());
    desk.open(page.to.as_deref().unwrap()).await
}

/// Proposes what was written and shows the change.
async fn propose(desk: &Browser, rules: &str, cases: &str) -> Page {
    let saved = write(desk, rules, cases, "propose").await;
    let form = follow(desk, &saved).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.words());
    let proposed = desk.send(&form, "/policy/propose", &[("why", WHY)]).await;
    follow(desk, &proposed).await
}

/// Decides on a change and shows what came of it.
async fn decide(desk: &Browser, version: u64, step: &str) -> Page {
    let at = format!("/policy/changes/{version}");
    let page = desk.open(&at).await;
    desk.send(&page, &format!("{at}/{step}"), &[("why", WHY)])
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_officers_change_the_policy_through_the_pages() {
    let mut lab = lab().await;
    let (officer, auditor, lead) = (desk(&lab, OFFICER), desk(&lab, AUDITOR), desk(&lab, LEAD));

    let change = propose(&officer, &rules("year", true), &cases("year")).await;
    assert!(change.says("Discloses less"), "{}", change.words());
    let edit = officer.open("/policy/edit").await;
    assert!(
        edit.says("These are the texts of version 1") && !edit.says("as = \"year\""),
        "what was proposed is not kept a second time: {}",
        edit.words()
    );
    assert!(change.says("You proposed this change"));
    assert!(
        !change.says("Approve change"),
        "the proposer has no such button"
    );
    let own = decide(&officer, 2, "approval").await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);

    let approved = decide(&auditor, 2, "approval").await;
    let shown = follow(&auditor, &approved).await;
    assert!(shown.says("In force"), "{}", shown.words());
    let matrix = auditor.open("/policy").await;
    assert!(matrix.says("Policy version 2."), "{}", matrix.words());

    // More needs two, in two roles.
    propose(&officer, &rules("exact", true), &cases("exact")).await;
    let half = decide(&auditor, 3, "approval").await;
    let half = follow(&auditor, &half).await;
    assert!(half.says("Waits for approval"), "{}", half.words());
    decide(&lead, 3, "approval").await;
    let whole = lead.open("/policy/changes").await;
    assert!(whole.says("Version 3"), "{}", whole.words());

    // Back to what disclosed less: at once.
    let form = lead.open("/policy/history/2/rollback").await;
    let back = lead
        .send(&form, "/policy/history/2/rollback", &[("why", WHY)])
        .await;
    let back = follow(&lead, &back).await;
    assert!(back.says("Back to version 2"), "{}", back.words());
    assert!(lead.open("/policy").await.says("Policy version 4."));
    lab.stop().await;
    let all = lab.entries(&police());
    assert_eq!(count(&all, EntryKind::PolicyProposed), 2);
    assert_eq!(count(&all, EntryKind::PolicyChange), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_kept_with_its_mistakes_and_for_nobody_else() {
    let mut lab = lab().await;
    let (officer, other) = (desk(&lab, OFFICER), desk(&lab, AUDITOR));
    let wrong = rules("exact", true).replace("police.domestic_incident.date", "police.<b>x</b>");

    let saved = write(&officer, &wrong, &cases("exact"), "check").await;
    let page = follow(&officer, &saved).await;

    assert!(page.says("There is a problem"), "{}", page.words());
    assert!(
        page.html.contains("href=\"#rules-line-"),
        "leads to its line"
    );
    assert!(page.html.contains("id=\"rules-line-8\""));
    assert!(!page.html.contains("<b>x</b>"), "what is typed stays text");
    assert!(page.says("police.<b>x</b>"));
    let refused = officer.open("/policy/propose").await;
    assert!(
        !refused.html.contains("name=\"why\""),
        "{}",
        refused.words()
    );
    assert!(!other.open("/policy/edit").await.says("police.<b>x</b>"));
    lab.stop().await;
    assert_eq!(count(&lab.entries(&police()), EntryKind::PolicyProposed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_form_without_its_number_and_keeps_what_was_typed() {
    let mut lab = lab().await;
    let officer = desk(&lab, OFFICER);
    officer.open("/policy/edit").await;
    let text = rules("year", true);
    let fields = [("rules", text.as_str()), ("cases", ""), ("do", "save")];

    let page = officer.post("/policy/edit", &fields, "same-origin").await;

    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.says("as = \"year\""), "{}", page.words());
    let again = officer.open("/policy/edit").await;
    assert!(!again.says("as = \"year\""), "nothing was saved");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_decision_without_a_reason_and_one_sent_twice() {
    let mut lab = lab().await;
    let (officer, auditor) = (desk(&lab, OFFICER), desk(&lab, AUDITOR));
    propose(&officer, &rules("year", true), &cases("year")).await;
    let at = "/policy/changes/2";
    let page = auditor.open(at).await;

    let short = auditor
        .send(&page, &format!("{at}/approval"), &[("why", "ok <i>")])
        .await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.html.contains("href=\"#why\""), "{}", short.words());
    assert!(short.says("ok <i>") && !short.html.contains("ok <i>"));
    let page = auditor.open(at).await;
    let fields = [("why", WHY)];
    let first = auditor
        .send(&page, &format!("{at}/rejection"), &fields)
        .await;
    let second = auditor
        .send(&page, &format!("{at}/rejection"), &fields)
        .await;

    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(second.to, first.to, "leads to what came of the first");
    assert!(auditor.open(at).await.says("Rejected"));
    lab.stop().await;
    assert_eq!(count(&lab.entries(&police()), EntryKind::PolicyDecision), 1);
}

/// Sends every form that changes the policy, or brings it closer to a change.
async fn decide_everything(desk: &Browser, nonce: &str) -> Vec<(&'static str, Page)> {
    let mut answers = Vec::new();
    for path in [
        "/policy/propose",
        "/policy/changes/2/approval",
        "/policy/changes/2/rejection",
        "/policy/changes/2/activation",
        "/policy/history/1/rollback",
    ] {
        let fields = [("why", WHY), ("nonce", nonce)];
        answers.push((path, desk.post(path, &fields, "same-origin").await));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_decides_on_the_policy_has_shown_a_moment_ago_who_they_are() {
    let mut lab = lab().await;
    let officer = desk(&lab, OFFICER);
    propose(&officer, &rules("year", true), &cases("year")).await;
    let (auditor, account) = lab.account(&police(), AUDITOR).await;
    let at = "/policy/changes/2";
    let nonce = auditor.open(at).await.field("nonce").unwrap();
    // Signed in still, and no longer just now.
    lab.time.advance_s(300);
    let before = lab.entries(&police()).len();

    for (path, page) in decide_everything(&auditor, &nonce).await {
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        let to = page.to.as_deref().unwrap_or_default();
        assert!(to.starts_with("/sign-in?form="), "{path} leads to {to}");
    }
    let read = auditor.open("/policy").await;
    assert_eq!(read.status, StatusCode::OK, "reading asks for no more");
    assert!(read.says("Policy version 1."), "{}", read.words());
    let done = lab.entries(&police()).split_off(before);
    let looked = |kind| matches!(kind, EntryKind::AccessToLog | EntryKind::Consultation);
    assert!(done.iter().all(|leaf| looked(leaf.entry.kind)), "{done:?}");

    account.sign_in(&auditor, lab.time.clock().now()).await;
    let approved = decide(&auditor, 2, "approval").await;
    let shown = follow(&auditor, &approved).await;
    assert!(shown.says("In force"), "{}", shown.words());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_saved_from_two_pages_do_not_overwrite_each_other() {
    let mut lab = lab().await;
    let officer = desk(&lab, OFFICER);
    let (one, other) = (
        officer.open("/policy/edit").await,
        officer.open("/policy/edit").await,
    );
    let (mine, theirs) = (rules("year", true), rules("month", true));
    let with = |rules: &str| {
        [
            ("rules", rules.to_owned()),
            ("cases", cases("year")),
            ("do", "save".to_owned()),
        ]
    };
    let first = with(&mine);
    let first: Vec<_> = first
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let second = with(&theirs);
    let second: Vec<_> = second
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();

    let saved = officer.send(&one, "/policy/edit", &first).await;
    let late = officer.send(&other, "/policy/edit", &second).await;

    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.says("saved from another page"), "{}", late.words());
    assert!(
        late.says("as = \"month\"") && late.says("as = \"year\""),
        "both are there"
    );
    let kept = officer.open("/policy/edit").await;
    assert!(kept.says("as = \"year\"") && !kept.says("as = \"month\""));
    // What is proposed is what its page showed.
    let form = officer.open("/policy/propose").await;
    let again = officer.send(&late, "/policy/edit", &second).await;
    assert_eq!(
        again.status,
        StatusCode::SEE_OTHER,
        "knowingly, it is saved"
    );
    let stale = officer
        .send(&form, "/policy/propose", &[("why", WHY)])
        .await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.says("saved from another page") && stale.says(WHY));
    lab.stop().await;
    assert_eq!(count(&lab.entries(&police()), EntryKind::PolicyProposed), 0);
}

/// Another officer's change comes into force while this one is writing.
async fn changed_meanwhile(lab: &Lab) {
    propose(&desk(lab, AUDITOR), &rules("year", true), &cases("year")).await;
    let approved = decide(&desk(lab, LEAD), 2, "approval").await;
    assert_eq!(
        approved.status,
        StatusCode::SEE_OTHER,
        "{}",
        approved.words()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_text_does_not_take_back_a_newer_policy_unmarked() {
    let mut lab = lab().await;
    let officer = desk(&lab, OFFICER);
    let (exact, same) = (rules("exact", true) + "# mine\n", cases("exact"));
    write(&officer, &exact, &same, "save").await;
    let (old, form) = (
        officer.open("/policy/edit").await,
        officer.open("/policy/propose").await,
    );
    let rule_form = officer.open("/policy/edit/rules/S47-01").await;
    changed_meanwhile(&lab).await;

    let proposed = officer
        .send(&form, "/policy/propose", &[("why", WHY)])
        .await;
    let one = rule(&officer, &rule_form, "known").await;
    let fields = [
        ("rules", exact.as_str()),
        ("cases", same.as_str()),
        ("do", "save"),
    ];
    let fields = fields.map(|(name, text)| match name {
        "rules" => (name, text.replace("# mine", "# mine, more")),
        _ => (name, text.to_owned()),
    });
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let saved = officer.send(&old, "/policy/edit", &fields).await;

    assert_eq!(proposed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(proposed.says("Another version of the policy came into force"));
    assert!(proposed.says(WHY), "what was typed stays");
    assert_eq!(one.status, StatusCode::CONFLICT, "{}", one.words());
    assert!(one.says("Another version of the policy came into force"));
    assert_eq!(one.field("as").as_deref(), Some("known"));
    assert_eq!(saved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        saved.says("Version 2 of the policy came into force since you began with version 1"),
        "{}",
        saved.words()
    );
    assert!(
        saved.says("# mine, more") && saved.says("as = \"year\""),
        "what was typed, and what is in force"
    );
    let kept = officer.open("/policy/edit").await;
    assert!(
        kept.says("# mine") && !kept.says("# mine, more"),
        "nothing was saved"
    );
    assert!(kept.says("Version 2 is in force now") && kept.says("as = \"year\""));
    // With both before their eyes, officers decide.
    let knowingly = officer.send(&saved, "/policy/edit", &fields).await;
    assert_eq!(
        knowingly.status,
        StatusCode::SEE_OTHER,
        "{}",
        knowingly.words()
    );
    let form = officer.open("/policy/propose").await;
    let proposed = officer
        .send(&form, "/policy/propose", &[("why", WHY)])
        .await;
    assert_eq!(
        proposed.to.as_deref(),
        Some("/policy/changes/3"),
        "{}",
        proposed.words()
    );
    lab.stop().await;
    assert_eq!(count(&lab.entries(&police()), EntryKind::PolicyProposed), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_opened_before_a_newer_policy_saves_nothing_that_was_not_saved_before() {
    let mut lab = lab().await;
    let officer = desk(&lab, OFFICER);
    let page = officer.open("/policy/edit").await;
    changed_meanwhile(&lab).await;
    let (text, other) = (rules("month", true), cases("month"));

    let fields = [
        ("rules", text.as_str()),
        ("cases", other.as_str()),
        ("do", "propose"),
    ];
    let saved = officer.send(&page, "/policy/edit", &fields).await;

    assert_eq!(saved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(saved.says("as = \"month\"") && saved.says("as = \"year\""));
    assert!(!officer.open("/policy/edit").await.says("as = \"month\""));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_past_enquiries_asks_why_and_nothing_is_looked_at_before() {
    let mut lab = lab().await;
    let officer = desk(&lab, OFFICER);
    let saved = write(&officer, &rules("year", true), &cases("year"), "past").await;
    let form = follow(&officer, &saved).await;
    let looked = |lab: &Lab| {
        let all = lab.entries(&police());
        let all = all.into_iter().map(|leaf| leaf.entry);
        let all = all.filter(|entry| entry.kind == EntryKind::AccessToLog);
        all.filter_map(|entry| entry.reason.map(|code| code.to_string()))
            .collect::<Vec<_>>()
    };

    let none = officer.send(&form, "/policy/edit/past", &[]).await;
    let nothing = looked(&lab);
    let why = [("reason", "review")];
    let past = officer.send(&none, "/policy/edit/past", &why).await;

    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.is_empty(), "{nothing:?}");
    assert!(
        past.says("past enquiries would be answered otherwise"),
        "{}",
        past.words()
    );
    assert_eq!(looked(&lab), ["review"]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_details_are_asked_of_what_is_in_force_and_of_a_draft_side_by_side() {
    let mut lab = lab().await;
    let officer = desk(&lab, OFFICER);
    write(&officer, &rules("year", true), &cases("year"), "save").await;
    let ask = "/policy/try?field=police.domestic_incident.date&purpose=s47_enquiry\
               &priority=red&recency=to_3m&with=own";

    let page = officer.open(ask).await;

    assert_eq!(page.status, StatusCode::OK);
    assert!(page.says("Version 1: Share"), "{}", page.words());
    assert!(
        page.says("what I am writing: Summary only"),
        "{}",
        page.words()
    );
    assert!(page.says("S47-01"));
    let unknown = officer.open("/policy/try?field=nothing&purpose=none").await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    lab.stop().await;
    let all = lab.entries(&police());
    assert!(all.iter().all(|leaf| leaf.entry.case.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_read_in_every_form_by_those_who_may() {
    let mut lab = lab().await;
    let (auditor, approver) = (desk(&lab, AUDITOR), desk(&lab, APPROVER));
    let pages = [
        ("/policy", "What we share"),
        ("/policy?priority=red&subject=child", "Policy version 1."),
        (
            "/policy/cells/police.domestic_incident/s47_enquiry",
            "S47-01",
        ),
        ("/policy/try", "A request for"),
        ("/policy/rules", "Children Act 1989"),
        ("/policy/cases", "the date of an incident"),
        (
            "/policy/who?field=police.domestic_incident.date&at-least=known",
            "Who can see it",
        ),
        ("/policy/review", "Why do you look?"),
        ("/policy/changes", "What was in force when"),
        (
            "/policy/changes?on=2001-01-01",
            "No version was in force then",
        ),
        ("/policy/casbin/1/policy.csv", "S47-01"),
        ("/policy/casbin/1/model.conf", "[matchers]"),
    ];

    for (path, says) in pages {
        let page = auditor.open(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.words());
        assert!(page.says(says), "{path}: {}", page.words());
        let welsh = auditor.open(&format!("/cy{path}")).await;
        assert_eq!(welsh.status, StatusCode::OK, "{path}");
        assert!(!welsh.says("policy-"), "{path}: {}", welsh.words());
        let refused = approver.open(path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/policy/casbin/1/secret.pem", "/policy/casbin/9/model.conf"] {
        assert_eq!(auditor.open(path).await.status, StatusCode::NOT_FOUND);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_review_asks_why_and_is_on_record() {
    let mut lab = lab().await;
    let auditor = desk(&lab, AUDITOR);
    let form = auditor.open("/policy/review").await;

    let without = auditor
        .send(&form, "/policy/review", &[("reason", "")])
        .await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let review = auditor
        .send(&without, "/policy/review", &[("reason", "audit")])
        .await;

    assert_eq!(review.status, StatusCode::OK, "{}", review.words());
    assert!(review.says("S47-02"), "{}", review.words());
    lab.stop().await;
    assert_eq!(count(&lab.entries(&police()), EntryKind::AccessToLog), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_rule_is_changed_by_its_form_and_comments_of_the_text_stay() {
    let mut lab = lab().await;
    let officer = desk(&lab, OFFICER);
    let text = rules("exact", true).replace(
        "[[rule]]\nid = \"S47-02\"",
        "# what came of it\n[[rule]]\nid = \"S47-02\"",
    );
    write(&officer, &text, &cases("year"), "save").await;
    let at = "/policy/edit/rules/S47-01";
    let form = officer.open(at).await;
    assert_eq!(
        form.field("as").as_deref(),
        Some("exact"),
        "{}",
        form.words()
    );
    let fields = |given_as: &'static str, priority: &'static str| {
        [
            ("id", "S47-01"),
            ("verb", "share"),
            ("fields", "police.domestic_incident.date"),
            ("as", given_as),
            ("purpose", "s47_enquiry"),
            ("purpose", "marac"),
            ("priority", priority),
            ("within", "ever"),
            ("why", "=1 \"so\", Children Act 1989 s.47(9)"),
        ]
    };

    let wrong = officer.send(&form, at, &fields("exact", "pink")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.html.contains("href=\"#priority\""),
        "{}",
        wrong.words()
    );
    let form = officer.open(at).await;
    let saved = officer.send(&form, at, &fields("year", "red")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());

    let page = officer.open("/policy/edit").await;
    for says in [
        "# what came of it",
        "as = \"year\"",
        "\"marac\"",
        "\"red\"",
        "s.47(9)",
    ] {
        assert!(page.says(says), "{says}: {}", page.words());
    }
    let form = officer.open(at).await;
    let removed = officer.send(&form, &format!("{at}/removal"), &[]).await;
    let left = follow(&officer, &removed).await;
    assert!(
        !left.says("S47-01") && left.says("S47-02"),
        "{}",
        left.words()
    );
    assert_eq!(officer.open(at).await.status, StatusCode::NOT_FOUND);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_waits_stands_beside_what_is_in_force_in_words() {
    let mut lab = lab().await;
    let (officer, auditor) = (desk(&lab, OFFICER), desk(&lab, AUDITOR));
    let alone = auditor.open("/policy").await;
    propose(&officer, &rules("year", false), &cases("year")).await;

    let beside = auditor.open("/policy").await;
    let without = auditor.open("/policy?with=none").await;
    let at = "/policy/cells/police.domestic_incident/s47_enquiry";
    let cell = auditor.open(at).await;
    let other = auditor.open("/policy?with=9").await;

    // In groups, each with a heading of its own.
    assert!(
        alone.says("Usually goes out by itself"),
        "{}",
        alone.words()
    );
    assert!(alone.html.contains("scope=\"rowgroup\""));
    assert!(alone.says("By S47-01, S47-02") && !alone.says("Draft 2"));
    assert!(beside.says("Draft 2 changes 1 cell"), "{}", beside.words());
    assert!(beside.says("Now: Ask a person"), "{}", beside.words());
    assert!(!without.says("Now:"), "{}", without.words());
    assert_eq!(
        other.status,
        StatusCode::OK,
        "a draft that is not there is none"
    );
    assert!(!other.says("Now:"));
    // Behind the cell: the rules of both, as sentences.
    assert_eq!(cell.status, StatusCode::OK, "{}", cell.words());
    assert!(
        cell.says("Version 1") && cell.says("Draft 2"),
        "{}",
        cell.words()
    );
    assert!(cell.says("Rule S47-02: Ask the"), "{}", cell.words());
    assert_eq!(cell.html.matches("Rule S47-01:").count(), 2);
    assert_eq!(
        cell.html.matches("Rule S47-02:").count(),
        1,
        "the draft lacks it"
    );
    assert!(cell.says("Children Act 1989 s.47(9)"));
    let welsh = auditor.open("/cy/policy").await;
    assert!(
        !welsh.says("policy-") && welsh.says("Nawr:"),
        "{}",
        welsh.words()
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_officer_is_still_writing_stands_beside_for_them_alone() {
    let mut lab = lab().await;
    let (officer, auditor) = (desk(&lab, OFFICER), desk(&lab, AUDITOR));
    write(&officer, &rules("exact", false), &cases("exact"), "save").await;

    let own = officer.open("/policy?with=own").await;
    let theirs = auditor.open("/policy?with=own").await;
    write(&officer, "this is no rule", &cases("exact"), "save").await;
    let wrong = officer.open("/policy?with=own").await;

    assert!(own.says("Now: Ask a person"), "{}", own.words());
    assert!(!theirs.says("Now:"), "{}", theirs.words());
    assert_eq!(wrong.status, StatusCode::OK);
    assert!(
        wrong.says("cannot be asked before these mistakes"),
        "{}",
        wrong.words()
    );
    assert!(
        wrong.says("Policy version 1."),
        "what is in force is still shown"
    );
    lab.stop().await;
}

/// A rule's form with one part changed.
async fn rule(desk: &Browser, form: &Page, given_as: &str) -> Page {
    let fields = [
        ("id", "S47-01"),
        ("verb", "share"),
        ("fields", "police.domestic_incident.date"),
        ("as", given_as),
        ("purpose", "s47_enquiry"),
        ("within", "ever"),
        ("why", "Children Act 1989 s.47(9)"),
    ];
    desk.send(form, "/policy/edit/rules/S47-01", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_was_changed_from_another_page_is_not_overwritten() {
    let mut lab = lab().await;
    let officer = desk(&lab, OFFICER);
    let at = "/policy/edit/rules/S47-01";
    let (one, other) = (officer.open(at).await, officer.open(at).await);
    let to_remove = officer.open(at).await;

    let saved = rule(&officer, &one, "year").await;
    let late = rule(&officer, &other, "month").await;
    let removed = officer
        .send(&to_remove, &format!("{at}/removal"), &[])
        .await;
    let kept = officer.open("/policy/edit").await;
    let knowingly = rule(&officer, &late, "month").await;

    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.says("changed from another page"), "{}", late.words());
    assert_eq!(
        late.field("as").as_deref(),
        Some("month"),
        "what was typed stays"
    );
    assert!(
        late.says("What is saved now, and what you typed") && late.says("year"),
        "{}",
        late.words()
    );
    assert_eq!(removed.status, StatusCode::CONFLICT);
    assert!(kept.says("as = \"year\"") && !kept.says("as = \"month\""));
    assert_eq!(
        knowingly.status,
        StatusCode::SEE_OTHER,
        "{}",
        knowingly.words()
    );
    assert!(officer.open("/policy/edit").await.says("as = \"month\""));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_was_removed_from_another_page_comes_again_as_a_new_one() {
    let mut lab = lab().await;
    let officer = desk(&lab, OFFICER);
    let at = "/policy/edit/rules/S47-01";
    let (one, other) = (officer.open(at).await, officer.open(at).await);

    let removed = officer.send(&one, &format!("{at}/removal"), &[]).await;
    let late = rule(&officer, &other, "month").await;

    assert_eq!(removed.status, StatusCode::SEE_OTHER, "{}", removed.words());
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    assert!(late.says("removed or renamed"), "{}", late.words());
    assert_eq!(
        late.field("as").as_deref(),
        Some("month"),
        "what was typed stays"
    );
    assert!(late.html.contains("action=\"/policy/edit/new-rule\""));
    lab.stop().await;
}
