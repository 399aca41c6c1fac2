//! Where the mapping itself says which columns there are, every column it uses must be among them.

use super::super::{AliasMapping, CategoryMapping, ColumnName, PersonMapping, Place, TableName};
use super::table::Reader;
use crate::query;

/// Reports every table and column that `place` does not declare.
pub(super) fn check(
    reader: &mut Reader<'_>,
    at: usize,
    place: &Place,
    person: &PersonMapping,
    categories: &[CategoryMapping],
) {
    let Some(declared) = place.tables() else {
        return;
    };
    let mut check = |what: &str, table: &TableName, columns: Vec<&ColumnName>| {
        let name = table.to_string();
        let Some((_, known)) = declared.iter().find(|(known, _)| *known == name) else {
            let all = declared.iter().map(|(name, _)| name.as_str());
            let problem = format!("is a table of `{what}`, but the source declares no such table");
            return reader.unknown(at, &name, &problem, all);
        };
        for column in columns {
            if !known.iter().any(|known| known == column.as_str()) {
                let problem = format!("is used by `{what}`, but `{name}` declares no such column");
                reader.unknown(
                    at,
                    column.as_str(),
                    &problem,
                    known.iter().map(String::as_str),
                );
            }
        }
    };
    let problem = match place {
        Place::Http(place) => {
            let categories = categories.iter().map(|category| category.table.clone());
            place.problem(&person.table, &person.key, categories)
        }
        Place::Csv(_)
        | Place::Fhir(_)
        | Place::Mysql { .. }
        | Place::Odbc(_)
        | Place::Postgres { .. }
        | Place::Sqlite { .. } => None,
    };
    let people = query::person_slots(person).into_iter().map(|(_, c)| c);
    check("person", &person.table, people.collect());
    if let Some(aliases) = &person.aliases {
        check("aliases", &aliases.table, alias_columns(aliases));
    }
    for category in categories {
        check(
            category.category.as_str(),
            &category.table,
            columns(category),
        );
    }
    if let Some(problem) = problem {
        reader.report(at, &problem);
    }
}

fn alias_columns(aliases: &AliasMapping) -> Vec<&ColumnName> {
    query::alias_columns(aliases)
}

/// Every column that a category uses.
fn columns(category: &CategoryMapping) -> Vec<&ColumnName> {
    let optional = [
        &category.date,
        &category.recorded,
        &category.sealed,
        &category.grading,
    ];
    [&category.key, &category.subject]
        .into_iter()
        .chain(optional.into_iter().flatten())
        .chain(category.only.iter().flatten().map(|one| &one.column))
        .chain(category.fields.iter().map(|field| &field.column))
        .collect()
}
