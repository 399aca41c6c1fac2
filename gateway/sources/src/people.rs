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

/// Runs a statement that selects the mapped columns of people.
pub(crate) async fn people(
    source: &Source,
    statement: &Statement,
) -> Result<Vec<PersonRow>, SourceError> {
    let person = &source.mapping().person;
    let slots = query::person_slots(person);
    let columns: Vec<_> = slots.iter().map(|(_, column)| *column).collect();
    let rows = source.rows(statement, &person.table, &columns).await?;
    let mut people = rows
        .into_iter()
        .map(|row| one(source, &slots, row))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(mapped) = person.aliases.as_ref().filter(|_| !people.is_empty()) {
        let mut others = aliases(source, mapped, &people).await?;
        for person in &mut people {
            person.aliases = others.remove(person.key.reveal()).unwrap_or_default();
        }
    }
    Ok(people)
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
            Slot::Dob => person.born = cell.date(mapping.date_format).unwrap_or_default(),
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

/// Other names by person key, as `forenames|surname`.
async fn aliases(
    source: &Source,
    mapped: &AliasMapping,
    people: &[PersonRow],
) -> Result<HashMap<String, Vec<Redacted<String>>>, SourceError> {
    let keys: Vec<_> = people.iter().map(|row| row.key.reveal().clone()).collect();
    let statement = query::aliases(mapped, &keys, source.dialect(), ALIASES_MAX);
    let columns = query::alias_columns(mapped);
    let rows = source.rows(&statement, &mapped.table, &columns).await?;
    let mut others: HashMap<String, Vec<_>> = HashMap::new();
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
    Ok(others)
}
