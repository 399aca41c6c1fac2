//! One person's records of one category.

use stile_model::code::FieldKind;
use stile_model::redact::Redacted;
use stile_model::subject::Record;
use stile_model::time::Date;

use crate::error::SourceError;
use crate::mapping::{CategoryMapping, ColumnName};
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
        source.limits().rows.saturating_add(1),
    )
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
            // covers.
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
