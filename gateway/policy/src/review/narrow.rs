//! The narrower rule: its conditions without the words under which nobody asked.

use std::collections::BTreeMap;

use stile_model::id::RuleId;
use stile_model::vocabulary::Recency;
use toml::{Table, Value};

use crate::read::when::look_back;
use crate::rules::Rule;
use crate::space::{DIMENSIONS, RECENCY, Space, bit_of, conditions};

/// The key of each dimension in a rule's `when`.
const KEYS: [&str; DIMENSIONS] = [
    "purpose",
    "priority",
    "consent",
    "subject",
    "age",
    "within",
    "requester",
    "hub",
];
/// The order in which a rule is written; keys beside these follow.
const ORDER: [&str; 18] = [
    "id",
    "share",
    "ask",
    "never_above",
    "ask_above",
    "seal",
    "of",
    "as",
    "approver",
    "approvers",
    "any_of",
    "approval_hours",
    "code",
    "when",
    "why",
    "clause",
    "owner",
    "until",
];

/// What the rule's conditions allow and was never seen, by their key; a rule never seen at all has
/// nothing to be narrowed to.
pub(super) fn unseen(
    rule: &Rule,
    space: &Space,
    seen: &[u64; DIMENSIONS],
) -> BTreeMap<String, Vec<String>> {
    let mut unseen = BTreeMap::new();
    let dimensions = conditions(rule).into_iter().zip(&space.dimensions);
    for (n, ((words, dimension), seen)) in dimensions.zip(seen).enumerate() {
        let Some(words) = words else { continue };
        let was_seen = |word: &String| {
            let place = dimension.iter().position(|known| known == word);
            place.is_some_and(|place| seen & bit_of(place) != 0)
        };
        let missing: Vec<String> = if n == RECENCY {
            // A look-back is narrowed from its far end only.
            let far = words.iter().rev();
            far.take_while(|word| !was_seen(word)).cloned().collect()
        } else {
            words
                .iter()
                .filter(|word| !was_seen(word))
                .cloned()
                .collect()
        };
        if let Some(key) = KEYS.get(n)
            && !missing.is_empty()
            && missing.len() < words.len()
        {
            unseen.insert((*key).to_owned(), missing);
        }
    }
    unseen
}

/// The rule as written in `text`, without the words of `unseen`; `None` where there is nothing to
/// leave out, or the rule is not in the text.
pub(super) fn text(
    text: &str,
    id: &RuleId,
    unseen: &BTreeMap<String, Vec<String>>,
) -> Option<String> {
    if unseen.is_empty() {
        return None;
    }
    let file: Table = text.parse().ok()?;
    let rules = file.get("rule")?.as_array()?;
    let is = |rule: &&Value| rule.get("id").and_then(Value::as_str) == Some(id.as_str());
    let mut rule = rules.iter().find(is)?.as_table()?.clone();
    let when = rule.get_mut("when")?.as_table_mut()?;
    for (key, words) in unseen {
        let value = when.get_mut(key)?;
        if key == "within" {
            *value = Value::String(look_back(nearer(words)?)?.to_owned());
        } else {
            let kept = |word: &Value| {
                let word = word.as_str().unwrap_or_default();
                !words.iter().any(|unseen| unseen == word)
            };
            value.as_array_mut()?.retain(kept);
        }
    }
    Some(written(&rule))
}

/// The oldest band that is newer than every one of these.
fn nearer(unseen: &[String]) -> Option<Recency> {
    Recency::ALL
        .iter()
        .copied()
        .take_while(|band| !unseen.iter().any(|word| word == band.as_str()))
        .last()
}

fn written(rule: &Table) -> String {
    let mut lines = vec!["[[rule]]".to_owned()];
    let known = ORDER.iter().filter_map(|key| Some((*key, rule.get(*key)?)));
    let others = rule
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .filter(|(key, _)| !ORDER.contains(key));
    lines.extend(
        known
            .chain(others)
            .map(|(key, value)| format!("{key} = {value}")),
    );
    lines.push(String::new());
    lines.join("\n")
}
