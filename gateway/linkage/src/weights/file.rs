//! An agency's own rates as a file: written by tuning, read by a person, put in force by its digest.
//!
//! ```text
//! format = 1
//! version = 3                    rises with every file that follows another
//! follows = "…"                  digest of the rates that were in force when it was made
//! by_identifier = 2113           pairs counted, by how they are known to be one person
//! by_person = 41
//!
//! [rates.forename]
//! "identical" = 0.861200000         each part's rates sum to 1
//! ```
//!
//! The digest is of the rates, format and version alone, so that spaces and comments do not count.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;

use super::observed::Observed;
use super::value::{Part, Weights};

/// The one format there is.
const FORMAT: u32 = 1;

/// Most that a rate may differ from the shipped one, as a factor either way: two bits.
pub(crate) const FACTOR: f64 = 4.0;

/// How far sums, and ratios in parts of themselves, may be off for having been written with nine
/// digits.
const ROUNDING: f64 = 0.000_01;

/// Why rates cannot be put in force.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WeightsError {
    /// Written by another version of the program.
    #[error("`format` is {0}; this version reads format 1")]
    Format(u32),
    /// A part or level that is missing, or not known.
    #[error("`rates.{part}` must have exactly the levels {}", .levels.iter().map(|level| format!("`{level}`")).collect::<Vec<_>>().join(", "))]
    Levels {
        /// The part.
        part: String,
        /// The levels it must have.
        levels: Vec<&'static str>,
    },
    /// A part that is not known.
    #[error("`rates.{0}` is not a part that is compared")]
    Part(String),
    /// A rate too far from the shipped one.
    #[error("`rates.{part}.{level}` is {m}; it must be {least:.6} to {most:.6}")]
    Bounds {
        /// The part.
        part: &'static str,
        /// The level.
        level: &'static str,
        /// The rate.
        m: f64,
        /// The least it may be.
        least: f64,
        /// The most it may be.
        most: f64,
    },
    /// Rates that do not sum to 1.
    #[error("the rates of `rates.{part}` sum to {sum}; they must sum to 1")]
    Sum {
        /// The part.
        part: &'static str,
        /// Their sum.
        sum: f64,
    },
    /// Closer agreement would weigh less.
    #[error(
        "in `rates.{part}`, `{level}` would speak more for one person than closer agreement does; lower it"
    )]
    Rises {
        /// The part.
        part: &'static str,
        /// The level that weighs too much.
        level: &'static str,
    },
}

/// Rates with where they come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawFile", into = "RawFile")]
pub struct WeightsFile {
    /// 0 for the shipped rates; rises by one with each file that follows another.
    pub version: u32,
    /// Digest of the rates in force when it was made.
    pub follows: Option<Digest>,
    /// Pairs counted that an identifier with check digits showed to be one person.
    pub by_identifier: u64,
    /// Pairs counted that a person decided to be one person.
    pub by_person: u64,
    /// The rates.
    pub weights: Weights,
}

impl Default for WeightsFile {
    /// The shipped rates, version 0.
    fn default() -> Self {
        Self {
            version: 0,
            follows: None,
            by_identifier: 0,
            by_person: 0,
            weights: Weights::default(),
        }
    }
}

/// The file as written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    format: u32,
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    follows: Option<Digest>,
    #[serde(default)]
    by_identifier: u64,
    #[serde(default)]
    by_person: u64,
    rates: BTreeMap<String, BTreeMap<String, f64>>,
}

impl From<WeightsFile> for RawFile {
    fn from(file: WeightsFile) -> Self {
        let rates = Part::ALL.map(|part| {
            let levels = part.levels().into_iter().map(ToOwned::to_owned);
            let own = file.weights.of(part).iter().copied();
            (part.word().to_owned(), levels.zip(own).collect())
        });
        Self {
            format: FORMAT,
            version: file.version,
            follows: file.follows,
            by_identifier: file.by_identifier,
            by_person: file.by_person,
            rates: rates.into(),
        }
    }
}

impl TryFrom<RawFile> for WeightsFile {
    type Error = WeightsError;

    fn try_from(mut raw: RawFile) -> Result<Self, WeightsError> {
        if raw.format != FORMAT {
            return Err(WeightsError::Format(raw.format));
        }
        let mut weights = Weights::default();
        for part in Part::ALL {
            let levels = part.levels();
            let wrong = || WeightsError::Levels {
                part: part.word().to_owned(),
                levels: part.levels(),
            };
            let own = raw.rates.remove(part.word()).ok_or_else(wrong)?;
            let rates: Option<Vec<f64>> = levels
                .iter()
                .map(|level| own.get(*level).copied())
                .collect();
            let rates = rates.filter(|_| own.len() == levels.len());
            weights = weights.with(part, &rates.ok_or_else(wrong)?);
        }
        if let Some(part) = raw.rates.into_keys().next() {
            return Err(WeightsError::Part(part));
        }
        weights.check()?;
        Ok(Self {
            version: raw.version,
            follows: raw.follows,
            by_identifier: raw.by_identifier,
            by_person: raw.by_person,
            weights,
        })
    }
}

/// One rate beside the one it would take the place of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shift {
    /// What is compared.
    pub part: &'static str,
    /// How it agrees.
    pub level: &'static str,
    /// Shipped, 0 to 1.
    pub shipped: f64,
    /// In force, 0 to 1.
    pub before: f64,
    /// Proposed, 0 to 1.
    pub after: f64,
    /// What that adds to the weight of the level, in bits.
    pub bits: f64,
}

impl WeightsFile {
    /// The digest of what takes effect.
    pub fn digest(&self) -> Digest {
        let mut text = format!("stile weights {FORMAT} {}\n", self.version);
        self.each(|part, level, m| {
            // Writing to a `String` cannot fail.
            let _ = writeln!(text, "{part}|{level}|{m:.9}");
        });
        Digest::of(text.as_bytes())
    }

    /// The file that would follow this one, from everything observed so far.
    ///
    /// The shipped rates count as [`Observed::PRIOR`] pairs each time, so that nothing is counted
    /// twice however often rates are put in force.
    pub fn next(&self, observed: &Observed) -> Self {
        Self {
            version: self.version.saturating_add(1),
            follows: Some(self.digest()),
            by_identifier: observed.by_identifier,
            by_person: observed.by_person,
            weights: observed.weights(),
        }
    }

    /// Every rate beside the shipped one and the one in force.
    pub fn shifts_from(&self, before: &Self) -> Vec<Shift> {
        let shipped = Weights::default();
        let mut all = Vec::new();
        for part in Part::ALL {
            let rates = shipped
                .of(part)
                .iter()
                .zip(before.weights.of(part).iter().zip(self.weights.of(part)));
            for (level, (shipped, (before, after))) in part.levels().into_iter().zip(rates) {
                all.push(Shift {
                    part: part.word(),
                    level,
                    shipped: *shipped,
                    before: *before,
                    after: *after,
                    bits: (after / before).log2(),
                });
            }
        }
        all
    }

    /// The file as TOML, with what it is as a comment.
    pub fn to_text(&self) -> String {
        let follows = self
            .follows
            .map_or_else(String::new, |digest| format!("follows = \"{digest}\"\n"));
        let mut text = format!(
            "# How often each level of agreement is seen between two records of one person.\n\
             # Takes effect when `[matching]` of the agency's configuration names this file and its digest:\n\
             # {}\n\
             format = {FORMAT}\nversion = {}\n{follows}by_identifier = {}\nby_person = {}\n",
            self.digest(),
            self.version,
            self.by_identifier,
            self.by_person
        );
        let mut at = "";
        self.each(|part, level, m| {
            // Writing to a `String` cannot fail.
            if part != at {
                let _ = write!(text, "\n[rates.\"{part}\"]\n");
                at = part;
            }
            let _ = writeln!(text, "\"{level}\" = {m:.9}");
        });
        text
    }

    fn each(&self, mut tell: impl FnMut(&'static str, &'static str, f64)) {
        for part in Part::ALL {
            for (level, m) in part.levels().into_iter().zip(self.weights.of(part)) {
                tell(part.word(), level, *m);
            }
        }
    }
}

impl Weights {
    /// Whether these may take effect.
    ///
    /// # Errors
    ///
    /// When a rate is further than a factor of 4 from the shipped one, a part's rates do not sum to
    /// 1, or closer agreement would weigh less.
    pub fn check(&self) -> Result<(), WeightsError> {
        Part::ALL
            .into_iter()
            .try_for_each(|part| self.check_part(part))
    }

    fn check_part(&self, part: Part) -> Result<(), WeightsError> {
        let shipped = Self::default();
        let rates = || part.levels().into_iter().zip(self.of(part));
        for ((level, m), shipped) in rates().zip(shipped.of(part)) {
            let (least, most) = bounds(*shipped);
            if !(least - ROUNDING..=most + ROUNDING).contains(m) {
                return Err(WeightsError::Bounds {
                    part: part.word(),
                    level,
                    m: *m,
                    least,
                    most,
                });
            }
        }
        let sum: f64 = self.of(part).iter().sum();
        if (sum - 1.0).abs() > ROUNDING {
            return Err(WeightsError::Sum {
                part: part.word(),
                sum,
            });
        }
        let mut closest: Option<f64> = None;
        for ((level, m), against) in rates().zip(part.against()) {
            if closest.is_some_and(|closest| *m > closest * against * (1.0 + ROUNDING)) {
                return Err(WeightsError::Rises {
                    part: part.word(),
                    level,
                });
            }
            closest = Some(closest.map_or(m / against, |closest| closest.min(m / against)));
        }
        Ok(())
    }
}

/// The least and the most a rate may be.
pub(crate) fn bounds(shipped: f64) -> (f64, f64) {
    (shipped / FACTOR, (shipped * FACTOR).min(0.999))
}

#[cfg(test)]
mod tests;
