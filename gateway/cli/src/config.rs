//! Configuration files: strict as written, checked once, typed ever after.

mod agency;
mod delivery;
mod dial;
mod epoch;
mod hub;
mod load;
mod log;
mod matching;
mod metrics;
mod pages;
mod parts;
mod presence;
mod renewal;
mod retention;
mod token;
mod traces;

pub use agency::AgencyConfig;
pub(crate) use delivery::check_outcomes;
pub use hub::HubConfig;
pub use log::{Log, LogFormat};
pub use metrics::Metrics;
pub use pages::Pages;
pub(crate) use parts::beside;
pub use parts::{Kept, Listen, Parts};

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use stile_model::place::Place;

use crate::keys::named;
use crate::run::Failure;

/// Reads a TOML file; an error names file, line and column.
///
/// # Errors
///
/// When the file is missing, is not TOML, or has a key that is not known.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let text = fs::read_to_string(path).map_err(|error| named(path, &error))?;
    toml::from_str(&text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let place = Place::of(&text, at);
        format!("{}:{place}: {}", path.display(), error.message()).into()
    })
}
