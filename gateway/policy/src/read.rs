//! Strict reading of `rules.toml`: every mistake with file, line and column.

mod closed;
mod grant;
pub(crate) mod page;
mod rule;
mod syntax;
mod target;
#[cfg(test)]
mod tests;
pub(crate) mod when;

use std::collections::BTreeMap;

use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId, RuleId};
use stile_model::place::Lines;
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use toml::de::{DeTable, DeValue};

use self::page::{Page, Value, kind};
use crate::error::PolicyError;
use crate::rules::{Rule, Rules, Verb};
use crate::space::WORDS_MAX;

/// Keys at the top of the file.
const KEYS: &[&str] = &[
    "agency",
    "vocabulary",
    "until",
    "approval_hours",
    "sealed_contact",
    "closed",
    "rule",
];
/// Hours an approver has where the file does not say: one working day and the night.
const APPROVAL_HOURS: u32 = 24;
/// Longest time to decide, in hours: 30 days.
const APPROVAL_HOURS_MAX: u32 = 720;
/// Largest file read, in bytes.
pub(crate) const TEXT_MAX: usize = 4 * 1024 * 1024;

/// Reads the text of a `rules.toml`; `name` appears in errors.
///
/// # Errors
///
/// Every mistake found, each with file, line and column, the allowed values and the nearest
/// spelling. Where the TOML itself is wrong, every line that is not TOML.
pub fn parse_rules(name: &str, text: &str, vocabulary: &Vocabulary) -> Result<Rules, PolicyError> {
    let mut page = Page::new(name, text);
    let rules = read_rules(&mut page, text, vocabulary);
    page.finish(rules)
}

/// The rules of `text`, or nothing where they are not whole; every mistake is on `page`.
pub(crate) fn read_rules(
    page: &mut Page<'_>,
    text: &str,
    vocabulary: &Vocabulary,
) -> Option<Rules> {
    if text.len() > TEXT_MAX {
        page.report(0, format!("the file is longer than {TEXT_MAX} bytes"));
        return None;
    }
    let table = syntax(page, text)?;
    read(page, &table, vocabulary, text)
}

/// The text as TOML; every mistake of the TOML itself is reported.
pub(crate) fn syntax<'a>(page: &mut Page<'_>, text: &'a str) -> Option<DeTable<'a>> {
    hidden(page, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let at = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
    let mut ordered: Vec<&toml::de::Error> = errors.iter().collect();
    ordered.sort_by_key(|error| at(error));
    let mut last = None;
    let lines = Lines::of(text);
    for error in ordered {
        let at = at(error);
        // One slip makes the parser stumble several times over the same line.
        let line = lines.place(at).line;
        if last != Some(line) {
            page.report(at, syntax::told(text, at, error.message()));
        }
        last = Some(line);
    }
    errors.is_empty().then(|| table.into_inner())
}

/// Refuses what makes the file look otherwise than it is, in comments too.
fn hidden(page: &mut Page<'_>, text: &str) {
    for (at, c) in text.char_indices() {
        if page::misleads(c) {
            let problem = format!(
                "an invisible character (U+{:04X}) stands here and makes the file look otherwise than it is; remove it, or write the line again",
                u32::from(c)
            );
            page.report(at, problem);
        }
    }
}

fn read(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    vocabulary: &Vocabulary,
    text: &str,
) -> Option<Rules> {
    page.keys(table, KEYS);
    if vocabulary.purposes.len() >= WORDS_MAX
        || vocabulary.subject_roles.len() >= WORDS_MAX
        || vocabulary.officer_roles.len() >= WORDS_MAX
    {
        page.report(0, format!("the vocabulary has {WORDS_MAX} or more purposes or roles; policy can tell fewer apart"));
    }
    version(page, table, vocabulary);
    let until = table
        .get("until")
        .and_then(|value| date(page, "until", value));
    let approval_hours = table
        .get("approval_hours")
        .map_or(Some(APPROVAL_HOURS), |value| {
            page.number("approval_hours", value, 1, APPROVAL_HOURS_MAX)
        });
    let contact = table
        .get("sealed_contact")
        .and_then(|value| page.string("sealed_contact", value))
        .and_then(|word| approver(page, vocabulary, &word));
    // Without the kind of agency no rule can be judged.
    let agency = agency(page, table, vocabulary)?;
    let mut context = rule::Context {
        vocabulary,
        agency: &agency,
        until,
        closed: Vec::new(),
    };
    context.closed = closed::read(page, table, &context);
    let (rules, places) = rules(page, table, &context);
    hubs(page, &rules);
    if contact.is_none()
        && let Some(seal) = rules
            .iter()
            .find(|rule| rule.verb == Verb::Seal && rule.approvers.roles.is_empty())
    {
        let problem = format!(
            "`seal` rule {} alerts nobody; name a role in `sealed_contact` at the top or in `approver` of the rule",
            seal.id
        );
        page.report(0, problem);
    }
    let lines = Lines::of(text);
    let closed = context.closed;
    Some(Rules {
        digest: Digest::of(text.as_bytes()),
        agency,
        until,
        approval_hours: approval_hours?,
        sealed_contact: contact,
        closed,
        rules,
        places: places
            .into_iter()
            .map(|(id, at)| (id, lines.place(at)))
            .collect(),
    })
}

fn agency(page: &mut Page<'_>, table: &DeTable<'_>, vocabulary: &Vocabulary) -> Option<Code> {
    let Some(value) = table.get("agency") else {
        page.report(
            0,
            "`agency` is missing; name the kind of agency these rules are for",
        );
        return None;
    };
    let word = page.string("agency", value)?;
    let kinds: Vec<&str> = vocabulary
        .agencies
        .iter()
        .map(|agency| agency.kind.as_str())
        .collect();
    page.one_of("kind of agency", &word, &kinds, |text| text.parse().ok())
}

fn version(page: &mut Page<'_>, table: &DeTable<'_>, vocabulary: &Vocabulary) {
    let Some(value) = table.get("vocabulary") else {
        page.report(
            0,
            "`vocabulary` is missing; name the version these rules are written in",
        );
        return;
    };
    if let Some(word) = page.string("vocabulary", value)
        && word.text != vocabulary.version.to_string()
    {
        let problem = format!(
            "these rules are written in vocabulary `{}`, but `{}` is in force; read them again against it",
            page::shown(&word.text),
            vocabulary.version
        );
        page.report(word.at, problem);
    }
}

/// The rules in the order of the file, and the byte at which the id of each is written.
fn rules(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    context: &rule::Context<'_>,
) -> (Vec<Rule>, BTreeMap<RuleId, usize>) {
    let mut rules: Vec<Rule> = Vec::new();
    let mut places = BTreeMap::new();
    for (at, table) in tables(page, table) {
        let Some((at, rule)) = rule::read(page, table, at, context) else {
            continue;
        };
        if places.contains_key(&rule.id) {
            page.report(
                at,
                format!(
                    "`{}` is a second rule with this id; choose another",
                    rule.id
                ),
            );
        } else {
            places.insert(rule.id.clone(), at);
        }
        rules.push(rule);
    }
    (rules, places)
}

/// The `[[rule]]` tables, each with its place.
fn tables<'a, 'b>(page: &mut Page<'_>, table: &'a DeTable<'b>) -> Vec<(usize, &'a DeTable<'b>)> {
    let nothing = "there is no [[rule]]; without one nothing is ever released";
    let Some(value) = table.get("rule") else {
        page.report(0, nothing);
        return Vec::new();
    };
    let Some(items) = value.get_ref().as_array() else {
        let problem = format!(
            "`rule` must be tables written [[rule]], not {}",
            kind(value)
        );
        page.report(value.span().start, problem);
        return Vec::new();
    };
    if items.is_empty() {
        page.report(value.span().start, nothing);
    }
    let mut tables = Vec::new();
    for item in items {
        match item.get_ref() {
            DeValue::Table(table) => tables.push((item.span().start, table)),
            _ => page.report(
                item.span().start,
                format!("a rule must be a table, not {}", kind(item)),
            ),
        }
    }
    tables
}

fn hubs(page: &mut Page<'_>, rules: &[Rule]) {
    let mut hubs: Vec<&str> = rules
        .iter()
        .flat_map(|rule| rule.when.hub.iter().map(MemberId::as_str))
        .collect();
    hubs.sort_unstable();
    hubs.dedup();
    // Two words are taken: another hub, and one not known.
    if hubs.len() > WORDS_MAX - 2 {
        page.report(
            0,
            format!(
                "the rules name {} hubs; at most {} can be told apart",
                hubs.len(),
                WORDS_MAX - 2
            ),
        );
    }
}

/// A civil date written without quotes.
pub(crate) fn date(page: &mut Page<'_>, key: &str, value: &Value<'_>) -> Option<Date> {
    let written = value
        .get_ref()
        .as_datetime()
        .filter(|datetime| datetime.time.is_none());
    let date = written.and_then(|datetime| datetime.date).and_then(|date| {
        Date::new(
            i16::try_from(date.year).ok()?,
            i8::try_from(date.month).ok()?,
            i8::try_from(date.day).ok()?,
        )
        .ok()
    });
    if date.is_none() {
        page.report(
            value.span().start,
            format!("`{key}` must be a date without quotes such as 2027-03-31"),
        );
    }
    date
}

/// An approver role of the vocabulary.
pub(crate) fn approver(
    page: &mut Page<'_>,
    vocabulary: &Vocabulary,
    word: &page::Word,
) -> Option<Code> {
    let roles: Vec<&str> = vocabulary
        .approvers
        .iter()
        .map(|term| term.code.as_str())
        .collect();
    page.one_of("role of approver", word, &roles, |text| text.parse().ok())
}
