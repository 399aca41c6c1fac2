//! Each kind of mistake, with its place and what it tells the reader to do.

use super::*;
use crate::sample::{RULES, file, vocabulary};

/// A rule that is right, to be spoilt one line at a time.
const GOOD: &str = r#"
[[rule]]
id = "S47-04"
ask = "police.domestic_incident.summary"
as = "full"
approver = "duty_safeguarding_sergeant"
when = { purpose = ["s47_enquiry"], priority = ["red", "amber"], within = "24 months" }
why = "Children Act 1989 s.47(9)"
until = 2027-03-31
"#;

fn problems(text: &str) -> Vec<String> {
    match parse_rules("rules.toml", text, vocabulary()) {
        Ok(_) => Vec::new(),
        Err(PolicyError::Rules { problems }) => problems,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn reads_every_verb() {
    let rules = parse_rules("rules.toml", &file(RULES), vocabulary()).unwrap();

    assert_eq!(rules.rules.len(), 7);
    assert_eq!(rules.digest, Digest::of(file(RULES).as_bytes()));
    assert_eq!(rules.approval_hours, 24);
    assert_eq!(problems(&file(GOOD)), Vec::<String>::new());
}

/// What is replaced, by what, line and column, and words of the message. `GOOD` starts on line 4.
const MISTAKES: &[(&str, &str, &str, &[&str])] = &[
    (
        "when = {",
        "wen = {",
        "10:1",
        &["`wen` is not a key", "did you mean `when`?"],
    ),
    ("id = \"S47-04\"\n", "", "5:1", &["`id` is missing"]),
    ("\"S47-04\"", "\"s47 04\"", "6:6", &["1 to 40 of A-Z"]),
    (
        "\"S47-04\"",
        "\"S-20180509\"",
        "6:6",
        &["`S-20180509` cannot be used", "rename it"],
    ),
    ("\"S47-04\"", "\"47-04\"", "6:6", &["a letter"]),
    (
        "ask = \"police.domestic_incident.summary\"\n",
        "",
        "5:1",
        &["the rule does nothing", "never_above"],
    ),
    (
        "as = ",
        "share = \"police.conviction.date\"\nas = ",
        "5:1",
        &["one verb, this one has ask and share"],
    ),
    (
        "incident.summary",
        "incident.sumary",
        "7:7",
        &[
            "names no field",
            "did you mean `police.domestic_incident.summary`?",
            "police.domestic_incident.risk",
        ],
    ),
    (
        "police.domestic_incident.summary",
        "police.burglary.date",
        "7:7",
        &["names no field", "police.conviction.*"],
    ),
    (
        "police.domestic_incident.summary",
        "health.maternity.date",
        "7:7",
        &["another kind of agency", "only of `police`"],
    ),
    (
        "police.domestic_incident.summary",
        "*",
        "7:7",
        &["names no field"],
    ),
    (
        "police.domestic_incident.summary",
        "police.*.summary",
        "7:7",
        &["names no field"],
    ),
    (
        "as = \"full\"\n",
        "",
        "5:1",
        &["`as` is missing", "headline"],
    ),
    (
        "as = \"full\"",
        "as = \"month\"",
        "8:6",
        &[
            "not a rung of a text field",
            "allowed here: none, known, headline, summary, detail, full, category, redacted",
        ],
    ),
    (
        "as = \"full\"",
        "as = \"ful\"",
        "8:6",
        &["`ful` is not a rung", "did you mean `full`?"],
    ),
    (
        "as = \"full\"",
        "as = \"none\"",
        "8:6",
        &["lets nothing out", "never_above"],
    ),
    (
        "as = \"full\"",
        "as = 4",
        "8:6",
        &["must be text in quotes, not a number"],
    ),
    (
        "approver = \"duty_safeguarding_sergeant\"\n",
        "",
        "5:1",
        &["`ask` needs an `approver`"],
    ),
    (
        "duty_safeguarding_sergeant",
        "duty_sergeant",
        "9:12",
        &["not a role of approver", "detective_inspector"],
    ),
    ("ask = ", "share = ", "5:1", &["`share` asks nobody"]),
    (
        "approver = \"duty_safeguarding_sergeant\"",
        "approver = \"ig_lead\"\napprovers = [\"ig_lead\"]",
        "5:1",
        &["not both"],
    ),
    (
        "approver = \"duty_safeguarding_sergeant\"",
        "approvers = []",
        "9:13",
        &["empty list"],
    ),
    (
        "approver = \"duty_safeguarding_sergeant\"",
        "approvers = [\"ig_lead\"]\nany_of = true",
        "10:10",
        &["`any_of` needs two or more"],
    ),
    (
        "why =",
        "any_of = \"yes\"\nwhy =",
        "11:10",
        &["true or false, not text"],
    ),
    (
        "purpose = [",
        "purposes = [",
        "10:10",
        &["`purposes` is not a key", "did you mean `purpose`?"],
    ),
    (
        "s47_enquiry",
        "s74_enquiry",
        "10:21",
        &["not a purpose", "did you mean `s47_enquiry`?", "marac"],
    ),
    ("[\"s47_enquiry\"]", "[]", "10:20", &["would never apply"]),
    (
        "\"red\", \"amber\"",
        "\"red\", \"red\"",
        "10:56",
        &["in the list twice"],
    ),
    (
        "\"red\", \"amber\"",
        "\"orange\"",
        "10:49",
        &["not a priority", "blue, green, amber, red"],
    ),
    (
        "\"red\", \"amber\"",
        "\"unknown\"",
        "10:49",
        &["`unknown` is not written"],
    ),
    (
        "\"red\", \"amber\"",
        "1",
        "10:49",
        &["must be text in quotes, not a number"],
    ),
    (
        "24 months",
        "18 months",
        "10:75",
        &["not a look-back step", "12 months, 24 months"],
    ),
    (
        ", within = \"24 months\"",
        "",
        "5:1",
        &["a grant needs a look-back"],
    ),
    (
        "priority = [\"red\", \"amber\"]",
        "subject = [\"perpetrator\"]",
        "10:48",
        &["not a subject", "person_posing_risk"],
    ),
    (
        "priority = [\"red\", \"amber\"]",
        "age = [\"5-9\"]",
        "10:44",
        &["not a age", "age_5_to_9"],
    ),
    (
        "priority = [\"red\", \"amber\"]",
        "consent = \"yes\"",
        "10:47",
        &["not a consent", "given"],
    ),
    (
        "priority = [\"red\", \"amber\"]",
        "requester = \"boss\"",
        "10:49",
        &["not a requester", "researcher"],
    ),
    (
        "priority = [\"red\", \"amber\"]",
        "hub = [\"Hub North\"]",
        "10:44",
        &["1 to 40 of a-z"],
    ),
    (
        "why = \"Children Act 1989 s.47(9)\"\n",
        "",
        "5:1",
        &["`why` is missing"],
    ),
    (
        "\"Children Act 1989 s.47(9)\"",
        "\"  \"",
        "11:7",
        &["`why` is empty"],
    ),
    (
        "2027-03-31",
        "\"2027-03-31\"",
        "12:9",
        &["must be a date without quotes"],
    ),
    ("2027-03-31", "2027-02-30", "12:9", &[]),
    (
        "why =",
        "code = \"capped\"\nwhy =",
        "11:1",
        &["`ask` takes none"],
    ),
    (
        "why =",
        "of = \"narrative\"\nwhy =",
        "11:6",
        &["not a kind of field or whom it is about", "third_party"],
    ),
    (
        "why =",
        "of = \"date\"\nwhy =",
        "7:7",
        &["the rule would never apply"],
    ),
    (
        "why =",
        "approval_hours = 0\nwhy =",
        "11:18",
        &["from 1 to 720"],
    ),
    (
        "why =",
        "approval_hours = \"4\"\nwhy =",
        "11:18",
        &["whole number"],
    ),
    (
        "why =",
        "owner = \"\"\nwhy =",
        "11:9",
        &["`owner` is empty"],
    ),
    (
        "police.domestic_incident.summary",
        "police.domestic_incident.*",
        "8:6",
        &["not a rung of a"],
    ),
    (
        "as = \"full\"",
        "as = \"detail\"\nas = \"known\"",
        "9:1",
        &["`as` is written twice"],
    ),
    ("why = ", "why ", "11:5", &[]),
];

#[test]
fn each_mistake_in_a_rule_is_told_with_its_place() {
    for (from, to, place, words) in MISTAKES {
        assert!(GOOD.contains(from), "`{from}`");
        let found = problems(&file(&GOOD.replacen(from, to, 1))).join("\n");

        assert!(
            found.contains(&format!("rules.toml:{place}:")),
            "{to}: wanted {place}: {found}"
        );
        for word in *words {
            assert!(found.contains(word), "{to}: wanted `{word}`: {found}");
        }
    }
}

#[test]
fn each_mistake_at_the_top_is_told_with_its_place() {
    let cases: &[(&str, &str, &str, &str)] = &[
        (
            "agency = \"police\"",
            "agency = \"polis\"",
            "1:10",
            "did you mean `police`?",
        ),
        ("agency = \"police\"\n", "", "1:1", "`agency` is missing"),
        (
            "vocabulary = \"1\"",
            "vocabulary = \"7\"",
            "2:14",
            "written in vocabulary `7`, but `1` is in force",
        ),
        ("vocabulary = \"1\"\n", "", "1:1", "`vocabulary` is missing"),
        (
            "detective_inspector",
            "inspector",
            "3:18",
            "not a role of approver",
        ),
        (
            "vocabulary =",
            "untl = 2027-01-01\nvocabulary =",
            "2:1",
            "did you mean `until`?",
        ),
        (
            "vocabulary =",
            "until = 2027-01-01T00:00:00Z\nvocabulary =",
            "2:9",
            "date without quotes",
        ),
        (
            "vocabulary =",
            "until = 2027-01-01\nvocabulary =",
            "13:9",
            "after the whole file on 2027-01-01",
        ),
        (
            "vocabulary =",
            "approval_hours = 721\nvocabulary =",
            "2:18",
            "from 1 to 720",
        ),
        ("[[rule]]", "[[rules]]", "5:3", "did you mean `rule`?"),
    ];
    for (from, to, place, word) in cases {
        let text = file(GOOD).replacen(from, to, 1);
        let found = problems(&text).join("\n");

        assert!(
            found.contains(&format!("rules.toml:{place}:")),
            "{to}: wanted {place}: {found}"
        );
        assert!(found.contains(word), "{to}: wanted `{word}`: {found}");
    }
}

#[test]
fn refuses_a_file_without_rules() {
    for rules in ["", "rule = []", "rule = 3", "rule = [3]"] {
        assert!(!problems(&file(rules)).is_empty(), "{rules}");
    }
}

#[test]
fn refuses_two_rules_with_one_id() {
    let found = problems(&file(&format!("{GOOD}{GOOD}"))).join("\n");

    assert!(
        found.starts_with("rules.toml:15:6: `S47-04` is a second rule"),
        "{found}"
    );
}

#[test]
fn tells_every_mistake_at_once_in_order() {
    let text = GOOD
        .replace("s47_enquiry", "s48_enquiry")
        .replace("24 months", "2 weeks")
        .replace("as = \"full\"", "as = \"everything\"");

    let found = problems(&file(&text));

    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found
            .first()
            .is_some_and(|problem| problem.starts_with("rules.toml:8:6:"))
    );
}

fn rule(lines: &str) -> String {
    file(&format!("[[rule]]\nid = \"R-1\"\nwhy = \"x\"\n{lines}\n"))
}

#[test]
fn refuses_detail_over_a_wildcard() {
    let text =
        rule("share = \"police.conviction.*\"\nas = \"detail\"\nwhen = { within = \"24 months\" }");

    assert!(
        problems(&text)
            .join("")
            .contains("`detail` over `police.conviction.*` is not allowed")
    );
}

#[test]
fn refuses_a_grant_over_what_a_statute_bars_or_what_is_closed() {
    let health = |target: &str| {
        rule(&format!(
            "share = \"{target}\"\nas = \"known\"\nwhen = {{ within = \"24 months\" }}"
        ))
        .replace("\"police\"", "\"health\"")
    };

    for target in [
        "health.protected_identity.*",
        "health.protected_identity.date",
        "health.*",
    ] {
        assert!(
            problems(&health(target))
                .join("")
                .contains("barred by statute"),
            "{target}"
        );
    }
    let police = rule("share = \"police.*\"\nas = \"known\"\nwhen = { within = \"24 months\" }");
    assert!(problems(&police).join("").contains("existence is closed"));
    assert!(problems(&health("health.maternity.*")).is_empty());
}

#[test]
fn refuses_a_seal_that_shows_or_alerts_nobody() {
    let text = rule("seal = \"police.live_investigation.*\"");

    assert!(problems(&text).is_empty());
    assert!(
        problems(&format!("{text}as = \"none\""))
            .join("")
            .contains("remove `as`")
    );
    let silent = text.replace("sealed_contact = \"detective_inspector\"\n", "");
    assert!(problems(&silent).join("").contains("alerts nobody"));
}

#[test]
fn refuses_caps_that_limit_nothing_or_ask_nobody() {
    let detail = rule("never_above = \"police.*\"\nas = \"detail\"");
    let nobody = rule("ask_above = \"police.*\"\nas = \"known\"");
    let code = rule("never_above = \"police.*\"\nas = \"known\"\ncode = \"because\"");

    assert!(problems(&detail).join("").contains("limits nothing"));
    assert!(
        problems(&nobody)
            .join("")
            .contains("`ask_above` needs an `approver`")
    );
    assert!(problems(&code).join("").contains("not a withhold code"));
}

#[test]
fn a_byte_order_mark_or_windows_line_ends_change_nothing() {
    let plain = parse_rules("rules.toml", &file(GOOD), vocabulary()).unwrap();
    let windows = file(GOOD).replace('\n', "\r\n");

    assert_eq!(
        parse_rules("rules.toml", &windows, vocabulary())
            .unwrap()
            .rules,
        plain.rules
    );
    if let Ok(marked) = parse_rules(
        "rules.toml",
        &format!("\u{feff}{}", file(GOOD)),
        vocabulary(),
    ) {
        assert_eq!(marked.rules, plain.rules);
    }
}

#[test]
fn each_mistake_of_the_toml_itself_is_told_in_words_an_officer_understands() {
    for (text, place, said) in [
        ("agency = police", "1:10", "`police` must stand in quotes"),
        ("agency = “police”", "1:10", "typographic quotation mark"),
        ("agency = \"police", "1:17", "not closed"),
        ("agency = 'police\n", "1:17", "not closed"),
        ("agency \"police\"", "1:8", "`=` is missing"),
        (
            "agency = \"a\"\nagency = \"b\"",
            "2:1",
            "`agency` is written twice",
        ),
        (
            "[rule]\n[[rule]]\n",
            "2:3",
            "write every table of many as [[rule]]",
        ),
        ("[[rule]\n", "1:8", "two brackets"),
        ("id = \"A\" share = \"b\"", "1:10", "after the value"),
        ("of = [\"a\" \"b\"]", "1:11", "a comma is missing"),
        ("when = { purpose = [\"a\"]", "1:25", "no `}`"),
        ("when = ", "1:8", "there is no value"),
        ("until = 31/03/2027", "1:9", "a date is written 2027-03-31"),
        ("until = 2027-02-31", "1:9", "invalid date"),
        (
            "why = \"C:\\path\"",
            "1:11",
            "`\\` begins a special character",
        ),
        ("hours = 04", "1:9", "does not begin with 0"),
        ("any_of = True", "1:10", "`true` or `false`"),
        ("id;verb\n", "1:3", "a key is made of"),
    ] {
        let found = problems(text);

        assert_eq!(found.len(), 1, "{text}: {found:?}");
        let found = found.join("\n");
        assert!(
            found.starts_with(&format!("rules.toml:{place}: ")),
            "{text}: {found}"
        );
        assert!(found.contains(said), "{text}: wanted `{said}`: {found}");
    }
}

#[test]
fn every_line_that_is_not_toml_is_told_at_once() {
    let found = problems("agency = police\nvocabulary = \"1\nuntil = 31/03/2027\n");

    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn a_wrong_look_back_is_told_once() {
    for wrong in ["within = \"2 years\"", "within = 24"] {
        let found = problems(&file(&GOOD.replace("within = \"24 months\"", wrong)));

        assert_eq!(found.len(), 1, "{found:?}");
    }
}

#[test]
fn refuses_a_grant_over_everything_where_the_file_itself_closes_a_category() {
    let text = "agency = \"education\"\nvocabulary = \"1\"\nclosed = [\"education.roll\"]\n[[rule]]\nid = \"A-1\"\nshare = \"education.*\"\nas = \"known\"\nwhen = { within = \"24 months\" }\nwhy = \"x\"\n";

    let found = problems(text).join("\n");

    assert!(
        found.contains("would let out `education.roll`, whose existence is closed"),
        "{found}"
    );
    assert!(problems(&text.replace("closed = [\"education.roll\"]\n", "")).is_empty());
}

#[test]
fn refuses_marks_that_make_a_file_look_otherwise_than_it_is() {
    for mark in ['\u{202e}', '\u{2066}', '\u{2028}', '\u{85}'] {
        let comment = file(&format!("{GOOD}# a note{mark}until = 2026-01-01\n"));
        let found = problems(&comment).join("\n");
        assert!(
            found.starts_with("rules.toml:13:9: an invisible"),
            "{found}"
        );

        let escaped = format!("\\u{:04X}", u32::from(mark));
        let why = file(&GOOD.replace("s.47(9)", &escaped));
        let found = problems(&why).join("\n");
        assert!(found.contains("marks that are not seen"), "{found}");
    }
}

#[test]
fn a_file_of_mistakes_costs_little_and_is_told_in_part() {
    let words = |count: usize| {
        let words: Vec<String> = (0..count).map(|n| format!("\"w{n}\"")).collect();
        words.join(", ")
    };
    let long = "x".repeat(200_000);
    for text in [
        "a\n".repeat(100_000),
        file(&"[[rule]]\n".repeat(50_000)),
        file(&GOOD.replace("\"s47_enquiry\"", &words(50_000))),
        file(&GOOD.replace("police.domestic_incident.summary", &long)),
        file(&GOOD.replace("S47-04", &long)),
    ] {
        let found = problems(&text);

        assert!((1..=page::PROBLEMS_MAX + 1).contains(&found.len()));
        let length: usize = found.iter().map(String::len).sum();
        assert!(length < 200_000, "{length}");
    }
    let found = problems(&"a\n".repeat(1_000));
    assert_eq!(found.len(), page::PROBLEMS_MAX + 1);
    assert!(
        found
            .last()
            .is_some_and(|last| last.ends_with("800 more mistakes are not told; mend these first"))
    );
}

#[test]
fn what_a_message_repeats_cannot_steer_a_terminal() {
    let text = file(&GOOD.replace("s47_enquiry", "\\u001b[2Kgood"));

    let found = problems(&text).join("\n");

    assert!(
        found.contains("\\u{1b}") && !found.contains('\u{1b}'),
        "{found}"
    );
}
