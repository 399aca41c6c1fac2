//! The rules as a Casbin policy, in the one CSV dialect that every Casbin reads alike.
//!
//! ```text
//! p, id, eft, verb, upto, item, kind, about, purpose, …, hub, approver, until
//! ```
//!
//! ASCII, `p, ` first, no quotes, no commas or `#` within a cell, `*` for any (never a blank, which
//! an empty policy would match), several values joined by `|`, approvers who must all agree by `&`.
//! Casbin itself reports no malformed line, so [`rows`] reads this text strictly before Casbin may.

use std::fmt::Write as _;

use stile_model::code::{FieldKind, Rung};
use stile_model::digest::Digest;
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;

use crate::error::PolicyError;
use crate::ladder;
use crate::rules::{Rule, Rules, Verb, fields_of};
use crate::space::conditions;

/// The Casbin model: stock allow-and-deny effect over "may this be released at this level?".
///
/// `anyOf(value, cell)` is true when the cell is `*` or lists the value between `|`;
/// `atMost(level, upto)` compares the leading digits and is false for anything else.
pub(crate) const MODEL: &str = r#"# May this field be released at this level, with (ask = yes) or without (ask = no) a person's approval?
# anyOf(value, cell): cell is "*" or lists value between "|". atMost(level, upto): leading digits compare.
[request_definition]
r = item, kind, about, purpose, priority, consent, subject, age, recency, requester, hub, ask, level

[policy_definition]
p = id, eft, verb, upto, item, kind, about, purpose, priority, consent, subject, age, recency, requester, hub, approver, until

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = keyMatch(r.item, p.item) && anyOf(r.kind, p.kind) && anyOf(r.about, p.about) && anyOf(r.purpose, p.purpose) && anyOf(r.priority, p.priority) && anyOf(r.consent, p.consent) && anyOf(r.subject, p.subject) && anyOf(r.age, p.age) && anyOf(r.recency, p.recency) && anyOf(r.requester, p.requester) && anyOf(r.hub, p.hub) && ((p.eft == "allow" && (p.verb == "share" || r.ask == "yes") && atMost(r.level, p.upto)) || (p.eft == "deny" && (p.verb != "ask_above" || r.ask == "no") && !atMost(r.level, p.upto)))
"#;

/// Cells of a row, after the leading `p`.
pub(crate) const COLUMNS: usize = 17;
/// The place of the item among them.
pub(crate) const ITEM: usize = 4;
/// The place of the last day among them.
const UNTIL: usize = 16;

/// One row of the published policy.
pub(crate) type Row = Vec<String>;

/// The published policy of these rules.
pub(crate) fn csv(rules: &Rules, vocabulary: &Vocabulary) -> String {
    let mut text = format!(
        "# Generated from rules.toml (SHA-256 {}) in vocabulary {}. Do not edit.\n\
         # A grant is in force up to and including its last column; a cap always.\n",
        rules.digest, vocabulary.version
    );
    if let Some(until) = rules.until {
        // No row can say so: whoever evaluates the rows must. Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "# After {until} nothing is released, whatever the rows say."
        );
    }
    for rule in &rules.rules {
        let _ = writeln!(
            text,
            "p, {}",
            row(rule, &kinds(rule, rules, vocabulary)).join(", ")
        );
    }
    text
}

/// SHA-256 of the rows alone, in alphabetical order: no comment and no order of the rules changes it.
pub(crate) fn rows_digest(csv: &str) -> Digest {
    let mut rows: Vec<&str> = csv.lines().filter(|line| line.starts_with("p, ")).collect();
    rows.sort_unstable();
    Digest::of(rows.join("\n").as_bytes())
}

/// The kinds a rule is published with: a wide grant lists its own, so that a field nobody defined
/// is never let out.
fn kinds(rule: &Rule, rules: &Rules, vocabulary: &Vocabulary) -> Vec<FieldKind> {
    if !rule.kinds.is_empty() || !rule.verb.grants() || !rule.target.is_wide() {
        return rule.kinds.clone();
    }
    let mut kinds: Vec<FieldKind> = fields_of(vocabulary, &rules.agency)
        .filter(|field| rule.covers(field))
        .map(|field| field.kind)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// The rows of the seals, in the order of their ids.
///
/// Casbin's answers cannot tell a seal from a cap at nothing, nor miss one where nothing is
/// granted, so the proof compares these row by row.
pub(crate) fn seals(rules: &Rules) -> Vec<Row> {
    let mut seals: Vec<Row> = rules
        .rules
        .iter()
        .filter(|rule| rule.verb == Verb::Seal)
        .map(|rule| row(rule, &rule.kinds))
        .collect();
    seals.sort();
    seals
}

fn row(rule: &Rule, kinds: &[FieldKind]) -> Row {
    let any = |cell: String| {
        if cell.is_empty() {
            "*".to_owned()
        } else {
            cell
        }
    };
    let mut row = vec![
        rule.id.to_string(),
        effect(rule.verb).to_owned(),
        rule.verb.as_str().to_owned(),
        ladder::cell(rule.rung).to_owned(),
        rule.target.to_string(),
        any(join(kinds, "|")),
        any(join(&rule.abouts, "|")),
    ];
    row.extend(
        conditions(rule)
            .into_iter()
            .map(|words| words.map_or("*".to_owned(), |words| words.join("|"))),
    );
    let all = if rule.approvers.any_of { "|" } else { "&" };
    let approvers = join(&rule.approvers.roles, all);
    row.push(if approvers.is_empty() {
        "-".to_owned()
    } else {
        approvers
    });
    row.push(rule.until.map_or("-".to_owned(), |until| until.to_string()));
    row
}

const fn effect(verb: Verb) -> &'static str {
    if verb.grants() { "allow" } else { "deny" }
}

fn join(items: &[impl ToString], between: &str) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(between)
}

/// Reads published text strictly: anything another Casbin might read otherwise is refused.
pub(crate) fn rows(text: &str) -> Result<Vec<Row>, PolicyError> {
    let mut rows: Vec<Row> = Vec::new();
    for (n, line) in text.split('\n').enumerate() {
        let refuse = |reason: &str| PolicyError::Published {
            line: n + 1,
            reason: reason.to_owned(),
        };
        if line.is_empty() || (line.starts_with("# ") && line.is_ascii() && !line.contains('\r')) {
            continue;
        }
        let cells = line
            .strip_prefix("p, ")
            .ok_or_else(|| refuse("the line does not begin with `p, `"))?;
        let row: Row = cells.split(", ").map(str::to_owned).collect();
        check(&row).map_err(refuse)?;
        if rows.iter().any(|known| known.first() == row.first()) {
            return Err(refuse("a second row has this id"));
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(PolicyError::Published {
            line: 1,
            reason: "there is no row, and an empty policy must never be served".to_owned(),
        });
    }
    Ok(rows)
}

fn check(row: &[String]) -> Result<(), &'static str> {
    if row.len() != COLUMNS {
        return Err("the row does not have 17 cells");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.*|&:-".contains(c);
    if row
        .iter()
        .any(|cell| cell.is_empty() || !cell.chars().all(plain))
    {
        return Err("a cell is blank or holds a character other than letters, digits and _.*|&:-");
    }
    let [_, eft, verb, upto, item, rest @ ..] = row else {
        return Err("the row does not have 17 cells");
    };
    let verb = Verb::ALL.iter().find(|known| known.as_str() == verb);
    if verb.is_none_or(|verb| effect(*verb) != eft) {
        return Err("the effect and the verb do not go together");
    }
    if !Rung::ALL.iter().any(|rung| ladder::cell(*rung) == upto) {
        return Err("the rung is not one of 0:none to 4:detail");
    }
    if item.trim_end_matches(".*").contains('*') {
        return Err("`*` may stand only for the end of an item");
    }
    if rest.iter().any(|cell| cell.len() > 1 && cell.contains('*')) {
        return Err("`*` must be alone in its cell");
    }
    Ok(())
}

/// The rows in force on `on`: a grant past its last day is left out, a cap never.
pub(crate) fn in_force(rows: &[Row], on: Date) -> Vec<&Row> {
    rows.iter()
        .filter(|row| {
            let grant = row.get(1).is_some_and(|eft| eft == "allow");
            !(grant && last_day(row).is_some_and(|last| on > last))
        })
        .collect()
}

/// The last day of a row.
pub(crate) fn last_day(row: &Row) -> Option<Date> {
    row.get(UNTIL)?.parse().ok()
}

/// Rows as text again.
pub(crate) fn text<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    let mut text = String::new();
    for row in rows {
        let _ = writeln!(text, "p, {}", row.join(", "));
    }
    text
}
