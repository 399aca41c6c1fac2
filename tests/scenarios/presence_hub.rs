//! Presence at the hub: what each agency's line says, what is believed, who may ask, what an auditor
//! can open.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use harness::blind::{
    DESK, Lie, Pretender, check, is_checked, line, look_often, offer, request, until,
};
use harness::ledger::leaves;
use harness::papers::{identity, issue};
use harness::{Caller, Door, Fake, Lab, Matter, tale};
use hyper::StatusCode;
use serde_json::json;
use stile_cli::demo::partnership::{AUDITOR, HUB, RESEARCHER, member};
use stile_cli::demo::world::Kind;
use stile_exchange::audit::Shown;
use stile_exchange::hub::{AgencyPresence, CasePresence, Opening, PresenceStatus, Verified};
use stile_ledger::EntryKind;
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId};
use stile_model::presence::{Element, PresenceForm};
use stile_model::subject::Subject;
use stile_trust::identity::Role;

use crate::STILE;

const PEOPLE: usize = 50;
/// Decides on cases, and raises no enquiry.
const READER: &str = "m.grant";

fn hub() -> MemberId {
    MemberId::new(HUB).unwrap()
}

fn researcher(lab: &Lab) -> Caller {
    lab.person(&hub(), RESEARCHER)
}

/// A lab in which these agencies offer presence and the hub looks often.
async fn lab(kinds: &[Kind], offers: &[(Kind, &str)]) -> Lab {
    let today = stile_exchange::clock::Clock::system().now().date();
    let world = stile_cli::demo::world::World::generate_on(stile_cli::demo::SEED, PEOPLE, today);
    Lab::start_with(&world, kinds, |dir| {
        look_often(dir);
        let file = dir.join(HUB).join("hub.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let person = format!("\n[[person]]\nuser = \"{READER}\"\nroles = [\"decision_maker\"]\n");
        std::fs::write(&file, text + person.as_str()).unwrap();
        for (kind, form) in offers {
            offer(dir, *kind, form);
        }
    })
    .await
}

/// The red case, open: `s1` is Mali, whom every agency with children holds.
async fn open(desk: &Caller, number: &str) -> Matter {
    let matter = Matter::of(&tale("red"), number);
    let opened = matter.open(desk).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{:?}", opened.body);
    matter
}

fn status(found: &CasePresence, kind: Kind) -> PresenceStatus {
    line(found, kind).status
}

/// A lab whose police have stopped and are stood in for by an agency that can lie.
struct Posed {
    lab: Lab,
    desk: Caller,
    matter: Matter,
    fake: Fake,
    one: Arc<Pretender>,
}

async fn posed(number: &str) -> Posed {
    let mut lab = lab(&[Kind::Police], &[]).await;
    let desk = researcher(&lab);
    let matter = open(&desk, number).await;
    let (purpose, mali) = (&matter.opening.purpose, &matter.opening.subjects[0]);
    lab.stop_one(&member(Kind::Police).unwrap()).await;
    let (fake, one) = Pretender::start(&lab, Kind::Police, purpose, mali, 3_600).await;
    Posed {
        lab,
        desk,
        matter,
        fake,
        one,
    }
}

/// The same case about somebody whom nobody holds.
async fn open_about_nobody(desk: &Caller, number: &str) -> Matter {
    let mut matter = Matter::of(&tale("red"), number);
    let mut subject = matter.opening.subjects[0].clone();
    subject.names[0].forenames = "Perpetua".into();
    subject.names[0].surname = "Quillfeather".into();
    subject.names.truncate(1);
    subject.born = Some(stile_model::subject::Born::Exact(jiff_date(2011, 7, 23)));
    subject.addresses[0].line = "99 Nowhere Crescent, Farfield".into();
    subject.addresses[0].postcode = "ZE2 9XX".into();
    subject.addresses.truncate(1);
    subject.identifiers.clear();
    subject.phones.clear();
    matter.opening.subjects = vec![subject];
    let opened = matter.open(desk).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{:?}", opened.body);
    matter
}

fn jiff_date(year: i16, month: i8, day: i8) -> stile_model::time::Date {
    format!("{year:04}-{month:02}-{day:02}").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_apart_who_knows_who_does_not_who_offers_nothing_and_who_is_down() {
    let kinds = [
        Kind::Police,
        Kind::Health,
        Kind::Education,
        Kind::SocialCare,
    ];
    let offers = [
        (Kind::Police, "blind"),
        (Kind::Health, "asked"),
        (Kind::SocialCare, "blind"),
    ];
    let mut lab = lab(&kinds, &offers).await;
    let desk = researcher(&lab);
    let known = open(&desk, "MASH-2026-50001").await;

    let found = until(&desk, &known.case, |lines| lines.iter().all(is_checked)).await;
    assert_eq!(status(&found, Kind::Police), PresenceStatus::Known);
    assert_eq!(status(&found, Kind::SocialCare), PresenceStatus::Known);
    assert_eq!(status(&found, Kind::Health), PresenceStatus::MayKnow);
    assert_eq!(status(&found, Kind::Education), PresenceStatus::NotOffered);
    assert_eq!(line(&found, Kind::Health).contact, DESK);
    assert_ne!(line(&found, Kind::Education).contact, "");
    assert_eq!(line(&found, Kind::Education).request, None);
    for line in &found.agencies {
        let named = line.agency == member(Kind::Health).unwrap();
        assert_eq!(line.by_name, named, "{line:?}");
    }
    let first = [Kind::Police, Kind::SocialCare, Kind::Health].map(|one| member(one).unwrap());
    assert_eq!(found.ask_first, first);

    let stranger = open_about_nobody(&desk, "MASH-2026-50002").await;
    let found = check(&desk, &stranger.case, "s1").await;
    for kind in [Kind::Police, Kind::SocialCare, Kind::Health] {
        assert_eq!(status(&found, kind), PresenceStatus::NoMatch, "{kind}");
        assert!(
            line(&found, kind).request.is_some(),
            "{kind} was asked alike"
        );
    }
    assert!(found.ask_first.is_empty());

    lab.stop_one(&member(Kind::SocialCare).unwrap()).await;
    let found = check(&desk, &known.case, "s1").await;
    assert_eq!(status(&found, Kind::SocialCare), PresenceStatus::NotChecked);
    let code = line(&found, Kind::SocialCare).code.clone().unwrap();
    assert!(
        ["unreachable", "broken_off"].contains(&code.as_str()),
        "{code}"
    );
    assert_eq!(status(&found, Kind::Police), PresenceStatus::Known);

    let path = format!("/api/v1/cases/{}/presence", known.case);
    let kept: Vec<CasePresence> = desk.read(&path).await;
    assert_eq!(kept, [found]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_the_hub_before_its_ledger_has_it_and_two_agencies_share_nothing() {
    let kinds = [Kind::Police, Kind::SocialCare];
    let mut lab = lab(&kinds, &[]).await;
    let desk = researcher(&lab);
    let matter = open(&desk, "MASH-2026-50101").await;
    let (purpose, mali) = (&matter.opening.purpose, &matter.opening.subjects[0]);
    let mut fakes = Vec::new();
    for kind in kinds {
        lab.stop_one(&member(kind).unwrap()).await;
        fakes.push(Pretender::start(&lab, kind, purpose, mali, 3_600).await);
    }
    for (_, fake) in &fakes {
        fake.looked_at().await;
    }
    let found = check(&desk, &matter.case, "s1").await;
    assert!(
        found
            .agencies
            .iter()
            .all(|one| one.status == PresenceStatus::Known)
    );
    let again = check(&desk, &matter.case, "s1").await;

    let mut elements: Vec<String> = Vec::new();
    let mut tags = BTreeSet::new();
    let recorded: BTreeSet<_> = leaves(&lab.hub_dir().join("store"))
        .into_iter()
        .filter(|leaf| leaf.entry.kind == EntryKind::Presence)
        .filter_map(|leaf| leaf.entry.digest)
        .collect();
    for (_, fake) in &fakes {
        let own: BTreeSet<_> = fake
            .asked()
            .iter()
            .map(|jws| request(jws).case_tag)
            .collect();
        assert_eq!(
            own.len(),
            1,
            "an agency sees that its requests are of one case"
        );
        tags.extend(own);
        for jws in fake.asked() {
            assert!(recorded.contains(&Digest::of(jws.as_bytes())));
            let PresenceForm::Blind { elements: sent, .. } = request(&jws).form else {
                panic!("asked by name");
            };
            elements.extend(sent.into_iter().map(String::from));
        }
    }
    assert_eq!(tags.len(), 2, "two agencies cannot join what they saw");
    let distinct: BTreeSet<_> = elements.iter().collect();
    assert_eq!(
        distinct.len(),
        elements.len(),
        "no element is ever sent twice"
    );
    assert!(!elements.is_empty());
    // The second answer comes of a ledger that lost the first: it is not believed.
    for one in &again.agencies {
        assert_eq!(one.code.as_deref(), Some("ledger_inconsistent"));
    }
    for (fake, _) in fakes {
        fake.stop().await;
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_set_is_not_used_and_nobody_is_asked_for_it() {
    let Posed {
        mut lab,
        matter,
        fake,
        one,
        ..
    } = posed("MASH-2026-50201").await;

    for lie in [
        Lie::SetSignedByAnother,
        Lie::SetOfAnotherHub,
        Lie::SetOfAnotherPurpose,
        Lie::SetOfOtherRules,
        Lie::SetChanged,
        Lie::SetCut,
    ] {
        one.lie(lie);
        one.looked_at().await;
        // What was fetched honestly before the first lie is gone with the hub's memory.
        lab.stop_one(&hub()).await;
        lab.start_one(&hub()).await;
        one.looked_at().await;
        let desk = researcher(&lab);
        let found = check(&desk, &matter.case, "s1").await;
        let line = line(&found, Kind::Police);
        assert_eq!(line.status, PresenceStatus::NotChecked, "{lie:?}");
        assert_eq!(line.code.as_deref(), Some("set_unproven"), "{lie:?}");
    }
    assert!(one.asked().is_empty());

    one.lie(Lie::Nothing);
    one.looked_at().await;
    let found = check(&researcher(&lab), &matter.case, "s1").await;
    assert_eq!(status(&found, Kind::Police), PresenceStatus::Known);
    fake.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_past_its_time_is_not_used() {
    let Posed {
        mut lab,
        desk,
        matter,
        fake,
        one,
    } = posed("MASH-2026-50301").await;
    one.looked_at().await;
    // From here on the agency has only sets that nobody would take.
    one.lie(Lie::SetSignedByAnother);
    one.looked_at().await;
    assert!(one.asked().is_empty());

    lab.time.advance_s(3_700);
    let found = check(&desk, &matter.case, "s1").await;

    let line = line(&found, Kind::Police);
    assert_eq!(line.status, PresenceStatus::NotChecked);
    assert_eq!(line.code.as_deref(), Some("set_stale"));
    assert!(one.asked().is_empty());
    fake.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_is_silent_holds_up_no_other() {
    let mut lab = lab(&[Kind::Education, Kind::Police], &[(Kind::Police, "blind")]).await;
    let silent = member(Kind::Education).unwrap();
    assert!(
        silent < member(Kind::Police).unwrap(),
        "it is looked at first"
    );
    let desk = researcher(&lab);
    let matter = open(&desk, "MASH-2026-50351").await;
    let of_police = |lines: &[AgencyPresence]| {
        let police = member(Kind::Police).unwrap();
        lines
            .iter()
            .any(|one| one.agency == police && is_checked(one))
    };
    until(&desk, &matter.case, of_police).await;
    lab.stop_one(&hub()).await;
    lab.stop_one(&silent).await;
    // Connections are taken, and nothing is ever said.
    let taken = tokio::net::TcpListener::bind(lab.address(&silent, Door::Peers))
        .await
        .unwrap();
    let file = lab.hub_dir().join("hub.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let asks = "[ask]\n";
    let patient = text.replace(asks, &format!("{asks}agency_deadline_ms = 120000\n"));
    assert_ne!(patient, text);
    std::fs::write(&file, patient).unwrap();
    lab.start_one(&hub()).await;
    let found = until(&researcher(&lab), &matter.case, of_police).await;

    assert_eq!(status(&found, Kind::Police), PresenceStatus::Known);
    let code = line(&found, Kind::Education).code.as_deref();
    assert_eq!(code, Some("offer_missing"));
    drop(taken);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn believes_no_answer_that_is_unsigned_unrecorded_or_to_another_request() {
    let Posed {
        mut lab,
        desk,
        matter,
        fake,
        one,
    } = posed("MASH-2026-50401").await;
    one.looked_at().await;

    for (lie, code) in [
        (Lie::AnswerSignedByAnother, "answer_unsigned"),
        (Lie::AnswerToAnother, "answer_mismatch"),
        (Lie::AnswerUnrecorded, "answer_unrecorded"),
    ] {
        one.lie(lie);
        let found = check(&desk, &matter.case, "s1").await;
        let line = line(&found, Kind::Police);
        assert_eq!(line.status, PresenceStatus::NotChecked, "{lie:?}");
        assert_eq!(line.code.as_deref(), Some(code), "{lie:?}");
    }
    let failed = leaves(&lab.hub_dir().join("store"))
        .iter()
        .filter(|leaf| leaf.entry.kind == EntryKind::Failed)
        .count();
    assert_eq!(failed, 3, "each is on record");

    one.lie(Lie::Nothing);
    let found = check(&desk, &matter.case, "s1").await;
    assert_eq!(status(&found, Kind::Police), PresenceStatus::Known);
    fake.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_under_another_key_finds_nobody() {
    let Posed {
        mut lab,
        desk,
        matter,
        fake,
        one,
    } = posed("MASH-2026-50501").await;
    one.looked_at().await;
    one.lie(Lie::AnswerOfAnotherKey);

    let found = check(&desk, &matter.case, "s1").await;

    assert_eq!(status(&found, Kind::Police), PresenceStatus::NoMatch);
    assert_eq!(one.asked().len(), 1);
    fake.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_people_of_the_case_may_check_presence_and_only_for_its_purpose() {
    let mut lab = lab(&[Kind::Police], &[(Kind::Police, "blind")]).await;
    let desk = researcher(&lab);
    let matter = open(&desk, "MASH-2026-50601").await;
    let path = format!("/api/v1/cases/{}/presence", matter.case);
    let nothing = json!({});

    let auditor = lab.person(&hub(), AUDITOR);
    assert_eq!(auditor.refused(&path, &nothing).await, "role_missing");
    let read = auditor.get(&path).await.unwrap();
    assert_eq!(read.status, StatusCode::FORBIDDEN);
    // Who only reads cases may not send a person's name to agencies.
    let reading = issue(
        lab.dir(),
        "reader",
        &identity(Role::Person, HUB, Some(READER)),
        90,
        lab.time.clock().now(),
    );
    let reader = lab.caller(&reading, &hub(), Door::People);
    assert_eq!(reader.refused(&path, &nothing).await, "role_missing");
    assert!(reader.read::<Vec<CasePresence>>(&path).await.is_empty());
    let outside = issue(
        lab.dir(),
        "outsider",
        &identity(Role::Person, HUB, Some("n.body")),
        90,
        lab.time.clock().now(),
    );
    let outsider = lab.caller(&outside, &hub(), Door::People);
    assert_eq!(outsider.refused(&path, &nothing).await, "unknown_person");

    for (ask, code) in [
        (json!({ "purpose": "marac" }), "purpose_differs"),
        (json!({ "subject": "s12" }), "unknown_subject"),
        (json!({ "subject": "s1", "all": true }), "malformed"),
    ] {
        assert_eq!(desk.refused(&path, &ask).await, code);
    }
    let none = "/api/v1/cases/MASH-2026-59999/presence";
    assert_eq!(desk.refused(none, &nothing).await, "unknown_case");

    let asked = leaves(&lab.hub_dir().join("store"))
        .into_iter()
        .filter(|leaf| leaf.entry.kind == EntryKind::Presence)
        .count();
    assert_eq!(asked, 0, "nobody was asked for any of it");
    lab.stop().await;
}

/// The request in the agency's ledger, as its auditor sees it.
async fn logged(lab: &Lab, kind: Kind, digest: &Digest) -> (Shown, String) {
    let agency = member(kind).unwrap();
    let auditor = lab.person(&agency, AUDITOR);
    for (index, leaf) in lab.entries(&agency).iter().enumerate() {
        if leaf.entry.kind != EntryKind::Presence || leaf.entry.case.is_none() {
            continue;
        }
        let path = format!("/api/v1/ledger/entries/{index}/show");
        let ask = json!({ "reason": "audit", "open": true });
        let shown: Shown = auditor.taken(&path, &ask).await;
        let body = shown.body.clone().unwrap().into_inner();
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let jws = body["request"].as_str().unwrap().to_owned();
        if Digest::of(jws.as_bytes()) == *digest {
            return (shown, jws);
        }
    }
    panic!("the agency recorded no such request");
}

/// The digest of the request with this id in the hub's ledger.
fn sent(lab: &Lab, agency: &MemberId) -> Vec<Digest> {
    leaves(&lab.hub_dir().join("store"))
        .into_iter()
        .filter(|leaf| leaf.entry.kind == EntryKind::Presence)
        .filter(|leaf| leaf.entry.recipients.contains(agency))
        .filter_map(|leaf| leaf.entry.digest)
        .collect()
}

fn stile(args: &[&str]) -> (bool, String) {
    let done = Command::new(STILE).args(args).output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(said).unwrap())
}

fn person_file(dir: &Path, member: &str, user: &str) -> String {
    let file = dir
        .join(member)
        .join("people")
        .join(user)
        .join("person.toml");
    file.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_proves_for_whom_was_asked_and_a_changed_one_does_not() {
    let mut lab = lab(&[Kind::Police], &[(Kind::Police, "blind")]).await;
    let desk = researcher(&lab);
    let matter = open(&desk, "MASH-2026-50701").await;
    let found = until(&desk, &matter.case, |lines| lines.iter().all(is_checked)).await;
    let id = line(&found, Kind::Police).request.unwrap();
    let agency = member(Kind::Police).unwrap();
    let (shown, jws) = logged(&lab, Kind::Police, sent(&lab, &agency).last().unwrap()).await;

    let path = format!("/api/v1/ledger/presence/{id}/opening");
    let why = json!({ "reason": "audit" });
    assert_eq!(desk.refused(&path, &why).await, "role_missing");
    let auditor = lab.person(&hub(), AUDITOR);
    let idle = json!({ "reason": "curiosity" });
    assert_eq!(auditor.refused(&path, &idle).await, "unknown_reason");
    let none = "/api/v1/ledger/presence/00000000000000000000000000000000/opening";
    assert_eq!(auditor.refused(none, &why).await, "unknown_request");
    let opening: Opening = auditor.taken(&path, &why).await;
    assert_eq!(opening.verify(&jws).unwrap(), Verified::About);

    let twin: &Subject = &matter.opening.subjects[1];
    let another = Opening {
        subject: twin.clone(),
        ..opening.clone()
    };
    assert_eq!(another.verify(&jws).unwrap(), Verified::NotAbout);
    let swapped = swap_elements(&jws);
    assert_eq!(opening.verify(&swapped).unwrap(), Verified::NotOpened);
    let other = Opening {
        agency: member(Kind::Education).unwrap(),
        ..opening.clone()
    };
    assert!(other.verify(&jws).is_err());

    let folder = lab.dir().join("papers");
    std::fs::create_dir_all(&folder).unwrap();
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let person = person_file(lab.dir(), HUB, AUDITOR);
    let id = id.to_string();
    let out = at("opening.json");
    let asked = ["--person", &person, "--reason", "audit", &id, "--out", &out];
    let (good, said) = stile(&[&["ledger", "presence-opening"], &asked[..]].concat());
    assert!(good, "{said}");
    std::fs::write(at("shown.json"), serde_json::to_vec(&shown).unwrap()).unwrap();
    std::fs::write(at("request.jws"), &jws).unwrap();
    std::fs::write(at("swapped.jws"), &swapped).unwrap();
    for (name, wanted) in [
        ("shown.json", true),
        ("request.jws", true),
        ("swapped.jws", false),
    ] {
        let file = at(name);
        let (good, said) = stile(&[
            "ledger",
            "presence-verify",
            "--opening",
            &out,
            "--request",
            &file,
        ]);
        assert_eq!(good, wanted, "{said}");
    }
    lab.stop().await;
}

/// The same request with two elements in each other's place.
fn swap_elements(jws: &str) -> String {
    let mut asked = request(jws);
    if let PresenceForm::Blind { elements, .. } = &mut asked.form {
        let (one, two): (Element, Element) = (elements[0], elements[1]);
        elements[0] = two;
        elements[1] = one;
    }
    let payload = serde_json::to_vec(&asked).unwrap();
    let payload = data_encoding::BASE64URL_NOPAD.encode(&payload);
    let parts: Vec<_> = jws.split('.').collect();
    format!("{}.{payload}.{}", parts[0], parts[2])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_researcher_checks_from_the_command_line() {
    let mut lab = lab(&[Kind::Police], &[(Kind::Police, "blind")]).await;
    let desk = researcher(&lab);
    let matter = open(&desk, "MASH-2026-50801").await;
    until(&desk, &matter.case, |lines| lines.iter().all(is_checked)).await;
    let person = person_file(lab.dir(), HUB, RESEARCHER);
    let case = matter.case.to_string();

    let (good, said) = stile(&[
        "case",
        "presence",
        "--person",
        &person,
        &case,
        "--subject",
        "s1",
    ]);
    assert!(good, "{said}");
    assert!(said.contains("ask first: riverside-police"), "{said}");
    let (good, last) = stile(&["case", "presence", "--person", &person, &case, "--last"]);
    assert!(good, "{last}");
    assert_eq!(last, said);
    let purpose = Code::new("marac").unwrap();
    let (good, said) = stile(&[
        "case",
        "presence",
        "--person",
        &person,
        &case,
        "--purpose",
        purpose.as_str(),
    ]);
    assert!(!good && said.contains("purpose_differs"), "{said}");
    lab.stop().await;
}
