//! What a session is good for, and when it is over.

use proptest::prelude::*;

use super::*;

fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

fn token(number: u8) -> Token {
    Token::from_bytes(&[number; 32])
}

fn nonce(number: u8) -> Nonce {
    Nonce::from_bytes(&[number; 16])
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + seconds * 1_000)
}

fn sessions() -> Sessions {
    let sessions = Sessions::new(Limits::default());
    sessions.begin(None, &token(1), user("h-1007"), Means::Account(3), at(0));
    sessions
}

fn is_here(sessions: &Sessions, of: &Token, now: Timestamp) -> bool {
    matches!(sessions.look_quietly(of, now), Look::Here(_))
}

#[test]
fn a_token_opens_the_session_it_was_made_for_and_no_other_does() {
    let sessions = sessions();

    let Look::Here(session) = sessions.look(&token(1), at(1)) else {
        panic!("no session");
    };
    assert_eq!(
        (session.user, session.means),
        (user("h-1007"), Means::Account(3))
    );
    assert_eq!(sessions.look(&token(2), at(1)), Look::Unknown);
}

#[test]
fn reads_only_tokens_of_the_right_length() {
    let text = token(7).as_str().to_owned();

    assert_eq!(Token::read(&text), Some(token(7)));
    for wrong in [
        "",
        "abc",
        &text[1..],
        &format!("{text}A"),
        &text.replace('B', "!"),
    ] {
        assert_eq!(Token::read(wrong), None, "{wrong}");
    }
}

#[test]
fn a_session_without_use_is_over_and_use_keeps_it() {
    let sessions = sessions();

    assert!(matches!(sessions.look(&token(1), at(899)), Look::Here(_)));
    assert!(matches!(
        sessions.look(&token(1), at(899 + 899)),
        Look::Here(_)
    ));
    assert_eq!(
        sessions.look(&token(1), at(899 + 899 + 900)),
        Look::Over(user("h-1007"))
    );
}

#[test]
fn what_a_page_asks_for_by_itself_keeps_no_session() {
    let sessions = sessions();

    assert!(matches!(
        sessions.look_quietly(&token(1), at(600)),
        Look::Here(_)
    ));

    assert_eq!(
        sessions.look(&token(1), at(900)),
        Look::Over(user("h-1007"))
    );
}

#[test]
fn a_session_that_is_over_stays_over_and_is_forgotten_in_time() {
    let sessions = sessions();
    assert_eq!(
        sessions.look(&token(1), at(900)),
        Look::Over(user("h-1007"))
    );

    assert_eq!(
        sessions.look(&token(1), at(901)),
        Look::Over(user("h-1007"))
    );
    assert_eq!(sessions.issue(&token(1), nonce(1)), None);
    assert_eq!(sessions.look(&token(1), at(900 + 1_801)), Look::Unknown);
}

#[test]
fn signing_out_leaves_nothing_behind() {
    let sessions = sessions();
    sessions.issue(&token(1), nonce(1));

    sessions.end(&token(1));

    assert_eq!(sessions.look(&token(1), at(1)), Look::Unknown);
    assert_eq!(sessions.spend(&token(1), nonce(1).as_str()), Spent::Unknown);
}

#[test]
fn all_sessions_of_a_user_end_and_nobody_elses() {
    let sessions = sessions();
    sessions.begin(None, &token(2), user("h-1007"), Means::Provider, at(0));
    sessions.begin(None, &token(3), user("h-1002"), Means::Provider, at(0));

    sessions.end_all(&user("h-1007"), Some(&token(2)));
    assert_eq!(
        [1, 2, 3].map(|n| is_here(&sessions, &token(n), at(1))),
        [false, true, true]
    );
    sessions.end_all(&user("h-1007"), None);
    assert_eq!(
        [1, 2, 3].map(|n| is_here(&sessions, &token(n), at(1))),
        [false, false, true]
    );
}

#[test]
fn a_person_sees_and_ends_their_own_sessions_only() {
    let sessions = sessions();
    sessions.begin(None, &token(2), user("h-1007"), Means::Provider, at(5));
    sessions.begin(None, &token(3), user("h-1002"), Means::Provider, at(6));
    let list = sessions.list(&user("h-1007"), &token(1), at(10));
    let [newest, own] = list.as_slice() else {
        panic!("{list:?}");
    };

    assert!(own.own && !newest.own);
    assert!(!token(2).as_str().contains(&newest.handle));
    sessions.end_one(&user("h-1002"), &newest.handle);
    assert!(is_here(&sessions, &token(2), at(10)));
    sessions.end_one(&user("h-1007"), &newest.handle);
    assert!(!is_here(&sessions, &token(2), at(10)) && is_here(&sessions, &token(1), at(10)));
}

#[test]
fn one_session_too_many_ends_the_one_used_longest_ago() {
    let limits = Limits {
        per_person: 2,
        in_all: 3,
        ..Limits::default()
    };
    let sessions = Sessions::new(limits);
    sessions.begin(None, &token(1), user("a"), Means::Provider, at(0));
    sessions.begin(None, &token(2), user("a"), Means::Provider, at(1));
    sessions.look(&token(1), at(2));
    sessions.begin(None, &token(3), user("a"), Means::Provider, at(3));
    let here = |numbers: &[u8]| -> Vec<bool> {
        numbers
            .iter()
            .map(|n| is_here(&sessions, &token(*n), at(9)))
            .collect()
    };

    assert_eq!(here(&[1, 2, 3]), [true, false, true]);
    sessions.begin(None, &token(4), user("b"), Means::Provider, at(4));
    sessions.begin(None, &token(5), user("c"), Means::Provider, at(5));
    assert_eq!(here(&[1, 3, 4, 5]), [false, true, true, true]);
}

#[test]
fn a_sign_in_is_fresh_for_a_while_and_a_certificate_always() {
    let sessions = sessions();
    let fresh = |seconds| match sessions.look(&token(1), at(seconds)) {
        Look::Here(session) => sessions.is_fresh(&session, at(seconds)),
        Look::Over(_) | Look::Unknown => panic!("no session"),
    };

    assert!(fresh(299) && !fresh(300));
    sessions.refresh(&token(1), Means::Account(4), at(400));
    assert!(fresh(699) && !fresh(700));
    sessions.refresh(&token(1), Means::Certificate, at(700));
    assert!(fresh(1_500));
}

#[test]
fn a_nonce_is_of_one_session_and_its_answer_is_found_again() {
    let sessions = sessions();
    sessions.begin(None, &token(2), user("h-1007"), Means::Provider, at(0));
    sessions.issue(&token(1), nonce(1));
    let of = nonce(1);

    assert_eq!(sessions.spend(&token(2), of.as_str()), Spent::Unknown);
    assert_eq!(sessions.spend(&token(1), "forged"), Spent::Unknown);
    assert_eq!(sessions.spend(&token(1), of.as_str()), Spent::First);
    assert_eq!(sessions.spend(&token(1), of.as_str()), Spent::Again(None));
    sessions.answered(&token(1), of.as_str(), "/cases/MASH-2026-00417");
    assert_eq!(
        sessions.spend(&token(1), of.as_str()),
        Spent::Again(Some("/cases/MASH-2026-00417".to_owned()))
    );
}

#[test]
fn open_forms_of_an_ended_session_are_the_same_users_and_nobody_elses() {
    for (who, gets) in [("h-1007", true), ("h-1002", false)] {
        let sessions = sessions();
        sessions.issue(&token(1), nonce(1));
        assert_eq!(
            sessions.look(&token(1), at(900)),
            Look::Over(user("h-1007"))
        );

        let means = Means::Account(3);
        sessions.begin(Some(&token(1)), &token(2), user(who), means, at(950));

        let other_tab = sessions.spend(&token(2), nonce(1).as_str());
        assert_eq!(other_tab == Spent::First, gets);
        assert_eq!(sessions.look(&token(1), at(951)), Look::Unknown);
    }
}

#[test]
fn a_refused_form_may_be_sent_again_and_one_that_was_answered_may_not() {
    let sessions = sessions();
    let (first, second) = (nonce(1), nonce(2));
    for nonce in [&first, &second] {
        sessions.issue(&token(1), nonce.clone());
        assert_eq!(sessions.spend(&token(1), nonce.as_str()), Spent::First);
    }
    sessions.answered(&token(1), second.as_str(), "/done");

    for nonce in [&first, &second] {
        sessions.give_back(&token(1), nonce.as_str());
    }

    assert_eq!(sessions.spend(&token(1), first.as_str()), Spent::First);
    let done = Some("/done".to_owned());
    assert_eq!(
        sessions.spend(&token(1), second.as_str()),
        Spent::Again(done)
    );
    sessions.give_back(&token(1), "forged");
    assert_eq!(sessions.spend(&token(1), "forged"), Spent::Unknown);
}

#[test]
fn a_nonce_says_to_its_gateway_alone_for_whom_it_was_made() {
    let (ours, others) = (Nonces::new(&[1; 32]), Nonces::new(&[2; 32]));
    let nonce = ours.draw(&user("h-1007")).unwrap();

    assert!(ours.is_of(nonce.as_str(), &user("h-1007")));
    assert!(!ours.is_of(nonce.as_str(), &user("h-1002")));
    assert!(!others.is_of(nonce.as_str(), &user("h-1007")));
    for forged in [
        "",
        "AAAA",
        &nonce.as_str()[1..],
        Nonce::from_bytes(&[0; 16]).as_str(),
    ] {
        assert!(!ours.is_of(forged, &user("h-1007")), "{forged}");
    }
}

#[test]
fn tokens_do_not_show_themselves() {
    let printed = format!("{:?}", token(1));

    assert!(!printed.contains(token(1).as_str()), "{printed}");
    assert!(!format!("{:?}", sessions()).contains(token(1).as_str()));
}

/// What may happen to a session.
#[derive(Debug, Clone)]
enum Step {
    Issue,
    Look,
    Quiet,
    Spend(usize),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Issue),
        Just(Step::Look),
        Just(Step::Quiet),
        (0_usize..40).prop_map(Step::Spend),
        (1_i64..2_000).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn a_nonce_is_never_accepted_twice_and_no_session_outlives_its_limits(
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let limits = Limits::default();
        let sessions = Sessions::new(limits);
        sessions.begin(None, &token(1), user("h-1007"), Means::Account(1), at(0));
        let (mut now, mut seen, mut over) = (0, 0, false);
        let (mut issued, mut accepted) = (Vec::new(), std::collections::BTreeSet::new());
        for step in steps {
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Look | Step::Quiet => {
                    let look = match step {
                        Step::Look => sessions.look(&token(1), at(now)),
                        _ => sessions.look_quietly(&token(1), at(now)),
                    };
                    let here = matches!(look, Look::Here(_));
                    let may = now - seen < limits.idle_s && now < limits.absolute_s && !over;
                    prop_assert_eq!(here, may);
                    over |= !here;
                    if here && matches!(step, Step::Look) {
                        seen = now;
                    }
                }
                Step::Issue => {
                    let number = u8::try_from(issued.len() % 250).unwrap();
                    let nonce = Nonce::from_bytes(&[number; 16]);
                    if sessions.issue(&token(1), nonce.clone()).is_some() {
                        prop_assert!(!over);
                        issued.push(nonce.as_str().to_owned());
                    }
                }
                Step::Spend(which) => {
                    if let Some(nonce) = issued.get(which)
                        && sessions.spend(&token(1), nonce) == Spent::First
                    {
                        prop_assert!(!over);
                        prop_assert!(accepted.insert(nonce.clone()), "accepted twice");
                    }
                }
            }
        }
    }
}
