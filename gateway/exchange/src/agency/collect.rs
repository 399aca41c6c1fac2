//! Collect: one bounded, read-only query per category that reads only ruled columns.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use stile_model::code::MatchStatus;
use stile_model::subject::Record;
use stile_model::time::Date;
use stile_sources::Source;

use super::Agency;
use super::rule::{Face, Ruled, Ruling};

/// An enquiry whose ruled records have been read. Only [`Agency::collect`] makes one.
pub(super) struct Collected {
    pub(super) ruled: Ruled,
    /// One for each ruling, in order.
    pub(super) gathered: Vec<Gathered>,
}

/// What a category's systems gave.
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent facts, any of which may hold with any other"
)]
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Records with their system, oldest first; those their system seals are left out.
    pub(super) records: Vec<(String, Record)>,
    /// More exist than the row cap let through.
    pub(super) capped: bool,
    /// A system was read and failed, or gave what its mapping cannot carry: says something of this
    /// person only.
    pub(super) failed: bool,
    /// A system did not answer when it was asked who is meant, or could not be asked by what is
    /// known: the same for everybody of whom as much is known.
    pub(super) silent: bool,
    /// Something is held that must not be shown to exist.
    pub(super) sealed_hit: bool,
}

impl Agency {
    /// Reads what was ruled, category by category, all at once within each system's own bounds.
    pub(super) async fn collect(&self, ruled: Ruled) -> Collected {
        let gathered = join_all(
            ruled
                .rulings
                .iter()
                .map(|ruling| self.gather(&ruled, ruling)),
        )
        .await;
        Collected { ruled, gathered }
    }

    async fn gather(&self, ruled: &Ruled, ruling: &Ruling) -> Gathered {
        let mut gathered = Gathered::default();
        let Some(who) = ruled.found.subjects.get(ruling.subject) else {
            return gathered;
        };
        let admitted = &ruled.found.admitted;
        let not_before = not_before(admitted.today, admitted.enquiry.look_back_months);
        for source in self.sources_of(ruling) {
            gathered.silent |= who.is_unchecked(source.name());
            if who.finding.status != MatchStatus::Confident
                || matches!(ruling.face, Face::Withheld(_))
            {
                continue;
            }
            let keys: BTreeSet<_> = who
                .rows
                .iter()
                .filter(|row| row.source == source.name())
                .map(|row| &row.key)
                .collect();
            for key in keys {
                let fields = if ruling.face == Face::Sealed {
                    Vec::new()
                } else {
                    ruling.wanted()
                };
                match source
                    .records(key, &ruling.category, &fields, Some(not_before))
                    .await
                {
                    Ok(read) => gathered.take(source.name(), read, ruling.face == Face::Sealed),
                    Err(error) => {
                        tracing::warn!(source = source.name(), category = %ruling.category, %error, "category not read");
                        gathered.failed = true;
                    }
                }
            }
        }
        gathered.records.sort_by_key(|(_, record)| record.event);
        gathered
    }

    fn sources_of(&self, ruling: &Ruling) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| {
            source
                .categories()
                .any(|category| *category == ruling.category)
        })
    }

    /// Does any connected system hold this category at all?
    pub(super) fn holds(&self, category: &stile_model::id::CategoryId) -> bool {
        self.sources
            .iter()
            .any(|source| source.categories().any(|held| held == category))
    }
}

impl Gathered {
    fn take(&mut self, source: &str, read: stile_sources::Records, sealed: bool) {
        self.capped |= read.capped;
        for record in read.records {
            if sealed || record.sealed {
                self.sealed_hit = true;
            } else {
                self.records.push((source.to_owned(), record));
            }
        }
    }
}

/// The first day of the window.
pub(super) fn not_before(today: Date, months: u16) -> Date {
    today.saturating_sub(jiff::Span::new().months(i32::from(months)))
}
