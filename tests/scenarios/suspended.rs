//! A policy of which Casbin did not confirm a ruling: nothing leaves by itself, a person is asked.

use harness::ledger::count;
use harness::{Answered, Lab, RawHub, tale};
use stile_cli::config::AgencyConfig;
use stile_cli::demo::partnership::{APPROVER, member};
use stile_cli::demo::world::Kind;
use stile_cli::gateway::store_config;
use stile_exchange::agency::TaskSubject;
use stile_exchange::agency::routes::TaskList;
use stile_ledger::EntryKind;
use stile_model::code::CategoryStatus;
use stile_model::digest::Digest;
use stile_model::id::MemberId;
use stile_store::{Batch, Store, Tree};

const PEOPLE: usize = 50;

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

async fn ask(raw: &RawHub) -> Answered {
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    raw.ask(Kind::Police, &enquiry).await
}

/// Marks the policy as another gateway on the same store would have; the agency is stopped.
async fn mark(lab: &Lab) {
    let own = lab.agency_dir(Kind::Police);
    let rules = std::fs::read(own.join("rules.toml")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let key = format!("policy/suspended/{version}/{}", Digest::of(&rules));
    let config = AgencyConfig::read(&own.join("agency.toml")).unwrap();
    let (store, _) = Store::open(store_config(&config.parts).unwrap()).unwrap();
    store
        .commit(Batch::put(Tree::Meta, key, Some(b"marked".to_vec())))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_by_itself_under_a_policy_that_casbin_did_not_confirm() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let before = ask(&raw).await;
    let items = |answered: &Answered| -> usize {
        let findings = answered.answer.findings.iter();
        findings.map(|finding| finding.items.len()).sum()
    };
    assert!(items(&before) > 0, "something leaves while all is well");
    assert_eq!(count(&lab.entries(&police()), EntryKind::Halt), 0);
    lab.stop_one(&police()).await;
    mark(&lab).await;
    lab.start_one(&police()).await;

    let after = ask(&lab.raw_hub()).await;

    assert_eq!(items(&after), 0);
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
    let tasks: TaskList = desk.read("/api/v1/tasks").await;
    let telling = tasks.tasks.iter().any(|task| match &task.subject {
        TaskSubject::Approval(approval) => !approval.if_agreed.items.is_empty(),
        TaskSubject::Alert(_) | TaskSubject::Match(_) => false,
    });
    assert!(telling, "what would have left is put before a person");
    lab.stop().await;
}
