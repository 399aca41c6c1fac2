//! The rest of an agency's work on pages: what is told by word of mouth, what is wrong with an entry, how
//! long cases are kept, and why a past enquiry was answered as it was.

use harness::ledger::count;
use harness::{Browser, Lab, RawHub, tale};
use hyper::StatusCode;
use stile_cli::demo::partnership::{APPROVER, AUDITOR, HUB, IT, LEAD, OFFICER, member};
use stile_cli::demo::world::Kind;
use stile_exchange::agency::{TaskKind, Verdict};
use stile_ledger::EntryKind;
use stile_model::enquiry::Enquiry;
use stile_model::id::MemberId;

use crate::approvals::{decide, waiting};

const PEOPLE: usize = 50;
const ACCOUNT: &str = "What happened on Sunday, and that he has left <b>the house</b>.";

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

async fn asked() -> (Lab, RawHub, Enquiry) {
    let lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    raw.ask(Kind::Police, &enquiry).await;
    (lab, raw, enquiry)
}

fn desk(lab: &Lab, user: &str) -> Browser {
    lab.browser(&police(), user)
}

fn counted(lab: &Lab, kind: EntryKind) -> usize {
    count(&lab.entries(&police()), kind)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_by_word_of_mouth_is_one_entry_and_what_was_typed_stays() {
    let (mut lab, _raw, enquiry) = asked().await;
    let approver = desk(&lab, APPROVER);
    let form = approver.open("/told").await;
    let id = enquiry.id.to_string();
    let mut typed = vec![
        ("case", enquiry.case.as_str()),
        ("enquiry", id.as_str()),
        ("purpose", "s47_enquiry"),
        ("ground", "strategy_meeting"),
        ("teller", "PS Ash, safeguarding"),
        ("told", "N. Bell, social worker"),
        ("time", "00:01"),
        ("category", "police.domestic_incident"),
        ("account", ACCOUNT),
    ];
    let day = ["said-day", "said-month", "said-year"];
    let day = day.map(|name| (name, form.field(name).unwrap()));

    let undated = approver.send(&form, "/told", &typed).await;
    typed.extend(day.iter().map(|(name, value)| (*name, value.as_str())));
    let other = {
        let mut other = typed.clone();
        other[0].1 = "MASH-2026-99999";
        approver.send(&undated, "/told", &other).await
    };
    let before = counted(&lab, EntryKind::VerbalDisclosure);
    let done = approver.send(&other, "/told", &typed).await;

    assert!(undated.says("Enter a real date"), "{}", undated.words());
    assert!(!undated.html.contains("<b>the house</b>"), "escaped");
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.says("case_differs") && other.html.contains("N. Bell, social worker"));
    assert_eq!(before, 0);
    assert_eq!(done.status, StatusCode::OK, "{}", done.words());
    assert!(done.says("It is on record"), "{}", done.words());
    assert_eq!(counted(&lab, EntryKind::VerbalDisclosure), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_marked_as_wrong_and_stays_as_it_was() {
    let (mut lab, _raw, enquiry) = asked().await;
    let auditor = desk(&lab, AUDITOR);
    let entries = lab.entries(&police());
    let index = entries
        .iter()
        .position(|leaf| leaf.entry.kind == EntryKind::Permit)
        .unwrap();
    let path = format!("/log/{index}/correction");
    let entry = auditor.open(&format!("/log/{index}?reason=audit")).await;
    assert!(entry.html.contains(&path), "the entry leads there");
    let form = auditor.open(&path).await;
    let right = "The address is of his sister; he never lived there.";

    let empty = auditor.send(&form, &path, &[]).await;
    let no_case = [("why", "wrong_fact"), ("note", right)];
    let no_case = auditor.send(&empty, &path, &no_case).await;
    let with_case = [
        ("why", "wrong_fact"),
        ("note", right),
        ("case", enquiry.case.as_str()),
    ];
    let done = auditor.send(&no_case, &path, &with_case).await;

    assert!(empty.says("Choose what is wrong") && empty.says("in 10 to 2,000"));
    assert_eq!(no_case.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(no_case.says("case_differs") && no_case.says(right));
    assert!(done.says("Marked as wrong"), "{}", done.words());
    let after = lab.entries(&police());
    assert_eq!(count(&after, EntryKind::Correction), 1);
    assert_eq!(after[index], entries[index]);
    let last = after
        .iter()
        .find(|leaf| leaf.entry.kind == EntryKind::Correction);
    assert_eq!(last.unwrap().entry.concerns, Some(index as u64));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_held_and_let_go_and_nobody_erases_alone() {
    let (mut lab, _raw, enquiry) = asked().await;
    let officer = desk(&lab, OFFICER);
    let case = enquiry.case.as_str();
    let list = officer.open("/retention?all=yes").await;
    assert!(list.says(case), "{}", list.words());

    let form = officer.open("/retention/hold").await;
    let unknown = [("case", "MASH-2026-99999"), ("reason", "inquiry")];
    let unknown = officer.send(&form, "/retention/hold", &unknown).await;
    let held = [("case", case), ("reason", "inquiry")];
    let held = officer.send(&unknown, "/retention/hold", &held).await;
    let list = officer.open("/retention?all=yes").await;
    let form = officer.open("/retention/erasure").await;
    let order = [("case", case), ("reason", "court_order")];
    let stopped = officer.send(&form, "/retention/erasure", &order).await;
    let form = officer.open("/retention/release").await;
    let ends = [("case", case), ("reason", "hold_ended")];
    let released = officer.send(&form, "/retention/release", &ends).await;
    let again = officer.open("/retention?all=yes").await;

    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.says("unknown_case") && unknown.html.contains("MASH-2026-99999"));
    assert_eq!(held.status, StatusCode::SEE_OTHER, "{}", held.words());
    assert!(list.says("On hold") && list.says("An inquiry, review or inquest"));
    assert_eq!(stopped.status, StatusCode::CONFLICT);
    assert!(stopped.html.contains(case), "what was typed stays");
    assert_eq!(released.status, StatusCode::SEE_OTHER);
    assert!(!again.says("On hold"), "{}", again.words());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_to_erase_nothing_and_shows_no_proposal_that_is_not_there() {
    let mut lab = Lab::start(&[], PEOPLE).await;
    let hub = MemberId::new(HUB).unwrap();
    let officer = lab.browser(&hub, AUDITOR);
    let cases = officer.open("/retention?all=yes").await;
    assert_eq!(cases.status, StatusCode::OK, "{}", cases.words());
    let form = officer.open("/retention/erasure").await;

    let nothing = officer.send(&form, "/retention/erasure", &[]).await;
    let unknown = [("case", "MASH-2026-99999"), ("reason", "court_order")];
    let unknown = officer.send(&nothing, "/retention/erasure", &unknown).await;
    let nobody = officer
        .open("/retention/erasures/5f0c2f7f8f7a4a1e9d0b3c6a7e214d58")
        .await;

    assert!(nothing.says("Enter one or more case numbers") && nothing.says("Choose why"));
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.says("unknown_case"));
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_enquiry_is_explained_once_why_is_on_record() {
    let (mut lab, _raw, enquiry) = asked().await;
    let lead = desk(&lab, LEAD);
    let form = lead.open("/policy/enquiry").await;
    let before = counted(&lab, EntryKind::AccessToLog);
    let id = enquiry.id.to_string();

    let nothing = lead
        .send(&form, "/policy/enquiry", &[("enquiry", "x")])
        .await;
    let unknown = [
        ("enquiry", "5f0c2f7f8f7a4a1e9d0b3c6a7e214d58"),
        ("reason", "complaint"),
    ];
    let unknown = lead.send(&nothing, "/policy/enquiry", &unknown).await;
    let none_read = counted(&lab, EntryKind::AccessToLog);
    let known = [("enquiry", id.as_str()), ("reason", "complaint")];
    let known = lead.send(&unknown, "/policy/enquiry", &known).await;
    let it = desk(&lab, IT).open("/policy/enquiry").await;

    assert!(nothing.says("Enter the id of an enquiry") && nothing.says("Choose why"));
    assert!(unknown.says("keeps no such enquiry"), "{}", unknown.words());
    assert_eq!(none_read, before, "nothing was read");
    assert_eq!(known.status, StatusCode::OK, "{}", known.words());
    assert!(known.says("What the rules said to each question"));
    assert!(
        known.says("Decisions") && known.says("S47-"),
        "{}",
        known.words()
    );
    assert_eq!(counted(&lab, EntryKind::AccessToLog), before + 1);
    for name in enquiry.subjects.iter().flat_map(|subject| &subject.names) {
        assert!(!known.says(name.surname.reveal()), "nobody is named");
    }
    assert_eq!(it.status, StatusCode::FORBIDDEN);
    lab.stop().await;
}

/// Nobody in the agency has anything left to decide.
async fn settle(lab: &Lab) {
    let approver = lab.person(&police(), APPROVER);
    loop {
        let all = waiting(&approver).await;
        if all.is_empty() {
            return;
        }
        for task in all {
            let verdict = match task.kind {
                TaskKind::Alert => Verdict::Acknowledge,
                TaskKind::Approval => Verdict::Refuse,
                TaskKind::Match => Verdict::NoMatch,
            };
            let reply = decide(&approver, task.id, verdict).await;
            assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_waits_for_another_officer_who_carries_it_out() {
    let (mut lab, _raw, enquiry) = asked().await;
    settle(&lab).await;
    let (one, other) = (desk(&lab, OFFICER), desk(&lab, AUDITOR));
    let case = enquiry.case.as_str();
    let form = one.open("/retention/erasure").await;
    let order = [("case", case), ("reason", "court_order")];

    let proposed = one.send(&form, "/retention/erasure", &order).await;
    assert_eq!(
        proposed.status,
        StatusCode::SEE_OTHER,
        "{}",
        proposed.words()
    );
    let path = proposed.to.clone().unwrap();
    let own = one.open(&path).await;
    let approval = format!("{path}/approval");
    let alone = one.send(&own, &approval, &[]).await;
    let before = counted(&lab, EntryKind::Erasure);
    let page = other.open(&path).await;
    let done = other.send(&page, &approval, &[]).await;
    let after = one.open(&path).await;

    assert!(own.says("You proposed it") && own.says(case));
    assert!(!own.html.contains(&approval), "nobody approves their own");
    assert_eq!(alone.status, StatusCode::FORBIDDEN, "{}", alone.words());
    assert_eq!(before, 0);
    assert!(page.says("Nothing brings back"), "{}", page.words());
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.words());
    assert!(
        after.says("Erased") && !after.says(case),
        "{}",
        after.words()
    );
    assert!(counted(&lab, EntryKind::Erasure) > 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_deferral_pack_or_order_shows_its_form_again_with_everything_typed() {
    let (mut lab, _raw, _enquiry) = asked().await;
    let (officer, auditor) = (desk(&lab, OFFICER), desk(&lab, AUDITOR));
    // Entry 0 is the gateway's start: nobody is told of it.
    let at = "/log/0/deferral";
    let form = officer.open(at).await;
    let until = [
        ("ground", "crime"),
        ("what", "defer"),
        ("until-day", "7"),
        ("until-month", "3"),
        ("until-year", "2999"),
    ];
    let pack = auditor.open("/log/pack").await;
    let case = [
        ("reason", "inspection"),
        ("case", "MASH-2026-99999"),
        ("without_bodies", "yes"),
    ];
    let reason = "Both copies were compared by hand <i>today</i>.";
    let confirm = "0".repeat(64);
    let order = [("reason", reason), ("confirm", confirm.as_str())];

    let untold = officer.send(&form, at, &until).await;
    let unknown = auditor.send(&pack, "/log/pack", &case).await;
    let resumed = officer.send(&untold, "/witnesses/resume", &order).await;

    assert_eq!(untold.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(untold.says("nothing to leave out"), "{}", untold.words());
    assert_eq!(untold.field("until-year").as_deref(), Some("2999"));
    assert!(untold.html.contains("value=\"crime\" selected"));
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(
        unknown.html.contains("href=\"#case\""),
        "leads to its field"
    );
    assert_eq!(unknown.field("case").as_deref(), Some("MASH-2026-99999"));
    assert!(unknown.html.contains("value=\"inspection\" selected"));
    assert!(unknown.html.contains("value=\"yes\" checked"));
    assert_eq!(resumed.status, StatusCode::CONFLICT);
    assert!(resumed.says("not halted any more"), "{}", resumed.words());
    assert!(resumed.says(reason) && !resumed.html.contains("<i>today</i>"));
    for kind in [EntryKind::Deferral, EntryKind::Resume] {
        assert_eq!(counted(&lab, kind), 0);
    }
    lab.stop().await;
}
