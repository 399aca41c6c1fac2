use super::*;

const MINUTE_S: i64 = 60;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000).plus_s(seconds)
}

fn ruled(word: &str) -> Digest {
    Digest::of(word.as_bytes())
}

/// What stands after this moment.
fn turn(held: Option<Epochs>, word: &str, now: Timestamp) -> Option<Epochs> {
    Epochs::next(held.as_ref(), ruled(word), 1, now)
        .unwrap()
        .or(held)
}

fn first() -> Epochs {
    turn(None, "all", at(0)).unwrap()
}

#[test]
fn the_key_before_counts_for_a_day_more_and_is_then_gone() {
    let begun = first();
    let number = begun.current.number;
    let kept = turn(Some(begun), "all", at(DAY_S - 1)).unwrap();
    assert_eq!(
        (kept.current.number, kept.previous.is_none()),
        (number, true)
    );

    let turned = turn(Some(kept), "all", at(DAY_S)).unwrap();
    assert!(turned.current.number > number);
    let previous = turned.previous.as_ref().unwrap();
    assert_eq!(previous.number, number);
    assert_ne!(previous.seed.bytes(), turned.current.seed.bytes());

    let later = turn(Some(turned), "all", at(2 * DAY_S)).unwrap();
    assert_ne!(later.previous.map(|epoch| epoch.number), Some(number));
}

#[test]
fn another_ruling_on_who_may_be_known_ends_the_epoch_at_once() {
    let begun = first();
    let number = begun.current.number;

    let turned = turn(Some(begun), "fewer", at(MINUTE_S)).unwrap();

    assert!(turned.current.number > number);
    assert!(turned.previous.is_none());
}

#[test]
fn an_epoch_that_began_while_the_clock_was_ahead_does_not_outlive_its_days() {
    let years = 3_000 * DAY_S;
    let ahead = turn(None, "all", at(years)).unwrap();
    let number = ahead.current.number;

    let turned = turn(Some(ahead), "all", at(0)).unwrap();

    assert!(turned.current.number > number && turned.previous.is_none());
    assert!(turned.current.until <= at(DAY_S));
    let kept = turn(Some(turned), "all", at(-5 * MINUTE_S)).unwrap();
    assert_eq!(kept.current.number, number + 1, "clocks differ a little");
}

#[test]
fn an_epoch_long_over_leaves_no_key() {
    let turned = turn(Some(first()), "all", at(30 * DAY_S)).unwrap();

    assert!(turned.previous.is_none());
}

#[test]
fn numbers_never_go_back_though_the_clock_does() {
    let begun = first();
    let number = begun.current.number;

    let turned = turn(Some(begun), "fewer", at(-10 * DAY_S)).unwrap();

    assert_eq!(turned.current.number, number + 1);
}

#[test]
fn accepts_only_epochs_that_are_not_over() {
    let me = MemberId::new("north-police").unwrap();
    let turned = turn(Some(first()), "all", at(DAY_S)).unwrap();
    let (new, old) = (
        turned.current.number,
        turned.previous.as_ref().unwrap().number,
    );
    let keys = Keys {
        current: turned.current.key(&me).unwrap(),
        previous: turned.previous.map(|epoch| epoch.key(&me).unwrap()),
    };

    let accepted = |epoch, now| keys.accepted(epoch, now).is_some();
    assert!(accepted(new, at(DAY_S)) && accepted(old, at(2 * DAY_S - 1)));
    assert!(!accepted(old, at(2 * DAY_S)) && !accepted(new + 1, at(DAY_S)));
}

#[test]
fn rejects_a_seed_that_is_not_64_hexadecimal_digits_and_shows_none() {
    let seed = Seed::draw().unwrap();
    let text = String::from(seed.clone());
    assert_eq!(Seed::try_from(text.clone()).unwrap().bytes(), seed.bytes());
    assert!(!format!("{seed:?}").contains(&text));
    for bad in [
        "",
        "00",
        &text[1..],
        &format!("{text}00"),
        &text.replace(|_| true, "g"),
    ] {
        assert!(Seed::try_from(bad.to_owned()).is_err(), "{bad}");
    }
}
