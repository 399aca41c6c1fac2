//! Who goes into a set, and with which of their particulars.

use std::collections::HashSet;

use stile_linkage::presence::{Builder, Context, Input, Purposes, keys_of_row};
use stile_model::redact::Redacted;
use stile_model::subject::{Born, PersonRow};
use stile_model::time::Date;
use stile_model::vocabulary::AgeBand;

use super::knowable::Knowable;

/// The inputs of every key of the sealed people: whoever has one of them is left out, for the same
/// person may stand in another system without the mark.
#[derive(Default)]
pub(super) struct Sealed(HashSet<Input>);

impl Sealed {
    /// Takes in those rows of a page that are sealed.
    pub(super) fn take(&mut self, page: &[PersonRow], context: &Context) {
        for row in page.iter().filter(|row| row.sealed) {
            let open = PersonRow {
                sealed: false,
                ..row.clone()
            };
            let keys = keys_of_row(&open);
            self.0.extend(keys.inputs(context).map(|(_, input)| input));
        }
    }

    fn has(&self, row: &PersonRow, context: &Context) -> bool {
        row.sealed
            || (!self.0.is_empty()
                && keys_of_row(row)
                    .inputs(context)
                    .any(|(_, input)| self.0.contains(&input)))
    }
}

/// Age of a person held.
pub(super) fn age(row: &PersonRow, today: Date) -> AgeBand {
    AgeBand::of(row.born.map(Born::Exact), today)
}

/// The people of a page who may be known, each with the purposes for which.
pub(super) fn members(
    page: Vec<PersonRow>,
    sealed: &Sealed,
    knowable: &Knowable,
    builder: &Builder,
    today: Date,
) -> Vec<(PersonRow, Purposes)> {
    page.into_iter()
        .filter(|row| !sealed.has(row, builder.context()))
        .map(|row| {
            let age = age(&row, today);
            let purposes = builder.choose(|purpose| knowable.has(purpose, age));
            (without_protected(row), purposes)
        })
        .collect()
}

/// Where a protected person lives must not be confirmed by a guess at it.
fn without_protected(row: PersonRow) -> PersonRow {
    if !row.protected {
        return row;
    }
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
