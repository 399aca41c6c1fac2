//! What a rule that lets something out must not do.

use stile_model::code::{Existence, Handling, Rung};
use stile_model::vocabulary::Field;
use toml::de::DeTable;

use super::page::Page;
use super::rule::Context;
use super::when;
use crate::rules::{Rule, Target};

/// What a grant must not do.
pub(super) fn bounds(
    page: &mut Page<'_>,
    (at, target_at): (usize, usize),
    rule: &Rule,
    covered: &[&Field],
    context: &Context<'_>,
) {
    let category_of = |field: &Field| context.vocabulary.category(&field.id.category());
    if rule.when.within.is_some() && !covered.iter().any(|field| context.dated(field)) {
        page.report(
            at,
            "these fields have no event date, so `within` would never hold; remove it",
        );
    }
    if rule.target.is_wide() && rule.rung == Rung::Detail {
        page.report(
            target_at,
            format!(
                "`detail` over `{}` is not allowed; name each field, or choose a lower rung",
                rule.target
            ),
        );
    }
    let barred = covered
        .iter()
        .filter_map(|field| category_of(field))
        .find(|category| category.handling == Handling::Barred);
    if let Some(category) = barred {
        page.report(
            target_at,
            format!(
                "`{}` is barred by statute; no rule may let it out",
                category.id
            ),
        );
        return;
    }
    let closed = covered
        .iter()
        .filter_map(|field| category_of(field))
        .find(|category| {
            category.existence == Existence::Closed || context.closed.contains(&category.id)
        });
    if let (Target::Agency(_), Some(category)) = (&rule.target, closed) {
        page.report(
            target_at,
            format!(
                "`{}` would let out `{}`, whose existence is closed; name each category",
                rule.target, category.id
            ),
        );
    }
}

/// Is there a `within`, right or wrong? A wrong one has been told already.
pub(super) fn says_within(table: &DeTable<'_>) -> bool {
    table.get("when").is_some_and(|when| {
        let when = when.get_ref().as_table();
        when.is_none_or(|when| when.contains_key("within"))
    })
}

/// Refuses a grant without a look-back over what has a date.
pub(super) fn look_back(page: &mut Page<'_>, at: usize, covered: &[&Field], context: &Context<'_>) {
    if covered.iter().any(|field| context.dated(field)) {
        let allowed = when::look_backs().join(", ");
        page.report(
            at,
            format!("a grant needs a look-back: `when = {{ within = \"24 months\" }}`; allowed: {allowed}"),
        );
    }
}
