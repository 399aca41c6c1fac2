//! Behind a cell of the matrix: what each field can come to, who is asked, and the rules that say so, in
//! their own sentences; beside it the same of a draft, where it changes the cell.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use stile_exchange::agency::Agency;
use stile_exchange::policy::{Cells, Drafted};
use stile_model::code::Rung;
use stile_model::id::{CategoryId, Code, RuleId};
use stile_model::vocabulary::{Category, Vocabulary};
use stile_policy::{FieldRange, MatrixCell, RuleSays};

use super::matrix::{Looked, alike, drafts, said};
use super::sheet::{Bullets, english};
use crate::component::{Block, Cell, Content, Paragraph, Table};
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;
use crate::words::Words;

#[derive(Template)]
#[template(path = "policy/cell.html")]
struct CellPage<'a> {
    words: &'a Words,
    title: &'a str,
    purpose: &'a str,
    law: &'a [String],
    back: String,
    parts: Vec<Content>,
}

/// One kind of record under one purpose.
pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path((category, purpose)): Path<(String, String)>,
    looked: Result<Query<Looked>, axum::extract::rejection::QueryRejection>,
) -> Paged {
    let Query(looked) = looked.map_err(|_| Trouble::NotFound)?;
    let drafts = drafts(&visit, &agency)?;
    let asked = looked.asked(&drafts)?;
    let category: CategoryId = category.parse().map_err(|_| Trouble::NotFound)?;
    let purpose = Code::new(purpose).map_err(|_| Trouble::NotFound)?;
    let shown = agency.policy_matrix(&visit.person, asked.clone()).await?;
    let (words, vocabulary) = (&visit.words, &*agency.vocabulary);
    let now = Behind::of(&shown.cells, &category, &purpose).ok_or(Trouble::NotFound)?;
    let category = vocabulary.category(&category).ok_or(Trouble::NotFound)?;
    let names = (vocabulary, category);
    let version = shown.version.to_string();
    let name = words.about("policy-version-short", "version", &version);
    let mut parts = vec![now.shown(words, names, ("version", &name))];
    if let (Some(draft), Some(Drafted::Cells(cells))) = (looked.draft(&drafts), &shown.beside)
        && let Some(then) = Behind::of(cells, &category.id, &purpose)
    {
        parts.push(if alike(now.cell, then.cell) {
            let same = words.about("policy-cell-same-in-draft", "name", &draft.name);
            Paragraph::new(same).into()
        } else {
            then.shown(words, names, ("draft", &draft.name))
        });
    }
    let purpose = vocabulary.purpose(&purpose).ok_or(Trouble::NotFound)?;
    let page = CellPage {
        title: &category.title,
        purpose: &purpose.name,
        law: &purpose.legal_gateway,
        back: format!("{}{}", visit.to("/policy"), Looked::query(&asked)),
        parts,
        words,
    };
    visit.page(&category.title, &page)
}

/// A cell with the rules behind it.
struct Behind<'a> {
    cell: &'a MatrixCell,
    says: &'a [RuleSays],
}

impl<'a> Behind<'a> {
    fn of(cells: &'a Cells, category: &CategoryId, purpose: &Code) -> Option<Self> {
        let mut rows = cells.matrix.rows.iter();
        let row = rows.find(|row| row.category == *category)?;
        let cell = row.cells.iter().find(|cell| cell.purpose == *purpose)?;
        let says = &cells.says;
        Some(Self { cell, says })
    }

    /// The word, the table of fields, and the rules in words.
    fn shown(
        &self,
        words: &Words,
        (vocabulary, category): (&Vocabulary, &Category),
        (id, name): (&str, &str),
    ) -> Content {
        let word = said(words, self.cell.word);
        let word = words.about("policy-cell-word", "word", &word);
        let heading = words.about("policy-cell-decide", "name", name);
        let content = Content::from(Paragraph::new(word))
            .then(table(words, vocabulary, category, (self.cell, name)))
            .then(Paragraph::new(heading))
            .then(self.sentences(words));
        Block::new(id, name, content).into()
    }

    /// Each rule that speaks in some enquiry of the cell, as a sentence with its ground.
    fn sentences(&self, words: &Words) -> Content {
        let fields = self.cell.fields.iter();
        let speak: BTreeSet<&RuleId> = fields.flat_map(|range| &range.rules).collect();
        let spoken = self.says.iter().filter(|one| speak.contains(&one.rule));
        let items: Vec<Content> = spoken
            .map(|one| {
                let name = words.about("policy-try-rule", "rule", one.rule.as_str());
                let text = format!("{} {}", one.says, one.why);
                Content::from(name).then(" ").then(english(words, &text))
            })
            .collect();
        if items.is_empty() {
            return Paragraph::new(words.say("policy-try-no-rule")).into();
        }
        Bullets::new(items).into()
    }
}

fn table(
    words: &Words,
    vocabulary: &Vocabulary,
    category: &Category,
    (cell, name): (&MatrixCell, &str),
) -> Content {
    let head = ["field", "at-once", "approved", "approvers", "rules"];
    let head = head.map(|word| Cell::new(words.say(&format!("policy-column-{word}"))));
    let rows = cell.fields.iter().map(|range| {
        let field = category.field(range.field.name());
        let title = field.map_or(range.field.name(), |field| field.title.as_str());
        vec![
            Cell::new(title),
            Cell::new(at_once(words, range)),
            Cell::new(rung(words, range.approved)),
            Cell::new(approvers(words, vocabulary, range)),
            Cell::new(rules(words, range)),
        ]
    });
    let caption = words.about("policy-cell-table", "name", name);
    Table::new(caption, head.into(), rows.collect()).scrolling()
}

/// `full detail`, or the span where it depends on the enquiry.
fn at_once(words: &Words, range: &FieldRange) -> String {
    let (least, most) = (rung(words, range.least), rung(words, range.most));
    if range.sealed {
        words.say("policy-sealed")
    } else if range.least == range.most {
        most
    } else {
        words.with(
            "policy-span",
            [("least", least.into()), ("most", most.into())],
        )
    }
}

fn rung(words: &Words, rung: Rung) -> String {
    words.say(&format!("policy-rung-{}", rung.as_str()))
}

fn approvers(words: &Words, vocabulary: &Vocabulary, range: &FieldRange) -> String {
    if range.approvers.is_empty() {
        return words.say("policy-nobody");
    }
    let names = range.approvers.iter().map(|code| {
        let known = vocabulary.approvers.iter().find(|role| &role.code == code);
        known.map_or(code.as_str(), |role| role.name.as_str())
    });
    names.collect::<Vec<_>>().join(", ")
}

fn rules(words: &Words, range: &FieldRange) -> String {
    if range.rules.is_empty() {
        return words.say("policy-no-rule");
    }
    let ids: Vec<_> = range.rules.iter().map(ToString::to_string).collect();
    ids.join(", ")
}
