//! A document in the order in which people read it: what the template is given.

mod sections;

use serde::Serialize;
use stile_model::code::Priority;
use stile_product::{Audience, Document, Product};

use crate::moment;
use crate::picture::Picture;
use crate::text::{Printer, Text};
use crate::words::{self, Words};

/// What the template sets, from top to bottom.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    lang: &'static str,
    title: String,
    author: String,
    marking: String,
    case: String,
    copy: String,
    sheet: &'static str,
    of: &'static str,
    badge: Option<Badge>,
    summary: &'static str,
    facts: Vec<(String, Text)>,
    notices: Vec<Text>,
    sections: Vec<Section>,
}

/// The rating.
#[derive(Debug, Serialize)]
struct Badge {
    /// `red`, `amber`, `green` or `blue`.
    kind: &'static str,
    text: String,
}

/// A part under one heading.
#[derive(Debug, Serialize)]
struct Section {
    title: String,
    blocks: Vec<Block>,
}

/// One thing of a section.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
enum Block {
    Code {
        rows: Vec<(String, String)>,
    },
    Heading {
        text: Text,
    },
    Para {
        text: Text,
    },
    Picture {
        picture: Picture,
    },
    Table {
        head: Vec<&'static str>,
        widths: Vec<u8>,
        rows: Vec<Vec<Text>>,
    },
}

/// The page description of a document; `has` says which characters can be printed.
pub(crate) fn page(document: &Document, has: &dyn Fn(char) -> bool) -> Page {
    let words = Words::of(document.language);
    let printer = Printer {
        has,
        left_out: words.left_out,
    };
    let maker = Maker {
        document,
        product: &document.product,
        words,
        printer,
    };
    maker.page()
}

/// What every part is made from.
struct Maker<'a> {
    document: &'a Document,
    product: &'a Product,
    words: &'static Words,
    printer: Printer<'a>,
}

impl Maker<'_> {
    fn page(&self) -> Page {
        let (product, words) = (self.product, self.words);
        let recipient = &self.document.recipient;
        let [copy, whose] = words.copy;
        let copy = format!(
            "{copy} {} {whose} {}, {}",
            self.document.number,
            self.plain(&recipient.role),
            self.plain(recipient.name.reveal())
        );
        Page {
            lang: self.document.language.tag(),
            title: words
                .title
                .replace("{case}", &self.plain(product.case.as_str())),
            author: self.plain(&self.document.hub),
            marking: self.plain(&product.marking),
            case: self.plain(product.case.as_str()),
            copy,
            sheet: words.page,
            of: words.of,
            badge: product.priority.map(|priority| self.badge(priority)),
            summary: words.summary,
            facts: self.facts(),
            notices: product
                .notices
                .iter()
                .map(|notice| self.printer.said(notice))
                .collect(),
            sections: self.sections(),
        }
    }

    fn badge(&self, priority: Priority) -> Badge {
        Badge {
            kind: match priority {
                Priority::Amber => "amber",
                Priority::Blue => "blue",
                Priority::Green => "green",
                Priority::Red => "red",
            },
            text: words::rating(priority, self.document.language).to_owned(),
        }
    }

    fn facts(&self) -> Vec<(String, Text)> {
        let (product, words) = (self.product, self.words);
        let mut facts = vec![
            (words.case, Some(self.printer.said(product.case.as_str()))),
            (words.audience, Some(self.audience())),
            (words.hub, Some(self.printer.said(&self.document.hub))),
            (words.received, Some(self.instant(product.opened))),
            (words.due, product.due.map(|due| self.instant(due))),
            (words.made, Some(self.instant(product.made))),
        ];
        let coded = [
            (words.kind, &product.kind),
            (words.purpose, &product.purpose),
        ];
        facts.extend(coded.map(|(label, word)| {
            let word = word.as_ref();
            (label, word.map(|word| self.printer.said(&word.words)))
        }));
        facts.push((words.power, self.power()));
        facts.push((words.period, self.period()));
        facts.push((words.consent, self.consent()));
        facts.push((words.outcome, self.outcome()));
        facts.push((words.in_all, self.tally()));
        facts
            .into_iter()
            .filter_map(|(label, text)| Some((label.to_owned(), text?)))
            .collect()
    }

    fn audience(&self) -> Text {
        let language = self.document.language;
        self.printer
            .own(words::audience(self.product.audience, language))
    }

    fn power(&self) -> Option<Text> {
        let powers = &self.product.legal_gateway;
        (!powers.is_empty()).then(|| self.printer.said(powers.join("; ")))
    }

    fn period(&self) -> Option<Text> {
        let months = self.product.look_back_months?;
        let words = self.words.months.replace("{n}", &months.to_string());
        Some(self.printer.own(words))
    }

    fn consent(&self) -> Option<Text> {
        let consent = self.product.consent.as_ref()?;
        let mut words = consent.state.as_str().replace('_', " ");
        for word in consent
            .override_reason
            .iter()
            .chain(&consent.parents_informed)
        {
            words = format!("{words}; {}", word.words);
        }
        Some(self.printer.said(words))
    }

    fn outcome(&self) -> Option<Text> {
        match (&self.product.outcome, self.product.audience) {
            (Some(outcome), _) => Some(self.printer.said(&outcome.words)),
            (None, Audience::ReferrerFeedback) => Some(self.printer.own(self.words.no_outcome)),
            (None, Audience::DecisionMaker | Audience::FamilySafe | Audience::ReceivingTeam) => {
                None
            }
        }
    }

    fn tally(&self) -> Option<Text> {
        let counts = self.product.counts?;
        let pieces = [
            ("{answered}", counts.answered),
            ("{agencies}", counts.agencies),
            ("{items}", counts.items),
            ("{withheld}", counts.withheld),
            ("{referred}", counts.referred),
            ("{gaps}", counts.gaps),
        ];
        let words = pieces
            .iter()
            .fold(self.words.tally.to_owned(), |text, (name, count)| {
                text.replace(name, &count.to_string())
            });
        Some(self.printer.own(words))
    }

    fn instant(&self, at: stile_model::time::Timestamp) -> Text {
        self.printer
            .own(moment::instant(at, self.document.language))
    }

    fn plain(&self, text: &str) -> String {
        self.printer.plain(text)
    }
}
