use super::super::PresenceWay;
use super::*;

fn settings() -> PresenceSettings {
    PresenceSettings {
        form: PresenceWay::Blind,
        contact: String::new(),
        epoch_days: 7,
        refresh_min: 60,
        per_case_day: 2,
        per_hub_day: 4,
        per_minute: 3,
        dir: None,
    }
}

fn hub() -> MemberId {
    MemberId::new("north-hub").unwrap()
}

fn case(number: u32) -> Digest {
    Digest::of(&number.to_le_bytes())
}

/// Is one more request about this case within the budgets, where the store knows of so many?
fn counts(spent: &mut Spent, number: u32, kept: (u32, u32)) -> bool {
    let counted = spent.count(&settings(), (&hub(), case(number)), kept);
    counted.is_ok()
}

#[test]
fn what_the_minute_refuses_costs_neither_case_nor_day() {
    let mut spent = Spent::default();
    assert!(
        [1, 1, 2]
            .iter()
            .all(|number| counts(&mut spent, *number, (0, 0)))
    );
    for _ in 0..10 {
        assert!(!counts(&mut spent, 2, (0, 0)), "three in a minute");
    }

    spent.turn(1, 0);

    assert!(
        counts(&mut spent, 2, (0, 0)),
        "the second of the case, the fourth of the day"
    );
    assert!(!counts(&mut spent, 3, (0, 0)), "the fifth of the day");
}

#[test]
fn a_hub_beyond_its_day_fills_no_memory() {
    let mut spent = Spent::default();
    for number in 0..1_000 {
        spent.turn(i64::from(number), 0);
        counts(&mut spent, number, (0, 0));
    }

    assert_eq!(spent.of_case.len(), 4);
}

#[test]
fn what_another_gateway_on_the_store_answered_counts() {
    let mut spent = Spent::default();
    assert!(counts(&mut spent, 1, (0, 0)));

    assert!(!counts(&mut spent, 1, (2, 2)), "of the case");
    assert!(!counts(&mut spent, 2, (4, 0)), "of the day");
    assert!(counts(&mut spent, 2, (3, 0)));
}

#[test]
fn the_day_is_counted_from_the_store_once_a_minute() {
    let mut spent = Spent::default();
    assert!(spent.must_recount(&hub(), 1, 1));
    assert!(!spent.must_recount(&hub(), 1, 1));
    assert!(spent.must_recount(&hub(), 2, 1));
    assert!(spent.must_recount(&hub(), 2, 2));
}
