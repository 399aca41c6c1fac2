//! `closed`: categories of which this agency does not even say whether anything is held.

use stile_model::code::Existence;
use stile_model::id::CategoryId;
use toml::de::DeTable;

use super::page::{Page, unknown};
use super::rule::Context;

/// Reads the list. What the vocabulary closes stays closed without being named, and naming it is a
/// mistake: the reader of the file would believe that taking it out of the list opens it.
pub(super) fn read(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    context: &Context<'_>,
) -> Vec<CategoryId> {
    let Some(value) = table.get("closed") else {
        return Vec::new();
    };
    let own: Vec<&str> = context
        .categories()
        .filter(|category| category.existence == Existence::Open)
        .map(|category| category.id.as_str())
        .collect();
    let words = page.words("closed", value);
    words
        .iter()
        .filter_map(|word| {
            let known = context
                .categories()
                .find(|category| category.id.as_str() == word.text);
            let problem = match known {
                Some(category) if category.existence == Existence::Open => {
                    return Some(category.id.clone());
                }
                Some(category) => format!(
                    "`{}` is closed by the vocabulary for everybody; remove it from the list",
                    category.id
                ),
                None => unknown("category of this agency that is open", &word.text, &own),
            };
            page.report(word.at, problem);
            None
        })
        .collect()
}
