//! Which table holds a category, and which of its columns are which fields.

use stile_model::code::FieldKind;
use stile_model::vocabulary::Category;

use super::guess::{Person, Sure, Taken, find, key, subject, taken};
use super::words::{ALIKE, EVENT, FLAGS, OTHER_DATES, RECORDED, joined, singular, words};
use super::{ColumnFacts, Kind, TableFacts};
use crate::mapping::{ColumnName, TableName};
use crate::value::DateFormat;

/// The table of one category.
pub(super) struct Records {
    pub(super) id: String,
    pub(super) table: TableName,
    /// Whether every word of the category is in the table's name.
    pub(super) sure: Sure,
    pub(super) key: Taken,
    pub(super) subject: ColumnName,
    pub(super) date: Option<ColumnFacts>,
    pub(super) date_format: Option<DateFormat>,
    pub(super) recorded: Option<ColumnName>,
    pub(super) sealed: Option<Taken>,
    pub(super) fields: Vec<Taken>,
}

/// Words that say nothing of what a table holds.
const EMPTY: &[&str] = &[
    "view", "tbl", "table", "v", "t", "record", "history", "data", "list", "the", "of", "and",
    "in", "a",
];

fn telling(text: &str) -> Vec<String> {
    let words = words(text).into_iter().map(|word| singular(&word));
    words
        .filter(|word| !EMPTY.contains(&word.as_str()))
        .collect()
}

/// The table that holds a category, if one looks like it.
pub(super) fn records(
    tables: &[&TableFacts],
    people: &TableFacts,
    person: &Person,
    category: &Category,
) -> Option<Records> {
    let name = category.id.as_str().rsplit('.').next().unwrap_or_default();
    let wanted = telling(name);
    let titled = telling(&category.title);
    let mut best: Option<(usize, usize, Records)> = None;
    for table in tables {
        let named = telling(&table.word);
        let count = |words: &[String]| words.iter().filter(|word| named.contains(word)).count();
        let score = count(&wanted).max(count(&titled));
        let Some(found) = (score > 0)
            .then(|| of_table(table, people, person, category))
            .flatten()
        else {
            continue;
        };
        let found = Records {
            sure: if score >= wanted.len() {
                Sure::Sure
            } else {
                Sure::Likely
            },
            ..found
        };
        let fields =
            found.fields.len() + usize::from(words(&table.word).contains(&"view".to_owned()));
        if best
            .as_ref()
            .is_none_or(|(s, f, _)| (*s, *f) < (score, fields))
        {
            best = Some((score, fields, found));
        }
    }
    best.map(|(_, _, records)| records)
}

fn of_table(
    table: &TableFacts,
    people: &TableFacts,
    person: &Person,
    category: &Category,
) -> Option<Records> {
    let subject = subject(table, people, person)?;
    let own: Vec<_> = table
        .columns
        .iter()
        .filter(|column| column.name != subject.name)
        .collect();
    let rest = TableFacts {
        columns: own.into_iter().cloned().collect(),
        ..table.clone()
    };
    let key = key(&rest)?;
    let sealed = FLAGS.iter().find(|flag| flag.key == "sealed");
    let sealed = sealed.and_then(|flag| find(&rest, flag, &[&key.column]));
    let sealed = sealed.map(|found| taken("sealed", found));
    let date = event(&rest, &key);
    let recorded = date.as_ref().and_then(|date| dated(&rest, RECORDED, date));
    let mut used = vec![key.column.clone()];
    used.extend(sealed.iter().map(|taken| taken.column.clone()));
    // A date kept as text is no text.
    used.extend(date.iter().map(|date| date.name.clone()));
    let mut fields = Vec::new();
    for field in &category.fields {
        let name = field.id.name();
        let found = if field.kind == FieldKind::Date {
            // The one date that is surely of the event.
            let of_event = fields
                .iter()
                .all(|other: &Taken| date.as_ref().is_none_or(|date| other.column != date.name));
            date.as_ref()
                .filter(|_| of_event)
                .map(|column| (column.clone(), Sure::Sure))
        } else {
            column_of(&rest, (name, &field.title, field.kind), &used)
        };
        if let Some((column, sure)) = found {
            if field.kind != FieldKind::Date {
                used.push(column.name.clone());
            }
            fields.push(taken(name, (&column, sure)));
        }
    }
    if fields.is_empty() {
        return None;
    }
    Some(Records {
        id: category.id.to_string(),
        table: table.name.clone(),
        sure: Sure::Likely,
        key,
        subject: subject.name.clone(),
        date,
        date_format: None,
        recorded,
        sealed,
        fields,
    })
}

/// The date of what a table tells of: a real date if there is one.
fn event(table: &TableFacts, key: &Taken) -> Option<ColumnFacts> {
    let of = |kind: Kind| {
        let columns = table
            .columns
            .iter()
            .filter(|column| column.kind == kind && column.name != key.column);
        let fits = columns.filter_map(|column| Some((event_rank(column)?, column)));
        fits.min_by_key(|(rank, _)| *rank)
            .map(|(_, column)| column.clone())
    };
    of(Kind::Date)
        .or_else(|| of(Kind::Text))
        .or_else(|| of(Kind::Unknown))
}

/// How likely a column is the date of an event, 0 the likeliest; a text must say that it is a date.
fn event_rank(column: &ColumnFacts) -> Option<usize> {
    let words = words(column.name.as_str());
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    if has(OTHER_DATES) || has(RECORDED) {
        return None;
    }
    let rank = EVENT
        .iter()
        .position(|word| words.iter().any(|own| own == word));
    match column.kind {
        Kind::Date => Some(rank.unwrap_or(EVENT.len())),
        _ => rank.filter(|_| has(&["date", "day", "on", "dt"])),
    }
}

/// A date of the same type with one of these words in its name.
fn dated(table: &TableFacts, known: &[&str], like: &ColumnFacts) -> Option<ColumnName> {
    let mut columns = table
        .columns
        .iter()
        .filter(|column| column.kind == Kind::Date && like.kind == Kind::Date);
    let found = columns.find(|column| {
        let words = words(column.name.as_str());
        words.iter().any(|word| known.contains(&word.as_str()))
    });
    found.map(|column| column.name.clone())
}

/// The column that holds a field, by the field's name or title.
fn column_of(
    table: &TableFacts,
    (name, title, kind): (&str, &str, FieldKind),
    used: &[ColumnName],
) -> Option<(ColumnFacts, Sure)> {
    let fits = |column: &&ColumnFacts| {
        let able = match (kind, column.kind) {
            (_, Kind::Other)
            | (FieldKind::Number, Kind::Flag | Kind::Date)
            | (FieldKind::Flag, Kind::Date) => false,
            (FieldKind::Text | FieldKind::Code | FieldKind::Person | FieldKind::Location, own) => {
                own != Kind::Date
            }
            _ => true,
        };
        able && !used.contains(&column.name)
    };
    let columns = || table.columns.iter().filter(fits);
    if let Some(column) = columns().find(|column| joined(column.name.as_str()) == joined(name)) {
        return Some((column.clone(), Sure::Sure));
    }
    let (named, titled) = (telling(name), telling(title));
    let rank = |column: &ColumnFacts| {
        let own = telling(column.name.as_str());
        let own: Vec<_> = own.iter().filter(|word| *word != "id").collect();
        let is = |wanted: &[String]| own.iter().any(|word| wanted.contains(word));
        let like = |one: &String| named.iter().chain(&titled).any(|wanted| alike(one, wanted));
        if is(&named) {
            Some(0)
        } else if is(&titled) {
            Some(1)
        } else {
            own.into_iter().any(like).then_some(2)
        }
    };
    let ranked = columns().filter_map(|column| Some((rank(column)?, column)));
    // Of equals the first.
    let likely = ranked.min_by_key(|(rank, _)| *rank);
    likely.map(|(_, column)| (column.clone(), Sure::Likely))
}

fn alike(one: &str, other: &str) -> bool {
    let both = |group: &&[&str]| {
        let has = |word: &str| group.iter().any(|known| singular(known) == word);
        has(one) && has(other)
    };
    one == other || ALIKE.iter().any(both)
}

#[cfg(test)]
mod tests {
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
            let key = Taken {
                key: "key".to_owned(),
                column: ColumnName::new("id").unwrap(),
                sure: Sure::Sure,
            };
            event(&table(columns), &key).map(|column| column.name.to_string())
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
}
