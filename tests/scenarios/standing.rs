//! What is true now is told while it stands, however long ago it began, and for the look-back after it
//! ended.

use harness::{Lab, RawHub, tale};
use rusqlite::Connection;
use stile_cli::demo::SEED;
use stile_cli::demo::world::{Kind, World};
use stile_exchange::clock::Clock;
use stile_model::code::CategoryStatus;
use stile_model::id::SubjectId;
use stile_model::returns::Finding;

/// Enough that the family is found without a reviewer.
const PEOPLE: usize = 500;

/// What the social care agency says of the plans of the red family, looking back 24 months.
async fn plans(raw: &RawHub) -> Vec<Finding> {
    let red = tale("red");
    assert_eq!(red.look_back_months, 24);
    let enquiry = raw.enquiry(Kind::SocialCare, &red);
    let answered = raw.ask(Kind::SocialCare, &enquiry).await;
    let mut findings = answered.answer.findings;
    findings.retain(|finding| finding.category.as_str() == "social_care.plan");
    findings
}

fn of<'a>(findings: &'a [Finding], subject: &SubjectId) -> &'a Finding {
    let found = findings.iter().find(|finding| finding.subject == *subject);
    found.expect("one for each subject")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_older_than_the_look_back_is_shared_while_it_stands_and_not_once_it_ended_before_it()
{
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    let mut lab = Lab::start_with(&world, &[Kind::SocialCare], |_| {}).await;
    let raw = lab.raw_hub();
    let people = Connection::open(lab.agency_dir(Kind::SocialCare).join("people.db")).unwrap();
    let change = |change: &str| assert!(people.execute(change, []).unwrap() > 0);

    change("UPDATE lcs_plan SET start_date = date('now', '-30 months'), end_date = NULL");
    let standing = plans(&raw).await;
    change("UPDATE lcs_plan SET end_date = date('now', '-26 months')");
    let ended = plans(&raw).await;

    let shared = standing.iter().find(|finding| !finding.items.is_empty());
    let mali = &shared.expect("a plan that stands").subject;
    assert_eq!(of(&ended, mali).status, CategoryStatus::NoRecord);
    assert!(of(&ended, mali).items.is_empty());
    lab.stop().await;
}
