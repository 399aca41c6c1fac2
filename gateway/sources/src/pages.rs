//! The whole person table, a page at a time: for what must be built from everybody.

use std::collections::HashSet;

use stile_model::redact::Redacted;
use stile_model::subject::PersonRow;
use stile_model::time::Date;

use crate::error::SourceError;
use crate::limits::PAGE_MAX;
use crate::mapping::ColumnName;
use crate::people;
use crate::query::pages::{self, Wanted};
use crate::source::Source;
use crate::value::{Cell, DateFormat, Misfit, is_decimal};

/// Most keys of one statement.
const KEYS_MAX: usize = 500;

/// Some people of a source, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeoplePage {
    /// The people.
    pub people: Vec<PersonRow>,
    /// Pass it on to read the next page; `None` when this was the last.
    pub next: Option<Redacted<String>>,
}

/// Some keys of a source, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPage {
    /// The keys.
    pub keys: Vec<Redacted<String>>,
    /// Pass it on to read the next page; `None` when this was the last.
    pub next: Option<Redacted<String>>,
}

/// How far changes have been read: the greatest value seen of the column that tells of them.
///
/// A date reaches back one day, so that a change that was committed late, or dated in another time
/// zone, is read again rather than missed. A time of day is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark(Reached);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reached {
    Day(Date),
    Number(String),
}

impl Watermark {
    /// The same, but of days none later than the one before `today`: one row dated by mistake in the
    /// future must not hide what changes until then. Numbers stay as they are.
    #[must_use]
    pub fn not_after(self, today: Date) -> Self {
        match self.0 {
            Reached::Day(day) => Self(Reached::Day(day.min(today.yesterday().unwrap_or(today)))),
            Reached::Number(_) => self,
        }
    }

    fn text(&self) -> String {
        match &self.0 {
            Reached::Day(day) => day.to_string(),
            Reached::Number(number) => number.clone(),
        }
    }

    fn read(cell: Cell) -> Result<Option<Self>, Misfit> {
        let day = |date: Date| Self(Reached::Day(date.yesterday().unwrap_or(date)));
        let number = |text: &str| Self(Reached::Number(text.to_owned()));
        match cell {
            Cell::Null => Ok(None),
            Cell::Date(date) => Ok(Some(day(date))),
            Cell::Number(text) => Ok(Some(number(&text))),
            Cell::Text(text) if text.trim().is_empty() => Ok(None),
            Cell::Text(text) => match DateFormat::Iso.read(&text) {
                Some(date) => Ok(Some(day(date))),
                None if is_decimal(text.trim()) => Ok(Some(number(text.trim()))),
                None => Err(Misfit::Bad),
            },
            Cell::TooLong => Err(Misfit::TooLong),
            Cell::Flag(_) | Cell::Unreadable => Err(Misfit::Bad),
        }
    }
}

/// Reads one page; see [`Source::all_people`].
pub(crate) async fn people(
    source: &Source,
    since: Option<(&ColumnName, &Watermark)>,
    after: Option<&Redacted<String>>,
    most: u32,
) -> Result<PeoplePage, SourceError> {
    let most = bounded(most);
    let since = since.map(|(column, mark)| (column, mark.text()));
    let wanted = Wanted {
        after: after.map(|key| key.reveal().as_str()),
        since: since
            .as_ref()
            .map(|(column, mark)| (*column, mark.as_str())),
        most,
    };
    let statement = pages::people(&source.mapping().person, wanted, source.dialect());
    let mut people = people::page(source, &statement).await?;
    let next = cut(source, &mut people, |row| &row.key, most)?;
    Ok(PeoplePage { people, next })
}

/// Reads the keys of one page; see [`Source::all_keys`].
pub(crate) async fn keys(
    source: &Source,
    after: Option<&Redacted<String>>,
    most: u32,
) -> Result<KeyPage, SourceError> {
    let most = bounded(most);
    let wanted = Wanted {
        after: after.map(|key| key.reveal().as_str()),
        since: None,
        most,
    };
    let person = &source.mapping().person;
    let statement = pages::keys(person, wanted, source.dialect());
    let rows = source
        .whole(&statement, &person.table, &[&person.key])
        .await?;
    let misfit = |misfit| source.misfit(misfit, &person.table, &person.key);
    let mut keys = rows
        .into_iter()
        .flatten()
        .map(|cell| cell.exact().map_err(misfit).map(Option::unwrap_or_default))
        .map(|key| key.map(Redacted::new))
        .collect::<Result<Vec<_>, _>>()?;
    let next = cut(source, &mut keys, |key| key, most)?;
    Ok(KeyPage { keys, next })
}

/// The people of `keys` as the source holds them now; who is no longer there is left out.
pub(crate) async fn of_keys(
    source: &Source,
    keys: &[Redacted<String>],
) -> Result<Vec<PersonRow>, SourceError> {
    let mut people = Vec::new();
    for some in keys.chunks(KEYS_MAX) {
        let wanted: Vec<_> = some.iter().map(|key| key.reveal().clone()).collect();
        let person = &source.mapping().person;
        let statement = pages::of_keys(person, &wanted, source.dialect());
        people.extend(people::people(source, &statement).await?);
    }
    // A database that disregards case gives more than was asked for.
    let exact: HashSet<_> = keys.iter().collect();
    people.retain(|row| exact.contains(&row.key));
    Ok(people)
}

/// How many people have a key.
pub(crate) async fn held(source: &Source) -> Result<u64, SourceError> {
    let person = &source.mapping().person;
    let statement = pages::held(person, source.dialect());
    let rows = source
        .whole(&statement, &person.table, &[&person.key])
        .await?;
    Ok(match rows.into_iter().flatten().next() {
        Some(Cell::Number(text)) => text.parse().unwrap_or_default(),
        _ => 0,
    })
}

/// How far changes reach now; `None` while no row tells.
pub(crate) async fn newest(
    source: &Source,
    column: &ColumnName,
) -> Result<Option<Watermark>, SourceError> {
    let person = &source.mapping().person;
    let statement = pages::newest(person, column, source.dialect());
    let rows = source.whole(&statement, &person.table, &[column]).await?;
    let newest = rows.into_iter().flatten().next().unwrap_or(Cell::Null);
    Watermark::read(newest).map_err(|misfit| source.misfit(misfit, &person.table, column))
}

fn bounded(most: u32) -> u32 {
    most.clamp(2, PAGE_MAX)
}

/// Where the next page begins. The last key of a full page may go on in the next one, so it is left
/// to that: a view may hold a key twice, and neither row may be lost.
fn cut<T>(
    source: &Source,
    rows: &mut Vec<T>,
    key: impl Fn(&T) -> &Redacted<String>,
    most: u32,
) -> Result<Option<Redacted<String>>, SourceError> {
    if rows.len() < usize::try_from(most).unwrap_or(usize::MAX) {
        return Ok(None);
    }
    let Some(last) = rows.last().map(|row| key(row).clone()) else {
        return Ok(None);
    };
    while rows.last().is_some_and(|row| *key(row) == last) {
        rows.pop();
    }
    match rows.last() {
        Some(row) => Ok(Some(key(row).clone())),
        None => Err(SourceError::Mapping {
            name: source.name().to_owned(),
            problem: format!(
                "`{}.{}` holds one value in `{most}` rows or more; map the key of one person",
                source.mapping().person.table,
                source.mapping().person.key
            ),
        }),
    }
}
