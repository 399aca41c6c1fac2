//! `stile source match`, `match-report`, `match-tune`: how people are found in this agency's systems.
//!
//! All of it reads only. Nothing here changes how the gateway matches: rates take effect when a
//! configuration names them by their digest.

mod finder;
mod person;
mod plot;
mod report;
mod sample;
mod show;
mod tally;
mod tune;

pub use report::run as report;
pub use show::run as show;
pub use tune::{Tune, run as tune};
