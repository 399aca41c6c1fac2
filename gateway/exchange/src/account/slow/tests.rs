//! Who waits, and who does not.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + seconds * 1_000)
}

fn place(last: u8) -> Source {
    Source::of(Ipv4Addr::new(10, 0, 0, last).into())
}

fn far(number: u32) -> Source {
    Source::of(Ipv4Addr::from(0x0b00_0000 + number).into())
}

fn of(user: &str, source: Source) -> Attempt<'_> {
    Attempt {
        user,
        source,
        device: None,
        secret: Secret::Password,
    }
}

fn known(user: &str, source: Source) -> Attempt<'_> {
    Attempt {
        device: Some(Device::from_bytes([7; 16])),
        ..of(user, source)
    }
}

fn code(user: &str, source: Source) -> Attempt<'_> {
    Attempt {
        secret: Secret::Code,
        ..of(user, source)
    }
}

#[test]
fn a_few_wrong_attempts_are_free_and_then_each_wait_doubles() {
    let mut slow = Slow::default();
    for _ in 0..PAIR_FREE {
        assert_eq!(slow.attempt(of("h-1007", place(1)), at(0)), Ok(()));
    }

    assert_eq!(slow.attempt(of("h-1007", place(1)), at(0)), Err(2));
    assert_eq!(slow.attempt(of("h-1007", place(1)), at(2)), Ok(()));
    assert_eq!(slow.attempt(of("h-1007", place(1)), at(2)), Err(4));
    let another = of("h-1002", place(1));
    assert_eq!(slow.attempt(another, at(2)), Ok(()), "another name");
}

#[test]
fn whoever_guesses_at_a_name_elsewhere_does_not_keep_its_owner_out() {
    let mut slow = Slow::default();
    while slow.attempt(of("h-1007", place(1)), at(0)).is_ok() {}

    assert_eq!(slow.attempt(of("h-1007", place(2)), at(0)), Ok(()));
}

#[test]
fn guesses_from_everywhere_are_slowed_and_a_known_browser_is_let_through() {
    let mut slow = Slow::default();
    for number in 0..USER_FREE {
        let guess = of("h-1007", far(number));
        assert_eq!(slow.attempt(guess, at(0)), Ok(()), "{number}");
    }

    assert_eq!(slow.attempt(of("h-1007", place(2)), at(0)), Err(2));
    for _ in 0..DEVICE_FREE {
        assert_eq!(slow.attempt(known("h-1007", place(2)), at(0)), Ok(()));
    }
    let stolen = slow.attempt(known("h-1007", place(2)), at(0));
    assert_eq!(
        stolen,
        Err(2),
        "a known browser guesses no more than others"
    );
}

#[test]
fn a_known_browser_is_not_kept_out_by_its_neighbours() {
    let mut slow = Slow::default();
    for name in 0..SOURCE_FREE {
        let user = format!("u{name}");
        assert_eq!(slow.attempt(of(&user, place(1)), at(0)), Ok(()));
    }

    assert_eq!(slow.attempt(of("another", place(1)), at(0)), Err(2));
    assert_eq!(slow.attempt(of("another", place(2)), at(0)), Ok(()));
    assert_eq!(slow.attempt(known("h-1007", place(1)), at(0)), Ok(()));
}

#[test]
fn few_attempts_at_a_code_are_free_wherever_they_come_from() {
    let mut slow = Slow::default();
    for number in 0..CODE_FREE {
        assert_eq!(slow.attempt(code("h-1007", far(number)), at(0)), Ok(()));
    }

    assert_eq!(slow.attempt(code("h-1007", place(2)), at(0)), Err(2));
    let password = slow.attempt(of("h-1007", place(2)), at(0));
    assert_eq!(password, Ok(()), "passwords are counted apart");
}

#[test]
fn a_whole_sign_in_forgives_the_name_but_not_the_place() {
    let mut slow = Slow::default();
    for _ in 0..SOURCE_FREE {
        slow.forgive(of("h-1007", place(1)));
        let _ = slow.attempt(of("h-1007", place(1)), at(0));
    }
    slow.forgive(of("h-1007", place(1)));

    assert_eq!(slow.attempt(of("h-1007", place(2)), at(0)), Ok(()));
    assert_eq!(slow.attempt(of("h-1002", place(1)), at(0)), Err(2));
}

#[test]
fn an_office_whose_people_sign_in_rightly_is_never_slowed() {
    let mut slow = Slow::default();
    for name in 0..SOURCE_FREE * 5 {
        let user = format!("u{name}");
        for attempt in [of(&user, place(1)), code(&user, place(1))] {
            assert_eq!(slow.attempt(attempt, at(0)), Ok(()));
            slow.take_back(attempt, at(0));
        }
    }
}

#[test]
fn an_hour_without_attempts_forgets_them() {
    let mut slow = Slow::default();
    for _ in 0..PAIR_FREE {
        slow.attempt(of("h-1007", place(1)), at(0)).unwrap();
    }

    for _ in 0..2 {
        let later = slow.attempt(of("h-1007", place(1)), at(FORGET_S + 1));
        assert_eq!(later, Ok(()));
    }
}

#[test]
fn a_house_with_one_network_of_ipv6_is_one_place() {
    let of = |text: &str| Source::of(text.parse::<Ipv6Addr>().unwrap().into());

    assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
    assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    assert_eq!(of("::ffff:10.0.0.1"), place(1));
    assert_ne!(place(1), place(2));
}

#[test]
fn memory_is_bounded_however_many_names_are_tried() {
    let mut slow = Slow::default();
    for name in 0..u32::try_from(REMEMBERED).unwrap() + 50 {
        let user = format!("u{name}");
        let attempt = of(&user, far(name));
        slow.attempt(attempt, at(i64::from(name))).unwrap();
    }

    let lengths = [
        slow.users.all.len(),
        slow.pairs.all.len(),
        slow.sources.all.len(),
    ];
    assert_eq!(lengths, [REMEMBERED; 3]);
}

proptest! {
    #[test]
    fn no_order_of_attempts_gets_more_than_the_waits_allow(gaps in proptest::collection::vec(0_i64..1_200, 1..200)) {
        let mut slow = Slow::default();
        let (mut now, mut let_in) = (0, 0_i64);
        for gap in gaps {
            now += gap;
            let_in += i64::from(slow.attempt(of("h-1007", place(1)), at(now)).is_ok());
        }

        // Free ones in each hour that may be forgotten, the doublings up to the longest wait, and
        // one in each longest wait after that.
        prop_assert!(let_in <= 16 + now / LONGEST_WAIT_S + now / FORGET_S * 16);
    }
}
