//! The form of one rule: a field for each column of the table for spreadsheets.

use std::collections::BTreeSet;

use stile_exchange::agency::Agency;
use stile_exchange::policy::RuleParts;
use stile_model::code::{ConsentState, Priority};
use stile_model::vocabulary::{AgeBand, Term, Vocabulary};
use stile_policy::Verb;

use super::super::sheet::Form;
use crate::component::{
    Button, Checkboxes, Choice, Choosable, Content, Details, Faults, Field, Group, Input, Item,
    Legend, Select, Size,
};
use crate::form::Fields;
use crate::trouble::Trouble;
use crate::visit::Signed;
use crate::words::Words;

/// Every column, in the order of the table.
pub(super) const COLUMNS: [&str; 22] = [
    "id",
    "verb",
    "fields",
    "of",
    "as",
    "approver",
    "any_of",
    "approval_hours",
    "purpose",
    "priority",
    "consent",
    "subject",
    "age",
    "within",
    "requester",
    "hub",
    "agency",
    "code",
    "why",
    "clause",
    "owner",
    "until",
];

/// Columns that a line of text says; the first ones beside the choices, the rest behind "more".
const LINES: [&str; 5] = ["id", "as", "within", "why", "until"];
const MORE: [&str; 8] = [
    "approval_hours",
    "any_of",
    "of",
    "hub",
    "agency",
    "code",
    "clause",
    "owner",
];

/// What the form says, column by column; several words of one column one by one.
#[derive(Default)]
pub(super) struct Typed(Vec<(&'static str, Vec<String>)>);

impl Typed {
    /// A rule as it stands in the text.
    pub(super) fn of(rule: &RuleParts) -> Self {
        let column = |name: &'static str| {
            let text = rule.part(name);
            let words = if is_choice(name) {
                text.split(',').map(|word| word.trim().to_owned()).collect()
            } else {
                vec![text.to_owned()]
            };
            (name, words)
        };
        Self(COLUMNS.into_iter().map(column).collect())
    }

    /// A rule as the form sent it.
    pub(super) fn sent(fields: &Fields) -> Self {
        let columns = COLUMNS.into_iter();
        Self(columns.map(|name| (name, fields.list(name))).collect())
    }

    /// The rule as the text takes it.
    pub(super) fn parts(&self) -> RuleParts {
        let mut parts = RuleParts::default();
        for (name, words) in &self.0 {
            parts.set(name, words.join(", "));
        }
        parts
    }

    fn words(&self, name: &str) -> Vec<String> {
        let found = self.0.iter().find(|(column, _)| *column == name);
        found.map(|(_, words)| words.clone()).unwrap_or_default()
    }

    fn text(&self, name: &str) -> String {
        self.words(name).join(", ")
    }
}

/// Is it a column of boxes to tick?
fn is_choice(name: &str) -> bool {
    matches!(
        name,
        "approver" | "purpose" | "priority" | "consent" | "subject" | "age" | "requester"
    )
}

/// Do these say the same in a column? The order of ticked boxes says nothing.
pub(super) fn is_alike(name: &str, one: &str, other: &str) -> bool {
    fn words(text: &str) -> BTreeSet<&str> {
        let words = text.split(',').map(str::trim);
        words.filter(|word| !word.is_empty()).collect()
    }
    one.trim() == other.trim() || (is_choice(name) && words(one) == words(other))
}

/// The form with what was typed; `shown` is the version of the rule that it was made from.
pub(super) fn form(
    visit: &Signed,
    agency: &Agency,
    (path, shown): (&str, Option<&str>),
    typed: &Typed,
    faults: &Faults,
) -> Result<Content, Trouble> {
    let words = &visit.words;
    let vocabulary = &*agency.vocabulary;
    let [id, given_as, within, why, until] = LINES.map(|name| line(words, typed, faults, name));
    let approvers = terms(&vocabulary.approvers);
    let purposes = vocabulary.purposes.iter();
    let purposes = purposes.map(|one| (one.code.to_string(), one.name.clone()));
    let boxes = |name: &str, items: Vec<(String, String)>| boxes(words, typed, faults, name, items);
    let ratings = coded(
        words,
        "priority",
        Priority::ALL.iter().map(|one| one.as_str()),
    );
    let consents = coded(
        words,
        "consent",
        ConsentState::ALL.iter().map(|one| one.as_str()),
    );
    let ages = coded(words, "age", AgeBand::ALL.iter().map(|one| one.as_str()));
    let mut more = Content::default();
    for name in MORE {
        more = more.then(line(words, typed, faults, name));
    }
    let mut form = Form::post(visit, path)?;
    if let Some(shown) = shown {
        form = form.carrying("seen", shown);
    }
    let form = form
        .field(id)
        .field(verb(words, typed, faults))
        .field(targets(words, agency, typed, faults))
        .field(given_as)
        .field(boxes("approver", approvers))
        .field(boxes("purpose", purposes.collect()))
        .field(boxes("priority", ratings))
        .field(boxes("consent", consents))
        .field(boxes("subject", terms(&vocabulary.subject_roles)))
        .field(boxes("age", ages))
        .field(within)
        .field(boxes("requester", terms(&vocabulary.officer_roles)))
        .field(why)
        .field(until)
        .field(Details::new(words.say("policy-rule-more"), more))
        .button(Button::new(words.say("policy-rule-save")));
    Ok(form.into())
}

fn terms(terms: &[Term]) -> Vec<(String, String)> {
    terms
        .iter()
        .map(|one| (one.code.to_string(), one.name.clone()))
        .collect()
}

fn coded<'a>(
    words: &Words,
    name: &str,
    codes: impl Iterator<Item = &'a str>,
) -> Vec<(String, String)> {
    codes
        .map(|code| {
            let said = words.of_code(&format!("policy-{name}"), code);
            (code.to_owned(), said.unwrap_or_else(|| code.to_owned()))
        })
        .collect()
}

pub(super) fn label(words: &Words, name: &str) -> String {
    words.say(&format!("policy-rule-{}", name.replace('_', "-")))
}

fn hint(words: &Words, name: &str) -> String {
    words.say(&format!("policy-rule-{}-hint", name.replace('_', "-")))
}

fn line(words: &Words, typed: &Typed, faults: &Faults, name: &str) -> Content {
    let field = Field::new(name, label(words, name))
        .hint(hint(words, name))
        .error(faults.of(name));
    Input::new(field)
        .value(typed.text(name))
        .spelling(false)
        .into()
}

fn boxes(
    words: &Words,
    typed: &Typed,
    faults: &Faults,
    name: &str,
    items: Vec<(String, String)>,
) -> Content {
    let legend = Legend::new(label(words, name)).size(Size::S);
    let group = Group::new(name, legend)
        .hint(words.say("policy-rule-boxes-hint"))
        .error(faults.of(name));
    let items = items
        .into_iter()
        .map(|(code, said)| Item::from(Choice::new(code, said)));
    Checkboxes::new(group, items.collect())
        .values(typed.words(name))
        .small()
        .into()
}

fn verb(words: &Words, typed: &Typed, faults: &Faults) -> Content {
    let verbs = Verb::ALL.iter().map(|verb| verb.as_str());
    let items = coded(words, "verb", verbs);
    let items = items
        .into_iter()
        .map(|(code, said)| Choosable::new(code, said));
    let field = Field::new("verb", label(words, "verb")).error(faults.of("verb"));
    Select::new(field, items.collect())
        .value(typed.text("verb"))
        .into()
}

/// All of the agency, each category, each field.
fn targets(words: &Words, agency: &Agency, typed: &Typed, faults: &Faults) -> Content {
    let vocabulary: &Vocabulary = &agency.vocabulary;
    let kind = agency.kind.as_str();
    let mut items = vec![Choosable::new(
        format!("{kind}.*"),
        words.say("policy-rule-everything"),
    )];
    let own = vocabulary.categories.iter();
    for category in own.filter(|category| category.id.agency_kind() == kind) {
        let all = words.about("policy-rule-all-of", "category", &category.title);
        items.push(Choosable::new(format!("{}.*", category.id), all));
        for field in &category.fields {
            let name = format!("{}: {}", category.title, field.title);
            items.push(Choosable::new(field.id.to_string(), name));
        }
    }
    let field = Field::new("fields", label(words, "fields")).error(faults.of("fields"));
    Select::new(field, items).value(typed.text("fields")).into()
}
