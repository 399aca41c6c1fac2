//! `[retention]`: how long cases are kept.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use stile_exchange::retention::Schedule;
use stile_model::id::Code;

use crate::run::Failure;

/// `[retention]`: months a case is kept after it closed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRetention {
    longest_months: u32,
    months: BTreeMap<Code, u32>,
}

impl Default for RawRetention {
    fn default() -> Self {
        Self {
            longest_months: Schedule::USUAL_LONGEST,
            months: BTreeMap::new(),
        }
    }
}

impl RawRetention {
    pub(super) fn check(self, file: &Path) -> Result<Schedule, Failure> {
        Schedule::new(self.longest_months, self.months)
            .map_err(|error| format!("{}: [retention] {error}", file.display()).into())
    }
}
