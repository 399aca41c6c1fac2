//! Who can see a field, at once or after approval, over every question that can be put.

use std::sync::Arc;

use axum::extract::State;
use stile_exchange::agency::Agency;
use stile_exchange::policy::study::AskWhoCan;
use stile_model::code::Rung;
use stile_policy::WhoCan;

use super::sheet::{Bullets, Form, Sheet, english, no_faults};
use crate::component::{Block, Button, Choosable, Content, Field, Paragraph, Select};
use crate::form::{Asked, Fields};
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;
use crate::words::Words;

/// The form, and under it the answer where a field is asked about.
pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Asked(asked): Asked,
) -> Paged {
    let words = &visit.words;
    let sheet = Sheet::new(&visit, words.say("policy-who-title"))
        .under(words.say("policy-who-what"))
        .part(form(&visit, &agency, &asked));
    let Some(field) = asked.given("field") else {
        return sheet.shown(&visit);
    };
    let ask = AskWhoCan {
        field: field.parse().map_err(|_| Trouble::NotFound)?,
        at_least: asked.text("at-least").parse().unwrap_or(Rung::Known),
        on: None,
        rules: None,
    };
    match agency.who_can_see(&visit.person, ask).await {
        Ok(found) => sheet.part(answer(words, &found)).shown(&visit),
        Err(error) => match Trouble::from(error) {
            Trouble::Refused { title, .. } => {
                let mut faults = no_faults(words);
                faults.add("field", title);
                sheet.faults(&faults).shown_again(&visit)
            }
            trouble => Err(trouble),
        },
    }
}

fn form(visit: &Signed, agency: &Agency, asked: &Fields) -> Form {
    let (words, vocabulary) = (&visit.words, &*agency.vocabulary);
    let kind = agency.kind.as_str();
    let own = vocabulary.categories.iter();
    let own = own.filter(|category| category.id.agency_kind() == kind);
    let fields = own.flat_map(|category| {
        category.fields.iter().map(move |field| {
            let name = format!("{}: {}", category.title, field.title);
            Choosable::new(field.id.to_string(), name)
        })
    });
    let rungs = Rung::ALL.iter().filter(|rung| **rung > Rung::None);
    let rungs = rungs.map(|rung| {
        let said = words.say(&format!("policy-rung-{}", rung.as_str()));
        Choosable::new(rung.as_str(), said)
    });
    let select = |name: &str, items: Vec<Choosable>| {
        let field = Field::new(name, words.say(&format!("policy-who-{name}")));
        Select::new(field, items).value(asked.text(name))
    };
    Form::ask(visit, "/policy/who")
        .field(select("field", fields.collect()))
        .field(select("at-least", rungs.collect()))
        .button(Button::new(words.say("policy-show")))
}

fn answer(words: &Words, found: &WhoCan) -> Content {
    let content = if found.access.is_empty() {
        Content::from(Paragraph::new(english(words, &found.text)))
    } else {
        Bullets::new(found.access.iter().map(|one| english(words, &one.text))).into()
    };
    let content = if found.in_part {
        content.then(Paragraph::new(words.say("policy-who-in-part")))
    } else {
        content
    };
    Block::new("answer", words.say("policy-who-answer"), content).into()
}
