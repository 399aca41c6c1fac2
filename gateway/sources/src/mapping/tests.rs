//! Mapping files, good and bad.

use proptest::prelude::*;
use stile_model::code::FieldKind;
use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;

use super::{ColumnName, Dated, IndexMapping, Mapping, Place};
use crate::error::MappingError;
use crate::value::DateFormat;

const GOOD: &str = r#"
[source.niche]
kind = "postgres"
url_file = "/etc/stile/niche.url"
system = "Niche RMS"
person = { table = "crime.person", key = "nominal_id", surname = "sname", identifiers = { nhs_number = "nhs_no" }, aliases = { table="alias", subject="nominal_id", surname="sname" }, date_format = "dd/mm/yyyy" }

[source.niche.category."police.arrest"]
table = "arrest_view"
key = "arrest_id"
subject = "nominal_id"
date = "arrested_on"
fields = { date = "arrested_on", offence = "offence_code" }
provenance = { author = "police_officer", nature = "fact", verification = "verified" }

[source.archive]
kind = "sqlite"
path = "archive.db"
system = "Archive"
person = { table = "person", key = "id", surname = "sname" }
"#;

const WORDS: &str = include_str!("../../tests/vocabulary.toml");

/// The mapping of an agency of this kind.
pub(super) fn parse_as(kind: &str, text: &str) -> Result<Mapping, MappingError> {
    let vocabulary = Vocabulary::parse("vocabulary.toml", WORDS).unwrap();
    let kind = Code::new(kind).unwrap();
    Mapping::parse("niche.toml", text, &vocabulary, &kind)
}

fn parse(text: &str) -> Result<Mapping, MappingError> {
    parse_as("police", text)
}

/// The problems of the good file with one text replaced.
fn problems(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    parse(&GOOD.replacen(from, to, 1)).unwrap_err().problems
}

/// The mapping of the archive, with `text` after it.
fn archive_with(text: &str) -> Result<Option<IndexMapping>, MappingError> {
    let mut mapping = parse(&format!("{GOOD}{text}"))?;
    assert_eq!(mapping.sources.len(), 2);
    Ok(mapping.sources.remove(0).index)
}

#[test]
fn people_are_held_in_memory_only_where_it_is_turned_on() {
    let at = "[source.archive.index]\n";

    assert_eq!(archive_with("").unwrap(), None);
    assert_eq!(archive_with(at).unwrap(), None);
    let off = format!("{at}enabled = false\nrefresh_min = 5");
    assert_eq!(archive_with(&off).unwrap(), None);
    let on = format!("{at}enabled = true");
    assert_eq!(
        archive_with(&on).unwrap(),
        Some(IndexMapping {
            refresh_min: 15,
            watermark: None,
            sweep_min: 60,
            stale_after_min: 60,
            memory_max_mb: 1_000,
            confirm: true,
        })
    );
    let all = format!(
        "{at}enabled = true\nrefresh_min = 90\nwatermark = \"changed_at\"\nsweep_min = 240\n\
         memory_max_mb = 4000\nconfirm = false"
    );
    assert_eq!(
        archive_with(&all).unwrap(),
        Some(IndexMapping {
            refresh_min: 90,
            watermark: ColumnName::new("changed_at"),
            sweep_min: 240,
            stale_after_min: 180,
            memory_max_mb: 4_000,
            confirm: false,
        })
    );
}

#[test]
fn rejects_an_index_outside_its_bounds_with_the_line() {
    for (text, wanted) in [
        (
            "refresh_min = 0",
            "`refresh_min` must be a whole number from 1 to 1440",
        ),
        (
            "refresh_min = \"5\"",
            "`refresh_min` must be a whole number",
        ),
        ("refresh_min = 0x10", "`refresh_min` must be a whole number"),
        ("refresh_min = -1", "`refresh_min` must be a whole number"),
        (
            "stale_after_min = 14",
            "`stale_after_min` must be a whole number from 15 to 10080",
        ),
        (
            "memory_max_mb = 4001",
            "`memory_max_mb` must be a whole number from 1 to 4000",
        ),
        ("enabled = 1", "`enabled` must be true or false"),
        ("watermark = \"a b\"", "`watermark` must be a column"),
        ("refresh = 5", "is not a key of `index`"),
    ] {
        let error = archive_with(&format!("[source.archive.index]\n{text}")).unwrap_err();

        let problem = error.problems.join("\n");
        assert!(problem.contains(wanted), "{problem}");
        assert!(problem.starts_with("niche.toml:22:"), "{problem}");
    }
}

#[test]
fn reads_a_good_file() {
    let mapping = parse(GOOD).unwrap();

    let [archive, niche] = mapping.sources.as_slice() else {
        panic!("two sources, in the order of their names");
    };
    assert_eq!(
        archive.place,
        Place::Sqlite {
            path: "archive.db".into()
        }
    );
    assert_eq!(niche.system, "Niche RMS");
    assert_eq!(
        niche.person.date_format,
        Some(DateFormat::DayMonthYearSlashes)
    );
    assert_eq!(niche.person.identifiers.len(), 1);
    let arrest = &niche.categories[0];
    assert_eq!(arrest.provenance.system, "Niche RMS");
    assert_eq!(arrest.fields[0].kind, FieldKind::Date);
    assert_eq!(arrest.date, ColumnName::new("arrested_on"));
    assert_eq!(arrest.dated, Dated::AtEvent);
}

/// The good file with its category changed for one that says what is true now, dated by this line.
fn standing(dated: &str) -> String {
    GOOD.replace("police.arrest", "police.missing")
        .replace("date = \"arrested_on\"\n", dated)
        .replace(
            "date = \"arrested_on\", offence = \"offence_code\"",
            "note = \"note\"",
        )
}

#[test]
fn what_is_true_now_is_counted_from_its_end_or_from_nothing() {
    for (line, column) in [
        ("ended = \"found_on\"\n", ColumnName::new("found_on")),
        ("", None),
    ] {
        let mapping = parse(&standing(line)).unwrap();

        let missing = &mapping.sources[1].categories[0];
        assert_eq!(missing.date, column);
        assert_eq!(missing.dated, Dated::AtEnd);
    }
}

#[test]
fn refuses_the_beginning_of_what_is_true_now_and_the_end_of_what_happened() {
    let begun = parse(&standing("date = \"missing_from\"\n")).unwrap_err();
    assert_eq!(
        begun.problems,
        [
            "niche.toml:12:1: `police.missing` says what is true now and takes no `date`: write \
          `ended` with the column of the day on which it ended (empty while it stands), or leave it \
          out where there is none"
        ]
    );

    let ended = problems("date = \"arrested_on\"\n", "ended = \"released_on\"\n");
    assert_eq!(
        ended,
        [
            "niche.toml:12:1: `police.arrest` tells what happened on a day and takes no `ended`: \
          write `date` with the column of that day"
        ]
    );
}

#[test]
fn names_file_line_column_the_allowed_words_and_the_nearest() {
    for (from, to, expected) in [
        (
            "kind = \"postgres\"",
            "kind = \"postgress\"",
            "niche.toml:3:8: `postgress` is not a value of `kind`; allowed: csv, fhir, http_json, mysql, \
             odbc, postgres, sqlite \
             (did you mean `postgres`?)",
        ),
        (
            "system = \"Niche",
            "sistem = \"Niche",
            "niche.toml:5:1: `sistem` is not a key of `niche`; allowed: answer, base, \
             category, connection_file, deadline_ms, dialect, file, folder, format, header_file, \
             identifier_systems, index, kind, path, person, roots, system, token_file, url_file (did you mean `system`?)",
        ),
        (
            "offence = \"off",
            "offense = \"off",
            "niche.toml:13:34: `offense` is not a field of `police.arrest`; allowed: date, offence \
             (did you mean `offence`?)",
        ),
        (
            "\"police.arrest\"",
            "\"police.arest\"",
            "niche.toml:8:24: `police.arest` is not a category of `police`; allowed: police.arrest, \
             police.domestic_incident, police.missing \
             (did you mean `police.arrest`?)",
        ),
        (
            "nature = \"fact\"",
            "nature = \"facts\"",
            "niche.toml:14:52: `facts` is not a value of `nature`; allowed: allegation, fact, opinion \
             (did you mean `fact`?)",
        ),
    ] {
        assert!(
            problems(from, to).iter().any(|problem| problem == expected),
            "{:#?}",
            problems(from, to)
        );
    }
}

#[test]
fn reports_every_problem_at_once() {
    let text = GOOD
        .replace("sname", "s name")
        .replace("arrest_view", "arrest view")
        .replace("dd/mm/yyyy", "mm/dd/yyyy");

    let error = parse(&text).unwrap_err();

    assert_eq!(error.problems.len(), 5, "{error}");
}

#[test]
fn rejects_what_is_missing_or_in_the_wrong_place() {
    for (from, to, part) in [
        (
            "url_file = \"/etc/stile/niche.url\"",
            "",
            "needs the key `url_file`",
        ),
        (
            "url_file = \"",
            "url_file = \"postgres://r:hunter2@h/",
            "must be the path of a file, not a URL",
        ),
        (
            "kind = \"sqlite\"",
            "kind = \"sqlite\"\nurl_file = \"x\"",
            "does not belong to kind `sqlite`",
        ),
        (
            "key = \"nominal_id\"",
            "kye = \"nominal_id\"",
            "needs the key `key`",
        ),
        ("subject = \"nominal_id\"\n", "", "needs the key `subject`"),
        (
            "system = \"Archive\"",
            "system = 7",
            "`system` must be a text",
        ),
        (
            "[source.archive]",
            "[source.\"Old Archive\"]",
            "a source's name must be",
        ),
        ("nhs_number", "\"NHS number\"", "an identifier's scheme"),
        ("fields = {", "fields = {} #", "maps no field"),
        (
            "police.arrest",
            "health.registration",
            "is not a category of `police`",
        ),
        (
            "police_officer",
            "Police Officer",
            "`author`: a code must be",
        ),
        ("provenance = {", "provenance = \"x\" #", "must be a table"),
        ("[source.niche]", "[source.niche", "niche.toml:2:"),
    ] {
        let problems = problems(from, to);
        assert!(
            problems.iter().any(|problem| problem.contains(part)),
            "{part}: {problems:#?}"
        );
        assert!(
            problems
                .iter()
                .all(|problem| problem.starts_with("niche.toml:"))
        );
        assert!(!problems.join("").contains("hunter2"));
    }
    assert!(parse("").is_err());
    assert!(parse("[source]").is_err());
}

#[test]
fn rejects_names_that_are_not_plain_identifiers() {
    for name in [
        "a\\\"b",
        "a;b",
        "a b",
        "1a",
        "a.b.c",
        "",
        "a--",
        "(select 1)",
        "é",
    ] {
        for key in [
            "table = \"arrest_view\"",
            "key = \"arrest_id\"",
            "date = \"arrested_on\"\n",
        ] {
            let word = key.split(' ').next().unwrap();
            let end = if key.ends_with('\n') { "\n" } else { "" };
            problems(key, &format!("{word} = \"{name}\"{end}"));
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_places(text in "(?s).{0,200}|([a-z.\\[\\]={}\" \n]{0,120})") {
        if let Err(error) = parse(&text) {
            prop_assert!(!error.problems.is_empty());
            prop_assert!(error.problems.iter().all(|problem| problem.starts_with("niche.toml:")));
        }
    }

    #[test]
    fn one_wrong_byte_never_lets_an_odd_name_through(place in 0usize..GOOD.len(), byte in 32u8..127) {
        let mut bytes = GOOD.as_bytes().to_vec();
        bytes[place] = byte;
        if let Ok(mapping) = parse(&String::from_utf8(bytes).unwrap()) {
            for source in &mapping.sources {
                for category in &source.categories {
                    for field in &category.fields {
                        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
                        prop_assert!(field.column.as_str().chars().all(plain));
                    }
                }
            }
        }
    }
}
