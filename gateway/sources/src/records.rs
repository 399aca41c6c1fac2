//! One person's records of one category.

use std::cmp::Reverse;

use stile_model::code::FieldKind;
use stile_model::redact::Redacted;
use stile_model::subject::Record;
use stile_model::time::Date;

use crate::error::SourceError;
use crate::mapping::{CategoryMapping, ColumnName, Dated};
use crate::query::{self, Statement};
use crate::source::{Records, Source};
use crate::value::{Cell, Misfit};

/// What one selected column of a category is.
#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Date,
    Field(&'a str, FieldKind),
    Grading,
    Key,
    Recorded,
    Sealed,
}

/// The columns to select for `fields`, in order.
fn parts<'a>(category: &'a CategoryMapping, fields: &[String]) -> Vec<(Part<'a>, &'a ColumnName)> {
    let mut parts = vec![(Part::Key, &category.key)];
    let optional = [
        (Part::Date, &category.date),
        (Part::Recorded, &category.recorded),
        (Part::Sealed, &category.sealed),
        (Part::Grading, &category.grading),
    ];
    parts.extend(
        optional
            .into_iter()
            .filter_map(|(part, column)| Some((part, column.as_ref()?))),
    );
    parts.extend(
        category
            .fields
            .iter()
            .filter(|mapped| fields.contains(&mapped.field))
            .map(|mapped| (Part::Field(&mapped.field, mapped.kind), &mapped.column)),
    );
    parts
}

/// The statement that reads the records.
pub(crate) fn statement(
    source: &Source,
    category: &CategoryMapping,
    person_key: &Redacted<String>,
    fields: &[String],
    not_before: Option<Date>,
) -> Statement {
    let parts = parts(category, fields);
    let columns: Vec<_> = parts.iter().map(|(_, column)| *column).collect();
    query::records(
        category,
        &columns,
        person_key.reveal(),
        not_before,
        source.dialect(),
        // One more than wanted tells that there are more.
        read_max(source, category).saturating_add(1),
    )
}

/// Most records of one category of one person that are read where the database cannot put them in order.
const UNORDERED_MAX: u32 = 5_000;

/// Most records that are read of one person.
fn read_max(source: &Source, category: &CategoryMapping) -> u32 {
    let rows = source.limits().rows;
    if query::is_ordered(category, source.dialect()) {
        rows
    } else {
        rows.max(UNORDERED_MAX)
    }
}

/// Reads the records; see [`Source::records`].
pub(crate) async fn records(
    source: &Source,
    category: &CategoryMapping,
    person_key: &Redacted<String>,
    fields: &[String],
    not_before: Option<Date>,
) -> Result<Records, SourceError> {
    let statement = statement(source, category, person_key, fields, not_before);
    let parts = parts(category, fields);
    let mut columns: Vec<_> = parts.iter().map(|(_, column)| *column).collect();
    columns.push(&category.subject);
    let mut rows = source.rows(&statement, &category.table, &columns).await?;
    if !query::is_ordered(category, source.dialect()) {
        let most = read_max(source, category);
        if rows.len() > usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(too_many(source, category, most));
        }
        rows = in_order(category, &parts, rows, not_before);
    }
    let most = usize::try_from(source.limits().rows).unwrap_or(usize::MAX);
    let capped = rows.len() > most;
    rows.truncate(most);
    let mut records = rows
        .into_iter()
        .map(|row| one(source, category, &parts, row))
        .collect::<Result<Vec<_>, _>>()?;
    records.retain(|record| not_before.is_none_or(|from| record.event.is_none_or(|on| on >= from)));
    records.reverse();
    records.sort_by_key(|record| record.event);
    Ok(Records { records, capped })
}

fn too_many(source: &Source, category: &CategoryMapping, most: u32) -> SourceError {
    SourceError::TooMuch {
        name: source.name().to_owned(),
        what: format!(
            "more than {most} rows of one person in `{}`, whose days are written so that they cannot be \
             put in order there",
            category.table
        ),
    }
}

/// The rows of the window, the newest first, as where the database puts them in order.
fn in_order(
    category: &CategoryMapping,
    parts: &[(Part<'_>, &ColumnName)],
    rows: Vec<Vec<Cell>>,
    not_before: Option<Date>,
) -> Vec<Vec<Cell>> {
    let place = parts
        .iter()
        .position(|(part, _)| matches!(part, Part::Date));
    let dated = rows.into_iter().map(|row| {
        let cell = place.and_then(|place| row.get(place)).cloned();
        let day = cell.and_then(|cell| cell.date(category.date_format).unwrap_or_default());
        (day, row)
    });
    let is_before = |on: &Date| not_before.is_some_and(|from| *on < from);
    let within = dated.filter(|(day, _)| !day.as_ref().is_some_and(is_before));
    let mut dated: Vec<_> = within.collect();
    // What has no day stands, where it is that of an end, and goes last, where it is that of an event.
    let ends = category.dated == Dated::AtEnd;
    dated.sort_by_key(|(day, _)| (ends && day.is_some(), Reverse(*day)));
    dated.into_iter().map(|(_, row)| row).collect()
}

fn one(
    source: &Source,
    category: &CategoryMapping,
    parts: &[(Part<'_>, &ColumnName)],
    row: Vec<Cell>,
) -> Result<Record, SourceError> {
    let mut record = Record {
        key: Redacted::default(),
        event: None,
        recorded: None,
        grading: None,
        sealed: false,
        values: Vec::new(),
        provenance: category.provenance.clone(),
    };
    for ((part, column), cell) in parts.iter().zip(row) {
        let misfit = |misfit: Misfit| source.misfit(misfit, &category.table, column);
        match part {
            // An event that cannot be dated is treated as undated, which no grant with a window
            // covers; what is true now has no such grant, and without a readable end it stands.
            Part::Date => record.event = cell.date(category.date_format).unwrap_or_default(),
            Part::Field(field, kind) => {
                let value = cell.value(*kind, category.date_format).map_err(misfit)?;
                record.values.push(((*field).to_owned(), value));
            }
            Part::Grading => record.grading = cell.text().map_err(misfit)?,
            Part::Key => {
                let key = cell.exact().map_err(misfit)?;
                record.key = key.ok_or_else(|| misfit(Misfit::Bad))?.into();
            }
            Part::Recorded => {
                record.recorded = cell.date(category.date_format).unwrap_or_default();
            }
            Part::Sealed => record.sealed = cell.protects(),
        }
    }
    Ok(record)
}
