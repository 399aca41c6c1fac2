//! Tables: round trips, what spreadsheets do to them, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::fmt::format_rules;
use crate::read::parse_rules;
use crate::sample::{RULES, file, vocabulary};

fn exported(rules: &str) -> String {
    export_rules("rules.toml", &file(rules), vocabulary()).unwrap_or_else(|error| panic!("{error}"))
}

fn imported(table: &str) -> Result<Imported, PolicyError> {
    import_rules("rules.csv", table.as_bytes(), vocabulary(), None)
}

const ONE: &str = r#"
# A comment.
[[rule]]
id = "MAR-01"
ask = "police.domestic_incident.summary"
as = "redacted"
approvers = ["detective_inspector", "disclosure_officer"]
any_of = true
approval_hours = 8
when = { purpose = ["s47_enquiry", "marac"], within = "24 months", hub = ["hub-northshire"] }
why = "=Children Act 1989 s.47(9), \"check\""
until = 2027-03-31
"#;

const TABLE: &str = "\u{feff}agency,police\r\nvocabulary,1\r\nsealed_contact,detective_inspector\r\n\r\n\
id,verb,fields,of,as,approver,any_of,approval_hours,purpose,priority,consent,subject,age,within,requester,hub,agency,code,why,clause,owner,until\r\n\
'MAR-01,ask,police.domestic_incident.summary,,redacted,\"detective_inspector, disclosure_officer\",yes,8,\"s47_enquiry, marac\",,,,,24 months,,hub-northshire,,,\"'=Children Act 1989 s.47(9), \"\"check\"\"\",,,'2027-03-31\r\n";

#[test]
fn exports_one_rule_a_row_and_keeps_spreadsheets_from_changing_it() {
    assert_eq!(exported(ONE), TABLE);
}

#[test]
fn imports_what_it_exported() {
    let before = parse_rules("rules.toml", &file(ONE), vocabulary()).unwrap();

    let after = imported(TABLE).unwrap();

    assert_eq!(after.rules.rules, before.rules);
    assert_eq!(after.added, ["MAR-01".parse().unwrap()]);
    assert_eq!(
        after.text,
        format_rules("rules.toml", &file(ONE).replace("# A comment.\n", "")).unwrap()
    );
}

#[test]
fn every_verb_comes_back() {
    let before = parse_rules("rules.toml", &file(RULES), vocabulary()).unwrap();

    let after = imported(&exported(RULES)).unwrap();

    assert_eq!(after.rules.rules, before.rules);
    assert_eq!(after.rules.sealed_contact, before.sealed_contact);
}

#[test]
fn merging_keeps_every_comment_of_a_file_that_did_not_change() {
    let text = format!(
        "# Head.\n\n{}# The end.\n",
        file(RULES).replace("id = \"C-2\"\n", "# refusal\nid = \"C-2\" # beside\n")
    );
    let table = export_rules("rules.toml", &text, vocabulary()).unwrap();

    let merged = import_rules(
        "rules.csv",
        table.as_bytes(),
        vocabulary(),
        Some(("rules.toml", &text)),
    )
    .unwrap();

    assert_eq!(merged.text, format_rules("rules.toml", &text).unwrap());
    assert!(merged.added.is_empty() && merged.changed.is_empty() && merged.removed.is_empty());
}

#[test]
fn merging_says_what_changed_and_keeps_the_headings() {
    let text = file(RULES).replace(
        "\n[[rule]]\nid = \"A-2\"",
        "\n# --- Section 2 ---\n\n# about A-2\n[[rule]]\nid = \"A-2\"",
    );
    let table = export_rules("rules.toml", &text, vocabulary()).unwrap();
    let table: String = table
        .split_inclusive("\r\n")
        .filter(|row| !row.starts_with("A-2,"))
        .map(|row| {
            row.replace("A-1,share", "A-9,share")
                .replace("60 months", "24 months")
        })
        .collect();

    let merged = import_rules(
        "rules.csv",
        table.as_bytes(),
        vocabulary(),
        Some(("rules.toml", &text)),
    )
    .unwrap();

    let ids = |ids: &[RuleId]| {
        ids.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(ids(&merged.added), "A-9");
    assert_eq!(ids(&merged.changed), "A-3");
    assert_eq!(ids(&merged.removed), "A-1 A-2");
    assert!(
        merged
            .text
            .contains("# --- Section 2 ---\n\n[[rule]]\nid = \"A-3\""),
        "{}",
        merged.text
    );
    assert!(!merged.text.contains("# about A-2"));
}

#[test]
fn refuses_to_lose_a_key_at_the_top_and_says_which_differ() {
    let text = format!(
        "until = 2027-03-31\nclosed = [\"police.domestic_incident\"]\n{}",
        file(RULES)
    );
    let table = export_rules("rules.toml", &text, vocabulary()).unwrap();
    let into = Some(("rules.toml", text.as_str()));
    for key in ["until", "closed"] {
        let lost: String = table
            .split_inclusive("\r\n")
            .filter(|row| !row.starts_with(&format!("{key},")))
            .collect();

        let error = import_rules("rules.csv", lost.as_bytes(), vocabulary(), into).unwrap_err();

        assert!(
            error
                .to_string()
                .contains(&format!("the row `{key}` is missing, which rules.toml has")),
            "{error}"
        );
    }
    let later = table.replace("2027-03-31", "2028-03-31");
    let merged = import_rules("rules.csv", later.as_bytes(), vocabulary(), into).unwrap();
    assert_eq!(merged.keys, ["until"]);
    let same = import_rules("rules.csv", table.as_bytes(), vocabulary(), into).unwrap();
    assert!(same.keys.is_empty());
}

#[test]
fn a_comment_stays_with_a_verb_or_an_approver_that_changed() {
    let text = file(
        "[[rule]]\nid = \"A-1\"\n# only the summary\nask = \"police.domestic_incident.summary\"\nas = \"full\"\n# on duty\napprover = \"detective_inspector\"\nwhen = { within = \"24 months\" }\nwhy = \"x\"\n",
    );
    let table = export_rules("rules.toml", &text, vocabulary()).unwrap();
    let table = table.replace(
        "detective_inspector,,,,",
        "\"detective_inspector, disclosure_officer\",,,,",
    );

    let merged = import_rules(
        "rules.csv",
        table.as_bytes(),
        vocabulary(),
        Some(("rules.toml", &text)),
    )
    .unwrap();

    assert!(
        merged.text.contains("# on duty\napprovers = ["),
        "{}",
        merged.text
    );
    assert!(merged.text.contains("# only the summary\nask = "));
}

#[test]
fn refuses_to_merge_into_what_is_no_rules_file() {
    let error = import_rules(
        "rules.csv",
        TABLE.as_bytes(),
        vocabulary(),
        Some(("old.toml", "agency = police")),
    );

    assert!(error.unwrap_err().to_string().starts_with("old.toml:1:10:"));
}

#[test]
fn accepts_what_spreadsheets_and_people_do_to_a_table() {
    let good = imported(TABLE).unwrap().rules;
    let bare = TABLE.trim_start_matches('\u{feff}');
    let semicolons = bare
        .replace(
            "detective_inspector, disclosure_officer",
            "detective_inspector| disclosure_officer",
        )
        .replace("s47_enquiry, marac", "s47_enquiry| marac")
        .replace("s.47(9), ", "s.47(9)§ ")
        .replace(',', ";")
        .replace('§', ",");
    let changes: Vec<(&str, String)> = vec![
        ("no mark", bare.to_owned()),
        ("plain line ends", TABLE.replace("\r\n", "\n")),
        ("semicolons", semicolons.clone()),
        ("the line of Excel", format!("sep=;\r\n{semicolons}")),
        ("tabs", semicolons.replace(';', "\t")),
        ("blank rows", TABLE.replace("\r\n", "\r\n,,,,,\r\n\r\n")),
        ("blank columns", TABLE.replace("\r\n", ",,,\r\n")),
        (
            "capitals in the header",
            TABLE.replace("id,verb", "ID,Verb"),
        ),
        ("blanks around", TABLE.replace("ask,", " ask ,")),
        (
            "a blank that does not break",
            TABLE.replace("24 months", "24\u{a0}months"),
        ),
        (
            "typographic quotes",
            TABLE.replace("redacted", "“redacted”"),
        ),
        (
            "a mark of no width",
            TABLE.replace("redacted", "redacted\u{200b}"),
        ),
        (
            "words on lines of a cell",
            TABLE.replace("s47_enquiry, marac", "s47_enquiry\nmarac"),
        ),
        ("truth values", TABLE.replace(",yes,", ",TRUE,")),
        (
            "a date of this country",
            TABLE.replace("'2027-03-31", "31/03/2027"),
        ),
        (
            "a date of another",
            TABLE.replace("'2027-03-31", "3/31/2027"),
        ),
        (
            "a date with its month",
            TABLE.replace("'2027-03-31", "31-Mar-2027"),
        ),
        (
            "a date at midnight",
            TABLE.replace("'2027-03-31", "2027-03-31 00:00:00"),
        ),
        (
            "columns in another order",
            TABLE
                .replace("id,verb,fields", "verb,id,fields")
                .replace("'MAR-01,ask", "ask,'MAR-01"),
        ),
    ];
    for (what, table) in changes {
        assert_ne!(table, TABLE, "{what}");
        let rules = imported(&table)
            .unwrap_or_else(|error| panic!("{what}: {error}"))
            .rules;
        assert_eq!(rules.rules, good.rules, "{what}");
    }
}

/// What is replaced, by what, the place told and words of the message.
const CHANGES: &[(&str, &str, &str, &str)] = &[
    (
        "ask,police",
        "aks,police",
        "row 6, column B \"verb\"",
        "did you mean `ask`?",
    ),
    (
        "ask,police",
        ",police",
        "row 6, column B \"verb\"",
        "the rule does nothing",
    ),
    (
        "incident.summary",
        "incident.sumary",
        "row 6, column C \"fields\"",
        "did you mean",
    ),
    (
        "police.domestic_incident.summary",
        "",
        "row 6, column C \"fields\"",
        "write the field",
    ),
    (
        ",redacted,",
        ",,",
        "row 6, column E \"as\"",
        "`as` is missing",
    ),
    (
        ",redacted,",
        ",month,",
        "row 6, column E \"as\"",
        "not a rung of a text field",
    ),
    (
        "disclosure_officer",
        "disclosure_oficer",
        "row 6, column F \"approver\"",
        "did you mean",
    ),
    (
        ",yes,",
        ",maybe,",
        "row 6, column G \"any_of\"",
        "`yes` or `no`",
    ),
    (
        ",8,",
        ",8.5,",
        "row 6, column H \"approval_hours\"",
        "whole number",
    ),
    (
        ",8,",
        ",9999,",
        "row 6, column H \"approval_hours\"",
        "from 1 to 720",
    ),
    (
        "marac\"",
        "maracc\"",
        "row 6, column I \"purpose\"",
        "did you mean `marac`?",
    ),
    (
        "marac\"",
        "s47_enquiry\"",
        "row 6, column I \"purpose\"",
        "twice",
    ),
    (
        ",,,,,24",
        ",\" , \",,,,24",
        "row 6, column J \"priority\"",
        "holds no word",
    ),
    (
        "24 months",
        "2 years",
        "row 6, column N \"within\"",
        "look-back",
    ),
    (
        "24 months",
        "=A1",
        "row 6, column N \"within\"",
        "a formula",
    ),
    ("'=Child", "=Child", "row 6, column S \"why\"", "a formula"),
    ("'=Child", "@Child", "row 6, column S \"why\"", "a formula"),
    (
        "\"'=Children Act 1989 s.47(9), \"\"check\"\"\"",
        "#NAME?",
        "row 6, column S \"why\"",
        "formula fails",
    ),
    (
        "\"'=Children Act 1989 s.47(9), \"\"check\"\"\"",
        "",
        "row 6, column S \"why\"",
        "`why` is missing",
    ),
    (
        "'2027-03-31",
        "03/04/2027",
        "row 6, column V \"until\"",
        "could be 2027-04-03 or 2027-03-04",
    ),
    (
        "'2027-03-31",
        "46477",
        "row 6, column V \"until\"",
        "counts days",
    ),
    (
        "'2027-03-31",
        "31-Mar-27",
        "row 6, column V \"until\"",
        "is no date",
    ),
    (
        "'2027-03-31",
        "2027-02-30",
        "row 6, column V \"until\"",
        "is no date",
    ),
    (
        "'MAR-01",
        "01-Mar",
        "row 6, column A \"id\"",
        "must be 1 to 40 of A-Z",
    ),
    (
        "agency,police",
        "agency,polis",
        "row 1, column B \"agency\"",
        "did you mean `police`?",
    ),
    (
        "agency,police",
        "agenci,police",
        "row 1, column A",
        "did you mean `agency`?",
    ),
    (
        "agency,police",
        "agency,",
        "row 1, column B",
        "has no value",
    ),
    (
        "agency,police",
        "agency,police,health",
        "row 1, column C",
        "has one value",
    ),
    (
        "agency,police\r\n",
        "",
        "rows above the rules",
        "`agency` is missing",
    ),
    (
        "vocabulary,1",
        "vocabulary,1\r\nvocabulary,1",
        "row 3, column A",
        "given twice",
    ),
    (
        ",consent,",
        ",consnt,",
        "row 5, column K",
        "did you mean `consent`?",
    ),
    (
        ",consent,",
        ",,",
        "row 5: the table lacks consent",
        "might let out more",
    ),
    (
        ",consent,",
        ",priority,",
        "row 5, column K",
        "two columns `priority`",
    ),
    (
        "'2027-03-31",
        "'2027-03-31,,stray",
        "row 6, column X",
        "has no name above",
    ),
    (
        "id,verb",
        "name,what",
        "row 1",
        "no row has the names of the columns",
    ),
];

#[test]
fn refuses_with_row_and_column_what_could_mean_something_else() {
    for (from, to, place, said) in CHANGES {
        let table = TABLE.replacen(from, to, 1);
        assert_ne!(table, TABLE, "{from}");

        let error = imported(&table).unwrap_err().to_string();

        assert!(
            error.contains(&format!("rules.csv: {place}")),
            "{from} → {to}: wanted {place}: {error}"
        );
        assert!(
            error.contains(said),
            "{from} → {to}: wanted {said}: {error}"
        );
    }
}

#[test]
fn tells_every_mistake_at_once_in_the_order_of_the_rows() {
    let table = TABLE
        .replace("agency,police", "agency,polis")
        .replace("ask,", "aks,")
        .replace("24 months", "2 years");

    let error = imported(&table.replace("polis", "police"))
        .unwrap_err()
        .to_string();

    assert_eq!(error.lines().count(), 2, "{error}");
    assert!(
        error.lines().next().unwrap().contains("column B"),
        "{error}"
    );
}

#[test]
fn refuses_a_rule_that_stands_twice() {
    let row = TABLE.split_inclusive("\r\n").last().unwrap();

    let error = imported(&format!("{TABLE}{row}")).unwrap_err().to_string();

    assert!(
        error.contains("row 7, column A \"id\": `MAR-01` is a second rule"),
        "{error}"
    );
}

#[test]
fn refuses_quotation_marks_that_would_swallow_a_rule() {
    for (from, to, row, said) in [
        (
            ",,,'2027-03-31\r\n",
            ",,,\"'2027-03-31\r\n",
            6,
            "never closed",
        ),
        ("redacted", "red\"acted", 6, "does not begin with one"),
        (
            "redacted",
            "\"red\"acted",
            6,
            "between the closing quotation mark",
        ),
    ] {
        let error = imported(&TABLE.replacen(from, to, 1))
            .unwrap_err()
            .to_string();

        assert!(
            error.starts_with(&format!("rules.csv: row {row}: ")),
            "{error}"
        );
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn refuses_what_is_not_utf_8() {
    let latin: Vec<u8> = TABLE
        .replace("Children", "Childr£n")
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect();
    let wide: Vec<u8> = TABLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [latin.get(1..).unwrap().to_vec(), wide] {
        let error = import_rules("rules.csv", &bytes, vocabulary(), None).unwrap_err();

        assert!(error.to_string().contains("CSV UTF-8"), "{error}");
    }
}

#[test]
fn a_clause_that_a_spreadsheet_may_have_shortened_is_refused() {
    let text = include_str!("../../../../policies/vocabulary.toml");
    let (text, _) = text.split_once("[[clause]]").unwrap_or((text, ""));
    let clauses =
        "[[clause]]\ncode = \"4.1\"\nname = \"A\"\n[[clause]]\ncode = \"4.10\"\nname = \"B\"\n";
    let vocabulary = Vocabulary::parse("v.toml", &format!("{text}\n{clauses}")).unwrap();
    let rules = file(&ONE.replace("why", "clause = \"4.10\"\nwhy"));
    let table = export_rules("rules.toml", &rules, &vocabulary).unwrap();
    let import = |table: &str| import_rules("rules.csv", table.as_bytes(), &vocabulary, None);

    assert!(table.contains(",'4.10,"));
    assert_eq!(
        import(&table).unwrap().rules.rules[0].clauses,
        ["4.10".parse().unwrap()]
    );
    let error = import(&table.replace(",'4.10,", ",4.1,"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("column T \"clause\": a spreadsheet may have made `4.1` of `4.10`"),
        "{error}"
    );
    assert!(import(&table.replace(",'4.10,", ",'4.1,")).is_ok());
}

#[test]
fn columns_have_the_letters_of_spreadsheets() {
    let letters: Vec<String> = [0, 25, 26, 51, 52, 701, 702].map(columns::letter).into();

    assert_eq!(letters, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
}

#[test]
fn every_template_comes_back_whole() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut seen = 0;
    for folder in std::fs::read_dir(folder).unwrap() {
        let path = folder.unwrap().path().join("rules.toml");
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let name = path.display().to_string();
        let table = export_rules(&name, &text, vocabulary()).unwrap();

        let merged = import_rules(
            "rules.csv",
            table.as_bytes(),
            vocabulary(),
            Some((&name, &text)),
        )
        .unwrap();
        let alone = imported(&table).unwrap();

        assert_eq!(merged.text, format_rules(&name, &text).unwrap(), "{name}");
        let before = parse_rules(&name, &text, vocabulary()).unwrap();
        assert_eq!(alone.rules.rules, before.rules, "{name}");
        assert_eq!(
            (alone.rules.until, alone.rules.closed),
            (before.until, before.closed)
        );
        seen += 1;
    }
    assert!(seen >= 7, "{seen} templates");
}

/// Texts that spreadsheets like to change.
fn awkward() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,30}",
        "[=+@'#-][a-z(),;\"']{0,12}[x!?]",
        "[0-9]{1,4}[-/.][0-9]{1,2}",
        "(1 May|MAR-01|SEPT2|#N/A|#REF!|1E5|TRUE|007|4.10|1:30|50%|#N/A x|“quoted”| x |é, ü; x)",
    ]
}

fn rule() -> impl Strategy<Value = String> {
    (
        prop_oneof![
            Just("share = \"police.domestic_incident.date\"\nas = \"month\""),
            Just("never_above = \"police.*\"\nof = [\"third_party\", \"person\"]\nas = \"known\"\ncode = \"third_party\""),
            Just("ask = \"police.domestic_incident.summary\"\nas = \"full\"\napprovers = [\"detective_inspector\", \"disclosure_officer\"]\nany_of = true"),
            Just("ask = \"police.domestic_incident.summary\"\nas = \"detail\"\napprover = \"detective_inspector\"\napproval_hours = 4\nuntil = 2027-01-02"),
        ],
        prop_oneof![
            Just("within = \"24 months\""),
            Just("age = [\"age_5_to_9\"], within = \"ever\", hub = [\"hub-1\", \"1\"]"),
            Just("purpose = [\"s47_enquiry\"], consent = [\"given\", \"unable\"], within = \"6 months\", agency = [\"a-1\"]"),
        ],
        awkward(),
        proptest::option::of(awkward()),
    )
        .prop_map(|(verb, when, why, owner)| {
            let text = |text: String| toml::Value::String(text).to_string();
            let owner = owner.map_or(String::new(), |owner| format!("owner = {}\n", text(owner)));
            format!("{verb}\nwhen = {{ {when} }}\nwhy = {}\n{owner}", text(why))
        })
}

/// The same table as a spreadsheet of another country writes it.
fn resaved(table: &str, separator: char) -> String {
    let rows = csv::read(table.trim_start_matches('\u{feff}'), ',').unwrap();
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    let rows: Vec<String> = rows
        .iter()
        .map(|row| {
            row.iter()
                .map(quoted)
                .collect::<Vec<_>>()
                .join(&separator.to_string())
        })
        .collect();
    rows.join("\n")
}

proptest! {
    #[test]
    fn import_of_export_is_the_same_rules(rules in proptest::collection::vec(rule(), 1..5), separator in 0_usize..3) {
        let rules: Vec<String> = rules.iter().enumerate().map(|(n, rule)| format!("[[rule]]\nid = \"MAR-{n}\"\n{rule}\n")).collect();
        let rules = rules.concat();
        let text = file(&rules);
        if let Ok(before) = parse_rules("rules.toml", &text, vocabulary()) {
            let table = exported(&rules);

            let after = imported(&table).unwrap();
            let again = imported(&resaved(&table, csv::SEPARATORS[separator])).unwrap();

            prop_assert_eq!(&after.rules.rules, &before.rules);
            prop_assert_eq!(&again.rules.rules, &before.rules);
            prop_assert_eq!(after.text, format_rules("rules.toml", &text).unwrap());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_with_a_place(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let error = import_rules("rules.csv", &bytes, vocabulary(), None).unwrap_err();

        prop_assert!(error.to_string().starts_with("rules.csv: row"));
    }
}
