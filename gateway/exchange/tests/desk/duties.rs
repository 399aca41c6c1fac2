//! Every method of the desk against every duty: who may not is refused, whatever else is wrong.

use stile_exchange::error::ExchangeError;
use stile_exchange::hub::desk::{
    ChangeConsent, ChangePriority, Decide, Escalate, Every, Period, QueueFilter, Referral, Seen,
};
use stile_model::enquiry::Consent;

use crate::room::{Room, STAFF, about_mali, code, number, person, user};

const CASES: &[&str] = &["researcher", "hub_manager", "decision_maker"];
const RESEARCH: &[&str] = &["researcher"];
const LEAD: &[&str] = &["hub_manager", "decision_maker"];

/// Is the refusal that of a missing duty?
fn barred<T>(result: Result<T, ExchangeError>) -> bool {
    result.is_err_and(|error| error.problem().code() == "role_missing")
}

/// Method, the duties that may call it, and whether this person was barred.
type Tried = (&'static str, &'static [&'static str], bool);

fn hold(duty: &str, tried: Vec<Tried>) {
    for (method, allowed, barred) in tried {
        assert_eq!(barred, !allowed.contains(&duty), "{method} by {duty}");
    }
}

#[tokio::test]
async fn cases_are_read_by_those_who_work_on_them_and_counted_by_those_who_lead() {
    let room = Room::new();
    let hub = &room.hub;
    let id = number("MASH-2026-09999");
    let period = Period::of(Every::Month, jiff::civil::date(2026, 1, 1));
    for (name, duty) in STAFF {
        let who = person(name);
        let page = barred(hub.case_page(&who, &id).await);
        let timeline = barred(hub.timeline(&who, &id, None).await);
        let queue = barred(hub.queue(&who, &QueueFilter::default()).await);
        let preview = barred(hub.preview(&who, &code("s47_enquiry")));
        let figures = barred(hub.figures(&who, period).await);
        let periods = barred(hub.periods(&who));
        let colleagues = barred(hub.colleagues(&who));
        let csv = barred(hub.figures_csv(&who, period).await);
        hold(
            duty,
            vec![
                ("case_page", CASES, page),
                ("timeline", CASES, timeline),
                ("queue", CASES, queue),
                ("preview", CASES, preview),
                ("figures", LEAD, figures),
                ("figures_csv", LEAD, csv),
                ("periods", LEAD, periods),
                ("colleagues", &["hub_manager"], colleagues),
            ],
        );
    }
}

#[tokio::test]
async fn cases_are_changed_by_those_whose_duty_it_is() {
    let room = Room::new();
    let hub = &room.hub;
    let id = number("MASH-2026-09999");
    let change = ChangePriority {
        to: "red".parse().unwrap(),
        reason: code("risk_higher"),
        why: "There is new information.".into(),
    };
    let escalate = Escalate {
        agency: None,
        to: "Duty manager".into(),
        reason: code("no_answer"),
        note: "Nobody has answered yet.".into(),
    };
    let decide = Decide {
        outcome: code("advice"),
        reasoning: "Nothing more is needed at this time.".into(),
        actions: Vec::new(),
    };
    let consent = ChangeConsent {
        to: Consent {
            state: "given".parse().unwrap(),
            override_reason: None,
            parents_informed: None,
        },
        why: "The mother said so today.".into(),
    };
    for (name, duty) in STAFF {
        let who = person(name);
        let told = barred(hub.feedback(&who, &id, 0).await);
        let sent = barred(hub.feedback_sent(&who, &id, 0, Seen(1)).await);
        let escalated = barred(hub.escalate(&who, &id, &escalate).await);
        let rated = barred(hub.change_priority(&who, &id, &change, Seen(1)).await);
        let closed = barred(hub.close_decided(&who, &id, Seen(1)).await);
        let ended = barred(hub.decide_case(&who, &id, &decide, Seen(1)).await);
        let read = barred(hub.read_contact(&who, &id, 1).await);
        let agreed = barred(hub.change_consent(&who, &id, &consent, Seen(1)).await);
        let taken = barred(hub.take_case(&who, &id).await);
        let given = barred(hub.allocate(&who, &id, &user("somebody"), Seen(1)).await);
        hold(
            duty,
            vec![
                ("feedback", CASES, told),
                ("feedback_sent", CASES, sent),
                ("escalate", CASES, escalated),
                ("change_priority", LEAD, rated),
                ("close_decided", LEAD, closed),
                ("decide_case", &["decision_maker"], ended),
                ("read_contact", CASES, read),
                ("change_consent", CASES, agreed),
                ("take", RESEARCH, taken),
                ("allocate", &["hub_manager"], given),
            ],
        );
    }
}

#[tokio::test]
async fn referrals_are_taken_down_by_researchers() {
    let room = Room::new();
    let hub = &room.hub;
    let id = number("MASH-2026-09999");
    let draft = room.draft(about_mali()).await.id;
    for (name, duty) in STAFF {
        let who = person(name);
        let saved = barred(hub.save_draft(&who, None, Referral::default(), None).await);
        let listed = barred(hub.drafts(&who));
        let read = barred(hub.draft(&who, draft));
        let alike = barred(hub.alike(&who, draft).await);
        let number = Some(number("DRAFT-X"));
        let submitted = barred(hub.submit_draft(&who, draft, number).await);
        let added = barred(hub.add_to_case(&who, draft, &id).await);
        let contact = barred(hub.record_contact(&who, draft, &code("made_up")).await);
        hold(
            duty,
            vec![
                ("save_draft", RESEARCH, saved),
                ("drafts", RESEARCH, listed),
                ("draft", RESEARCH, read),
                ("alike", RESEARCH, alike),
                ("submit_draft", RESEARCH, submitted),
                ("add_to_case", RESEARCH, added),
                ("record_contact", RESEARCH, contact),
            ],
        );
    }
    for (name, duty) in STAFF {
        let thrown = barred(hub.discard_draft(&person(name), draft).await);
        hold(duty, vec![("discard_draft", RESEARCH, thrown)]);
    }
}
