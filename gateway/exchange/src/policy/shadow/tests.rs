//! A wrong ruling is found and stops automatic release; a right one, or none, changes nothing.

use std::path::Path;

use stile_ledger::{Leaf, LedgerKey};
use stile_model::code::{ConsentState, Priority, Rung};
use stile_model::id::{FieldId, MemberId};
use stile_model::time::Timestamp;
use stile_model::vocabulary::{AgeBand, Recency, Vocabulary};
use stile_store::{EpochKey, StoreConfig};

use super::*;

const RULES: &str = r#"
agency = "police"
vocabulary = "1"

[[rule]]
id = "A-1"
share = "police.domestic_incident.date"
as = "month"
when = { purpose = ["s47_enquiry"], within = "24 months" }
why = "Children Act 1989 s.47(9)"
"#;

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn store(folder: &Path) -> Store {
    let config = StoreConfig {
        dir: folder.join("store"),
        origin: "north.example/police".to_owned(),
        ledger_key: LedgerKey::from_seed(&[7; 32]).unwrap(),
        epoch_key: EpochKey::from_bytes([8; 32]),
        segment_bytes: 64 * 1024,
        low_space_bytes: 0,
    };
    Store::open(config).unwrap().0
}

fn policy(rules: &str) -> Arc<PolicySet> {
    let text = include_str!("../../../../../policies/vocabulary.toml");
    let vocabulary = Vocabulary::parse("vocabulary.toml", text).unwrap();
    let kind = Code::new("police").unwrap();
    let set = PolicySet::activate("rules.toml", rules, &vocabulary, &kind, now().date(), 7);
    Arc::new(set.unwrap_or_else(|error| panic!("{error}")))
}

struct Asking {
    field: FieldId,
    purpose: Code,
    role: Code,
    hub: MemberId,
}

impl Asking {
    fn new() -> Self {
        Self {
            field: "police.domestic_incident.date".parse().unwrap(),
            purpose: "s47_enquiry".parse().unwrap(),
            role: "child".parse().unwrap(),
            hub: "hub-northshire".parse().unwrap(),
        }
    }

    fn question(&self) -> Question<'_> {
        Question {
            field: &self.field,
            purpose: &self.purpose,
            priority: Some(Priority::Red),
            consent: Some(ConsentState::NotSought),
            subject_role: Some(&self.role),
            age: AgeBand::Age5To9,
            recency: Recency::To3m,
            requester: None,
            hub: Some(&self.hub),
        }
    }
}

/// Serves this ruling with `auto` in place of what policy says, and waits until it was checked.
async fn serve(shadow: &Shadow, policy: &Arc<PolicySet>, auto: Option<Rung>) {
    let asking = Asking::new();
    let on = now().date();
    let mut outcome = policy.outcome(&asking.question(), on);
    outcome.auto = auto.unwrap_or(outcome.auto);
    outcome.approved = outcome.approved.max(outcome.auto);
    let before = shadow.counts().checked;
    shadow.observe(policy, &asking.question(), &outcome, on);
    let (stop, stopped) = watch::channel(false);
    let checking = {
        let shadow = shadow.clone();
        tokio::spawn(async move { shadow.run(stopped).await })
    };
    while shadow.counts().checked == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // What a check found is acted on before the next is taken, and before it stops.
    stop.send(true).unwrap();
    checking.await.unwrap();
}

fn halts(store: &Store) -> Vec<Entry> {
    store
        .entries(0..1_000)
        .unwrap()
        .into_iter()
        .map(|bytes| Leaf::parse(&bytes).unwrap().entry)
        .filter(|entry| entry.kind == EntryKind::Halt)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_ruling_suspends_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, policy) = (store(dir.path()), policy(RULES));
    let shadow = Shadow::new(store.clone(), Clock::new(now), 1).unwrap();

    serve(&shadow, &policy, None).await;

    assert!(!shadow.is_suspended(&policy));
    assert!(halts(&store).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_ruling_suspends_its_policy_durably_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let (store, policy) = (store(dir.path()), policy(RULES));
    let shadow = Shadow::new(store.clone(), Clock::new(now), 1).unwrap();

    serve(&shadow, &policy, Some(Rung::Detail)).await;

    assert!(shadow.is_suspended(&policy));
    let other = crate::policy::shadow::tests::policy(&RULES.replace("\"month\"", "\"year\""));
    assert!(!shadow.is_suspended(&other));
    let halts = halts(&store);
    let [halt] = halts.as_slice() else {
        panic!("{} entries", halts.len());
    };
    assert_eq!(halt.policy, Some(policy.digest()));
    assert_eq!(
        halt.reason.as_ref().unwrap().as_str(),
        "policy_disagreement"
    );
    let again = Shadow::new(store, Clock::new(now), 1_000).unwrap();
    assert!(again.is_suspended(&policy));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ruling_that_withholds_too_much_is_wrong_too() {
    let dir = tempfile::tempdir().unwrap();
    let (store, policy) = (store(dir.path()), policy(RULES));
    let shadow = Shadow::new(store, Clock::new(now), 1).unwrap();

    serve(&shadow, &policy, Some(Rung::None)).await;

    assert!(shadow.is_suspended(&policy));
}

#[tokio::test(flavor = "multi_thread")]
async fn heeds_what_another_gateway_on_the_store_found() {
    let dir = tempfile::tempdir().unwrap();
    let (store, policy) = (store(dir.path()), policy(RULES));
    let one = Shadow::new(store.clone(), Clock::new(now), 1).unwrap();
    let other = Shadow::new(store.clone(), Clock::new(now), 1).unwrap();
    serve(&one, &policy, Some(Rung::Detail)).await;
    assert!(!other.is_suspended(&policy));

    other.heed().unwrap();

    assert!(other.is_suspended(&policy));
    other
        .suspend(Doubted::of(&policy), "again".to_owned())
        .await;
    assert_eq!(halts(&store).len(), 1);
}

/// An answer in flight: ruled on while all was well.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_ruled_on_before_the_suspension_is_not_recorded_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let (store, policy) = (store(dir.path()), policy(RULES));
    let shadow = Shadow::new(store.clone(), Clock::new(now), 1).unwrap();
    let other = Shadow::new(store.clone(), Clock::new(now), 1).unwrap();
    let in_flight = || Batch {
        require_absent: other
            .must_be_absent(&policy, false)
            .unwrap()
            .into_iter()
            .collect(),
        ..Batch::put(Tree::Meta, b"answer".to_vec(), Some(vec![1]))
    };
    store.commit(in_flight()).await.unwrap();
    let answer = in_flight();

    serve(&shadow, &policy, Some(Rung::Detail)).await;

    let overtaken = |error: StoreError| matches!(error, StoreError::AlreadyThere(Tree::Policies));
    assert!(store.commit(answer).await.is_err_and(overtaken));
    assert!(shadow.must_be_absent(&policy, false).is_err_and(overtaken));
    // Ruled on again, as suspended: what people must decide is recorded.
    assert_eq!(shadow.must_be_absent(&policy, true).unwrap(), None);
}

/// The store may be full: what this process knows must do.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_flight_is_stopped_before_the_mark_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let (store, policy) = (store(dir.path()), policy(RULES));
    let shadow = Shadow::new(store.clone(), Clock::new(now), 1).unwrap();

    // More than the store takes of one record.
    shadow
        .suspend(Doubted::of(&policy), "x".repeat(17 << 20))
        .await;

    assert!(halts(&store).is_empty());
    assert!(shadow.must_be_absent(&policy, false).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_words_that_say_the_same_stay_suspended() {
    let dir = tempfile::tempdir().unwrap();
    let (store, first) = (store(dir.path()), policy(RULES));
    let shadow = Shadow::new(store.clone(), Clock::new(now), 1).unwrap();
    serve(&shadow, &first, Some(Rung::Detail)).await;
    let remarked = policy(&format!("# As before.\n{RULES}"));
    let regrounded = policy(&RULES.replace("s.47(9)", "s.47(9) and (11)"));

    assert_ne!(remarked.digest(), first.digest());
    assert!(shadow.is_suspended(&remarked) && shadow.is_suspended(&regrounded));
    let again = Shadow::new(store, Clock::new(now), 1).unwrap();
    assert!(again.is_suspended(&remarked));
}

#[test]
fn one_in_so_many_is_due_and_what_does_not_fit_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (store, policy) = (store(dir.path()), policy(RULES));
    let shadow = Shadow::new(store, Clock::new(now), 10).unwrap();
    let asking = Asking::new();
    let on = now().date();
    let outcome = policy.outcome(&asking.question(), on);

    for _ in 0..10 * (WAITING + 5) {
        shadow.observe(&policy, &asking.question(), &outcome, on);
    }

    let counts = shadow.counts();
    assert_eq!(counts.served, 10 * (u64::try_from(WAITING).unwrap() + 5));
    assert_eq!((counts.checked, counts.left_out), (0, 5));
}

#[test]
fn cannot_be_turned_off() {
    let dir = tempfile::tempdir().unwrap();
    let (store, policy) = (store(dir.path()), policy(RULES));
    let shadow = Shadow::new(store, Clock::new(now), 0).unwrap();
    let asking = Asking::new();
    let outcome = policy.outcome(&asking.question(), now().date());

    for _ in 0..=WAITING {
        shadow.observe(&policy, &asking.question(), &outcome, now().date());
    }

    assert_eq!(shadow.counts().left_out, 1);
}

/// An enquiry makes its rulings in one order; each of them must have its turn.
#[test]
fn every_place_in_an_enquiry_is_checked_at_some_time_and_one_in_each_block() {
    const PLACES: u64 = 40;
    for every in [1, 2, 40, 1_000] {
        let served = every * 1_000;
        let due: Vec<u64> = (0..served).filter(|nth| is_due(*nth, every, 9)).collect();
        let places: BTreeSet<u64> = due.iter().map(|nth| nth % PLACES).collect();

        let blocks: Vec<u64> = due.iter().map(|nth| nth / every).collect();
        assert_eq!(blocks, (0..1_000).collect::<Vec<_>>());
        assert_eq!(
            places.len(),
            usize::try_from(PLACES).unwrap(),
            "1 in {every}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_could_not_be_written_holds_and_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let shadow = Shadow::new(store.clone(), Clock::new(now), 1).unwrap();
    let (one, other) = (
        policy(RULES),
        policy(&RULES.replace("\"month\"", "\"year\"")),
    );
    let doubted = Doubted::of(&one);
    // More than the store takes of one record.
    shadow.suspend(doubted, "x".repeat(17 << 20)).await;
    assert!(shadow.is_suspended(&one));
    assert!(halts(&store).is_empty());
    shadow.mark_again().await;
    assert_eq!(shadow.unmarked().len(), 1, "still not written");

    shadow.unmarked().insert(doubted, "as it was".to_owned());
    shadow
        .unmarked()
        .insert(Doubted::of(&other), "as it was".to_owned());
    shadow.mark_again().await;

    assert!(shadow.unmarked().is_empty());
    assert_eq!(halts(&store).len(), 2);
    let again = Shadow::new(store, Clock::new(now), 1).unwrap();
    assert!(again.is_suspended(&one) && again.is_suspended(&other));
}

#[test]
fn what_is_left_out_is_told_each_time_it_doubles() {
    let dir = tempfile::tempdir().unwrap();
    let shadow = Shadow::new(store(dir.path()), Clock::new(now), 1).unwrap();
    let left_out = |count| shadow.0.left_out.store(count, Ordering::Relaxed);
    assert_eq!(shadow.tell_left_out(0), 0);
    left_out(3);
    assert_eq!(shadow.tell_left_out(0), 3);
    left_out(5);
    assert_eq!(shadow.tell_left_out(3), 3);
    left_out(6);
    assert_eq!(shadow.tell_left_out(3), 6);
}
