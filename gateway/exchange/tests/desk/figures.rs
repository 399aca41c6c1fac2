//! Figures: counted right, hidden where small, and for those who lead.

use jiff::civil::date;
use stile_exchange::hub::desk::{Cell, ChangePriority, Decide, Every, Figures, Period, Seen};
use stile_exchange::retention::Close;

use crate::room::{Room, about_mali, code, person, refusal};

/// From the start of the room to the moment when March is counted, in hours.
const APRIL: i64 = 28 * 24;

fn march() -> Period {
    Period::of(Every::Month, date(2026, 3, 11))
}

async fn cases(room: &Room, kind: &str, priority: &str, many: usize, close: bool) {
    for _ in 0..many {
        let mut one = about_mali();
        one.referrer.kind = Some(code(kind));
        one.priority = Some(priority.parse().unwrap());
        let id = room.case(one).await.matter.id;
        if close {
            let outcome = code("advice");
            let close = Close { outcome };
            let closed = room.hub.close_case(&person("m.clark"), &id, close).await;
            closed.unwrap();
        }
    }
}

#[tokio::test]
async fn cases_are_counted_by_rating_outcome_and_referrer() {
    let room = Room::new();
    cases(&room, "school", "red", 6, true).await;
    cases(&room, "police", "green", 7, false).await;
    room.hours(APRIL);

    let figures = room.hub.figures(&person("m.clark"), march()).await.unwrap();

    assert_eq!(figures.received, Cell::Shown(13));
    assert_eq!(figures.decided, Cell::Shown(6));
    assert_eq!(figures.priorities[0].in_time, Cell::Shown(6));
    assert_eq!(figures.priorities[2].overdue, Cell::Shown(7));
    let advice = figures
        .outcomes
        .iter()
        .find(|(of, _)| *of == code("advice"));
    assert_eq!(advice.unwrap().1, Cell::Shown(6));
    let of = |kind: &str| {
        let mut rows = figures.referrers.iter();
        rows.find(|(of, _)| of.as_ref() == Some(&code(kind)))
            .unwrap()
            .1
    };
    assert_eq!(
        (of("school"), of("police")),
        (Cell::Shown(6), Cell::Shown(7))
    );
    assert_eq!(of("health"), Cell::Shown(0));
    assert_eq!(figures.workers, [(None, Cell::Shown(7))]);
}

#[tokio::test]
async fn a_small_number_takes_with_it_what_would_tell_it() {
    let room = Room::new();
    cases(&room, "school", "red", 9, false).await;
    cases(&room, "police", "green", 3, false).await;
    cases(&room, "health", "green", 20, false).await;
    room.hours(APRIL);

    let figures = room.hub.figures(&person("m.clark"), march()).await.unwrap();

    assert_eq!(figures.received, Cell::Shown(32));
    let of = |kind: &str| {
        let mut rows = figures.referrers.iter();
        rows.find(|(of, _)| of.as_ref() == Some(&code(kind)))
            .unwrap()
            .1
    };
    assert_eq!(of("police"), Cell::Hidden);
    assert_eq!(of("school"), Cell::Hidden, "police would follow from it");
    assert_eq!(of("health"), Cell::Shown(20));
}

#[tokio::test]
async fn a_handful_of_cases_shows_nothing_at_all() {
    let room = Room::new();
    cases(&room, "school", "red", 4, false).await;
    room.hours(APRIL);

    let figures = room.hub.figures(&person("d.davis"), march()).await.unwrap();

    assert_eq!(figures.received, Cell::Hidden);
    assert_eq!(figures.decided, Cell::Hidden);
    assert!(
        figures
            .referrers
            .iter()
            .all(|(_, cell)| *cell == Cell::Hidden)
    );
    assert!(
        figures
            .outcomes
            .iter()
            .all(|(_, cell)| *cell == Cell::Hidden)
    );
    assert!(
        figures
            .priorities
            .iter()
            .all(|one| one.in_time == Cell::Hidden)
    );
}

#[tokio::test]
async fn a_few_undecided_cases_hide_both_halves_and_their_tables() {
    let room = Room::new();
    cases(&room, "school", "red", 30, true).await;
    cases(&room, "school", "red", 2, false).await;
    room.hours(APRIL);

    let figures = room.hub.figures(&person("m.clark"), march()).await.unwrap();

    assert_eq!(figures.received, Cell::Shown(32));
    assert_eq!(
        (figures.decided, figures.undecided),
        (Cell::Hidden, Cell::Hidden)
    );
    assert!(
        figures
            .outcomes
            .iter()
            .all(|(_, cell)| *cell == Cell::Hidden)
    );
    assert!(
        figures
            .priorities
            .iter()
            .all(|one| one.running == Cell::Hidden)
    );
}

#[tokio::test]
async fn what_was_received_outside_the_period_is_not_counted() {
    let room = Room::new();
    cases(&room, "school", "red", 6, false).await;
    room.hours(2 * APRIL + 72);
    let april = Period::of(Every::Month, date(2026, 4, 1));

    let figures = room.hub.figures(&person("m.clark"), april).await.unwrap();

    assert_eq!(figures.received, Cell::Shown(0));
}

#[tokio::test]
async fn the_table_file_holds_codes_and_says_what_is_suppressed() {
    let room = Room::new();
    cases(&room, "school", "red", 9, false).await;
    cases(&room, "police", "green", 3, false).await;

    room.hours(APRIL);
    let csv = room
        .hub
        .figures_csv(&person("m.clark"), march())
        .await
        .unwrap();

    assert!(csv.starts_with("table,row,column,value\r\n"));
    assert!(csv.contains("received,all,cases,12\r\n"));
    assert!(csv.contains("referrer,police,cases,suppressed\r\n"));
    assert!(!csv.contains("Mali"));
    assert!(csv.lines().all(|line| line.split(',').count() == 4));
}

#[tokio::test]
async fn a_period_that_still_runs_or_is_no_whole_month_is_refused() {
    let room = Room::new();
    let manager = person("m.clark");
    for period in [
        march(),
        Period::of(Every::Quarter, date(2025, 12, 1)),
        Period::of(Every::Year, date(2025, 12, 1)),
        Period::of(Every::Month, date(2020, 1, 1)),
    ] {
        let figures = room.hub.figures(&manager, period).await;
        assert_eq!(refusal(figures), "out_of_bounds");
    }
    room.hours(APRIL - 12);
    let early = room.hub.figures(&manager, march()).await;
    assert_eq!(refusal(early), "out_of_bounds");
    room.hours(12);
    room.hub.figures(&manager, march()).await.unwrap();
}

/// Nobody takes yesterday's figures from today's and has what happened since.
#[tokio::test]
async fn figures_of_a_period_stay_as_they_are_whatever_happens_later() {
    let room = Room::new();
    let (manager, decider) = (person("m.clark"), person("d.davis"));
    cases(&room, "school", "red", 6, true).await;
    cases(&room, "police", "amber", 7, false).await;
    let id = room.case(about_mali()).await.matter.id;
    room.hours(APRIL);
    let counted = async || Figures {
        workers: Vec::new(),
        ..room.hub.figures(&manager, march()).await.unwrap()
    };
    let before = counted().await;
    assert_eq!(before.priorities[0].overdue, Cell::Hidden);

    room.hours(24);
    let change = ChangePriority {
        to: "green".parse().unwrap(),
        reason: code("risk_lower"),
        why: "The child is with her grandmother now.".into(),
    };
    let rated = room.hub.change_priority(&manager, &id, &change, Seen(1));
    rated.await.unwrap();
    let decide = Decide {
        outcome: code("advice"),
        reasoning: "Nothing more is needed at this time.".into(),
        actions: Vec::new(),
    };
    let ended = room.hub.decide_case(&decider, &id, &decide, Seen(2));
    ended.await.unwrap();
    let closed = room.hub.close_decided(&manager, &id, Seen(3));
    closed.await.unwrap();

    assert_eq!(counted().await, before);
}
