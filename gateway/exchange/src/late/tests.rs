//! What is kept for whom, on a real store.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tempfile::TempDir;

use super::*;
use crate::tests::opened;

const PATH: &str = "/cases/MASH-2026-00417/enquiries";
const BODY: &str = "nonce=n&why=Is+the+child+safe%3F";

struct World {
    store: Option<Store>,
    clock: Clock,
    seconds: Arc<AtomicI64>,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seconds = Arc::new(AtomicI64::new(1_790_000_000));
        let hand = Arc::clone(&seconds);
        Self {
            store: Some(opened(&folder)),
            clock: Clock::new(move || Timestamp::from_millis(hand.load(Ordering::SeqCst) * 1_000)),
            seconds,
            folder,
        }
    }

    fn forms(&self) -> LateForms<'_> {
        LateForms {
            store: self.store.as_ref().unwrap(),
            clock: &self.clock,
        }
    }

    fn restart(&mut self) {
        self.store = None;
        self.store = Some(opened(&self.folder));
    }

    fn wait_s(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    fn number(&self, token: &[u8], who: &str) -> usize {
        self.forms().of(token, &user(who)).unwrap().len()
    }
}

fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

async fn kept(world: &World, token: &[u8], body: &str) -> bool {
    let (owner, forms) = (user("h-1007"), world.forms());
    forms
        .keep(token, &owner, PATH, body.as_bytes())
        .await
        .unwrap()
}

async fn handed(world: &World, before: &[u8], after: &[u8], who: &str) {
    let (who, forms) = (user(who), world.forms());
    forms.hand_over(before, after, &who).await.unwrap();
}

#[tokio::test]
async fn a_form_outlives_a_restart_for_its_owner_at_its_browser_alone() {
    let mut world = World::new();
    assert!(kept(&world, b"token one", BODY).await);
    world.restart();

    let forms = world.forms().of(b"token one", &user("h-1007")).unwrap();

    assert_eq!(forms.len(), 1);
    assert_eq!(
        (forms[0].path.as_str(), forms[0].body.as_str()),
        (PATH, BODY)
    );
    assert_eq!(world.number(b"token one", "h-1002"), 0, "another user");
    assert_eq!(world.number(b"token two", "h-1007"), 0, "another browser");
}

#[tokio::test]
async fn a_row_moved_to_another_browser_is_not_opened() {
    let world = World::new();
    kept(&world, b"token one", BODY).await;
    let row = every(world.forms().store, Tree::Accounts, ALL)
        .unwrap()
        .remove(0);

    assert!(open(b"token one", &row.0, &row.1).is_some());
    assert!(open(b"token two", &row.0, &row.1).is_none());
    assert!(open(b"token one", b"form/elsewhere", &row.1).is_none());
    assert!(open(b"token one", &row.0, &row.1[..15]).is_none());
}

#[tokio::test]
async fn nothing_of_a_form_can_be_read_without_the_browser() {
    let world = World::new();
    kept(&world, b"token one", BODY).await;

    for (key, row) in every(world.forms().store, Tree::Accounts, ALL).unwrap() {
        for part in ["child", "h-1007", "MASH"] {
            let found = |bytes: &[u8]| bytes.windows(part.len()).any(|at| at == part.as_bytes());
            assert!(!found(&key) && !found(&row), "{part}");
        }
    }
}

#[tokio::test]
async fn a_new_token_of_the_same_user_takes_the_forms_along_and_anothers_destroys_them() {
    for (who, left) in [("h-1007", 1), ("h-1002", 0)] {
        let world = World::new();
        kept(&world, b"token one", BODY).await;

        handed(&world, b"token one", b"token two", who).await;

        assert_eq!(world.number(b"token two", "h-1007"), left);
        assert_eq!(world.number(b"token one", "h-1007"), 0);
    }
}

#[tokio::test]
async fn a_form_is_kept_for_half_a_day_however_often_its_browser_signs_in() {
    let world = World::new();
    kept(&world, b"token one", BODY).await;
    world.wait_s(KEPT_S - 1);
    handed(&world, b"token one", b"token two", "h-1007").await;
    assert_eq!(world.number(b"token two", "h-1007"), 1);

    world.wait_s(1);

    assert_eq!(world.number(b"token two", "h-1007"), 0);
    kept(&world, b"token nine", BODY).await;
    let rows = every(world.forms().store, Tree::Accounts, ALL).unwrap();
    assert_eq!(rows.len(), 1, "what is over is swept");
}

#[tokio::test]
async fn several_forms_are_kept_in_order_up_to_a_number_and_the_same_one_once() {
    let world = World::new();
    for number in 0..KEPT_OF_ONE {
        assert!(kept(&world, b"token one", &format!("why={number}")).await);
        world.wait_s(1);
    }

    assert!(!kept(&world, b"token one", "why=more").await);
    assert!(kept(&world, b"token one", "why=0").await, "it is there");
    assert!(kept(&world, b"token two", "why=more").await);
    let forms = world.forms().of(b"token one", &user("h-1007")).unwrap();
    let bodies: Vec<_> = forms.iter().map(|form| form.body.as_str()).collect();
    assert_eq!(bodies, ["why=1", "why=2", "why=3", "why=4", "why=0"]);
}

#[tokio::test]
async fn refuses_what_is_too_long_and_what_is_no_text() {
    let world = World::new();
    let long = "a".repeat(KEPT_BYTES_MOST + 1);

    assert!(!kept(&world, b"token one", &long).await);
    let (owner, forms) = (user("h-1007"), world.forms());
    let bytes = forms.keep(b"token one", &owner, PATH, &[0xff, 0xfe]);
    assert!(!bytes.await.unwrap());
    assert_eq!(world.number(b"token one", "h-1007"), 0);
}

#[tokio::test]
async fn all_browsers_together_have_a_bound() {
    let world = World::new();
    for number in 0..KEPT_IN_ALL {
        assert!(kept(&world, format!("token {number}").as_bytes(), BODY).await);
    }

    assert!(!kept(&world, b"one more", BODY).await);
}

#[tokio::test]
async fn one_form_or_all_of_a_browser_are_dropped() {
    let world = World::new();
    kept(&world, b"token one", "why=a").await;
    kept(&world, b"token one", "why=b").await;
    kept(&world, b"token two", "why=c").await;
    let first = world.forms().of(b"token one", &user("h-1007")).unwrap();
    let forms = world.forms();

    forms
        .forget(b"token two", Some(&first[0].handle))
        .await
        .unwrap();
    assert_eq!(world.number(b"token one", "h-1007"), 2, "not theirs");
    forms
        .forget(b"token one", Some(&first[0].handle))
        .await
        .unwrap();
    assert_eq!(world.number(b"token one", "h-1007"), 1);
    forms.forget(b"token one", None).await.unwrap();
    assert_eq!(world.number(b"token one", "h-1007"), 0);
    assert_eq!(world.number(b"token two", "h-1007"), 1);
}
