//! Person rows, with their other names.

use std::collections::HashMap;

use stile_model::redact::Redacted;
use stile_model::subject::PersonRow;

use crate::error::SourceError;
use crate::limits::ALIASES_MAX;
use crate::mapping::{AliasMapping, ColumnName};
use crate::query::{self, Slot, Statement};
use crate::source::Source;
use crate::value::{Cell, Misfit};

/// Other names by person key, as `forenames|surname`, in the order of their letters.
type Others = HashMap<String, Vec<Redacted<String>>>;

/// Runs a statement that selects the mapped columns of people.
pub(crate) async fn people(
    source: &Source,
    statement: &Statement,
) -> Result<Vec<PersonRow>, SourceError> {
    let person = &source.mapping().person;
    let slots = query::person_slots(person);
    let columns: Vec<_> = slots.iter().map(|(_, column)| *column).collect();
    let rows = source.rows(statement, &person.table, &columns).await?;
    let mut people = each(source, &slots, rows)?;
    if let Some(mapped) = &person.aliases {
        let others = others(source, mapped, &keys(&people)).await?;
        name(&mut people, &others);
    }
    Ok(people)
}

/// As [`people`], for one page of everybody: with the time that a whole table may take.
pub(crate) async fn page(
    source: &Source,
    statement: &Statement,
) -> Result<Vec<PersonRow>, SourceError> {
    let person = &source.mapping().person;
    let slots = query::person_slots(person);
    let columns: Vec<_> = slots.iter().map(|(_, column)| *column).collect();
    let rows = source.whole(statement, &person.table, &columns).await?;
    let mut people = each(source, &slots, rows)?;
    if let Some(mapped) = &person.aliases {
        let others = others(source, mapped, &keys(&people)).await?;
        name(&mut people, &others);
    }
    Ok(people)
}

/// All other names of the people of `keys`, however many there are.
async fn others(
    source: &Source,
    mapped: &AliasMapping,
    keys: &[String],
) -> Result<Others, SourceError> {
    let mut waiting: Vec<&[String]> = keys.chunks(source.dialect().list_max()).collect();
    let mut all = Others::new();
    while let Some(some) = waiting.pop() {
        let (others, capped) = aliases(source, mapped, some).await?;
        // Of one person alone so many are enough to be known by.
        if capped && some.len() > 1 {
            let (first, second) = some.split_at(some.len() / 2);
            waiting.extend([first, second]);
        } else {
            all.extend(others);
        }
    }
    Ok(all)
}

fn each(
    source: &Source,
    slots: &[(Slot, &ColumnName)],
    rows: Vec<Vec<Cell>>,
) -> Result<Vec<PersonRow>, SourceError> {
    rows.into_iter()
        .map(|row| one(source, slots, row))
        .collect()
}

fn keys(people: &[PersonRow]) -> Vec<String> {
    people.iter().map(|row| row.key.reveal().clone()).collect()
}

fn name(people: &mut [PersonRow], others: &Others) {
    for person in people {
        if let Some(names) = others.get(person.key.reveal()) {
            person.aliases.clone_from(names);
        }
    }
}

fn one(
    source: &Source,
    slots: &[(Slot, &ColumnName)],
    row: Vec<Cell>,
) -> Result<PersonRow, SourceError> {
    let mapping = &source.mapping().person;
    let mut person = PersonRow {
        source: source.name().to_owned(),
        ..PersonRow::default()
    };
    let mut lines = Vec::new();
    for ((slot, column), cell) in slots.iter().zip(row) {
        let misfit = |misfit: Misfit| source.misfit(misfit, &mapping.table, column);
        let text = |cell: Cell| cell.text().map(Option::unwrap_or_default).map_err(misfit);
        match slot {
            Slot::Address => lines.push(text(cell)?),
            // A date that cannot be read is no date: other evidence may still find the person.
            Slot::Dob => person.born = cell.born(mapping.date_format).unwrap_or_default(),
            Slot::Forename => person.forenames = text(cell)?.into(),
            Slot::Household => {
                person.household = cell.exact().map_err(misfit)?.map(Redacted::new);
            }
            Slot::Identifier(place) => {
                let value = text(cell)?;
                if let Some((scheme, _)) = mapping.identifiers.get(*place)
                    && !value.trim().is_empty()
                {
                    person.identifiers.push((scheme.clone(), value.into()));
                }
            }
            Slot::Key => {
                let key = cell.exact().map_err(misfit)?;
                person.key = key.ok_or_else(|| misfit(Misfit::Bad))?.into();
            }
            Slot::Phone => person.phone = text(cell)?.into(),
            Slot::Postcode => person.postcode = text(cell)?.into(),
            Slot::Protected => person.protected = cell.protects(),
            Slot::School => person.school = text(cell)?.into(),
            Slot::Sealed => person.sealed = cell.protects(),
            Slot::Sex => person.sex = cell.text().map_err(misfit)?.map(Redacted::new),
            Slot::Surname => person.surname = text(cell)?.into(),
        }
    }
    lines.retain(|line| !line.trim().is_empty());
    person.address = lines.join(", ").into();
    Ok(person)
}

/// Other names of the people of `keys`, and whether there may be more of them.
async fn aliases(
    source: &Source,
    mapped: &AliasMapping,
    keys: &[String],
) -> Result<(Others, bool), SourceError> {
    let statement = query::aliases(mapped, keys, source.dialect(), ALIASES_MAX);
    let columns = query::alias_columns(mapped);
    let rows = source.rows(&statement, &mapped.table, &columns).await?;
    let capped = rows.len() >= usize::try_from(ALIASES_MAX).unwrap_or(usize::MAX);
    let mut others = Others::new();
    for row in rows {
        let mut cells = row.into_iter().zip(&columns);
        let mut next = |clean: bool| match cells.next() {
            Some((cell, column)) => {
                let text = if clean { cell.text() } else { cell.exact() };
                text.map(Option::unwrap_or_default)
                    .map_err(|misfit| source.misfit(misfit, &mapped.table, column))
            }
            None => Ok(String::new()),
        };
        let (key, surname, forename) = (next(false)?, next(true)?, next(true)?);
        // The bar separates the two parts, so it cannot be within one.
        let name = format!(
            "{}|{}",
            forename.replace('|', " "),
            surname.replace('|', " ")
        );
        others.entry(key).or_default().push(name.into());
    }
    // A database gives rows of one table in no order of its own.
    for names in others.values_mut() {
        names.sort_unstable();
    }
    Ok((others, capped))
}
