//! The same people in other cases and drafts, found before a case is opened.

use serde_json::json;
use stile_exchange::hub::desk::{AlikeIn, Likeness, Referral, Seen};
use stile_ledger::EntryKind;

use crate::room::{Room, about_mali, person, referral, refusal, user};

/// Cases about other families, so that names have their frequency.
async fn town(room: &Room) {
    let families = ["Ashdown", "Birchley", "Cobham", "Danes", "Elmfield", "Fox"];
    let forenames = ["Ada", "Ben", "Cara", "Dan", "Eve", "Finn", "Gwen", "Huw"];
    for (place, family) in families.iter().enumerate() {
        for (other, forename) in forenames.iter().enumerate() {
            let born = format!(
                "20{:02}-{:02}-{:02}",
                8 + place,
                1 + other,
                3 + place + other
            );
            room.case(referral(forename, family, &born)).await;
        }
    }
}

#[tokio::test]
async fn an_open_case_about_the_same_child_is_found_with_who_works_on_it() {
    let room = Room::new();
    town(&room).await;
    let hub = &room.hub;
    let id = room.case(about_mali()).await.matter.id;
    let worker = user("r.brown");
    hub.allocate(&person("m.clark"), &id, &worker, Seen(1))
        .await
        .unwrap();
    let draft = room
        .draft(referral("MALI", "Test-Wood", "2018-05-09"))
        .await;
    let before = room.size();

    let found = hub.alike(&person("r.adams"), draft.id).await.unwrap();

    assert_eq!(found.len(), 1);
    let AlikeIn::Case(case) = &found[0].found else {
        panic!("a draft was found");
    };
    assert_eq!(case.case, id);
    assert_eq!(case.allocated, Some(worker));
    assert!(case.outcome.is_none());
    let one = &found[0].people[0];
    assert_eq!((one.ours.as_str(), one.theirs.as_str()), ("s1", "s1"));
    let part = one.parts.iter().find(|part| part.part == "date_of_birth");
    assert_eq!(part.unwrap().level, "same");
    let alike = Some("alike".to_owned());
    let consulted = (EntryKind::Consultation, alike);
    assert_eq!(room.entries(before), [consulted.clone(), consulted]);
}

#[tokio::test]
async fn a_closed_case_that_fits_to_the_letter_hides_no_open_one_with_a_slip() {
    let room = Room::new();
    town(&room).await;
    let (hub, manager) = (&room.hub, person("m.clark"));
    let closed = room.case(about_mali()).await.matter.id;
    let close = stile_exchange::retention::Close {
        outcome: crate::room::code("advice"),
    };
    hub.close_case(&manager, &closed, close).await.unwrap();
    let slip = room.case(referral("Mali", "Testwood", "2018-05-08"));
    let open = slip.await.matter.id;
    let draft = room.draft(about_mali()).await;

    let found = hub.alike(&person("r.adams"), draft.id).await.unwrap();

    let cases = found.iter().filter_map(|alike| match &alike.found {
        AlikeIn::Case(case) => Some(case.case.clone()),
        AlikeIn::Draft { .. } => None,
    });
    assert_eq!(cases.collect::<Vec<_>>(), [open, closed]);
}

#[tokio::test]
async fn another_family_is_not_alike_and_only_the_search_is_recorded() {
    let room = Room::new();
    town(&room).await;
    room.case(about_mali()).await;
    let draft = room
        .draft(referral("Zoltan", "Quarrington", "2011-12-30"))
        .await;
    let before = room.size();

    let found = room.hub.alike(&person("r.adams"), draft.id).await.unwrap();

    assert!(found.is_empty());
    assert_eq!(room.entries(before).len(), 1);
}

#[tokio::test]
async fn another_researchers_draft_is_found_with_its_owner() {
    let room = Room::new();
    town(&room).await;
    let hub = &room.hub;
    let other = person("r.brown");
    let theirs = hub.save_draft(&other, None, about_mali(), None).await;
    theirs.unwrap();
    let draft = room.draft(about_mali()).await;

    let found = hub.alike(&person("r.adams"), draft.id).await.unwrap();

    assert_eq!(found.len(), 1);
    assert!(matches!(&found[0].found, AlikeIn::Draft { owner, .. } if *owner == user("r.brown")));
}

#[tokio::test]
async fn a_case_closed_long_ago_is_not_recent() {
    let room = Room::new();
    town(&room).await;
    let (hub, manager) = (&room.hub, person("m.clark"));
    let id = room.case(about_mali()).await.matter.id;
    let close = stile_exchange::retention::Close {
        outcome: crate::room::code("advice"),
    };
    hub.close_case(&manager, &id, close).await.unwrap();
    room.hours(24 * 300);
    let draft = room.draft(about_mali()).await;
    let me = person("r.adams");
    let found = hub.alike(&me, draft.id).await.unwrap();
    let outcome = |found: &[stile_exchange::hub::desk::Alike]| match &found[0].found {
        AlikeIn::Case(case) => case.outcome.clone(),
        AlikeIn::Draft { .. } => None,
    };
    assert!(outcome(&found).is_some());
    hub.save_draft(&me, Some(draft.id), about_mali(), None)
        .await
        .unwrap();
    room.hours(24 * 13);
    hub.save_draft(&me, Some(draft.id), about_mali(), None)
        .await
        .unwrap();
    for _ in 0..5 {
        room.hours(24 * 13);
        hub.save_draft(&me, Some(draft.id), about_mali(), None)
            .await
            .unwrap();
    }

    let found = hub.alike(&me, draft.id).await.unwrap();

    assert!(found.is_empty());
}

#[tokio::test]
async fn a_slip_of_the_pen_is_shown_as_possible_or_likely_with_its_code() {
    let room = Room::new();
    town(&room).await;
    let id = room.case(about_mali()).await.matter.id;
    let draft = room.draft(referral("Maly", "Testwood", "2018-05-09")).await;

    let found = room.hub.alike(&person("r.adams"), draft.id).await.unwrap();

    assert!(matches!(&found[0].found, AlikeIn::Case(case) if case.case == id));
    let one = &found[0].people[0];
    assert!([Likeness::Likely, Likeness::Possible].contains(&one.likeness));
    let part = one.parts.iter().find(|part| part.part == "forename");
    assert_ne!(part.unwrap().level, "identical");
}

#[tokio::test]
async fn nobody_looks_for_the_people_of_anothers_draft() {
    let room = Room::new();
    let draft = room.draft(about_mali()).await;

    let found = room.hub.alike(&person("r.brown"), draft.id).await;

    assert_eq!(refusal(found), "unknown_draft");
}

/// A referral about a child with this NHS number, or none.
fn numbered(name: (&str, &str), born: &str, number: Option<&str>) -> Referral {
    let mut one = referral(name.0, name.1, born);
    let number = number.map(|value| json!({"scheme": "nhs_number", "value": value}));
    let numbers: Vec<_> = number.into_iter().collect();
    one.subjects[0].identifiers = serde_json::from_value(json!(numbers)).unwrap();
    one
}

#[tokio::test]
async fn the_same_nhs_number_finds_a_child_whose_name_is_spelt_otherwise() {
    let room = Room::new();
    town(&room).await;
    let nhs = Some("943 476 5919");
    let mut moved = numbered(("Mohammed", "Al-Hassan"), "2016-02-03", nhs);
    moved.subjects[0].addresses.clear();
    let open = room.case(moved).await.matter.id;
    // Fits the letters of the draft, and is somebody else.
    let namesake = room.case(referral("Muhamed", "Elhasan", "2003-11-28"));
    namesake.await;
    let draft = numbered(("Muhamed", "Elhasan"), "2016-02-03", nhs);
    let draft = room.draft(draft).await;

    let found = room.hub.alike(&person("r.adams"), draft.id).await.unwrap();

    assert!(
        matches!(&found[0].found, AlikeIn::Case(case) if case.case == open),
        "{found:?}"
    );
    let parts = &found[0].people[0].parts;
    let number = parts.iter().find(|part| part.part == "nhs_number");
    assert!(number.is_some_and(|part| part.level == "same" && part.speaks_for));
    let surname = parts.iter().find(|part| part.part == "surname");
    assert!(surname.is_none_or(|part| part.level != "identical"));
}

#[tokio::test]
async fn a_closed_case_with_the_same_nhs_number_hides_no_open_one_with_slips_and_without_it() {
    let room = Room::new();
    town(&room).await;
    let (hub, manager) = (&room.hub, person("m.clark"));
    let (name, born, nhs) = (("Muhamed", "Elhasan"), "2016-02-03", Some("943 476 5919"));
    let closed = room.case(numbered(name, born, nhs)).await.matter.id;
    let outcome = crate::room::code("advice");
    let close = stile_exchange::retention::Close { outcome };
    hub.close_case(&manager, &closed, close).await.unwrap();
    let other = numbered(("Mohammed", "Elhassan"), "2016-02-04", None);
    let open = room.case(other).await.matter.id;
    let draft = room.draft(numbered(name, born, nhs)).await;

    let found = hub.alike(&person("r.adams"), draft.id).await.unwrap();

    let cases = found.iter().filter_map(|alike| match &alike.found {
        AlikeIn::Case(case) => Some(case.case.clone()),
        AlikeIn::Draft { .. } => None,
    });
    assert_eq!(cases.collect::<Vec<_>>(), [open, closed]);
}
