//! Drafts: saved, taken up again, gone; and what becomes of them.

use stile_exchange::hub::desk::{Prompt, QueueFilter, Referral};
use stile_ledger::EntryKind;

use crate::room::{Room, about_mali, code, number, person, referral, refusal, user};

#[tokio::test]
async fn an_empty_form_is_saved_and_only_prompted_for() {
    let room = Room::new();

    let draft = room.draft(Referral::default()).await;

    assert!(draft.prompts.contains(&Prompt::ConcernMissing));
    let again = room.hub.draft(&person("r.adams"), draft.id).unwrap();
    assert_eq!(again.referral, Referral::default());
}

#[tokio::test]
async fn what_is_typed_is_kept_at_every_step_and_collected_once() {
    let room = Room::new();
    let (hub, me) = (&room.hub, person("r.adams"));
    let first = room.draft(Referral::default()).await;
    let before = room.size();

    let step = Some(code("people"));
    let saved = hub
        .save_draft(&me, Some(first.id), about_mali(), step.clone())
        .await;
    let saved = saved.unwrap();

    assert_eq!(saved.id, first.id);
    assert_eq!(hub.draft(&me, first.id).unwrap().referral, about_mali());
    assert_eq!(hub.draft(&me, first.id).unwrap().step, step);
    assert_eq!(room.entries(before), []);
    let lines = hub.drafts(&me).unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].subject.as_ref().unwrap().reveal(), "Mali Testwood");
    assert_eq!(
        room.entries(0),
        [(EntryKind::ContactTaken, Some("draft_begun".to_owned()))]
    );
}

#[tokio::test]
async fn a_draft_belongs_to_whoever_wrote_it() {
    let room = Room::new();
    let draft = room.draft(about_mali()).await;
    let other = person("r.brown");

    assert_eq!(refusal(room.hub.draft(&other, draft.id)), "unknown_draft");
    assert!(room.hub.drafts(&other).unwrap().is_empty());
    let saved = room
        .hub
        .save_draft(&other, Some(draft.id), about_mali(), None)
        .await;
    assert_eq!(refusal(saved), "unknown_draft");
    let thrown = room.hub.discard_draft(&other, draft.id).await;
    assert_eq!(refusal(thrown), "unknown_draft");
    let submitted = room.hub.submit_draft(&other, draft.id, None).await;
    assert_eq!(refusal(submitted), "unknown_draft");
}

#[tokio::test]
async fn a_draft_lapses_and_its_row_goes() {
    let room = Room::new();
    let draft = room.draft(about_mali()).await;
    room.hours(14 * 24 - 1);
    assert_eq!(room.hub.lapse_drafts().await.unwrap(), 0);

    room.hours(2);

    let read = room.hub.draft(&person("r.adams"), draft.id);
    assert_eq!(refusal(read), "unknown_draft");
    assert!(room.hub.drafts(&person("r.adams")).unwrap().is_empty());
    assert_eq!(room.hub.lapse_drafts().await.unwrap(), 1);
    assert_eq!(room.hub.lapse_drafts().await.unwrap(), 0);
}

#[tokio::test]
async fn a_discarded_draft_cannot_be_read_or_submitted() {
    let room = Room::new();
    let (hub, me) = (&room.hub, person("r.adams"));
    let draft = room.draft(about_mali()).await;

    hub.discard_draft(&me, draft.id).await.unwrap();

    assert_eq!(refusal(hub.draft(&me, draft.id)), "unknown_draft");
    let submitted = hub.submit_draft(&me, draft.id, None).await;
    assert_eq!(refusal(submitted), "unknown_draft");
}

#[tokio::test]
async fn a_text_that_is_too_long_is_refused_and_never_repeated() {
    let room = Room::new();
    let mut long = about_mali();
    long.concern = "x".repeat(8_001).as_str().into();

    let saved = room
        .hub
        .save_draft(&person("r.adams"), None, long, None)
        .await;

    let problem = saved.unwrap_err().problem();
    assert_eq!(problem.code(), "out_of_bounds");
    assert!(problem.title.contains("`concern`") && !problem.title.contains("xx"));
}

#[tokio::test]
async fn nobody_keeps_more_than_fifty_drafts() {
    let room = Room::new();
    for _ in 0..50 {
        room.draft(Referral::default()).await;
    }

    let saved = room
        .hub
        .save_draft(&person("r.adams"), None, about_mali(), None)
        .await;

    assert_eq!(refusal(saved), "out_of_bounds");
}

#[tokio::test]
async fn a_submitted_draft_is_a_case_with_its_clock_running_from_receipt() {
    let room = Room::new();
    let mut early = about_mali();
    early.received = Some(room.now().plus_s(-3_600));
    let before = room.size();

    let case = room.case(early.clone()).await;

    assert_eq!(case.matter.id, number("MASH-2026-00001"));
    assert_eq!(case.opened, room.now().plus_s(-3_600));
    assert_eq!(case.due, Some(room.now().plus_s(3 * 3_600)));
    assert!(room.hub.drafts(&person("r.adams")).unwrap().is_empty());
    assert_eq!(
        room.entries(before + 1),
        [
            (
                EntryKind::CaseOpened,
                Some("would_prejudice_protection".to_owned())
            ),
            (EntryKind::ContactTaken, Some("with_case".to_owned())),
        ]
    );
    let page = room
        .hub
        .case_page(&person("r.adams"), &case.matter.id)
        .await;
    let page = page.unwrap();
    assert_eq!(page.referrals.len(), 1);
    assert_eq!(page.referrals[0].referral, early);
    assert_eq!(page.referrals[0].taken_by, user("r.adams"));
}

#[tokio::test]
async fn numbers_go_on_and_pass_over_those_that_are_taken() {
    let room = Room::new();
    let first = room.case(about_mali()).await;
    let draft = room.draft(about_mali()).await;
    let second = Some(number("MASH-2026-00002"));
    let given = room
        .hub
        .submit_draft(&person("r.adams"), draft.id, second)
        .await;
    given.unwrap();

    let third = room.case(about_mali()).await;

    assert_eq!(first.matter.id.as_str(), "MASH-2026-00001");
    assert_eq!(third.matter.id.as_str(), "MASH-2026-00003");
}

#[tokio::test]
async fn what_a_case_cannot_do_without_is_named_and_the_draft_stays() {
    let room = Room::new();
    let (hub, me) = (&room.hub, person("r.adams"));
    let mut part = about_mali();
    part.purpose = None;
    part.subjects.clear();
    let draft = room.draft(part).await;

    let problem = hub.submit_draft(&me, draft.id, None).await.unwrap_err();

    let problem = problem.problem();
    assert_eq!(problem.code(), "referral_incomplete");
    assert!(problem.title.contains("`purpose`, `subjects`"));
    hub.draft(&me, draft.id).unwrap();
}

#[tokio::test]
async fn a_number_that_is_taken_or_reserved_is_refused_and_the_draft_stays() {
    let room = Room::new();
    let (hub, me) = (&room.hub, person("r.adams"));
    let case = room.case(about_mali()).await;
    let draft = room.draft(referral("Owen", "Other", "2015-01-02")).await;

    let taken = hub.submit_draft(&me, draft.id, Some(case.matter.id)).await;
    let reserved = hub
        .submit_draft(&me, draft.id, Some(number("DRAFT-1")))
        .await;
    let reserved = reserved;

    assert_eq!(refusal(taken), "case_exists");
    assert_eq!(refusal(reserved), "out_of_bounds");
    hub.draft(&me, draft.id).unwrap();
}

#[tokio::test]
async fn a_receipt_ahead_of_the_clock_or_long_ago_is_refused() {
    let room = Room::new();
    for shift in [3_600, -15 * 86_400] {
        let mut wrong = about_mali();
        wrong.received = Some(room.now().plus_s(shift));
        let draft = room.draft(wrong).await;

        let submitted = room
            .hub
            .submit_draft(&person("r.adams"), draft.id, None)
            .await;

        assert_eq!(refusal(submitted), "out_of_bounds");
    }
}

#[tokio::test]
async fn a_further_contact_is_added_to_the_case_and_opens_no_other() {
    let room = Room::new();
    let (hub, me) = (&room.hub, person("r.adams"));
    let case = room.case(about_mali()).await;
    let again = room.draft(referral("Mali", "Testwood", "2018-05-09")).await;

    let added = hub.add_to_case(&me, again.id, &case.matter.id).await;

    assert_eq!(added.unwrap(), 1);
    let page = hub.case_page(&me, &case.matter.id).await.unwrap();
    assert_eq!(page.referrals.len(), 2);
    assert_eq!(page.case.matter.subjects, case.matter.subjects);
    let queue = hub.queue(&me, &QueueFilter::default()).await.unwrap();
    assert_eq!(queue.counts.all, 1);
}

#[tokio::test]
async fn advice_is_kept_as_a_case_that_is_closed_as_it_is_opened() {
    let room = Room::new();
    let (hub, me) = (&room.hub, person("r.adams"));
    let mut asked = about_mali();
    asked.kind = Some(code("advice"));
    asked.priority = Some("blue".parse().unwrap());
    asked.purpose = Some(code("early_help"));
    let draft = room.draft(asked).await;

    let case = hub.record_contact(&me, draft.id, &code("advice")).await;
    let case = case.unwrap();

    let page = hub.case_page(&me, &case.matter.id).await.unwrap();
    assert_eq!(page.outcome.unwrap().outcome, code("advice"));
    let queue = hub.queue(&me, &QueueFilter::default()).await.unwrap();
    assert_eq!(queue.counts.all, 0);
    let draft = room.draft(about_mali()).await;
    let added = hub.add_to_case(&me, draft.id, &case.matter.id).await;
    assert_eq!(refusal(added), "case_closed");
    let unknown = hub.record_contact(&me, draft.id, &code("made_up")).await;
    assert_eq!(refusal(unknown), "unknown_word");
}

#[tokio::test]
async fn a_draft_that_is_submitted_twice_at_once_opens_one_case() {
    let room = Room::new();
    let (hub, me) = (&room.hub, person("r.adams"));
    let beside = room.beside();
    let draft = room.draft(about_mali()).await.id;

    let (one, other) = tokio::join!(
        hub.submit_draft(&me, draft, None),
        beside.submit_draft(&me, draft, None),
    );

    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.matter.id, other.matter.id);
    let later = hub.submit_draft(&me, draft, None).await.unwrap();
    assert_eq!(later.matter.id, one.matter.id);
    let queue = hub.queue(&me, &QueueFilter::default()).await.unwrap();
    assert_eq!(queue.counts.all, 1);
    let theirs = hub.submit_draft(&person("r.brown"), draft, None).await;
    assert_eq!(refusal(theirs), "unknown_draft");
}

#[tokio::test]
async fn a_draft_that_is_submitted_and_added_at_once_becomes_one_of_the_two() {
    let room = Room::new();
    let (hub, me) = (&room.hub, person("r.adams"));
    let case = room.case(referral("Owen", "Other", "2015-01-02")).await;
    let draft = room.draft(about_mali()).await.id;

    let (opened, added) = tokio::join!(
        hub.submit_draft(&me, draft, None),
        hub.add_to_case(&me, draft, &case.matter.id),
    );

    assert_ne!(opened.is_ok(), added.is_ok());
    let page = hub.case_page(&me, &case.matter.id).await.unwrap();
    let queue = hub.queue(&me, &QueueFilter::default()).await.unwrap();
    assert_eq!(queue.counts.all + page.referrals.len(), 3);
}

#[tokio::test]
async fn a_draft_that_is_saved_while_it_is_submitted_does_not_come_back() {
    let room = Room::new();
    let (hub, me) = (&room.hub, person("r.adams"));
    let draft = room.draft(about_mali()).await.id;

    let (opened, _) = tokio::join!(
        hub.submit_draft(&me, draft, None),
        hub.save_draft(&me, Some(draft), about_mali(), None),
    );

    opened.unwrap();
    assert!(hub.drafts(&me).unwrap().is_empty());
    let saved = hub.save_draft(&me, Some(draft), about_mali(), None).await;
    assert_eq!(refusal(saved), "unknown_draft");
}
