//! Rulings: what is withheld and why, who is asked, and what time does.

use stile_model::code::{ConsentState, Priority, Rung};
use stile_model::id::Code;
use stile_model::vocabulary::{AgeBand, Recency};

use super::*;
use crate::sample::{Asked, RULES, compile, file, set, today, vocabulary};

const DATE: &str = "police.domestic_incident.date";
const SUMMARY: &str = "police.domestic_incident.summary";

fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

fn roles(decision: &Decision) -> Vec<&str> {
    decision.approvers.roles.iter().map(Code::as_str).collect()
}

#[test]
fn shares_what_a_rule_grants_and_names_the_rule() {
    let decision = Asked::of(DATE).of_set(&set(RULES));

    assert_eq!(
        (decision.auto, decision.approved),
        (Rung::Detail, Rung::Detail)
    );
    assert_eq!(decision.granting.unwrap().as_str(), "A-1");
    assert!(!decision.sealed && decision.asking.is_empty());
}

#[test]
fn knows_rules_that_say_the_same_in_other_words_from_rules_that_do_not() {
    let rule = |id, item| {
        format!(
            "[[rule]]\nid = \"{id}\"\nshare = \"{item}\"\nas = \"known\"\nwhen = {{ within = \"ever\" }}\nwhy = \"s.47\"\n"
        )
    };
    let one = rule("A-1", "police.domestic_incident.date");
    let two = rule("A-2", "police.conviction.*");
    let said = set(&format!("{one}{two}")).rows_digest();
    let other_words = [
        format!("# As before.\n{one}{two}"),
        format!("{two}{one}"),
        format!("{one}{two}").replace("s.47", "s.47(9)"),
    ];
    for words in other_words {
        assert_eq!(set(&words).rows_digest(), said, "{words}");
    }
    let others = [
        one.clone(),
        format!("{one}{two}").replace("conviction", "missing_episode"),
        format!("{one}{two}").replace("A-2", "A-3"),
        format!("{one}{two}until = 2027-03-31\n"),
    ];
    for rules in others {
        assert_ne!(set(&rules).rows_digest(), said, "{rules}");
    }
}

#[test]
fn withholds_what_no_rule_names() {
    for field in [
        "police.conviction.date",
        "police.conviction.no_such_field",
        "health.maternity.date",
    ] {
        let decision = Asked::of(field).of_set(&set(RULES));

        assert_eq!(
            (decision.auto, decision.approved),
            (Rung::None, Rung::None),
            "{field}"
        );
        assert_eq!(decision.withhold.as_str(), "no_rule", "{field}");
        assert!(decision.rules.is_empty() && decision.granting.is_none());
    }
}

#[test]
fn releases_the_lower_rung_and_refers_the_rest() {
    let decision = Asked::of(SUMMARY).of_set(&set(RULES));

    assert_eq!(
        (decision.auto, decision.approved),
        (Rung::Headline, Rung::Detail)
    );
    assert_eq!(roles(&decision), ["duty_safeguarding_sergeant"]);
    assert_eq!(decision.asking.first().unwrap().as_str(), "A-2");
    assert_eq!(decision.giving.unwrap().as_str(), "A-2");
}

/// The ground of a release is the grant's, not that of the cap about which approvers are asked.
#[test]
fn names_the_grant_that_a_cap_holds_back_until_approval() {
    let rules = |verb: &str| {
        format!(
            "[[rule]]\nid = \"A-1\"\nask_above = \"police.domestic_incident.*\"\nas = \"none\"\n\
             approver = \"ig_lead\"\nwhy = \"Minimisation\"\n\
             [[rule]]\nid = \"S-1\"\n{verb} = \"police.domestic_incident.summary\"\nas = \"full\"\n\
             when = {{ within = \"24 months\" }}\nwhy = \"Children Act 1989 s.47(9)\"\n"
        )
    };
    let plain = rules("share");
    let asked = rules("ask").replace("as = \"full\"\n", "as = \"full\"\napprover = \"ig_lead\"\n");

    for text in [plain, asked] {
        let set = set(&text);
        let asked = Asked::of(SUMMARY);
        let decision = asked.of_set(&set);

        assert_eq!(
            (decision.auto, decision.approved),
            (Rung::None, Rung::Detail)
        );
        assert!(decision.granting.is_none());
        assert_eq!(decision.asking.first().unwrap().as_str(), "A-1");
        assert_eq!(decision.giving.as_ref().unwrap().as_str(), "S-1");
        assert!(decision.rules.iter().any(|rule| rule.as_str() == "S-1"));
        let outcome = set.outcome(&asked.question(), today());
        assert_eq!(set.giving(&outcome), decision.giving.as_ref());
    }
}

#[test]
fn a_cap_unless_asked_joins_its_approver_to_the_other() {
    let mut asked = Asked::of(SUMMARY);
    asked.subject = Some(code("victim"));

    let decision = asked.of_set(&set(RULES));

    assert_eq!(
        (decision.auto, decision.approved),
        (Rung::Known, Rung::Detail)
    );
    assert_eq!(
        roles(&decision),
        ["detective_inspector", "duty_safeguarding_sergeant"]
    );
    assert!(!decision.approvers.any_of);
    assert_eq!(decision.withhold.as_str(), "capped");
}

#[test]
fn only_the_cap_is_asked_about_where_a_plain_grant_reaches_as_far() {
    let mut asked = Asked::of(DATE);
    asked.subject = Some(code("victim"));

    let decision = asked.of_set(&set(RULES));

    assert_eq!(
        (decision.auto, decision.approved),
        (Rung::Known, Rung::Detail)
    );
    assert_eq!(roles(&decision), ["detective_inspector"]);
}

#[test]
fn any_one_of_several_may_agree_only_where_every_rule_says_so() {
    let either = r#"
[[rule]]
id = "R-1"
ask = "police.domestic_incident.summary"
as = "full"
approvers = ["ig_lead", "detective_inspector"]
any_of = true
when = { within = "24 months" }
why = "x"
"#;
    let all = either.replace("R-1", "R-2").replace("any_of = true\n", "");

    let one = Asked::of(SUMMARY).of_set(&set(either));
    let both = Asked::of(SUMMARY).of_set(&set(&format!("{either}{all}")));

    assert!(one.approvers.any_of && !both.approvers.any_of);
    assert_eq!(roles(&one), ["detective_inspector", "ig_lead"]);
}

#[test]
fn withholds_a_sealed_field_as_if_no_rule_spoke_of_it() {
    let sealed = Asked::of("police.live_investigation.date").of_set(&set(RULES));
    let silent = Asked::of("police.intelligence.date").of_set(&set(RULES));

    assert!(sealed.sealed && !silent.sealed);
    assert_eq!(
        (
            sealed.auto,
            sealed.approved,
            &sealed.withhold,
            &sealed.approvers
        ),
        (
            silent.auto,
            silent.approved,
            &silent.withhold,
            &silent.approvers
        )
    );
}

#[test]
fn says_why_it_withholds() {
    let set = set(RULES);
    let mut refused = Asked::of(DATE);
    refused.purpose = code("threshold_enquiry");
    refused.consent = Some(ConsentState::Refused);
    let mut old = Asked::of(DATE);
    old.recency = Recency::Older;
    let mut green = Asked::of(SUMMARY);
    green.priority = Some(Priority::Green);
    let third = Asked::of("police.domestic_incident.victim_name");

    let why = |asked: &Asked| asked.of_set(&set).withhold.to_string();

    assert_eq!(why(&refused), "consent_refused");
    assert_eq!(why(&old), "outside_window");
    assert_eq!(why(&third), "third_party");
    assert_eq!(why(&green), "no_rule");
}

#[test]
fn a_cap_may_name_its_own_reason() {
    let rules = RULES.replace(
        "of = \"third_party\"\n",
        "of = \"third_party\"\ncode = \"safe_address\"\n",
    );

    let decision = Asked::of("police.domestic_incident.victim_name").of_set(&set(&rules));

    assert_eq!(decision.withhold.as_str(), "safe_address");
}

#[test]
fn what_is_not_known_joins_caps_and_no_grants() {
    let set = set(RULES);
    let mut nobody = Asked::of(DATE);
    nobody.subject = None;
    let mut undated = Asked::of(DATE);
    undated.recency = Recency::Unknown;
    let mut nowhere = Asked::of("police.domestic_incident.risk");
    nowhere.hub = None;
    let mut elsewhere = Asked::of("police.domestic_incident.risk");
    elsewhere.hub = Some("hub-elsewhere".parse().unwrap());
    let mut ageless = Asked::of(DATE);
    ageless.age = AgeBand::Unknown;

    assert_eq!(nobody.of_set(&set).auto, Rung::Known);
    assert_eq!(undated.of_set(&set).approved, Rung::None);
    assert_eq!(nowhere.of_set(&set).approved, Rung::None);
    assert_eq!(elsewhere.of_set(&set).approved, Rung::None);
    assert_eq!(ageless.of_set(&set).auto, Rung::Detail);
}

#[test]
fn withholds_everything_after_the_last_day_and_keeps_seals() {
    let text = format!("until = 2026-11-22\n{}", file(RULES));
    let set = PolicySet::compile("rules.toml", &text, vocabulary()).unwrap();
    let tomorrow = today().tomorrow().unwrap();

    let last = set.rule(&Asked::of(DATE).question(), today());
    let after = set.rule(&Asked::of(DATE).question(), tomorrow);
    let sealed = set.rule(
        &Asked::of("police.live_investigation.date").question(),
        tomorrow,
    );

    assert_eq!(set.until(), Some(today()));
    assert_eq!(last.auto, Rung::Detail);
    assert_eq!((after.auto, after.approved), (Rung::None, Rung::None));
    assert_eq!(after.withhold.as_str(), "policy_expired");
    assert!(sealed.sealed && !after.sealed);
}

#[test]
fn an_expired_policy_still_activates_and_withholds() {
    let text = format!("until = 2026-11-21\n{}", file(RULES));

    let set = PolicySet::activate(
        "rules.toml",
        &text,
        vocabulary(),
        &code("police"),
        today(),
        3,
    )
    .unwrap();

    assert_eq!(Asked::of(DATE).of_set(&set).approved, Rung::None);
}

#[test]
fn a_lapsed_grant_drops_and_a_lapsed_cap_stays() {
    let rules = RULES
        .replacen(
            "why = \"Children Act 1989 s.47(9)\"",
            "why = \"x\"\nuntil = 2026-11-21",
            1,
        )
        .replacen(
            "why = \"UK GDPR Art 5(1)(c)\"",
            "why = \"x\"\nuntil = 2026-11-21",
            1,
        );
    let set = set(&rules);

    assert_eq!(Asked::of(DATE).of_set(&set).auto, Rung::Headline);
    assert_eq!(
        Asked::of("police.domestic_incident.victim_name")
            .of_set(&set)
            .auto,
        Rung::Known
    );
}

#[test]
fn the_shortest_time_to_decide_counts() {
    let rules = RULES.replace(
        "approver = \"duty_safeguarding_sergeant\"",
        "approver = \"duty_safeguarding_sergeant\"\napproval_hours = 2",
    );
    let set = set(&rules);

    assert_eq!(set.approval_hours(&code("duty_safeguarding_sergeant")), 2);
    assert_eq!(set.approval_hours(&code("detective_inspector")), 24);
    assert_eq!(set.approval_hours(&code("ig_lead")), 24);
}

#[test]
fn plain_english_names_every_rule() {
    let set = set(RULES);
    let english = set.plain_english();

    for rule in &set.rules().rules {
        assert!(english.contains(&format!("**{}**", rule.id)), "{}", rule.id);
    }
    assert!(
        english.contains("Ask the duty safeguarding sergeant before sharing what happened"),
        "{english}"
    );
    assert!(
        english.contains("No rule ever lets out:")
            && english.contains("police.intelligence.summary")
    );
}

#[test]
fn refuses_a_vocabulary_that_lacks_a_reason() {
    let text = include_str!("../../../../policies/vocabulary.toml")
        .replace("code = \"capped\"", "code = \"limited\"");
    let vocabulary = Vocabulary::parse("vocabulary.toml", &text).unwrap();

    let error = PolicySet::compile("rules.toml", &file(RULES), &vocabulary).unwrap_err();

    assert!(error.to_string().contains("must have capped"), "{error}");
}

#[test]
fn refuses_rules_that_do_not_parse() {
    assert!(matches!(
        compile("[[rule]]\n"),
        Err(PolicyError::Rules { .. })
    ));
}
