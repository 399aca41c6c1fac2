//! What would happen if: the real rules on a question somebody makes up. Nothing is recorded against a
//! person, since there is none.

mod question;

use std::sync::Arc;

use axum::extract::State;
use stile_exchange::agency::Agency;
use stile_exchange::error::ExchangeError;
use stile_exchange::policy::Beside;
use stile_exchange::policy::ask::AskExplain;
use stile_model::code::Rung;
use stile_policy::Trace;

use super::matrix::drafts;
use super::sheet::{Bullets, Sheet, english, no_faults};
use crate::component::{Block, Content, Details, InsetText, Paragraph};
use crate::form::Asked;
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;
use crate::words::Words;

/// Other rules that the question is put to beside those in force.
struct Other {
    name: String,
    rules: String,
}

/// The form, and under it the answers where something is asked.
pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Asked(asked): Asked,
) -> Paged {
    let words = &visit.words;
    let sheet = Sheet::new(&visit, words.say("policy-try-title"))
        .under(words.say("policy-try-what"))
        .part(question::form(&visit, &agency, &asked));
    if asked.given("field").is_none() {
        return sheet.shown(&visit);
    }
    let version = agency.policy_in_force(&visit.person)?.version;
    let name = words.about("policy-version-short", "version", &version.to_string());
    let mut all = vec![answer(&visit, &agency, &asked, name, None).await];
    if let Some(other) = other(&visit, &agency, asked.text("with"))? {
        all.push(answer(&visit, &agency, &asked, other.name, Some(other.rules)).await);
    }
    let mut answers = Content::default();
    for one in all {
        match one {
            Ok(content) => answers = answers.then(content),
            Err(Trouble::Refused { title, .. }) => {
                let mut faults = no_faults(words);
                faults.add_to_form(title);
                return sheet.faults(&faults).shown_again(&visit);
            }
            Err(trouble) => return Err(trouble),
        }
    }
    sheet
        .part(Block::new(
            "answers",
            words.say("policy-try-answers"),
            answers,
        ))
        .shown(&visit)
}

fn other(visit: &Signed, agency: &Agency, with: &str) -> Result<Option<Other>, Trouble> {
    let mut listed = drafts(visit, agency)?.into_iter();
    let Some(draft) = listed.find(|draft| draft.key == with) else {
        return Ok(None);
    };
    let rules = match draft.which {
        Beside::Proposal(version) => agency.policy_text(&visit.person, Some(version))?.rules,
        Beside::Sketch => agency.policy_sketch(&visit.person)?.rules,
    };
    Ok(Some(Other {
        name: draft.name,
        rules,
    }))
}

/// What one set of rules says.
async fn answer(
    visit: &Signed,
    agency: &Agency,
    asked: &crate::form::Fields,
    name: String,
    rules: Option<String>,
) -> Result<Content, Trouble> {
    let words = &visit.words;
    let ask = AskExplain {
        question: question::read(asked),
        on: None,
        rules,
    };
    match agency.explain_policy(&visit.person, ask).await {
        Ok(trace) => Ok(shown(words, &name, &trace)),
        // Texts that are still wrong answer nothing, and say what is wrong.
        Err(ExchangeError::Policy(error @ stile_policy::PolicyError::Rules { .. })) => {
            let wrong = Content::from(Paragraph::new(words.about(
                "policy-try-wrong",
                "name",
                &name,
            )));
            let all: Vec<_> = error.to_string().lines().map(ToOwned::to_owned).collect();
            let list = super::sheet::english_list(words, &all);
            Ok(InsetText::new(wrong.then(list)).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The box of one answer: the decision, the ruling, the rules, what would change it.
fn shown(words: &Words, name: &str, trace: &Trace) -> Content {
    let (key, look) = decision(trace);
    let box_ = Answered {
        look,
        title: words.with(
            "policy-try-says",
            [("name", name.into()), ("word", words.say(key).into())],
        ),
        ruling: english(words, &trace.ruling),
        rules: rules(words, trace),
    };
    Content::from(box_).then(Details::new(
        words.about("policy-try-more", "name", name),
        more(words, trace),
    ))
}

/// The word of the matrix for one ruling, and how its box looks.
fn decision(trace: &Trace) -> (&'static str, &'static str) {
    if trace.auto == Rung::Detail {
        ("policy-cell-share", "")
    } else if trace.approved > trace.auto {
        ("policy-cell-ask", " gw-result--ask")
    } else if trace.auto > Rung::None {
        ("policy-cell-summary", "")
    } else {
        ("policy-cell-withhold", " gw-result--withhold")
    }
}

#[derive(askama::Template)]
#[template(
    source = r#"<div class="gw-result{{ look }}"><h3 class="govuk-heading-s govuk-!-margin-bottom-1">{{ title }}</h3><p class="govuk-body">{{ ruling }}</p>{{ rules }}</div>"#,
    ext = "html"
)]
struct Answered {
    look: &'static str,
    title: String,
    ruling: Content,
    rules: Content,
}

impl askama::filters::HtmlSafe for Answered {}
impl crate::component::Component for Answered {}

fn rules(words: &Words, trace: &Trace) -> Content {
    let deciding: Vec<_> = trace.applied.iter().filter(|one| one.decides).collect();
    if deciding.is_empty() {
        return Paragraph::new(words.say("policy-try-no-rule")).into();
    }
    Bullets::new(deciding.into_iter().map(|one| {
        let name = words.about("policy-try-rule", "rule", one.rule.as_str());
        Content::from(name)
            .then(" ")
            .then(english(words, &one.says))
    }))
    .into()
}

/// What nearly applies, and what would change the answer.
fn more(words: &Words, trace: &Trace) -> Content {
    let mut content = Content::from(Paragraph::new(english(words, &trace.asked)));
    if !trace.nearly.is_empty() {
        let items = trace.nearly.iter().map(|one| {
            let line = format!("{}: {}", one.rule, one.missing.join("; "));
            english(words, &line)
        });
        content = content
            .then(Paragraph::new(words.say("policy-try-nearly")))
            .then(Bullets::new(items));
    }
    if !trace.changes.is_empty() {
        let items = trace.changes.iter().map(|one| {
            let line = format!("{}: {}", one.conditions.join("; "), one.ruling);
            english(words, &line)
        });
        content = content
            .then(Paragraph::new(words.say("policy-try-changes")))
            .then(Bullets::new(items));
    }
    content
        .then(Paragraph::new(words.say("policy-try-requester")))
        .then(Paragraph::new(english(
            words,
            &trace.requester.plain_english(),
        )))
}
