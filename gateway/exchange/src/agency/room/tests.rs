use std::collections::BTreeMap;

use super::*;

fn hub(n: u8) -> MemberId {
    MemberId::new(format!("hub-{n}")).unwrap()
}

fn settings(waiting: u32, wait: Duration) -> LoadSettings {
    LoadSettings {
        at_once: 4,
        per_hub: 4,
        amber_share: 75,
        green_share: 50,
        waiting,
        wait,
    }
}

const LONG: Duration = Duration::from_mins(5);

async fn fill(room: &Room, settings: &LoadSettings) -> Vec<Place> {
    let mut places = Vec::new();
    for _ in 0..settings.at_once {
        places.push(room.enter(settings, &hub(1), Urgency::Red).await.unwrap());
    }
    places
}

fn written(room: &Room, settings: &LoadSettings) -> BTreeMap<String, u32> {
    let mut text = Text::default();
    room.write(settings, &mut text);
    let lines = text.finish();
    let samples = lines.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

/// Lets every task that can go on do so, until so many wait.
async fn until_waiting(room: &Room, many: u32) {
    while room.inner().floor.waiting().all() != many {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn whoever_waits_begins_when_a_place_is_given_back() {
    let (room, settings) = (Room::default(), settings(1, LONG));
    let mut places = fill(&room, &settings).await;
    let waits = {
        let room = room.clone();
        tokio::spawn(async move { room.enter(&settings, &hub(2), Urgency::Red).await })
    };
    until_waiting(&room, 1).await;

    places.pop();

    let place = waits.await.unwrap().unwrap();
    assert_eq!(room.inner().floor.at_work().all(), 4);
    drop((place, places));
    assert_eq!(room.inner().floor.at_work().all(), 0);
    assert!(room.inner().callers.is_empty());
}

#[tokio::test]
async fn refuses_with_when_to_ask_again_sooner_for_the_more_urgent() {
    let (room, settings) = (Room::default(), settings(0, LONG));
    let _places = fill(&room, &settings).await;

    let mut told = Vec::new();
    for urgency in Urgency::ALL {
        let refused = room.enter(&settings, &hub(1), urgency).await.unwrap_err();
        let problem = refused.problem();
        assert_eq!((problem.code(), problem.status), ("busy", 503));
        told.push(problem.retry_after_s.unwrap());
    }

    assert_eq!(told, [15, 5, 1]);
    let written = written(&room, &settings);
    let green = "stile_enquiries_turned_away_total{urgency=\"green\",why=\"full\"}";
    assert_eq!(written[green], 1);
    assert_eq!(written["stile_enquiries_at_work{urgency=\"red\"}"], 4);
}

#[tokio::test]
async fn refuses_who_has_waited_long_enough_and_keeps_no_place_for_them() {
    let (room, settings) = (Room::default(), settings(1, Duration::from_millis(1)));
    let places = fill(&room, &settings).await;

    let refused = room.enter(&settings, &hub(1), Urgency::Amber).await;

    assert_eq!(refused.unwrap_err().problem().code(), "busy");
    assert_eq!(room.inner().floor.waiting().all(), 0);
    let amber = "stile_enquiries_turned_away_total{urgency=\"amber\",why=\"waited\"}";
    assert_eq!(written(&room, &settings)[amber], 1);
    drop(places);
    assert_eq!(room.inner().floor.at_work().all(), 0);
}

#[tokio::test]
async fn refuses_the_green_that_waits_when_red_comes_and_there_is_no_more_room() {
    let (room, settings) = (Room::default(), settings(1, LONG));
    let mut places = fill(&room, &settings).await;
    let wait = |urgency| {
        let room = room.clone();
        tokio::spawn(async move { room.enter(&settings, &hub(1), urgency).await })
    };
    let green = wait(Urgency::Green);
    until_waiting(&room, 1).await;
    let red = wait(Urgency::Red);

    let refused = green.await.unwrap().unwrap_err();
    places.pop();

    assert_eq!(refused.problem().code(), "busy");
    assert_eq!(red.await.unwrap().unwrap().urgency, Urgency::Red);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_its_place_to_the_next() {
    let (room, settings) = (Room::default(), settings(2, LONG));
    let mut places = fill(&room, &settings).await;
    let wait = |of| {
        let room = room.clone();
        tokio::spawn(async move { room.enter(&settings, &hub(of), Urgency::Red).await })
    };
    let gone = wait(2);
    until_waiting(&room, 1).await;
    let next = wait(3);
    until_waiting(&room, 2).await;

    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    places.pop();

    assert_eq!(next.await.unwrap().unwrap().hub, hub(3));
    drop(places);
    assert_eq!(room.inner().floor.at_work().all(), 0);
}
