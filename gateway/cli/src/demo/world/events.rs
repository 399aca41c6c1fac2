//! What happened to the story's people, agency by agency, in days before today.

mod education;
mod health;
mod housing;
mod police;
mod probation;
mod social_care;
mod youth_justice;

use stile_model::time::Date;

use super::agency::{Cell, after};
use super::cast::Who;
use super::kind::Kind;
use super::layout::{Column, Fill};

/// One record about one of the story's people.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// Category in the vocabulary.
    pub category: &'static str,
    /// Whom it is about.
    pub who: Who,
    /// Days before today.
    pub days_ago: i64,
    /// What is told; columns not named are filled as for anybody.
    pub told: &'static [(&'static str, Told)],
}

/// A value that the story fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Yes or no.
    Flag(bool),
    /// So many days after the event.
    Later(i64),
    /// Nothing held.
    Nothing,
    /// A number.
    Number(i64),
    /// Text or code.
    Text(&'static str),
}

/// Word for the grading column of intelligence, which is no field.
const GRADING: &str = "(grading)";
/// Word for the column that seals one record, which is no field.
const SEALED: &str = "(sealed)";
/// Word for the working notes, which no mapping names.
const NOTES: &str = "(notes)";

/// Everything that happened, in no order.
pub fn events() -> impl Iterator<Item = &'static Event> {
    [
        police::EVENTS,
        probation::EVENTS,
        youth_justice::EVENTS,
        social_care::EVENTS,
        health::EVENTS,
        education::EVENTS,
        housing::EVENTS,
    ]
    .into_iter()
    .flatten()
}

impl Event {
    /// The kind of agency that holds it.
    pub fn kind(&self) -> Option<Kind> {
        let (kind, _) = self.category.split_once('.')?;
        Kind::ALL.into_iter().find(|known| known.as_str() == kind)
    }

    /// What it says in `column`, if it says anything; `day` is the day of the event.
    pub(super) fn cell(&self, column: &Column, day: Date) -> Option<Cell> {
        let word = match column.fill {
            Fill::Grade => GRADING,
            Fill::Sealed => SEALED,
            Fill::Notes => NOTES,
            _ => column.field,
        };
        let told = self
            .told
            .iter()
            .find(|(field, _)| *field == word && !word.is_empty())?
            .1;
        Some(match told {
            Told::Flag(flag) => Cell::Flag(flag),
            Told::Later(days) => Cell::Date(after(day, days)),
            Told::Nothing => Cell::Null,
            Told::Number(number) => Cell::Number(number),
            Told::Text(text) => Cell::from(text),
        })
    }
}

/// One row of the tables below.
const fn e(
    category: &'static str,
    who: Who,
    days_ago: i64,
    told: &'static [(&'static str, Told)],
) -> Event {
    Event {
        category,
        who,
        days_ago,
        told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::world::cast::CAST;
    use crate::demo::world::layout::Layout;

    #[test]
    fn every_event_names_columns_that_its_agency_has_and_people_whom_it_holds() {
        for event in events() {
            let kind = event.kind().unwrap();
            let layout = Layout::of(kind).category(event.category).unwrap();
            let member = CAST.iter().find(|member| member.who == event.who).unwrap();
            assert!(member.held_by.contains(&kind), "{event:?}");
            for (word, _) in event.told {
                let found = layout.columns.iter().any(|column| match column.fill {
                    Fill::Grade => *word == GRADING,
                    Fill::Sealed => *word == SEALED,
                    Fill::Notes => *word == NOTES,
                    _ => *word == column.field,
                });
                assert!(found, "{} has no {word}", event.category);
            }
        }
    }
}
