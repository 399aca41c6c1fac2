//! Whether the days on which rules and matching rest are there, and can be read as they are mapped.
//!
//! A record whose day is not known is withheld, and a person whose day of birth is not known is found
//! by less: neither is noticed by anybody, because the answer looks like policy.

use stile_model::code::Handling;
use stile_model::id::CategoryId;
use stile_model::vocabulary::Vocabulary;

use super::{CheckFault, CheckFinding, Checking};
use crate::error::SourceError;
use crate::mapping::{CategoryMapping, ColumnName, Dated, Place, TableName};
use crate::sample::{self, ColumnSample, Look};
use crate::value::DateFormat;

/// Of a hundred values so many may be slips; more are another way of writing, or another column.
const SLIPS_PERCENT: usize = 5;
/// Of fewer values a single slip may be more than that.
const VALUES_TELLING: usize = 20;
/// Of so many rows one at least would still stand, if a column held the day on which something ended.
const ROWS_TELLING: usize = 10;

impl Checking<'_> {
    /// Is the day of a category's records mapped at all, and where it is shown?
    pub(super) fn day(&mut self, mapped: &CategoryMapping, vocabulary: &Vocabulary) {
        let category = vocabulary.category(&mapped.category);
        // What never leaves is read to tell the named person, however old it is.
        let stays = category.is_some_and(|category| {
            matches!(category.handling, Handling::Barred | Handling::Sealed)
        });
        if mapped.dated == Dated::AtEnd || stays {
            return;
        }
        let Some(date) = &mapped.date else {
            self.dated(CheckFault::NoDate, mapped, "*");
            return;
        };
        let event = category.and_then(|category| category.event.as_deref());
        if event.is_some_and(|event| mapped.fields.iter().all(|field| field.field != event)) {
            self.dated(CheckFault::DateNotShown, mapped, date.as_str());
        }
    }

    /// Looks into some rows of every column that a day is read from.
    ///
    /// A FHIR server writes dates as its standard says; of a server of JSON only those people are
    /// looked at whom it gives as anybody.
    pub(super) async fn dates(&mut self) -> Result<(), SourceError> {
        let mapping = self.source.mapping();
        if matches!(mapping.place, Place::Fhir(_)) {
            return Ok(());
        }
        let person = &mapping.person;
        let born = person.dob.iter().collect();
        let samples = self.sampled(&person.table, born, person.date_format);
        for sample in samples.await? {
            let grave = is_grave(&sample, sample.unfit);
            self.readable(&sample, (sample.unfit, grave), None);
        }
        if matches!(mapping.place, Place::Http(_)) {
            return Ok(());
        }
        for category in &mapping.categories {
            self.days(category).await?;
        }
        Ok(())
    }

    async fn days(&mut self, mapped: &CategoryMapping) -> Result<(), SourceError> {
        let columns = mapped.date.iter().chain(&mapped.recorded).collect();
        let samples = self.sampled(&mapped.table, columns, mapped.date_format);
        let end = mapped
            .date
            .as_ref()
            .filter(|_| mapped.dated == Dated::AtEnd);
        for sample in samples.await? {
            let is_end = end.is_some_and(|end| end.as_str() == sample.column);
            let unread = if is_end {
                unread_ends(&sample)
            } else {
                sample.unfit
            };
            // When it was recorded is said of a record, and nothing rests on it.
            let rests = mapped.date.as_ref();
            let rests = rests.is_some_and(|day| day.as_str() == sample.column);
            let grave = rests && is_grave(&sample, unread);
            self.readable(&sample, (unread, grave), Some(&mapped.category));
            if is_end && stands_nowhere(&sample) {
                self.dated(CheckFault::NeverEmpty, mapped, &sample.column);
            }
        }
        Ok(())
    }

    /// Some rows of these columns, those apart of which it has been found that they cannot be read.
    async fn sampled(
        &mut self,
        table: &TableName,
        mut columns: Vec<&ColumnName>,
        format: Option<DateFormat>,
    ) -> Result<Vec<ColumnSample>, SourceError> {
        columns.retain(|column| !self.is_lost(table, column));
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let samples = sample::dates(self.source, table, &columns, format).await;
        Ok(self.keep(samples)?.unwrap_or_default())
    }

    fn is_lost(&self, table: &TableName, column: &ColumnName) -> bool {
        let table = table.to_string();
        self.findings.iter().any(|found| {
            matches!(found.fault, CheckFault::Missing | CheckFault::WrongType)
                && found.table == table
                && (found.column == column.as_str() || found.column == "*")
        })
    }

    /// Tells of `unread` values of a column that are no dates, where there are any.
    fn readable(
        &mut self,
        sample: &ColumnSample,
        (unread, grave): (usize, bool),
        category: Option<&CategoryId>,
    ) {
        if unread == 0 {
            return;
        }
        let fault = if grave {
            CheckFault::UnreadableDate
        } else {
            CheckFault::OddDate
        };
        self.findings.push(CheckFinding {
            fault,
            table: sample.table.clone(),
            column: sample.column.clone(),
            category: category.cloned(),
        });
    }

    fn dated(&mut self, fault: CheckFault, mapped: &CategoryMapping, column: &str) {
        self.findings.push(CheckFinding {
            fault,
            table: mapped.table.to_string(),
            column: column.to_owned(),
            category: Some(mapped.category.clone()),
        });
    }
}

/// Are `unread`, those values of a column that are no dates, too many to be slips?
fn is_grave(sample: &ColumnSample, unread: usize) -> bool {
    let held = sample.rows.saturating_sub(sample.empty);
    let all = held > 1 && unread == held;
    all || (held >= VALUES_TELLING && unread * 100 > held * SLIPS_PERCENT)
}

/// Values of an end that are dates, and cannot be read as mapped. A word or a day of zeros is how some
/// systems write that something still stands, which is how it is taken.
fn unread_ends(sample: &ColumnSample) -> usize {
    let read = sample.rows.saturating_sub(sample.empty + sample.unfit);
    let dates = sample.looks.iter().filter(|(look, _)| *look == Look::Date);
    let dates: usize = dates.map(|(_, count)| *count).sum();
    dates.saturating_sub(read)
}

/// Has everything ended, as far as was looked? Then the column is probably that of the beginning.
fn stands_nowhere(sample: &ColumnSample) -> bool {
    sample.rows >= ROWS_TELLING && sample.empty + sample.unfit == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rows: usize, empty: usize, unfit: usize, dates: usize) -> ColumnSample {
        let others = rows - empty - dates;
        let looks = [(Look::Date, dates), (Look::Words, others)];
        ColumnSample {
            meaning: "education.roll: ended".into(),
            table: "roll".into(),
            column: "left_on".into(),
            rows,
            empty,
            unfit,
            looks: looks.into_iter().filter(|(_, count)| *count > 0).collect(),
            longest: 10,
        }
    }

    #[test]
    fn an_end_that_every_row_holds_is_probably_a_beginning() {
        assert!(stands_nowhere(&sample(200, 0, 0, 200)));
        assert!(!stands_nowhere(&sample(200, 1, 0, 199)));
        // "Current" is written there.
        assert!(!stands_nowhere(&sample(200, 0, 1, 199)));
        // Of so few all may have ended.
        assert!(!stands_nowhere(&sample(9, 0, 0, 9)));
    }

    #[test]
    fn many_values_that_are_no_dates_are_grave_and_a_slip_among_few_is_not() {
        let is_grave_of = |held, unread| is_grave(&sample(held + 7, 7, unread, held), unread);

        assert!(is_grave_of(20, 2));
        assert!(is_grave_of(2, 2));
        assert!(!is_grave_of(20, 1));
        assert!(!is_grave_of(3, 1));
        assert!(!is_grave_of(1, 1));
    }

    #[test]
    fn of_ends_only_dates_written_otherwise_are_unread() {
        assert_eq!(unread_ends(&sample(200, 50, 0, 150)), 0);
        // Words, which say that it stands.
        assert_eq!(unread_ends(&sample(200, 0, 80, 120)), 0);
        // dd/mm/yyyy where that is not mapped.
        assert_eq!(unread_ends(&sample(200, 50, 150, 150)), 150);
    }
}
