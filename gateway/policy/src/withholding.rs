//! Rules under which nothing leaves, for an agency whose rules were written for another vocabulary.
//!
//! The rules before cannot be read with the new words. What they hid is read from their text as far
//! as the new vocabulary still has it: a category that they closed or sealed, wholly or on some
//! condition, stays hidden. Asked about it, the agency answers alike of everybody, and whoever must
//! know of a hit still learns of it. Of rules that cannot be read at all, everything counts as hidden.

use std::collections::BTreeMap;

use stile_model::code::Existence;
use stile_model::id::Code;
use stile_model::vocabulary::{Category, Vocabulary};
use toml::{Table, Value};

const WHY: &str = "Hidden by the rules before";

/// The text of rules that let nothing out, and hide what the rules `before` hid.
pub fn withholding(before: &str, vocabulary: &Vocabulary, kind: &Code) -> String {
    let before = legible(before);
    let hidden = match &before {
        Some(before) => hidden(before, vocabulary, kind),
        None => own(vocabulary, kind)
            .map(|one| (one.id.as_str(), None))
            .collect(),
    };
    let open = own(vocabulary, kind).filter(|one| one.existence == Existence::Open);
    let open = open.filter(|one| hidden.contains_key(one.id.as_str()));
    let closed: Vec<_> = open.map(|one| format!("\"{}\"", one.id)).collect();
    let contact = before
        .as_ref()
        .and_then(|before| before.get("sealed_contact"));
    let contact = contact.and_then(Value::as_str);
    let contact = contact.filter(|role| is_approver(vocabulary, role));
    let told = hidden.iter().filter_map(|(id, role)| Some((id, (*role)?)));
    let seals = told.enumerate().map(|(place, (id, role))| {
        format!(
            "\n[[rule]]\nid = \"WITHHOLD-{}\"\nseal = \"{id}.*\"\napprover = \"{role}\"\n\
             why = \"{WHY}\"\n",
            place.saturating_add(1)
        )
    });
    let head = [
        format!(
            "agency = \"{kind}\"\nvocabulary = \"{}\"\n",
            vocabulary.version
        ),
        if closed.is_empty() {
            String::new()
        } else {
            format!("closed = [{}]\n", closed.join(", "))
        },
        contact.map_or_else(String::new, |role| format!("sealed_contact = \"{role}\"\n")),
        format!(
            "\n[[rule]]\nid = \"WITHHOLD-ALL\"\nnever_above = \"{kind}.*\"\nas = \"none\"\n\
             why = \"No rules are approved for this vocabulary yet\"\n"
        ),
    ];
    head.into_iter().chain(seals).collect()
}

/// The rules as a table; `None` where what they close or seal cannot be told from it.
fn legible(text: &str) -> Option<Table> {
    let table: Table = text.parse().ok()?;
    let all = |key: &str, fits: fn(&Value) -> bool| match table.get(key) {
        Some(Value::Array(all)) => all.iter().all(fits),
        Some(_) => false,
        None => true,
    };
    let seals = |rule: &Value| {
        rule.as_table()
            .is_some_and(|rule| rule.get("seal").is_none_or(Value::is_str))
    };
    (all("closed", Value::is_str) && all("rule", seals)).then_some(table)
}

/// Each category that the rules closed or sealed, and the role that a rule names for its hits.
fn hidden<'a>(
    before: &'a Table,
    vocabulary: &'a Vocabulary,
    kind: &Code,
) -> BTreeMap<&'a str, Option<&'a str>> {
    let mut hidden: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    let closed = before.get("closed").and_then(Value::as_array);
    let closed: Vec<_> = closed
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let rules = before.get("rule").and_then(Value::as_array);
    let mut rules: Vec<_> = rules
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
        .collect();
    // As where the rules served: of several roles, the one that the first rule by its id names.
    rules.sort_by_key(|rule| rule.get("id").and_then(Value::as_str));
    for category in own(vocabulary, kind) {
        let id = category.id.as_str();
        if closed.contains(&id) {
            hidden.entry(id).or_default();
        }
        for rule in &rules {
            let target = rule.get("seal").and_then(Value::as_str);
            if target.is_some_and(|target| speaks_of(target, id, kind)) {
                let role = told_of(rule).filter(|role| is_approver(vocabulary, role));
                let told = hidden.entry(id).or_default();
                *told = told.or(role);
            }
        }
    }
    hidden
}

/// The role that a rule names for its hits: `approver`, or the one word of `approvers`.
fn told_of(rule: &Table) -> Option<&str> {
    let several = || match rule.get("approvers")?.as_array()?.as_slice() {
        [one] => Some(one),
        _ => None,
    };
    rule.get("approver").or_else(several)?.as_str()
}

/// Is any field of the category meant?
fn speaks_of(target: &str, category: &str, kind: &Code) -> bool {
    let start = target.rsplit_once('.').map_or(target, |(start, _)| start);
    start == category || start == kind.as_str()
}

fn own<'a>(vocabulary: &'a Vocabulary, kind: &Code) -> impl Iterator<Item = &'a Category> {
    let kind = kind.clone();
    let categories = vocabulary.categories.iter();
    categories.filter(move |one| one.id.agency_kind() == kind.as_str())
}

fn is_approver(vocabulary: &Vocabulary, role: &str) -> bool {
    vocabulary
        .approvers
        .iter()
        .any(|term| term.code.as_str() == role)
}

#[cfg(test)]
mod tests;
