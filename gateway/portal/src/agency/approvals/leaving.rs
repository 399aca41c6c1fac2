//! What leaves of one category for one person: each record as it is sent, and what is held back. Alike
//! before it is agreed to and where it is looked at afterwards.

use stile_model::id::Code;
use stile_model::returns::{Finding, Item, Withheld};
use stile_model::vocabulary::Category;

use super::super::asked::Told;
use crate::both::part::{Sheet, bullets, coded, facts, lines, paragraph};
use crate::component::{Cell, Content, SummaryCard, Table};

/// One finding in the words of the page.
#[derive(Clone, Copy)]
pub(crate) struct Leaving<'a> {
    pub(crate) told: Told<'a>,
    pub(crate) finding: &'a Finding,
    /// It has left.
    pub(crate) has_left: bool,
}

impl Leaving<'_> {
    /// The category, in words.
    pub(crate) fn title(&self) -> String {
        let id = &self.finding.category;
        self.category()
            .map_or_else(|| id.to_string(), |category| category.title.clone())
    }

    const fn key(&self, before: &'static str, after: &'static str) -> &'static str {
        if self.has_left { after } else { before }
    }

    fn category(&self) -> Option<&Category> {
        let agency = self.told.agency;
        agency.vocabulary.category(&self.finding.category)
    }

    fn field(&self, name: &str) -> String {
        let field = self.category().and_then(|category| category.field(name));
        field.map_or_else(|| name.replace('_', " "), |field| field.title.clone())
    }

    /// Every record that leaves, field by field, or that none does.
    pub(crate) fn add_to(&self, sheet: &mut Sheet) {
        let finding = self.finding;
        let words = &self.told.visit.words;
        if finding.items.is_empty() {
            let status = coded(words, "approvals-status", finding.status.as_str());
            let key = self.key("approvals-nothing", "approvals-nothing-left");
            sheet.say(words.about(key, "status", &status));
            return;
        }
        let key = self.key("approvals-exactly", "approvals-exactly-left");
        sheet.say(words.count(key, "number", finding.items.len()));
        if finding.capped {
            sheet.say(words.say("approvals-capped"));
        }
        for (number, item) in (1..).zip(&finding.items) {
            let title = words.count("approvals-item", "number", number);
            let card = SummaryCard::new(title.as_str(), 3);
            sheet.add(card.around(self.fields(&title, item).then(self.provenance(item))));
        }
    }

    /// Each field as it would be sent, or that nothing but the record's being held would be.
    fn fields(&self, title: &str, item: &Item) -> Content {
        let words = &self.told.visit.words;
        if item.fields.is_empty() {
            return paragraph(words.say("approvals-held-bare"));
        }
        let head = ["field", "value", "rung", "rule"];
        let head = head.map(|key| Cell::new(words.say(&format!("approvals-field-{key}"))));
        let rows = item.fields.iter().map(|shown| {
            vec![
                Cell::new(self.field(&shown.field)),
                Cell::new(shown.value.reveal().as_str()),
                Cell::new(coded(words, "approvals-rung", shown.rung.as_str())),
                Cell::new(shown.rule.to_string()).code(),
            ]
        });
        Table::new(title, head.into(), rows.collect())
            .hidden_caption()
            .scrolling()
    }

    /// Where a record comes from, and how far it can be relied on.
    fn provenance(&self, item: &Item) -> Content {
        let (words, from) = (&self.told.visit.words, &item.provenance);
        let marks = &self.told.agency.vocabulary.handling_marks;
        let handling = item.handling.iter();
        let handling: Vec<_> = handling.map(|code| Told::term(marks, code)).collect();
        let spaced = |code: &Code| Some(Content::from(code.as_str().replace('_', " ")));
        let nature = coded(words, "approvals-nature", from.nature.as_str());
        facts(vec![
            (words.say("approvals-source"), Some((&from.system).into())),
            (words.say("approvals-author"), spaced(&from.author)),
            (words.say("approvals-nature"), Some(nature.into())),
            (
                words.say("approvals-verification"),
                spaced(&from.verification),
            ),
            (
                words.say("approvals-written"),
                item.recorded.as_ref().map(Content::from),
            ),
            (
                words.say("approvals-grading"),
                item.grading.as_ref().map(Content::from),
            ),
            (
                words.say("approvals-handling"),
                (!handling.is_empty()).then(|| lines(handling)),
            ),
            (
                words.say("approvals-reference"),
                Some((&item.reference).into()),
            ),
        ])
        .into()
    }

    /// What does not leave, and why.
    pub(crate) fn held_back(&self) -> Content {
        let (words, finding) = (&self.told.visit.words, self.finding);
        if finding.withheld.is_empty() {
            return paragraph(words.say("approvals-nothing-held-back"));
        }
        bullets(finding.withheld.iter().map(|one| self.withheld(one)))
    }

    fn withheld(&self, one: &Withheld) -> String {
        let words = &self.told.visit.words;
        let field = if one.field == "*" {
            words.say("approvals-whole-category")
        } else {
            self.field(&one.field)
        };
        let codes = &self.told.agency.vocabulary.withhold_codes;
        format!("{field}: {}", Told::term(codes, &one.code))
    }
}
