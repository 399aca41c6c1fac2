//! What is proposed for tables of what is true now, over the shared vocabulary.

use stile_model::id::{CategoryId, Code};
use stile_model::vocabulary::Vocabulary;

use super::{ColumnFacts, Kind, TableFacts, guess, write};
use crate::mapping::{
    CategoryMapping, ColumnName, Dated, Mapping, Place, SourceMapping, TableName,
};

const KEYS: [(&str, Kind); 2] = [("record_id", Kind::Number), ("child_id", Kind::Number)];

/// A table whose first column is its key.
fn table(name: &str, columns: &[(&str, Kind)]) -> TableFacts {
    let columns = columns.iter().enumerate();
    let columns = columns.map(|(place, (name, kind))| ColumnFacts {
        name: ColumnName::new(name).unwrap(),
        kind: *kind,
        key: place == 0,
    });
    TableFacts {
        name: TableName::new(name).unwrap(),
        word: name.to_owned(),
        columns: columns.collect(),
    }
}

/// What is proposed for a category, as its lines and as it is read, where a table of this name has
/// these columns beside its keys.
fn proposed(category: &str, name: &str, columns: &[(&str, Kind)]) -> (String, CategoryMapping) {
    let people = [
        ("child_id", Kind::Number),
        ("surname", Kind::Text),
        ("forename", Kind::Text),
        ("date_of_birth", Kind::Date),
    ];
    let tables = [
        table("child", &people),
        table(name, &[&KEYS[..], columns].concat()),
    ];
    let id = CategoryId::new(category).unwrap();
    let kind = Code::new(id.agency_kind()).unwrap();
    let text = include_str!("../../../../policies/vocabulary.toml");
    let vocabulary = Vocabulary::parse("vocabulary.toml", text).unwrap();
    let guess = guess::guess(&tables, &vocabulary, &kind).unwrap();
    let place = Place::Sqlite {
        path: "own.db".into(),
    };
    let text = write::text(&SourceMapping::unmapped("own", "Own", place), &guess, &kind);
    let mapping = Mapping::parse("proposed.toml", &text, &vocabulary, &kind);
    let mapping = mapping.unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mapped = mapping.sources[0].category(&id);
    let mapped = mapped.unwrap_or_else(|| panic!("{category}\n{text}"));
    let (_, own) = text.split_once(&format!("\"{category}\"]\n")).unwrap();
    let own = own.split("\n\n").next().unwrap();
    (own.to_owned(), mapped.clone())
}

fn column<'a>(mapped: &'a CategoryMapping, field: &str) -> Option<&'a str> {
    let found = mapped.fields.iter().find(|one| one.field == field);
    found.map(|one| one.column.as_str())
}

fn starts(lines: &str, with: &str) -> bool {
    lines.lines().any(|line| line.starts_with(with))
}

#[test]
fn a_plan_and_a_roll_are_counted_from_their_end() {
    let plan = [
        ("plan_type", Kind::Text),
        ("started_on", Kind::Date),
        ("ended_on", Kind::Date),
    ];
    let roll = [
        ("school", Kind::Text),
        ("admitted_on", Kind::Date),
        ("leaving_date", Kind::Date),
    ];
    for (category, name, columns, field) in [
        ("social_care.plan", "child_protection_plan", plan, "ended"),
        ("education.roll", "school_roll", roll, "left"),
    ] {
        let (lines, mapped) = proposed(category, name, &columns);

        let (began, ended) = (columns[1].0, columns[2].0);
        assert_eq!(mapped.dated, Dated::AtEnd, "{lines}");
        assert_eq!(mapped.date, ColumnName::new(ended), "{lines}");
        assert_eq!(column(&mapped, "date"), Some(began), "{lines}");
        assert_eq!(column(&mapped, field), Some(ended), "{lines}");
        assert!(!starts(&lines, "date = "), "{lines}");
        let line = lines.lines().find(|line| line.starts_with("ended = "));
        assert!(line.unwrap().contains("# CONFIRM: "), "{lines}");
    }
}

#[test]
fn a_plan_and_a_roll_without_an_end_are_counted_from_nothing_and_say_why() {
    let plan = [("plan_type", Kind::Text), ("started_on", Kind::Date)];
    let roll = [("school", Kind::Text), ("admitted_on", Kind::Date)];
    for (category, name, columns) in [
        ("social_care.plan", "child_protection_plan", plan),
        ("education.roll", "school_roll", roll),
    ] {
        let (lines, mapped) = proposed(category, name, &columns);

        assert_eq!(mapped.date, None, "{lines}");
        assert_eq!(column(&mapped, "date"), Some(columns[1].0), "{lines}");
        assert!(!starts(&lines, "date = ") && !starts(&lines, "ended = "));
        let why = "# Of what is true now there is no `date`, and no column looks like `ended`";
        assert!(starts(&lines, why), "{lines}");
    }
}

#[test]
fn an_end_that_is_only_expected_is_left_to_a_person() {
    let plan = [
        ("plan_type", Kind::Text),
        ("started_on", Kind::Date),
        ("planned_end_date", Kind::Date),
    ];

    let (lines, mapped) = proposed("social_care.plan", "child_protection_plan", &plan);

    assert_eq!(mapped.date, None, "{lines}");
    assert!(starts(&lines, "#? ended = \"planned_end_date\""), "{lines}");
    let mut fields = mapped.fields.iter();
    assert!(
        fields.all(|field| field.column.as_str() != "planned_end_date"),
        "{lines}"
    );
}
