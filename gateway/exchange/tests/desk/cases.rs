//! The work on a case: who does it, how urgent it is, the decision, its end, and what is told.

use stile_exchange::hub::desk::{By, ChangePriority, Decide, Escalate, QueueFilter, Seen, Timing};
use stile_exchange::hub::{AgencyAsk, Raise};
use stile_exchange::verbal::Telling;
use stile_ledger::EntryKind;
use stile_model::enquiry::Ask;
use stile_model::id::{CaseId, CategoryId};

use crate::room::{POLICE, Room, about_mali, code, member, number, person, refusal, user};

fn amber(reason: &str, why: &str) -> ChangePriority {
    ChangePriority {
        to: "amber".parse().unwrap(),
        reason: code(reason),
        why: why.into(),
    }
}

fn decision() -> Decide {
    Decide {
        outcome: code("s17_assessment"),
        reasoning: "The threshold of section 17 is met, that of section 47 is not.".into(),
        actions: vec!["Assessment by the locality team".into()],
    }
}

async fn ask_police(room: &Room, case: &CaseId) {
    let raise = Raise {
        agencies: vec![AgencyAsk {
            agency: member(POLICE),
            asks: vec![Ask {
                category: CategoryId::new("police.domestic_incident").unwrap(),
                necessity: "To see who was in the home".into(),
            }],
        }],
        look_back_months: 24,
        expires_in_h: 72,
    };
    let raised = room.hub.raise(&person("r.adams"), case, &raise).await;
    raised.unwrap();
    room.hub.rest().await;
}

#[tokio::test]
async fn a_researcher_takes_a_free_case_and_a_manager_gives_it_to_another() {
    let room = Room::new();
    let hub = &room.hub;
    let id = room.case(about_mali()).await.matter.id;
    let (one, other, manager) = (person("r.adams"), person("r.brown"), person("m.clark"));

    hub.take_case(&one, &id).await.unwrap();

    let taken = hub.take_case(&other, &id).await;
    assert_eq!(refusal(taken), "already_allocated");
    let given = hub.allocate(&one, &id, &user("r.brown"), Seen(2)).await;
    assert_eq!(refusal(given), "role_missing");
    let twice = hub.allocate(&manager, &id, &user("r.adams"), Seen(2)).await;
    assert_eq!(refusal(twice), "already_allocated");
    let before = room.size();
    let given = hub.allocate(&manager, &id, &user("r.brown"), Seen(2)).await;
    given.unwrap();
    assert_eq!(
        room.entries(before),
        [(EntryKind::CaseChanged, Some("reallocated".to_owned()))]
    );
    let page = hub.case_page(&manager, &id).await.unwrap();
    assert_eq!(page.work.allocated().unwrap().0, &user("r.brown"));
}

#[tokio::test]
async fn a_manager_sees_who_has_how_much_and_only_researchers_among_them() {
    let room = Room::new();
    let hub = &room.hub;
    let id = room.case(about_mali()).await.matter.id;
    hub.take_case(&person("r.adams"), &id).await.unwrap();
    room.hours(5);

    let all = hub.colleagues(&person("m.clark")).unwrap();

    let all: Vec<_> = all
        .iter()
        .map(|one| (one.user.as_str(), one.open, one.at_risk))
        .collect();
    assert_eq!(all, [("r.brown", 0, 0), ("r.adams", 1, 1)]);
}

#[tokio::test]
async fn a_case_is_given_to_researchers_only() {
    let room = Room::new();
    let id = room.case(about_mali()).await.matter.id;

    for name in ["i.frost", "nobody"] {
        let given = room
            .hub
            .allocate(&person("m.clark"), &id, &user(name), Seen(1))
            .await;
        assert_eq!(refusal(given), "not_a_researcher");
    }
}

#[tokio::test]
async fn another_rating_counts_the_deadline_anew_from_receipt() {
    let room = Room::new();
    let hub = &room.hub;
    let id = room.case(about_mali()).await.matter.id;
    room.hours(1);
    let change = amber("risk_lower", "The child is with her grandmother now.");

    let manager = person("m.clark");
    let case = hub.change_priority(&manager, &id, &change, Seen(1)).await;

    let case = case.unwrap();
    // 24 working hours from Wednesday 10:14: Monday 10:14.
    let due = "2026-03-16T10:14:00Z".parse().unwrap();
    assert_eq!(case.due, Some(due));
    let queue = hub.queue(&person("m.clark"), &QueueFilter::default()).await;
    let queue = queue.unwrap();
    assert_eq!(queue.lines[0].priority, change.to);
    assert_eq!(queue.lines[0].due, Some(due));
    let again = hub.change_priority(&manager, &id, &change, Seen(2)).await;
    assert_eq!(refusal(again), "out_of_bounds");
}

#[tokio::test]
async fn a_rating_does_not_change_without_a_coded_reason_and_words() {
    let room = Room::new();
    let id = room.case(about_mali()).await.matter.id;
    let manager = person("m.clark");

    let made_up = amber("made_up", "The child is with her grandmother now.");
    let thin = amber("risk_lower", "calmer");

    let made_up = room
        .hub
        .change_priority(&manager, &id, &made_up, Seen(1))
        .await;
    let thin = room
        .hub
        .change_priority(&manager, &id, &thin, Seen(1))
        .await;
    assert_eq!(refusal(made_up), "unknown_word");
    assert_eq!(refusal(thin), "out_of_bounds");
}

#[tokio::test]
async fn an_escalation_gives_the_contact_of_the_agency_that_was_asked() {
    let room = Room::new();
    let hub = &room.hub;
    let id = room.case(about_mali()).await.matter.id;
    let escalate = Escalate {
        agency: Some(member(POLICE)),
        to: "Duty inspector".into(),
        reason: code("deadline_near"),
        note: "An answer is needed by two o'clock.".into(),
    };
    let early = hub.escalate(&person("r.adams"), &id, &escalate).await;
    assert_eq!(refusal(early), "unknown_agency");
    ask_police(&room, &id).await;
    let before = room.size();

    let contact = hub.escalate(&person("r.adams"), &id, &escalate).await;

    assert_eq!(contact.unwrap().as_deref(), Some("duty desk, 01632 960016"));
    assert_eq!(
        room.entries(before),
        [(EntryKind::Escalation, Some("deadline_near".to_owned()))]
    );
}

#[tokio::test]
async fn a_decision_stops_the_clock_and_only_then_can_the_case_be_closed_so() {
    let room = Room::new();
    let hub = &room.hub;
    let id = room.case(about_mali()).await.matter.id;
    let decider = person("d.davis");
    let early = hub.close_decided(&decider, &id, Seen(1)).await;
    assert_eq!(refusal(early), "not_decided");
    room.hours(3);

    let ended = hub.decide_case(&decider, &id, &decision(), Seen(1)).await;
    ended.unwrap();
    room.hours(10);

    let page = hub.case_page(&decider, &id).await.unwrap();
    assert_eq!(page.timing, Timing::DecidedInTime);
    let outcome = hub.close_decided(&decider, &id, Seen(2)).await.unwrap();
    assert_eq!(outcome.outcome, code("s17_assessment"));
    let queue = hub.queue(&decider, &QueueFilter::default()).await.unwrap();
    assert_eq!(queue.counts.all, 0);
    let again = hub.decide_case(&decider, &id, &decision(), Seen(3)).await;
    assert_eq!(refusal(again), "case_closed");
}

#[tokio::test]
async fn a_decision_without_reasons_or_with_a_made_up_outcome_is_refused() {
    let room = Room::new();
    let id = room.case(about_mali()).await.matter.id;
    let thin = Decide {
        reasoning: "Yes.".into(),
        ..decision()
    };
    let made_up = Decide {
        outcome: code("made_up"),
        ..decision()
    };

    let decider = person("d.davis");
    let thin = room.hub.decide_case(&decider, &id, &thin, Seen(1)).await;
    let made_up = room.hub.decide_case(&decider, &id, &made_up, Seen(1)).await;

    assert_eq!(refusal(thin), "out_of_bounds");
    assert_eq!(refusal(made_up), "unknown_word");
}

#[tokio::test]
async fn a_practitioner_is_told_the_outcome_once_and_nothing_of_any_agency() {
    let room = Room::new();
    let hub = &room.hub;
    let (me, decider) = (person("r.adams"), person("d.davis"));
    let id = room.case(about_mali()).await.matter.id;
    assert_eq!(refusal(hub.feedback(&me, &id, 0).await), "not_decided");
    let ended = hub.decide_case(&decider, &id, &decision(), Seen(1)).await;
    ended.unwrap();

    let told = hub.feedback_sent(&me, &id, 0, Seen(2)).await.unwrap();

    let text = told.text.reveal();
    assert!(text.contains("11 March 2026") && text.contains("Child in need assessment"));
    assert!(!text.contains("Mali") && !text.contains("threshold"));
    let again = hub.feedback_sent(&me, &id, 0, Seen(2)).await;
    assert_eq!(refusal(again), "feedback_sent");
    let other = hub.feedback(&me, &id, 7).await;
    assert_eq!(refusal(other), "unknown_referral");
}

#[tokio::test]
async fn family_and_public_hear_that_it_was_looked_into_and_no_outcome() {
    let room = Room::new();
    let hub = &room.hub;
    let mut from_family = about_mali();
    from_family.referrer.kind = Some(code("family"));
    let id = room.case(from_family).await.matter.id;
    let decider = person("d.davis");
    let ended = hub.decide_case(&decider, &id, &decision(), Seen(1)).await;
    ended.unwrap();
    let before = room.size();

    let told = hub
        .feedback_sent(&person("r.adams"), &id, 0, Seen(2))
        .await
        .unwrap();

    assert_eq!(told.outcome, None);
    assert!(!told.text.reveal().contains("assessment"));
    assert_eq!(
        room.entries(before),
        [(EntryKind::Feedback, Some("looked_into".to_owned()))]
    );
}

#[tokio::test]
async fn who_may_not_be_told_is_not_told() {
    let room = Room::new();
    let mut silent = about_mali();
    silent.referrer.may_be_told = None;
    let id = room.case(silent).await.matter.id;
    let decided = room
        .hub
        .decide_case(&person("d.davis"), &id, &decision(), Seen(1))
        .await;
    decided.unwrap();

    let told = room.hub.feedback(&person("r.adams"), &id, 0).await;

    assert_eq!(refusal(told), "referrer_not_to_be_told");
}

#[tokio::test]
async fn the_timeline_says_who_did_what_and_starts_with_this_reading() {
    let room = Room::new();
    let hub = &room.hub;
    let id = room.case(about_mali()).await.matter.id;
    let given = hub
        .allocate(&person("m.clark"), &id, &user("r.adams"), Seen(1))
        .await;
    given.unwrap();

    let seen = hub.timeline(&person("r.brown"), &id, None).await.unwrap();

    let steps: Vec<_> = seen
        .steps
        .iter()
        .map(|step| match &step.by {
            By::Listed(user) => (step.kind, user.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        steps,
        [
            (EntryKind::Consultation, "r.brown"),
            (EntryKind::CaseChanged, "m.clark"),
            (EntryKind::ContactTaken, "r.adams"),
            (EntryKind::CaseOpened, "r.adams"),
        ]
    );
}

#[tokio::test]
async fn a_case_that_does_not_exist_is_refused_everywhere() {
    let room = Room::new();
    let (hub, id) = (&room.hub, number("MASH-2026-09999"));
    let decider = person("d.davis");

    let page = hub.case_page(&decider, &id).await;
    let timeline = hub.timeline(&decider, &id, None).await;
    let refused = hub.decide_case(&decider, &id, &decision(), Seen(1)).await;
    let told = hub.feedback(&decider, &id, 0).await;

    assert_eq!(refusal(page), "unknown_case");
    assert_eq!(refusal(timeline), "unknown_case");
    assert_eq!(refusal(refused), "unknown_case");
    assert_eq!(refusal(told), "unknown_case");
}

#[tokio::test]
async fn what_an_agency_told_the_hub_by_telephone_is_recorded_in_the_hubs_ledger() {
    let room = Room::new();
    let id = room.case(about_mali()).await.matter.id;
    let telling = Telling {
        case: id,
        enquiry: None,
        purpose: code("s47_enquiry"),
        ground: code("urgent_enquiry"),
        said: room.now().plus_s(-600),
        teller: "PC Example, duty desk".into(),
        told: "R. Adams, researcher".into(),
        recipient: Some(member("north-mash")),
        categories: vec![CategoryId::new("police.domestic_incident").unwrap()],
        account: "Officers are on their way to the address.".into(),
    };
    let before = room.size();

    let told = room.hub.record_telling(&person("r.adams"), &telling).await;

    told.unwrap();
    assert_eq!(
        room.entries(before),
        [(
            EntryKind::VerbalDisclosure,
            Some("urgent_enquiry".to_owned())
        )]
    );
    let barred = room.hub.record_telling(&person("a.evans"), &telling).await;
    assert_eq!(refusal(barred), "role_missing");
}
