//! Who goes into a set, and with which of their particulars.

use std::collections::HashSet;

use stile_linkage::presence::{Builder, Context, Input, Purposes, keys_of_row};
use stile_model::redact::Redacted;
use stile_model::subject::{Born, PersonRow};
use stile_model::time::Date;
use stile_model::vocabulary::AgeBand;

use super::knowable::Knowable;

/// The inputs of every key of the sealed and of the protected people: whoever has one of them is
/// treated alike, for the same person may stand in another system without the mark.
#[derive(Default)]
pub(super) struct Marked {
    sealed: HashSet<Input>,
    protected: HashSet<Input>,
}

impl Marked {
    /// Takes in those rows of a page that are sealed or protected.
    pub(super) fn take(&mut self, page: &[PersonRow], context: &Context) {
        for row in page.iter().filter(|row| row.sealed || row.protected) {
            let open = PersonRow {
                sealed: false,
                ..row.clone()
            };
            let keys = keys_of_row(&open);
            let marked = if row.sealed {
                &mut self.sealed
            } else {
                &mut self.protected
            };
            marked.extend(keys.inputs(context).map(|(_, input)| input));
        }
    }

    /// The row as it may go into a set; none of a sealed person.
    fn screened(&self, row: PersonRow, context: &Context) -> Option<PersonRow> {
        if row.sealed {
            return None;
        }
        let has = |marked: &HashSet<Input>| {
            !marked.is_empty()
                && keys_of_row(&row)
                    .inputs(context)
                    .any(|(_, input)| marked.contains(&input))
        };
        if has(&self.sealed) {
            return None;
        }
        let protected = row.protected || has(&self.protected);
        Some(if protected { without_place(row) } else { row })
    }
}

/// Age of a person held.
pub(super) fn age(row: &PersonRow, today: Date) -> AgeBand {
    AgeBand::of(row.born.map(Born::Exact), today)
}

/// The people of a page who may be known, each with the purposes for which.
pub(super) fn members(
    page: Vec<PersonRow>,
    marked: &Marked,
    knowable: &Knowable,
    builder: &Builder,
    today: Date,
) -> Vec<(PersonRow, Purposes)> {
    page.into_iter()
        .filter_map(|row| marked.screened(row, builder.context()))
        .map(|row| {
            let age = age(&row, today);
            let purposes = builder.choose(|purpose| knowable.has(purpose, age));
            (row, purposes)
        })
        .collect()
}

/// Where a protected person lives must not be confirmed by a guess at it.
fn without_place(row: PersonRow) -> PersonRow {
    PersonRow {
        address: Redacted::default(),
        postcode: Redacted::default(),
        phone: Redacted::default(),
        school: Redacted::default(),
        ..row
    }
}

#[cfg(test)]
mod tests;
