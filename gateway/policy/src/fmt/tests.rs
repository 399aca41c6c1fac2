//! The canonical form: idempotent, loses nothing, refuses what it cannot read.

use proptest::prelude::*;

use super::*;
use crate::read::parse_rules;
use crate::sample::{file, vocabulary};

const UNTIDY: &str = r#"
# What the file is about.
#   Second line.
vocabulary   = "1"   # the version
# the kind
agency='police'
sealed_contact = "detective_inspector"
# until = 2027-03-31   # if these must not outlive the agreement

# --- Section 47 ---

[[rule]]   # first
# its name
id = "A-1"
why = "Children Act 1989 s.47(9)"   # the ground
as = "exact"
share = "police.domestic_incident.date"
[rule.when]
within = "24 months"
# the purposes
purpose = [
  "s47_enquiry", # one
  # two
  "immediate_protection",
]
[[rule]]
id = "A-2"
ask = "police.domestic_incident.summary"
as = """full"""

approvers = ["duty_safeguarding_sergeant"]
when = { priority = "red", within = "24 months", purpose = "s47_enquiry" }
why = "a # is no comment in text"
# at the end
"#;

const TIDY: &str = r#"# What the file is about.
#   Second line.
# the kind
agency = "police"
vocabulary = "1" # the version
sealed_contact = "detective_inspector"
# until = 2027-03-31   # if these must not outlive the agreement

# --- Section 47 ---

[[rule]] # first
# its name
id = "A-1"
share = "police.domestic_incident.date"
as = "exact"
# the purposes
# one
# two
when = { purpose = ["s47_enquiry", "immediate_protection"], within = "24 months" }
why = "Children Act 1989 s.47(9)" # the ground

[[rule]]
id = "A-2"
ask = "police.domestic_incident.summary"
as = "full"
approver = "duty_safeguarding_sergeant"
when = { purpose = ["s47_enquiry"], priority = ["red"], within = "24 months" }
why = "a # is no comment in text"
# at the end
"#;

#[test]
fn writes_one_form_and_keeps_every_comment() {
    assert_eq!(format_rules("rules.toml", UNTIDY).unwrap(), TIDY);
    assert_eq!(format_rules("rules.toml", TIDY).unwrap(), TIDY);
}

#[test]
fn says_the_same_afterwards() {
    let before = parse_rules("rules.toml", UNTIDY, vocabulary()).unwrap();

    let after = parse_rules("rules.toml", TIDY, vocabulary()).unwrap();

    assert_eq!(before.rules, after.rules);
}

#[test]
fn line_ends_and_marks_of_other_editors_go() {
    let windows = format!("\u{feff}{}", TIDY.replace('\n', "\r\n"));

    assert_eq!(format_rules("rules.toml", &windows).unwrap(), TIDY);
}

#[test]
fn a_long_list_at_the_top_has_a_line_for_each_word() {
    let long = "closed = [\"police.conviction\", \"police.domestic_incident\", \"police.missing_episode\", \"police.allegation\"]\n";

    let text = format_rules("rules.toml", long).unwrap();

    assert!(
        text.starts_with("closed = [\n    \"police.conviction\",\n"),
        "{text}"
    );
    assert_eq!(format_rules("rules.toml", &text).unwrap(), text);
}

#[test]
fn numbers_and_dates_stay_as_written() {
    let text = "until = 2027-03-31\napproval_hours = 0x10\n";

    assert_eq!(format_rules("rules.toml", text).unwrap(), text);
}

#[test]
fn refuses_what_it_would_have_to_guess() {
    for (text, place, said) in [
        ("agency = police", "1:10", "must stand in quotes"),
        ("agenci = \"police\"", "1:1", "did you mean `agency`?"),
        ("rule = 3", "1:8", "tables written [[rule]]"),
        ("rule = [3]", "1:9", "must be a table"),
        ("[[rule]]\nwhen = 3", "2:8", "a table such as"),
        (
            "[[rule]]\nwhen = { purpos = \"x\" }",
            "2:10",
            "did you mean `purpose`?",
        ),
        (
            "[[rule]]\nwhen = { purpose = { x = 3 } }",
            "2:20",
            "cannot stand here",
        ),
        ("[agency]\nx = 3", "1:1", "cannot stand here"),
    ] {
        let error = format_rules("rules.toml", text).unwrap_err().to_string();

        assert!(
            error.starts_with(&format!("rules.toml:{place}: ")),
            "{text}: {error}"
        );
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn a_mistake_is_not_mended_in_silence() {
    for text in [
        "[[rule]]\napprover = [\"detective_inspector\"]\n",
        "[[rule]]\napprover = \"a\"\napprovers = [\"b\"]\n",
        "[[rule]]\napprover = [\"a\", \"b\"]\n",
        "[[rule]]\napprovers = []\n",
    ] {
        assert_eq!(format_rules("rules.toml", text).unwrap(), text);
    }
}

#[test]
fn cases_have_their_own_form() {
    let text = "# about\n\n[[case]]\nauto = \"exact\"\nfields = [\"police.a.b\"]\nname = \"x\" # note\n[given]\npurpose = [\"marac\"]\n";

    let formatted = format_cases("cases.toml", text).unwrap();

    assert_eq!(
        formatted,
        "# about\n\n[given]\npurpose = [\"marac\"]\n\n[[case]]\nname = \"x\" # note\nfield = \"police.a.b\"\nauto = \"exact\"\n"
    );
    assert_eq!(format_cases("cases.toml", &formatted).unwrap(), formatted);
    assert!(is_cases(text) && !is_cases(TIDY));
}

#[test]
fn every_template_is_canonical() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut seen = 0;
    for folder in std::fs::read_dir(folder).unwrap() {
        let folder = folder.unwrap().path();
        for (file, layout) in [("rules.toml", &RULES), ("cases.toml", &CASES)] {
            let path = folder.join(file);
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            let name = path.display().to_string();
            assert_eq!(
                format(&name, &text, layout).unwrap(),
                text,
                "run `stile policy fmt {name}`"
            );
            assert_eq!(is_cases(&text), file == "cases.toml", "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 14, "{seen} files");
}

/// A line that may stand between the lines of a file without changing what it says.
fn filler() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("   ".to_owned()),
        "#[ -~é]{0,20}",
        "  # [a-z\"'\\[\\]{}=]{0,12}",
    ]
}

/// Rules with keys in any order and blank lines and comments in between.
fn untidy() -> impl Strategy<Value = String> {
    let rule = (
        0_usize..900,
        prop_oneof![
            Just("share = \"police.domestic_incident.date\"\nas = \"month\""),
            Just("never_above = \"police.*\"\nas = \"known\"\nof = [\"third_party\"]"),
            Just("ask = \"police.domestic_incident.summary\"\nas='full'\napprovers = [\"detective_inspector\", # a\n\"disclosure_officer\"]\nany_of = true"),
        ],
        prop_oneof![
            Just("when = { within = \"24 months\", priority = \"red\" }"),
            Just("when.within = \"24 months\"\nwhen.purpose = [\"s47_enquiry\"]"),
            Just("when = { age = [\n\"age_5_to_9\" # five\n,\n], within = \"ever\" } # all"),
        ],
        "why = \"[a-z #]{1,30}x\"( # [a-z#]{0,9})?",
    )
        .prop_map(|(n, verb, when, why)| (n, format!("id = \"R-{n}\"\n{verb}\n{when}\n{why}")));
    (
        proptest::collection::vec((rule, any::<u64>()), 1..5),
        proptest::collection::vec(filler(), 12),
    )
        .prop_map(|(rules, fillers)| {
            let mut text = format!("{}\n{}", fillers[0], file("").trim_end());
            for (n, ((_, rule), seed)) in rules.iter().enumerate() {
                text.extend(["\n", fillers[(n + 1) % 12].as_str(), "\n[[rule]]\n"]);
                // Whole lines change places only where no value spans several.
                let mut lines: Vec<&str> = rule.lines().collect();
                if lines
                    .iter()
                    .all(|line| line.contains(" = ") || line.contains("='"))
                {
                    let by = usize::try_from(seed % 7).unwrap() % lines.len();
                    lines.rotate_left(by);
                    let filler = fillers[(n + 5) % 12].as_str();
                    lines.insert(lines.len() / 2, filler);
                }
                text.push_str(&lines.join("\n"));
            }
            format!("{text}\n{}\n", fillers[11])
        })
}

fn sorted_comments(text: &str) -> Vec<String> {
    let mut found: Vec<String> = comments::comments(text)
        .into_iter()
        .map(|comment| comment.text)
        .collect();
    found.sort();
    found
}

proptest! {
    #[test]
    fn twice_is_once_and_nothing_is_lost(text in untidy()) {
        let once = format_rules("rules.toml", &text).unwrap();

        prop_assert_eq!(&format_rules("rules.toml", &once).unwrap(), &once);
        prop_assert_eq!(sorted_comments(&text), sorted_comments(&once));
        match (parse_rules("rules.toml", &text, vocabulary()), parse_rules("rules.toml", &once, vocabulary())) {
            (Ok(before), Ok(after)) => prop_assert_eq!(before.rules, after.rules),
            (Err(before), Err(after)) => prop_assert_eq!(before.to_string().lines().count(), after.to_string().lines().count()),
            (before, after) => prop_assert!(false, "{before:?} became {after:?}"),
        }
    }

    #[test]
    fn never_fails_otherwise_than_with_a_place(text in "[ -~\n]{0,80}") {
        if let Err(error) = format_rules("rules.toml", &text) {
            prop_assert!(error.to_string().starts_with("rules.toml:"));
            prop_assert!(!error.to_string().contains("please report"), "{}", error);
        }
    }
}

#[test]
fn two_comments_beside_a_table_in_braces_are_both_kept() {
    let once = format_rules("rules.toml", "rule = [{} # one\n, # two\n]\n").unwrap();

    assert!(once.contains("# one") && once.contains("# two"), "{once}");
    assert_eq!(format_rules("rules.toml", &once).unwrap(), once);
}
