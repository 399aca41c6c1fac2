//! Rules and fields named in a sentence.

use std::collections::BTreeSet;

use stile_model::id::{FieldId, RuleId};

use super::Teller;

/// Most rules named in one sentence.
const NAMED: usize = 5;

impl Teller<'_> {
    pub(super) fn ids(&self, rows: &BTreeSet<usize>) -> Vec<RuleId> {
        let mut ids: Vec<RuleId> = rows
            .iter()
            .filter_map(|row| self.study.table.rows.get(*row))
            .map(|row| row.id.clone())
            .collect();
        ids.sort();
        ids
    }

    pub(super) fn list(&self, rows: &BTreeSet<usize>) -> String {
        let ids = self.ids(rows);
        let named: Vec<String> = ids.iter().take(NAMED).map(|id| format!("`{id}`")).collect();
        let more = ids.len().saturating_sub(NAMED);
        if more == 0 {
            named.join(", ")
        } else {
            format!("{} and {more} more", named.join(", "))
        }
    }

    pub(super) fn because(&self, rows: &BTreeSet<usize>) -> String {
        if rows.is_empty() {
            String::new()
        } else {
            format!(", because of {}", self.list(rows))
        }
    }
}

/// `police.arrest (date, offence), …`
pub(super) fn by_category(fields: &[&FieldId]) -> String {
    let mut categories: Vec<(String, Vec<&str>)> = Vec::new();
    for field in fields {
        let category = field.category().to_string();
        match categories
            .last_mut()
            .filter(|(known, _)| *known == category)
        {
            Some((_, names)) => names.push(field.name()),
            None => categories.push((category, vec![field.name()])),
        }
    }
    let parts: Vec<String> = categories
        .iter()
        .map(|(category, names)| format!("`{category}` ({})", names.join(", ")))
        .collect();
    parts.join(", ")
}
