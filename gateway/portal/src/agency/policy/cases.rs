//! What the cases of the policy in force, or of what the officer is writing, prove.

use std::sync::Arc;

use axum::extract::State;
use stile_exchange::agency::Agency;
use stile_exchange::error::ExchangeError;
use stile_exchange::policy::ask::AskTest;
use stile_policy::{CaseResult, Depth, TestReport};

use super::CHANGES;
use super::sheet::{Form, Sheet, english, english_list};
use crate::component::{
    Block, Button, Cell, Choosable, Content, Field, InsetText, Paragraph, Select, Table, Tag, Tint,
};
use crate::form::Asked;
use crate::trouble::Paged;
use crate::visit::Signed;
use crate::words::Words;

/// Every case with its outcome, and what no case looks at.
pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Asked(asked): Asked,
) -> Paged {
    let words = &visit.words;
    let officer = CHANGES.admits(Some(&visit.person));
    let own = officer && asked.text("of") == "own";
    let mut sheet = Sheet::new(&visit, words.say("policy-cases-title"));
    if officer {
        sheet = sheet.part(choice(&visit, asked.text("of")));
    }
    let ask = if own {
        let sketch = agency.policy_sketch(&visit.person)?;
        AskTest {
            rules: Some(sketch.rules),
            cases: Some(sketch.cases),
            depth: Depth::Cases,
        }
    } else {
        AskTest {
            rules: None,
            cases: None,
            depth: Depth::Cases,
        }
    };
    match agency.test_policy(&visit.person, ask).await {
        Ok(report) => sheet.parts(report_parts(words, &report)).shown(&visit),
        Err(ExchangeError::Policy(error)) => {
            let all: Vec<_> = error.to_string().lines().map(ToOwned::to_owned).collect();
            let wrong = Content::from(Paragraph::new(words.say("policy-cases-wrong")));
            let wrong = wrong.then(english_list(words, &all));
            sheet.part(InsetText::new(wrong)).shown(&visit)
        }
        Err(ExchangeError::Refused(problem)) if problem.code() == "no_cases" => sheet
            .part(Paragraph::new(words.say("policy-cases-none")))
            .shown(&visit),
        Err(error) => Err(error.into()),
    }
}

fn choice(visit: &Signed, of: &str) -> Form {
    let words = &visit.words;
    let items = vec![
        Choosable::new("", words.say("policy-cases-in-force")),
        Choosable::new("own", words.say("policy-try-own")),
    ];
    let field = Field::new("of", words.say("policy-cases-of"));
    Form::ask(visit, "/policy/cases")
        .field(Select::new(field, items).value(of))
        .button(Button::new(words.say("policy-show")).secondary())
}

fn report_parts(words: &Words, report: &TestReport) -> Vec<Content> {
    let head = ["case", "outcome", "asked", "expected"]
        .map(|key| Cell::new(words.say(&format!("policy-head-{key}"))));
    let rows = report.cases.iter().map(|one| row(words, one)).collect();
    let caption = words.with(
        "policy-cases-count",
        [
            ("failed", report.failed().into()),
            ("all", report.cases.len().into()),
        ],
    );
    let table = Table::new(caption, head.into(), rows).scrolling();
    let mut parts = vec![Block::new("cases", words.say("policy-cases-heading"), table).into()];
    let untouched: Vec<String> = report
        .coverage
        .untouched
        .iter()
        .map(ToString::to_string)
        .collect();
    let fields: Vec<String> = report
        .coverage
        .fields_without_case
        .iter()
        .map(ToString::to_string)
        .collect();
    for (id, key, list) in [
        ("untouched", "policy-cases-untouched", untouched),
        ("fields", "policy-cases-fields", fields),
    ] {
        if !list.is_empty() {
            parts.push(Block::new(id, words.say(key), english_list(words, &list)).into());
        }
    }
    parts
}

fn row(words: &Words, one: &CaseResult) -> Vec<Cell> {
    let outcome = if one.passed {
        Content::from(Tag::new(words.say("policy-case-passes"), Tint::Green))
    } else {
        let fails = Content::from(Tag::new(words.say("policy-case-fails"), Tint::Red));
        fails.then(" ").then(english(words, &one.got))
    };
    vec![
        Cell::new(english(words, &one.name)),
        Cell::new(outcome),
        Cell::new(english(words, &one.asked)),
        Cell::new(english(words, &one.expected)),
    ]
}
