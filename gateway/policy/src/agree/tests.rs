//! What must never activate: text that another Casbin reads otherwise, and text that says otherwise.

use super::*;
use crate::sample::{RULES, file, set, today, vocabulary};
use crate::set::PolicySet;

/// Proves tampered text against untampered rules.
fn prove_text(text: &str) -> Result<(), PolicyError> {
    prove_serving(&read(RULES), text, &read(RULES))
}

fn read(rules: &str) -> Rules {
    crate::read::parse_rules("rules.toml", &file(rules), vocabulary()).unwrap()
}

/// Proves `text`, published for `rules`, against evaluators that serve other rules.
fn prove_serving(rules: &Rules, text: &str, served: &Rules) -> Result<(), PolicyError> {
    let vocabulary = vocabulary();
    let space = Space::new(rules, vocabulary);
    let known: Vec<_> = vocabulary
        .withhold_codes
        .iter()
        .map(|term| term.code.clone())
        .collect();
    let reasons = crate::mask::Reasons::among(&known).unwrap();
    let evaluator = Evaluator::new(served, &space, reasons);
    let bitset = Bitset::new(served, &space, &evaluator).unwrap();
    let claim = Claim {
        csv: text,
        rules,
        space: &space,
        evaluator: &evaluator,
        bitset: &bitset,
    };
    prove(claim, today(), 42)
}

fn csv() -> String {
    set(RULES).casbin_csv().to_owned()
}

/// The published text with one replacement that is sure to have happened.
fn tampered(from: &str, to: &str) -> String {
    let text = csv();
    assert!(text.contains(from), "`{from}` is not in the text");
    text.replacen(from, to, 1)
}

#[test]
fn agrees_with_what_was_published() {
    prove_text(&csv()).unwrap();
}

#[test]
fn refuses_text_that_casbin_would_misread_without_a_word() {
    let deny = csv()
        .lines()
        .find(|line| line.contains("C-2"))
        .unwrap()
        .to_owned();
    let traps = [
        ("T1 effect in capitals", deny.replace("deny", "Deny")),
        ("T2 comment joins the cell", format!("{deny} # court order")),
        ("T3 unknown kind of row", deny.replacen("p, ", "P, ", 1)),
        ("T3 second kind of row", deny.replacen("p, ", "p2, ", 1)),
        (
            "T3 columns in another order",
            deny.replacen("p, ", "deny, ", 1),
        ),
        ("T5 byte order mark", format!("\u{feff}{deny}")),
        ("T6 semicolons", deny.replace(", ", "; ")),
        (
            "T7 smart quotes",
            deny.replace("police.*", "\u{201c}police.*\u{201d}"),
        ),
        ("T8 short row", deny.rsplit_once(", ").unwrap().0.to_owned()),
        ("T9 long row", format!("{deny}, extra")),
        ("T10 trailing comma", format!("{deny},")),
        (
            "T11 escaped quotes",
            deny.replace("police.*", "\"pol\"\"ice.*\""),
        ),
        ("T12 long row among good ones", format!("{deny}, -")),
        ("quoted cell", deny.replace("police.*", "\"police.*\"")),
        ("blank cell", deny.replace(", *, ", ", , ")),
        ("no space after a comma", deny.replace(", ", ",")),
        ("tab", deny.replace(", ", ",\t")),
        ("carriage return", format!("{deny}\r")),
        ("leading space", format!(" {deny}")),
        ("rung without a digit", deny.replace("0:none", "none")),
        ("rung out of range", deny.replace("0:none", "7:none")),
        (
            "verb and effect at odds",
            deny.replace("never_above", "share"),
        ),
        ("misspelt verb", deny.replace("never_above", "never_abov")),
        (
            "pattern in the middle",
            deny.replace("police.*", "police.*.date"),
        ),
        (
            "pattern within a cell",
            deny.replace("early_help", "early_*"),
        ),
        ("call in a cell", deny.replace("police.*", "eval(r.item)")),
        (
            "letters beyond ASCII",
            deny.replace("police.*", "polic\u{e9}.*"),
        ),
        ("row twice", format!("{deny}\n{deny}")),
        ("blank line with spaces", format!("{deny}\n  ")),
    ];
    for (name, line) in traps {
        assert_ne!(line, deny, "{name}");
        let text = csv().replace(&deny, &line);

        let error = prove_text(&text).unwrap_err();

        assert!(
            matches!(error, PolicyError::Published { .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn refuses_an_empty_policy() {
    for text in ["", "\n", "# nothing\n"] {
        assert!(
            matches!(prove_text(text), Err(PolicyError::Published { .. })),
            "{text:?}"
        );
    }
}

#[test]
fn refuses_well_formed_text_that_says_something_else() {
    let cases = [
        (
            "a rung higher",
            tampered("share, 2:headline", "share, 3:summary"),
        ),
        (
            "a rung lower",
            tampered("share, 2:headline", "share, 1:known"),
        ),
        (
            "a cap lifted",
            tampered("never_above, 0:none", "never_above, 1:known"),
        ),
        ("a seal lifted", tampered("seal, 0:none", "seal, 1:known")),
        (
            "a purpose more",
            tampered(
                "s47_enquiry|threshold_enquiry",
                "s47_enquiry|threshold_enquiry|marac",
            ),
        ),
        (
            "a purpose less",
            tampered("s47_enquiry|threshold_enquiry", "s47_enquiry"),
        ),
        (
            "a purpose misspelt in a cap",
            tampered(
                "early_help|threshold_enquiry|unknown",
                "early_help|threshold_inquiry|unknown",
            ),
        ),
        (
            "unknown left out of a cap",
            tampered("refused|withdrawn|unknown", "refused|withdrawn"),
        ),
        (
            "unknown let into a grant",
            tampered("red|amber", "red|amber|unknown"),
        ),
        (
            "a wider window",
            tampered("to_12m|to_24m|to_60m", "to_12m|to_24m|to_60m|to_120m"),
        ),
        (
            "asking turned into sharing",
            tampered("ask, 4:detail", "share, 4:detail"),
        ),
        (
            "a cap no approval lifts",
            tampered("ask_above, 1:known", "never_above, 1:known"),
        ),
        (
            "another field",
            tampered(
                "police.domestic_incident.date",
                "police.domestic_incident.risk",
            ),
        ),
        (
            "a wider grant",
            tampered(
                "police.domestic_incident.date",
                "police.domestic_incident.*",
            ),
        ),
        (
            "a grant over fields nobody defined",
            tampered(
                "code|date|flag|location|person|text",
                "code|date|flag|location|person|text|unknown",
            )
            .replace("police.domestic_incident.*", "police.*"),
        ),
        (
            "whom a cap is about",
            tampered("third_party", "complainant"),
        ),
        ("any hub", tampered("hub-northshire", "*")),
        ("a subject less", tampered("victim|unknown", "unknown")),
    ];
    for (name, text) in cases {
        let error = prove_text(&text).expect_err(name);

        // By an answer of Casbin's, or by the rows of the seals; not because cells were compared.
        let PolicyError::Disagreement { question, .. } = &error else {
            panic!("{name}: {error}");
        };
        assert!(
            question.starts_with('(') || question == "which fields are sealed",
            "{name}: {error}"
        );
    }
}

/// Casbin's answers alone notice a row that says nothing any more.
#[test]
fn refuses_text_with_a_row_that_has_no_effect() {
    let text = csv();
    for line in text.lines().filter(|line| line.starts_with("p, ")) {
        let cells: Vec<&str> = line.split(", ").collect();
        let nothing = if cells[2] == "allow" {
            "0:none"
        } else {
            "4:detail"
        };
        let without = text.replace(line, &line.replacen(cells[4], nothing, 1));
        assert_ne!(without, text);

        assert!(
            matches!(prove_text(&without), Err(PolicyError::Disagreement { .. })),
            "not missed: {line}"
        );
    }
}

#[test]
fn refuses_text_that_names_other_approvers_or_another_last_day() {
    let ending = RULES.replacen("why", "until = 2027-03-31\nwhy", 1);
    let published = set(&ending).casbin_csv().to_owned();
    let rules = read(&ending);
    prove_serving(&rules, &published, &rules).unwrap();
    for (from, to) in [
        ("duty_safeguarding_sergeant", "detective_inspector"),
        ("duty_safeguarding_sergeant", "-"),
        (
            "duty_safeguarding_sergeant",
            "detective_inspector|duty_safeguarding_sergeant",
        ),
        ("2027-03-31", "2027-04-01"),
        ("2027-03-31", "2027-03-30"),
        ("2027-03-31", "2027-3-31"),
        ("2027-03-31", "-"),
    ] {
        let tampered = published.replacen(from, to, 1);
        assert_ne!(tampered, published, "{from}");

        let said = prove_serving(&rules, &tampered, &rules);

        assert!(
            matches!(said, Err(PolicyError::Disagreement { .. })),
            "{from} for {to}: {said:?}"
        );
    }
}

/// What would be served differs from what is published only after a day that has not come yet.
#[test]
fn refuses_rules_that_would_not_end_on_their_day() {
    let on = |day: &str| RULES.replacen("why", &format!("until = {day}\nwhy"), 1);
    for (published, served) in [
        ("2027-03-31", "2027-04-01"),
        ("2027-03-31", "2027-03-30"),
        ("2027-03-31", "2028-03-31"),
        ("2026-11-22", "2026-11-23"),
    ] {
        let text = set(&on(published)).casbin_csv().to_owned();

        let said = prove_serving(&read(&on(published)), &text, &read(&on(served)));

        assert!(
            matches!(said, Err(PolicyError::Disagreement { .. })),
            "{published}, served {served}: {said:?}"
        );
        prove_serving(&read(&on(published)), &text, &read(&on(published))).unwrap();
    }
    let text = set(&on("2027-03-31")).casbin_csv().to_owned();
    let endless = prove_serving(&read(&on("2027-03-31")), &text, &read(RULES));
    assert!(matches!(endless, Err(PolicyError::Disagreement { .. })));
}

#[test]
fn refuses_a_file_that_would_not_end_on_its_day() {
    let text = format!("until = 2027-03-31\n{}", file(RULES));
    let rules = crate::read::parse_rules("rules.toml", &text, vocabulary()).unwrap();
    let published = publish::csv(&rules, vocabulary());

    assert!(published.contains("\n# After 2027-03-31 nothing is released"));
    assert!(!csv().contains("# After"));
    prove_serving(&rules, &published, &rules).unwrap();
    let said = prove_serving(&rules, &published, &read(RULES));

    assert!(
        matches!(said, Err(PolicyError::Disagreement { .. })),
        "{said:?}"
    );
}

#[test]
fn refuses_to_serve_anything_where_nothing_published_is_in_force() {
    let grant = "[[rule]]\nid = \"A-1\"\nshare = \"police.domestic_incident.date\"\nas = \"exact\"\nwhen = { within = \"24 months\" }\nwhy = \"x\"\n";
    let lapsed = format!("{grant}until = 2026-11-21\n");
    let text = set(&lapsed).casbin_csv().to_owned();

    prove_serving(&read(&lapsed), &text, &read(&lapsed)).unwrap();
    let said = prove_serving(&read(&lapsed), &text, &read(grant));

    assert!(
        matches!(said, Err(PolicyError::Disagreement { .. })),
        "{said:?}"
    );
}

#[test]
fn refuses_text_with_a_row_missing_or_too_many() {
    let text = csv();
    for line in text.lines().filter(|line| line.starts_with("p, ")) {
        let without = text.replace(&format!("{line}\n"), "");

        assert!(prove_text(&without).is_err(), "not missed: {line}");
    }
    let more = "p, Z-9, allow, share, 1:known, police.intelligence.date, *, *, *, *, *, *, *, *, *, *, -, -\n";
    assert!(prove_text(&format!("{text}{more}")).is_err());
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let text = csv();
    let mut lines: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("p, "))
        .collect();
    lines.reverse();

    prove_text(&format!("{}\n", lines.join("\n"))).unwrap();
}

#[test]
fn a_lapsed_grant_is_left_out_and_a_lapsed_cap_stays() {
    let rules = RULES
        .replace(
            "why = \"Children Act 1989 s.47(9)\"",
            "why = \"x\"\nuntil = 2026-11-21",
        )
        .replace("why = \"Haringey\"", "why = \"x\"\nuntil = 2026-11-21");
    let text = set(&rules).casbin_csv().to_owned();

    let rows = publish::rows(&text).unwrap();
    let now = publish::text(publish::in_force(&rows, today()).into_iter());

    assert_eq!(rows.len(), 7);
    assert!(!now.contains("allow") && now.contains("C-2"), "{now}");
    PolicySet::activate(
        "rules.toml",
        &file(&rules),
        vocabulary(),
        &"police".parse().unwrap(),
        today(),
        1,
    )
    .unwrap();
}

#[test]
fn activates_whatever_the_seed() {
    for seed in [0, 1, u64::MAX] {
        let activated = PolicySet::activate(
            "rules.toml",
            &file(RULES),
            vocabulary(),
            &"police".parse().unwrap(),
            today(),
            seed,
        );

        assert!(activated.is_ok());
    }
}
