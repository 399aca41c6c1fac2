//! `[matching]` of an agency's configuration: what mistakes cost, and the rates in force.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use stile_linkage::{Thresholds, WeightsFile};
use stile_model::digest::Digest;

use super::parts::beside;
use crate::run::Failure;

/// The table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawMatching {
    weights: Option<PathBuf>,
    digest: Option<Digest>,
    false_match: f64,
    missed_match: f64,
    look: f64,
}

impl Default for RawMatching {
    fn default() -> Self {
        Self {
            weights: None,
            digest: None,
            false_match: 200.0,
            missed_match: 100.0,
            look: 1.0,
        }
    }
}

impl RawMatching {
    /// The rates in force. A file is taken only by its digest, so that what an officer saw is what
    /// takes effect.
    pub(super) fn check(&self, file: &Path) -> Result<WeightsFile, Failure> {
        let (weights, digest) = match (&self.weights, &self.digest) {
            (None, None) => return Ok(WeightsFile::default()),
            (Some(weights), Some(digest)) => (beside(file, weights.clone()), digest),
            _ => {
                return Err(format!(
                    "{}: `matching.weights` and `matching.digest` go together: `stile source \
                     match-tune` shows the digest of the file it writes",
                    file.display()
                )
                .into());
            }
        };
        let read: WeightsFile = super::read(&weights)?;
        if read.digest() == *digest {
            return Ok(read);
        }
        Err(format!(
            "{}: `matching.digest` is not that of `{}`, which is {}; put in force only what was \
             looked at",
            file.display(),
            weights.display(),
            read.digest()
        )
        .into())
    }

    /// When to answer and when to ask a person, from what mistakes cost.
    pub(super) fn thresholds(&self, file: &Path) -> Result<Thresholds, Failure> {
        let wrong = |says: &str| Failure::from(format!("{}: `matching.{says}", file.display()));
        if !(self.look.is_finite() && self.look > 0.0) {
            return Err(wrong("look` must be above 0; 1 is usual"));
        }
        let (false_match, missed) = (self.false_match / self.look, self.missed_match / self.look);
        if !(200.0..=1_000_000.0).contains(&false_match) {
            return Err(wrong(
                "false_match` must be 200 to 1000000 times `matching.look`; a match may be \
                 answered with more care than is usual, never with less",
            ));
        }
        if !(2.0..=1_000.0).contains(&missed) {
            return Err(wrong(
                "missed_match` must be 2 to 1000 times `matching.look`",
            ));
        }
        Ok(Thresholds::from_costs(false_match, missed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thresholds(text: &str) -> Result<Thresholds, String> {
        let raw: RawMatching = toml::from_str(text).map_err(|error| error.to_string())?;
        raw.thresholds(Path::new("agency.toml"))
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn without_costs_the_shipped_thresholds_hold() {
        let usual = Thresholds::default();
        let found = thresholds("").unwrap();

        assert!((found.automatic - usual.automatic).abs() < 1e-12);
        assert!((found.possible - usual.possible).abs() < 1e-12);
    }

    #[test]
    fn dearer_looks_ask_fewer_people_and_dearer_mistakes_answer_fewer() {
        let dear = thresholds("false_match = 4000\nmissed_match = 100\nlook = 4").unwrap();

        assert!((dear.possible - 0.04).abs() < 1e-12);
        assert!((dear.automatic - 0.999).abs() < 1e-12);
    }

    #[test]
    fn refuses_costs_that_make_matching_laxer_or_ask_nobody() {
        for (text, key) in [
            ("false_match = 199", "false_match"),
            ("false_match = 200\nlook = 2", "false_match"),
            ("false_match = inf", "false_match"),
            ("missed_match = 1", "missed_match"),
            ("missed_match = 1001", "missed_match"),
            ("missed_match = nan", "missed_match"),
            ("look = 0", "look"),
            ("look = nan", "look"),
            ("look = -1", "look"),
            ("lok = 1", "lok"),
        ] {
            let error = thresholds(text).unwrap_err();
            assert!(error.contains(key), "{text}: {error}");
        }
    }
}
