//! The fields a rule speaks of, and the rung it gives them.

use stile_model::code::{FieldKind, Rung};
use stile_model::vocabulary::Field;
use toml::de::DeTable;

use super::page::{Page, Word, shown, unknown};
use super::rule::Context;
use crate::ladder::{self, Misfit};
use crate::rules::{Rule, Target, Verb};
use crate::spelling::nearest;

/// The target, if the agency has such a field or category.
pub(super) fn target(page: &mut Page<'_>, word: &Word, context: &Context<'_>) -> Option<Target> {
    let agency = context.agency;
    let known: Vec<Target> = [Target::Agency(agency.clone())]
        .into_iter()
        .chain(
            context
                .categories()
                .map(|category| Target::Category(category.id.clone())),
        )
        .chain(
            context
                .fields()
                .map(|field| Target::Field(field.id.clone())),
        )
        .collect();
    if let Some(target) = known.iter().find(|target| target.to_string() == word.text) {
        return Some(target.clone());
    }
    let names: Vec<String> = known.iter().map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let other = context
        .vocabulary
        .agencies
        .iter()
        .any(|kind| &kind.kind != agency && word.text.starts_with(&format!("{}.", kind.kind)));
    let problem = if other {
        format!(
            "`{}` belongs to another kind of agency; these rules speak only of `{agency}`",
            shown(&word.text)
        )
    } else {
        // The whole list is long: show the category's fields, or the categories.
        let start = word.text.rsplit_once('.').map_or("", |(start, _)| start);
        let near: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| name.rsplit_once('.').is_some_and(|(own, _)| own == start))
            .collect();
        let listed: Vec<&str> = if near.is_empty() || start == agency.as_str() {
            names
                .iter()
                .copied()
                .filter(|name| name.ends_with('*'))
                .collect()
        } else {
            near
        };
        let hint = nearest(&word.text, &names);
        match hint {
            Some(near) => format!(
                "`{}` names no field of the vocabulary; did you mean `{near}`? allowed: {}",
                shown(&word.text),
                listed.join(", ")
            ),
            None => format!(
                "`{}` names no field of the vocabulary; allowed: {}",
                shown(&word.text),
                listed.join(", ")
            ),
        }
    };
    page.report(word.at, problem);
    None
}

/// The rung of a rule, checked against the kinds of the fields it covers.
pub(super) fn rung(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    at: usize,
    rule: &Rule,
    covered: &[&Field],
) -> Option<Rung> {
    let verb = rule.verb;
    let Some(value) = table.get("as") else {
        if verb == Verb::Seal {
            return Some(Rung::None);
        }
        page.report(
            at,
            format!(
                "`as` is missing; `{}` needs a rung: none, known, headline, summary, detail",
                verb.as_str()
            ),
        );
        return None;
    };
    let word = page.string("as", value)?;
    if verb == Verb::Seal {
        page.report(word.at, "a `seal` hides everything; remove `as`");
        return None;
    }
    let mut kinds: Vec<FieldKind> = covered.iter().map(|field| field.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    match ladder::rung(&word.text, &kinds) {
        Ok(Rung::None) if verb.grants() => {
            page.report(
                word.at,
                format!(
                    "`{}` as `none` lets nothing out; use `never_above` to withhold",
                    verb.as_str()
                ),
            );
            None
        }
        Ok(Rung::Detail) if !verb.grants() => {
            page.report(
                word.at,
                format!(
                    "`{}` as `detail` limits nothing; choose a lower rung",
                    verb.as_str()
                ),
            );
            None
        }
        Ok(rung) => Some(rung),
        Err(Misfit::Kind(kind)) => {
            let allowed = ladder::allowed(&kinds).join(", ");
            page.report(
                word.at,
                format!(
                    "`{}` is not a rung of a {kind} field; allowed here: {allowed}",
                    word.text
                ),
            );
            None
        }
        Err(Misfit::Unknown) => {
            page.report(
                word.at,
                unknown("rung", &word.text, &ladder::allowed(&kinds)),
            );
            None
        }
    }
}
