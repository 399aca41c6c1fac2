//! What analyses say of rules written for the purpose.

use stile_model::code::Rung;

use super::*;
use crate::finding::{Finding, Severity};

fn grant(id: &str, target: &str, rest: &str) -> String {
    format!("[[rule]]\nid = \"{id}\"\n{target}\n{rest}\nwhy = \"x\"\n")
}

const SUMMARY: &str = "share = \"police.domestic_incident.summary\"";
const ALWAYS: &str = "when = { within = \"24 months\" }";

fn found(rules: &str) -> Vec<Finding> {
    analyse(&set(rules), vocabulary(), today()).findings
}

fn of<'a>(findings: &'a [Finding], code: &str) -> &'a Finding {
    findings
        .iter()
        .find(|finding| finding.code == code)
        .unwrap_or_else(|| panic!("no `{code}` among {findings:#?}"))
}

#[test]
fn a_promise_that_a_limit_prevents_names_the_limit() {
    let rules = [
        grant(
            "MARAC-02",
            "ask = \"police.domestic_incident.victim_name\"",
            "as = \"detail\"\napprover = \"ig_lead\"\nwhen = { within = \"24 months\" }",
        ),
        grant(
            "THIRD-01",
            "never_above = \"police.*\"",
            "as = \"headline\"\nof = \"third_party\"",
        ),
    ];

    let findings = found(&rules.concat());

    let finding = of(&findings, "promise_prevented");
    assert_eq!(
        finding.message,
        "`MARAC-02` promises `detail` but can never give more than `headline`, because of \
         `THIRD-01`; write `as` no higher than that, or change the limit"
    );
    assert_eq!(finding.severity, Severity::Warning);
    let ids: Vec<String> = finding.rules.iter().map(ToString::to_string).collect();
    assert_eq!(ids, ["MARAC-02", "THIRD-01"]);
}

#[test]
fn a_grant_held_to_nothing_is_dead() {
    let rules = [
        grant("A-1", SUMMARY, &format!("as = \"summary\"\n{ALWAYS}")),
        grant("N-1", "never_above = \"police.*\"", "as = \"none\""),
    ];

    let findings = found(&rules.concat());

    assert!(
        of(&findings, "dead_grant")
            .message
            .contains("because of `N-1`")
    );
    assert!(
        findings
            .iter()
            .all(|finding| finding.code != "redundant_rule")
    );
}

#[test]
fn a_grant_that_others_exceed_is_redundant_and_a_limit_without_effect_a_backstop() {
    let rules = [
        grant(
            "A-1",
            SUMMARY,
            "as = \"headline\"\nwhen = { purpose = \"s47_enquiry\", within = \"12 months\" }",
        ),
        grant("A-2", SUMMARY, &format!("as = \"summary\"\n{ALWAYS}")),
        grant(
            "K-1",
            "never_above = \"police.domestic_incident.*\"",
            "as = \"summary\"",
        ),
    ];

    let findings = found(&rules.concat());

    let redundant = of(&findings, "redundant_rule");
    assert!(
        redundant
            .message
            .starts_with("`A-1` never changes what is disclosed: `A-2` already"),
        "{}",
        redundant.message
    );
    assert_eq!(
        findings
            .iter()
            .filter(|finding| finding.code == "redundant_rule")
            .count(),
        1
    );
    assert_eq!(of(&findings, "only_the_reason").rules[0].as_str(), "K-1");
    let twice = [rules.concat(), rules[2].replace("K-1", "K-2")];
    assert_eq!(
        of(&found(&twice.concat()), "backstop_cap").severity,
        Severity::Note
    );
}

#[test]
fn an_ask_below_what_is_shared_never_asks() {
    let rules = [
        grant(
            "A-1",
            "ask = \"police.domestic_incident.summary\"",
            &format!("as = \"headline\"\napprover = \"ig_lead\"\n{ALWAYS}"),
        ),
        grant("A-2", SUMMARY, &format!("as = \"detail\"\n{ALWAYS}")),
    ];

    let findings = found(&rules.concat());

    assert_eq!(of(&findings, "never_asks").rules[0].as_str(), "A-1");
    assert!(
        of(&findings, "approver_never_asked")
            .message
            .starts_with("the information governance lead is never asked")
    );
}

#[test]
fn a_share_that_waits_for_somebody_everywhere_says_for_whom() {
    let rules = [
        grant("A-1", SUMMARY, &format!("as = \"detail\"\n{ALWAYS}")),
        grant(
            "P-1",
            "ask_above = \"police.*\"",
            "as = \"known\"\napprover = \"ig_lead\"",
        ),
    ];

    let findings = found(&rules.concat());

    assert!(
        of(&findings, "never_at_once")
            .message
            .ends_with("because of `P-1`")
    );
}

#[test]
fn a_rule_that_matters_only_once_another_lapses_is_not_redundant() {
    let rules = [
        grant(
            "A-1",
            SUMMARY,
            &format!("as = \"detail\"\nuntil = 2026-12-31\n{ALWAYS}"),
        ),
        grant("A-2", SUMMARY, &format!("as = \"summary\"\n{ALWAYS}")),
    ];

    assert!(
        found(&rules.concat())
            .iter()
            .all(|finding| finding.code != "redundant_rule")
    );
}

#[test]
fn fields_that_no_rule_names_are_listed_and_barred_ones_are_not() {
    let findings = found(&grant(
        "A-1",
        SUMMARY,
        &format!("as = \"detail\"\n{ALWAYS}"),
    ));

    let silent = &of(&findings, "field_without_rule").message;
    assert!(
        silent.contains("`police.conviction` (date, offence, disposal, court)"),
        "{silent}"
    );
    assert!(
        !silent.contains("domestic_incident` (date, summary"),
        "{silent}"
    );
}

#[test]
fn a_wide_grant_for_every_purpose_is_broad_with_its_share() {
    let findings = found(&grant(
        "A-1",
        "share = \"police.domestic_incident.*\"",
        &format!("as = \"headline\"\n{ALWAYS}"),
    ));

    let broad = of(&findings, "broad_grant");
    assert!(
        broad.message.contains("for every purpose, 1"),
        "{}",
        broad.message
    );
}

#[test]
fn a_seal_under_another_is_a_note() {
    let rules = [
        grant("X-1", "seal = \"police.live_investigation.*\"", ""),
        grant("X-2", "seal = \"police.live_investigation.summary\"", ""),
    ];

    assert_eq!(
        of(&found(&rules.concat()), "seal_shadowed").rules[0].as_str(),
        "X-2"
    );
}

#[test]
fn a_narrower_purpose_is_told_as_less_with_its_words() {
    let rule = |purposes: &str| {
        set(&grant(
            "A-1",
            SUMMARY,
            &format!(
                "as = \"redacted\"\nwhen = {{ purpose = {purposes}, priority = [\"red\", \"amber\"], within = \"24 months\" }}"
            ),
        ))
    };
    let old = rule("[\"s47_enquiry\", \"early_help\"]");
    let new = rule("[\"s47_enquiry\"]");

    let diff = diff(&old, &new, vocabulary(), today());

    assert_eq!(diff.effect(), Effect::Less);
    let texts: Vec<&str> = diff
        .changes
        .iter()
        .map(|change| change.text.as_str())
        .collect();
    assert_eq!(
        texts[0],
        "what happened (domestic abuse incidents), for early help, rated amber or red, from the last \
         24 months: was the text with names and places redacted; becomes nothing (A-1)"
    );
    assert_eq!(diff.rules.len(), 1);
    assert_eq!(diff.rules[0].fate, Fate::Changed);
    assert!(diff.rules[0].matters);
}

#[test]
fn a_later_last_day_is_more_from_the_day_the_rule_would_have_ended() {
    let rule = |until: &str| {
        set(&grant(
            "A-1",
            SUMMARY,
            &format!("as = \"detail\"\nuntil = {until}\n{ALWAYS}"),
        ))
    };

    let diff = diff(
        &rule("2026-12-31"),
        &rule("2027-03-31"),
        vocabulary(),
        today(),
    );

    assert_eq!(diff.effect(), Effect::More);
    let more = &diff.changes[0];
    assert!(
        more.text
            .contains("from 2027-01-01 until 2027-03-31: was nothing; becomes it as held"),
        "{}",
        more.text
    );
    assert_eq!(more.when.last().unwrap().words, ["2027-01-01"]);
}

#[test]
fn a_later_last_day_of_the_file_is_more_and_nothing_else_differs() {
    let file = |until: &str| {
        let text = format!(
            "agency = \"police\"\nvocabulary = \"1\"\nuntil = {until}\n{}",
            grant("A-1", SUMMARY, &format!("as = \"detail\"\n{ALWAYS}"))
        );
        PolicySet::compile("rules.toml", &text, vocabulary()).unwrap()
    };

    let diff = diff(
        &file("2026-12-31"),
        &file("2027-12-31"),
        vocabulary(),
        today(),
    );

    assert_eq!(diff.effect(), Effect::More);
    assert!(diff.changes.is_empty());
    assert_eq!(
        diff.settings[0].text,
        "the last day on which anything is shared: 2027-12-31 instead of 2026-12-31"
    );
}

#[test]
fn words_alone_are_the_same() {
    let old = set(&grant(
        "A-1",
        SUMMARY,
        &format!("as = \"detail\"\n{ALWAYS}"),
    ));
    let new = set(&grant(
        "A-1",
        SUMMARY,
        &format!("as = \"detail\"\nowner = \"MASH manager\"\n{ALWAYS}"),
    ));

    let diff = diff(&old, &new, vocabulary(), today());

    assert_eq!(
        (diff.effect(), diff.rules[0].fate, diff.rules[0].matters),
        (Effect::Same, Fate::Reworded, false)
    );
}

#[test]
fn who_can_see_a_field_is_told_in_an_officers_words() {
    let rules = [
        grant(
            "A-1",
            "ask = \"police.domestic_incident.summary\"",
            "as = \"full\"\napprover = \"duty_safeguarding_sergeant\"\nwhen = { purpose = \"s47_enquiry\", priority = [\"red\", \"amber\"], subject = \"child\", requester = \"researcher\", within = \"24 months\" }",
        ),
        grant("X-1", "seal = \"police.live_investigation.*\"", ""),
    ];
    let policy = set(&rules.concat());
    let field = "police.domestic_incident.summary".parse().unwrap();

    let who = who_can(&policy, vocabulary(), &field, Rung::Summary, today()).unwrap();

    assert_eq!(who.access.len(), 1);
    assert_eq!(
        who.access[0].text,
        "for section 47 enquiry, rated amber or red, about a child, from the last 24 months, asked \
         by a hub researcher: it as held once the duty safeguarding sergeant agrees"
    );
    let hidden = "police.live_investigation.summary".parse().unwrap();
    let nobody = who_can(&policy, vocabulary(), &hidden, Rung::Known, today()).unwrap();
    assert!(nobody.access.is_empty() && nobody.text.starts_with("nobody: "));
    assert!(
        who_can(
            &policy,
            vocabulary(),
            &"health.no.such".parse().unwrap(),
            Rung::Known,
            today()
        )
        .is_none()
    );
}

#[test]
fn closing_a_category_is_less_and_opening_it_more() {
    let file = |closed: &str| {
        let text = format!(
            "agency = \"police\"\nvocabulary = \"1\"\n{closed}{}",
            grant("A-1", SUMMARY, &format!("as = \"detail\"\n{ALWAYS}"))
        );
        PolicySet::compile("rules.toml", &text, vocabulary()).unwrap()
    };
    let (open, closed) = (file(""), file("closed = [\"police.intelligence\"]\n"));

    let closing = diff(&open, &closed, vocabulary(), today());

    assert_eq!(closing.effect(), Effect::Less);
    assert!(
        closing.settings[0]
            .text
            .starts_with("`police.intelligence` is closed")
    );
    assert_eq!(
        diff(&closed, &open, vocabulary(), today()).effect(),
        Effect::More
    );
}

#[test]
fn a_long_list_is_told_by_what_it_leaves_out() {
    let rules = [
        grant("A-1", SUMMARY, &format!("as = \"summary\"\n{ALWAYS}")),
        grant(
            "K-1",
            "never_above = \"police.*\"",
            "as = \"none\"\nwhen = { subject = \"victim\" }",
        ),
    ];
    let field = "police.domestic_incident.summary".parse().unwrap();

    let who = who_can(
        &set(&rules.concat()),
        vocabulary(),
        &field,
        Rung::Known,
        today(),
    )
    .unwrap();

    assert_eq!(
        who.access[0].text,
        "whenever the person's role is known, except a victim, from the last 24 months: the text \
         with names and places redacted"
    );
}

#[test]
fn a_rule_that_never_asks_but_sets_the_hours_of_an_approver_says_so() {
    let asks = |id: &str, rung: &str, hours: &str| {
        let rest = format!("as = \"{rung}\"\napprover = \"ig_lead\"\n{hours}{ALWAYS}");
        grant(id, "ask = \"police.domestic_incident.summary\"", &rest)
    };
    let free = grant("A-2", SUMMARY, &format!("as = \"headline\"\n{ALWAYS}"));
    let short = [
        asks("A-1", "known", "approval_hours = 4\n"),
        free.clone(),
        asks("A-3", "detail", ""),
    ];
    let same = [asks("A-1", "known", ""), free, asks("A-3", "detail", "")];

    let (short, same) = (found(&short.concat()), found(&same.concat()));

    let message = &of(&short, "never_asks").message;
    assert!(
        message.ends_with(
            "; without it the information governance lead has 24 hours to decide instead of 4, in \
             every case"
        ),
        "{message}"
    );
    assert!(!of(&same, "never_asks").message.contains("hours"));
}

#[test]
fn a_grant_that_only_approval_reaches_is_named_as_what_changed() {
    let rules = |rung: &str| {
        [
            grant("A-1", SUMMARY, &format!("as = \"{rung}\"\n{ALWAYS}")),
            grant(
                "P-1",
                "ask_above = \"police.*\"",
                "as = \"none\"\napprover = \"ig_lead\"",
            ),
        ]
        .concat()
    };

    let found = diff(
        &set(&rules("known")),
        &set(&rules("summary")),
        vocabulary(),
        today(),
    );

    let [rule] = found.rules.as_slice() else {
        panic!("{found:#?}");
    };
    assert!(rule.matters, "{}", found.plain_english());
    assert_eq!(found.changes[0].rules, std::slice::from_ref(&rule.id));
}

#[test]
fn rules_read_against_another_vocabulary_are_never_called_the_same() {
    let text = include_str!("../../../../../policies/vocabulary.toml");
    let other = text.replacen(
        "title = \"Convictions and cautions\"",
        "title = \"Convictions\"",
        1,
    );
    assert_ne!(other, text);
    let other = stile_model::vocabulary::Vocabulary::parse("v.toml", &other).unwrap();
    let rules = crate::sample::file(&grant("A-1", SUMMARY, &format!("as = \"known\"\n{ALWAYS}")));
    let read = |vocabulary| PolicySet::compile("rules.toml", &rules, vocabulary).unwrap();

    let found = diff(&read(vocabulary()), &read(&other), vocabulary(), today());

    assert!(found.other_vocabulary && found.effect() == Effect::Both);
}

#[test]
fn another_clause_of_the_agreement_is_told() {
    let clause = vocabulary()
        .clauses
        .first()
        .map(|clause| clause.code.to_string())
        .unwrap();
    let rules = grant("A-1", SUMMARY, &format!("as = \"known\"\n{ALWAYS}"));
    let rested = rules.replace("why =", &format!("clause = [\"{clause}\"]\nwhy ="));

    let found = diff(&set(&rules), &set(&rested), vocabulary(), today());

    assert_eq!(found.rules.len(), 1, "{}", found.plain_english());
    assert_eq!(found.rules[0].fate, Fate::Reworded);
}
