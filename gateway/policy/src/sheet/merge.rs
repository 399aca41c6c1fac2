//! Merging a table into an earlier file, so that comments stay.

use stile_model::id::RuleId;

use crate::error::PolicyError;
use crate::fmt::paper::{Block, Cell, Entry, Line, Paper};
use crate::fmt::{RULES, parse};
use crate::read::page::Page;
use crate::rules::Verb;

/// The merged file, and what became of the rules.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub paper: Paper,
    pub added: Vec<RuleId>,
    pub changed: Vec<RuleId>,
    pub removed: Vec<RuleId>,
    /// Keys of the file that differ.
    pub keys: Vec<String>,
}

/// Merges `new` into the earlier file. Keys of the file come from the table where it has any.
///
/// # Errors
///
/// When the earlier file is not of the shape of a `rules.toml`, or has a key at its top that the
/// table lacks: a lost `until` or `closed` would let out more.
pub(super) fn merge(
    mut new: Paper,
    table: &str,
    into: Option<(&str, &str)>,
) -> Result<Merged, PolicyError> {
    let Some((name, text)) = into else {
        return Ok(Merged {
            added: ids(&new.blocks),
            paper: new,
            ..Merged::default()
        });
    };
    let mut page = Page::new(name, text);
    let old = parse(&mut page, text, &RULES);
    let old = page.finish(old)?;
    lost(table, &new.head, name, &old.head)?;
    let gone = |id: &RuleId| block(&new.blocks, id).is_none();
    let mut merged = Merged {
        removed: ids(&old.blocks).into_iter().filter(gone).collect(),
        ..Merged::default()
    };
    let differs = |entry: &&Entry| old.head.cell(&entry.key) != Some(&entry.cell);
    let differing = new.head.entries.iter().filter(differs);
    merged.keys = differing.map(|entry| entry.key.clone()).collect();
    keep_comments(&mut new.head, &old.head);
    for rule in &mut new.blocks {
        let Some(id) = id(rule) else { continue };
        match block(&old.blocks, &id) {
            Some(before) => {
                if !before.says(rule) {
                    merged.changed.push(id);
                }
                keep_comments(rule, before);
            }
            None => merged.added.push(id),
        }
    }
    headings_of_removed(&mut new, &old);
    new.tail.extend(old.tail);
    merged.paper = new;
    Ok(merged)
}

/// Refuses a table without a key that stands at the top of the earlier file.
fn lost(table: &str, new: &Block, name: &str, old: &Block) -> Result<(), PolicyError> {
    let problems: Vec<String> = old
        .entries
        .iter()
        .filter(|entry| new.cell(&entry.key).is_none())
        .map(|entry| {
            let key = &entry.key;
            format!(
                "{table}: rows above the rules: the row `{key}` is missing, which {name} has; add it, or remove `{key}` from {name} first if it is to go"
            )
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(PolicyError::Rules { problems })
    }
}

/// Gives a table the comments it had: above, beside, and with each key that it still has.
fn keep_comments(new: &mut Block, old: &Block) {
    new.above.clone_from(&old.above);
    new.beside.clone_from(&old.beside);
    for entry in &mut new.entries {
        let same = |before: &&Entry| one(&before.key) == one(&entry.key);
        if let Some(before) = old.entries.iter().find(same) {
            entry.above.clone_from(&before.above);
            entry.beside.clone_from(&before.beside);
        }
    }
}

/// The key by which it is known whichever way it is written: one approver, or several; this verb, or
/// that.
fn one(key: &str) -> &str {
    match key {
        "approvers" => "approver",
        key if Verb::ALL.iter().any(|verb| verb.as_str() == key) => "verb",
        key => key,
    }
}

/// A heading above a rule that is gone goes to the next rule that stays, as it is about the section.
fn headings_of_removed(new: &mut Paper, old: &Paper) {
    let mut waiting: Vec<Line> = Vec::new();
    for before in &old.blocks {
        let stays = id(before).and_then(|id| {
            new.blocks
                .iter_mut()
                .find(|rule| self::id(rule).as_ref() == Some(&id))
        });
        if let Some(rule) = stays {
            if !waiting.is_empty() {
                waiting.append(&mut rule.above);
                rule.above = std::mem::take(&mut waiting);
                rule.above
                    .dedup_by(|line, before| *line == Line::Blank && *before == Line::Blank);
            }
            continue;
        }
        let end = before.above.iter().rposition(|line| *line == Line::Blank);
        let heading = before.above.get(..=end.unwrap_or_default());
        let heading = heading.unwrap_or_default();
        if heading.iter().any(|line| *line != Line::Blank) {
            waiting.extend_from_slice(heading);
        }
    }
    new.tail.append(&mut waiting);
}

fn ids(blocks: &[Block]) -> Vec<RuleId> {
    blocks.iter().filter_map(id).collect()
}

fn id(block: &Block) -> Option<RuleId> {
    match block.cell("id") {
        Some(Cell::Text(text)) => RuleId::new(text.clone()).ok(),
        _ => None,
    }
}

fn block<'a>(blocks: &'a [Block], wanted: &RuleId) -> Option<&'a Block> {
    blocks
        .iter()
        .find(|block| id(block).as_ref() == Some(wanted))
}
