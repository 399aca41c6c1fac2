//! The form of a question that somebody makes up, and how it is read.

use stile_exchange::agency::Agency;
use stile_model::code::{ConsentState, Priority};
use stile_model::vocabulary::{AgeBand, Recency, Term};
use stile_policy::Imagined;

use super::super::matrix::drafts;
use super::super::sheet::Form;
use crate::component::{Button, Choosable, Content, Field, Select};
use crate::form::Fields;
use crate::visit::Signed;
use crate::words::Words;

/// The question as the rules read it; words nobody chose are not known.
pub(super) fn read(asked: &Fields) -> Imagined {
    let chosen = |name: &str| asked.given(name).map(ToOwned::to_owned);
    Imagined {
        field: asked.text("field").to_owned(),
        purpose: asked.text("purpose").to_owned(),
        priority: chosen("priority"),
        consent: chosen("consent"),
        subject: chosen("subject"),
        age: chosen("age"),
        recency: chosen("recency"),
        requester: chosen("requester"),
        hub: None,
    }
}

/// The form with what was chosen before.
pub(super) fn form(visit: &Signed, agency: &Agency, asked: &Fields) -> Content {
    let (words, vocabulary) = (&visit.words, &*agency.vocabulary);
    let kind = agency.kind.as_str();
    let own = vocabulary.categories.iter();
    let own = own.filter(|category| category.id.agency_kind() == kind);
    let fields = own.flat_map(|category| {
        let name = |title: &str| format!("{}: {title}", category.title);
        let fields = category.fields.iter();
        fields.map(move |field| Choosable::new(field.id.to_string(), name(&field.title)))
    });
    let purposes = vocabulary.purposes.iter();
    let purposes = purposes.map(|one| Choosable::new(one.code.to_string(), one.name.clone()));
    let select = |name: &str, items: Vec<Choosable>| {
        let field = Field::new(name, words.say(&format!("policy-ask-{name}")));
        Select::new(field, items).value(asked.text(name))
    };
    let coded = |name: &str, codes: Vec<&str>| {
        let named = codes.into_iter().map(|code| {
            let said = words.of_code(&format!("policy-{name}"), code);
            Choosable::new(code, said.unwrap_or_else(|| code.to_owned()))
        });
        select(name, not_known(words).chain(named).collect())
    };
    let termed = |name: &str, terms: &[Term]| {
        let named = terms.iter();
        let named = named.map(|one| Choosable::new(one.code.to_string(), one.name.clone()));
        select(name, not_known(words).chain(named).collect())
    };
    Form::ask(visit, "/policy/try")
        .field(select("field", fields.collect()))
        .field(select("purpose", purposes.collect()))
        .field(coded(
            "priority",
            Priority::ALL.iter().map(|one| one.as_str()).collect(),
        ))
        .field(coded(
            "consent",
            ConsentState::ALL.iter().map(|one| one.as_str()).collect(),
        ))
        .field(termed("subject", &vocabulary.subject_roles))
        .field(coded(
            "age",
            AgeBand::ALL.iter().map(|one| one.as_str()).collect(),
        ))
        .field(coded(
            "recency",
            Recency::ALL.iter().map(|one| one.as_str()).collect(),
        ))
        .field(termed("requester", &vocabulary.officer_roles))
        .field(select("with", compared(visit, agency)))
        .button(Button::new(words.say("policy-try-button")))
        .into()
}

/// The first entry of a list: nothing is known.
fn not_known(words: &Words) -> std::iter::Once<Choosable> {
    std::iter::once(Choosable::new("", words.say("policy-not-known")))
}

/// The rules to compare with; where they cannot be listed, only those in force are asked.
fn compared(visit: &Signed, agency: &Agency) -> Vec<Choosable> {
    let only = Choosable::new("", visit.words.say("policy-try-only"));
    let others = drafts(visit, agency).unwrap_or_default();
    let others = others
        .into_iter()
        .map(|draft| Choosable::new(draft.key, draft.name));
    std::iter::once(only).chain(others).collect()
}
