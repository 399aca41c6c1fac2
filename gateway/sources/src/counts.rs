//! How often each name, date of birth and postcode is held.

use std::collections::BTreeMap;

use stile_model::redact::Redacted;
use stile_model::subject::{KinCounts, PairCount, PersonCounts};
use stile_model::time::Date;

use crate::error::SourceError;
use crate::limits::DISTINCT_MAX;
use crate::mapping::{ColumnName, TableName};
use crate::query::{self, Shared};
use crate::source::Source;
use crate::value::Cell;

/// Counts over the whole person table; see [`Source::counts`].
pub(crate) async fn counts(source: &Source) -> Result<PersonCounts, SourceError> {
    let person = &source.mapping().person;
    let mut counts = PersonCounts {
        people: people(source).await?,
        ..PersonCounts::default()
    };
    let mut surnames = texts(source, &person.table, Some(&person.surname)).await?;
    let mut forenames = texts(source, &person.table, person.forename.as_ref()).await?;
    if let Some(aliases) = &person.aliases {
        let others = texts(source, &aliases.table, Some(&aliases.surname)).await?;
        add(&mut surnames, others);
        let others = texts(source, &aliases.table, aliases.forename.as_ref()).await?;
        add(&mut forenames, others);
    }
    counts.surnames = surnames.into_iter().collect();
    counts.forenames = forenames.into_iter().collect();
    counts.born = born(source).await?;
    let postcodes = texts(source, &person.table, person.postcode.as_ref()).await?;
    counts.postcodes = postcodes.into_iter().collect();
    // Without them the shipped rates hold, so a database that cannot count them still serves.
    counts.kin = kin(source).await.unwrap_or_else(|error| {
        tracing::warn!(source = source.name(), %error, "homes are not counted; the shipped family rates hold");
        KinCounts::default()
    });
    Ok(counts)
}

/// How many people there are.
pub(crate) async fn people(source: &Source) -> Result<u64, SourceError> {
    let person = &source.mapping().person;
    rows(source, &person.table).await
}

/// How many rows `table` has.
pub(crate) async fn rows(source: &Source, table: &TableName) -> Result<u64, SourceError> {
    let statement = query::count(table, source.dialect());
    let rows = source.whole(&statement, table, &[]).await?;
    Ok(rows.into_iter().flatten().next().map_or(0, number))
}

fn number(cell: Cell) -> u64 {
    match cell {
        Cell::Number(text) => text.parse().unwrap_or_default(),
        _ => 0,
    }
}

fn add(counts: &mut BTreeMap<Redacted<String>, u64>, others: BTreeMap<Redacted<String>, u64>) {
    for (value, count) in others {
        *counts.entry(value).or_default() += count;
    }
}

async fn distinct(
    source: &Source,
    table: &TableName,
    column: &ColumnName,
) -> Result<Vec<(Cell, u64)>, SourceError> {
    let statement = query::distinct(table, column, source.dialect(), DISTINCT_MAX);
    let rows = source.whole(&statement, table, &[column]).await?;
    if rows.len() >= usize::try_from(DISTINCT_MAX).unwrap_or(usize::MAX) {
        tracing::warn!(source = source.name(), %table, %column, "too many distinct values; the rarest are not counted");
    }
    let pair = |row: Vec<Cell>| {
        let mut cells = row.into_iter();
        Some((cells.next()?, cells.next().map_or(0, number)))
    };
    Ok(rows.into_iter().filter_map(pair).collect())
}

async fn texts(
    source: &Source,
    table: &TableName,
    column: Option<&ColumnName>,
) -> Result<BTreeMap<Redacted<String>, u64>, SourceError> {
    let mut counts = BTreeMap::new();
    let Some(column) = column else {
        return Ok(counts);
    };
    let mut unread = 0_u64;
    for (cell, count) in distinct(source, table, column).await? {
        match cell.exact() {
            Ok(Some(text)) => *counts.entry(Redacted::new(text)).or_default() += count,
            Ok(None) => {}
            // One row that cannot be read must not keep everybody else from being counted.
            Err(_) => unread = unread.saturating_add(count),
        }
    }
    if unread > 0 {
        tracing::warn!(source = source.name(), %table, %column, unread, "values that cannot be read are not counted; correct them");
    }
    Ok(counts)
}

/// How people of one home agree; nothing counted when homes are not mapped.
async fn kin(source: &Source) -> Result<KinCounts, SourceError> {
    let [people, pairs, _] = shared(source, Shared::Nothing).await?;
    let mut counts = KinCounts {
        people,
        pairs,
        ..KinCounts::default()
    };
    if pairs > 0 {
        counts.forenames = equal(shared(source, Shared::Forename).await?);
        counts.born = equal(shared(source, Shared::Born).await?);
        counts.sexes = equal(shared(source, Shared::Sex).await?);
        counts.twice = equal(shared(source, Shared::Both).await?).same;
    }
    Ok(counts)
}

const fn equal([_, known, same]: [u64; 3]) -> PairCount {
    PairCount { known, same }
}

/// People, pairs and equal pairs; zeros when it is not mapped.
async fn shared(source: &Source, shared: Shared) -> Result<[u64; 3], SourceError> {
    let person = &source.mapping().person;
    let Some(statement) = query::kin(person, shared, source.dialect()) else {
        return Ok([0; 3]);
    };
    let rows = source.whole(&statement, &person.table, &[]).await?;
    let mut cells = rows.into_iter().flatten().map(number);
    let mut next = || cells.next().unwrap_or_default();
    Ok([next(), next(), next()])
}

/// Dates that cannot be read are not counted, as they are not matched.
async fn born(source: &Source) -> Result<Vec<(Date, u64)>, SourceError> {
    let person = &source.mapping().person;
    let mut counts: BTreeMap<Date, u64> = BTreeMap::new();
    if let Some(column) = &person.dob {
        for (cell, count) in distinct(source, &person.table, column).await? {
            if let Ok(Some(date)) = cell.born(person.date_format) {
                *counts.entry(date).or_default() += count;
            }
        }
    }
    Ok(counts.into_iter().collect())
}
