//! What a person is told of the disclosures about them, and what is lawfully left out.

use super::*;

/// The account of the person of the red case about whom something was released.
async fn account(desk: &Caller) -> Account {
    let ask = json!({ "reason": "access_request", "person": papers_of("red", 4) });
    post(desk, "/api/v1/ledger/subject", &ask).await
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_a_person_what_was_disclosed_and_the_same_words_whether_or_not_something_is_left_out()
{
    let mut lab = asked().await;
    let desk = lab.person(&police(), AUDITOR);

    let whole = account(&desk).await;
    assert_eq!(whole.disclosures.len(), 1, "{whole:?}");
    let told = &whole.disclosures[0];
    assert!(told.in_letter && !told.categories.is_empty());
    let letter = whole.letter.reveal();
    assert!(letter.contains("Riverside Multi-Agency Safeguarding Hub"));
    assert!(letter.contains(&told.categories[0].title));
    // Neither the other people of the case, nor staff, nor the case.
    for subject in &tale("red").subjects {
        for name in &subject.names {
            assert!(!letter.contains(name.surname.reveal().as_str()));
        }
    }
    for word in [CASE, APPROVER, AUDITOR, RESEARCHER] {
        assert!(!letter.contains(word), "{word}");
    }

    // Of whom nothing was released, nothing is told.
    let mut untold = 0;
    for place in 0..tale("red").subjects.len() {
        let ask = json!({ "reason": "access_request", "person": papers_of("red", place) });
        let account: Account = post(&desk, "/api/v1/ledger/subject", &ask).await;
        for one in &account.disclosures {
            assert_eq!(one.in_letter, !one.categories.is_empty(), "{one:?}");
        }
        let mut disclosed = account.disclosures.iter();
        untold += usize::from(disclosed.all(|one| one.categories.is_empty()));
    }
    assert!(untold > 0, "something was released of everybody");

    // Nobody of this name was ever asked about.
    let stranger = json!({ "reason": "access_request", "person":
        { "forenames": "Nobody", "surname": "Atall", "born": "1999-01-01" } });
    let nothing: Account = post(&desk, "/api/v1/ledger/subject", &stranger).await;
    assert!(nothing.disclosures.is_empty());

    let until = lab.time.clock().now().plus_s(2 * 86_400).date();
    let at = format!("/api/v1/ledger/entries/{}/deferral", told.index);
    let _: Value = post(&desk, &at, &json!({ "ground": "crime", "until": until })).await;
    let deferred = account(&desk).await;
    assert!(
        !deferred.disclosures[0].in_letter,
        "the officer still sees it"
    );
    assert_eq!(
        deferred.letter, nothing.letter,
        "a letter tells that something is left out"
    );

    let _: Value = post(&desk, &at, &json!({ "ground": "crime" })).await;
    assert_eq!(account(&desk).await.letter, whole.letter);
    let _: Value = post(&desk, &at, &json!({ "ground": "crime", "until": until })).await;
    lab.time.advance_s(3 * 86_400);
    assert!(
        account(&desk).await.disclosures[0].in_letter,
        "a deferral ends by itself"
    );
    assert_eq!(count(&lab.entries(&police()), EntryKind::Deferral), 3);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_deferral_of_anything_else_on_any_other_ground_or_for_too_long() {
    let mut lab = asked().await;
    let desk = lab.person(&hub(), AUDITOR);
    let now = lab.time.clock().now();
    let sent = search(&desk, json!({ "kinds": ["enquiry_sent"] }))
        .await
        .entries[0]
        .index;
    let day = |days: i64| now.plus_s(days * 86_400).date();
    for (index, ask, code) in [
        (
            0,
            json!({ "ground": "crime", "until": day(1) }),
            "not_a_disclosure",
        ),
        (
            sent,
            json!({ "ground": "inconvenient", "until": day(1) }),
            "unknown_ground",
        ),
        (
            sent,
            json!({ "ground": "crime", "until": day(400) }),
            "out_of_bounds",
        ),
        (
            sent,
            json!({ "ground": "crime", "until": day(-2) }),
            "out_of_bounds",
        ),
        (
            999_999,
            json!({ "ground": "crime", "until": day(1) }),
            "unknown_entry",
        ),
    ] {
        let path = format!("/api/v1/ledger/entries/{index}/deferral");
        let reply = desk.post(&path, &ask).await.unwrap();
        assert_eq!(problem(&reply).code(), code, "{ask}");
    }
    assert_eq!(count(&lab.entries(&hub()), EntryKind::Deferral), 0);
    lab.stop().await;
}
