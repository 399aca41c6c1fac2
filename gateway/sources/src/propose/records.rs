//! Which table holds a category, and which of its columns are which fields.

#[cfg(test)]
mod tests;

use stile_model::code::FieldKind;
use stile_model::vocabulary::Category;

use super::guess::{Person, Sure, Taken, find, key, subject, taken};
use super::words::{
    ALIKE, DATED, END, EVENT, FLAGS, NOT_YET, OTHER_DATES, RECORDED, joined, singular, words,
};
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
    /// What the look-back counts from.
    pub(super) day: Day,
    /// When it happened, or began to be so.
    pub(super) date: Option<ColumnFacts>,
    pub(super) date_format: Option<DateFormat>,
    pub(super) recorded: Option<ColumnName>,
    pub(super) sealed: Option<Taken>,
    pub(super) fields: Vec<Taken>,
}

impl Records {
    /// The columns that are dates by their names: the end, if there is one, before the beginning.
    pub(super) fn dates(&self) -> impl Iterator<Item = &ColumnFacts> {
        let end = match &self.day {
            Day::End(end) => end.as_ref().map(|(column, _)| column),
            Day::Event => None,
        };
        end.into_iter().chain(&self.date)
    }
}

/// What the look-back counts from.
pub(super) enum Day {
    /// The end of what is true now, where a column looks like it.
    End(Option<(ColumnFacts, Sure)>),
    /// The day on which it happened.
    Event,
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
    let end = category
        .event
        .is_none()
        .then(|| end(&rest, &key.column))
        .flatten();
    let ended = end.as_ref().map(|(column, _)| &column.name);
    let date = event(&rest, &key.column, ended);
    let recorded = date.as_ref().and_then(|date| dated(&rest, RECORDED, date));
    let mut used = vec![key.column.clone()];
    used.extend(sealed.iter().map(|taken| taken.column.clone()));
    // A date kept as text is no text.
    used.extend(date.iter().map(|date| date.name.clone()));
    used.extend(ended.cloned());
    let fields = fields(&rest, category, (date.as_ref(), end.as_ref()), used);
    if fields.is_empty() {
        return None;
    }
    Some(Records {
        id: category.id.to_string(),
        table: table.name.clone(),
        sure: Sure::Likely,
        key,
        subject: subject.name.clone(),
        day: match category.event {
            None => Day::End(end),
            Some(_) => Day::Event,
        },
        date,
        date_format: None,
        recorded,
        sealed,
        fields,
    })
}

/// The columns that hold fields, none of `used`, with the dates of their own.
fn fields(
    table: &TableFacts,
    category: &Category,
    (date, end): (Option<&ColumnFacts>, Option<&(ColumnFacts, Sure)>),
    mut used: Vec<ColumnName>,
) -> Vec<Taken> {
    let mut fields: Vec<Taken> = Vec::new();
    for field in &category.fields {
        let name = field.id.name();
        let found = match field.kind {
            // An end that is only expected is not the day on which something ended.
            FieldKind::Date if category.event.is_none() && is_end(name) => end
                .filter(|(_, sure)| *sure == Sure::Sure || matches!(name, "ends" | "until"))
                .cloned(),
            // The one date that is surely of the event.
            FieldKind::Date => date
                .filter(|date| fields.iter().all(|other| other.column != date.name))
                .map(|column| (column.clone(), Sure::Sure)),
            kind => column_of(table, (name, &field.title, kind), &used),
        };
        if let Some((column, sure)) = found {
            if field.kind != FieldKind::Date {
                used.push(column.name.clone());
            }
            fields.push(taken(name, (&column, sure)));
        }
    }
    fields
}

/// The date of what a table tells of, which is not its end: a real date if there is one.
fn event(table: &TableFacts, key: &ColumnName, end: Option<&ColumnName>) -> Option<ColumnFacts> {
    likeliest(table, |column| {
        let free = column.name != *key && end != Some(&column.name);
        free.then(|| event_rank(column)).flatten()
    })
}

/// The date on which what a table tells of ceases to be so, and how sure that is.
fn end(table: &TableFacts, key: &ColumnName) -> Option<(ColumnFacts, Sure)> {
    let column = likeliest(table, |column| {
        let free = column.name != *key;
        free.then(|| end_rank(column)).flatten()
    })?;
    let sure = if is_expected(&column) {
        Sure::Likely
    } else {
        Sure::Sure
    };
    Some((column, sure))
}

/// The column with the lowest rank: a real date if there is one.
fn likeliest<R: Copy + Ord>(
    table: &TableFacts,
    rank: impl Fn(&ColumnFacts) -> Option<R>,
) -> Option<ColumnFacts> {
    let of = |kind: Kind| {
        let columns = table.columns.iter().filter(|column| column.kind == kind);
        let fits = columns.filter_map(|column| Some((rank(column)?, column)));
        fits.min_by_key(|(rank, _)| *rank)
            .map(|(_, column)| column.clone())
    };
    of(Kind::Date)
        .or_else(|| of(Kind::Text))
        .or_else(|| of(Kind::Unknown))
}

/// Whether a field's name says that it is an end.
fn is_end(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| END.contains(&word.as_str()))
}

fn is_expected(column: &ColumnFacts) -> bool {
    let words = words(column.name.as_str());
    words.iter().any(|word| NOT_YET.contains(&word.as_str()))
}

/// How likely a column is the date of an end: one that has come before one that is only expected; a
/// text must say that it is a date.
fn end_rank(column: &ColumnFacts) -> Option<(bool, usize)> {
    let words = words(column.name.as_str());
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let rank = END
        .iter()
        .position(|word| words.iter().any(|own| own == word))?;
    let dated = column.kind == Kind::Date || has(DATED);
    (dated && !has(RECORDED)).then(|| (is_expected(column), rank))
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
        _ => rank.filter(|_| has(DATED)),
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
