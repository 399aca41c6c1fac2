use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn hub(n: u8) -> MemberId {
    MemberId::new(format!("hub-{n}")).unwrap()
}

fn settings(at_once: u32, per_hub: u32, waiting: u32) -> LoadSettings {
    LoadSettings {
        at_once,
        per_hub,
        amber_share: 75,
        green_share: 50,
        waiting,
        wait: Duration::ZERO,
    }
}

/// How many of so many that arrive may begin.
fn begin(floor: &mut Floor, settings: &LoadSettings, of: u8, urgency: Urgency, many: u32) -> u32 {
    let asked = (0..many).map(|_| floor.ask(settings, &hub(of), urgency));
    u32::try_from(asked.filter(|one| *one == Asked::Begins).count()).unwrap()
}

#[test]
fn green_takes_half_and_amber_three_quarters_of_the_places() {
    let settings = settings(8, 8, 0);

    for (urgency, most) in [(Urgency::Green, 4), (Urgency::Amber, 6), (Urgency::Red, 8)] {
        let mut floor = Floor::default();
        assert_eq!(begin(&mut floor, &settings, 1, urgency, 20), most);
    }
}

#[test]
fn a_flood_of_green_and_amber_leaves_red_its_places() {
    let settings = settings(8, 8, 0);
    let mut floor = Floor::default();
    begin(&mut floor, &settings, 1, Urgency::Green, 20);
    begin(&mut floor, &settings, 1, Urgency::Amber, 20);

    assert_eq!(begin(&mut floor, &settings, 1, Urgency::Red, 20), 2);
}

#[test]
fn a_hub_that_floods_in_red_leaves_places_to_the_green_of_another() {
    let settings = settings(8, 6, 0);
    let mut floor = Floor::default();

    assert_eq!(begin(&mut floor, &settings, 1, Urgency::Red, 20), 6);
    assert_eq!(begin(&mut floor, &settings, 2, Urgency::Green, 20), 2);
}

#[test]
fn the_most_urgent_begins_first_then_the_hub_with_the_fewest_at_work() {
    let settings = settings(4, 4, 9);
    let mut floor = Floor::default();
    assert_eq!(begin(&mut floor, &settings, 1, Urgency::Red, 4), 4);
    for (of, urgency) in [
        (1, Urgency::Green),
        (1, Urgency::Red),
        (2, Urgency::Red),
        (2, Urgency::Amber),
    ] {
        floor.ask(&settings, &hub(of), urgency);
    }

    let mut order = Vec::new();
    for _ in 0..4 {
        for (_, hub, urgency) in floor.leave(&settings, &hub(1), Urgency::Red) {
            order.push((hub, urgency));
        }
    }

    let expected = [(2, Urgency::Red), (1, Urgency::Red), (2, Urgency::Amber)];
    assert_eq!(order[..3], expected.map(|(of, urgency)| (hub(of), urgency)));
}

#[test]
fn the_least_urgent_is_turned_away_for_one_more_urgent_and_never_the_other_way() {
    let settings = settings(4, 4, 2);
    let mut floor = Floor::default();
    begin(&mut floor, &settings, 1, Urgency::Red, 4);
    let Asked::Waits { ticket: green, .. } = floor.ask(&settings, &hub(1), Urgency::Green) else {
        panic!("it does not wait");
    };
    floor.ask(&settings, &hub(1), Urgency::Amber);

    let Asked::Waits { instead_of, .. } = floor.ask(&settings, &hub(1), Urgency::Red) else {
        panic!("red is turned away");
    };
    assert_eq!(instead_of, Some(green));
    assert_eq!(
        floor.ask(&settings, &hub(1), Urgency::Green),
        Asked::TurnedAway
    );
    assert_eq!(
        floor.ask(&settings, &hub(1), Urgency::Amber),
        Asked::TurnedAway
    );
}

#[test]
fn a_hub_that_fills_the_queue_makes_way_for_another_of_the_same_urgency() {
    let settings = settings(4, 4, 4);
    let mut floor = Floor::default();
    begin(&mut floor, &settings, 1, Urgency::Red, 8);

    let told: Vec<_> = (0..3)
        .map(|_| floor.ask(&settings, &hub(2), Urgency::Red))
        .map(|asked| matches!(asked, Asked::Waits { .. }))
        .collect();

    assert_eq!(told, [true, true, false], "half of the queue each");
}

#[test]
fn a_hub_over_its_own_bound_turns_nobody_elses_away() {
    let settings = settings(8, 4, 2);
    let mut floor = Floor::default();
    assert_eq!(begin(&mut floor, &settings, 1, Urgency::Red, 4), 4);
    assert_eq!(begin(&mut floor, &settings, 2, Urgency::Green, 4), 2);
    assert_eq!(floor.waiting().green, 2, "as many wait as may");

    let over = floor.ask(&settings, &hub(1), Urgency::Red);
    assert_eq!(over, Asked::TurnedAway);
    let other = floor.ask(&settings, &hub(3), Urgency::Red);
    assert_eq!(other, Asked::Begins);
}

/// What one of several hubs does next.
#[derive(Debug, Clone)]
enum Step {
    Ask(u8, Urgency),
    GiveUp(usize),
    Leave(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let urgency = prop::sample::select(Urgency::ALL.to_vec());
    let step = prop_oneof![
        4 => (1_u8..4, urgency).prop_map(|(of, urgency)| Step::Ask(of, urgency)),
        1 => any::<usize>().prop_map(Step::GiveUp),
        2 => any::<usize>().prop_map(Step::Leave),
    ];
    prop::collection::vec(step, 0..200)
}

proptest! {
    #[test]
    fn no_bound_is_passed_red_always_finds_its_places_and_nobody_is_lost(
        at_once in 4_u32..20, per_hub in 4_u32..20, waiting in 0_u32..10,
        amber_share in 10_u32..=90, green_share in 10_u32..=90, steps in steps(),
    ) {
        let per_hub = per_hub.min(at_once);
        let green_share = green_share.min(amber_share);
        let settings = LoadSettings { at_once, per_hub, amber_share, green_share, waiting, wait: Duration::ZERO };
        let mut floor = Floor::default();
        let mut at_work: Vec<(MemberId, Urgency)> = Vec::new();
        let mut queue: BTreeSet<Ticket> = BTreeSet::new();
        for step in steps {
            match step {
                Step::Ask(of, urgency) => {
                    let reds = floor.all.red;
                    let own = floor.hubs.get(&hub(of)).copied().unwrap_or_default();
                    match floor.ask(&settings, &hub(of), urgency) {
                        Asked::Begins => at_work.push((hub(of), urgency)),
                        Asked::Waits { ticket, instead_of } => {
                            if let Some(gone) = instead_of {
                                prop_assert!(queue.remove(&gone), "turned away and did not wait");
                            }
                            queue.insert(ticket);
                        }
                        Asked::TurnedAway => {}
                    }
                    // What red has to itself is never taken by anything else.
                    let kept = at_once - share(at_once, amber_share);
                    let kept_for_own = per_hub - share(per_hub, amber_share);
                    if urgency == Urgency::Red && reds < kept && own.red < kept_for_own {
                        prop_assert_eq!(floor.all.red, reds + 1, "red does not begin");
                    }
                }
                Step::GiveUp(nth) => {
                    if let Some(ticket) = queue.iter().nth(nth % queue.len().max(1)).copied() {
                        queue.remove(&ticket);
                        floor.give_up(ticket);
                    }
                }
                Step::Leave(nth) => {
                    if !at_work.is_empty() {
                        let (of, urgency) = at_work.swap_remove(nth % at_work.len());
                        for (ticket, of, urgency) in floor.leave(&settings, &of, urgency) {
                            prop_assert!(queue.remove(&ticket), "begins and did not wait");
                            at_work.push((of, urgency));
                        }
                    }
                }
            }
            let all = floor.all;
            prop_assert!(all.all() <= at_once);
            prop_assert!(all.green + all.amber <= share(at_once, amber_share));
            prop_assert!(all.green <= share(at_once, green_share));
            prop_assert!(floor.hubs.values().all(|own| own.all() <= per_hub && own.all() > 0));
            prop_assert_eq!(usize::try_from(all.all()).unwrap(), at_work.len());
            prop_assert_eq!(floor.waiting.len(), queue.len());
            prop_assert!(floor.waiting.len() <= usize::try_from(waiting).unwrap());
            // Nobody waits who could begin.
            prop_assert!(floor.next(&settings).is_none());
        }
        // Once everybody at work is done, and whoever begins then, nobody is left waiting.
        while let Some((of, urgency)) = at_work.pop() {
            for (_, of, urgency) in floor.leave(&settings, &of, urgency) {
                at_work.push((of, urgency));
            }
        }
        prop_assert!(floor.waiting.is_empty() && floor.hubs.is_empty());
    }
}
