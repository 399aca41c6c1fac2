//! Policies far larger than any agency's.

use std::fmt::Write as _;

use super::*;

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % count
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    /// A condition with some of the words, every other time.
    fn some(&mut self, key: &str, words: &[&str]) -> String {
        let chosen: Vec<&str> = words
            .iter()
            .copied()
            .filter(|_| self.below(3) == 0)
            .collect();
        if chosen.is_empty() || self.below(2) == 0 {
            return String::new();
        }
        format!(", {key} = {chosen:?}")
    }
}

/// This many rules over every dated field of the police, some of them over whole categories.
fn rules(count: usize) -> String {
    let mut numbers = Numbers(7);
    let vocabulary = vocabulary();
    let fields: Vec<&str> = vocabulary
        .categories
        .iter()
        .filter(|category| category.id.agency_kind() == "police" && category.event.is_some())
        .filter(|category| category.handling != stile_model::code::Handling::Barred)
        .flat_map(|category| category.fields.iter().map(|field| field.id.as_str()))
        .collect();
    let purposes: Vec<&str> = vocabulary
        .purposes
        .iter()
        .map(|own| own.code.as_str())
        .collect();
    let subjects: Vec<&str> = vocabulary
        .subject_roles
        .iter()
        .map(|own| own.code.as_str())
        .collect();
    let mut text = String::new();
    for n in 0..count {
        let field = numbers.of(&fields);
        let wide = format!("{}.*", field.rsplit_once('.').unwrap().0);
        let rung = numbers.of(&["known", "headline", "summary"]);
        let body = match numbers.below(8) {
            0..4 => format!("share = \"{field}\"\nas = \"{rung}\""),
            4 | 5 => format!(
                "ask = \"{field}\"\nas = \"{rung}\"\napprover = \"{}\"",
                numbers.of(&["detective_inspector", "ig_lead"])
            ),
            6 => format!(
                "never_above = \"{}\"\nas = \"{rung}\"",
                if n % 16 == 0 { &wide } else { field }
            ),
            _ => format!("ask_above = \"{field}\"\nas = \"{rung}\"\napprover = \"ig_lead\""),
        };
        let when = [
            format!(
                "within = \"{}\"",
                numbers.of(&["6 months", "24 months", "60 months"])
            ),
            numbers.some("purpose", &purposes),
            numbers.some("priority", &["red", "amber", "green"]),
            numbers.some("consent", &["refused", "withdrawn"]),
            numbers.some("subject", &subjects),
            numbers.some("age", &["age_5_to_9", "age_18_plus"]),
            numbers.some("requester", &["researcher", "hub_manager"]),
        ];
        let _ = writeln!(
            text,
            "[[rule]]\nid = \"R-{n}\"\n{body}\nwhen = {{ {} }}\nwhy = \"x\"",
            when.concat()
        );
    }
    text
}

#[test]
fn two_thousand_rules_are_compared_exactly() {
    let text = rules(2_000);
    let old = set(&text);
    let changed = text.replacen("within = \"24 months\"", "within = \"60 months\"", 1);
    let new = set(&changed);

    let found = diff(&old, &new, vocabulary(), today());

    assert_eq!(found.rules.len(), 1);
    assert!(!found.changes.is_empty());
    assert!(found.changes.iter().all(|change| !change.in_part));
    let axes = Axes::spanning(&[&old, &new], today()).remove(0);
    let mut numbers = Numbers(11);
    for change in &found.changes {
        // A question drawn from each part has the two answers.
        let mut asked = Asked::of(change.fields[0].as_str());
        for condition in &change.when {
            let word = &condition.words[numbers.below(condition.words.len())];
            tell(&mut asked, condition.dimension, word);
        }
        assert_eq!(
            answer(&old, &asked, today()),
            change.before,
            "{asked:?} {axes:?}"
        );
        assert_eq!(answer(&new, &asked, today()), change.after);
    }
}

fn tell(asked: &mut Asked, dimension: &str, word: &str) {
    let known = (word != "unknown").then_some(word);
    let code = || known.map(|word| Code::new(word).unwrap());
    match dimension {
        "purpose" => asked.purpose = Code::new(known.unwrap_or("not_a_purpose")).unwrap(),
        "priority" => asked.priority = known.map(|word| word.parse().unwrap()),
        "consent" => asked.consent = known.map(|word| word.parse().unwrap()),
        "subject" => asked.subject = code(),
        "age" => {
            asked.age = *AgeBand::ALL
                .iter()
                .find(|own| own.as_str() == word)
                .unwrap();
        }
        "recency" => {
            asked.recency = *Recency::ALL
                .iter()
                .find(|own| own.as_str() == word)
                .unwrap();
        }
        "requester" => asked.requester = code(),
        other => panic!("no rule conditions on `{other}`"),
    }
}

#[test]
fn hundreds_of_rules_are_studied_whole() {
    let policy = set(&rules(400));

    let analysis = analyse(&policy, vocabulary(), today());

    assert_eq!(analysis.fields.len(), policy.space().fields.len());
    assert!(
        analysis
            .findings
            .iter()
            .any(|finding| finding.code == "redundant_rule")
    );
}

#[test]
fn a_thousand_rules_are_looked_at_as_far_as_steps_reach_and_the_rest_is_named() {
    let policy = set(&rules(1_000));

    let analysis = analyse(&policy, vocabulary(), today());

    let all = &policy.space().fields;
    let said: Vec<_> = with_code(&analysis, "not_all_looked_at").collect();
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].severity, crate::finding::Severity::Note);
    let left_out = all.len() - analysis.fields.len();
    assert!(left_out > 0 && left_out < all.len(), "{}", said[0].message);
    let told = format!("{left_out} of {} fields", all.len());
    assert!(said[0].message.contains(&told), "{}", said[0].message);
    assert!(with_code(&analysis, "field_without_rule").next().is_some());
    // The rules of the fields that were looked at are told of as ever.
    assert!(with_code(&analysis, "redundant_rule").next().is_some());
}

#[test]
fn what_is_told_within_fewer_steps_is_told_without_a_bound_too() {
    let policy = set(&rules(150));
    let within = |steps| {
        let study = study::Study::within(&policy, today(), steps);
        findings::told(&policy, vocabulary(), today(), study)
    };
    let whole = within(u64::MAX);
    assert!(with_code(&whole, "not_all_looked_at").next().is_none());
    let mut fields = 0;
    for steps in [0, 50_000, 150_000, 300_000, 1_000_000] {
        let some = within(steps);

        assert!(some.fields.iter().all(|own| whole.fields.contains(own)));
        assert!(some.fields.len() >= fields);
        fields = some.fields.len();
        let not_all = usize::from(fields < whole.fields.len());
        assert_eq!(with_code(&some, "not_all_looked_at").count(), not_all);
        // These name the fields looked at; the fields themselves are compared above.
        let listing = ["not_all_looked_at", "field_never_released"];
        for finding in some
            .findings
            .iter()
            .filter(|own| !listing.contains(&own.code))
        {
            assert!(whole.findings.contains(finding), "{steps}: {finding:?}");
        }
        for code in ["broad_grant", "field_without_rule"] {
            let (some, all) = (with_code(&some, code), with_code(&whole, code));
            assert!(some.eq(all), "{code} needs no question");
        }
    }
    assert_eq!(fields, whole.fields.len());
}

fn with_code<'a>(
    analysis: &'a Analysis,
    code: &'a str,
) -> impl Iterator<Item = &'a crate::finding::Finding> {
    analysis.findings.iter().filter(move |own| own.code == code)
}

#[test]
fn a_shipped_template_is_studied_whole() {
    let text = include_str!("../../../../../policies/police/rules.toml");
    let policy = PolicySet::compile("rules.toml", text, vocabulary()).unwrap();

    let analysis = analyse(&policy, vocabulary(), today());

    let reach = |field: &str| {
        let field = field.parse().unwrap();
        let own = analysis.fields.iter().find(|own| own.field == field);
        own.unwrap_or_else(|| panic!("no {field}")).clone()
    };
    assert!(reach("police.live_investigation.summary").sealed);
    assert_eq!(
        reach("police.domestic_incident.date").auto,
        stile_model::code::Rung::Detail
    );
    assert!(
        analysis
            .findings
            .iter()
            .all(|finding| finding.severity != crate::finding::Severity::Error),
        "{:#?}",
        analysis.findings
    );
}
