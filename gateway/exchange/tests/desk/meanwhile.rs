//! What happens while somebody has a case before them: other steps, further contacts, other consent.

use stile_exchange::hub::desk::{
    ChangeConsent, ChangePriority, Decide, Done, Need, QueueFilter, Said, Seen,
};
use stile_exchange::hub::{AgencyAsk, Raise};
use stile_exchange::retention::Close;
use stile_ledger::EntryKind;
use stile_model::code::ConsentState;
use stile_model::enquiry::{Ask, Consent};
use stile_model::id::{CaseId, CategoryId};

use crate::room::{POLICE, Room, about_mali, code, member, person, referral, refusal, user};

fn decision() -> Decide {
    Decide {
        outcome: code("s17_assessment"),
        reasoning: "The threshold of section 17 is met, that of section 47 is not.".into(),
        actions: Vec::new(),
    }
}

fn green() -> ChangePriority {
    ChangePriority {
        to: "green".parse().unwrap(),
        reason: code("risk_lower"),
        why: "The child is with her grandmother now.".into(),
    }
}

fn agreed(state: ConsentState) -> ChangeConsent {
    ChangeConsent {
        to: Consent {
            state,
            override_reason: None,
            parents_informed: Some(code("informed")),
        },
        why: "The mother telephoned at noon and agreed.".into(),
    }
}

/// A further contact on a case, by the second researcher.
async fn contact(room: &Room, case: &CaseId, danger: Said) -> u32 {
    let other = person("r.brown");
    let mut said = about_mali();
    said.immediate_danger = Some(danger);
    let draft = room.hub.save_draft(&other, None, said, None).await.unwrap();
    let added = room.hub.add_to_case(&other, draft.id, case).await;
    added.unwrap()
}

#[tokio::test]
async fn refuses_whoever_acts_on_a_case_that_another_changed_meanwhile() {
    let room = Room::new();
    let hub = &room.hub;
    let id = room.case(about_mali()).await.matter.id;
    let (manager, chief) = (person("m.clark"), person("d.davis"));
    let seen = hub.case_page(&chief, &id).await.unwrap().work.seen();
    let changed = hub.change_priority(&manager, &id, &green(), seen).await;
    changed.unwrap();
    let before = room.size();

    let given = hub.allocate(&manager, &id, &user("r.adams"), seen).await;
    let rated = hub.change_priority(&manager, &id, &green(), seen).await;
    let decided = hub.decide_case(&chief, &id, &decision(), seen).await;
    let agreed = agreed(ConsentState::Given);
    let agreed = hub.change_consent(&chief, &id, &agreed, seen).await;

    assert_eq!(refusal(given), "case_changed");
    assert_eq!(refusal(rated), "case_changed");
    assert_eq!(refusal(decided), "case_changed");
    assert_eq!(refusal(agreed), "case_changed");
    assert_eq!(room.entries(before), []);
    let again = hub.decide_case(&chief, &id, &decision(), Seen(2)).await;
    again.unwrap();
}

#[tokio::test]
async fn closes_no_case_with_a_decision_that_was_put_right_meanwhile() {
    let room = Room::new();
    let hub = &room.hub;
    let id = room.case(about_mali()).await.matter.id;
    let chief = person("d.davis");
    let first = hub.decide_case(&chief, &id, &decision(), Seen(1)).await;
    first.unwrap();
    let other = Decide {
        outcome: code("advice"),
        ..decision()
    };
    let second = hub.decide_case(&chief, &id, &other, Seen(2)).await;
    second.unwrap();

    let closed = hub.close_decided(&person("m.clark"), &id, Seen(2)).await;
    let told = hub.feedback_sent(&person("r.adams"), &id, 0, Seen(2)).await;

    assert_eq!(refusal(closed), "case_changed");
    assert_eq!(refusal(told), "case_changed");
    let closed = hub.close_decided(&person("m.clark"), &id, Seen(3)).await;
    assert_eq!(closed.unwrap().outcome, code("advice"));
}

#[tokio::test]
async fn nobody_decides_on_a_case_that_somebody_closes_at_once() {
    let (manager, chief, decide) = (person("m.clark"), person("d.davis"), decision());
    for decides_first in [false, true] {
        let room = Room::new();
        let hub = &room.hub;
        let id = room.case(about_mali()).await.matter.id;
        let outcome = code("advice");
        let close = hub.close_case(&manager, &id, Close { outcome });
        let decide = hub.decide_case(&chief, &id, &decide, Seen(1));

        let (closed, decided) = if decides_first {
            let (decided, closed) = tokio::join!(decide, close);
            (closed, decided)
        } else {
            tokio::join!(close, decide)
        };

        let refused = [closed.err(), decided.err()].into_iter().flatten();
        let codes = refused.map(|error| error.problem().code().to_owned());
        let codes: Vec<_> = codes.collect();
        match codes.as_slice() {
            [one] => assert!(["case_changed", "case_closed"].contains(&one.as_str())),
            // The decision was kept before closing began: then it is no step of a closed case.
            [] => {
                let steps = hub.case_page(&manager, &id).await.unwrap().work.steps;
                assert!(matches!(steps.last().unwrap().done, Done::Closed { .. }));
            }
            both => panic!("{both:?}"),
        }
    }
}

#[tokio::test]
async fn a_further_contact_is_a_need_of_whoever_works_on_the_case_until_it_is_read() {
    let room = Room::new();
    let hub = &room.hub;
    let id = room.case(about_mali()).await.matter.id;
    let (me, other) = (person("r.adams"), person("r.brown"));
    hub.take_case(&me, &id).await.unwrap();
    let number = contact(&room, &id, Said::Yes).await;

    let line = async |who| {
        let queue = hub.queue(&person(who), &QueueFilter::default()).await;
        queue.unwrap().lines.remove(0)
    };
    let mine = line("r.adams").await;
    assert!(mine.needs.contains(&Need::ReadContact));
    assert_eq!((mine.unread, mine.in_danger), (1, true));
    let theirs = line("r.brown").await;
    assert!(!theirs.needs.contains(&Need::ReadContact));
    assert_eq!(theirs.unread, 1, "everybody sees that nobody read it");
    let page = hub.case_page(&me, &id).await.unwrap();
    assert!(page.needs.contains(&Need::ReadContact));

    let not_theirs = hub.read_contact(&other, &id, number).await;
    assert_eq!(refusal(not_theirs), "role_missing");
    let no_such = hub.read_contact(&me, &id, 0).await;
    assert_eq!(refusal(no_such), "unknown_referral");
    let before = room.size();
    hub.read_contact(&me, &id, number).await.unwrap();

    let read = (EntryKind::CaseChanged, Some("contact_read".to_owned()));
    assert_eq!(room.entries(before), [read]);
    let mine = line("r.adams").await;
    assert!(!mine.needs.contains(&Need::ReadContact) && mine.unread == 0);
    let twice = hub.read_contact(&me, &id, number).await;
    assert_eq!(refusal(twice), "unknown_referral");
}

#[tokio::test]
async fn a_decided_case_with_an_unread_contact_does_not_sink_to_the_end_of_the_queue() {
    let room = Room::new();
    let hub = &room.hub;
    let decided = room.case(about_mali()).await.matter.id;
    let (chief, advice) = (person("d.davis"), decision());
    let done = hub.decide_case(&chief, &decided, &advice, Seen(1)).await;
    done.unwrap();
    let mut later = referral("Owen", "Other", "2015-01-02");
    later.priority = Some("green".parse().unwrap());
    let open = room.case(later).await.matter.id;
    let order = async || {
        let queue = hub.queue(&person("m.clark"), &QueueFilter::default()).await;
        let lines = queue.unwrap().lines.into_iter();
        lines.map(|line| line.case).collect::<Vec<_>>()
    };
    assert_eq!(order().await, [open.clone(), decided.clone()]);

    contact(&room, &decided, Said::No).await;

    assert_eq!(order().await, [decided, open]);
}

#[tokio::test]
async fn the_next_enquiry_says_what_is_known_of_consent_then_and_no_earlier_one_changes() {
    let room = Room::new();
    let hub = &room.hub;
    let me = person("r.adams");
    let id = room.case(about_mali()).await.matter.id;
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
    let first = hub.raise(&me, &id, &raise).await.unwrap().enquiries[0].1;
    let before = room.size();
    let change = agreed(ConsentState::Given);

    let changed = hub.change_consent(&me, &id, &change, Seen(1)).await;

    assert_eq!(changed.unwrap().matter.consent, change.to);
    let entry = (EntryKind::CaseChanged, Some("consent_changed".to_owned()));
    assert_eq!(room.entries(before)[0], entry);
    let second = hub.raise(&me, &id, &raise).await.unwrap().enquiries[0].1;
    hub.rest().await;
    let signed = async |enquiry: stile_model::id::EnquiryId| {
        let bytes = hub
            .store
            .get(stile_store::Tree::Enquiries, enquiry.as_bytes());
        let kept: serde_json::Value = serde_json::from_slice(&bytes.unwrap().unwrap()).unwrap();
        kept["enquiry"]["consent"]["state"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(signed(first).await, "not_sought");
    assert_eq!(signed(second).await, "given");
    let page = hub.case_page(&me, &id).await.unwrap();
    let step = page.work.steps.last().unwrap();
    assert_eq!(step.by, user("r.adams"));
    assert!(matches!(&step.done, Done::ConsentChanged { from, why, .. }
        if from.state == ConsentState::NotSought && why.reveal().contains("at noon")));
}

/// From the moment when what an agency said is durable to the moment when its reader's page hears of it.
#[tokio::test]
async fn whoever_watches_a_case_hears_of_its_answers_and_of_no_other_case() {
    let room = Room::new();
    let hub = &room.hub;
    let me = person("r.adams");
    let mine = room.case(about_mali()).await.matter.id;
    let other = room.case(referral("Owen", "Other", "2015-01-02")).await;
    let before = room.size();
    let mut watched = hub.watch(&me, &mine).await.unwrap();
    let look = (EntryKind::Consultation, Some("live".to_owned()));
    assert_eq!(room.entries(before), [look]);
    hub.watch(&me, &mine).await.unwrap();
    assert_eq!(
        room.size(),
        before + 1,
        "a browser that begins anew is the same watch"
    );
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

    let version = watched.version();
    hub.take_case(&me, &other.matter.id).await.unwrap();
    hub.raise(&me, &other.matter.id, &raise).await.unwrap();
    assert!(!hub.has_changed(&mut watched, 0).await.unwrap());
    assert_eq!(
        watched.version(),
        version,
        "nothing of another case wakes it"
    );
    let (hub, wait) = (std::sync::Arc::clone(hub), mine.clone());
    let heard = tokio::spawn({
        let hub = std::sync::Arc::clone(&hub);
        async move {
            let heard = hub.has_changed(&mut watched, 20).await.unwrap();
            (heard, std::time::Instant::now())
        }
    });
    tokio::task::yield_now().await;
    hub.raise(&me, &wait, &raise).await.unwrap();
    let kept = std::time::Instant::now();
    let (heard, at) = heard.await.unwrap();

    assert!(heard);
    let late = at.saturating_duration_since(kept);
    println!(
        "a page hears of a change {} µs after it is durable",
        late.as_micros()
    );
    hub.rest().await;
}

#[tokio::test]
async fn looking_at_how_far_agencies_are_is_recorded_and_not_for_everybody() {
    let room = Room::new();
    let hub = &room.hub;
    let id = room.case(about_mali()).await.matter.id;
    let before = room.size();

    hub.read_answers(&person("r.adams"), &id).await.unwrap();

    let look = (EntryKind::Consultation, Some("answers".to_owned()));
    assert_eq!(room.entries(before), [look]);
    let barred = person("i.frost");
    assert_eq!(
        refusal(hub.read_answers(&barred, &id).await),
        "role_missing"
    );
    assert_eq!(refusal(hub.watch(&barred, &id).await), "role_missing");
}

#[tokio::test]
async fn consent_does_not_change_without_a_reason_known_words_or_a_difference() {
    let room = Room::new();
    let hub = &room.hub;
    let me = person("r.adams");
    let case = room.case(about_mali()).await;
    let id = case.matter.id;
    let mut thin = agreed(ConsentState::Given);
    thin.why = "yes".into();
    let mut made_up = agreed(ConsentState::Refused);
    made_up.to.override_reason = Some(code("made_up"));
    let mut same = agreed(ConsentState::Given);
    same.to = case.matter.consent;

    for (change, why) in [
        (thin, "out_of_bounds"),
        (made_up, "unknown_word"),
        (same, "out_of_bounds"),
    ] {
        let changed = hub.change_consent(&me, &id, &change, Seen(1)).await;
        assert_eq!(refusal(changed), why);
    }
}
