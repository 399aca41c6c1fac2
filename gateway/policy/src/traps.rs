//! Every way in which a malformed file loses a prohibition without a word in stock Casbin, in each of
//! the three places where a person could put it: `rules.toml`, a table from a spreadsheet, and the
//! published `policy.csv`.
//!
//! The rule at stake is one prohibition. A trap must be refused, or be read so that the prohibition
//! stands exactly as it was.

use crate::publish;
use crate::read::parse_rules;
use crate::rules::{Rule, Rules};
use crate::sample::{file, set, vocabulary};
use crate::sheet::{export_rules, import_rules};

const RULES: &str = r#"
[[rule]]
id = "A-1"
share = "police.domestic_incident.date"
as = "exact"
when = { within = "24 months" }
why = "Children Act 1989 s.47(9)"

[[rule]]
id = "C-2"
never_above = "police.*"
as = "none"
when = { consent = ["refused"], purpose = ["early_help"] }
why = "Haringey"
"#;

/// What becomes of a trap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Read so that the prohibition stands.
    Kept,
    /// Refused when the file is read.
    Refused,
}

use Fate::{Kept, Refused};

/// Name of the trap in the evidence, what is replaced, by what, and what becomes of it.
type Trap = (&'static str, &'static str, &'static str, Fate);

const IN_TOML: &[Trap] = &[
    ("T1 capitals", "never_above =", "Never_above =", Refused),
    ("T1 slip", "never_above =", "nver_above =", Refused),
    (
        "T2 comment in the text",
        "\"police.*\"",
        "\"police.* # court order\"",
        Refused,
    ),
    (
        "T2 comment beside",
        "\"police.*\"",
        "\"police.*\" # court order",
        Kept,
    ),
    (
        "T3 another kind of table",
        "[[rule]]\nid = \"C-2\"",
        "[[Rule]]\nid = \"C-2\"",
        Refused,
    ),
    (
        "T3 a second kind of table",
        "[[rule]]\nid = \"C-2\"",
        "[[rule2]]\nid = \"C-2\"",
        Refused,
    ),
    (
        "T3 one bracket",
        "[[rule]]\nid = \"C-2\"",
        "[rule]\nid = \"C-2\"",
        Refused,
    ),
    (
        "T5 byte order mark",
        "agency = \"police\"",
        "\u{feff}agency = \"police\"",
        Kept,
    ),
    (
        "T5 byte order mark within",
        "[[rule]]\nid = \"C-2\"",
        "\u{feff}[[rule]]\nid = \"C-2\"",
        Refused,
    ),
    (
        "T6 semicolons",
        "[\"refused\"], purpose",
        "[\"refused\"]; purpose",
        Refused,
    ),
    ("T7 smart quotes", "\"none\"", "“none”", Refused),
    ("T7 smart quotes within", "\"none\"", "\"“none”\"", Refused),
    ("T8 too short", "as = \"none\"\n", "", Refused),
    ("T9 too long", "\"none\"", "\"none\", \"extra\"", Refused),
    ("T10 comma at the end", "\"none\"", "\"none\",", Refused),
    (
        "T11 doubled quotes",
        "\"police.*\"",
        "\"pol\"\"ice.*\"",
        Refused,
    ),
    (
        "T12 too long among good ones",
        "why = \"Haringey\"",
        "why = \"Haringey\" extra",
        Refused,
    ),
    ("quoted word", "\"none\"", "'none'", Kept),
    ("E1 nothing to read", RULES, "", Refused),
    (
        "O1 the same row twice",
        "id = \"C-2\"",
        "id = \"A-1\"",
        Refused,
    ),
    (
        "M1 a number for a word",
        "consent = [\"refused\"]",
        "priority = [1]",
        Refused,
    ),
    (
        "M2 a misspelt attribute",
        "consent = [\"refused\"]",
        "consnt = [\"refused\"]",
        Refused,
    ),
    (
        "M2 a misspelt value",
        "consent = [\"refused\"]",
        "consent = [\"refuse\"]",
        Refused,
    ),
    (
        "an empty list",
        "consent = [\"refused\"]",
        "consent = []",
        Refused,
    ),
    (
        "a value that is not known",
        "consent = [\"refused\"]",
        "consent = [\"unknown\"]",
        Refused,
    ),
    (
        "M8 a pattern in the middle",
        "\"police.*\"",
        "\"police.*.date\"",
        Refused,
    ),
    ("M8 a pattern for all", "\"police.*\"", "\"*\"", Refused),
    ("M10 a call", "\"police.*\"", "\"eval(r.item)\"", Refused),
    ("a rung out of range", "\"none\"", "\"7:none\"", Refused),
    (
        "two verbs",
        "as = \"none\"",
        "as = \"none\"\nshare = \"police.*\"",
        Refused,
    ),
];

const IN_TABLE: &[Trap] = &[
    ("T1 capitals", "never_above", "Never_above", Refused),
    ("T1 slip", "never_above", "nver_above", Refused),
    (
        "T2 comment in the cell",
        "police.*",
        "police.* # court order",
        Refused,
    ),
    ("T2 comment as a row", "C-2,", "# C-2,", Refused),
    (
        "T3 cells in another order",
        "C-2,never_above",
        "never_above,C-2",
        Refused,
    ),
    ("T3 a cell in front", "C-2,", "p,C-2,", Refused),
    ("T5 byte order mark within", "C-2,", "\u{feff}C-2,", Kept),
    (
        "T6 semicolons in one row",
        "C-2,never_above,",
        "C-2;never_above;",
        Refused,
    ),
    ("T7 smart quotes", "police.*", "“police.*”", Kept),
    ("T8 too short", ",,,,,Haringey,,,", "", Refused),
    (
        "T8 blank cells left out",
        "Haringey,,,\r\n",
        "Haringey\r\n",
        Kept,
    ),
    (
        "T9 too long",
        "Haringey,,,\r\n",
        "Haringey,,,,extra\r\n",
        Refused,
    ),
    (
        "T10 comma at the end",
        "Haringey,,,\r\n",
        "Haringey,,,,\r\n",
        Kept,
    ),
    (
        "T11 doubled quotes",
        "police.*",
        "\"pol\"\"ice.*\"",
        Refused,
    ),
    ("T12 too long among good ones", "C-2,", "C-2,,", Refused),
    ("quoted word", "police.*", "\"police.*\"", Kept),
    ("a quote never closed", "C-2,", "\"C-2,", Refused),
    ("a quote within", "police.*", "police\".*", Refused),
    ("O1 the same row twice", "C-2,", "A-1,", Refused),
    ("M1 a number for a word", "refused", "1", Refused),
    ("M2 a lost column", ",consent,", ",,", Refused),
    ("M2 a misspelt column", ",consent,", ",consnt,", Refused),
    ("M2 a misspelt value", "refused", "refuse", Refused),
    ("an empty list", "refused", "\" , \"", Refused),
    ("a value that is not known", "refused", "unknown", Refused),
    (
        "M8 a pattern in the middle",
        "police.*",
        "police.*.date",
        Refused,
    ),
    ("M8 a pattern for all", "police.*", "*", Refused),
    ("M10 a call", "police.*", "eval(r.item)", Refused),
    ("a formula", "police.*", "=B2", Refused),
    ("a failed formula", "Haringey", "#REF!", Refused),
    ("a rung out of range", "none", "7:none", Refused),
    ("a date for a name", "C-2", "02-Feb", Refused),
];

const PUBLISHED: &[Trap] = &[
    ("T1 capitals", "deny", "Deny", Refused),
    (
        "T2 comment in the cell",
        "police.*",
        "police.* # court order",
        Refused,
    ),
    ("T3 another kind of row", "p, C-2", "P, C-2", Refused),
    ("T3 a second kind of row", "p, C-2", "p2, C-2", Refused),
    ("T5 byte order mark", "p, C-2", "\u{feff}p, C-2", Refused),
    ("T6 semicolons", "C-2, deny", "C-2; deny", Refused),
    ("T7 smart quotes", "police.*", "“police.*”", Refused),
    ("T8 too short", "p, C-2, deny", "p, deny", Refused),
    ("T9 too long", "p, C-2", "p, extra, C-2", Refused),
    ("T10 comma at the end", "-, -\n", "-, -,\n", Refused),
    (
        "T11 doubled quotes",
        "police.*",
        "\"pol\"\"ice.*\"",
        Refused,
    ),
    ("quoted word", "police.*", "\"police.*\"", Refused),
    ("O1 the same row twice", "p, C-2", "p, A-1", Refused),
    (
        "M8 a pattern in the middle",
        "police.*",
        "police.*.date",
        Refused,
    ),
    ("M10 a call", "police.*", "eval(r.item)", Refused),
    ("a rung out of range", "0:none", "7:none", Refused),
];

fn read(text: &str) -> Option<Rules> {
    parse_rules("rules.toml", text, vocabulary()).ok()
}

/// The prohibition, as it must stand.
fn prohibition(rules: &Rules) -> Option<Rule> {
    rules.rule(&"C-2".parse().unwrap()).cloned()
}

/// `text` with the trap where the prohibition is written, and not before.
fn trapped(text: &str, (name, from, to, _): &Trap) -> String {
    if from.len() > 200 {
        return text.replacen(from, to, 1);
    }
    let at = text.rfind("C-2").unwrap();
    // What is about the whole file, or stands before the name of the rule, is looked for everywhere.
    let line = text
        .get(..at)
        .unwrap()
        .rfind("\n\n")
        .map_or(0, |blank| blank + 1);
    let start = if text.get(line..).unwrap().contains(from) {
        line
    } else {
        0
    };
    let (before, after) = text.split_at(start);
    let changed = after.replacen(from, to, 1);
    assert_ne!(changed, after, "{name}: `{from}` is not in the text");
    format!("{before}{changed}")
}

fn judge(place: &str, trap: &Trap, before: &Rules, after: Option<Rules>) {
    let (name, _, _, fate) = trap;
    match (fate, after) {
        (Refused, after) => assert!(after.is_none(), "{place}, {name}: read as {after:?}"),
        (Kept, None) => panic!("{place}, {name}: refused"),
        (Kept, Some(after)) => {
            assert_eq!(prohibition(&after), prohibition(before), "{place}, {name}");
        }
    }
}

#[test]
fn no_trap_in_a_rules_file_loses_a_prohibition() {
    let text = file(RULES);
    let before = read(&text).unwrap();
    assert!(prohibition(&before).is_some());

    for trap in IN_TOML {
        judge("rules.toml", trap, &before, read(&trapped(&text, trap)));
    }
}

#[test]
fn no_trap_in_a_table_loses_a_prohibition() {
    let text = file(RULES);
    let before = read(&text).unwrap();
    let table = export_rules("rules.toml", &text, vocabulary()).unwrap();
    let import = |table: &str| {
        let imported = import_rules("rules.csv", table.as_bytes(), vocabulary(), None);
        imported.ok().map(|imported| imported.rules)
    };
    assert_eq!(prohibition(&import(&table).unwrap()), prohibition(&before));

    for trap in IN_TABLE {
        // The row of the prohibition is the last; only its header is shared.
        let (head, row) = table.split_at(table.find("C-2,").unwrap());
        let (_, from, to, _) = trap;
        let changed = if row.contains(from) {
            format!("{head}{}", row.replacen(from, to, 1))
        } else {
            assert!(head.contains(from), "{trap:?}");
            format!("{}{row}", head.replacen(from, to, 1))
        };
        judge("rules.csv", trap, &before, import(&changed));
    }
    let nothing = table
        .split_inclusive("\r\n")
        .filter(|row| !row.contains("police."))
        .collect::<String>();
    assert!(import(&nothing).is_none(), "E1: a table without rules");
}

#[test]
fn no_trap_in_the_published_policy_is_read() {
    let policy = set(RULES);
    let text = policy.casbin_csv();
    assert!(publish::rows(text).is_ok());

    for trap in PUBLISHED {
        let (name, from, to, _) = trap;
        let (head, row) = text.split_at(text.find("p, C-2").unwrap());
        let changed = row.replacen(from, to, 1);
        assert_ne!(changed, row, "{name}");

        assert!(
            publish::rows(&format!("{head}{changed}")).is_err(),
            "{name}"
        );
    }
    assert!(publish::rows("# nothing\n").is_err(), "E1: no rows");
}

#[test]
fn the_traps_of_the_evidence_are_tried_in_every_place() {
    for traps in [IN_TOML, IN_TABLE, PUBLISHED] {
        for name in ["T1", "T2", "T3", "T5", "T6", "T7", "T8", "T9", "T10", "T11"] {
            assert!(
                traps.iter().any(|(trap, ..)| trap.starts_with(name)),
                "{name}"
            );
        }
    }
}
