//! Which columns are taken for a field, a day or an end.

use super::*;

fn table(columns: &[(&str, Kind)]) -> TableFacts {
    let columns = columns.iter().map(|(name, kind)| ColumnFacts {
        name: ColumnName::new(name).unwrap(),
        kind: *kind,
        key: false,
    });
    TableFacts {
        name: TableName::new("summary").unwrap(),
        word: "summary".to_owned(),
        columns: columns.collect(),
    }
}

fn found(table: &TableFacts, name: &str, title: &str, kind: FieldKind) -> Option<String> {
    let found = column_of(table, (name, title, kind), &[]);
    found.map(|(column, _)| column.name.to_string())
}

#[test]
fn a_word_of_a_fields_name_counts_before_one_of_its_title_and_before_one_like_it() {
    let table = table(&[
        ("period_end", Kind::Text),
        ("sessions", Kind::Number),
        ("unauthorised_sessions", Kind::Number),
        ("narrative", Kind::Text),
        ("picture", Kind::Other),
    ]);
    let number = FieldKind::Number;

    let unauthorised = found(&table, "unauthorised", "Unauthorised sessions", number);
    assert_eq!(unauthorised.as_deref(), Some("unauthorised_sessions"));
    let session = found(&table, "count", "Sessions", number);
    assert_eq!(session.as_deref(), Some("sessions"));
    let summary = found(&table, "summary", "Entry", FieldKind::Text);
    assert_eq!(summary.as_deref(), Some("narrative"));
    assert_eq!(found(&table, "picture", "Picture", FieldKind::Text), None);
}

#[test]
fn the_date_of_an_event_is_no_date_of_writing_and_no_text_without_a_word_for_it() {
    let dates = |columns: &[(&str, Kind)]| {
        let key = ColumnName::new("id").unwrap();
        event(&table(columns), &key, None).map(|column| column.name.to_string())
    };

    let both = [
        ("created_on", Kind::Date),
        ("seen_on", Kind::Text),
        ("occurred_on", Kind::Date),
    ];
    assert_eq!(dates(&both).as_deref(), Some("occurred_on"));
    assert_eq!(dates(&both[..2]).as_deref(), Some("seen_on"));
    assert_eq!(
        dates(&[("period_end", Kind::Text), ("started", Kind::Text)]),
        None
    );
}
#[test]
fn the_day_of_an_end_has_come_and_is_no_text_without_a_word_for_it() {
    let ends = |columns: &[(&str, Kind)]| {
        let key = ColumnName::new("id").unwrap();
        let found = end(&table(columns), &key);
        found.map(|(column, sure)| (column.name.to_string(), sure))
    };

    let both = [
        ("started_on", Kind::Date),
        ("expected_end", Kind::Date),
        ("closed_on", Kind::Date),
    ];
    assert_eq!(ends(&both), Some(("closed_on".to_owned(), Sure::Sure)));
    let expected = Some(("expected_end".to_owned(), Sure::Likely));
    assert_eq!(ends(&both[..2]), expected);
    assert_eq!(ends(&both[..1]), None);
    let texts = [("left", Kind::Text), ("date_left", Kind::Text)];
    assert_eq!(ends(&texts), Some(("date_left".to_owned(), Sure::Sure)));
    assert_eq!(ends(&texts[..1]), None);
}
