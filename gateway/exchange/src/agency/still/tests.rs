//! Tests of what became of records while a task waited.

use jiff::civil::date;
use stile_model::code::Rung;
use stile_model::id::SubjectId;

use super::*;

fn allowed(recency: Recency, approved: Rung) -> Allowed {
    Allowed {
        field: "outcome".to_owned(),
        recency,
        auto: Rung::None,
        approved,
    }
}

fn approval(oldest: &[(Recency, Date)]) -> Approval {
    let finding = Finding {
        subject: SubjectId::new("s1").unwrap(),
        category: "police.domestic_incident".parse().unwrap(),
        status: CategoryStatus::NoRecord,
        items: Vec::new(),
        withheld: Vec::new(),
        referred: None,
        capped: false,
    };
    Approval {
        fields: vec!["outcome".to_owned()],
        roles: Vec::new(),
        any_of: false,
        agreed_by: std::collections::BTreeMap::new(),
        allowed: vec![
            allowed(Recency::To3m, Rung::Detail),
            allowed(Recency::To6m, Rung::Headline),
            allowed(Recency::To12m, Rung::None),
        ],
        grounds: Vec::new(),
        oldest: oldest.iter().copied().collect(),
        if_agreed: finding.clone(),
        if_refused: finding.clone(),
        if_lapsed: finding,
    }
}

#[test]
fn what_no_record_grew_out_of_is_held_against_the_rules_of_its_own_age() {
    let asked = approval(&[(Recency::To3m, date(2026, 8, 22))]);

    assert_eq!(asked.allowed_on(date(2026, 11, 22)), asked.allowed);
    assert_eq!(approval(&[]).allowed_on(date(2028, 1, 1)), asked.allowed);
}

#[test]
fn what_a_record_grew_out_of_is_held_against_the_rules_of_every_age_it_came_to() {
    let asked = approval(&[(Recency::To3m, date(2026, 8, 22))]);
    let since = |today| asked.allowed_on(today).split_off(asked.allowed.len());

    assert_eq!(
        since(date(2026, 11, 23)),
        [allowed(Recency::To6m, Rung::Detail)]
    );
    assert_eq!(
        since(date(2027, 3, 1)),
        [
            allowed(Recency::To6m, Rung::Detail),
            allowed(Recency::To12m, Rung::Detail)
        ]
    );
}

#[test]
fn an_event_that_was_to_come_is_recent_once_it_came_and_an_unknown_one_stays_unknown() {
    let ages = |then, now| passed(then, now).collect::<Vec<_>>();

    assert_eq!(ages(Recency::Unknown, Recency::To3m), [Recency::To3m]);
    assert_eq!(ages(Recency::Unknown, Recency::Unknown), []);
    assert_eq!(ages(Recency::To3m, Recency::To3m), []);
    assert_eq!(ages(Recency::To120m, Recency::Older), [Recency::Older]);
}
