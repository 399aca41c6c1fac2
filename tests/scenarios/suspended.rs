//! A policy of which Casbin did not confirm a ruling: nothing leaves by itself, a person is asked.

use std::path::Path;
use std::sync::Arc;

use harness::ledger::count;
use harness::{Answered, Lab, RawHub, tale};
use hyper::{HeaderMap, Method, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use stile_cli::config::{AgencyConfig, HubConfig};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, member};
use stile_cli::demo::world::{Kind, World};
use stile_cli::gateway::assemble_agency;
use stile_exchange::agency::{Agency, TaskSubject};
use stile_exchange::client::Reply;
use stile_exchange::clock::Clock;
use stile_exchange::wire::Offer;
use stile_ledger::EntryKind;
use stile_model::code::CategoryStatus;
use stile_model::id::MemberId;
use stile_store::{Batch, Tree};
use stile_trust::peer::Peer;

const PEOPLE: usize = 50;

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

async fn ask(raw: &RawHub) -> Answered {
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    raw.ask(Kind::Police, &enquiry).await
}

fn items(answered: &Answered) -> usize {
    let findings = answered.answer.findings.iter();
    findings.map(|finding| finding.items.len()).sum()
}

/// Two categories that the agency closes: of one something leaves at once, of the other nothing does.
const CLOSED: [&str; 2] = ["police.protective_order", "police.allegation"];

fn close(dir: &Path) {
    let file = dir.join(police().as_str()).join("rules.toml");
    let rules = std::fs::read_to_string(&file).unwrap();
    let hours = "approval_hours = 4\n";
    let closed = rules.replacen(hours, &format!("{hours}closed = {CLOSED:?}\n"), 1);
    assert_ne!(closed, rules);
    std::fs::write(&file, closed).unwrap();
}

/// What the police offer for the purpose of the enquiry.
async fn offer(raw: &RawHub) -> Offer {
    let path = format!("/v1/offer?purpose={}", tale("red").purpose);
    let reply = raw.call(Kind::Police, Method::GET, &path, Vec::new()).await;
    serde_json::from_slice(&reply.unwrap().body).unwrap()
}

/// Whether some of the category may come at once; none where it is not on offer.
fn at_once(offer: &Offer, category: &str) -> Option<bool> {
    let mut all = offer.categories.iter();
    all.find(|offered| offered.category.as_str() == category)
        .map(|offered| offered.at_once)
}

/// The stopped agency, ready to answer and without what runs beside: it heeds nothing by itself.
pub(crate) async fn assembled(lab: &Lab, clock: Clock) -> Arc<Agency> {
    let own = lab.agency_dir(Kind::Police);
    let config = AgencyConfig::read(&own.join("agency.toml")).unwrap();
    let (agency, _) = assemble_agency(config, clock).await.unwrap();
    agency
}

/// Its answer to a new enquiry of the lab's hub.
/// A question to an agency without what runs beside it, as sent, and its answer.
pub(crate) async fn answer(lab: &Lab, raw: &RawHub, agency: &Agency) -> (String, Answered) {
    let hub = HubConfig::read(&lab.hub_dir().join("hub.toml")).unwrap();
    let chain = CertificateDer::pem_file_iter(&hub.parts.tls.chain).unwrap();
    let chain: Vec<_> = chain.map(Result::unwrap).collect();
    let peer = Peer::from_chain(&chain).unwrap();
    let enquiry = raw.sign(&raw.enquiry(Kind::Police, &tale("red")));
    let released = agency.answer(&peer, &enquiry, 0).await.unwrap();
    let reply = Reply {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: released.body.into(),
    };
    let answered = raw.prove(Kind::Police, &reply);
    (enquiry, answered)
}

/// Marks the policy as another gateway on the same store would have.
pub(crate) async fn mark(agency: &Agency) {
    let (version, rows) = (
        env!("CARGO_PKG_VERSION"),
        agency.policy.load().rows_digest(),
    );
    let key = format!("suspended/{version}/{rows}");
    let mark = Batch::put(Tree::Policies, key, Some(b"marked".to_vec()));
    agency.store.commit(mark).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_by_itself_under_a_policy_that_casbin_did_not_confirm() {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    let mut lab = Lab::start_with(&world, &[Kind::Police], close).await;
    let raw = lab.raw_hub();
    let before = ask(&raw).await;
    assert!(items(&before) > 0, "something leaves while all is well");
    let open = "police.domestic_incident";
    let offered = offer(&raw).await;
    assert_eq!(at_once(&offered, open), Some(true));
    assert_eq!(at_once(&offered, CLOSED[0]), Some(true));
    assert_eq!(at_once(&offered, CLOSED[1]), None, "nobody would be asked");
    assert_eq!(count(&lab.entries(&police()), EntryKind::Halt), 0);
    lab.stop_one(&police()).await;
    mark(&*assembled(&lab, lab.time.clock()).await).await;
    lab.start_one(&police()).await;

    let raw = lab.raw_hub();
    let after = ask(&raw).await;
    let offered = offer(&raw).await;

    assert_eq!(at_once(&offered, open), Some(false));
    for closed in CLOSED {
        assert_eq!(at_once(&offered, closed), None, "{closed}");
    }
    assert_eq!(items(&after), 0);
    assert!(after.answer.subjects.is_empty());
    assert!(after.answer.more, "people are asked");
    for finding in &after.answer.findings {
        let told = [
            CategoryStatus::NoRecord,
            CategoryStatus::Referred,
            CategoryStatus::Withheld,
        ];
        assert!(told.contains(&finding.status), "{:?}", finding.status);
        if let Some(referred) = &finding.referred {
            assert!(
                referred
                    .approvers
                    .iter()
                    .any(|role| role.as_str() == "ig_lead")
            );
        }
    }
    let referred = after.answer.findings.iter();
    assert!(
        referred
            .filter(|finding| finding.referred.is_some())
            .count()
            > 0
    );
    let desk = lab.person(&police(), APPROVER);
    let tasks = crate::approvals::tasks(&desk).await;
    let telling = tasks.iter().any(|task| match &task.subject {
        TaskSubject::Approval(approval) => !approval.if_agreed.items.is_empty(),
        TaskSubject::Alert(_) | TaskSubject::Match(_) => false,
    });
    assert!(telling, "what would have left is put before a person");
    lab.stop().await;
}

/// The mark is there once the answer was begun: nothing but the record can notice it.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_begun_before_the_mark_is_recorded_only_as_under_a_suspended_policy() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    lab.stop_one(&police()).await;
    let (raw, agency) = (lab.raw_hub(), assembled(&lab, lab.time.clock()).await);
    let (_, before) = answer(&lab, &raw, &agency).await;
    assert!(items(&before) > 0, "something leaves while all is well");

    mark(&agency).await;
    let (_, after) = answer(&lab, &raw, &agency).await;

    assert_eq!(items(&after), 0);
    assert!(after.answer.subjects.is_empty());
    assert!(after.answer.more, "people are asked");
    drop(agency);
    lab.stop().await;
}
