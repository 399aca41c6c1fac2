//! The rules that speak of the field and do not apply: what is missing.

use super::{Asking, Nearly};
use crate::rules::Rule;
use crate::space::{NAMES, UNKNOWN, bit_of};
use crate::{english, phrases};

impl Asking<'_> {
    /// The grants with the fewest conditions missing, and the caps with one.
    pub(super) fn nearly(&self) -> Vec<Nearly> {
        let missing: Vec<(&Rule, Vec<String>)> = self
            .speaking()
            .map(|(place, rule)| (rule, self.missing(place, rule)))
            .filter(|(_, missing)| !missing.is_empty())
            .collect();
        let fewest = missing
            .iter()
            .filter(|(rule, _)| rule.verb.grants())
            .map(|(_, missing)| missing.len())
            .min();
        missing
            .into_iter()
            .filter(|(rule, missing)| {
                if rule.verb.grants() {
                    Some(missing.len()) == fewest
                } else {
                    missing.len() == 1
                }
            })
            .map(|(rule, missing)| Nearly {
                rule: rule.id.clone(),
                missing,
                says: english::sentence(self.policy.rules(), self.vocabulary, rule),
            })
            .collect()
    }

    /// What would have to be otherwise for the rule to apply.
    fn missing(&self, place: usize, rule: &Rule) -> Vec<String> {
        let masks = self.ground.masks_of(place);
        let dimensions = &self.policy.space().dimensions;
        let mut missing = Vec::new();
        for (((mask, word), dimension), name) in masks
            .iter()
            .zip(self.point.words)
            .zip(dimensions)
            .zip(NAMES)
        {
            if mask & bit_of(word) != 0 {
                continue;
            }
            let words: Vec<&str> = dimension
                .iter()
                .enumerate()
                .filter(|(place, word)| mask & bit_of(*place) != 0 && *word != UNKNOWN)
                .map(|(_, word)| word.as_str())
                .collect();
            missing.push(match (name, rule.when.within) {
                ("recency", Some(within)) => phrases::look_back(within),
                _ => phrases::clause(self.vocabulary, name, &words),
            });
        }
        if let Some(until) = rule.until.filter(|_| !rule.in_force(self.on)) {
            missing.push(format!("it had not ended on {until}"));
        }
        missing
    }
}
