//! Accounts from invitation to closing, on a real store.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use stile_ledger::{EntryKind, Leaf};
use stile_model::id::MemberId;
use stile_model::vocabulary::Vocabulary;
use tempfile::TempDir;

use super::*;
use crate::error::ExchangeError;
use crate::people::{Duty, Person};
use crate::tests::opened;

const PASSWORD: &str = "tractor violet onion";

struct World {
    store: Store,
    people: People,
    vocabulary: Vocabulary,
    clock: Clock,
    seconds: Arc<AtomicI64>,
    gate: Gate,
    _folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seconds = Arc::new(AtomicI64::new(1_790_000_000));
        let hand = Arc::clone(&seconds);
        let text = include_str!("../../../../policies/vocabulary.toml");
        Self {
            store: opened(&folder),
            people: people(&["h-1007", "h-1002", "it-1"]),
            vocabulary: Vocabulary::parse("vocabulary.toml", text).unwrap(),
            clock: Clock::new(move || Timestamp::from_millis(hand.load(Ordering::SeqCst) * 1_000)),
            seconds,
            gate: Gate::default(),
            _folder: folder,
        }
    }

    fn accounts(&self) -> Accounts<'_> {
        Accounts {
            store: &self.store,
            people: &self.people,
            scribe: Scribe {
                vocabulary: &self.vocabulary,
                pseudonym_key: &[1; 32],
            },
            clock: &self.clock,
            gate: &self.gate,
        }
    }

    fn wait_s(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    fn it(&self) -> Person {
        self.people.listed(&user("it-1")).unwrap()
    }

    fn reasons(&self) -> Vec<(EntryKind, String)> {
        let leaves = self.store.entries(0..self.size()).unwrap();
        let said = leaves.iter().map(|leaf| Leaf::parse(leaf).unwrap().entry);
        said.map(|entry| {
            assert!(entry.actor.is_some());
            (entry.kind, entry.reason.unwrap().to_string())
        })
        .collect()
    }

    fn size(&self) -> u64 {
        self.store.head().size
    }

    /// An account for `h-1007`.
    async fn enrolled(&self) -> (Seed, Vec<String>) {
        let accounts = self.accounts();
        let invitation = accounts.invite(&self.it(), &user("h-1007")).await.unwrap();
        let begun = accounts.begin("h-1007", invitation.code.as_str(), place());
        let Verdict::Right(enrolling) = begun.unwrap() else {
            panic!("the invitation is not taken");
        };
        let digits = enrolling.seed.at(self.clock.now());
        let password = Password::new(PASSWORD);
        let done = accounts
            .enrol(&enrolling, &password, &digits, place())
            .await;
        let Verdict::Right(enrolled) = done.unwrap() else {
            panic!("the account is not made");
        };
        self.wait_s(60);
        (enrolling.seed, enrolled.recovery.to_vec())
    }

    async fn sign_in(&self, password: &str, code: &str) -> Verdict<SignedIn> {
        let accounts = self.accounts();
        let password = Password::new(password);
        let right = accounts
            .check_password(" H-1007 ", &password, place())
            .await;
        match right.unwrap() {
            Verdict::Right(right) => accounts.check_code(&right, code, place()).await.unwrap(),
            Verdict::Wait(seconds) => Verdict::Wait(seconds),
            Verdict::Wrong => Verdict::Wrong,
        }
    }

    fn code(&self, seed: &Seed) -> String {
        seed.at(self.clock.now()).as_str().to_owned()
    }
}

fn people(users: &[&str]) -> People {
    let duties = |name: &str| {
        let duty = if name.starts_with("it") {
            Duty::ItAdmin
        } else {
            Duty::Researcher
        };
        (user(name), std::iter::once(duty).collect())
    };
    People::new(
        MemberId::new("hub").unwrap(),
        users.iter().map(|name| duties(name)),
    )
}

fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

fn place() -> Source {
    Source::of(Ipv4Addr::LOCALHOST.into())
}

fn code_of(error: &ExchangeError) -> String {
    error.problem().code().to_owned()
}

#[tokio::test]
async fn an_invited_user_sets_up_an_account_and_signs_in_with_it() {
    let world = World::new();
    let (seed, recovery) = world.enrolled().await;

    let Verdict::Right(signed_in) = world.sign_in(PASSWORD, &world.code(&seed)).await else {
        panic!("not signed in");
    };

    assert_eq!(signed_in.user, user("h-1007"));
    assert_eq!(signed_in.recovery_left, None);
    assert_eq!(recovery.len(), RECOVERY_CODES);
    assert_eq!(
        world.accounts().footing(&user("h-1007")).unwrap(),
        Some(signed_in.footing)
    );
    let reasons: Vec<_> = world
        .reasons()
        .into_iter()
        .map(|(_, reason)| reason)
        .collect();
    assert_eq!(reasons, ["invited", "enrolled"]);
}

#[tokio::test]
async fn a_wrong_password_a_wrong_user_and_a_user_without_account_are_answered_alike() {
    let world = World::new();
    world.enrolled().await;
    let accounts = world.accounts();

    for (name, password) in [
        ("h-1007", "tractor violet onions"),
        ("h-1002", PASSWORD),
        ("nobody", PASSWORD),
        ("no such <user>", PASSWORD),
        ("", ""),
    ] {
        let verdict = accounts
            .check_password(name, &Password::new(password), place())
            .await;
        assert_eq!(verdict.unwrap(), Verdict::Wrong, "{name}");
    }
}

#[tokio::test]
async fn a_code_is_refused_the_second_time_and_the_one_before_it_too() {
    let world = World::new();
    let (seed, _) = world.enrolled().await;
    let before = seed.at(world.clock.now().plus_s(-30)).as_str().to_owned();
    let code = world.code(&seed);

    assert!(matches!(
        world.sign_in(PASSWORD, &code).await,
        Verdict::Right(_)
    ));
    assert_eq!(world.sign_in(PASSWORD, &code).await, Verdict::Wrong);
    assert_eq!(world.sign_in(PASSWORD, &before).await, Verdict::Wrong);
    world.wait_s(30);
    assert!(matches!(
        world.sign_in(PASSWORD, &world.code(&seed)).await,
        Verdict::Right(_)
    ));
}

#[tokio::test]
async fn a_code_taken_by_a_gateway_that_shares_the_store_is_refused() {
    let world = World::new();
    let (seed, _) = world.enrolled().await;
    let step = world.clock.now().millis() / 30_000;
    let mark = kept::used_step(&user("h-1007"), step);
    let batch = stile_store::Batch::put(stile_store::Tree::Accounts, mark, Some(vec![1]));
    world.store.commit(batch).await.unwrap();

    assert_eq!(
        world.sign_in(PASSWORD, &world.code(&seed)).await,
        Verdict::Wrong
    );
}

#[tokio::test]
async fn a_recovery_code_is_right_once_and_its_use_is_recorded() {
    let world = World::new();
    let (_, recovery) = world.enrolled().await;

    let first = world.sign_in(PASSWORD, &recovery[3].to_lowercase()).await;
    let again = world.sign_in(PASSWORD, &recovery[3]).await;

    let Verdict::Right(signed_in) = first else {
        panic!("not signed in");
    };
    assert_eq!(signed_in.recovery_left, Some(RECOVERY_CODES - 1));
    assert_eq!(again, Verdict::Wrong);
    assert_eq!(world.reasons().last().unwrap().1, "recovery_used");
}

#[tokio::test]
async fn the_code_of_another_users_app_is_refused() {
    let world = World::new();
    world.enrolled().await;

    let code = world.code(&Seed::from_bytes([9; 20]));

    assert_eq!(world.sign_in(PASSWORD, &code).await, Verdict::Wrong);
}

#[tokio::test]
async fn a_browser_that_signed_its_user_in_before_is_let_through_whoever_guesses_elsewhere() {
    let world = World::new();
    world.enrolled().await;
    let (accounts, right) = (world.accounts(), Password::new(PASSWORD));
    let known = accounts.remembering("", &user("h-1007")).unwrap();
    let shared = accounts.remembering(&known, &user("h-1002")).unwrap();
    let of_another = accounts.remembering("", &user("h-1002")).unwrap();
    for number in 0..60 {
        let far = Source::of(Ipv4Addr::new(11, 0, 0, number).into());
        let _ = accounts.begin("h-1007", "no such code", far).unwrap();
    }

    let forged = known.replace(|letter: char| letter.is_ascii_lowercase(), "a");
    for cookie in ["", of_another.as_str(), forged.as_str(), "...", "no cookie"] {
        let origin = Origin {
            source: place(),
            cookie,
        };
        let verdict = accounts.check_password("h-1007", &right, origin).await;
        assert!(matches!(verdict.unwrap(), Verdict::Wait(_)), "{cookie}");
    }
    for cookie in [known.as_str(), shared.as_str()] {
        let origin = Origin {
            source: place(),
            cookie,
        };
        let verdict = accounts.check_password("h-1007", &right, origin).await;
        assert!(matches!(verdict.unwrap(), Verdict::Right(_)), "{cookie}");
    }
}

#[test]
fn a_desk_remembers_the_last_four_who_signed_in_and_each_once() {
    let world = World::new();
    let accounts = world.accounts();
    let mut cookie = String::new();
    for name in ["a", "b", "c", "a", "d", "e"] {
        cookie = accounts.remembering(&cookie, &user(name)).unwrap();
    }

    let knows = |name: &str| {
        let origin = Origin {
            source: place(),
            cookie: &cookie,
        };
        accounts.of(name, origin, Secret::Password).device.is_some()
    };
    assert_eq!(cookie.split('.').count(), 4);
    assert_eq!(
        ["a", "b", "c", "d", "e"].map(knows),
        [true, false, true, true, true]
    );
}

#[tokio::test]
async fn guessing_is_slowed_also_for_whoever_knows_the_password_and_for_users_that_do_not_exist() {
    let world = World::new();
    let (seed, _) = world.enrolled().await;
    let accounts = world.accounts();
    for _ in 0..5 {
        world.sign_in(PASSWORD, "000000").await;
    }
    let code = world.code(&seed);

    assert!(matches!(
        world.sign_in(PASSWORD, &code).await,
        Verdict::Wait(1..)
    ));
    let mut nobody = Vec::new();
    for _ in 0..6 {
        let verdict = accounts
            .check_password("nobody", &Password::new("x"), place())
            .await;
        nobody.push(verdict.unwrap());
    }
    assert!(matches!(nobody[4], Verdict::Wrong));
    assert!(matches!(nobody[5], Verdict::Wait(1..)));
    world.wait_s(3_601);
    assert!(matches!(
        world.sign_in(PASSWORD, &world.code(&seed)).await,
        Verdict::Right(_)
    ));
}

#[tokio::test]
async fn only_it_invites_and_only_people_of_the_configuration() {
    let world = World::new();
    let accounts = world.accounts();
    let researcher = world.people.listed(&user("h-1002")).unwrap();

    let by_researcher = accounts.invite(&researcher, &user("h-1007")).await;
    let stranger = accounts.invite(&world.it(), &user("stranger")).await;

    assert_eq!(code_of(&by_researcher.unwrap_err()), "role_missing");
    assert_eq!(code_of(&stranger.unwrap_err()), "unknown_user");
    assert_eq!(
        code_of(&accounts.list(&researcher).unwrap_err()),
        "role_missing"
    );
    assert_eq!(
        code_of(
            &accounts
                .close(&researcher, &user("h-1007"))
                .await
                .unwrap_err()
        ),
        "role_missing"
    );
    assert_eq!(world.size(), 0);
}

#[tokio::test]
async fn an_invitation_is_refused_when_wrong_used_late_or_of_somebody_else() {
    let world = World::new();
    let accounts = world.accounts();
    let invitation = accounts.invite(&world.it(), &user("h-1007")).await.unwrap();
    let code = invitation.code.as_str();
    let begin = |user: &str, code: &str| accounts.begin(user, code, place()).unwrap();

    assert!(matches!(
        begin("h-1007", "ABCD ABCD ABCD ABCD ABCD ABCD AB"),
        Verdict::Wrong
    ));
    assert!(matches!(begin("h-1002", code), Verdict::Wrong));
    assert!(matches!(begin("nobody", code), Verdict::Wrong));
    assert!(matches!(
        begin("h-1007", &code.to_lowercase()),
        Verdict::Right(_)
    ));
    world.wait_s(INVITATION_S);
    assert!(matches!(begin("h-1007", code), Verdict::Wrong));
}

#[tokio::test]
async fn an_invitation_cannot_be_used_twice_nor_after_a_newer_one() {
    let world = World::new();
    let accounts = world.accounts();
    let invitation = accounts.invite(&world.it(), &user("h-1007")).await.unwrap();
    let begin = |code: &str| accounts.begin("h-1007", code, place()).unwrap();
    let (Verdict::Right(one), Verdict::Right(two)) = (
        begin(invitation.code.as_str()),
        begin(invitation.code.as_str()),
    ) else {
        panic!("the invitation is not taken");
    };
    let password = Password::new(PASSWORD);
    let finish = async |enrolling: &Enrolling| {
        let digits = enrolling.seed.at(world.clock.now());
        accounts.enrol(enrolling, &password, &digits, place()).await
    };

    assert!(matches!(finish(&one).await, Ok(Verdict::Right(_))));
    assert_eq!(code_of(&finish(&two).await.unwrap_err()), "invitation_gone");
    assert!(matches!(begin(invitation.code.as_str()), Verdict::Wrong));
    let third = accounts.invite(&world.it(), &user("h-1007")).await.unwrap();
    let Verdict::Right(third) = begin(third.code.as_str()) else {
        panic!("the invitation is not taken");
    };
    accounts.invite(&world.it(), &user("h-1007")).await.unwrap();
    assert_eq!(
        code_of(&finish(&third).await.unwrap_err()),
        "invitation_gone"
    );
}

#[tokio::test]
async fn an_account_is_not_made_with_a_weak_password_or_without_the_apps_code() {
    let world = World::new();
    let accounts = world.accounts();
    let invitation = accounts.invite(&world.it(), &user("h-1007")).await.unwrap();
    let begun = accounts
        .begin("h-1007", invitation.code.as_str(), place())
        .unwrap();
    let Verdict::Right(enrolling) = begun else {
        panic!("the invitation is not taken");
    };
    let digits = enrolling.seed.at(world.clock.now());
    let wrong = Seed::from_bytes([1; 20]).at(world.clock.now());
    let enrol = async |password: &str, digits: &Digits| {
        let password = Password::new(password);
        accounts.enrol(&enrolling, &password, digits, place()).await
    };

    assert_eq!(
        code_of(&enrol("password1234", &digits).await.unwrap_err()),
        "password_weak"
    );
    assert!(matches!(enrol(PASSWORD, &wrong).await, Ok(Verdict::Wrong)));
    assert_eq!(accounts.footing(&user("h-1007")).unwrap(), None);
}

#[tokio::test]
async fn an_invitation_voids_what_was_there_and_closing_leaves_nothing() {
    let world = World::new();
    let (seed, _) = world.enrolled().await;
    let (accounts, own) = (world.accounts(), user("h-1007"));
    let before = accounts.footing(&own).unwrap().unwrap();

    accounts.invite(&world.it(), &own).await.unwrap();
    assert_eq!(accounts.footing(&own).unwrap(), None);
    assert_eq!(
        world.sign_in(PASSWORD, &world.code(&seed)).await,
        Verdict::Wrong
    );
    let (_, _) = world.enrolled().await;
    assert!(accounts.footing(&own).unwrap().unwrap() > before);

    accounts.close(&world.it(), &own).await.unwrap();
    assert_eq!(accounts.footing(&own).unwrap(), None);
    assert_eq!(world.reasons().last().unwrap().1, "closed");
}

#[tokio::test]
async fn a_user_taken_from_the_people_cannot_sign_in_any_more() {
    let mut world = World::new();
    let (seed, _) = world.enrolled().await;
    world.people = people(&["h-1002", "it-1"]);

    assert_eq!(
        world.sign_in(PASSWORD, &world.code(&seed)).await,
        Verdict::Wrong
    );
    let list = world.accounts().list(&world.it()).unwrap();
    assert!(!list.accounts[0].listed);
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it_and_ends_what_was_signed_in() {
    let world = World::new();
    let (seed, _) = world.enrolled().await;
    let accounts = world.accounts();
    let person = world.people.listed(&user("h-1007")).unwrap();
    let before = accounts.footing(&person.user).unwrap();
    let new = "onion tractor violet";
    let change = async |present: &str, new: &str| {
        let (present, new) = (Password::new(present), Password::new(new));
        accounts
            .change_password(&person, &present, &new, place())
            .await
    };

    assert_eq!(
        change("wrong wrong wrong", new).await.unwrap(),
        Verdict::Wrong
    );
    assert_eq!(
        code_of(&change(PASSWORD, "password1234").await.unwrap_err()),
        "password_weak"
    );
    let Verdict::Right(footing) = change(PASSWORD, new).await.unwrap() else {
        panic!("not changed");
    };

    assert_ne!(before, Some(footing));
    assert_eq!(
        world.sign_in(PASSWORD, &world.code(&seed)).await,
        Verdict::Wrong
    );
    assert!(matches!(
        world.sign_in(new, &world.code(&seed)).await,
        Verdict::Right(_)
    ));
    assert_eq!(world.reasons().last().unwrap().1, "password_changed");
}

#[tokio::test]
async fn new_recovery_codes_void_the_old_ones() {
    let world = World::new();
    let (_, old) = world.enrolled().await;
    let accounts = world.accounts();
    let person = world.people.listed(&user("h-1007")).unwrap();

    let renewed = accounts
        .renew_recovery(&person, &Password::new(PASSWORD), place())
        .await;
    let Verdict::Right(new) = renewed.unwrap() else {
        panic!("not renewed");
    };

    assert_eq!(world.sign_in(PASSWORD, &old[0]).await, Verdict::Wrong);
    assert!(matches!(
        world.sign_in(PASSWORD, &new[0]).await,
        Verdict::Right(_)
    ));
}

#[tokio::test]
async fn nobody_without_an_account_can_change_one() {
    let world = World::new();
    let person = world.people.listed(&user("h-1002")).unwrap();
    let (one, other) = (
        Password::new(PASSWORD),
        Password::new("onion tractor violet"),
    );

    let changed = world
        .accounts()
        .change_password(&person, &one, &other, place())
        .await;

    assert_eq!(code_of(&changed.unwrap_err()), "no_account");
}

#[tokio::test]
async fn no_secret_is_in_the_ledger_or_in_what_is_printed() {
    let world = World::new();
    let (seed, recovery) = world.enrolled().await;
    let printed = format!("{seed:?}");

    for index in 0..world.size() {
        let (leaf, body) = (
            world.store.entry(index).unwrap(),
            world.store.body(index).unwrap(),
        );
        for bytes in [leaf, body] {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!(
                !text.contains(PASSWORD) && !text.contains(&recovery[0]),
                "{text}"
            );
            assert!(!text.contains(&seed.text().replace(' ', "")), "{text}");
        }
    }
    assert!(!printed.contains(&seed.text()));
}
