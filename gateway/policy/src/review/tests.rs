use std::collections::BTreeMap;

use stile_model::code::Priority;
use stile_model::id::Code;

use super::{ApprovalResult, FEW_ENQUIRIES, Log, PastApproval, Review, review};
use crate::past::PastEnquiry;
use crate::replay::replay;
use crate::sample::{RULES, file, past, set, today, vocabulary};
use crate::set::PolicySet;

fn reviewed(past: &[PastEnquiry], approvals: &[PastApproval]) -> Review {
    let log = Log {
        past,
        released: &BTreeMap::from([("A-1".parse().unwrap(), 2)]),
        approvals,
    };
    review(&set(RULES), &file(RULES), vocabulary(), today(), log)
}

fn used<'a>(review: &'a Review, rule: &str) -> &'a super::RuleUse {
    let found = review.rules.iter().find(|one| one.rule.as_str() == rule);
    found.unwrap()
}

#[test]
fn counts_what_each_rule_decided_and_names_those_that_did_nothing() {
    let all = [
        past(1, |_| ()),
        past(2, |past| past.priority = Priority::Green),
    ];

    let review = reviewed(&all, &[]);

    assert_eq!((review.enquiries, review.few), (2, true));
    assert_eq!(used(&review, "A-1").decided, 2);
    assert_eq!(used(&review, "A-1").released, 2);
    assert_eq!(used(&review, "A-2").decided, 1);
    assert_eq!(used(&review, "C-2").decided, 0);
    assert_eq!(used(&review, "X-1").decided, 0);
    let lines = review.lines().join("\n");
    assert!(lines.contains(&format!("under {FEW_ENQUIRIES}")), "{lines}");
    assert!(
        lines.contains("changed nothing (they may still be a backstop): C-2, C-3, X-1."),
        "{lines}"
    );
}

#[test]
fn an_empty_log_says_so_and_suggests_nothing() {
    let review = reviewed(&[], &[]);

    assert!(review.few && review.suggestions.is_empty());
    assert!(review.rules.iter().all(|one| one.decided == 0));
}

#[test]
fn proposes_the_narrower_rule_ready_to_paste() {
    let review = reviewed(&[past(1, |_| ())], &[]);

    let of = |rule: &str| {
        let found = review
            .suggestions
            .iter()
            .find(|one| one.rule.as_str() == rule);
        found.unwrap()
    };
    assert_eq!(
        of("A-2").unseen,
        BTreeMap::from([("priority".to_owned(), vec!["amber".to_owned()])])
    );
    assert_eq!(
        of("A-2").text,
        "[[rule]]\n\
         id = \"A-2\"\n\
         ask = \"police.domestic_incident.summary\"\n\
         as = \"full\"\n\
         approver = \"duty_safeguarding_sergeant\"\n\
         when = { priority = [\"red\"], purpose = [\"s47_enquiry\"], within = \"24 months\" }\n\
         why = \"Children Act 1989 s.47(9)\"\n"
    );
    assert!(
        of("A-3").text.contains("within = \"24 months\""),
        "{}",
        of("A-3").text
    );
    assert!(of("A-3").text.contains("purpose = [\"s47_enquiry\"]"));
    assert!(
        !review
            .suggestions
            .iter()
            .any(|one| one.rule.as_str() == "A-1")
    );
}

/// All suggestions together leave every enquiry of the log as it was: that is what "would have done"
/// means.
#[test]
fn every_suggestion_taken_leaves_the_log_as_it_was() {
    let all = [
        past(1, |_| ()),
        past(2, |past| past.priority = Priority::Green),
        past(3, |past| {
            past.purpose = Code::new("threshold_enquiry").unwrap();
            past.look_back_months = 6;
        }),
        past(4, |past| {
            past.subjects[0].role = Code::new("victim").unwrap();
        }),
    ];
    let review = reviewed(&all, &[]);
    let blocks = RULES.split("[[rule]]").skip(1).map(|block| {
        let suggested = review
            .suggestions
            .iter()
            .find(|one| block.contains(&format!("\"{}\"", one.rule)));
        suggested.map_or_else(|| format!("[[rule]]{block}"), |one| one.text.clone())
    });
    let narrowed: PolicySet = set(&blocks.collect::<String>());
    assert!(!review.suggestions.is_empty());

    let told = replay(&set(RULES), &narrowed, &all, vocabulary(), 10);

    assert_eq!(told.different(), 0, "{:#?}", told.lines());
}

#[test]
fn a_grant_held_back_until_approval_is_not_narrowed_away() {
    let rules = r#"
[[rule]]
id = "S-1"
share = "police.domestic_incident.summary"
as = "full"
when = { purpose = ["s47_enquiry", "marac"], within = "24 months" }
why = "x"

[[rule]]
id = "K-1"
ask_above = "police.domestic_incident.*"
as = "none"
approver = "ig_lead"
why = "x"
"#;
    let (old, all) = (set(rules), [past(1, |_| ())]);
    let log = Log {
        past: &all,
        released: &BTreeMap::new(),
        approvals: &[],
    };

    let review = review(&old, &file(rules), vocabulary(), today(), log);

    assert_eq!(used(&review, "S-1").decided, 1);
    let [one] = &review.suggestions[..] else {
        panic!("{:#?}", review.suggestions);
    };
    assert_eq!(one.rule.as_str(), "S-1");
    assert_eq!(
        one.unseen,
        BTreeMap::from([("purpose".to_owned(), vec!["marac".to_owned()])])
    );
    assert!(
        one.text.contains("purpose = [\"s47_enquiry\"]"),
        "{}",
        one.text
    );
}

/// Past its last day a file lets nothing out; what its rules are needed for is still told.
#[test]
fn a_file_past_its_last_day_is_reviewed_as_of_that_day() {
    let all = [past(1, |_| ())];
    let live = reviewed(&all, &[]);
    let text = format!("until = 2026-11-21\n{}", file(RULES));
    let lapsed = PolicySet::compile("rules.toml", &text, vocabulary()).unwrap();
    let log = Log {
        past: &all,
        released: &BTreeMap::from([("A-1".parse().unwrap(), 2)]),
        approvals: &[],
    };

    let told = review(&lapsed, &text, vocabulary(), today(), log);

    assert_eq!(told, live);
    assert_eq!(used(&told, "A-1").decided, 1);
}

#[test]
fn a_grant_past_its_own_last_day_has_ended_and_is_not_called_unneeded() {
    let ended = RULES.replace("as = \"exact\"\n", "as = \"exact\"\nuntil = 2026-11-21\n");
    assert_ne!(ended, RULES);
    let all = [past(1, |_| ())];
    let log = Log {
        past: &all,
        released: &BTreeMap::new(),
        approvals: &[],
    };

    let told = review(&set(&ended), &file(&ended), vocabulary(), today(), log);

    assert_eq!(used(&told, "A-1").decided, 0);
    assert_eq!(
        used(&told, "A-1").ended,
        Some("2026-11-21".parse().unwrap())
    );
    assert_eq!(used(&told, "A-2").ended, None);
    let lines = told.lines().join("\n");
    assert!(
        lines.contains("Grants that have ended: A-1 (last day 2026-11-21)."),
        "{lines}"
    );
    assert!(
        !lines.contains("Grants that no enquiry needed: A-1"),
        "{lines}"
    );
}

#[test]
fn approvals_are_counted_under_the_rules_that_asked() {
    let all = [past(1, |_| ()), past(2, |_| ())];
    let asked = |n: usize, result| PastApproval {
        enquiry: all[n].id,
        subject: "s1".parse().unwrap(),
        category: "police.domestic_incident".parse().unwrap(),
        result,
    };
    let elsewhere = PastApproval {
        category: "police.conviction".parse().unwrap(),
        ..asked(0, ApprovalResult::Agreed)
    };

    let review = reviewed(
        &all,
        &[
            asked(0, ApprovalResult::Agreed),
            asked(1, ApprovalResult::Refused),
            asked(1, ApprovalResult::Lapsed),
            elsewhere,
        ],
    );

    let one = used(&review, "A-2");
    assert_eq!(
        (one.asked, one.agreed, one.refused, one.lapsed),
        (3, 1, 1, 1)
    );
    assert_eq!(used(&review, "A-1").asked, 0);
    assert!(
        review
            .lines()
            .iter()
            .any(|line| line.starts_with("A-2: approval was asked 3 times: 1 agreed, 1 refused")),
        "{:#?}",
        review.lines()
    );
}
