//! One `[[rule]]` table.

use stile_model::code::{About, FieldKind, Rung};
use stile_model::id::{CategoryId, ClauseId, Code, OPEN_WORD, RuleId, is_open_word};
use stile_model::time::Date;
use stile_model::vocabulary::{Category, Field, Vocabulary};
use toml::de::DeTable;

use super::page::{Page, Value, kind};
use super::{APPROVAL_HOURS_MAX, approver, date, grant, target, when};
use crate::decide::Approvers;
use crate::rules::{Rule, Target, Verb, fields_of};

const KEYS: &[&str] = &[
    "id",
    "share",
    "ask",
    "never_above",
    "ask_above",
    "seal",
    "as",
    "of",
    "when",
    "approver",
    "approvers",
    "any_of",
    "approval_hours",
    "code",
    "why",
    "clause",
    "owner",
    "until",
];
/// What a rule is read against.
pub(super) struct Context<'a> {
    pub vocabulary: &'a Vocabulary,
    pub agency: &'a Code,
    pub until: Option<Date>,
    /// Categories that the file itself closes.
    pub closed: Vec<CategoryId>,
}

impl<'a> Context<'a> {
    pub fn fields(&self) -> impl Iterator<Item = &'a Field> {
        fields_of(self.vocabulary, self.agency)
    }

    /// Does the field belong to an event with a date? One of no category is taken to.
    pub fn dated(&self, field: &Field) -> bool {
        let category = self.vocabulary.category(&field.id.category());
        category.is_none_or(|category| category.event.is_some())
    }

    pub fn categories(&self) -> impl Iterator<Item = &'a Category> {
        let agency = self.agency.as_str();
        self.vocabulary
            .categories
            .iter()
            .filter(move |category| category.id.agency_kind() == agency)
    }
}

/// Reads one rule; gives the place of its id with it, or nothing when it is not whole.
pub(super) fn read(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    at: usize,
    context: &Context<'_>,
) -> Option<(usize, Rule)> {
    page.keys(table, KEYS);
    let id = id(page, table, at);
    let why = if let Some(value) = table.get("why") {
        page.line("why", value)
    } else {
        page.report(
            at,
            "`why` is missing; name the statute, guidance or agreement behind the rule",
        );
        None
    };
    let owner = table
        .get("owner")
        .and_then(|value| page.line("owner", value));
    let clauses = clauses(page, table, context);
    let until = until(page, table, context);
    let code = code(page, table, context);
    let approvers = approvers(page, table, at, context);
    let hours = table
        .get("approval_hours")
        .and_then(|value| page.number("approval_hours", value, 1, APPROVAL_HOURS_MAX));
    let (kinds, abouts) = of(page, table);
    let when = when::read(page, table, context.vocabulary);
    let (verb, target_at, target) = verb(page, table, at, context)?;
    let target = target?;

    let (id_at, id) = id?;
    let mut rule = Rule {
        id,
        verb,
        target,
        rung: Rung::None,
        kinds,
        abouts,
        when,
        approvers,
        approval_hours: hours,
        code,
        why: why.map_or(String::new(), |word| word.text),
        clauses,
        owner: owner.map(|word| word.text),
        until,
    };
    let covered: Vec<&Field> = context
        .fields()
        .filter(|field| rule.covers(field))
        .collect();
    if covered.is_empty() {
        page.report(
            target_at,
            format!(
                "no field of `{}` is what `of` says; the rule would never apply",
                rule.target
            ),
        );
        return None;
    }
    rule.rung = target::rung(page, table, at, &rule, &covered)?;
    keys_of_the_verb(page, table, at, &rule);
    if rule.verb.grants() {
        grant::bounds(page, (at, target_at), &rule, &covered, context);
        if rule.when.within.is_none() && !grant::says_within(table) {
            grant::look_back(page, at, &covered, context);
        }
    }
    Some((id_at, rule))
}

fn id(page: &mut Page<'_>, table: &DeTable<'_>, at: usize) -> Option<(usize, RuleId)> {
    let Some(value) = table.get("id") else {
        page.report(at, "`id` is missing; give the rule a name such as `S47-04`");
        return None;
    };
    let word = page.string("id", value)?;
    match RuleId::new(word.text) {
        Ok(id) if is_open_word(id.as_str()) => Some((word.at, id)),
        Ok(id) => {
            page.report(word.at, format!("`{id}` cannot be used: {OPEN_WORD}"));
            None
        }
        Err(error) => {
            page.report(word.at, error);
            None
        }
    }
}

/// The one verb of the rule, the place of its target, and the target if it exists.
fn verb(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    at: usize,
    context: &Context<'_>,
) -> Option<(Verb, usize, Option<Target>)> {
    let verbs: Vec<Verb> = Verb::ALL
        .iter()
        .copied()
        .filter(|verb| table.contains_key(verb.as_str()))
        .collect();
    let names: Vec<&str> = Verb::ALL.iter().map(|verb| verb.as_str()).collect();
    match verbs.as_slice() {
        [verb] => {
            let word = page.string(verb.as_str(), table.get(verb.as_str())?)?;
            Some((*verb, word.at, target::target(page, &word, context)))
        }
        [] => {
            page.report(
                at,
                format!("the rule does nothing; give it one of {}", names.join(", ")),
            );
            None
        }
        several => {
            let both: Vec<&str> = several.iter().map(|verb| verb.as_str()).collect();
            page.report(
                at,
                format!(
                    "a rule has one verb, this one has {}; split it",
                    both.join(" and ")
                ),
            );
            None
        }
    }
}

/// Keys that only some verbs take.
fn keys_of_the_verb(page: &mut Page<'_>, table: &DeTable<'_>, at: usize, rule: &Rule) {
    let verb = rule.verb.as_str();
    let named = !rule.approvers.roles.is_empty();
    let written = |key: &str| table.get_key_value(key).map(|(key, _)| key.span().start);
    match rule.verb {
        Verb::Ask | Verb::AskAbove
            if !named && written("approver").or(written("approvers")).is_none() =>
        {
            page.report(
                at,
                format!("`{verb}` needs an `approver`: the role that decides"),
            );
        }
        Verb::Seal if rule.approvers.roles.len() > 1 => {
            page.report(at, "a `seal` alerts one role; name it in `approver`");
        }
        Verb::Share | Verb::NeverAbove if named => {
            page.report(
                at,
                format!("`{verb}` asks nobody; remove `approver`, or use `ask` or `ask_above`"),
            );
        }
        _ => {}
    }
    if !rule.verb.asks()
        && let Some(at) = written("approval_hours")
    {
        page.report(
            at,
            format!("`approval_hours` goes with `ask` and `ask_above`, not `{verb}`"),
        );
    }
    if (rule.verb.grants() || rule.verb == Verb::Seal)
        && let Some(at) = written("code")
    {
        page.report(
            at,
            format!("`code` says why a cap withholds; `{verb}` takes none"),
        );
    }
}

fn until(page: &mut Page<'_>, table: &DeTable<'_>, context: &Context<'_>) -> Option<Date> {
    let value = table.get("until")?;
    let until = date(page, "until", value)?;
    if let Some(last) = context.until.filter(|last| until > *last) {
        page.report(
            value.span().start,
            format!(
                "the rule ends on {until}, after the whole file on {last}; choose a date no later"
            ),
        );
    }
    Some(until)
}

/// Clauses of the agreement, each listed by the vocabulary.
fn clauses(page: &mut Page<'_>, table: &DeTable<'_>, context: &Context<'_>) -> Vec<ClauseId> {
    let Some(value) = table.get("clause") else {
        return Vec::new();
    };
    let known = &context.vocabulary.clauses;
    if known.is_empty() {
        page.report(
            value.span().start,
            "the vocabulary lists no [[clause]] of the agreement; remove `clause`, or have the partnership list its clauses",
        );
        return Vec::new();
    }
    let known: Vec<&str> = known.iter().map(|clause| clause.code.as_str()).collect();
    let words = page.words("clause", value);
    words
        .iter()
        .filter_map(|word| {
            page.one_of("clause of the agreement", word, &known, |text| {
                text.parse().ok()
            })
        })
        .collect()
}

fn code(page: &mut Page<'_>, table: &DeTable<'_>, context: &Context<'_>) -> Option<Code> {
    let word = page.string("code", table.get("code")?)?;
    let known = when::words_of(&context.vocabulary.withhold_codes);
    page.one_of("withhold code", &word, &known, |text| text.parse().ok())
}

fn approvers(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    at: usize,
    context: &Context<'_>,
) -> Approvers {
    let words = match (table.get("approver"), table.get("approvers")) {
        (Some(_), Some(_)) => {
            page.report(at, "a rule has `approver` or `approvers`, not both");
            Vec::new()
        }
        (Some(one), None) => page.string("approver", one).into_iter().collect(),
        (None, Some(many)) => page.words("approvers", many),
        (None, None) => Vec::new(),
    };
    let mut roles: Vec<Code> = words
        .iter()
        .filter_map(|word| approver(page, context.vocabulary, word))
        .collect();
    roles.sort();
    let any_of = table
        .get("any_of")
        .is_some_and(|value| any_of(page, value, words.len()));
    Approvers { roles, any_of }
}

/// Whether one of `named` roles is enough.
fn any_of(page: &mut Page<'_>, value: &Value<'_>, named: usize) -> bool {
    let at = value.span().start;
    let Some(any_of) = value.get_ref().as_bool() else {
        let problem = format!("`any_of` must be true or false, not {}", kind(value));
        page.report(at, problem);
        return false;
    };
    if named < 2 {
        page.report(at, "`any_of` needs two or more `approvers`");
    }
    any_of
}

/// Kinds and whom a field is about, from one list.
fn of(page: &mut Page<'_>, table: &DeTable<'_>) -> (Vec<FieldKind>, Vec<About>) {
    let Some(value) = table.get("of") else {
        return (Vec::new(), Vec::new());
    };
    let kinds = FieldKind::ALL.iter().map(|kind| kind.as_str());
    let abouts = About::ALL.iter().map(|about| about.as_str());
    let allowed: Vec<&str> = kinds.chain(abouts).collect();
    let (mut kinds, mut abouts) = (Vec::new(), Vec::new());
    for word in page.words("of", value) {
        if let Ok(kind) = word.text.parse() {
            kinds.push(kind);
        } else if let Some(about) = page.one_of(
            "kind of field or whom it is about",
            &word,
            &allowed,
            |text| text.parse().ok(),
        ) {
            abouts.push(about);
        }
    }
    (kinds, abouts)
}
