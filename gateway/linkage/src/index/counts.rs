//! How common each name, date and postcode is among the people held.

use std::collections::BTreeMap;

use stile_model::redact::Redacted;
use stile_model::subject::PersonCounts;

use super::{Index, Spot};
use crate::home::Homes;

impl Index {
    /// What a source counts by aggregate statements: values exactly as held, other names included.
    pub fn counts(&self) -> PersonCounts {
        let mut surnames: BTreeMap<Redacted<String>, u64> = BTreeMap::new();
        let mut forenames = surnames.clone();
        let mut postcodes = surnames.clone();
        let mut born = BTreeMap::new();
        let mut homes = Homes::default();
        let mut people = 0_u64;
        for row in self.everybody().map(|spot: Spot| self.person(spot)) {
            people = people.saturating_add(1);
            homes.add(&row);
            for alias in &row.aliases {
                let (given, family) = super::segment::named(alias.reveal());
                add(&mut forenames, given.into());
                add(&mut surnames, family.into());
            }
            add(&mut surnames, row.surname);
            add(&mut forenames, row.forenames);
            add(&mut postcodes, row.postcode);
            if let Some(date) = row.born {
                let count: &mut u64 = born.entry(date).or_default();
                *count = count.saturating_add(1);
            }
        }
        PersonCounts {
            people,
            surnames: surnames.into_iter().collect(),
            forenames: forenames.into_iter().collect(),
            born: born.into_iter().collect(),
            postcodes: postcodes.into_iter().collect(),
            kin: homes.counts(),
        }
    }
}

fn add(counts: &mut BTreeMap<Redacted<String>, u64>, value: Redacted<String>) {
    if !value.reveal().is_empty() {
        let count = counts.entry(value).or_default();
        *count = count.saturating_add(1);
    }
}
