//! Comparing records with agencies: one that cannot be worked out, and what the metrics say.

use std::sync::Arc;

use stile_exchange::gateway::Gateway;
use stile_exchange::metrics::Text;
use stile_exchange::reconcile::{Difference, Lack, Outcome, Reconciliation};
use stile_ledger::EntryKind;
use stile_store::{Batch, Tree};
use stile_trust::directory::Directory;

use crate::room::{HUB, POLICE, Room, member, person};

const HEALTH: &str = "north-health";
const UNREADABLE: &[u8] = b"nothing that can be read";

/// Puts another agency before the first one.
fn with_health(room: &Room) {
    let mut directory: Directory = (*room.hub.directory.load_full()).clone();
    let mut health = directory.member(&member(POLICE)).unwrap().clone();
    health.id = member(HEALTH);
    directory.members.insert(0, health);
    room.hub.directory.store(Arc::new(directory));
}

/// Keeps this of an agency: `reconciled` is the last comparison, `compared` the last for which it could
/// be asked, `reconcile-from` since when it is due for its first.
async fn keep(room: &Room, what: &str, agency: &str, value: Vec<u8>) {
    let key = format!("{what}/{agency}");
    let batch = Batch::put(Tree::Meta, key, Some(value));
    room.hub.store.commit(batch).await.unwrap();
}

fn report(room: &Room, outcome: Outcome, lacks: &[Lack]) -> Vec<u8> {
    let differences = lacks.iter().map(|what| Difference {
        what: *what,
        enquiry: None,
        n: None,
        permit: None,
    });
    let report = Reconciliation {
        hub: member(HUB),
        agency: member(POLICE),
        at: room.now(),
        outcome,
        size: 7,
        releases: 3,
        returns: 3,
        pending: 0,
        chased: 0,
        differing: lacks.len().try_into().unwrap(),
        differences: differences.collect(),
    };
    serde_json::to_vec(&report).unwrap()
}

#[tokio::test]
async fn one_that_cannot_be_worked_out_holds_up_no_other_and_waits_an_hour() {
    let room = Room::new();
    with_health(&room);
    keep(&room, "reconcile-from", HEALTH, UNREADABLE.to_vec()).await;
    // Notes since when the police are due.
    room.hub.reconcile_due().await.unwrap_err();
    room.hours(25);
    let before = room.size();

    room.hub.reconcile_due().await.unwrap_err();

    // Nobody answers there; that it was tried is what counts.
    let tried = (EntryKind::Reconciliation, Some("unreachable".to_owned()));
    assert_eq!(room.entries(before), [tried]);
    assert_eq!(room.hub.reconcile_due().await.unwrap(), 0, "both wait");
    room.hours(1);
    room.hub.reconcile_due().await.unwrap_err();
    assert_eq!(room.entries(before).len(), 2);
}

#[tokio::test]
async fn one_that_cannot_be_read_is_made_again_at_once() {
    let room = Room::new();
    keep(&room, "reconciled", POLICE, UNREADABLE.to_vec()).await;
    let auditor = person("a.evans");
    room.hub.reconciliations(&auditor).unwrap_err();

    assert_eq!(room.hub.reconcile_due().await.unwrap(), 1);

    let last = room.hub.reconciliations(&auditor).unwrap().reconciliations;
    assert_eq!(last[0].outcome, Outcome::Unreachable);
    assert_eq!(room.hub.reconcile_due().await.unwrap(), 0);
}

/// What the metrics say of the police's reconciliations, by what follows `stile_reconciliation_`.
fn said(room: &Room, sample: &str) -> Option<i64> {
    let mut text = Text::default();
    Gateway::Hub(Arc::clone(&room.hub)).write_metrics("0", &mut text);
    let (name, what) = sample.split_once(' ').unwrap_or((sample, ""));
    let what = if what.is_empty() {
        String::new()
    } else {
        format!(",what=\"{what}\"")
    };
    let before = format!("stile_reconciliation_{name}{{member=\"{POLICE}\"{what}}} ");
    let text = text.finish();
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(&before))?;
    Some(value.parse().unwrap())
}

#[tokio::test]
async fn metrics_say_of_each_member_whether_the_last_comparison_agreed() {
    let room = Room::new();
    let known = ["agrees", "differences lost_here", "differences unanswered"];
    for (outcome, lacks, expected) in [
        (Outcome::Agrees, vec![], [Some(1), Some(0), Some(0)]),
        (
            Outcome::Differs,
            vec![Lack::LostHere, Lack::Unanswered, Lack::Unanswered],
            [Some(0), Some(1), Some(2)],
        ),
        (Outcome::LedgerRolledBack, vec![], [Some(0), None, None]),
    ] {
        let report = report(&room, outcome, &lacks);
        keep(&room, "compared", POLICE, report).await;

        assert_eq!(known.map(|what| said(&room, what)), expected, "{outcome:?}");
    }
}

#[tokio::test]
async fn metrics_keep_what_was_found_while_an_agency_cannot_be_asked() {
    let room = Room::new();
    let at = room.now().millis() / 1_000;
    let differs = report(&room, Outcome::Differs, &[Lack::LostHere]);
    keep(&room, "compared", POLICE, differs).await;
    room.hours(25);

    let all = room.hub.reconcile_now(&person("a.evans"), None).await;

    let outcome = all.unwrap().reconciliations[0].outcome;
    assert_eq!(outcome, Outcome::Unreachable);
    assert_eq!(said(&room, "agrees"), Some(0));
    assert_eq!(said(&room, "differences lost_here"), Some(1));
    assert_eq!(said(&room, "timestamp_seconds"), Some(at));
}

#[tokio::test]
async fn metrics_leave_out_a_comparison_that_cannot_be_read_and_no_other() {
    let room = Room::new();
    with_health(&room);
    keep(&room, "compared", HEALTH, UNREADABLE.to_vec()).await;
    let agrees = report(&room, Outcome::Agrees, &[]);
    keep(&room, "compared", POLICE, agrees).await;

    assert_eq!(said(&room, "agrees"), Some(1));
}
