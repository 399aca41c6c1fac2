//! The parts of a document, each with its table.

use stile_product::{AgencySection, Audience, Comparison, Event, PresenceLine};

use super::{Block, Maker, Section};
use crate::moment;
use crate::picture;
use crate::text::Text;

impl Maker<'_> {
    /// Every part that the audience may have; an empty one says that it is empty.
    pub(super) fn sections(&self) -> Vec<Section> {
        let mut sections = Vec::new();
        match self.product.audience {
            Audience::ReferrerFeedback => {}
            Audience::FamilySafe => {
                sections.push(self.people());
                sections.push(self.chronology());
                sections.push(self.contacts());
            }
            Audience::DecisionMaker | Audience::ReceivingTeam => self.whole(&mut sections),
        }
        sections.push(self.integrity());
        sections
    }

    fn whole(&self, sections: &mut Vec<Section>) {
        let (product, words) = (self.product, self.words);
        sections.push(self.people());
        sections.push(self.chronology());
        sections.push(self.findings());
        sections.push(self.compared(words.agree, &product.agreements));
        sections.push(self.compared(words.differ, &product.contradictions));
        sections.push(self.withheld());
        sections.push(self.referred());
        sections.push(self.gaps());
        sections.push(self.no_record());
        if product.audience == Audience::DecisionMaker {
            sections.push(self.presence());
        }
        sections.push(self.contacts());
    }

    fn people(&self) -> Section {
        let role = |role: &stile_product::Word| self.said(&role.words);
        let rows = self.product.subjects.iter().map(|subject| {
            vec![
                self.said(subject.id.as_str()),
                self.said(subject.name.reveal()),
                subject.role.as_ref().map_or_else(|| self.said(""), role),
                self.said(subject.born.as_ref().map_or("", |born| born.reveal())),
            ]
        });
        self.tabled(
            self.words.people,
            &self.words.people_head,
            [2, 5, 4, 4],
            rows,
        )
    }

    fn chronology(&self) -> Section {
        let (product, words) = (self.product, self.words);
        let rows = product.chronology.iter().map(|event| self.event(event));
        let mut section = self.tabled(words.chronology, &words.chronology_head, [3, 3, 8, 5], rows);
        let language = self.document.language;
        if let Some(picture) = picture::picture(&product.chronology, language, words, self.printer)
        {
            section.blocks.insert(0, Block::Picture { picture });
        }
        section
    }

    fn event(&self, event: &Event) -> Vec<Text> {
        let language = self.document.language;
        let when = event.when.as_deref().map_or_else(
            || self.own(self.words.undated),
            |when| self.own(moment::as_finely(when, language)),
        );
        let fields = event.fields.iter().map(|field| {
            let rule = field.rule.as_ref().map(|rule| format!(" [{rule}]"));
            format!(
                "{}: {}{}",
                field.title,
                field.value.reveal(),
                rule.unwrap_or_default()
            )
        });
        let fields: Vec<_> = fields.collect();
        let what = format!("{} ({})", event.title, event.subject_name.reveal());
        let from = &event.provenance;
        let nature = from.nature.as_str();
        let mut source = vec![from.system.clone(), from.author.clone(), nature.to_owned()];
        source.push(from.verification.clone());
        source.extend(from.grading.clone());
        source.extend(from.recorded.as_ref().map(|day| format!("recorded {day}")));
        source.extend(from.handling.iter().map(|mark| mark.words.clone()));
        source.push(from.reference.clone());
        source.retain(|part| !part.trim().is_empty());
        vec![
            when,
            self.said(&event.agency_name),
            if fields.is_empty() {
                self.own(format!("{what}. {}", self.bare(event)))
            } else {
                self.said(format!("{what}. {}", fields.join("; ")))
            },
            self.said(source.join("; ")),
        ]
    }

    /// What stands for an item of which nothing is shown.
    fn bare(&self, event: &Event) -> &'static str {
        if self.product.waits_for_more(event) {
            self.words.bare_waiting
        } else {
            self.words.bare
        }
    }

    fn findings(&self) -> Section {
        let mut blocks = Vec::new();
        for agency in &self.product.agencies {
            self.agency(agency, &mut blocks);
        }
        if blocks.is_empty() {
            blocks.push(self.none());
        }
        Section {
            title: self.words.agencies.to_owned(),
            blocks,
        }
    }

    fn agency(&self, agency: &AgencySection, blocks: &mut Vec<Block>) {
        blocks.push(Block::Heading {
            text: self.said(&agency.name),
        });
        blocks.push(Block::Para {
            text: self.said(format!("{}.", agency.status.words)),
        });
        if agency.more {
            blocks.push(Block::Para {
                text: self.own(self.words.more_follows),
            });
        }
        if !agency.matches.is_empty() {
            let matches = agency.matches.iter().map(|line| {
                let weak = line.weak.as_ref().map(|weak| format!(" ({})", weak.words));
                format!(
                    "{}: {}{}",
                    line.subject_name.reveal(),
                    line.words,
                    weak.unwrap_or_default()
                )
            });
            let matches: Vec<_> = matches.collect();
            blocks.push(Block::Para {
                text: self.own(format!("{}:", self.words.matched)),
            });
            blocks.push(Block::Para {
                text: self.said(format!("{}.", matches.join("; "))),
            });
        }
        if agency.findings.is_empty() {
            return;
        }
        let rows = agency.findings.iter().map(|line| {
            let more = if line.capped { "+" } else { "" };
            vec![
                self.said(line.subject_name.reveal()),
                self.said(&line.title),
                self.said(&line.words),
                self.said(format!("{}{more}", line.items)),
            ]
        });
        blocks.push(table(&self.words.findings_head, [4, 5, 6, 2], rows));
    }

    fn compared(&self, title: &str, comparisons: &[Comparison]) -> Section {
        let rows = comparisons.iter().map(|comparison| {
            let says: Vec<_> = comparison
                .says
                .iter()
                .map(|(agency, value)| format!("{agency}: {}", value.reveal()))
                .collect();
            vec![
                self.said(comparison.subject_name.reveal()),
                self.said(comparison.point.reveal()),
                self.said(says.join("; ")),
            ]
        });
        self.tabled(title, &self.words.compared_head, [4, 4, 9], rows)
    }

    fn withheld(&self) -> Section {
        let rows = self.product.withheld.iter().map(|line| {
            vec![
                self.said(&line.agency_name),
                self.said(format!(
                    "{}, {} ({})",
                    line.title,
                    line.what,
                    line.subject_name.reveal()
                )),
                self.said(format!("{} [{}]", line.why.words, line.why.code)),
                self.said(&line.would_change),
            ]
        });
        let words = self.words;
        self.tabled(words.withheld, &words.withheld_head, [3, 5, 4, 4], rows)
    }

    fn referred(&self) -> Section {
        let language = self.document.language;
        let rows = self.product.referred.iter().map(|line| {
            let asked: Vec<_> = line.approvers.iter().map(|role| &*role.words).collect();
            let due = moment::instant(line.due, language);
            let late = line.overdue.then(|| format!(", {}", self.words.overdue));
            vec![
                self.said(&line.agency_name),
                self.said(format!(
                    "{}, {} ({})",
                    line.title,
                    line.fields.join(", "),
                    line.subject_name.reveal()
                )),
                self.said(asked.join(", ")),
                self.own(format!("{due}{}", late.unwrap_or_default())),
            ]
        });
        let words = self.words;
        self.tabled(words.referred, &words.referred_head, [3, 6, 4, 4], rows)
    }

    fn gaps(&self) -> Section {
        let rows = self.product.gaps.iter().map(|gap| {
            let name = gap.subject_name.as_ref();
            let name = name.map(|name| format!(" ({})", name.reveal()));
            vec![
                self.said(&gap.agency_name),
                self.said(format!("{}{}", gap.what, name.unwrap_or_default())),
                self.said(format!("{} [{}]", gap.why.words, gap.why.code)),
                gap.next
                    .map_or_else(|| self.said(""), |next| self.instant(next)),
            ]
        });
        let words = self.words;
        self.tabled(words.gaps, &words.gaps_head, [3, 5, 5, 3], rows)
    }

    fn no_record(&self) -> Section {
        let rows = self.product.no_record.iter().map(|line| {
            vec![
                self.said(&line.agency_name),
                self.said(line.subject_name.reveal()),
                self.said(&line.title),
                self.said(&line.words),
            ]
        });
        let words = self.words;
        self.tabled(words.no_record, &words.no_record_head, [3, 4, 4, 5], rows)
    }

    fn presence(&self) -> Section {
        let words = self.words;
        let line = |line: &PresenceLine| {
            vec![
                self.said(&line.agency_name),
                self.said(line.subject_name.reveal()),
                self.said(&line.found.words),
                self.instant(line.checked),
            ]
        };
        let lines = &self.document.presence;
        let blocks = if lines.is_empty() {
            vec![Block::Para {
                text: self.own(words.no_presence),
            }]
        } else {
            let lead = Block::Para {
                text: self.own(words.presence_lead),
            };
            let rows = lines.iter().map(line);
            vec![lead, table(&words.presence_head, [3, 4, 5, 4], rows)]
        };
        Section {
            title: words.presence.to_owned(),
            blocks,
        }
    }

    fn contacts(&self) -> Section {
        let rows = self
            .product
            .contacts
            .iter()
            .map(|contact| vec![self.said(&contact.agency_name), self.said(&contact.contact)]);
        let words = self.words;
        self.tabled(words.contacts, &words.contacts_head, [1, 2], rows)
    }

    fn integrity(&self) -> Section {
        let (words, ledger) = (self.words, &self.document.ledger);
        let at = words
            .ledger_at
            .replace("{size}", &ledger.size.to_string())
            .replace("{origin}", &self.plain(&ledger.origin));
        let rows = [
            (
                words.product_digest,
                self.document.product_digest.to_string(),
            ),
            (words.ledger, at),
            (words.root, ledger.root.to_string()),
        ];
        Section {
            title: words.integrity.to_owned(),
            blocks: vec![
                Block::Para {
                    text: self.own(words.integrity_lead),
                },
                Block::Code {
                    rows: rows.map(|(label, text)| (label.to_owned(), text)).into(),
                },
            ],
        }
    }

    fn tabled<const N: usize>(
        &self,
        title: &str,
        head: &[&'static str; N],
        widths: [u8; N],
        rows: impl Iterator<Item = Vec<Text>>,
    ) -> Section {
        let rows: Vec<_> = rows.collect();
        let block = if rows.is_empty() {
            self.none()
        } else {
            table(head, widths, rows.into_iter())
        };
        Section {
            title: title.to_owned(),
            blocks: vec![block],
        }
    }

    fn none(&self) -> Block {
        Block::Para {
            text: self.own(self.words.none),
        }
    }

    fn own(&self, text: impl AsRef<str>) -> Text {
        self.printer.own(text)
    }

    fn said(&self, text: impl AsRef<str>) -> Text {
        self.printer.said(text)
    }
}

fn table<const N: usize>(
    head: &[&'static str; N],
    widths: [u8; N],
    rows: impl Iterator<Item = Vec<Text>>,
) -> Block {
    Block::Table {
        head: head.to_vec(),
        widths: widths.to_vec(),
        rows: rows.collect(),
    }
}
