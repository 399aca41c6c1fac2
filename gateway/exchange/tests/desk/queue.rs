//! The queue: what it shows, in which order, and that looking at it is on record.

use stile_exchange::hub::desk::{Age, Need, QueueFilter, Timing, Which};
use stile_ledger::EntryKind;

use crate::room::{Room, about_mali, code, person, referral, refusal};

fn which(which: Which) -> QueueFilter {
    QueueFilter {
        which,
        ..QueueFilter::default()
    }
}

fn rated(priority: &str) -> stile_exchange::hub::desk::Referral {
    let mut one = referral("Owen", "Other", "2024-09-01");
    one.priority = Some(priority.parse().unwrap());
    one
}

#[tokio::test]
async fn the_most_urgent_case_comes_first() {
    let room = Room::new();
    let green = room.case(rated("green")).await.matter.id;
    let blue = room.case(rated("blue")).await.matter.id;
    let red = room.case(about_mali()).await.matter.id;
    let amber = room.case(rated("amber")).await.matter.id;

    let queue = room
        .hub
        .queue(&person("r.adams"), &QueueFilter::default())
        .await;
    let queue = queue.unwrap();

    let order: Vec<_> = queue.lines.iter().map(|line| line.case.clone()).collect();
    assert_eq!(order, [red, amber, green, blue]);
    assert_eq!(queue.lines[3].timing, Timing::NoClock);
    let first = &queue.lines[0];
    assert_eq!(first.subject.as_ref().unwrap().reveal(), "Mali Testwood");
    assert_eq!(first.age, Some(Age::Years(7)));
    assert_eq!(queue.lines[1].age, Some(Age::Months(18)));
    assert_eq!(first.needs, [Need::Take]);
}

#[tokio::test]
async fn filters_show_mine_unallocated_at_risk_a_rating_a_kind_or_a_number() {
    let room = Room::new();
    let me = person("r.adams");
    let red = room.case(about_mali()).await.matter.id;
    let green = room.case(rated("green")).await.matter.id;
    room.hub.take_case(&me, &green).await.unwrap();
    room.hours(3);

    let shown = async |filter: QueueFilter| {
        let queue = room.hub.queue(&me, &filter).await.unwrap();
        let cases = queue.lines.into_iter().map(|line| line.case.to_string());
        cases.collect::<Vec<_>>().join(" ")
    };
    let (red, green) = (red.to_string(), green.to_string());

    assert_eq!(shown(which(Which::Mine)).await, green);
    assert_eq!(shown(which(Which::Unallocated)).await, red);
    // Three of four hours have gone.
    assert_eq!(shown(which(Which::AtRisk)).await, red);
    let of_rating = QueueFilter {
        priority: Some("green".parse().unwrap()),
        ..QueueFilter::default()
    };
    assert_eq!(shown(of_rating).await, green);
    let of_kind = QueueFilter {
        kind: Some(code("neglect")),
        ..QueueFilter::default()
    };
    assert_eq!(shown(of_kind).await, "");
    let of_number = QueueFilter {
        number: "00002 ".to_owned(),
        ..QueueFilter::default()
    };
    assert_eq!(shown(of_number).await, green);
}

#[tokio::test]
async fn a_search_text_that_is_no_part_of_a_number_is_refused_and_not_repeated() {
    let room = Room::new();
    let filter = QueueFilter {
        number: "Mali Testwood".to_owned(),
        ..QueueFilter::default()
    };

    let problem = room.hub.queue(&person("r.adams"), &filter).await;

    let problem = problem.unwrap_err().problem();
    assert_eq!(problem.code(), "out_of_bounds");
    assert!(!problem.title.contains("Mali"));
}

#[tokio::test]
async fn a_page_is_recorded_once_with_how_many_it_showed_and_about_nobody() {
    let room = Room::new();
    for _ in 0..3 {
        room.case(about_mali()).await;
    }
    let before = room.size();
    let filter = QueueFilter {
        page: 2,
        per_page: 2,
        ..QueueFilter::default()
    };

    let queue = room.hub.queue(&person("r.adams"), &filter).await.unwrap();

    assert_eq!((queue.page, queue.pages, queue.total), (2, 2, 3));
    assert_eq!(queue.lines.len(), 1);
    assert_eq!(
        room.entries(before),
        [(EntryKind::Consultation, Some("queue".to_owned()))]
    );
    assert!(room.hub.store.subjects(before).unwrap().is_empty());
}

#[tokio::test]
async fn a_page_past_the_last_is_the_last() {
    let room = Room::new();
    room.case(about_mali()).await;
    let filter = QueueFilter {
        page: u32::MAX,
        per_page: 0,
        ..QueueFilter::default()
    };

    let queue = room.hub.queue(&person("r.adams"), &filter).await.unwrap();

    assert_eq!((queue.page, queue.lines.len()), (1, 1));
}

#[tokio::test]
async fn an_overdue_case_says_so_and_needs_a_manager_to_allocate_it() {
    let room = Room::new();
    room.case(about_mali()).await;
    room.hours(5);

    let queue = room
        .hub
        .queue(&person("m.clark"), &which(Which::AtRisk))
        .await;
    let queue = queue.unwrap();

    assert_eq!(queue.lines[0].timing, Timing::Overdue { by_s: 3_600 });
    assert_eq!(queue.lines[0].needs, [Need::Allocate]);
    assert_eq!(queue.counts.at_risk, 1);
}

#[tokio::test]
async fn who_does_not_work_on_cases_sees_no_queue() {
    let room = Room::new();
    let queue = room
        .hub
        .queue(&person("i.frost"), &QueueFilter::default())
        .await;

    assert_eq!(refusal(queue), "role_missing");
}

#[tokio::test]
async fn another_gateway_on_the_same_store_sees_what_this_one_changes() {
    let room = Room::new();
    let other = room.beside();
    let me = person("r.adams");
    let filter = QueueFilter::default();
    let before = other.queue(&me, &filter).await.unwrap();
    assert_eq!(before.counts.all, 0);

    let id = room.case(about_mali()).await.matter.id;
    let seen = other.queue(&me, &filter).await.unwrap();
    assert_eq!(seen.counts.unallocated, 1);

    room.hub.take_case(&me, &id).await.unwrap();
    let seen = other.queue(&me, &filter).await.unwrap();
    assert_eq!((seen.counts.mine, seen.counts.unallocated), (1, 0));

    let outcome = code("advice");
    let close = stile_exchange::retention::Close { outcome };
    let closed = room.hub.close_case(&person("m.clark"), &id, close).await;
    closed.unwrap();
    let seen = other.queue(&me, &filter).await.unwrap();
    assert_eq!(seen.counts.all, 0);
}
