//! Which tables and columns are what, by their names and types alone.

use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;

use super::records::{Records, records};
use super::words::{
    ADDRESS, Called, DOB, FLAGS, FORENAME, IDENTIFIERS, NOT_PEOPLE, OTHER_NAMES, PARTS, PEOPLE,
    SURNAME, joined, singular, words,
};
use super::{ColumnFacts, Kind, TableFacts};
use crate::mapping::{ColumnName, TableName};
use crate::value::DateFormat;

/// How sure a guess is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    Likely,
    Sure,
}

/// A column with what it is taken for.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) key: String,
    pub(super) column: ColumnName,
    pub(super) sure: Sure,
}

/// What a database holds.
pub(super) struct Guess {
    pub(super) person: Person,
    pub(super) categories: Vec<Records>,
    /// Tables that lead to people, and by which column, but look like no category.
    pub(super) unrecognised: Vec<(TableName, ColumnName)>,
}

/// The table of people.
pub(super) struct Person {
    pub(super) table: TableName,
    /// Another table that looks like people nearly as much.
    pub(super) rival: Option<TableName>,
    pub(super) key: Taken,
    pub(super) surname: Taken,
    pub(super) forename: Option<Taken>,
    pub(super) dob: Option<ColumnFacts>,
    /// How dates are written, where they are no dates to the database.
    pub(super) date_format: Option<DateFormat>,
    pub(super) parts: Vec<Taken>,
    pub(super) flags: Vec<Taken>,
    pub(super) address: Vec<ColumnName>,
    pub(super) identifiers: Vec<Taken>,
    pub(super) aliases: Option<Aliases>,
}

/// The table of other names.
pub(super) struct Aliases {
    pub(super) table: TableName,
    pub(super) subject: ColumnName,
    pub(super) surname: ColumnName,
    pub(super) forename: Option<ColumnName>,
}

/// Guesses; `None` when no table looks like people.
pub(super) fn guess(
    tables: &[TableFacts],
    vocabulary: &Vocabulary,
    agency_kind: &Code,
) -> Option<Guess> {
    let mut ranked: Vec<_> = tables
        .iter()
        .filter_map(|table| Some((people_score(table)?, table)))
        .collect();
    // The first listed of equals stays first.
    ranked.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let (score, table) = *ranked.first()?;
    let rival = ranked.get(1).filter(|(other, _)| other + 4 > score);
    let mut person = person(table)?;
    person.rival = rival.map(|(_, table)| table.name.clone());
    person.aliases = aliases(tables, table, &person);
    let others: Vec<_> = tables
        .iter()
        .filter(|other| other.name != table.name)
        .filter(|other| {
            person
                .aliases
                .as_ref()
                .is_none_or(|own| own.table != other.name)
        })
        .collect();
    let categories: Vec<_> = vocabulary
        .categories
        .iter()
        .filter(|category| category.id.agency_kind() == agency_kind.as_str())
        .filter_map(|category| records(&others, table, &person, category))
        .collect();
    let known = |other: &TableFacts| categories.iter().any(|one| one.table == other.name);
    let unrecognised = others
        .into_iter()
        .filter(|other| !known(other))
        .filter_map(|other| {
            Some((
                other.name.clone(),
                subject(other, table, &person)?.name.clone(),
            ))
        })
        .collect();
    Some(Guess {
        person,
        categories,
        unrecognised,
    })
}

/// How much a table looks like people; `None` for one without names.
fn people_score(table: &TableFacts) -> Option<i32> {
    let found = |called: &Called, sure: i32, likely: i32| match find(table, called, &[]) {
        Some((_, Sure::Sure)) => sure,
        Some((_, Sure::Likely)) => likely,
        None => 0,
    };
    let surname = found(&SURNAME, 10, 5);
    let more = found(&FORENAME, 6, 3) + found(&DOB, 8, 4);
    if surname == 0 || more == 0 {
        return None;
    }
    let parts: i32 = PARTS.iter().map(|part| found(part, 2, 1)).sum();
    let named = words(&table.word);
    let any = |known: &[&str]| {
        named
            .iter()
            .any(|word| known.contains(&singular(word).as_str()) || known.contains(&word.as_str()))
    };
    let key = i32::from(table.columns.iter().any(|column| column.key));
    let name = i32::from(any(PEOPLE)) * 4 - i32::from(any(NOT_PEOPLE)) * 12;
    Some(surname + more + parts + key * 3 + name)
}

/// The column that is called so, and how sure that is; none of `used`.
pub(super) fn find<'a>(
    table: &'a TableFacts,
    called: &Called,
    used: &[&ColumnName],
) -> Option<(&'a ColumnFacts, Sure)> {
    let free = |column: &&ColumnFacts| column.kind != Kind::Other && !used.contains(&&column.name);
    let columns = || table.columns.iter().filter(free);
    let sure =
        columns().find(|column| called.sure.contains(&joined(column.name.as_str()).as_str()));
    if let Some(column) = sure {
        return Some((column, Sure::Sure));
    }
    let likely = columns().find(|column| {
        let words = words(column.name.as_str());
        words
            .iter()
            .any(|word| called.likely.contains(&word.as_str()))
    });
    likely.map(|column| (column, Sure::Likely))
}

pub(super) fn taken(key: &str, (column, sure): (&ColumnFacts, Sure)) -> Taken {
    Taken {
        key: key.to_owned(),
        column: column.name.clone(),
        sure,
    }
}

/// The table's own key: its primary key, or a column that is named like one.
pub(super) fn key(table: &TableFacts) -> Option<Taken> {
    if let Some(column) = table.columns.iter().find(|column| column.key) {
        return Some(taken("key", (column, Sure::Sure)));
    }
    let own = format!("{}id", singular(&words(&table.word).concat()));
    let is = |name: &str, column: &&ColumnFacts| joined(column.name.as_str()) == name;
    let columns = || table.columns.iter();
    let found = columns().find(|column| is("id", column));
    let found = found.or_else(|| columns().find(|column| is(&own, column)));
    let found = found.or_else(|| {
        let ends = |column: &&ColumnFacts| {
            words(column.name.as_str())
                .last()
                .is_some_and(|w| w == "id")
        };
        columns().find(ends)
    });
    found.map(|column| taken("key", (column, Sure::Likely)))
}

fn person(table: &TableFacts) -> Option<Person> {
    let key = key(table)?;
    let surname = taken("surname", find(table, &SURNAME, &[&key.column])?);
    let mut used = vec![key.column.clone(), surname.column.clone()];
    let mut next = |called: &Called| {
        let known: Vec<_> = used.iter().collect();
        let found = find(table, called, &known)?;
        used.push(found.0.name.clone());
        Some((called.key, found))
    };
    let forename = next(&FORENAME).map(|(key, found)| taken(key, found));
    let dob = next(&DOB).map(|(_, (column, _))| column.clone());
    let dob = dob.filter(|column| column.kind != Kind::Flag);
    // Flags go first: `safe_address` is no line of an address.
    let flags = FLAGS
        .iter()
        .filter_map(&mut next)
        .map(|(key, found)| taken(key, found))
        .collect();
    let identifiers = IDENTIFIERS.iter().filter_map(&mut next);
    let identifiers = identifiers.map(|(key, found)| taken(key, found)).collect();
    let parts = PARTS
        .iter()
        .filter_map(&mut next)
        .map(|(key, found)| taken(key, found))
        .collect();
    let lines = ADDRESS.iter().filter_map(|line| {
        let mut columns = table
            .columns
            .iter()
            .filter(|column| column.kind == Kind::Text);
        let found = columns.find(|column| joined(column.name.as_str()) == **line);
        found
            .map(|column| column.name.clone())
            .filter(|name| !used.contains(name))
    });
    Some(Person {
        table: table.name.clone(),
        rival: None,
        key,
        surname,
        forename,
        dob,
        date_format: None,
        parts,
        flags,
        address: lines.take(8).collect(),
        identifiers,
        aliases: None,
    })
}

/// The column by which a table says which person it is about.
pub(super) fn subject<'a>(
    table: &'a TableFacts,
    people: &TableFacts,
    person: &Person,
) -> Option<&'a ColumnFacts> {
    let key = joined(person.key.column.as_str());
    let own = singular(&words(&people.word).concat());
    let mut names = Vec::new();
    if key != "id" {
        names.push(key);
    }
    names.push(format!("{own}id"));
    names.push(own);
    let is = |name: &String, column: &&ColumnFacts| joined(column.name.as_str()) == *name;
    let known = names
        .iter()
        .find_map(|name| table.columns.iter().find(|column| is(name, column)));
    known.or_else(|| {
        let leads_to_people = |column: &&ColumnFacts| {
            let words = words(column.name.as_str());
            let id = words
                .last()
                .is_some_and(|word| matches!(word.as_str(), "id" | "no" | "ref"));
            id && words.iter().any(|word| PEOPLE.contains(&word.as_str()))
        };
        table.columns.iter().find(leads_to_people)
    })
}

fn aliases(tables: &[TableFacts], people: &TableFacts, person: &Person) -> Option<Aliases> {
    let candidates = tables.iter().filter(|table| table.name != people.name);
    let named = |table: &&TableFacts| {
        words(&table.word)
            .iter()
            .any(|word| OTHER_NAMES.contains(&word.as_str()))
    };
    candidates.filter(named).find_map(|table| {
        let subject = subject(table, people, person)?;
        let (surname, _) = find(table, &SURNAME, &[&subject.name])?;
        let forename = find(table, &FORENAME, &[&subject.name, &surname.name]);
        Some(Aliases {
            table: table.name.clone(),
            subject: subject.name.clone(),
            surname: surname.name.clone(),
            forename: forename.map(|(column, _)| column.name.clone()),
        })
    })
}
